"""A live key does not end soon.

The exchange will end the key, or take a right from it, on the day that it shows. What uses it then fails without a
word: a stop-loss that could not be sent. It is a warning in the last 14 days and an error in the last 3.

To mend it: replace or prolong the key now. On exchanges that end unbound keys an address allowlist is often the cure.

Live:

    permissions: [query-funds]
    expires: 2026-12-01T00:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read]

Live:

    permissions: [enableReading, enableSpotAndMarginTrading]
    ip_restricted: false
    rights_expire: {enableSpotAndMarginTrading: 2026-11-24T00:00:00Z}

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.spot]  # <- finding

Live:

    permissions: [query-funds]
    expires: 2027-03-01T00:00:00Z

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]

Source: freqtrade/freqtrade#6783; ScavengerBot/ScavengerBot#48, a Bybit key that died after three months
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """From how many days before the end a warning is given, and from how many an error."""

    LOOSER = MappingProxyType({"warning_days": "less", "error_days": "less"})
    warning_days: int = 14
    error_days: int = 3


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for an end of the key, and one for each right that will be taken away."""
    if live.expires is not UNKNOWN and live.expires is not None:
        yield from _judge(key, "expires", "it", live.expires, context)
    for right, end in live.rights_expire.items():
        yield from _judge(key, "permissions", right, end, context)


def _judge(key: KeyDecl, field: str, what: str, end: datetime, context: Context[Options]) -> Iterator[Problem]:
    left = end - context.now
    if left > timedelta(days=context.options.warning_days):
        return
    urgent = left <= timedelta(days=context.options.error_days)
    day = end.date().isoformat()
    whose = f"live key {key.name!r}" if what == "it" else f"{what} of live key {key.name!r}"
    when = f"ended on {day}" if left <= timedelta(0) else f"ends on {day}, in {left.days} days"
    yield Problem(
        key.at(field),
        f"{whose} {when}",
        f"replace or prolong it at {key.exchange}",
        f"{what} {day}",
        severity=Severity.ERROR if urgent else None,
    )


RULE = Rule("live-expiring", Severity.WARNING, __doc__, check_live=check, options=Options, worst=Severity.ERROR)
