"""What `secret-in-declaration` finds in the corpus of `bench/`, and what it finds without being there."""

import itertools
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bench.ordinary_texts import LINES
from bench.run import Section, secrets, shown, with_section
from bench.secret_corpus import KEY_IDS, PLACES, RULE, SECRETS, SEED, Draw, Outcome, check_corpus, negatives, positives
from keylint.compiled.exchange_names import DATA as EXCHANGES
from keylint.model.source import Source, Span
from tests.running import RULES, active, found

ROOT = Path(__file__).parent.parent.parent
# What the rule reached when it was measured last: a change that makes it worse must say why.
FOUND = {
    "secrets whose form the facts state": (223, 224),
    "secrets of other exchanges": (98, 98),
    "tokens, keys and random texts": (378, 378),
    "whole ids of keys": (111, 168),
    "private keys": (90, 90),
    "what only its name gives away": (33, 35),
}


@pytest.fixture(scope="module")
def planted() -> Outcome:
    return check_corpus(positives())


@pytest.fixture(scope="module")
def ordinary() -> Outcome:
    return check_corpus(negatives())


def test_corpus_is_large_enough_to_say_something() -> None:
    assert len({case.text for case in positives()}) >= 200
    assert len({case.text for case in negatives()}) >= 500


def test_corpus_is_the_same_each_time_and_another_one_for_another_seed() -> None:
    assert positives() == positives(SEED)
    assert negatives() == negatives(SEED)
    assert positives(1) != positives()


def test_every_secret_stands_where_its_case_says() -> None:
    for case in positives():
        assert case.lines is not None
        assert 1 <= case.lines[0] <= case.lines[1] <= case.text.count("\n") + 1


def test_every_place_has_secrets_and_every_line_its_declaration() -> None:
    assert {case.where for case in positives()} >= PLACES.keys()
    assert {case.where for case in negatives()} == {line for lines in LINES.values() for line in lines}


def shapes() -> dict[str, Any]:
    """Return what the facts say of the forms: «exchange field» -> pattern."""
    facts = {name: import_module(f"keylint.compiled.facts_{name.replace('-', '_')}").DATA for name in EXCHANGES}
    return {
        f"{name} {field}": shape.get("pattern") or shape["looks_like"]
        for name, data in facts.items()
        for field, shape in data["formats"].items()
    }


def test_every_form_that_the_facts_state_is_in_the_corpus() -> None:
    stated = {kind for kind in shapes() if not kind.endswith(" key_id")}
    told = {"bitget passphrase", "kucoin passphrase", "okx passphrase"}
    assert stated - told == {kind.partition(",")[0] for kind in SECRETS}


@pytest.mark.parametrize("kind", [*SECRETS, *KEY_IDS])
def test_secrets_of_the_corpus_have_the_forms_of_the_facts(kind: str) -> None:
    _, made = {**SECRETS, **KEY_IDS}[kind]
    form = shapes().get(kind.partition(",")[0])
    assert form is not None
    assert all(re.match(form, made(Draw(seed))) for seed in range(20))


def test_secrets_are_found_as_often_as_when_it_was_measured(planted: Outcome) -> None:
    assert {group: planted.hits(group) for group in planted.groups()} == FOUND


def test_nothing_ordinary_is_taken_for_a_secret(ordinary: Outcome) -> None:
    assert list(ordinary.unlike(found=True)) == []


@pytest.fixture(scope="module")
def section() -> Section:
    return secrets()


def test_results_of_the_bench_are_current(section: Section) -> None:
    text = (ROOT / "bench/results.md").read_text("utf-8")
    assert with_section(text, section) == text
    assert shown(section) in text


def test_section_of_the_results_is_replaced_or_appended(section: Section) -> None:
    new = shown(section)
    assert with_section("# A\n", section) == f"# A\n\n{new}"
    assert with_section(f"# A\n\n## {section.title}\n\nold\n\n## B\n", section) == f"# A\n\n{new}\n## B\n"


def test_places_of_many_secrets_are_found_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    draw, spans, passes = Draw(SEED), Source.spans, itertools.count()
    text = "version: 1\nkeys: {}\n" + "".join(f"# {draw.randbytes(32).hex()}\n" for _ in range(500))

    def counted(source: Source, regions: Iterable[tuple[int, int]]) -> Iterator[Span]:
        next(passes)
        return spans(source, regions)

    monkeypatch.setattr(Source, "spans", counted)
    findings = found(text, [active(RULES[RULE], {})])
    assert [item.span.line for item in findings] == [*range(3, 503)]
    assert next(passes) < 5
