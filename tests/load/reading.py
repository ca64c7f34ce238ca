"""Reads texts as `keylint.load` does, and shows what came of it."""

from dataclasses import dataclass, field

from keylint.load.document import Document, Entry, read
from keylint.load.node import Flaw
from keylint.model.source import Path, Source, Span

KEY = "version: 1\nkeys:\n  bot:\n    exchange: binance\n    permissions: [read]\n"
"""A good key; what is added stands in line 6."""

Place = tuple[str, int, int, str]
"""Rule, line, column and message."""


@dataclass
class Reading:
    """What reading a text gave. `document` is the last one; None where there was none, or a fatal flaw came later."""

    flaws: list[Flaw] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    document: Document | None = None

    @property
    def said(self) -> list[Place]:
        return [said(flaw) for flaw in self.flaws]

    def value(self, name: str = "bot") -> object:
        return self.entries[name].node.data


def said(flaw: Flaw) -> Place:
    return flaw.rule, flaw.span.line, flaw.span.column, flaw.message


def reading(text: str | bytes) -> Reading:
    result = Reading()
    data = text if isinstance(text, bytes) else text.encode()
    for part in read(Source("keylint.yaml", data), stream="keys"):
        if isinstance(part, Entry):
            result.entries[part.name] = part
        elif isinstance(part, Document):
            result.document = part
        else:
            result.flaws.append(part)
            if part.fatal:
                result.document = None
    return result


def shown(text: str, span: Span) -> str:
    """Return what stands at a place that keeps to one line."""
    assert span.line == span.end_line
    return text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1]


__all__ = ["KEY", "Path", "Place", "Reading", "reading", "said", "shown"]
