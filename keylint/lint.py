"""All of `keylint check`: sources in, findings out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from keylint.judge import Bench, Judge, finding, with_snippets
from keylint.load.declaration import calendar_problems, key_decl
from keylint.load.document import Document, Entry, read
from keylint.load.events import event_span
from keylint.load.hide import Hidden
from keylint.load.node import Flaw, Node
from keylint.load.place import extent, place
from keylint.load.schema import Schema
from keylint.model.declaration import KeyDecl
from keylint.model.exposure import is_reference
from keylint.model.finding import Finding, Problem
from keylint.model.source import START, Path, Source, Span

_FIELD = 2  # keys, name, field


class Linted:
    """What `lint` found: grows while the files are read. `pending` holds what only the last key decides."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.files = self.keys = 0
        self.findings: list[Finding] = []
        self.pending: list[tuple[Finding, Callable[[], bool]]] = []


class Declared(NamedTuple):
    """A key that could be read, with its file and the way to the places in it. `hide` is for `with_snippets`."""

    key: KeyDecl
    source: Source
    node: Node
    defaults: Node | None
    hide: Callable[[str, int], str]

    def span(self, path: Path, *, on_name: bool = False) -> Span:
        """Return the place of a path below this key."""
        return _place(self.node, self.defaults, path[_FIELD:], on_name=on_name)


def lint(
    sources: Iterable[Source], judge: Judge, result: Linted, elsewhere: Callable[[], Iterable[Source]] = tuple
) -> Iterator[Declared]:
    """Judge every key of every source; yield each key that could be read. Findings are added to `result` on the way.

    `elsewhere`: what the project declares beside the sources; looked at only where a finding hangs on whether another
    key is declared, and not judged.
    """
    schema = Schema("declaration")
    for source in sources:
        result.files += 1
        yield from _File(source, judge, schema, result).keys()
    if result.pending:
        for _ in lint(elsewhere(), judge.only_remembering(), Linted()):
            pass
    result.findings += [item for item, still_true in result.pending if still_true()]
    result.pending.clear()


