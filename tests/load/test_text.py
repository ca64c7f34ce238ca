"""What the bytes of a file may be, and where it is said what they may not be."""

import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.load.feed import BadText, Feed
from keylint.load.files import source
from keylint.model.source import Source, Span
from tests.load.reading import KEY, Place, reading

PARSED = pytest.mark.usefixtures("parser")
SAVE, REMOVE = "save the file as UTF-8", "remove it"

BAD: list[tuple[str, bytes, Place, str]] = [
    ("nul", b"version: 1\nkeys: \0{}\n", ("yaml", 2, 7, "control character U+0000"), SAVE),
    ("escape", "k: ü\x1b[2J\n".encode(), ("yaml", 1, 5, "control character U+001B"), REMOVE),
    ("form feed", b"k: 1\n\x0c\n", ("yaml", 2, 1, "control character U+000C"), REMOVE),
    ("delete", b"k: \x7f", ("yaml", 1, 4, "control character U+007F"), REMOVE),
    ("bell in a comment", b"# \x07\nk: 1\n", ("yaml", 1, 3, "control character U+0007"), REMOVE),
    ("nel", "k: 1\nä: \x85x\n".encode(), ("yaml", 2, 4, "control character U+0085"), REMOVE),
    ("csi", "k: \x9b31m\n".encode(), ("yaml", 1, 4, "control character U+009B"), REMOVE),
    ("line separator", "k: a\u2028b: c\n".encode(), ("yaml", 1, 5, "control character U+2028"), REMOVE),
    ("paragraph separator", "k: a\u2029\n".encode(), ("yaml", 1, 5, "control character U+2029"), REMOVE),
    ("inner byte-order mark", "k: 1\n\ufeffl: 2\n".encode(), ("yaml", 2, 1, "control character U+FEFF"), REMOVE),
    ("second byte-order mark", "\ufeff\ufeffk: 1\n".encode(), ("yaml", 1, 1, "control character U+FEFF"), REMOVE),
    ("not a character", "k: \uffff\n".encode(), ("yaml", 1, 4, "control character U+FFFF"), REMOVE),
    ("latin-1", "# café\nk: é\n".encode("latin-1"), ("yaml", 1, 6, "not UTF-8: byte 0xE9"), SAVE),
    ("latin-1 after utf-8", b"# caf\xc3\xa9\nk: \xe9\n", ("yaml", 2, 4, "not UTF-8: byte 0xE9"), SAVE),
    ("cut character", b"k: \xf0\x9f\x94", ("yaml", 1, 4, "not UTF-8: byte 0xF0"), SAVE),
    ("lone continuation", b"k: 1\n\x80", ("yaml", 2, 1, "not UTF-8: byte 0x80"), SAVE),
    ("overlong", b"k: \xc0\xaf", ("yaml", 1, 4, "not UTF-8: byte 0xC0"), SAVE),
    ("surrogate", b"k: \xed\xa0\x80", ("yaml", 1, 4, "not UTF-8: byte 0xED"), SAVE),
    ("beyond unicode", b"k: \xf4\x90\x80\x80", ("yaml", 1, 4, "not UTF-8: byte 0xF4"), SAVE),
    ("utf-16", "k: 1\n".encode("utf-16"), ("yaml", 1, 1, "not UTF-8 but UTF-16"), SAVE),
    ("utf-16, big end first", b"\xfe\xff\0k\0:", ("yaml", 1, 1, "not UTF-8 but UTF-16"), SAVE),
    ("utf-16 without a mark", "k: 1\n".encode("utf-16-le"), ("yaml", 1, 2, "control character U+0000"), SAVE),
    ("utf-32", "k: 1\n".encode("utf-32"), ("yaml", 1, 1, "not UTF-8 but UTF-16"), SAVE),
    ("gzip", b"\x1f\x8b\x08\x00\x00", ("yaml", 1, 1, "control character U+001F"), REMOVE),
    ("after \\r", b"a: 1\rb: 2\r\x07", ("yaml", 3, 1, "control character U+0007"), REMOVE),
    ("after \\r\\n", b"a: 1\r\nb: 2\r\n\x07", ("yaml", 3, 1, "control character U+0007"), REMOVE),
    ("after wide characters", "鍵🔑: \x07".encode(), ("yaml", 1, 5, "control character U+0007"), REMOVE),
]


@PARSED
@pytest.mark.parametrize(("data", "expected", "hint"), [pytest.param(*case[1:], id=case[0]) for case in BAD])
def test_byte_that_may_not_stand_in_a_file_is_one_flaw_at_its_place(data: bytes, expected: Place, hint: str) -> None:
    (flaw,) = reading(source("k.yaml", data).data).flaws
    assert (flaw.rule, flaw.span.line, flaw.span.column, flaw.message) == expected
    assert (flaw.hint, flaw.fatal) == (hint, True)
    assert (flaw.span.end_line, flaw.span.end_column) == (flaw.span.line, flaw.span.column + 1)


