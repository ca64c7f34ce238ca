"""Reads YAML from libyaml's events, one key of a declaration at a time, and finds the place of any path.

No node tree is built and nothing is recursive: depth, size and alias expansion are counted on the events, before
anything else sees the text. The events of the value at hand are kept until it is judged, so that the first finding
that asks for a place gets it without a second reading (docs/performance.md).

Scalars are resolved by the YAML 1.2 core schema. Dates stay texts, and so do numbers of more than 15 digits and
numbers that are infinite or not numbers: all of them are ids or mistakes in the files that are read here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from keylint.model.finding import Problem
from keylint.model.source import START, Path, Source, Span

MAX_DEPTH = 50
MAX_BYTES = 100_000_000
FREE_EXPANSION = 100_000
EXPANSION_RATIO = 20

_CHUNK = 1 << 16
_CONTROL = bytes({*range(32), 127} - {9, 10, 13})
# U+0080-U+009F without NEL is covered by libyaml; these three move line numbers away from what editors show.
_STRANGE = re.compile("[\ufeff\x80-\x9f\u2028\u2029\ufffe\uffff]")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Scalar, _Alias = yaml.ScalarEvent, yaml.AliasEvent
_MapStart, _MapEnd = yaml.MappingStartEvent, yaml.MappingEndEvent
_SeqStart, _SeqEnd = yaml.SequenceStartEvent, yaml.SequenceEndEvent
_STR, _MAP, _SEQ = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))

_SUSPECT = frozenset("0123456789+-.~nNyYtTfFoO")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]{1,15}\Z|0o[0-7]{1,17}\Z|0x[0-9a-fA-F]{1,13}\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,15}|[0-9]{1,15}(?:\.[0-9]{0,15})?)(?:[eE][-+]?[0-9]{1,2})?\Z")
# What YAML 1.1, which most Python tools still speak, reads as something else than YAML 1.2 does.
_TWO_WAYS = re.compile(
    r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)\Z|[-+]?0[0-9]+\Z|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z"
    r"|[-+]?[0-9]+_[0-9_]*\Z|[-+]?0b[01_]+\Z|0o[0-7]+\Z"
)

_NONE = object()
_MERGE = object()


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a text as YAML. `rule` is `yaml` or `schema`; a fatal flaw is the last thing that is read."""

    rule: str
    span: Span
    message: str
    hint: str = ""
    value: str = ""
    path: Path = ()
    fatal: bool = False

    def problem(self) -> Problem:
        """Return it in the form that rules use."""
        return Problem(self.path, self.message, self.hint, self.value, span=self.span)


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the events that it was built from, and the anchors that these may point to."""

    name_event: Any
    data: Any
    events: list[Any]
    anchors: "dict[str, _Anchor]"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a declaration."""

    name: str
    node: Node


@dataclass(frozen=True, slots=True)
class Document:
    """All fields of the top level (without the keys of a declaration that was read one by one)."""

    fields: dict[str, Node] = field(default_factory=dict)

    @property
    def data(self) -> dict[str, Any]:
        """Return the plain data."""
        return {name: node.data for name, node in self.fields.items()}

    def span(self, path: Path, *, on_name: bool = False) -> Span:
        """Return the place of a path, or of the nearest field above it that exists."""
        if path and isinstance(path[0], str) and (node := self.fields.get(path[0])):
            return place(node, path[1:], on_name=on_name)
        return START


@dataclass(slots=True)
class _Anchor:
    value: Any
    events: list[Any]
    size: int


class _BadText(Exception):
    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


class _Feed:
    """Hands the bytes of a source to libyaml, each chunk checked: UTF-8, and nothing that hides from an editor."""

    name = "source"

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def read(self, _size: int) -> bytes:
        start, end = self.position, self.position + _CHUNK
        data = self.data
        while start < end < len(data) and data[end] & 0xC0 == 0x80 and end - start < _CHUNK + 4:  # noqa: PLR2004
            end += 1  # a character must not be cut in two
        chunk = data[start:end]
        if len(chunk.translate(None, _CONTROL)) != len(chunk):
            at = next(i for i, byte in enumerate(chunk) if byte in _CONTROL)
            raise _BadText(start + at, f"control character U+{chunk[at]:04X}")
        if not chunk.isascii():
            try:
                text = chunk.decode("utf-8")
            except UnicodeDecodeError as error:
                raise _BadText(start + error.start, f"not UTF-8: byte 0x{chunk[error.start]:02X}") from None
            if strange := _STRANGE.search(text):
                at = len(text[: strange.start()].encode())
                raise _BadText(start + at, f"control character U+{ord(strange[0]):04X}")
        self.position = start + len(chunk)
        return chunk


