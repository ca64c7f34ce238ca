"""A key that only reads is bound to addresses too.

It cannot lose money, but it shows balances, positions and strategy to whoever has it. Some exchanges also end keys that
are bound to no address, and the tracker or the tax report stops: Bybit after three months.

To mend it: enter the fixed addresses of the machines that use the key, at the exchange and here. Keys that can do more
than read are judged by `ip-required`. The rule is silent where the exchange has no allowlist, or none is known.

Bad:

    version: 1
    keys:
      tracker:  # <- finding
        exchange: bybit
        permissions: [read]

Live:

    permissions: [query-funds]
    ip_allowlist: []

Bad:

    version: 1
    keys:
      tracker:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10]  # <- finding

Good:

    version: 1
    keys:
      tracker:
        exchange: bybit
        permissions: [read]
        ip_allowlist: [203.0.113.10]
      elsewhere:
        exchange: hyperliquid
        permissions: [read]

Source: ScavengerBot/ScavengerBot#48; bybit-exchange.github.io/docs/v5/user/apikey-info
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for an unbound key that can only read."""
    if key.restricted or not key.capabilities or not key.capabilities <= context.vocabulary.harmless:
        return
    if key.facts and key.facts.addresses.supported == "yes":
        yield Problem(
            key.at("ip_allowlist"),
            f"key {key.name!r} can read from any address",
            "bind it to the fixed addresses of the machines that use it, at the exchange and in `ip_allowlist`",
        )


RULE = Rule("ip-missing-on-read", Severity.WARNING, __doc__, check, active_only=True, judges_live=True)
