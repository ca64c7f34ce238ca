"""This machine's clock agrees with the exchange's.

Exchanges refuse requests whose time is too far off, and those that take the time for a nonce lock a key's other users
out until it has come. keylint measures the difference and corrects it for itself; the bot on the same machine does not,
and fails with «timestamp for this request is outside of the recvWindow». It is a warning from half a second on and an
error from a whole one, once for each exchange.

To mend it: switch time synchronisation on (`timedatectl set-ntp true`); in a virtual machine or in WSL set the host's.

Live:

    permissions: [query-funds]
    skew_ms: -700

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read]

Live:

    permissions: [query-funds]
    skew_ms: 400

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]

With:

    warning_ms: 1000
    error_ms: 5000

Live:

    permissions: [query-funds]
    skew_ms: 700

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]

Source: ccxt/binance-trade-bot#36, #164, #215; taniman/profit-trailer#504; askmike/gekko#1855
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """From how many milliseconds on a warning is given, and from how many an error."""

    LOOSER = MappingProxyType({"warning_ms": "more", "error_ms": "more"})
    warning_ms: int = 500
    error_ms: int = 1000


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield a problem where the clocks differ; of all keys that say so the first one by name counts."""
    apart = abs(live.skew_ms or 0)
    options = context.options
    if apart < min(options.warning_ms, options.error_ms):
        return
    venue = f"{key.exchange} {key.environment} {key.site or ''}"
    context.memory[venue] = min(context.memory.get(venue, key.name), key.name)
    order = "behind" if (live.skew_ms or 0) > 0 else "ahead of"
    yield Problem(
        key.path,
        f"this machine's clock is {apart / 1000:.1f} seconds {order} that of {key.exchange}",
        "switch time synchronisation (NTP) on: what signs requests here is refused, or soon will be",
        key.exchange,
        on_name=True,
        severity=Severity.ERROR if apart >= options.error_ms else None,
        pending=lambda: context.memory[venue] == key.name,
    )


RULE = Rule(
    "clock-skew",
    Severity.WARNING,
    __doc__,
    check_live=check,
    options=Options,
    worst=Severity.ERROR,
    of_revoked=True,
)
