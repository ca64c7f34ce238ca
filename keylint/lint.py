"""All of `keylint check`: sources in, findings out."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from keylint.judge import Bench, Judge, finding, with_snippets
from keylint.load.declaration import calendar_problems, key_decl
from keylint.load.document import Document, Entry, read
from keylint.load.node import Flaw, Node
from keylint.load.place import place
from keylint.load.schema import Schema
from keylint.model.declaration import KeyDecl
from keylint.model.exposure import conceal
from keylint.model.finding import Finding, Problem
from keylint.model.source import START, Path, Source, Span

_REFERENCE = re.compile(r"(?:env|file):\S")
_NAMED_SECRET = re.compile(
    r"((?:secret|passphrase|password|private_?key|token)[\w-]*[\"']?\s*:\s*)(?!(?:env|file):)(?:\"[^\"]*\"|'[^']*'|[^\s,}#]+)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Linted:
    """What `lint` found: grows while the files are read. `pending` holds what only the last key decides."""

    files: int = 0
    keys: int = 0
    findings: list[Finding] = field(default_factory=list)
    pending: list[tuple[Finding, Callable[[], bool]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Declared:
    """A key that could be read, with its file and the way to the places in it. `hide` is for `with_snippets`."""

    key: KeyDecl
    source: Source
    node: Node
    defaults: Node | None
    hide: Callable[[str, int], str]

    def span(self, path: Path, *, on_name: bool = False) -> Span:
        """Return the place of a path below this key."""
        return _place(self.node, self.defaults, path[2:], on_name=on_name)


def lint(sources: Iterable[Source], judge: Judge, result: Linted) -> Iterator[Declared]:
    """Judge every key of every source; yield each key that could be read. Findings are added to `result` on the way."""
    schema = Schema("declaration")
    for source in sources:
        result.files += 1
        yield from _File(source, judge, schema, result).keys()
    result.findings += [item for item, still_true in result.pending if still_true()]
    result.pending.clear()


class _File:
    """One declaration file on its way through the rules."""

    def __init__(self, source: Source, judge: Judge, schema: Schema, result: Linted) -> None:
        self.source, self.judge, self.schema, self.result = source, judge, schema, result
        self.bench: Bench = judge.bench(source)
        self.findings: list[Finding] = []
        self.pending: list[tuple[Finding, Callable[[], bool]]] = []
        self.hidden: list[Span] = []
        self.defaults: Node | None = None
        self.default_data: dict[str, Any] = {}

    def keys(self) -> Iterator[Declared]:
        for item, problem in self.bench.texts():
            self.add(item.rule.name, problem, problem.span or START)
        self.take_defaults(self.late_defaults())
        document: Document | None = None
        for part in read(self.source, stream="keys"):
            if isinstance(part, Entry):
                if (declared := self.entry(part)) is not None:
                    yield declared
            elif isinstance(part, Flaw):
                self.add(part.rule, part.problem(), part.span)
            else:
                document = part
                if self.defaults is None:
                    self.take_defaults(part)
        if document is not None:
            self.head(document)
        self.result.findings += with_snippets(self.findings, self.source, self.hide)
        shown = with_snippets([item for item, _ in self.pending], self.source, self.hide)
        self.result.pending += zip(shown, (still_true for _, still_true in self.pending), strict=True)

    def late_defaults(self) -> Document | None:
        """Return the whole document where `defaults` may stand after the keys: this is the one case of two readings."""
        data = self.source.data
        if data.find(b"defaults", max(data.find(b"keys"), 0)) < 0:
            return None
        parts = [part for part in read(self.source, stream="keys") if isinstance(part, Document)]
        return parts[-1] if parts else None

    def take_defaults(self, document: Document | None) -> None:
        """Remember the defaults that are valid; what is wrong with the others is said once, by `head`."""
        node = document.fields.get("defaults") if document else None
        if node is None or not isinstance(node.data, dict):
            return
        self.defaults = node
        alone = {"version": 1, "defaults": node.data, "keys": {}}
        bad = (
            set() if self.schema.is_valid(alone) else {p.path[1] for p in self.schema.explain(alone) if len(p.path) > 1}
        )
        bad |= {problem.path[-1] for problem in calendar_problems((), node.data)}
        self.default_data = {name: value for name, value in node.data.items() if name not in bad}

    def head(self, document: Document) -> None:
        """Judge all of a file but its keys."""
        data = document.data
        if not self.schema.is_valid(data):
            for problem in self.schema.explain(data):
                self.add("schema", problem, document.span(problem.path, on_name=problem.on_name))
        if isinstance(defaults := data.get("defaults"), dict):
            for problem in calendar_problems(("defaults",), defaults):
                self.add("schema", problem, document.span(problem.path))

    def entry(self, entry: Entry) -> Declared | None:
        """Judge one key; return it where it could be read."""
        self.result.keys += 1
        name, node = entry.name, entry.node
        own = node.data
        data: Mapping[str, Any] = {**self.default_data, **own} if isinstance(own, dict) and self.default_data else own
        broken: set[Any] = set()
        whole = {"version": 1, "keys": {name: data}}
        if not self.schema.is_valid(whole):
            broken = self.explain(whole, node)
        if not isinstance(own, dict):
            return None
        well_formed = {step: value for step, value in own.items() if step not in broken}
        for problem in calendar_problems(("keys", name), well_formed):
            broken.add(problem.path[2])
            self.add("schema", problem, place(node, problem.path[2:]))
        if "credentials" in own:
            self.hide_values(node, own["credentials"])
        if broken:
            data = {step: value for step, value in data.items() if step not in broken}
        key = key_decl(name, data)
        for item, problem in self.bench.declared(key):
            if len(problem.path) < 3 or problem.path[2] not in broken:  # noqa: PLR2004 - keys, name, field
                self.add(
                    item.rule.name, problem, _place(node, self.defaults, problem.path[2:], on_name=problem.on_name)
                )
        if broken & {"exchange", "permissions"}:
            return None
        return Declared(key, self.source, node, self.defaults, self.hide)

    def explain(self, whole: dict[str, Any], node: Node) -> set[Any]:
        """Say what is wrong with a key's form; return the fields that cannot be judged."""
        broken: set[Any] = set()
        for problem in self.schema.explain(whole):
            below = problem.path[2:]
            if below:
                broken.add(below[0])
            elif problem.value in ("exchange", "permissions"):
                broken.add(problem.value)
            self.add("schema", problem, _place(node, self.defaults, below, on_name=problem.on_name))
        return broken

    def add(self, rule: str, problem: Problem, span: Span) -> None:
        if item := self.judge.active.get(rule):
            made = finding(item, problem, self.source, span)
            if problem.pending:
                self.pending.append((made, problem.pending))
            else:
                self.findings.append(made)

    def hide_values(self, node: Node, credentials: Any) -> None:
        """Remember the places of credentials that are no references: no snippet shows them."""
        values = credentials.items() if isinstance(credentials, dict) else [(None, credentials)]
        for name, value in values:
            if not isinstance(value, str) or not _REFERENCE.match(value):
                path = ("credentials",) if name is None else ("credentials", name)
                self.hidden.append(place(node, path))

    def hide(self, line: str, number: int) -> str:
        """Conceal in a source line what must not be shown."""
        for span in sorted(self.hidden, key=lambda span: -span.column):
            if span.line == number:
                line = line[: span.column - 1] + "•" * (span.end_column - span.column) + line[span.end_column - 1 :]
        line = _NAMED_SECRET.sub(lambda match: match[1] + "•" * (len(match[0]) - len(match[1])), line)
        return conceal(line, keep_width=True)


def _place(node: Node, defaults: Node | None, path: Path, *, on_name: bool = False) -> Span:
    """Return the place of a path below a key, also where its field comes from the defaults."""
    if path and defaults and isinstance(node.data, dict) and path[0] not in node.data and path[0] in defaults.data:
        return place(defaults, path, on_name=on_name)
    return place(node, path, on_name=on_name)
