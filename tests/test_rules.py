"""Every rule's page is its test: a bad example is found on exactly the marked lines, a good one nowhere."""

import re
from pathlib import Path

import pytest

from keylint.rules import all_rules
from keylint.rules.docstring import Example, examples, index, page
from tests.running import NOW, judged

RULES = all_rules()
FOLDER = Path(__file__).parent.parent / "keylint" / "rules"

CASES = [
    pytest.param(name, example, id=f"{name}-{number}")
    for name, rule in RULES.items()
    for number, example in enumerate(examples(rule.doc), 1)
]


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(("name", "example"), CASES)
def test_example_is_judged_as_its_page_says(name: str, example: Example) -> None:
    findings = judged(name, example)
    assert {(item.file, item.span.line) for item in findings} == example.marked
    assert {item.rule for item in findings} <= {name}
    assert example.is_bad == bool(example.marked)


@pytest.mark.parametrize("name", RULES)
def test_page_has_a_bad_and_a_good_example(name: str) -> None:
    assert {example.is_bad for example in examples(RULES[name].doc)} == {True, False}


def test_blocks_belong_to_the_example_that_follows_them() -> None:
    before = "Policy:\n\n    a: 1  # <- finding\n\nAnother file:\n\n    b: 2\n\n"
    bad, good = examples(f"A title.\n\n{before}Bad:\n\n    c:\n      d: 3\n\nGood:\n\n    e: 4\n")
    assert bad == Example(is_bad=True, text="c:\n  d: 3\n", policy="a: 1  # <- finding\n", another="b: 2\n")
    assert (bad.marked, good.marked) == ({("policy.yaml", 1)}, set())
    assert good == Example(is_bad=False, text="e: 4\n")


@pytest.mark.parametrize("name", RULES)
def test_no_block_of_a_page_is_left_over(name: str) -> None:
    heads = re.findall(r"^(.+):\n\n    ", RULES[name].doc, re.MULTILINE)
    assert heads[-1] in ("Bad", "Good")
    assert [head for head in heads if head not in ("Bad", "Good") and f"**{head}**" not in index(())] == []
    assert len(heads) == len(re.findall(r"^```yaml$", page(RULES[name]), re.MULTILINE))


def test_table_names_the_day_of_the_examples() -> None:
    assert f"as of {NOW.date()}," in index(())


@pytest.mark.parametrize("name", RULES)
def test_page_says_what_why_and_reads_as_prose(name: str) -> None:
    title, blank, why = RULES[name].doc.split("\n")[:3]
    assert title.endswith(".")
    assert len(title) < 110
    assert blank == ""
    assert len(why) > 20


def test_every_file_is_in_the_table_and_named_after_its_rule() -> None:
    files = {path.stem.replace("_", "-") for part in ("lint", "drift") for path in (FOLDER / part).glob("[a-z]*.py")}
    assert files == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_name_is_a_slug(name: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)


@pytest.mark.parametrize("name", RULES)
def test_options_have_defaults_and_cannot_be_changed(name: str) -> None:
    kind = RULES[name].options
    options = kind()
    for option in kind.names():
        assert isinstance(
            getattr(options, option),
            kind.__annotations__[option].__origin__
            if hasattr(kind.__annotations__[option], "__origin__")
            else kind.__annotations__[option],
        )
        with pytest.raises(AttributeError, match="cannot be changed"):
            setattr(options, option, None)
    with pytest.raises(TypeError, match="unknown option"):
        kind(no_such_option=1)


def test_mandatory_rules_are_those_of_the_catalogue() -> None:
    assert {name for name, rule in RULES.items() if rule.mandatory} == {
        "schema",
        "yaml",
        "duplicate-name",
        "absolute-age",
        "withdraw-unguarded",
        "secret-in-declaration",
        "credential-not-a-reference",
        "vendor-blocked",
        "waiver-forbidden",
        "key-still-alive",
    }
