"""Every character of an expression is found again in the policy file, however YAML wrote it."""

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from keylint.load.document import load
from keylint.load.place import extent
from keylint.model.source import Source
from keylint.rules.expression import fields, spot, with_presence

LETTERS = "ab.'\"\\&|>#:-[]{}()=! \n\té😀\x85\u2028\xa0"
STYLES: tuple[str | None, ...] = (None, "'", '"', "|", ">")


@settings(max_examples=300, deadline=None)
@given(st.text(LETTERS, min_size=1, max_size=60), st.sampled_from(STYLES), st.integers(20, 100), st.integers(0, 3))
@example("it's 'a'", "'", 80, 0)
@example('say "a"\\n', '"', 20, 1)
@example("a &&\n\n  b", "|", 80, 2)
@example("a &&\n\n  b\n c", ">", 20, 2)
def test_every_character_is_found_in_the_file(text: str, style: str | None, width: int, deep: int) -> None:
    value: object = text
    for _ in range(deep):
        value = [value]
    written = yaml.dump({"custom": value}, default_style=style, allow_unicode=True, width=width)
    source = Source("p.yaml", f"# first\n{written}last: true\n".encode())
    document, flaws = load(source)
    assume(document is not None and not flaws)  # PyYAML writes some that keylint does not read
    assert document is not None
    read = document.data["custom"]
    region = extent(document.fields["custom"], (0,) * deep)
    for _ in range(deep):
        read = read[0]
    assume(read == text)
    lines = source.data.decode().split("\n")
    for row, content in enumerate(text.split("\n"), 1):
        for column, character in enumerate(content, 1):
            if not character.isspace():
                line, at = spot(source, region, text, row, column)
                assert lines[line - 1][at - 1] in (character, "\\")


def test_place_past_the_end_is_the_end() -> None:
    source = Source("p.yaml", b"a: 'x == '\n")
    document, _ = load(source)
    assert document is not None
    region = extent(document.fields["a"], ())
    assert spot(source, region, "x == ", 1, 6) == (1, 9)
    assert spot(source, region, "x == ", 9, 99) == (1, 9)


def test_text_that_was_not_read_from_there_is_the_whole_region() -> None:
    source = Source("p.yaml", b"a: x\n")
    document, _ = load(source)
    assert document is not None
    assert spot(source, extent(document.fields["a"], ()), "another text", 1, 3) == (1, 4)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("key.owner == 'key.zzz' // key.yyy", ["key.owner"]),
        ("key . owner == r'\\' + key.name", ["key.owner", "key.name"]),
        ("monkey.owner || x.key.name || live.created < now", ["live.created"]),
        ("\"\"\"key.a\"\"\" + key.b + '''key.c'''", ["key.b"]),
        ('b"key.a" + rb"key.b" + R"key.c" + key.d', ["key.d"]),
    ],
)
def test_fields_are_those_of_the_code(text: str, found: list[str]) -> None:
    assert list(fields(text)) == found


@settings(max_examples=300, deadline=None)
@given(st.text("has(key.owner) live'\"\\\n/", max_size=80))
def test_asking_for_presence_moves_nothing(text: str) -> None:
    known = frozenset({"key.owner", "live.owner"})
    changed = with_presence(text, known)
    before, after = text.split("\n"), changed.split("\n")
    assert len(before) == len(after)
    assert all(len(new) >= len(old) for old, new in zip(before, after, strict=True))
    assert len(before[-1]) == len(after[-1])
