"""An end that the exchange sets by itself is known to the team, or does not come.

Many exchanges end keys that are not bound to addresses, or take their trading right away, without a word: after 90
days, after 14 idle days, after a change of the password. A bot then learns it from a refused stop-loss; one lost 89 %
behind a stop of 25 %. A day can be computed from `created`; what counts from the last use cannot be seen from here.

To mend it: bind the key to fixed addresses where that lifts the rule; else replace the key in time, and declare the
exchange's day, or an earlier one, as `expires`.

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: bybit
        permissions: [read, trade.spot]
        created: 2026-09-01

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: okx
        permissions: [read, trade.spot]
        created: 2026-11-01
        ip_allowlist: []  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: bithumb
        permissions: [read]
        created: 2026-09-01
        expires: 2028-08-31  # <- finding

Live:

    permissions: [enableReading, enableSpotAndMarginTrading]
    ip_restricted: false
    created: 2026-11-01T09:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.spot]
        ip_allowlist: [203.0.113.10]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: bybit
        permissions: [read, trade.spot]
        created: 2026-09-01
        ip_allowlist: [203.0.113.10]
      htx-bot:
        exchange: htx
        permissions: [read]
        created: 2026-09-01
        expires: 2026-11-30
      okx-tracker:
        exchange: okx
        permissions: [read]
        created: 2026-09-01

Source: freqtrade/freqtrade#6783; ScavengerBot/ScavengerBot#48; each exchange's own rule in keylint/facts
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.lifetime import End, ends, last_day
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each end that the exchange sets and that no earlier `expires` forestalls."""
    if key.facts is None:
        return
    for end in ends(key, key.facts):
        if end.day and key.expires and last_day(key.expires) <= end.day.toordinal():
            continue
        lift = f"bind it to fixed addresses at {key.exchange} and in `ip_allowlist`"
        plan = f"replace it in time and write `expires: {end.day}`" if end.day else "replace it in time"
        is_over = end.day is not None and end.day < context.now.date() and not end.is_earliest
        yield Problem(
            key.at("ip_allowlist" if end.is_unbound else "expires"),
            f"{_what(key, end, is_over=is_over)} {_when(end)}: {end.says}",
            f"{lift}, or {plan}" if end.is_unbound and end.day else lift if end.is_unbound else plan,
            f"{', '.join(end.rights) or end.what} {end.day or end.after}",
        )


def _what(key: KeyDecl, end: End, *, is_over: bool) -> str:
    if end.what == "key":
        return f"{key.exchange} {'ended' if is_over else 'ends'} key {key.name!r}"
    return f"{key.exchange} {'took' if is_over else 'takes'} {' and '.join(end.rights)} from key {key.name!r}"


def _when(end: End) -> str:
    return f"on {end.day}{' or later' if end.is_earliest else ''}" if end.day else end.after


RULE = Rule("exchange-expiry", Severity.WARNING, __doc__, check, active_only=True, judges_live=True)
