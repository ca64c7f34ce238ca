"""The live key belongs to the declared account.

A key of another account trades with other funds than those that were reviewed, and all other comparisons are about the
wrong account. Blanks, hyphens and the case of letters do not count.

To mend it: if the credentials are those of another key, correct the references; if the declaration is wrong, correct
`account_id`, and ask who moved the key.

Live:

    permissions: [query-funds]
    account_id: AA11 N84G WOAV WM2M

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        account_id: AA11N84GFK3QBPVA  # <- finding
        permissions: [read]

Live:

    permissions: [query-funds]
    account_id: AA11 N84G WOAV WM2M

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        account_id: aa11n84gwoavwm2m
        permissions: [read]

Source: docs.cdp.coinbase.com, a key reaches one portfolio only; ccxt/ccxt#23779, keys that belong elsewhere
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key whose account is another one than declared."""
    declared = key.written("account_id")
    if not declared or live.account_id is UNKNOWN or _plain(declared) == _plain(live.account_id):
        return
    yield Problem(
        key.at("account_id"),
        f"live key {key.name!r} belongs to account {live.account_id!r}, not {declared!r}",
        "correct `account_id`, or the credentials if they are those of another key",
        live.account_id,
    )


def _plain(number: str) -> str:
    return "".join(number.replace("-", " ").split()).casefold()


RULE = Rule("account-mismatch", Severity.ERROR, __doc__, check_live=check, is_drift=True)
