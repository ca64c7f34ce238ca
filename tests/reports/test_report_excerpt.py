"""The source line of a finding, cut so that it can be shown."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model.finding import Finding, Severity
from keylint.model.source import Span
from keylint.reports.escape import visible
from keylint.reports.excerpt import LIMIT, Excerpt, excerpt, width

Make = Callable[..., Finding]


def on(line: str, start: int, end: int) -> Finding:
    """Return a finding on some characters of a line, counted from 1."""
    return Finding("r", Severity.ERROR, None, "m", "", "f", Span(1, start, 1, end), (), "0", line)


def test_a_finding_without_text_has_no_excerpt(finding: Make) -> None:
    assert excerpt(finding(snippet=None)) is None


@pytest.mark.parametrize(
    ("line", "start", "end", "parts"),
    [
        ("a: [b, c]", 5, 6, ("a: [", "b", ", c]")),
        ("a: b", 1, 1, ("", "", "a: b")),
        ("a: b", 5, 5, ("a: b", "", "")),
        ("a: b   ", 4, 5, ("a: ", "b", "")),
        ("", 1, 2, ("", "", "")),
        ("short", 40, 50, ("short", "", "")),
        ("\tx\tb", 4, 5, ("    x    ", "b", "")),
        ("x: \x1b[0m y", 4, 8, ("x: ", r"\x1b[0m", " y")),
        ("##[error]", 3, 4, (r"\x23\x23", "[", "error]")),
        ("#[a] #", 1, 2, ("", "#", "[a] #")),
    ],
)
def test_a_line_falls_into_three_parts(line: str, start: int, end: int, parts: tuple[str, str, str]) -> None:
    assert excerpt(on(line, start, end)) == Excerpt(*parts)


def test_a_region_of_several_lines_is_marked_to_the_end_of_the_first(finding: Make) -> None:
    assert excerpt(finding(snippet="  bot: [  ", span=Span(1, 3, 4, 2))) == Excerpt("  ", "bot: [", "")


@pytest.mark.parametrize(
    ("start", "end", "before", "marked", "after"),
    [
        (1, 6, "", "aaaaa", "a" * 114 + "…"),
        (996, 1001, "…" + "a" * 113, "aaaaa", ""),
        (500, 505, "…" + "a" * 56, "aaaaa", "a" * 57 + "…"),
        (1, 1001, "", "a" * 79 + "…", ""),
        (100, 500, "…" + "a" * 19, "a" * 79 + "…", "a" * 19 + "…"),
    ],
)
def test_a_long_line_is_cut_around_the_place(start: int, end: int, before: str, marked: str, after: str) -> None:
    assert excerpt(on("a" * 1000, start, end)) == Excerpt(before, marked, after)


def test_a_cut_counts_columns_and_not_characters() -> None:
    part = excerpt(on("鍵" * 1000, 500, 501))
    assert part is not None
    assert width(part.before + part.marked + part.after) in {LIMIT - 1, LIMIT, LIMIT - 2}
    assert part.marked == "鍵"


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("鍵", 2), ("🔑", 2), ("é", 1), ("e\u0301", 1), ("\uff21\uff22", 4), ("ｱ", 1), ("…", 1)],
)
def test_width_is_counted_in_terminal_columns(text: str, columns: int) -> None:
    assert width(text) == columns


@given(st.text(st.characters()), st.integers(1, 400), st.integers(0, 400), st.integers(1, 100))
def test_an_excerpt_is_harmless_and_never_too_wide(text: str, start: int, length: int, repeat: int) -> None:
    part = excerpt(on(text * repeat, start, start + length))
    assert part is not None
    whole = part.before + part.marked + part.after
    assert visible(whole) == whole
    assert width(whole) <= LIMIT


@given(st.text("abc :[]{},鍵", max_size=LIMIT // 2), st.data())
def test_a_line_that_fits_is_shown_whole(line: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(1, len(line) + 1))
    end = data.draw(st.integers(start, len(line) + 1))
    part = excerpt(on(line, start, end))
    assert part is not None
    assert part.marked == line[start - 1 : end - 1]
    assert (part.before + part.marked + part.after).rstrip() == line.rstrip()
