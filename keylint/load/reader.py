"""Builds plain values from YAML events.

No node tree is built and nothing is recursive: depth, size and alias expansion are counted on the events, before
anything else sees the text. The events of the value at hand are kept until it is judged, so that the first finding
that asks for a place gets it without a second reading.

Scalars are resolved by the YAML 1.2 core schema. Dates stay texts, and so do numbers of more than 15 digits and
numbers that are infinite or not numbers: all of them are ids or mistakes in the files that are read here.
"""

from typing import Any

from keylint.load.events import MAP, SEQ, STR, Alias, Loader, MapEnd, MapStart, Scalar, SeqEnd, SeqStart, event_span
from keylint.load.feed import Feed
from keylint.load.node import Anchor, Flaw
from keylint.load.scalars import SUSPECT, TWO_WAYS, resolve
from keylint.model.source import Source

MAX_DEPTH = 50
FREE_EXPANSION = 100_000
EXPANSION_RATIO = 20

_NONE = object()
_MERGE = object()


class Stop(Exception):  # noqa: N818 - it ends a loop
    """Carries a fatal flaw out of the loop that found it."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


class Reader:
    """Builds values from events, and collects what is wrong on the way.

    `plain`: words that the format uses unquoted although YAML 1.1 reads them as something else, such as `off`.
    """

    def __init__(self, source: Source, plain: frozenset[str] = frozenset()) -> None:
        self.source, self.plain = source, plain
        self.parser = Loader(Feed(source.data))
        self.next = self.parser.get_event
        self.anchors: dict[str, Anchor] = {}
        self.open: set[str] = set()
        self.flaws: list[Flaw] = []
        self.literal = 0
        self.expanded = 0

    def flaw(self, rule: str, event: Any, message: str, hint: str = "", value: str = "") -> None:
        """Note what is wrong at an event, and go on."""
        self.flaws.append(Flaw(rule, event_span(event), message, hint, value))

    def stop(self, event: Any, message: str, hint: str = "") -> Stop:
        """Return what to raise where it makes no sense to go on."""
        return Stop(Flaw("yaml", event_span(event), message, hint, fatal=True))

    def name(self, event: Any) -> str:
        """Return a mapping key's text; anything but a text is a flaw."""
        text: str = event.value
        if event.tag not in (None, STR, "!"):
            raise self.stop(event, f"tag {short(event.tag)} is not allowed", "write plain values without a tag")
        if not event.style and event.tag is None and (text == "" or text[0] in SUSPECT):
            value = resolve(text) if text else None
            if not isinstance(value, str) or TWO_WAYS.match(text):
                what = {bool: "a boolean", type(None): "null", str: "a boolean or a number"}.get(
                    type(value), "a number"
                )
                self.flaw("schema", event, f"name {text!r} is read as {what} by YAML", f'quote it: "{text}"', text)
        return text

    def scalar(self, event: Any) -> Any:
        """Return a scalar's value."""
        text: str = event.value
        if event.tag is not None:
            if event.tag in (STR, "!"):
                return text
            raise self.stop(event, f"tag {short(event.tag)} is not allowed", "write plain values without a tag")
        if event.style:
            return text
        if text == "":
            return None
        if text[0] in SUSPECT:
            if TWO_WAYS.match(text) and text not in self.plain:
                self.flaw(
                    "schema", event, f"{text!r} reads differently in YAML 1.1 and YAML 1.2", f'quote it: "{text}"', text
                )
                return text
            return resolve(text)
        return text

    def expand(self, event: Any) -> Anchor:
        """Return what an alias stands for, and count what it expands to."""
        name = event.anchor
        if name in self.open:
            raise self.stop(event, f"alias {short(name)!r} contains itself", "write the value out")
        if name not in self.anchors:
            raise self.stop(event, f"alias {short(name)!r} has no anchor before it")
        anchor = self.anchors[name]
        self.expanded += anchor.size
        if self.expanded > FREE_EXPANSION + EXPANSION_RATIO * self.literal:
            raise self.stop(
                event,
                f"the aliases up to here expand to more than {FREE_EXPANSION} values",
                "write the values out, or put them into `defaults`",
            )
        return anchor

    def build(self, event: Any) -> tuple[Any, list[Any]]:  # noqa: C901, PLR0912, PLR0915 - one loop: it is the hot path
        """Build the value that starts with `event`; return it with its events."""
        get, next_event = self.scalar, self.next
        events: list[Any] = []
        keep = events.append
        stack: list[tuple[Any, Any, Any, Any, int, int]] = []
        container: Any = None
        is_map = False
        key: Any = _NONE
        merges: Any = None
        anchor: str | None = None
        start = base = 0
        while True:
            keep(event)
            kind = type(event)
            if kind is Scalar:
                self.literal += 1
                if is_map and key is _NONE:
                    if event.anchor:
                        self.anchors[event.anchor] = Anchor(event.value, [event], 1)
                    if event.value == "<<" and not event.style and event.tag is None:
                        key = _MERGE
                    else:
                        key = self.name(event)
                        if key in container:
                            self.twice(event, events)
                    event = next_event()
                    continue
                value = event.value if event.style and event.tag is None else get(event)
                if event.anchor:
                    self.anchors[event.anchor] = Anchor(value, [event], 1)
            elif kind is MapStart or kind is SeqStart:
                self.literal += 1
                if is_map and key is _NONE:
                    raise self.stop(event, "a list or mapping cannot be a name", "write a text before the colon")
                if event.tag not in (None, "!", MAP if kind is MapStart else SEQ):
                    raise self.stop(event, f"tag {short(event.tag)} is not allowed", "write plain values without a tag")
                if len(stack) >= MAX_DEPTH:
                    raise self.stop(event, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
                stack.append((container, key, merges, anchor, start, base))
                anchor, start, base = event.anchor, len(events) - 1, self.literal + self.expanded
                if anchor:
                    self.open.add(anchor)
                is_map = kind is MapStart
                container, key, merges = ({} if is_map else []), _NONE, None
                event = next_event()
                continue
            elif kind is MapEnd or kind is SeqEnd:
                if merges is not None:
                    container = self.merge(container, merges)
                value = container
                if anchor:
                    self.open.discard(anchor)
                    size = self.literal + self.expanded - base + 1
                    self.anchors[anchor] = Anchor(value, events[start:], size)
                container, key, merges, anchor, start, base = stack.pop()
                is_map = type(container) is dict
            elif kind is Alias:
                target = self.expand(event)
                if is_map and key is _NONE:
                    raise self.stop(event, "an alias cannot be a name", "write the name out")
                value = target.value
            else:
                raise self.stop(event, "the text ends too early")
            if container is None:
                return value, events
            if not is_map:
                container.append(value)
            elif key is _MERGE:
                merges = [*(merges or ()), (event, value)]
                key = _NONE
            else:
                container[key] = value
                key = _NONE
            event = next_event()

    def merge(self, own: dict[str, Any], merges: list[tuple[Any, Any]]) -> dict[str, Any]:
        """Return a mapping with its merge keys applied: what is written itself wins, then the earlier merge."""
        result: dict[str, Any] = {}
        for event, value in merges:
            for part in value if isinstance(value, list) else [value]:
                if not isinstance(part, dict):
                    raise self.stop(event, "`<<` merges mappings only", "point it at an anchor on a mapping")
                for name, item in part.items():
                    result.setdefault(name, item)
        result.update(own)
        return result

    def twice(self, event: Any, events: list[Any]) -> None:
        """Say that a name stands twice in one mapping, and where it stood first."""
        depth, first = 0, event
        for earlier in reversed(events[:-1]):
            kind = type(earlier)
            if kind is MapEnd or kind is SeqEnd:
                depth += 1
            elif kind is MapStart or kind is SeqStart:
                if depth == 0:
                    break
                depth -= 1
            elif kind is Scalar and depth == 0 and earlier.value == event.value:
                first = earlier
        where = first.start_mark.line + 1
        self.flaw(
            "yaml",
            event,
            f"{short(event.value)!r} is written twice, first in line {where}",
            "keep one of the two: YAML would silently take the last",
            event.value,
        )


def short(text: str) -> str:
    """Return a text as it fits into a message."""
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 - what fits into a message
