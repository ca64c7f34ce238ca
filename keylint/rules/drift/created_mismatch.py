"""The live key was made on the declared day.

Another day means another key: somebody replaced it, and what was reviewed is not what is in use. Before the theft of
March 2018 attackers made keys of their own on the accounts of Binance's users, and waited two months. A difference of
one day is taken for a time zone.

To mend it: if you replaced the key, set `created` (and `key_id`); if nobody did, find out who.

Live:

    permissions: [query-funds]
    created: 2026-10-15T08:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        created: 2026-09-01  # <- finding

Live:

    permissions: [query-funds]
    created: 2026-09-01T23:30:00Z

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        created: 2026-09-02

Source: cryptoglobe.com on Binance and Viacoin, 2018-03
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that was made on another day than declared."""
    if key.created is None or live.created is UNKNOWN or live.created is None:
        return
    if abs((live.created.date() - key.created.date()).days) > 1:
        day = live.created.date().isoformat()
        yield Problem(
            key.at("created"),
            f"live key {key.name!r} was created on {day}, not on {key.written('created')}",
            f"if you replaced it, write `created: {day}`; if nobody did, find out who",
            day,
        )


RULE = Rule("created-mismatch", Severity.WARNING, __doc__, check_live=check, is_drift=True)
