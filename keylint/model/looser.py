"""Tells whether an option lets more pass than before, by the direction in which it is looser."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Any

from keylint.model.address import Network, network


def is_looser(before: Any, after: Any, direction: str) -> bool:
    """Tell whether `after` is looser: with `more`, a larger number or new entries are; with `less`, the contrary.

    `more-or-none` is `more` for lists that mean nothing while they are empty. Entries that are networks may become
    narrower; a mapping's entries may move from one name to another. An option without a direction may only stay.
    """
    if before == after:
        return False
    if direction == "more-or-none":
        if not any(_texts(before)) or not any(_texts(after)):
            return any(_texts(before))
        direction = "more"
    first, second = (before, after) if direction == "more" else (after, before)
    if direction not in ("more", "less"):
        return True
    if isinstance(after, int | float):
        return bool(second > first)
    known, asked = _entries(first), _entries(second)
    return not all(_is_within(entry, known) for entry in asked)


def _texts(value: Any) -> Iterable[str]:
    return [text for part in value.values() for text in part] if isinstance(value, Mapping) else value


def _entries(value: Any) -> list[Network | str]:
    """Return the entries of a list or mapping: networks as the fewest that hold the same addresses, texts folded."""
    parsed = [(text, network(text)) for text in _texts(value)]
    networks = [net for _, net in parsed if net is not None]
    return [
        *collapse_addresses(net for net in networks if isinstance(net, IPv4Network)),
        *collapse_addresses(net for net in networks if isinstance(net, IPv6Network)),
        *(text.casefold() for text, net in parsed if net is None),
    ]


def _is_within(entry: Network | str, known: Iterable[Network | str]) -> bool:
    if isinstance(entry, str):
        return entry in known
    same = (net for net in known if not isinstance(net, str) and net.version == entry.version)
    return any(entry.subnet_of(net) for net in same)  # type: ignore[arg-type]  # of one version
