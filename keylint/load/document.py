"""Reads YAML from libyaml's events, one key of a declaration at a time (docs/performance.md)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from keylint.load.events import MAP, Alias, MapEnd, MapStart, MarkedError, Scalar, StreamEnd, event_span, is_merge
from keylint.load.feed import BadText
from keylint.load.node import Flaw, Node
from keylint.load.place import place
from keylint.load.reader import Reader, Stop
from keylint.load.written import Written
from keylint.model.source import START, Path, Source, Span

MAX_BYTES = 100_000_000


class Entry(NamedTuple):
    """One key of a declaration."""

    name: str
    node: Node


class Document(NamedTuple):
    """All fields of the top level (without the keys of a declaration that was read one by one)."""

    fields: dict[str, Node]

    @property
    def data(self) -> dict[str, Any]:
        """Return the plain data."""
        return {name: node.data for name, node in self.fields.items()}

    def span(self, path: Path, *, on_name: bool = False) -> Span:
        """Return the place of a path, or of the nearest field above it that exists."""
        if path and isinstance(path[0], str) and (node := self.fields.get(path[0])):
            return place(node, path[1:], on_name=on_name)
        return START


def read(
    source: Source, *, stream: str | None = None, plain: frozenset[str] = frozenset()
) -> Iterator[Flaw | Entry | Document]:
    """Read a text with a mapping at its top; yield its flaws, the entries of the field `stream`, then the document.

    Before the first entry comes the document as it stands until there. After a fatal flaw nothing follows. A text that
    cannot be read at all yields that one flaw.
    """
    flaws: list[Flaw] = []
    try:
        yield from _top(Reader(source, plain, flaws), stream)
    except Stop as stop:
        yield from flaws
        yield stop.flaw
    except BadText as bad:
        yield from flaws
        yield Flaw("yaml", source.span(bad.offset, bad.offset + 1), str(bad), bad.hint, fatal=True)
    except MarkedError as error:
        yield from flaws
        message = f"not valid YAML: {error.problem}" + (f" ({error.context})" if error.context else "")
        yield Flaw("yaml", _marked(source, error.problem_mark), message, _yaml_hint(message), fatal=True)


def _marked(source: Source, mark: Any) -> Span:
    """Return the place of a mark; libyaml takes the end of a text without a last line end for a line of its own."""
    end = source.span(len(source.data), len(source.data))
    return end if mark.line >= end.line else Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)


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


def _top(reader: Reader, stream: str | None) -> Iterator[Flaw | Entry | Document]:
    """Read the stream's one document."""
    next_event, flaws = reader.next, reader.flaws
    next_event()  # the start of the stream
    event = next_event()
    if type(event) is StreamEnd:
        yield Flaw("schema", START, "the file is empty", "start it with `version: 1`", fatal=True)
        return
    event = next_event()
    if type(event) is not MapStart:
        what = "empty" if type(event) is Scalar and not event.value else "not a mapping of names to values"
        yield Flaw("schema", event_span(event), f"the file is {what}", "start it with `version: 1`", fatal=True)
        return
    reader.untagged(event, MAP)
    fields: dict[str, Node] = {}
    while type(event := next_event()) is not MapEnd:
        name = reader.name(event)
        if name in fields:
            reader.twice(event, event_span(fields[name].name_event).line)
        reader.path = (name,)
        value_event = next_event()
        if name == stream and type(value_event) in (MapStart, Alias):
            if value_event.anchor:
                raise reader.stop(value_event, f"`{name}` cannot be an alias or carry an anchor", "write the keys out")
            reader.untagged(value_event, MAP)
            fields.setdefault(name, Node(event, {}, Written([value_event]), reader.anchors))
            yield from flaws
            flaws.clear()
            yield Document(dict(fields))
            yield from _entries(reader)
        else:
            data, written = reader.build(value_event)
            fields[name] = Node(event, data, written, reader.anchors)
        yield from flaws
        flaws.clear()
        reader.path = ()
    next_event()  # the end of the document
    event = next_event()
    if type(event) is not StreamEnd:
        raise reader.stop(event, "a second document starts here", "put it into a file of its own, or remove the `---`")
    yield Document(fields)


def _entries(reader: Reader) -> Iterator[Flaw | Entry]:
    """Read the entries of one mapping, each as soon as it is complete."""
    lines: dict[str, int] = {}
    next_event, flaws, path = reader.next, reader.flaws, reader.path
    while type(event := next_event()) is not MapEnd:
        name = reader.name(event)
        if is_merge(event):
            raise reader.stop(event, "`<<` cannot stand among the keys", "merge inside a key, or use `defaults`")
        if name in lines:
            reader.twice(event, lines[name])
        else:
            lines[name] = event_span(event).line
        reader.path = (*path, name)
        data, written = reader.build(next_event())
        if flaws:
            yield from flaws
            flaws.clear()
        yield Entry(name, Node(event, data, written, reader.anchors))
        reader.path = path


def load(source: Source, plain: frozenset[str] = frozenset()) -> tuple[Document | None, list[Flaw]]:
    """Read a whole text with a mapping at its top; the document is None after a fatal flaw."""
    document, flaws = None, []
    for item in read(source, plain=plain):
        if isinstance(item, Flaw):
            flaws.append(item)
        else:
            assert isinstance(item, Document)  # entries come of a stream only
            document = item
    return document, flaws
