"""Builds plain values from YAML events.

No node tree is built and nothing is recursive: depth, size and alias expansion are counted on the events, before
anything else sees the text. The events of the value at hand are kept until it is judged, so that the first finding
that asks for a place gets it without a second reading.

Scalars are resolved by the YAML 1.2 core schema. Dates stay texts, and so do numbers of more than 15 digits and
numbers that are infinite or not numbers: all of them are ids or mistakes in the files that are read here.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from keylint.load.events import (
    MAP,
    SEQ,
    STR,
    Alias,
    Loader,
    MapEnd,
    MapStart,
    Scalar,
    SeqEnd,
    SeqStart,
    event_span,
    is_merge,
)
from keylint.load.feed import Feed
from keylint.load.node import Anchor, Flaw
from keylint.load.scalars import SUSPECT, TWO_WAYS, resolve
from keylint.load.written import Written
from keylint.model.exposure import conceal, names_secret
from keylint.model.source import Path, Source

MAX_DEPTH = 50
FREE_EXPANSION = 100_000
EXPANSION_RATIO = 20

_MOST_NAMES = 1000
_NONE = object()
_MERGE = object()

# A container above the one at hand: the value, its step at hand, its merges, its anchor, the index of its first event,
# and what was counted before it.
_Frame = tuple[Any, Any, Any, Any, int, int]


class Stop(Exception):  # noqa: N818 - it ends a loop
    """Carries a fatal flaw out of the loop that found it."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


