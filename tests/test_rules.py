"""Every rule's page is its test: a bad example is found on exactly the marked lines, a good one nowhere."""

import re
from pathlib import Path

import pytest
import yaml

from keylint.rules import all_rules
from keylint.rules.docstring import Example, examples
from tests.running import active, found

RULES = all_rules()
FOLDER = Path(__file__).parent.parent / "keylint" / "rules"
# What examples cannot show: another file, an exchange that does not know the key, a policy's waivers.
SHOWN_ELSEWHERE = {
    "duplicate-name",
    "key-gone",
    "unmanaged-key",
    *(name for name in RULES if name.startswith("waiver-")),
}

CASES = [
    pytest.param(name, example, id=f"{name}-{number}")
    for name, rule in RULES.items()
    for number, example in enumerate(examples(rule.doc), 1)
]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_example_is_judged_as_its_page_says(name: str, example: Example) -> None:
    rule = active(RULES[name], yaml.safe_load(example.options) if example.options else {})
    findings = found(example.text, [rule], example.live, given=example.given)
    assert {item.span.line for item in findings} == set(example.marked)
    assert {item.rule for item in findings} <= {name}
    assert example.is_bad == bool(example.marked)


@pytest.mark.parametrize("name", RULES)
def test_page_has_a_bad_and_a_good_example(name: str) -> None:
    kinds = {example.is_bad for example in examples(RULES[name].doc)}
    assert kinds == ({True, False} if name not in SHOWN_ELSEWHERE else set())


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
