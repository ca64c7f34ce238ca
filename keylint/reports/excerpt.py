"""Cuts a source line around a place, so that it can be shown and marks stand under the right characters."""

from typing import NamedTuple

from keylint.model.finding import Finding
from keylint.reports.escape import visible

LIMIT = 120
"""The widest excerpt, in terminal columns."""

_TAB = "    "


class Excerpt(NamedTuple):
    """One line in three parts, each harmless to show and without tabs; … stands where text was cut off."""

    before: str
    marked: str
    after: str


def excerpt(finding: Finding) -> Excerpt | None:
    """Return the line of a finding around its place, None where its text is not at hand."""
    line, span = finding.snippet, finding.span
    if line is None:
        return None
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    end = min(max(start, end), len(line))
    # Slices first: the line of a one-line file may be megabytes long, with thousands of findings in it.
    marked = _head(_plain(line[start : min(end, start + LIMIT)]), LIMIT * 2 // 3, cut=end - start > LIMIT)
    before = _plain(line[max(0, start - LIMIT) : start])
    after = _plain(line[end : end + LIMIT].rstrip())
    room = LIMIT - width(marked)
    before = _tail(before, max(room // 2, room - width(after) - 1), cut=start > LIMIT)
    after = _head(after, room - width(before), cut=len(line) - end > LIMIT)
    whole = before + marked + after
    if visible(whole) != whole:  # a log command that was split between the parts
        return Excerpt(*(part.replace("#", r"\x23") for part in (before, marked, after)))
    return Excerpt(before, marked, after)


def width(text: str) -> int:
    """Return how many terminal columns a harmless text takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415 - costs 3 ms and most lines are ASCII

    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    marks = sum(unicodedata.category(char) in {"Mn", "Me"} for char in text)
    return len(text) + wide - marks


def _plain(text: str) -> str:
    return visible(text.replace("\t", _TAB))


def _head(text: str, room: int, *, cut: bool) -> str:
    """Return the beginning of a text, with … where the rest does not fit or was cut off before."""
    return text if not cut and width(text) <= room else fitting(text, room - 1) + "…"


def _tail(text: str, room: int, *, cut: bool) -> str:
    """Return the end of a text, with … where the rest does not fit or was cut off before."""
    return text if not cut and width(text) <= room else "…" + fitting(text[::-1], room - 1)[::-1]


def fitting(text: str, room: int) -> str:
    """Return as much of the beginning as fits."""
    end = 0
    while end < len(text) and (room := room - width(text[end])) >= 0:
        end += 1
    return text[:end]
