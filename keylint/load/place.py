"""Finds the place of a path in the events that a value was built from."""

from collections.abc import Mapping
from typing import Any

from keylint.load.events import Alias, event_span
from keylint.load.node import Anchor, Node
from keylint.load.written import Written
from keylint.model.source import Path, Span

# A name's event (None in a list), and where its value starts in which events.
_Found = tuple[Any, Written, int]


def place(node: Node, path: Path, *, on_name: bool = False) -> Span:
    """Return the place of a path below a node: of its value, or of its name where the value goes over several lines.

    What does not exist is shown by the name of the nearest thing above it that does.
    Through aliases and merge keys it is the place where the value is written.
    """
    (name, written, at), complete = _find(node, path)
    written, at = _follow(written, at, node.anchors)
    start, end = written.events[at], _end(written, at)
    first = name or start
    if on_name or not complete:
        return event_span(first)
    one_line = start.start_mark.line == end.end_mark.line and end.end_mark.index > start.start_mark.index
    if not one_line or (end is not start and not start.flow_style):
        return event_span(first)
    return _between(start, end)


def extent(node: Node, path: Path) -> Span:
    """Return the whole region of the value of a path that exists, over all its lines."""
    _, written, at = _find(node, path)[0]
    written, at = _follow(written, at, node.anchors)
    return _between(written.events[at], _end(written, at))


def _between(first: Any, last: Any) -> Span:
    start, end = first.start_mark, last.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _end(written: Written, at: int) -> Any:
    """Return the event that ends the value which starts at `at`."""
    container = written.container(at)
    return written.events[container.end if container else at]


def _find(node: Node, path: Path) -> tuple[_Found, bool]:
    """Go down a path as far as it exists; tell whether that was to its end."""
    found: _Found = (node.name_event, node.written, 0)
    for step in path:
        below = _step(*_follow(found[1], found[2], node.anchors), step, node.anchors)
        if below is None:
            return found, False
        found = below
    return found, True


def _follow(written: Written, at: int, anchors: Mapping[str, Anchor]) -> tuple[Written, int]:
    """Follow an alias to where its value is written."""
    while type(written.events[at]) is Alias:
        written, at = anchors[written.events[at].anchor].written, 0
    return written, at


def _step(written: Written, at: int, step: str | int, anchors: Mapping[str, Anchor]) -> _Found | None:
    """Go one step down; what is written itself wins, then the earlier merge."""
    container = written.container(at)
    if container is None:
        return None
    if step in container.steps:
        name, start = container.steps[step]
        return name, written, start
    for merge in container.merges:
        target, start = _follow(written, merge, anchors)
        merged = target.container(start)
        assert merged is not None  # the reader has refused anything else
        parts = [(target, start)] if merged.is_map else [(target, item) for _, item in merged.steps.values()]
        for part in parts:
            if found := _step(*_follow(*part, anchors), step, anchors):
                return found
    return None
