"""Where a text came from, and places inside it."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Path = tuple[str | int, ...]
"""Mapping keys and list indexes from the root of a document."""

_LINE_BREAK = re.compile(rb"\r\n|\r|\n")


class Span(NamedTuple):
    """A region of a text, counted from 1 in characters; `end_column` is one past the last."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)


class Source(NamedTuple):
    """A text with the name it is reported under. `data` is UTF-8 without a byte-order mark, not yet checked."""

    name: str
    data: bytes

    def spans(self, regions: Iterable[tuple[int, int]]) -> Iterator[Span]:
        """Yield the places of regions given in byte offsets, in their order; of several lines the first is shown."""
        line, column, position = 1, 1, 0
        for start, end in regions:
            for match in _LINE_BREAK.finditer(self.data, position, start):
                line, column, position = line + 1, 1, match.end()
            column += _width(self.data[position:start])
            position = start
            broken = _LINE_BREAK.search(self.data, start, end)
            width = _width(self.data[start : broken.start() if broken else end])
            yield Span(line, column, line, column + max(width, 1))

    def span(self, start: int, end: int) -> Span:
        """Return the place of one region."""
        return next(self.spans([(start, end)]))

    def offset(self, line: int) -> int:
        """Return where a line (from 1) begins, in bytes; the end of the text where it has no such line."""
        if line == 1:
            return 0
        for number, match in enumerate(_LINE_BREAK.finditer(self.data), 2):
            if number == line:
                return match.end()
        return len(self.data)

    def lines(self, wanted: set[int]) -> dict[int, str]:
        """Return the texts of the wanted lines (from 1) that exist, without their line ends."""
        found: dict[int, str] = {}
        if not wanted:
            return found
        last = max(wanted)
        for number, (start, end) in enumerate(self._lines(), 1):
            if number in wanted:
                found[number] = self.data[start:end].decode("utf-8", "replace")
            if number == last:
                break
        return found

    def _lines(self) -> Iterator[tuple[int, int]]:
        """Yield where each line begins and ends; a search for one byte is three times as fast as a pattern."""
        start = 0
        if b"\r" in self.data:
            for match in _LINE_BREAK.finditer(self.data):
                yield start, match.start()
                start = match.end()
        else:
            while (end := self.data.find(b"\n", start)) >= 0:
                yield start, end
                start = end + 1
        yield start, len(self.data)


def _width(part: bytes) -> int:
    return len(part.decode("utf-8", "replace"))