def event_span(event: Any) -> Span:
    """Return the place of an event; what goes over several lines is shown by its first character."""
    start, end = event.start_mark, event.end_mark
    if start.line == end.line:
        return Span(start.line + 1, start.column + 1, end.line + 1, max(end.column, start.column + 1) + 1)
    return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2)


def resolve(text: str) -> Any:
    """Return what YAML 1.2's core schema makes of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.match(text) and text not in (".", "+.", "-."):
        return float(text)
    return text


class _Stop(Exception):
    """Carries a fatal flaw out of the loop that found it."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.message)
        self.flaw = flaw


class _Reader:
    """Builds values from events, and collects what is wrong on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.parser = _Loader(_Feed(source.data))
        self.next = self.parser.get_event
        self.anchors: dict[str, _Anchor] = {}
        self.open: set[str] = set()
        self.flaws: list[Flaw] = []
        self.literal = 0
        self.expanded = 0

    def flaw(self, rule: str, event: Any, message: str, hint: str = "", value: str = "") -> None:
        self.flaws.append(Flaw(rule, event_span(event), message, hint, value))

    def stop(self, event: Any, message: str, hint: str = "") -> _Stop:
        return _Stop(Flaw("yaml", event_span(event), message, hint, fatal=True))

    def name(self, event: Any) -> str:
        """Return a mapping key's text; anything but a text is a flaw."""
        text: str = event.value
        if event.tag not in (None, _STR, "!"):
            raise self.stop(event, f"tag {_short(event.tag)} is not allowed", "write plain values without a tag")
        if not event.style and event.tag is None and (text == "" or text[0] in _SUSPECT):
            value = resolve(text) if text else None
            if not isinstance(value, str) or _TWO_WAYS.match(text):
                what = {bool: "a boolean", type(None): "null", str: "a boolean or a number"}.get(
                    type(value), "a number"
                )
                self.flaw("schema", event, f"name {text!r} is read as {what} by YAML", f'quote it: "{text}"', text)
        return text

    def scalar(self, event: Any) -> Any:
        """Return a scalar's value."""
        text: str = event.value
        if event.tag is not None:
            if event.tag in (_STR, "!"):
                return text
            raise self.stop(event, f"tag {_short(event.tag)} is not allowed", "write plain values without a tag")
        if event.style:
            return text
        if text == "":
            return None
        if text[0] in _SUSPECT:
            if _TWO_WAYS.match(text):
                self.flaw(
                    "schema", event, f"{text!r} reads differently in YAML 1.1 and YAML 1.2", f'quote it: "{text}"', text
                )
                return text
            return resolve(text)
        return text

    def expand(self, event: Any) -> _Anchor:
        """Return what an alias stands for, and count what it expands to."""
        name = event.anchor
        if name in self.open:
            raise self.stop(event, f"alias {_short(name)!r} contains itself", "write the value out")
        if name not in self.anchors:
            raise self.stop(event, f"alias {_short(name)!r} has no anchor before it")
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
            if kind is _Scalar:
                self.literal += 1
                if is_map and key is _NONE:
                    if event.anchor:
                        self.anchors[event.anchor] = _Anchor(event.value, [event], 1)
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
                    self.anchors[event.anchor] = _Anchor(value, [event], 1)
            elif kind is _MapStart or kind is _SeqStart:
                self.literal += 1
                if is_map and key is _NONE:
                    raise self.stop(event, "a list or mapping cannot be a name", "write a text before the colon")
                if event.tag not in (None, "!", _MAP if kind is _MapStart else _SEQ):
                    raise self.stop(
                        event, f"tag {_short(event.tag)} is not allowed", "write plain values without a tag"
                    )
                if len(stack) >= MAX_DEPTH:
                    raise self.stop(event, f"nested more than {MAX_DEPTH} levels deep", "flatten it")
                stack.append((container, key, merges, anchor, start, base))
                anchor, start, base = event.anchor, len(events) - 1, self.literal + self.expanded
                if anchor:
                    self.open.add(anchor)
                is_map = kind is _MapStart
                container, key, merges = ({} if is_map else []), _NONE, None
                event = next_event()
                continue
            elif kind is _MapEnd or kind is _SeqEnd:
                if merges is not None:
                    container = self.merge(container, merges)
                value = container
                if anchor:
                    self.open.discard(anchor)
                    size = self.literal + self.expanded - base + 1
                    self.anchors[anchor] = _Anchor(value, events[start:], size)
                container, key, merges, anchor, start, base = stack.pop()
                is_map = type(container) is dict
            elif kind is _Alias:
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
            if kind is _MapEnd or kind is _SeqEnd:
                depth += 1
            elif kind is _MapStart or kind is _SeqStart:
                if depth == 0:
                    break
                depth -= 1
            elif kind is _Scalar and depth == 0 and earlier.value == event.value:
                first = earlier
        where = first.start_mark.line + 1
        self.flaw(
            "yaml",
            event,
            f"{_short(event.value)!r} is written twice, first in line {where}",
            "keep one of the two: YAML would silently take the last",
            event.value,
        )


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"  # noqa: PLR2004 - what fits into a message


