"""The place of every path."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.load.place import extent, place
from keylint.model.source import START, Path, Source, Span
from tests.load.reading import reading, shown

PARSED = pytest.mark.usefixtures("parser")

TEXT = """\
version: 1
x-hosts: &hosts [203.0.113.10, &net 203.0.113.16/28]
x-base: &base
  owner: desk
  labels: &labels {team: mm, "ticket": 'OPS-1'}
x-more: &more
  <<: [*base, {site: us, owner: other}]
  purpose: &purpose
    spot-trading
keys:
  bot:
    <<: *more
    exchange: binance
    permissions: [read, "trade.spot",   'withdraw']
    ip_allowlist:
      - *net
      - 198.51.100.1  # a comment
      -   "198.51.100.2"
    symbols: *hosts
    notes: |
      first
      second
    label: >-
      folded
    account: a text that
      goes on
    account_id: "quoted
      text"
    environment:
    created: ~
    ? expires
    : 2026-11-30
    labels: {<<: *labels, 鍵🔑: [ä, öü], deep: [{x: 1}, {y: [2, 3]}]}
  'quoted bot': {exchange: kraken, permissions: [], holder: [], labels: {}}
  anchored: &whole {exchange: okx}
  same: *whole
"""

# Path below a key -> line, and the line's text with the place marked in it.
PLACES: list[tuple[str, Path, int, str]] = [
    ("bot", ("exchange",), 13, "exchange: «binance»"),
    ("bot", ("permissions",), 14, "permissions: «[read, \"trade.spot\",   'withdraw']»"),
    ("bot", ("permissions", 0), 14, "[«read»,"),
    ("bot", ("permissions", 1), 14, ', «"trade.spot"»,'),
    ("bot", ("permissions", 2), 14, "   «'withdraw'»]"),
    ("bot", ("ip_allowlist",), 15, "«ip_allowlist»:"),  # over several lines: its name
    ("bot", ("ip_allowlist", 0), 2, "«&net 203.0.113.16/28»"),  # where it is written, with its anchor
    ("bot", ("ip_allowlist", 1), 17, "- «198.51.100.1»  #"),
    ("bot", ("ip_allowlist", 2), 18, '-   «"198.51.100.2"»'),
    ("bot", ("symbols",), 2, "«&hosts [203.0.113.10, &net 203.0.113.16/28]»"),
    ("bot", ("symbols", 0), 2, "[«203.0.113.10»"),
    ("bot", ("symbols", 1), 2, "«&net 203.0.113.16/28»"),
    ("bot", ("notes",), 20, "«notes»: |"),
    ("bot", ("label",), 23, "«label»: >-"),
    ("bot", ("account",), 25, "«account»: a text"),
    ("bot", ("account_id",), 27, "«account_id»:"),
    ("bot", ("environment",), 29, "«environment»:"),  # nothing is written: its name
    ("bot", ("created",), 30, "created: «~»"),
    ("bot", ("expires",), 32, ": «2026-11-30»"),
    ("bot", ("labels", "鍵🔑"), 33, "鍵🔑: «[ä, öü]»"),
    ("bot", ("labels", "鍵🔑", 1), 33, ", «öü»]"),
    ("bot", ("labels", "team"), 5, "team: «mm»,"),
    ("bot", ("labels", "ticket"), 5, ": «'OPS-1'»"),
    ("bot", ("labels", "deep", 0, "x"), 33, "x: «1»}"),
    ("bot", ("labels", "deep", 1, "y", 1), 33, "[2, «3»]"),
    ("bot", ("owner",), 4, "owner: «desk»"),  # through a merge of a merge; of a list the first counts
    ("bot", ("site",), 7, "site: «us»"),
    ("bot", ("purpose",), 8, "«purpose»:"),
    ("quoted bot", (), 34, ": «{exchange: kraken, permissions: [], holder: [], labels: {}}»"),
    ("quoted bot", ("permissions",), 34, "permissions: «[]»"),
    ("quoted bot", ("labels",), 34, "labels: «{}»"),
    ("anchored", (), 35, "«&whole {exchange: okx}»"),
    ("anchored", ("exchange",), 35, "exchange: «okx»"),
    ("same", ("exchange",), 35, "exchange: «okx»"),
    ("bot", (), 11, "«bot»:"),
    # What is not there is shown by the name of what it would be in.
    ("bot", ("reviewed",), 11, "«bot»:"),
    ("bot", ("permissions", 7), 14, "«permissions»:"),
    ("bot", ("permissions", "read"), 14, "«permissions»:"),
    ("bot", ("exchange", "x", "y"), 13, "«exchange»:"),
    ("bot", ("labels", "deep", 0, "z"), 33, "deep: [«{»x: 1}"),
    ("bot", ("ip_allowlist", 1, "x"), 17, "- «198.51.100.1»  #"),
    ("same", ("owner",), 36, "«same»:"),
]
NAMES: list[tuple[str, Path, int, str]] = [
    ("bot", (), 11, "«bot»:"),
    ("quoted bot", (), 34, "«'quoted bot'»:"),
    ("bot", ("exchange",), 13, "«exchange»:"),
    ("bot", ("expires",), 31, "? «expires»"),
    ("bot", ("labels", "鍵🔑"), 33, "«鍵🔑»:"),
    ("bot", ("labels", "ticket"), 5, '«"ticket"»:'),
    ("bot", ("owner",), 4, "«owner»:"),
    ("bot", ("nothing", "at", "all"), 11, "«bot»:"),
    ("bot", ("labels", "deep", 1, "y"), 33, "{«y»: [2"),
]


def marked(line: int, text: str) -> Span:
    """Return the place that is marked in a part of a line."""
    before, _, rest = text.partition("«")
    place, _, after = rest.partition("»")
    written = TEXT.split("\n")[line - 1]
    assert written.count(before + place + after) == 1
    start = written.index(before + place + after) + len(before) + 1
    return Span(line, start, line, start + len(place))


@PARSED
@pytest.mark.parametrize(("name", "path", "line", "text"), PLACES)
def test_place_of_a_value(name: str, path: Path, line: int, text: str) -> None:
    assert place(reading(TEXT).entries[name].node, path) == marked(line, text)


@PARSED
@pytest.mark.parametrize(("name", "path", "line", "text"), NAMES)
def test_place_of_a_name(name: str, path: Path, line: int, text: str) -> None:
    assert place(reading(TEXT).entries[name].node, path, on_name=True) == marked(line, text)


@PARSED
@pytest.mark.parametrize(
    ("path", "span"),
    [
        (("exchange",), Span(13, 15, 13, 22)),
        (("account",), Span(25, 14, 26, 14)),
        (("account_id",), Span(27, 17, 28, 12)),
        (("notes",), Span(20, 12, 23, 1)),
        (("ip_allowlist",), Span(16, 7, 19, 5)),
        (("labels", "team"), Span(5, 26, 5, 28)),
        (("purpose",), Span(8, 12, 9, 17)),
    ],
)
def test_extent_goes_over_all_lines_of_a_value(path: Path, span: Span) -> None:
    assert extent(reading(TEXT).entries["bot"].node, path) == span


@PARSED
def test_document_knows_the_places_of_its_fields_and_of_nothing_else() -> None:
    document = reading(TEXT).document
    assert document
    assert document.span(("version",)) == Span(1, 10, 1, 11)
    assert document.span(("version",), on_name=True) == Span(1, 1, 1, 8)
    assert document.span(("x-hosts", 1)) == marked(2, "«&net 203.0.113.16/28»")
    assert document.span(("keys",)) == Span(10, 1, 10, 5)
    assert document.span(("keys", "bot", "exchange")) == Span(10, 1, 10, 5)
    assert document.span(("nothing",)) == START
    assert document.span(()) == START


@PARSED
def test_of_two_equal_names_the_last_is_shown() -> None:
    node = reading("keys: {a: {owner: x, owner: y}}\n").entries["a"].node
    assert place(node, ("owner",)) == Span(1, 29, 1, 30)


@PARSED
def test_quoted_merge_key_is_a_name_like_any_other() -> None:
    node = reading('keys: {a: {"<<": {x: 1}, y: 2}}\n').entries["a"].node
    assert place(node, ("<<", "x")) == Span(1, 22, 1, 23)
    assert place(node, ("x",)) == Span(1, 8, 1, 9)


def test_long_list_is_searched_in_one_step_each() -> None:
    text = f"keys: {{a: [{', '.join(map(str, range(20_000)))}]}}\n"
    node = reading(text).entries["a"].node
    assert shown(text, place(node, (19_999,))) == "19999"
    steps = node.written.container(0)
    assert steps is not None
    assert steps is node.written.container(0)
    assert len(steps.steps) == 20_000


_WORDS = st.text(alphabet="abc é鍵🔑:#,[]{}'\"-?!&*|>%@`\\\n\t0.", max_size=12)
_SCALARS = st.one_of(
    _WORDS, st.integers(-99, 99), st.booleans(), st.none(), st.floats(-9, 9).map(lambda x: round(x, 3))
)
_NAMES = st.text(alphabet="abcé鍵🔑 -", min_size=1, max_size=5)


def _data(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_NAMES, inner, max_size=4))
    )


_ANY, _TEXTS = _data(_SCALARS), _data(_WORDS)


@st.composite
def _documents(draw: st.DrawFn) -> str:
    """Draw a YAML text of any style; values that are the same object become anchors and aliases."""
    style = draw(st.sampled_from([None, "'", '"', "|", ">"]))
    anything = _TEXTS if style else _ANY  # a number in quotes would get a tag
    shared = draw(st.lists(anything, min_size=1, max_size=3))
    value = st.one_of(anything, st.sampled_from(shared))
    data: dict[str, Any] = {f"x-{index}": item for index, item in enumerate(shared)}
    entries = st.dictionaries(_NAMES, st.one_of(value, st.dictionaries(_NAMES, value, max_size=3)), max_size=3)
    text: str = yaml.safe_dump(
        data | {"keys": draw(entries)},
        default_style=style,
        default_flow_style=draw(st.sampled_from([None, True, False])),
        width=draw(st.integers(10, 90)),
        indent=draw(st.integers(2, 5)),
        allow_unicode=draw(st.booleans()),
        sort_keys=False,
    )
    return text


def _paths(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, data
    for step, item in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from _paths(item, (*path, step))


def _is_inside(text: str, span: Span, beyond: int = 0) -> bool:
    """Tell whether a span is not empty, and in the text or that many characters beyond the end of a line."""
    lines = Source("", text.encode(errors="replace")).lines(set(range(1, len(text) + 2)))
    return (
        span.line in lines
        and span.line <= span.end_line
        and 1 <= span.column <= len(lines[span.line]) + beyond
        and span.end_column <= len(lines[span.end_line]) + 1 + beyond
        and (span.line, span.column) < (span.end_line, span.end_column)
    )


@given(_documents())
@settings(max_examples=150, deadline=None)
def test_every_place_of_a_generated_text_lies_inside_it_and_shows_its_value(text: str) -> None:
    result = reading(text)
    assert [flaw for flaw in result.flaws if flaw.fatal] == []
    for entry in result.entries.values():
        for path, value in _paths(entry.node.data):
            name, span = place(entry.node, path, on_name=True), place(entry.node, path)
            assert _is_inside(text, name)
            assert _is_inside(text, span)
            whole = extent(entry.node, path)
            if not isinstance(value, dict | list) and whole.line == whole.end_line and whole.column < whole.end_column:
                assert span == whole
                read = reading(f"x-a: {shown(text, span)}\n").document
                assert read
                assert read.data == {"x-a": value}


@given(
    st.one_of(
        st.text(alphabet="ab:-?[]{},&*!|>'\"%@#\\ \n\t~0<", max_size=60), st.binary(max_size=40), st.text(max_size=40)
    )
)
@settings(max_examples=400, deadline=None)
@pytest.mark.parametrize("head", ["", "keys:\n  a: ", "version: 1\nkeys: {a: {b: "])
def test_any_text_is_read_or_refused_at_a_place_inside_it(head: str, text: str | bytes) -> None:
    data = head.encode() + (text if isinstance(text, bytes) else text.encode(errors="replace"))
    for flaw in reading(data).flaws:
        assert flaw.message
        assert flaw.span == START or _is_inside(data.decode(errors="replace"), flaw.span, beyond=1)


@PARSED
def test_any_text_is_read_or_refused_by_either_parser() -> None:
    test_any_text_is_read_or_refused_at_a_place_inside_it("keys:\n  a: ")
