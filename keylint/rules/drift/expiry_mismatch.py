"""The live key ends on the declared day.

If the exchange ends it earlier, the program stops before anybody expects it, as bots did whose Bybit keys died after
three months. If later, the key outlives the day on which the team thinks that it is dead. A difference of one day is
taken for a time zone. An end that the exchange sets for all its keys may lie after the declared one.

To mend it: set the declared end at the exchange where it can be chosen, or declare the exchange's.

Live:

    permissions: [query-funds]
    expires: 2026-12-01T00:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        expires: 2027-01-31  # <- finding

Live:

    permissions: [query-funds]
    expires: 2027-06-01T00:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        expires: 2027-01-31  # <- finding

Live:

    permissions: [query-funds]
    expires: 2027-01-31T17:00:00Z

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        expires: 2027-01-31

Source: ScavengerBot/ScavengerBot#48; bybit-exchange/docs-legacy#60
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.lifetime import ends, last_day
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that the exchange ends on another day than declared."""
    if key.expires is None or live.expires is UNKNOWN or live.expires is None:
        return
    later = last_day(live.expires) - last_day(key.expires)
    if abs(later) <= 1 or (later > 0 and _is_imposed(key)):
        return
    day, order = live.expires.date().isoformat(), "later" if later > 0 else "earlier"
    yield Problem(
        key.at("expires"),
        f"live key {key.name!r} ends on {day}, {order} than declared: {key.written('expires')}",
        f"set the declared end at {key.exchange}, or write `expires: {day}`",
        day,
    )


def _is_imposed(key: KeyDecl) -> bool:
    """Tell whether the exchange ends such keys by itself: a team that replaces its key earlier has nothing to set."""
    return key.facts is not None and any(end.what == "key" for end in ends(key, key.facts))


RULE = Rule("expiry-mismatch", Severity.WARNING, __doc__, check_live=check, is_drift=True)
