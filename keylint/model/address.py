"""Addresses and networks of an allowlist, by the standard library's arithmetic."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_interface, ip_network

Network = IPv4Network | IPv6Network

_MAPPED = IPv6Network("::ffff:0:0/96")
_MAPPED_BITS = 96

# What no packet on the public internet can come from. Source: the IANA IPv4 and IPv6 Special-Purpose Address
# Registries and RFC 6598, RFC 5737, RFC 3849, RFC 9637, read 2026-11.
_SPECIAL = (
    ("0.0.0.0/8", "reserved"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "documentation"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/127", "unspecified or loopback"),
    ("64:ff9b:1::/48", "private"),
    ("100::/64", "discard"),
    ("2001:2::/48", "benchmarking"),
    ("2001:db8::/32", "documentation"),
    ("3fff::/20", "documentation"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),
    ("ff00::/8", "multicast"),
)


@lru_cache(maxsize=1)
def _special() -> tuple[tuple[int, int, int, str], ...]:
    parsed = ((ip_network(text), what) for text, what in _SPECIAL)
    return tuple((n.version, int(n.network_address), int(n.broadcast_address), what) for n, what in parsed)


@lru_cache(maxsize=65536)
def network(text: str) -> Network | None:
    """Return an address (as a network of one) or a CIDR network; None where it is neither.

    Host bits, blanks, zone ids, leading zeros and netmasks make it neither. An IPv4 address written as IPv6 is taken as
    IPv4.
    """
    try:
        parsed = ip_network(text)
    except ValueError:
        return None
    if "/" in text and text.rpartition("/")[2] != str(parsed.prefixlen):
        return None
    if isinstance(parsed, IPv6Network):
        if parsed.network_address.scope_id is not None:
            return None
        if parsed.prefixlen >= _MAPPED_BITS and parsed.subnet_of(_MAPPED):
            address = int(parsed.network_address) & 0xFFFFFFFF
            return IPv4Network((address, parsed.prefixlen - _MAPPED_BITS))
    return parsed


def how_to_write(entry: str) -> str:
    """Say how to write what was probably meant by an entry that is no address and no network."""
    try:
        meant = ip_interface(entry.strip())
    except ValueError:
        return "write an IPv4 or IPv6 address, or a network such as 203.0.113.0/28; names are not allowed"
    if "%" in entry:
        return f"leave the zone out: {str(meant.ip).partition('%')[0]}"
    return (
        f"write {meant.network} for the network, or {meant.ip} for the one address"
        if "/" in entry
        else f"write {meant.ip}"
    )


@lru_cache(maxsize=65536)
def special_use(text: str) -> str | None:
    """Say what kind of unroutable address an entry is, wholly; None where it is routable or no address."""
    parsed = network(text)
    if parsed is None:
        return None
    first, last, version = int(parsed.network_address), int(parsed.broadcast_address), parsed.version
    for kind, start, stop, what in _special():
        if kind == version and start <= first and last <= stop:
            return what
    return None
