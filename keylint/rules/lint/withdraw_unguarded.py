"""A key that may withdraw is bound to addresses, has an owner and has an end.

A withdrawal cannot be taken back. In May 2019 attackers took 7,000 BTC from Binance with stolen API keys and 2FA codes.
Binance lets no key withdraw that is bound to no address. A waiver of `no-withdraw` accepts that a key
withdraws; it does not accept that it does so from anywhere, for ever, and with nobody to call.

To mend it: bind the key at the exchange and write `ip_allowlist`, `owner` and `expires`. The allowlist is not demanded
where the exchange has none.

Bad:

    version: 1
    keys:
      sweep:  # <- finding
        exchange: kraken
        permissions: [read, withdraw]
        owner: treasury
        expires: 2026-12-31

Live:

    permissions: [query-funds, withdraw-funds]
    ip_allowlist: []

Bad:

    version: 1
    keys:
      sweep:
        exchange: kraken
        permissions: [read, withdraw]
        ip_allowlist: [203.0.113.7]  # <- finding
        owner: treasury
        expires: 2026-12-31

Good:

    version: 1
    keys:
      sweep:
        exchange: kraken
        permissions: [read, withdraw]
        ip_allowlist: [203.0.113.7]
        owner: treasury
        expires: 2026-12-31
      tracker:
        exchange: kraken
        permissions: [read]

Source: cryptoglobe.com and cointelegraph on the Binance theft of 2019-05-07; developers.binance.com
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each guard that a key which may withdraw lacks."""
    if "withdraw" not in key.capabilities:
        return
    if not key.restricted and not (key.facts and key.facts.addresses.supported == "no"):
        yield Problem(
            key.at("ip_allowlist"),
            f"key {key.name!r} may withdraw from any address",
            "bind it to the fixed addresses of the machine that uses it, at the exchange and in `ip_allowlist`",
            "ip_allowlist",
        )
    if key.owner is None:
        yield Problem(
            key.at("owner"),
            f"key {key.name!r} may withdraw and nobody answers for it",
            "add `owner:` with the team or person to call",
            "owner",
        )
    if key.expires is None:
        yield Problem(
            key.at("expires"),
            f"key {key.name!r} may withdraw and has no end",
            "add `expires:` with the day until which it will be replaced",
            "expires",
        )


RULE = Rule("withdraw-unguarded", Severity.ERROR, __doc__, check, mandatory=True, active_only=True, judges_live=True)
