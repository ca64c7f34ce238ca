"""The option `networks` of rules that compare addresses with ranges that a policy names."""

from collections.abc import Mapping
from functools import cached_property
from ipaddress import collapse_addresses
from typing import Any

from keylint.model.address import Network, how_to_write, network
from keylint.model.errors import OptionError
from keylint.model.rule import Options


class NetworkOptions(Options):
    """Names of networks, each with its addresses and CIDR ranges; silent where there are none."""

    networks: dict[str, list[str]] = {}  # noqa: RUF012 - options cannot be changed

    def __init__(self, **given: Any) -> None:
        """Take the networks; OptionError where an entry is none, because a rule that skips it protects nothing."""
        super().__init__(**given)
        for name, entries in self.networks.items():
            for position, entry in enumerate(entries):
                if network(entry) is None:
                    path, message = ("networks", name, position), f"{entry!r} is no address and no network"
                    raise OptionError(path, message, how_to_write(entry))

    @cached_property
    def named(self) -> tuple[tuple[str, Network], ...]:
        """Each network with its name, in the order of the policy."""
        pairs = ((name, network(entry)) for name, entries in self.networks.items() for entry in entries)
        return tuple((name, parsed) for name, parsed in pairs if parsed is not None)

    @cached_property
    def whole(self) -> Mapping[int, tuple[Network, ...]]:
        """IP version -> the fewest networks that hold the same addresses."""
        parsed = [item for _, item in self.named]
        return {
            4: tuple(collapse_addresses(item for item in parsed if item.version == 4)),  # noqa: PLR2004 - of IP
            6: tuple(collapse_addresses(item for item in parsed if item.version == 6)),  # noqa: PLR2004 - the same
        }


def overlap(first: Network, second: Network) -> bool:
    """Tell whether two networks, of whatever version, have an address in common."""
    return first.version == second.version and first.overlaps(second)


def inside(inner: Network, outer: Network) -> bool:
    """Tell whether all addresses of a network lie in another one, of whatever version."""
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and int(outer.network_address) <= int(inner.network_address) <= int(outer.broadcast_address)
    )
