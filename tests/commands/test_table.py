"""Tables and paragraphs for a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from keylint.reports.excerpt import width
from keylint.reports.table import paragraph, table


def test_columns_line_up_and_empty_ones_are_left_out() -> None:
    assert table(("A", "B", "C"), [("1", "", "x"), ("22", "", "")]) == ["A   C", "1   x", "22"]


def test_wide_characters_take_two_columns() -> None:
    assert table(("A", "B"), [("出金", "x"), ("abcd", "y")]) == ["A     B", "出金  x", "abcd  y"]


def test_spare_columns_go_before_names_are_cut_short() -> None:
    rows = [("a" * 20, "b" * 20, "c" * 20)]
    assert table(("A", "B", "C"), rows, 42, ("B",))[1] == f"{'a' * 20}  {'c' * 20}"
    assert table(("A", "B", "C"), rows, 30, ("B",))[1] == f"{'a' * 13}…  {'c' * 13}…"


def test_no_rows_is_no_table() -> None:
    assert table(("A", "B"), []) == []


def test_a_cell_that_starts_a_log_command_does_not() -> None:
    assert table(("A",), [("::error::x",)]) == ["A", r"\x3a:error::x"]


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))), st.integers(20, 120))
def test_a_table_fits_whatever_is_in_it(rows: list[tuple[str, str, str]], room: int) -> None:
    for line in table(("A", "B", "C"), rows, room, ("C",)):
        assert width(line) <= room + 3  # a colon at the start of a line takes four columns
        assert line == line.rstrip()
        assert "\n" not in line


def test_a_paragraph_is_never_very_wide_and_keeps_its_margin() -> None:
    lines = paragraph("word " * 60, 300, "- ")
    assert max(map(len, lines)) <= 100
    assert lines[0].startswith("- word")
    assert all(line.startswith("  word") for line in lines[1:])
    assert paragraph("", 80, "- ") == ["-"]
