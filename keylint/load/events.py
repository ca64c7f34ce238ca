"""The door to PyYAML: libyaml's events where it is there, the pure ones where it is not, and their places."""

import re
from typing import Any

from keylint.model.source import Span


class _Later:
    """A pattern that is compiled when it is first used."""

    def __init__(self, *given: Any) -> None:
        self._given = given

    def __getattr__(self, name: str) -> Any:
        return getattr(re.compile(*self._given), name)


# PyYAML compiles patterns that only its pure parser and its constructors use: a twentieth of a whole `keylint check`.
_compile, re.compile = re.compile, _Later  # type: ignore[assignment]  # for the next line only
try:
    import yaml
finally:
    re.compile = _compile

Scalar, Alias = yaml.ScalarEvent, yaml.AliasEvent
MapStart, MapEnd = yaml.MappingStartEvent, yaml.MappingEndEvent
SeqStart, SeqEnd = yaml.SequenceStartEvent, yaml.SequenceEndEvent
StreamEnd = yaml.StreamEndEvent
MarkedError = yaml.MarkedYAMLError
STR, MAP, SEQ = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))

_SURROGATE = re.compile("[\ud800-\udfff]")


class PureLoader(yaml.SafeLoader):
    """PyYAML's own parser, which lets escapes pass, or fails on them, that libyaml refuses."""

    def get_event(self) -> Any:
        """Return the next event; a MarkedError for a character that does not exist."""
        mark: Any = self.get_mark()
        try:
            event = super().get_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it out
        except (ValueError, OverflowError):  # "\UFFFFFFFF", or a version with thousands of digits
            raise MarkedError("while scanning", mark, "found a number that is too large", mark) from None
        if type(event) is Scalar and _SURROGATE.search(event.value):
            mark = event.start_mark
            raise MarkedError("while scanning", mark, "found half of a character that takes two", mark)
        return event


Loader: Any = getattr(yaml, "CSafeLoader", PureLoader)


def event_span(event: Any) -> Span:
    """Return the place of an event; what goes over several lines is shown by its first character."""
    start, end = event.start_mark, event.end_mark
    if start.line == end.line:
        return Span(start.line + 1, start.column + 1, end.line + 1, max(end.column, start.column + 1) + 1)
    return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2)


def is_merge(name: Any) -> bool:
    """Tell whether the name of a field is the merge key."""
    return bool(name.value == "<<" and not name.style and name.tag is None)
