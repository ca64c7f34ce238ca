"""A key that was declared as bound to addresses is bound at the exchange.

The declaration says that a stolen key is useless elsewhere; the exchange accepts it from anywhere. Keys that leaked
from 3Commas in 2022 cost 44 verified victims 14.8 million dollars; an allowlist would have made them useless.

To mend it: enter the declared addresses at the exchange.

Live:

    permissions: [enableReading]
    ip_restricted: false

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        ip_allowlist: [203.0.113.10]  # <- finding

Live:

    permissions: [enableReading]
    ip_restricted: true

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        ip_allowlist: [203.0.113.10]

Source: decrypt.co/117826
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that is declared as bound and is open."""
    if key.restricted and live.ip_restricted is False:
        yield Problem(
            key.at("ip_allowlist"),
            f"live key {key.name!r} can be used from any address",
            f"enter the declared addresses at {key.exchange}: {', '.join(key.ip_allowlist[:5])}",
            "open",
        )


RULE = Rule("ip-open", Severity.ERROR, __doc__, check_live=check, is_drift=True)
