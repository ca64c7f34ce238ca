"""Finds the place of a path in the events that a value was built from."""

from typing import Any

from keylint.load.events import Alias, MapEnd, MapStart, Scalar, SeqEnd, SeqStart, event_span
from keylint.load.node import Anchor, Node
from keylint.model.source import Path, Span


def place(node: Node, path: Path, *, on_name: bool = False) -> Span:
    """Return the place of a path below a node: of its value, or of its name where the value goes over several lines.

    What does not exist is shown by the nearest thing above it that does; below the node itself that is its name.
    Through aliases and merge keys it is the place where the value is written.
    """
    name_event, events, start = node.name_event, node.events, 0
    shown = name_event
    for step in path:
        events, start = _follow(events, start, node.anchors)
        found = _step(events, start, step, node.anchors)
        if found is None:
            return event_span(shown)
        name_event, events, start = found
        shown = name_event or events[start]
    if on_name or not path:
        return event_span(name_event or shown)
    return _value(name_event, events, start, node.anchors)


def value_place(node: Node) -> Span:
    """Return the place of a node's own value, or of its name where the value goes over several lines."""
    return _value(node.name_event, node.events, 0, node.anchors)


def _value(name_event: Any, events: list[Any], start: int, anchors: dict[str, Anchor]) -> Span:
    events, start = _follow(events, start, anchors)
    if type(events[start]) in (Scalar, Alias):
        value = events[start]
        if name_event is not None and value.start_mark.line != value.end_mark.line:
            return event_span(name_event)
        return event_span(value if value.end_mark.index > value.start_mark.index else name_event or value)
    end = events[_end(events, start)]
    first = events[start].start_mark
    if first.line == end.end_mark.line and end.end_mark.index > end.start_mark.index:
        return Span(first.line + 1, first.column + 1, first.line + 1, end.end_mark.column + 1)
    return event_span(name_event or events[start])


def _follow(events: list[Any], start: int, anchors: dict[str, Anchor]) -> tuple[list[Any], int]:
    """Follow an alias to where its value is written."""
    while type(events[start]) is Alias and events[start].anchor in anchors:
        events, start = anchors[events[start].anchor].events, 0
    return events, start


def _end(events: list[Any], start: int) -> int:
    """Return the index of the event that ends the value which starts at `start`."""
    depth = 0
    for index in range(start, len(events)):
        kind = type(events[index])
        if kind is MapStart or kind is SeqStart:
            depth += 1
        elif kind is MapEnd or kind is SeqEnd:
            depth -= 1
        if depth == 0:
            return index
    return len(events) - 1


def _step(
    events: list[Any], start: int, step: str | int, anchors: dict[str, Anchor]
) -> tuple[Any, list[Any], int] | None:
    """Go one step down; return the name event (None in a list), and where the value starts."""
    kind = type(events[start])
    index, position = start + 1, 0
    if kind is SeqStart:
        while type(events[index]) is not SeqEnd:
            if position == step:
                return None, events, index
            index, position = _end(events, index) + 1, position + 1
        return None
    if kind is not MapStart:
        return None
    found: tuple[Any, list[Any], int] | None = None
    merges: list[tuple[list[Any], int]] = []
    while type(events[index]) is not MapEnd:
        name = events[index]
        if name.value == step:
            found = (name, events, index + 1)  # the last of two equal names is the one that counts
        elif name.value == "<<" and not name.style:
            merges.append((events, index + 1))
        index = _end(events, index + 1) + 1
    if found:
        return found
    for merged, at in merges:
        target, begin = _follow(merged, at, anchors)
        if type(target[begin]) is SeqStart:
            item = begin + 1
            while type(target[item]) is not SeqEnd:
                inner = _step(*_follow(target, item, anchors), step, anchors)
                if inner:
                    return inner
                item = _end(target, item) + 1
        elif inner := _step(target, begin, step, anchors):
            return inner
    return None