@PARSED
@pytest.mark.parametrize("at", [65_530, 65_535, 65_536, 65_537, 131_072, 200_000])
@pytest.mark.parametrize("what", ["\x07", "\u2028", "\ufeff"])
def test_bad_character_is_found_wherever_the_text_is_cut(at: int, what: str) -> None:
    text = KEY + "    notes: " + "é" * 100
    text += "\n# " + "🔑" * ((at - len(text.encode())) // 4)
    (flaw,) = reading(f"{text}{what}\n").flaws
    assert (flaw.message, flaw.span.line) == (f"control character U+{ord(what):04X}", 7)
    assert flaw.span.column == len(text.splitlines()[-1]) + 1


@PARSED
@pytest.mark.parametrize("shift", range(5))
def test_no_character_is_cut_in_two(shift: int) -> None:
    assert reading(f"#{'x' * shift}{'🔑' * 40_000}\nk: 1\n").said == []


@PARSED
def test_key_before_a_bad_byte_in_a_far_part_of_the_file_is_read() -> None:
    result = reading(f"{KEY}  other: {{}}\n# {'x' * 200_000}\n\x07")
    assert "bot" in result.entries
    assert result.said == [("yaml", 8, 1, "control character U+0007")]


def _characters() -> Iterator[tuple[int, int]]:
    """Yield first and last of runs of code points, single ones where something begins or ends."""
    edges = [0x20, 0x7E, 0x7F, 0x80, 0x85, 0x9F, 0xA0, 0x2027, 0x2028, 0x2029, 0x202A, 0xD7FF]
    edges += [0xE000, 0xFEFE, 0xFEFF, 0xFF00, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1FFFE, 0x1FFFF, 0x10FFFF]
    yield from ((edge, edge) for edge in edges)
    yield from ((start, min(start + 0x3FF, sys.maxunicode)) for start in range(0x100, sys.maxunicode, 0x400))


@PARSED
def test_parser_never_fails_on_a_character_that_was_let_through() -> None:
    for first, last in _characters():
        text = "".join(map(chr, range(first, last + 1)))
        data = f"k: '{text}'\n".encode(errors="ignore").replace(b"''", b"")
        try:
            Feed(data).read(0)
        except BadText:
            continue
        assert reading(data).said == [], hex(first)


@PARSED
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system_count_the_same(ends: str) -> None:
    text = KEY.replace("\n", ends)
    result = reading(f"{text}    label: no{ends}    notes: |{ends}      a{ends}      b{ends}    site: off{ends}")
    assert result.said == [
        ("schema", 6, 12, "'no' reads differently in YAML 1.1 and YAML 1.2"),
        ("schema", 10, 11, "'off' reads differently in YAML 1.1 and YAML 1.2"),
    ]


@PARSED
def test_byte_order_mark_at_the_start_is_not_counted() -> None:
    with_mark = source("k.yaml", b"\xef\xbb\xbf" + b"version: no\n")
    assert reading(with_mark.data).said == [("schema", 1, 10, "'no' reads differently in YAML 1.1 and YAML 1.2")]


def test_tab_between_words_is_a_blank() -> None:
    assert reading("version: 1\t# a tab\nkeys: {\ta:\t{}}\n").said == []


@PARSED
def test_tab_as_indentation_is_a_flaw() -> None:
    (flaw,) = reading("version: 1\nkeys:\n\ta: {}\n").flaws
    assert (flaw.span.line, flaw.span.column) == (3, 1)
    assert flaw.message.startswith("not valid YAML: found character ")
    assert flaw.hint == "quote a text that starts with a special character; indent with blanks, not tabs"


ESCAPES = [r"\ud800", r"\uDFFF", r"\ud83d\udd11", r"\U0000d800", r"\UFFFFFFFF", r"\U00110000", r"\u12", r"\xZZ", r"\q"]


@PARSED
@pytest.mark.parametrize("escape", ESCAPES)
def test_escape_of_what_is_no_character_is_one_flaw(escape: str) -> None:
    (flaw,) = reading(f'{KEY}    label: "a{escape}"\n').flaws
    assert (flaw.rule, flaw.span.line, flaw.fatal) == ("yaml", 6, True)
    assert flaw.message.startswith("not valid YAML: ")


@PARSED
@pytest.mark.parametrize(
    ("escape", "value"), [(r"\0", "\0"), (r"\N", "\x85"), (r"\U0001F511", "🔑"), (r"\L", "\u2028")]
)
def test_escape_of_any_character_is_read_and_left_to_the_schema(escape: str, value: str) -> None:
    result = reading(f'{KEY}    label: "{escape}"\n')
    assert (result.said, result.value()) == ([], {"exchange": "binance", "permissions": ["read"], "label": value})


# What libyaml says; PyYAML's own parser has other words for some, and stands elsewhere for a few.
SYNTAX = [
    ("label: a: b", (6, 13), "mapping values are not allowed in this context"),
    ("label: [a", (7, 1), "did not find expected ',' or ']' (while parsing a flow sequence)"),
    ("label: {a: b", (7, 1), "did not find expected ',' or '}' (while parsing a flow mapping)"),
    ("label: 'a", (7, 1), "found unexpected end of stream (while scanning a quoted scalar)"),
    ("label: %x", (6, 12), "found character that cannot start any token (while scanning for the next token)"),
    ("label: @x", (6, 12), "found character that cannot start any token (while scanning for the next token)"),
    ("label: `x`", (6, 12), "found character that cannot start any token (while scanning for the next token)"),
    ("label: !<x", (6, 15), "did not find the expected '>' (while scanning a tag)"),
    ("label: !h!x y", (6, 12), "found undefined tag handle (while parsing a node)"),
    ("label: &  y", (6, 13), "did not find expected alphabetic or numeric character (while scanning an anchor)"),
    ("label: |x", (6, 13), "did not find expected comment or line break (while scanning a block scalar)"),
    ("label", (7, 1), "could not find expected ':' (while scanning a simple key)"),
    ("  label: x", (6, 7), "did not find expected key (while parsing a block mapping)"),
    (" label: x", (6, 6), "did not find expected key (while parsing a block mapping)"),
    ("- label", (6, 5), "did not find expected key (while parsing a block mapping)"),
    ("label: ]", (6, 12), "did not find expected node content (while parsing a block node)"),
    ("]", (6, 5), "did not find expected key (while parsing a block mapping)"),
]


@pytest.mark.parametrize(("line", "place", "message"), SYNTAX)
def test_text_that_is_no_yaml_is_one_flaw_where_the_parser_stopped(
    line: str, place: tuple[int, int], message: str
) -> None:
    (flaw,) = reading(f"{KEY}    {line}\n").flaws
    assert (flaw.rule, flaw.span.line, flaw.span.column, flaw.message) == ("yaml", *place, f"not valid YAML: {message}")
    assert flaw.fatal


@PARSED
@pytest.mark.parametrize("line", [line for line, _, _ in SYNTAX])
@pytest.mark.parametrize("end", ["\n", ""])
def test_place_of_a_syntax_error_lies_inside_the_text(line: str, end: str) -> None:
    text = f"{KEY}    {line}{end}"
    flaw = reading(text).flaws[-1]
    lines = text.split("\n")
    assert flaw.fatal
    assert flaw.span.line <= len(lines)
    assert flaw.span.column <= len(lines[flaw.span.line - 1]) + 1


@PARSED
@pytest.mark.parametrize(
    "directive", ["%YAML 2.0", "%YAML 1", "%YAML 1." + "9" * 5000, "%TAG ! !\n%TAG ! !", "%YAML x"]
)
def test_bad_directive_is_one_flaw(directive: str) -> None:
    (flaw,) = reading(f"{directive}\n---\nversion: 1\n").flaws
    assert (flaw.rule, flaw.fatal) == ("yaml", True)


@given(st.text(alphabet="aä鍵🔑\n\r", max_size=40))
def test_spans_of_regions_one_by_one_and_together_are_the_same(text: str) -> None:
    whole = Source("x", text.encode())
    starts = [len(text[:at].encode()) for at, char in enumerate(text) if char != "\n"]
    assert list(whole.spans((at, at + 1) for at in starts)) == [whole.span(at, at + 1) for at in starts]


def test_span_counts_characters_and_stays_on_its_first_line() -> None:
    text = Source("x", "ä鍵\r\n🔑b\rc\n".encode())
    assert text.span(0, 2) == Span(1, 1, 1, 2)
    assert text.span(2, 5) == Span(1, 2, 1, 3)
    assert text.span(7, 12) == Span(2, 1, 2, 3)
    assert text.span(11, 14) == Span(2, 2, 2, 3)
    assert text.span(13, 14) == Span(3, 1, 3, 2)
    assert text.span(15, 15) == Span(4, 1, 4, 2)


def test_lines_that_exist_are_returned_without_their_ends() -> None:
    text = Source("x", b"a\r\nb\rc\n\nd")
    assert text.lines({1, 3, 4, 5, 6, 9}) == {1: "a", 3: "c", 4: "", 5: "d"}
    assert text.lines(set()) == {}
    assert Source("x", b"a\n").lines({2}) == {2: ""}
    assert Source("x", b"a\n").lines({1, 3}) == {1: "a"}
    assert Source("x", b"\xff").lines({1}) == {1: "\ufffd"}


def test_offset_of_a_line_is_where_it_begins() -> None:
    text = Source("x", b"a\r\nb\rc\n\nd")
    assert [text.offset(line) for line in range(1, 8)] == [0, 3, 5, 7, 8, 9, 9]