def read(source: Source, *, stream: str | None = None) -> Iterator[Flaw | Entry | Document]:
    """Read a text with a mapping at its top; yield its flaws, the entries of the field `stream`, then the document.

    Before the first entry comes the document as it stands until there. After a fatal flaw nothing follows. A text that cannot be read at all yields that one flaw.
    """
    reader = _Reader(source)
    try:
        yield from _top(reader, stream)
    except _Stop as stop:
        yield from reader.flaws
        yield stop.flaw
    except _BadText as bad:
        yield from reader.flaws
        hint = "save the file as UTF-8" if "UTF-8" in str(bad) else "remove it"
        yield Flaw("yaml", source.span(bad.offset, bad.offset + 1), str(bad), hint, fatal=True)
    except yaml.MarkedYAMLError as error:
        yield from reader.flaws
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"not valid YAML: {error.problem or error.context}"
        if error.context and error.problem:
            message += f" ({error.context})"
        yield Flaw("yaml", Span(line, column, line, column + 1), message, _yaml_hint(message), fatal=True)
    except yaml.YAMLError as error:
        yield from reader.flaws
        reason = getattr(error, "reason", None) or "it cannot be read"
        yield Flaw("yaml", START, f"not valid YAML: {_short(str(reason))}", fatal=True)


def _yaml_hint(message: str) -> str:
    hints = {
        "mapping values are not allowed": "quote a text that holds `: `, and check the indentation",
        "cannot start any token": "quote a text that starts with a special character; indent with blanks, not tabs",
        "did not find expected key": "check the indentation of this line and of the one above",
        "could not find expected ':'": "put `: ` between a name and its value",
        "did not find expected ',' or ']'": "close the list with `]`",
        "did not find expected ',' or '}'": "close the mapping with `}`",
    }
    return next((hint for part, hint in hints.items() if part in message), "")


def _top(reader: _Reader, stream: str | None) -> Iterator[Flaw | Entry | Document]:
    """Read the stream's one document."""
    next_event, flaws = reader.next, reader.flaws
    next_event()  # the start of the stream
    event = next_event()
    if type(event) is yaml.StreamEndEvent:
        yield Flaw("schema", START, "the file is empty", "a declaration needs `version: 1` and `keys`", fatal=True)
        return
    event = next_event()
    if type(event) is not _MapStart or event.tag not in (None, "!", _MAP):
        what = "empty" if type(event) is _Scalar and not event.value else "not a mapping of names to values"
        yield Flaw("schema", event_span(event), f"the file is {what}", "start it with `version: 1`", fatal=True)
        return
    fields: dict[str, Node] = {}
    while type(event := next_event()) is not _MapEnd:
        if type(event) is not _Scalar:
            raise reader.stop(event, "a list or mapping cannot be a name", "write a text before the colon")
        name = reader.name(event)
        if name in fields:
            where = fields[name].name_event.start_mark.line + 1
            reader.flaw(
                "yaml", event, f"{_short(name)!r} is written twice, first in line {where}", "keep one of the two", name
            )
        value_event = next_event()
        if name == stream and type(value_event) in (_MapStart, _Alias):
            if value_event.anchor:
                raise reader.stop(value_event, f"`{name}` cannot be an alias or carry an anchor", "write the keys out")
            fields.setdefault(name, Node(event, {}, [value_event, value_event], reader.anchors))
            yield Document(dict(fields))
            yield from _entries(reader)
        else:
            data, events = reader.build(value_event)
            fields[name] = Node(event, data, events, reader.anchors)
        if flaws:
            yield from flaws
            flaws.clear()
    next_event()  # the end of the document
    event = next_event()
    if type(event) is not yaml.StreamEndEvent:
        raise reader.stop(event, "a second document starts here", "put it into a file of its own, or remove the `---`")
    yield Document(fields)


