"""Where a text came from, and places inside it."""

import re
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Mapping keys and list indexes from the root of a document."""

_LINE_BREAK = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Span:
    """A region of a text, counted from 1 in characters; `end_column` is one past the last."""

    line: int
    column: int
    end_line: int
    end_column: int


START = Span(1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Source:
    """A text with the name it is reported under. `data` is UTF-8 without a byte-order mark, not yet checked."""

    name: str
    data: bytes

    def span(self, start: int, end: int) -> Span:
        """Return the place of a region given in byte offsets; of several lines the first is shown."""
        line, begin = 1, 0
        for match in _LINE_BREAK.finditer(self.data, 0, start):
            line, begin = line + 1, match.end()
        broken = _LINE_BREAK.search(self.data, start, end)
        column = len(self.data[begin:start].decode("utf-8", "replace")) + 1
        width = len(self.data[start : broken.start() if broken else end].decode("utf-8", "replace"))
        return Span(line, column, line, column + max(width, 1))

    def lines(self, wanted: set[int]) -> dict[int, str]:
        """Return the texts of the wanted lines (from 1), without their line ends."""
        found: dict[int, str] = {}
        if not wanted:
            return found
        last, start = max(wanted), 0
        for number, match in enumerate(_LINE_BREAK.finditer(self.data), 1):
            if number in wanted:
                found[number] = self.data[start : match.start()].decode("utf-8", "replace")
            if number == last:
                return found
            start = match.end()
        if wanted - found.keys():
            found[min(wanted - found.keys())] = self.data[start:].decode("utf-8", "replace")
        return found
