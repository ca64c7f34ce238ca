"""Tells whether an option lets more pass than before, by the direction in which it is looser."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

_Entry = IPv4Network | IPv6Network | str


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
    known = [_entry(text) for text in _texts(first)]
    return not all(_is_within(_entry(text), known) for text in _texts(second))


def _texts(value: Any) -> Iterable[str]:
    return [text for part in value.values() for text in part] if isinstance(value, Mapping) else value


def _entry(text: str) -> _Entry:
    try:
        return ip_network(text)
    except ValueError:
        return text.casefold()


def _is_within(entry: _Entry, known: Iterable[_Entry]) -> bool:
    if isinstance(entry, str):
        return entry in known
    same = (net for net in known if not isinstance(net, str) and net.version == entry.version)
    return any(entry.subnet_of(net) for net in same)  # type: ignore[arg-type]  # of one version
