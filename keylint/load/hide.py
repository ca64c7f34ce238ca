"""Conceals in the source lines of one file what no report may show."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from keylint.model.exposure import TELLING, conceal, is_telling, private_keys
from keylint.model.source import Source, Span

# Compiled by `re` itself when the first line is shown: a clean run shows none.
_NAME = r"(?<![\w-])([\w-]{1,80}+)[\"']?\s*:\s*"
_REFERENCE = r"[\"']?(?:env:[A-Za-z_]\w*[\"']?\s*(?:[,}#]|$)|file:)"


class Hidden:
    """What must not be shown of one file; it grows while the file is read."""

    def __init__(self, source: Source) -> None:
        """Take the file; nothing is searched before a line is shown."""
        self._source = source
        self._found: list[Span] = []
        self._regions: list[Span] | None = None
        self._unread: int | None = None
        self._shown: dict[int, str] = {}

    def add(self, span: Span) -> None:
        """Hide a region, over all of its lines."""
        self._found.append(span)
        self._regions = None

    def add_unread(self, line: int) -> None:
        """Take from that line on nothing for understood: from the first telling name there, nothing is shown."""
        start, text = self._source.offset(line), self._source.data.lower()
        if found := [at for word in TELLING if (at := text.find(word.encode(), start)) >= 0]:
            self._unread = self._source.span(min(found), min(found)).line

    def line(self, text: str, number: int) -> str:
        """Return a source line without what must not be shown, as wide as it was."""
        if self._regions is None:
            self._regions = _merged([*self._found, *_private_keys(self._source)])
            self._shown.clear()
        if number not in self._shown:
            self._shown[number] = self._conceal(text, number, self._regions)
        return self._shown[number]

    def _conceal(self, text: str, number: int, regions: list[Span]) -> str:
        if self._unread is not None and number >= self._unread:
            return re.sub(r"\S", "•", text)
        at = bisect_left(regions, number, key=lambda region: region.end_line)
        for region in regions[at:]:
            if region.line > number:
                break
            start = region.column - 1 if region.line == number else 0
            end = region.end_column - 1 if region.end_line == number else len(text)
            text = text[:start] + "•" * len(text[start:end]) + text[end:]
        if is_telling(text) and (named := _named(text)) is not None:
            text = text[:named] + "•" * len(text[named:])
        return conceal(text, keep_width=True)


def _named(text: str) -> int | None:
    """Return where the first value behind a telling name begins, None where there is none.

    A reference may be shown, and so may a mapping of credentials as far as it holds references. What ends a value
    depends on what stands around it, so all that follows goes with it.
    """
    credentials = 0  # the end of a mapping of credentials: until there every name is telling
    for name in re.finditer(_NAME, text):
        at = name.end()
        is_field = name[0][-1] != ":"  # and not what stands before the colon of a reference
        if at == len(text) or not (is_telling(name[1]) or (is_field and at < credentials)):
            continue
        if name[1] == "credentials" and text[at] == "{":
            credentials = (text.find("}", at) + 1 or len(text) + 1) - 1
        elif not re.compile(_REFERENCE).match(text, at):
            return at
    return None


def _private_keys(source: Source) -> Iterator[Span]:
    """Yield the whole regions of the private keys in a file."""
    ends = [(at, at) for key in private_keys(source.data) for at in (key.start, key.end)]
    places = source.spans(ends)
    for first, last in zip(places, places, strict=True):
        yield Span(first.line, first.column, last.line, last.column)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Return the regions in order, those that overlap as one."""
    regions: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.line, span.column)):
        last = regions[-1] if regions else None
        if last and (span.line, span.column) < (last.end_line, last.end_column):
            line, column = max((last.end_line, last.end_column), (span.end_line, span.end_column))
            regions[-1] = Span(last.line, last.column, line, column)
        else:
            regions.append(span)
    return regions
