"""What reading gives: values with the events that they were built from, and flaws."""

from typing import Any, NamedTuple

from keylint.load.written import Written
from keylint.model.finding import Problem
from keylint.model.source import Path, Span


class Anchor(NamedTuple):
    """What an alias stands for; `size` counts its values and `depth` its levels, aliases expanded."""

    value: Any
    written: Written
    size: int = 1
    depth: int = 0


class Node(NamedTuple):
    """A value with its name, the events that it was built from, and the anchors that these may point to."""

    name_event: Any
    data: Any
    written: Written
    anchors: dict[str, Anchor]


class Flaw(NamedTuple):
    """What is wrong with a text as YAML. `rule` is `yaml` or `schema`; a fatal flaw is the last thing that is read."""

    rule: str
    span: Span
    message: str
    hint: str = ""
    value: str = ""
    path: Path = ()
    on_name: bool = False
    fatal: bool = False

    def problem(self) -> Problem:
        """Return it in the form that rules use."""
        return Problem(self.path, self.message, self.hint, self.value, on_name=self.on_name, span=self.span)
