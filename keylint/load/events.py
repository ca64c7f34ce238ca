"""The door to PyYAML: libyaml's events where it is there, the pure ones where it is not, and their places."""

from typing import Any

import yaml

from keylint.model.source import Span

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Scalar, Alias = yaml.ScalarEvent, yaml.AliasEvent
MapStart, MapEnd = yaml.MappingStartEvent, yaml.MappingEndEvent
SeqStart, SeqEnd = yaml.SequenceStartEvent, yaml.SequenceEndEvent
StreamEnd = yaml.StreamEndEvent
Error, MarkedError = yaml.YAMLError, yaml.MarkedYAMLError
STR, MAP, SEQ = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


def event_span(event: Any) -> Span:
    """Return the place of an event; what goes over several lines is shown by its first character."""
    start, end = event.start_mark, event.end_mark
    if start.line == end.line:
        return Span(start.line + 1, start.column + 1, end.line + 1, max(end.column, start.column + 1) + 1)
    return Span(start.line + 1, start.column + 1, start.line + 1, start.column + 2)
