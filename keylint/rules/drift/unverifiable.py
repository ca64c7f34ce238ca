"""The exchange shows what the key is.

Some exchanges show a key to nobody, some only to another key of the account, and at some a site or a test environment
has no such call; some show a key but not all of its rights. Then all that is known is what was declared, and nobody can
tell from outside whether the key can withdraw. Where a check is missing it must not look as if it had been passed: such
a key is never «in sync», and a policy that wants certainty makes this an error.

To mend it: compare the key with its declaration by hand in the exchange's web interface, and note the day in
`reviewed`. Where a key of the main account may list others, declare one with `lists: true`.

Live:

    permissions: [can_view]
    unreported: [Export]

Bad:

    version: 1
    keys:
      tracker:
        exchange: coinbase
        permissions: [read]  # <- finding

Live:

    permissions: [query-funds]

Good:

    version: 1
    keys:
      tracker:
        exchange: kraken
        permissions: [read]

Source: ccxt#5158, ccxt#25807, Bittrex/bittrex.github.io#294, mexcdevelop/mexc-api-sdk#60
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a live key of which the exchange never shows all rights."""
    if key.facts is None:
        return
    hidden = key.facts.never_shown(listed=live.listed).intersection(live.unreported)
    names = [name for name in key.facts.rights if name in hidden]
    shows = key.facts.shows_rights(listed=live.listed)
    if names or not shows:
        what = f"whether live key {key.name!r} has {', '.join(names)}"
        what = what if shows else f"the rights of live key {key.name!r}"
        yield Problem(
            key.at("permissions"),
            f"{key.exchange} does not show {what}",
            "compare by hand in its web interface, and note the day in `reviewed`",
            " ".join(names),
        )


RULE = Rule("unverifiable", Severity.NOTE, __doc__, check_live=check)
