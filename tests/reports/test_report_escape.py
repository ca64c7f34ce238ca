"""Escaping: one place for every format."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.reports.escape import github_data, github_property, visible, visible_lines
from keylint.reports.json_text import write

ANYTHING = st.text(st.characters()) | st.text("#[ab\n\r\t\x1b\x7f\x85\u202e\u2028\ud800\U000e0001 ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, 100 %", "plain text, 100 %"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x00\x1b[31m\x7f", r"\x00\x1b[31m\x7f"),
        ("\x85\x9b\xad", r"\x85\x9b\xad"),
        ("\u202e\u2066\u200f", r"\u202e\u2066\u200f"),
        ("\u200b\u200d\ufeff", r"\u200b\u200d\ufeff"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud800\udcff", r"\ud800\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("机器人 🔑 é", "机器人 🔑 é"),
        ("C:\\keys", "C:\\keys"),
        ("## heading", "## heading"),
        ("##[error]x", r"#\x23[error]x"),
        ("###vso[x]", r"##\x23vso[x]"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_every_character_that_is_invisible_or_steers_is_written_out() -> None:
    unsafe = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in unsafe:
            assert visible(chr(code)) != chr(code), hex(code)


@given(ANYTHING)
def test_a_shown_text_is_one_line_and_escaping_it_again_changes_nothing(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown
    shown.encode()


@given(st.text(st.characters(categories=["L", "N", "P"], exclude_characters="#ᅟᅠㅤﾠ")))
def test_letters_digits_and_punctuation_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


@given(ANYTHING)
def test_lines_of_a_page_stay_lines(text: str) -> None:
    assert visible_lines(text).count("\n") == text.count("\n")
    assert all(visible(line) == line for line in visible_lines(text).split("\n"))


def test_tabs_of_a_page_become_blanks() -> None:
    assert visible_lines("a\tb\n\tc") == "a   b\n    c"


@given(st.lists(ANYTHING.filter(lambda text: not any(0xD800 <= ord(char) < 0xE000 for char in text))))
def test_json_reads_back_as_it_was(values: list[str]) -> None:
    assert json.loads(write({"values": values}, levels=2)) == {"values": values}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\x7f\x85", r'"\u007f\u0085"'),
        ("\u202e", r'"\u202e"'),
        ("\ud800", r'"\ud800"'),
        ("\U000e0001", r'"\udb40\udc01"'),
        ("##[error]", r'"#\u0023[error]"'),
        ("鍵", '"鍵"'),
    ],
)
def test_json_writes_unsafe_characters_as_json_escapes(text: str, written: str) -> None:
    assert write(text, levels=0) == written + "\n"
    assert json.loads(written) == text


def test_json_breaks_lines_on_the_upper_levels_only() -> None:
    assert write({"a": [{"b": [1]}], "c": [], "d": {}}, levels=2) == (
        '{\n  "a": [\n    {"b": [1]}\n  ],\n  "c": [],\n  "d": {}\n}\n'
    )


def test_github_escapes_follow_the_runner() -> None:
    assert github_data("100%\r\na:b,c") == "100%25%0D%0Aa:b,c"
    assert github_property("100%\r\na:b,c") == "100%25%0D%0Aa%3Ab%2Cc"
