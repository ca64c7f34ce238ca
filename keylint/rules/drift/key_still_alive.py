"""A key that was declared revoked is dead at the exchange.

Somebody wrote that the key was deleted, and it was not: nobody looks at it any more, nobody rotates it, and it still
opens the account. In 2022 more than 10,000 keys that had leaked from one vendor were published two months after the
first thefts; the ones that still worked were used. A revoked key with credentials is tried once, and the exchange must
say that it does not know it; so is one that a key with `lists: true` finds.

To mend it: delete the key at the exchange now, and look through what was done with it since it was revoked. If it is
still needed, declare it `active`. Once it is gone, remove its `credentials`.

Live:

    permissions: [query-funds, modify-trades]

Bad:

    version: 1
    keys:
      mm-bot-q3:
        exchange: kraken
        permissions: [read]
        status: revoked  # <- finding

Live:

    permissions: [query-funds]

Good:

    version: 1
    keys:
      mm-bot-q4:
        exchange: kraken
        permissions: [read]
        status: retiring

Source: decrypt.co/117826 and forklog.com on 3Commas, 2022-12; OWASP Non-Human Identities Top 10 2025, NHI1 offboarding
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a revoked key that has a state at all."""
    if key.status != "revoked":
        return
    yield Problem(
        key.at("status"),
        f"key {key.name!r} is declared revoked and lives at {key.exchange}, with {live.shown_rights}",
        f"delete it at {key.exchange} now, and look through what was done with it",
        "alive",
    )


RULE = Rule(
    "key-still-alive", Severity.ERROR, __doc__, check_live=check, mandatory=True, is_drift=True, of_revoked=True
)
