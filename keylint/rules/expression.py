"""The text of a CEL expression: what it speaks of, and where each of its characters stands in the policy file.

The engine knows `has()` of a map's entry only, and says line and column within the expression; YAML may have folded,
indented or escaped it.
"""

import re
from collections.abc import Iterator

from keylint.model.source import Source, Span

# Texts and comments, in which nothing is meant as it looks; raw texts first, for in them a backslash is none.
_SKIP = (
    r"//[^\n]*"
    r"|(?:[rR][bB]?|[bB][rR])(?:\"\"\".*?\"\"\"|'''.*?'''|\"[^\"\n]*\"|'[^'\n]*')"
    r"|\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
)
_HAS = re.compile(rf"{_SKIP}|(?<![\w.])has\s*\(\s*(key|live)\s*\.\s*(\w+)\s*\)", re.DOTALL)
_FIELD = re.compile(rf"{_SKIP}|(?<![\w.])((?:key|live)\s*\.\s*\w+)", re.DOTALL)

# What YAML writes with several characters for one. An escaped line break, or blank, counts as blank.
_UNITS = {
    "'": re.compile(r"''|.", re.DOTALL),
    '"': re.compile(r"\\(?:x..|u....|U........|.)|.", re.DOTALL),
}
_ONE = re.compile(r".", re.DOTALL)
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_BLANK_ESCAPES = "nrtvf \t_NLP\n\r"


def with_presence(text: str, known: frozenset[str]) -> str:
    """Write `has(key.owner)` as the variable `key.has_owner`, line by line as long, so that places stay right.

    `known`: the names that have such a variable; the engine complains about all others.
    """

    def variable(match: re.Match[str]) -> str:
        if not match[1] or f"{match[1]}.{match[2]}" not in known:
            return match[0]
        lines = match[0].split("\n")
        breaks = "\n".join(" " * len(line) for line in lines[1:])
        return f"{match[1]}.has_{match[2]}".ljust(len(lines[0])) + ("\n" + breaks if lines[1:] else "")

    return _HAS.sub(variable, text)


def fields(text: str) -> Iterator[str]:
    """Yield the fields that an expression speaks of, such as `key.owner`, each time that it does."""
    for match in _FIELD.finditer(text):
        if match[1]:
            yield "".join(match[1].split())


def spot(source: Source, region: Span, text: str, line: int, column: int) -> tuple[int, int]:
    """Return line and column in the file of a place in a text that YAML read from that region.

    Blanks are what YAML changes, so the others are counted. Places are counted from 1; one past the end is the end.
    """
    lines = text.split("\n")
    before = [*lines[: line - 1], lines[min(line, len(lines)) - 1][: column - 1]]
    number = sum(not character.isspace() for part in before for character in part)
    places = list(_places(source, region))
    if sum(not character.isspace() for character in text) > len(places) or not places:
        return region.line, region.column
    if number < len(places) and number < sum(not character.isspace() for character in text):
        return places[number]
    last = places[min(number, len(places)) - 1]
    return last[0], last[1] + 1


def _places(source: Source, region: Span) -> Iterator[tuple[int, int]]:
    """Yield line and column of every character in the region that is not blank and stands for one of the text's."""
    found = source.lines(set(range(region.line, region.end_line + 1)))
    lines = [found.get(number, "") for number in range(region.line, region.end_line + 1)]
    lines[-1] = lines[-1][: region.end_column - 1]
    raw = "\n".join(lines)
    start = _PROPERTIES.match(raw, region.column - 1)
    at = start.end() if start else region.column - 1
    mark = raw[at : at + 1]
    end = len(raw)
    if mark in ("|", ">"):
        at = raw.find("\n", at) + 1 or end
    elif mark in _UNITS:
        at, end = at + 1, end - 1
    row, begin = region.line + raw.count("\n", 0, at), raw.rfind("\n", 0, at) + 1
    for unit in _UNITS.get(mark, _ONE).finditer(raw, at, end):
        if not _is_blank(unit[0]):
            yield row, unit.start() - begin + 1
        if "\n" in unit[0]:
            row, begin = row + 1, unit.end()


def _is_blank(unit: str) -> bool:
    if unit[0] != "\\" or len(unit) == 1:
        return unit.isspace()
    return chr(int(f"0x{unit[2:]}", 0)).isspace() if unit[1] in "xuU" else unit[1] in _BLANK_ESCAPES