class Reader:
    """Builds values from events, and collects in `flaws` what is wrong on the way.

    `path` is where the value at hand belongs: whoever asks for a name or a value sets it first. `plain`: words that the
    format uses unquoted although YAML 1.1 reads them as something else, such as `off`. `names`: names that were met and
    are nothing but names. `texts`: the same of plain values.
    """

    def __init__(self, source: Source, plain: frozenset[str], flaws: list[Flaw]) -> None:
        self.plain, self.flaws = plain, flaws
        self.parser = Loader(Feed(source.data))
        self.next = self.parser.get_event
        self.path: Path = ()
        self.names: set[str] = set()
        self.texts: set[str] = set()
        self.anchors: dict[str, Anchor] = {}
        self.anchor_lines: dict[str, int] = {}
        self.literal = 0
        self.expanded = 0

    def stop(self, event: Any, message: str, hint: str = "") -> Stop:
        """Return what to raise where it makes no sense to go on."""
        return Stop(Flaw("yaml", event_span(event), message, hint, path=self.path, fatal=True))

    def untagged(self, event: Any, own: str) -> None:
        """Refuse any tag but the one that says what the value is anyway."""
        if event.tag not in (None, "!", own):
            raise self.stop(event, f"tag {short(event.tag)} is not allowed", "write plain values without a tag")

    def name(self, event: Any, stack: Iterable[_Frame] = ()) -> str:
        """Return a mapping key's text; anything but a text is a flaw."""
        if type(event) is not Scalar:
            raise self.stop(event, "a list, a mapping or an alias cannot be a name", "write a text before the colon")
        text: str = event.value
        self.untagged(event, STR)
        if event.anchor:
            self.claim(event)
            self.anchors[event.anchor] = Anchor(text, Written([event]))
        if not event.style and event.tag is None and (text == "" or text[0] in SUSPECT):
            value = resolve(text) if text else None
            if not isinstance(value, str) or TWO_WAYS.match(text):
                kinds = {bool: "a boolean", type(None): "null", str: "a boolean or a number"}
                message = f"name {short(text)!r} is read as {kinds.get(type(value), 'a number')} by YAML"
                path = (*self.path, *_steps(stack), text)
                hint = f'quote it: "{short(text)}"'
                self.flaws.append(Flaw("schema", event_span(event), message, hint, text, path, on_name=True))
                return text
        # Whether it is quoted or not makes a difference for the suspect ones only.
        if text and text[0] not in SUSPECT and text != "<<" and len(self.names) < _MOST_NAMES:
            self.names.add(text)
        return text

    def twice(self, event: Any, first: int, stack: Iterable[_Frame] = ()) -> None:
        """Say that a name stands twice in one mapping, and in which line it stood first."""
        name, path = event.value, (*self.path, *_steps(stack), event.value)
        message = f"{short(name)!r} is written twice, first in line {first}"
        hint = "keep one of the two: YAML would silently take the last"
        self.flaws.append(Flaw("yaml", event_span(event), message, hint, name, path, on_name=True))

    def scalar(self, event: Any, stack: list[_Frame], container: Any, key: Any) -> Any:
        """Return the value of a plain or a tagged scalar; the rest is where it stands."""
        text: str = event.value
        if event.tag is not None:
            self.untagged(event, STR)
            return text
        if text == "":
            return None
        if text[0] in SUSPECT:
            if TWO_WAYS.match(text) and text not in self.plain:
                self.two_ways(event, (*self.path, *_steps([*stack, (container, key, None, None, 0, 0)])))
                return text
            return resolve(text)
        if len(self.texts) < _MOST_NAMES:
            self.texts.add(text)
        return text

    def two_ways(self, event: Any, path: Path) -> None:
        """Note a text that some programs read as a number or a boolean; of what may be secret nothing is shown."""
        text = event.value
        if not names_secret(path[2:]):
            message = f"{short(text)!r} reads differently in YAML 1.1 and YAML 1.2"
            self.flaws.append(Flaw("schema", event_span(event), message, f'quote it: "{short(text)}"', text, path))

    def claim(self, event: Any) -> None:
        """Note an anchor. PyYAML refuses two of one name as well: nobody could tell which one an alias means."""
        if first := self.anchor_lines.get(event.anchor):
            message = f"anchor {short(event.anchor)!r} is written twice, first in line {first}"
            raise self.stop(event, message, "rename one of the two")
        self.anchor_lines[event.anchor] = event_span(event).line

    def expand(self, event: Any, level: int) -> Anchor:
        """Return what an alias stands for, and count what it expands to."""
        name = event.anchor
        if name not in self.anchor_lines:
            raise self.stop(event, f"alias {short(name)!r} has no anchor before it", "write the value out")
        if name not in self.anchors:
            raise self.stop(event, f"alias {short(name)!r} contains itself", "write the value out")
        anchor = self.anchors[name]
        if level + anchor.depth > MAX_DEPTH:
            raise self.stop(event, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
        self.expanded += anchor.size
        if self.expanded > FREE_EXPANSION + EXPANSION_RATIO * self.literal:
            raise self.stop(
                event,
                f"the aliases up to here expand to more than {FREE_EXPANSION} values",
                "write the values out, or put them into `defaults`",
            )
        return anchor

    def build(self, event: Any) -> tuple[Any, Written]:  # noqa: C901, PLR0912, PLR0915 - one loop: it is the hot path
        """Build the value that starts with `event`; return it with its events."""
        get, next_event, names, texts = self.scalar, self.next, self.names, self.texts
        events: list[Any] = []
        keep = events.append
        stack: list[_Frame] = []
        container: Any = None
        is_map = False
        key: Any = _NONE
        merges: Any = None
        anchor: str | None = None
        start = base = 0
        repeated: dict[int, list[Any]] = {}
        while True:
            keep(event)
            kind = type(event)
            if is_map and key is _NONE and kind is not MapEnd:
                self.literal += 1
                if kind is Scalar and event.value in names and event.tag is None and event.anchor is None:
                    key = event.value
                else:
                    key = self.name(event, stack)
                if key == "<<" and is_merge(event):
                    key, merges = _MERGE, [] if merges is None else merges
                    merges.append((event, None))
                elif key in container:
                    repeated.setdefault(start, []).append(event)
                event = next_event()
                continue
            if kind is Scalar:
                self.literal += 1
                if event.tag is not None:
                    value = get(event, stack, container, key)
                elif event.style or event.value in texts:
                    value = event.value
                else:
                    value = get(event, stack, container, key)
                if event.anchor:
                    self.claim(event)
                    self.anchors[event.anchor] = Anchor(value, Written([event]))
            elif kind is MapStart or kind is SeqStart:
                self.literal += 1
                self.untagged(event, MAP if kind is MapStart else SEQ)
                if len(stack) >= MAX_DEPTH:
                    raise self.stop(event, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
                stack.append((container, key, merges, anchor, start, base))
                anchor, start, base = event.anchor, len(events) - 1, self.literal + self.expanded
                if anchor:
                    self.claim(event)
                is_map = kind is MapStart
                container, key, merges = ({} if is_map else []), _NONE, None
                event = next_event()
                continue
            elif kind is MapEnd or kind is SeqEnd:
                if repeated and start in repeated:
                    self.repeats(repeated.pop(start), events[start + 1 :], stack)
                if merges is not None:
                    container = self.merge(container, merges)
                value = container
                if anchor:
                    written = Written(events[start:])
                    size = self.literal + self.expanded - base + 1
                    self.anchors[anchor] = Anchor(value, written, size, self.depth(written.events))
                container, key, merges, anchor, start, base = stack.pop()
                is_map = type(container) is dict
            else:  # an alias: nothing else can stand inside a document
                value = self.expand(event, len(stack)).value
            if container is None:
                return value, Written(events)
            if not is_map:
                container.append(value)
            elif key is _MERGE:
                merges[-1] = (merges[-1][0], value)
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

    def repeats(self, repeated: list[Any], events: list[Any], stack: list[_Frame]) -> None:
        """Note each name that its mapping has already; `events` are those of the mapping, without its start."""
        first: dict[str, int] = {}
        depth, is_name = 0, True
        for event in events:
            kind = type(event)
            if depth == 0 and is_name and kind is Scalar:
                first.setdefault(event.value, event_span(event).line)
                is_name = False
                continue
            is_name = True
            depth += (kind is MapStart or kind is SeqStart) - (kind is MapEnd or kind is SeqEnd)
        for event in repeated:
            self.twice(event, first[event.value], stack)

    def depth(self, events: list[Any]) -> int:
        """Return how many levels deep a value is, aliases expanded."""
        level = deepest = 0
        for event in events:
            kind = type(event)
            if kind is MapStart or kind is SeqStart:
                level += 1
                deepest = max(deepest, level)
            elif kind is MapEnd or kind is SeqEnd:
                level -= 1
            elif kind is Alias:
                deepest = max(deepest, level + self.anchors[event.anchor].depth)
        return deepest


def _steps(stack: Iterable[_Frame]) -> Iterator[str | int]:
    """Yield the steps from the outermost container to the value at hand."""
    for container, key, *_ in stack:
        if container is not None:
            yield len(container) if isinstance(container, list) else "<<" if key is _MERGE else key


def short(text: str) -> str:
    """Return a text as it fits into a message; what looks like a secret goes before it could be cut in two."""
    text = conceal(text)
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 - what fits into a message
