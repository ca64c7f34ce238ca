"""What reading gives: values with the events that they were built from, and flaws."""

from dataclasses import dataclass
from typing import Any

from keylint.model.finding import Problem
from keylint.model.source import Path, Span


@dataclass(slots=True)
class Anchor:
    """What an alias stands for; `size` counts its values, aliases expanded."""

    value: Any
    events: list[Any]
    size: int


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the events that it was built from, and the anchors that these may point to."""

    name_event: Any
    data: Any
    events: list[Any]
    anchors: dict[str, Anchor]


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
