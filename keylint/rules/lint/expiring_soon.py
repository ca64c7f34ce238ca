"""A key that ends soon has its successor under way.

Replacing a key takes a person, a second factor and a restart of the program. Whoever is late finds out from a bot that
stopped: so did the owners of Bybit keys that died after three months. What has ended already is found by `expired`.

To mend it: make a new key at the exchange, declare it with `replaces:`, let the program use it, delete the old one and
say `status: revoked`.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        expires: 2026-12-06  # <- finding

With:

    days: 30

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        expires: 2026-12-07  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        expires: 2026-12-07

Source: ScavengerBot/ScavengerBot#48; bybit-exchange/docs-legacy#60
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.lifetime import days_to
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """From how many days ahead an end is announced, that day included."""

    LOOSER = MappingProxyType({"days": "less"})
    days: int = 14


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key whose last day is near and has not passed."""
    if key.expires is None or context.now >= key.expires:
        return
    left = days_to(key.expires, context.now)
    if left <= context.options.days:
        written = key.written("expires")
        when = "today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days"
        yield Problem(
            key.at("expires"),
            f"key {key.name!r} ends {when}: {written}",
            "make its successor now and declare it with `replaces:`, then delete this key at the exchange",
            written,
        )


RULE = Rule("expiring-soon", Severity.WARNING, __doc__, check, options=Options, active_only=True)