def _entries(reader: _Reader) -> Iterator[Flaw | Entry]:
    """Read the entries of one mapping, each as soon as it is complete."""
    seen: dict[str, int] = {}
    next_event, flaws = reader.next, reader.flaws
    while type(event := next_event()) is not _MapEnd:
        if type(event) is not _Scalar:
            raise reader.stop(event, "a list, mapping or alias cannot be a name", "write a text before the colon")
        if event.value == "<<" and not event.style:
            raise reader.stop(event, "`<<` cannot stand among the keys", "merge inside a key, or use `defaults`")
        name = reader.name(event)
        line = event.start_mark.line + 1
        if (first := seen.setdefault(name, line)) != line:
            reader.flaw(
                "yaml",
                event,
                f"key {_short(name)!r} is written twice, first in line {first}",
                "rename one of the two",
                name,
            )
        data, events = reader.build(next_event())
        if flaws:
            for flaw in flaws:
                yield Flaw(flaw.rule, flaw.span, flaw.message, flaw.hint, flaw.value, ("keys", name), flaw.fatal)
            flaws.clear()
        yield Entry(name, Node(event, data, events, reader.anchors))


def load(source: Source) -> tuple[Document | None, list[Flaw]]:
    """Read a whole text with a mapping at its top; the document is None after a fatal flaw."""
    document, flaws = None, []
    for item in read(source):
        if isinstance(item, Flaw):
            flaws.append(item)
        elif isinstance(item, Document):
            document = item
    return document, flaws


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
    events, start = _follow(events, start, node.anchors)
    if type(events[start]) in (_Scalar, _Alias):
        value = events[start]
        if name_event is not None and value.start_mark.line != value.end_mark.line:
            return event_span(name_event)
        return event_span(value if value.end_mark.index > value.start_mark.index else name_event or value)
    end = events[_end(events, start)]
    first = events[start].start_mark
    if first.line == end.end_mark.line and end.end_mark.index > end.start_mark.index:
        return Span(first.line + 1, first.column + 1, first.line + 1, end.end_mark.column + 1)
    return event_span(name_event or events[start])


def _follow(events: list[Any], start: int, anchors: "dict[str, _Anchor]") -> tuple[list[Any], int]:
    """Follow an alias to where its value is written."""
    while type(events[start]) is _Alias and events[start].anchor in anchors:
        events, start = anchors[events[start].anchor].events, 0
    return events, start


def _end(events: list[Any], start: int) -> int:
    """Return the index of the event that ends the value which starts at `start`."""
    depth = 0
    for index in range(start, len(events)):
        kind = type(events[index])
        if kind is _MapStart or kind is _SeqStart:
            depth += 1
        elif kind is _MapEnd or kind is _SeqEnd:
            depth -= 1
        if depth == 0:
            return index
    return len(events) - 1


def _step(
    events: list[Any], start: int, step: str | int, anchors: "dict[str, _Anchor]"
) -> tuple[Any, list[Any], int] | None:
    """Go one step down; return the name event (None in a list), and where the value starts."""
    kind = type(events[start])
    index, position = start + 1, 0
    if kind is _SeqStart:
        while type(events[index]) is not _SeqEnd:
            if position == step:
                return None, events, index
            index, position = _end(events, index) + 1, position + 1
        return None
    if kind is not _MapStart:
        return None
    found: tuple[Any, list[Any], int] | None = None
    merges: list[tuple[list[Any], int]] = []
    while type(events[index]) is not _MapEnd:
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
        if type(target[begin]) is _SeqStart:
            item = begin + 1
            while type(target[item]) is not _SeqEnd:
                inner = _step(*_follow(target, item, anchors), step, anchors)
                if inner:
                    return inner
                item = _end(target, item) + 1
        elif inner := _step(target, begin, step, anchors):
            return inner
    return None
