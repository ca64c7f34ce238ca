"""A snapshot that a key is judged from is fresh.

A key is judged by what it was when the snapshot was taken. What somebody changed at the exchange since then is not
seen, and each hour without a new snapshot is an hour in which a right that was added goes unnoticed.

To mend it: take a new snapshot with `keylint snapshot` where the key may be used, and look why the last one did not
come. Run by a timer, it should come more often than this limit.

Live:

    permissions: [query-funds]
    ip_allowlist: []
    observed_at: 2026-11-20T12:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read]

With:

    hours: 48

Live:

    permissions: [query-funds]
    ip_allowlist: []
    observed_at: 2026-11-20T12:00:00Z

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
"""

from collections.abc import Iterator
from datetime import timedelta
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """How many hours old a snapshot may be."""

    LOOSER = MappingProxyType({"hours": "more"})
    hours: int = 24


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a live state that was read too long ago."""
    if live.observed_at is None or (age := context.now - live.observed_at) <= timedelta(hours=context.options.hours):
        return
    yield Problem(
        key.path,
        f"live key {key.name!r} was last seen on {live.observed_at:%Y-%m-%d at %H:%M} UTC, "
        f"{age // timedelta(hours=1)} hours ago",
        "take a new snapshot where the key may be used, and look why the last one did not come",
        on_name=True,
    )


RULE = Rule("snapshot-stale", Severity.WARNING, __doc__, check_live=check, options=Options)