class _File:
    """One declaration file on its way through the rules."""

    def __init__(self, source: Source, judge: Judge, schema: Schema, result: Linted) -> None:
        self.source, self.judge, self.schema, self.result = source, judge, schema, result
        self.bench: Bench = judge.bench(source)
        self.findings: list[Finding] = []
        self.pending: list[tuple[Finding, Callable[[], bool]]] = []
        self.hidden = Hidden(source)
        self.flawed: set[tuple[Path, bool]] = set()
        """Path and `on_name` of what reading has found already; those of a key are forgotten with it."""
        self.defaults: Node | None = None
        self.default_data: dict[str, Any] = {}
        self.bad_defaults: set[Any] = set()
        self.last: Node | None = None

    def keys(self) -> Iterator[Declared]:
        for item, problem in self.bench.texts():
            self.add(item.rule.name, problem, problem.span or START)
        self.late_defaults()
        document: Document | None = None
        for part in read(self.source, stream="keys"):
            if isinstance(part, Entry):
                self.last = part.node
                if (declared := self.entry(part)) is not None:
                    yield declared
                self.flawed = {flaw for flaw in self.flawed if flaw[0][0] != "keys"} if self.flawed else self.flawed
            elif isinstance(part, Flaw):
                self.add(part.rule, part.problem(), part.span)
                if part.rule == "schema" and part.path:
                    self.flawed.add((part.path, part.on_name))
                if part.fatal:  # what follows was not read, and what stands before it not to its end
                    document = None
                    self.hidden.add_unread(self.understood())
            else:
                if document is None and self.defaults is None:
                    self.take_defaults(part, self.flawed)
                document, self.last = part, next(reversed(part.fields.values()), None)
        if document is not None:
            self.head(document)
        self.result.findings += with_snippets(self.findings, self.source, self.hidden.line)
        shown = with_snippets([item for item, _ in self.pending], self.source, self.hidden.line)
        self.result.pending += zip(shown, (still_true for _, still_true in self.pending), strict=True)

    def late_defaults(self) -> None:
        """Take `defaults` that may stand after the keys: this is the one case of two readings."""
        data = self.source.data
        if data.find(b"defaults", max(data.find(b"keys"), 0)) < 0:
            return
        document, flawed = None, set()
        for part in read(self.source, stream="keys"):
            if isinstance(part, Document):
                document = part
            elif isinstance(part, Flaw):
                flawed.add((part.path, part.on_name))
        if document:
            self.take_defaults(document, flawed)

    def take_defaults(self, document: Document, flawed: set[tuple[Path, bool]]) -> None:
        """Remember the defaults that are valid; what is wrong with the others is said once, by `head`."""
        node = document.fields.get("defaults")
        if node is None or not isinstance(node.data, dict):
            return
        self.defaults = node
        self.hide_credentials(node)
        alone = {"version": 1, "defaults": node.data, "keys": {}}
        wrong = [] if self.schema.is_valid(alone) else [problem.path for problem in self.schema.explain(alone)]
        wrong += [problem.path for problem in calendar_problems(("defaults",), node.data)]
        wrong += [path for path, _ in flawed]
        self.bad_defaults = {path[1] for path in wrong if len(path) > 1 and path[0] == "defaults"}
        self.default_data = {name: value for name, value in node.data.items() if name not in self.bad_defaults}

    def head(self, document: Document) -> None:
        """Judge all of a file but its keys."""
        data = document.data
        problems = [] if self.schema.is_valid(data) else list(self.schema.explain(data))
        if isinstance(defaults := data.get("defaults"), dict):
            problems += calendar_problems(("defaults",), defaults)
            if self.defaults is None:
                message = "`defaults` after the keys is written with escapes, and was not seen in time"
                problems.append(Problem(("defaults",), message, "write it plainly, above `keys`", on_name=True))
        for problem in problems:
            if (problem.path, problem.on_name) not in self.flawed:
                self.add("schema", problem, document.span(problem.path, on_name=problem.on_name))

    def entry(self, entry: Entry) -> Declared | None:
        """Judge one key; return it where it could be read."""
        self.result.keys += 1
        name, node = entry.name, entry.node
        own = node.data
        if isinstance(own, dict):
            data: Mapping[str, Any] = {**self.default_data, **own} if self.default_data else own
            self.hide_credentials(node)
        else:
            data = own
        whole = {"version": 1, "keys": {name: data}}
        broken = self.broken(own)
        if not self.schema.is_valid(whole):
            broken |= set(self.explain(whole, node, broken))
        if not isinstance(own, dict):
            return None
        well_formed = {step: value for step, value in own.items() if step not in broken} if broken else own
        for problem in calendar_problems(("keys", name), well_formed):
            broken.add(problem.path[_FIELD])
            self.add("schema", problem, place(node, problem.path[_FIELD:]))
        if broken:
            data = {step: value for step, value in data.items() if step not in broken}
        key = key_decl(name, data)
        for item, problem in self.bench.declared(key):
            if len(problem.path) <= _FIELD or problem.path[_FIELD] not in broken:
                self.add(item.rule.name, problem, self.place(node, problem))
        if broken & {"exchange", "permissions"}:
            return None
        return Declared(key, self.source, node, self.defaults, self.hidden.line)

    def broken(self, own: Any) -> set[Any]:
        """Return the fields of a key that reading has found fault with already, in the key or in the defaults."""
        broken = {path[_FIELD] for path, _ in self.flawed if path[0] == "keys" and len(path) > _FIELD}
        return broken | (self.bad_defaults - own.keys() if isinstance(own, dict) else set())

    def explain(self, whole: dict[str, Any], node: Node, broken: set[Any]) -> Iterator[Any]:
        """Say what is wrong with a key's form, but not twice of a broken field; yield the fields that are concerned."""
        for problem in self.schema.explain(whole):
            below = problem.path[_FIELD:]
            field = below[0] if below else problem.value if problem.value in ("exchange", "permissions") else None
            if field not in broken and (problem.path, problem.on_name) not in self.flawed:
                self.add("schema", problem, self.place(node, problem))
            if field is not None:
                yield field

    def place(self, node: Node, problem: Problem) -> Span:
        return _place(node, self.defaults, problem.path[_FIELD:], on_name=problem.on_name)

    def add(self, rule: str, problem: Problem, span: Span) -> None:
        if item := self.judge.active.get(rule):
            made = finding(item, problem, self.source, span)
            if problem.pending:
                self.pending.append((made, problem.pending))
            else:
                self.findings.append(made)

    def hide_credentials(self, node: Node) -> None:
        """Hide the credentials of a mapping that are no references: no snippet shows them."""
        for path in _no_references(node):
            self.hidden.add(extent(node, path))

    def understood(self) -> int:
        """Return the line up to which reading has come, or where a key began whose credentials may go on beyond it."""
        if self.last is None:
            return 1
        if isinstance(self.last.data, dict) and any(_no_references(self.last)):
            return event_span(self.last.name_event).line
        return event_span(self.last.written.events[-1]).line


def _no_references(node: Node) -> Iterator[Path]:
    """Yield the paths of the credentials of a mapping that are anything but references, or all of them as one."""
    if "credentials" in node.data:
        credentials = node.data["credentials"]
        if not isinstance(credentials, dict):
            yield ("credentials",)
        else:
            yield from (("credentials", name) for name, value in credentials.items() if not is_reference(value))


def _place(node: Node, defaults: Node | None, path: Path, *, on_name: bool = False) -> Span:
    """Return the place of a path below a key, also where its field comes from the defaults."""
    if path and defaults and isinstance(node.data, dict) and path[0] not in node.data and path[0] in defaults.data:
        return place(defaults, path, on_name=on_name)
    return place(node, path, on_name=on_name)
