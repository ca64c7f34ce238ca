"""Depth, expansion and size: a hostile text costs no more than its length."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from keylint.load import events, feed, reader
from keylint.load.document import Document, read
from keylint.model.source import Source
from tests.load.reading import KEY, Place, reading

PARSED = pytest.mark.usefixtures("parser")
DEEP = 100_000
NAME = "a list, a mapping or an alias cannot be a name"
TOO_DEEP = "nested more than 50 levels deep"

NESTS: list[tuple[str, str, Place]] = [
    ("brackets", KEY + "    notes: " + "[" * DEEP, ("yaml", 6, 61, TOO_DEEP)),
    ("braces", KEY + "    notes: " + "{a: " * DEEP, ("yaml", 6, 208, TOO_DEEP)),
    ("dashes", KEY + "    notes:\n      " + "- " * DEEP, ("yaml", 7, 105, TOO_DEEP)),
    ("question marks", KEY + "    " + "? " * DEEP, ("yaml", 6, 7, NAME)),
    (
        "blocks",
        KEY + "    notes:\n" + "".join(f"{' ' * depth}a:\n" for depth in range(6, 1000)),
        ("yaml", 56, 56, TOO_DEEP),
    ),
    ("brackets on top", "[" * DEEP, ("schema", 1, 1, "the file is not a mapping of names to values")),
    ("braces on top", "{" * DEEP, ("yaml", 1, 2, NAME)),
    ("dashes on top", "- " * DEEP, ("schema", 1, 1, "the file is not a mapping of names to values")),
    ("question marks on top", "? " * DEEP, ("yaml", 1, 3, NAME)),
    ("field on top", "x-a: " + "[" * DEEP, ("yaml", 1, 56, TOO_DEEP)),
    ("key that is a list", "keys: {a: " + "[" * DEEP, ("yaml", 1, 61, TOO_DEEP)),
]


@PARSED
@pytest.mark.parametrize(("text", "expected"), [pytest.param(*case[1:], id=case[0]) for case in NESTS])
def test_depth_has_a_limit(text: str, expected: Place) -> None:
    result = reading(text)
    assert result.said == [expected]
    assert result.flaws[0].fatal


@PARSED
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_depth_up_to_the_limit_is_read(opening: str, closing: str) -> None:
    levels = reader.MAX_DEPTH - 1  # the key is one
    assert reading(f"{KEY}    notes: {opening * levels}{closing * levels}\n").said == []
    assert reading(f"{KEY}    notes: {opening * (levels + 1)}").said[0][3] == TOO_DEEP


@PARSED
@pytest.mark.parametrize("link", ["[*x{}]", "{{a: *x{}}}", "{{<<: {{a: *x{}}}}}"])
def test_aliases_do_not_get_around_the_limit_of_depth(link: str) -> None:
    chain = "".join(f"x-{number}: &x{number} {link.format(number - 1)}\n" for number in range(1, 60))
    (flaw,) = reading(f"x-0: &x0 []\n{chain}").flaws
    assert flaw.message == TOO_DEEP
    assert flaw.span.line < 53


@PARSED
def test_depth_of_an_alias_counts_from_where_it_stands() -> None:
    half = reader.MAX_DEPTH // 2
    anchor = f"x-a: &a {'[' * half}{']' * half}\n"
    assert reading(f"{anchor}x-b: {'[' * half}*a{']' * half}\n").said == []
    assert reading(f"{anchor}x-b: {'[' * (half + 1)}*a{']' * (half + 1)}\n").said == [("yaml", 2, 32, TOO_DEEP)]


def _bomb(link: str, first: str) -> str:
    levels = "".join(f"x-{n}: &x{n} {link.replace('@', str(n - 1))}\n" for n in range(1, 10))
    return f"x-0: &x0 {first}\n{levels}keys: {{}}\n"


BOMBS = {
    "lists": _bomb("[" + ", ".join(["*x@"] * 10) + "]", "[" + ", ".join("abcdefghij") + "]"),
    "mappings": _bomb("{" + ", ".join(f"{name}: *x@" for name in "abcdefghij") + "}", "lol"),
    "merges": "x-0: &x0 {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\nx-1: {<<: [" + "*x0, " * 1000 + "]}\n",
    "in a key": "x-0: &x0 [" + "a, " * 1000 + "]\nkeys: {a: {permissions: [" + "*x0, " * 1000 + "]}}\n",
    "names": "x-0: &x0 [" + "a, " * 1000 + "]\nx-1: {" + "".join(f"k{n}: *x0, " for n in range(1000)) + "}\n",
}


@PARSED
@pytest.mark.parametrize("name", BOMBS)
def test_aliases_that_expand_too_far_are_one_flaw(name: str) -> None:
    (flaw,) = reading(BOMBS[name]).flaws
    assert (flaw.rule, flaw.message) == ("yaml", "the aliases up to here expand to more than 100000 values")
    assert flaw.fatal
    assert BOMBS[name].splitlines()[flaw.span.line - 1][flaw.span.column - 1 :].startswith("*x")


@PARSED
def test_many_small_aliases_are_no_bomb() -> None:
    keys = "".join(f"  k{n}: {{exchange: okx, ip_allowlist: *hosts, <<: *base}}\n" for n in range(1000))
    result = reading(
        f"x-h: &hosts [203.0.113.10, 203.0.113.11]\nx-b: &base {{owner: desk, labels: {{a: b}}}}\nkeys:\n{keys}"
    )
    assert result.said == []
    assert result.value("k999") == {
        "exchange": "okx",
        "ip_allowlist": ["203.0.113.10", "203.0.113.11"],
        "owner": "desk",
        "labels": {"a": "b"},
    }


HUGE = [
    ("text", "notes: " + "x" * 200_000),
    ("words", "notes: " + "x " * 150_000),
    ("quoted", 'notes: "' + "x" * 200_000 + '"'),
    ("number", "notes: " + "1" * 200_000),
    ("float", "notes: 1." + "1" * 200_000),
    ("hexadecimal", "notes: 0x" + "f" * 200_000),
    ("sexagesimal", "notes: 1" + ":00" * 100_000),
    ("exponent", "notes: 1e" + "9" * 200_000),
    ("anchor", "notes: &" + "x" * 200_000 + " a"),
    ("comment", "# " + "x" * 200_000),
    ("blank", "notes: " + " " * 200_000),
    ("unfinished", "notes: '" + "x" * 200_000),
    ("name", "labels: {" + "x" * 200_000 + ": 1}"),
    ("colons", "notes: " + ":" * 200_000),
    ("apostrophes", "notes: " + "'" * 200_000),
    ("underscores", "notes: 1" + "_" * 200_000),
]


@PARSED
@pytest.mark.parametrize("line", [pytest.param(case[1], id=case[0]) for case in HUGE])
def test_huge_scalar_is_read_or_refused_in_no_time(line: str) -> None:
    started = time.monotonic()
    result = reading(f"{KEY}    {line}\n")
    assert time.monotonic() - started < 15  # pure Python takes a second or two; what is not linear takes for ever
    assert len(result.flaws) <= 1
    assert all(len(flaw.message) + len(flaw.hint) < 200 for flaw in result.flaws)


COUNTED: dict[str, Callable[[int], str]] = {
    "names twice": lambda n: "x-a: {" + "a: 1, " * n + "}\n",
    "other names twice": lambda n: "x-a: {" + "".join(f"a{i}: 1, " for i in range(n)) * 2 + "}\n",
    "merges": lambda n: "x-a: &a {}\nx-b: {" + "<<: *a, " * n + "}\n",
    "anchors": lambda n: "".join(f"x-{i}: &a{i} {{b: 1}}\n" for i in range(n)),
    "ambiguous": lambda n: "x-a: [" + "no, " * n + "]\n",
    "keys twice": lambda n: "keys:\n" + "  a: {}\n" * n,
}


@pytest.mark.parametrize("name", COUNTED)
def test_time_grows_with_the_text_and_not_with_its_square(name: str) -> None:
    started = time.monotonic()
    reading(COUNTED[name](8_000))
    assert time.monotonic() - started < 15  # a square would take minutes


def test_events_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[int] = Counter()
    loader: Any = events.Loader

    def counting(keys: int) -> None:
        class Counting(loader):  # type: ignore[misc]  # PyYAML's loaders are untyped
            def get_event(self) -> object:
                counts[keys] += 1
                return super().get_event()

        monkeypatch.setattr(reader, "Loader", Counting)
        text = "version: 1\nkeys:\n" + "".join(f"  k{n}: {{exchange: okx, permissions: [read]}}\n" for n in range(keys))
        assert sum(1 for _ in read(Source("k", text.encode()), stream="keys")) == keys + 2

    counting(100)
    counting(1100)
    assert counts[1100] - counts[100] == 1000 * 9  # of the name, the mapping, two fields, a list and what is in it


def test_keys_are_handed_over_while_the_text_is_read() -> None:
    text = "version: 1\nkeys:\n" + "".join(f"  k{n}: {{exchange: okx}}\n" for n in range(50_000))
    source = Source("k", text.encode())
    handed: list[int] = []

    class Watched(feed.Feed):
        def read(self, size: int) -> bytes:
            handed.append(self.position)
            return super().read(size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "Feed", Watched)
        parts = read(source, stream="keys")
        assert isinstance(next(parts), Document)
        for _ in range(100):
            next(parts)
    assert max(handed) < len(source.data) // 4
