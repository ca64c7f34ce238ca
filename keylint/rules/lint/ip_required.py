"""A key that can do more than read is bound to an address allowlist.

A leaked key without an allowlist works from anywhere. When some 100,000 keys leaked from 3Commas in late 2022,
trade-only keys were enough to steal: thin markets were pumped with the victims' funds. Several exchanges also end or
strip unbound keys by themselves, and a bot finds out when its stop-loss is refused.

To mend it: enter the fixed addresses of the machines that use the key, at the exchange and here. The rule is silent
where the exchange has no allowlist, and on planned and revoked keys.

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: binance
        permissions: [read, trade.spot]

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.spot]
        ip_allowlist: []  # <- finding

Live:

    permissions: [query-funds, modify-trades]
    ip_allowlist: []

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [query-funds]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.spot]
        ip_allowlist: [203.0.113.10]
      tracker:
        exchange: binance
        permissions: [read]

Source: decrypt.co/117826 and forklog.com on 3Commas; freqtrade/freqtrade#6783 on a bot whose right lapsed
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for an unbound key that can do more than read."""
    if key.restricted or key.capabilities <= context.vocabulary.harmless:
        return
    if key.facts and key.facts.addresses.supported == "no":
        return
    worst = context.vocabulary.above_read(key.capabilities)
    yield Problem(
        key.at("ip_allowlist"),
        f"key {key.name!r} can {', '.join(worst)} from any address",
        "bind it to the fixed addresses of the machines that use it, at the exchange and in `ip_allowlist`",
        ",".join(worst),
    )


RULE = Rule("ip-required", Severity.ERROR, __doc__, check, active_only=True, judges_live=True)
