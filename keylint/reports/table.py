"""Lays out a table for a terminal: nothing from outside steers it, and it fits the width."""

import textwrap
from collections.abc import Mapping, Sequence

from keylint.reports.escape import visible
from keylint.reports.excerpt import fitting, width

_GAP = 2
_WIDE = 20
_NARROW = 8
_WIDEST_TEXT = 100


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], room: int | None = None, spare: Sequence[str] = ()
) -> list[str]:
    """Return the lines of a table; columns that are empty are left out.

    Where `room` is given, it is made to fit: the widest columns are cut a little, then `spare` columns are left out,
    the first first, then the widest are cut more, then the last columns are left out.
    """
    shown = [list(map(visible, row)) for row in rows]
    columns = [[title, *(row[index] for row in shown)] for index, title in enumerate(head)]
    columns = [column for column in columns if any(column[1:])]
    widths = {column[0]: max(map(width, column)) for column in columns}
    if room is not None:
        _shrink(widths, room, _WIDE)
        for title in spare:
            if _total(widths) > room:
                widths.pop(title, None)
        _shrink(widths, room, _NARROW)
        while _total(widths) > room and len(widths) > 1:
            widths.popitem()
    kept = [column for column in columns if column[0] in widths]
    lines = zip(*kept, strict=True) if kept else ()
    return [_line([_fit(cell, size) for cell, size in zip(line, widths.values(), strict=True)]) for line in lines]


def _total(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + _GAP * (len(widths) - 1)


def _shrink(widths: dict[str, int], room: int, least: int) -> None:
    """Cut the widest columns until all fit or none is wider than `least`."""
    while widths and _total(widths) > room and max(widths.values()) > least:
        widths[max(widths, key=lambda title: widths[title])] -= 1


def cut(text: str, room: int) -> str:
    """Return a harmless text, with … where the rest does not fit."""
    return text if width(text) <= room else f"{fitting(text, room - 1)}…"


def _fit(cell: str, size: int) -> str:
    shown = cut(cell, size)
    return shown + " " * (size - width(shown))


def _line(cells: Sequence[str]) -> str:
    line = (" " * _GAP).join(cells).rstrip()
    # A line of a build log that begins with :: is a command to GitHub's runner, blanks before it or not.
    return line.replace(":", r"\x3a", 1) if line.lstrip().startswith(":") else line


def paragraph(text: str, room: int | None = None, first: str = "", rest: str | None = None) -> list[str]:
    """Return a sentence on as many lines as it needs; `first` and `rest` begin the lines. Prose is never very wide."""
    size = min(room or _WIDEST_TEXT, _WIDEST_TEXT)
    indent = " " * width(first) if rest is None else rest
    shown = visible(text)
    return textwrap.wrap(
        shown, size, initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    ) or [first.rstrip()]
