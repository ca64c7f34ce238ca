"""A live key is used.

What nobody uses nobody misses when it is stolen. The CIS benchmark for AWS has credentials disabled that were unused
for 45 days. A key that was never used is judged by the day on which it was made.

To mend it: ask the holder whether the key is still needed; if not, delete it at the exchange and say `status: revoked`.

Live:

    permissions: [query-funds]
    last_used: 2026-10-01T12:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read]

Live:

    permissions: [query-funds]
    created: 2026-09-01T00:00:00Z
    last_used: null

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read]

With:

    days: 60

Live:

    permissions: [query-funds]
    last_used: 2026-10-01T12:00:00Z

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]

Source: CIS AWS Foundations Benchmark 7.0.0, item 2.11
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.lifetime import is_longer
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """How many days a key may go unused."""

    LOOSER = MappingProxyType({"days": "more"})
    days: int = 45


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key whose last use, or whose making if it was never used, is too long ago."""
    if live.last_used is UNKNOWN:
        return
    created = key.created if live.created is UNKNOWN else live.created
    since = live.last_used or created
    if since is None or not is_longer(context.now - since, context.options.days):
        return
    what = "was last used on" if live.last_used else "was never used since it was made on"
    day = since.date().isoformat()
    yield Problem(
        key.path,
        f"live key {key.name!r} {what} {day}, {(context.now - since).days} days ago",
        f"ask its holder whether it is needed; if not, delete it at {key.exchange}",
        day,
        on_name=True,
    )


RULE = Rule("live-idle", Severity.WARNING, __doc__, check_live=check, options=Options)
