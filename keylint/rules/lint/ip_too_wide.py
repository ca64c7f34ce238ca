"""An allowlist names machines, not neighbourhoods.

An entry for a whole provider network lets everybody who rents a machine there use a stolen key. Entries are judged
together: sixteen neighbouring /29 networks are as wide as one /25.

To mend it: list the addresses that the programs leave from, at the exchange first and then here; give them fixed ones
(a NAT gateway, an egress proxy) where they have none.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.0/24]  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist:
          - 203.0.113.0/29  # <- finding
          - 203.0.113.8/29
          - 203.0.113.16/28

With:

    v4: 24

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [198.51.100.0/24, "2001:db8:1:2::/64"]

Source: okx.com/help/api-faq (20 addresses a key) and docs.whitebit.com (50): lists are made for machines
"""

from collections.abc import Iterator
from ipaddress import collapse_addresses
from types import MappingProxyType
from typing import Any

from keylint.model.address import Network, network
from keylint.model.declaration import KeyDecl
from keylint.model.errors import OptionError
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """The shortest prefix that is still accepted, for IPv4 and for IPv6."""

    LOOSER = MappingProxyType({"v4": "less", "v6": "less"})
    v4: int = 28
    v6: int = 64

    def __init__(self, **given: Any) -> None:
        """Take the lengths; OptionError for one that no address has."""
        super().__init__(**given)
        for name, length, bits in (("v4", self.v4, 32), ("v6", self.v6, 128)):
            if length > bits:
                message = f"/{length} is longer than an address, which has {bits} bits"
                raise OptionError((name,), message, f"give a prefix length from 0 to {bits}")


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each network that the entries make together and that is too wide."""
    few = 1 << min(32 - context.options.v4, 128 - context.options.v6)
    if len(key.ip_allowlist) <= few and not any("/" in text for text in key.ip_allowlist):
        return
    parsed = [(position, net) for position, text in enumerate(key.ip_allowlist) if (net := network(text)) is not None]
    for version, bits, shortest in ((4, 32, context.options.v4), (6, 128, context.options.v6)):
        mine = [(position, net) for position, net in parsed if net.version == version]
        if sum(net.num_addresses for _, net in mine) <= 1 << (bits - shortest):
            continue
        for whole in collapse_addresses(net for _, net in mine):  # type: ignore[type-var]  # one version only
            if whole.prefixlen < shortest:
                yield _problem(key, whole, mine, shortest)


def _problem(key: KeyDecl, whole: Network, entries: list[tuple[int, Network]], shortest: int) -> Problem:
    """Point at the first entry of a network that is too wide."""
    inside = [
        position
        for position, net in entries
        if int(whole.network_address) <= int(net.network_address) <= int(whole.broadcast_address)
    ]
    entry = key.ip_allowlist[inside[0]]
    together = "" if len(inside) == 1 else f" together with {len(inside) - 1} more"
    return Problem(
        key.at("ip_allowlist", inside[0]),
        f"{entry}{together} lets {whole.num_addresses:,} addresses use key {key.name!r} ({whole})",
        f"list single addresses, or networks no wider than /{shortest}",
        str(whole),
    )


RULE = Rule("ip-too-wide", Severity.ERROR, __doc__, check, options=Options, active_only=True, judges_live=True)
