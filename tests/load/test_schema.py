"""The two validators say the same, and the schema is one that editors understand."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import extend

from keylint.load.document import load
from keylint.load.files import find_files, read_file
from keylint.load.schema import Schema
from keylint.model.source import Source
from keylint.rules import all_rules
from keylint.rules.docstring import examples
from tests.lint.test_lint_schema import FIELDS, KEY, KEYS, TOPS

ROOT = Path(__file__).parent.parent.parent
DECLARATION = json.loads((ROOT / "schemas" / "declaration.schema.json").read_text("utf-8"))
SCHEMA = Schema("declaration")

TEXTS = {
    **{
        f"{name}-{at}": example.text
        for name, rule in all_rules().items()
        for at, example in enumerate(examples(rule.doc))
    },
    **{path.name: read_file(path).data.decode() for path in find_files([str(ROOT / "examples" / "keys")])},
    **{f"field {line}": f"{KEY}    {line}\n" for line, _ in FIELDS},
    **{f"key {line[:30]}": f"version: 1\nkeys:\n  {line}\n" for line, _ in KEYS},
    **{f"file {text}": text for text, _ in TOPS},
}


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Exception]:
    """Judge `pattern` as ECMAScript does: `$` in Python also matches before a last line feed."""
    ended = pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern
    if isinstance(value, str) and not re.search(ended, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


JUDGE: Any = extend(jsonschema.Draft202012Validator, {"pattern": _pattern})(DECLARATION)  # type: ignore[no-untyped-call]  # its stubs


def agree(data: Any) -> bool:
    """Tell whether a document is valid; fail where the validator and the Python package jsonschema do not agree."""
    errors = list(JUDGE.iter_errors(data))
    wrong = {tuple(error.absolute_path) for error in errors}
    explained = list(SCHEMA.explain(data))
    places = {problem.path for problem in explained} | {problem.path[:-1] for problem in explained if problem.on_name}
    assert bool(SCHEMA.is_valid(data)) == (not errors) == (not explained), errors
    assert places >= {path for path in wrong if not any(path[: len(p)] == p for p in wrong if len(p) < len(path))}
    return not errors


@pytest.mark.parametrize("name", TEXTS)
def test_validators_agree_on_every_example(name: str) -> None:
    document, _ = load(Source(name, TEXTS[name].encode()))
    assert document
    agree(document.data)


def test_examples_of_the_repository_are_valid() -> None:
    files = list(find_files([str(ROOT / "examples" / "keys")]))
    assert files
    for path in files:
        document, flaws = load(read_file(path))
        assert flaws == []
        assert document
        assert agree(document.data), path


_NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,8}", fullmatch=True)
_TEXTS = st.text(alphabet="ab é鍵🔑:#-", min_size=1, max_size=6)
_TIMES = st.one_of(st.dates().map(str), st.datetimes().map(lambda x: f"{x.replace(microsecond=0).isoformat()}Z"))
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "exchange": st.sampled_from(["binance", "kraken", "x-1"]),
    "permissions": st.lists(_TEXTS, max_size=3),
    "account": _TEXTS,
    "account_type": st.sampled_from(["main", "sub"]),
    "environment": st.sampled_from(["production", "testnet", "demo"]),
    "site": _NAMES.filter(lambda x: "." not in x and "_" not in x),
    "owner": _TEXTS,
    "holder": st.one_of(_TEXTS, st.lists(_TEXTS, min_size=1, max_size=3)),
    "ip_allowlist": st.lists(_TEXTS, max_size=3),
    "created": _TIMES,
    "expires": _TIMES,
    "status": st.sampled_from(["planned", "active", "retiring", "revoked"]),
    "lists": st.booleans(),
    "labels": st.dictionaries(_TEXTS, st.text(max_size=5), max_size=2),
    "notes": st.text(max_size=20),
}
_OWN = {
    "key_id": _TEXTS,
    "label": st.text(alphabet="ab", max_size=3),
    "replaces": _TEXTS,
    "credentials": st.just({"otp": 1}),
}
_REQUIRED = ("exchange", "permissions")


@st.composite
def _declarations(draw: st.DrawFn) -> dict[str, Any]:
    defaults = draw(st.fixed_dictionaries({}, optional=_FIELDS))
    needed = {name: _FIELDS[name] for name in _REQUIRED if name not in defaults}
    optional = {name: value for name, value in {**_FIELDS, **_OWN}.items() if name not in needed}
    keys = draw(st.dictionaries(_NAMES, st.fixed_dictionaries(needed, optional=optional), max_size=3))
    data: dict[str, Any] = {"version": 1, "keys": keys}
    with_defaults = draw(st.booleans())
    if defaults or with_defaults:
        data["defaults"] = defaults
    if draw(st.booleans()):
        data["x-anything"] = draw(_JUNK)
    return data


_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(
        [
            "",
            "active\n",
            "2026-09-01\n",
            "2026-02-30",
            "ab\u2028",
            "a\n",
            "\x85",
            "\u0661",
            "²",
            "A",
            "a" * 101,
            "\U000e0041",
        ]
    ),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.sampled_from(["exchange", "a", "a\n", "\u202e", "x-a", ""]), st.text(max_size=3), max_size=2),
)


def _places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for step, item in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, step)
        yield from _places(item, (*path, step))


@given(_declarations())
@settings(max_examples=60, deadline=None)
def test_validators_agree_that_a_right_document_is_right(data: dict[str, Any]) -> None:
    assert agree(data)


@given(_declarations(), st.data())
@settings(max_examples=150, deadline=None)
def test_validators_agree_on_a_document_with_a_mutation(data: dict[str, Any], draw: st.DataObject) -> None:
    mutant = copy.deepcopy(data)
    *above, step = draw.draw(st.sampled_from(list(_places(mutant))))
    place: Any = mutant
    for name in above:
        place = place[name]
    match draw.draw(st.sampled_from(["replace", "remove", "add", "rename"])):
        case "replace":
            place[step] = draw.draw(_JUNK)
        case "remove":
            del place[step]
        case "add" if isinstance(place, dict):
            place[draw.draw(st.text(max_size=4))] = draw.draw(_JUNK)
        case "rename" if isinstance(place, dict) and isinstance(step, str):
            place[f"{step}\n"] = place.pop(step)
    agree(mutant)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("keys", "a", "owner"), "desk\n"),
        (("keys", "a", "created"), "2026-09-01\n"),
        (("keys", "a", "exchange"), "binance\n"),
        (("keys", "a\n"), {"exchange": "okx", "permissions": []}),
        (("keys", "a", "labels"), {"a\n": "b"}),
    ],
)
def test_line_feed_at_the_end_is_no_end_of_a_pattern(path: tuple[str, ...], value: object) -> None:
    data: dict[str, Any] = {"version": 1, "keys": {"a": {"exchange": "okx", "permissions": []}}}
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not agree(data)


def test_one_fault_that_several_parts_of_a_schema_find_is_one_problem() -> None:
    policy = Schema("policy")
    data = {"version": 1, "rules": {"max-age": {"days": "soon"}, "max-agee": "off", "no-withdraw": {"severity": 7}}}
    problems = [(problem.path, problem.message) for problem in policy.explain(data)]
    assert len(problems) == len(set(problems)) > 2


def test_limits_that_only_policies_have_are_explained_too() -> None:
    (problem,) = Schema("settings").explain({"jobs": 0})
    assert (problem.path, problem.message) == (("jobs",), "`jobs` cannot be 0")


# The schema itself.


def _schemas(schema: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema inside a schema."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for keyword in ("properties", "patternProperties", "$defs"):
        for name, inner in schema.get(keyword, {}).items():
            yield from _schemas(inner, f"{path}/{keyword}/{name}")
    for keyword in ("items", "additionalProperties", "propertyNames", "if", "then", "else", "not"):
        yield from _schemas(schema.get(keyword), f"{path}/{keyword}")
    for keyword in ("allOf", "anyOf", "oneOf"):
        for index, inner in enumerate(schema.get(keyword, [])):
            yield from _schemas(inner, f"{path}/{keyword}/{index}")


def test_schema_is_valid_by_its_own_draft() -> None:
    assert DECLARATION["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(DECLARATION)


def test_every_field_has_a_title_and_a_description() -> None:
    bare = []
    for path, schema in _schemas(DECLARATION):
        for keyword in ("properties", "patternProperties"):
            for name, field in schema.get(keyword, {}).items():
                if "/if" in path or "/then" in path or "/else" in path:
                    continue
                target = DECLARATION["$defs"][field["$ref"].removeprefix("#/$defs/")] if "$ref" in field else field
                if not target.get("title") or not target.get("description", "").endswith("."):
                    bare.append(f"{path}/{keyword}/{name}")
    assert bare == []


def test_schema_means_the_same_in_draft_07_but_for_its_definitions() -> None:
    newer = {
        *("unevaluatedProperties", "unevaluatedItems", "prefixItems", "dependentRequired", "dependentSchemas"),
        *("minContains", "maxContains", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary"),
    }
    assert {keyword for _, schema in _schemas(DECLARATION) for keyword in schema} & newer == set()
    # In draft-07 everything beside a $ref is ignored.
    assert [path for path, schema in _schemas(DECLARATION) if "$ref" in schema and len(schema) > 1] == []
    old = json.loads(json.dumps(DECLARATION).replace("#/$defs/", "#/definitions/"))
    old["definitions"] = old.pop("$defs")
    old["$schema"] = "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(old)
    old_validator = jsonschema.Draft7Validator(old)
    for name, text in TEXTS.items():
        document, _ = load(Source(name, text.encode()))
        assert document
        if "\\n" not in text:
            assert old_validator.is_valid(document.data) == SCHEMA.is_valid(document.data), name


def test_every_reference_has_its_definition_and_every_definition_is_used() -> None:
    used = {schema["$ref"] for _, schema in _schemas(DECLARATION) if "$ref" in schema}
    assert used == {f"#/$defs/{name}" for name in DECLARATION["$defs"]}


def test_every_field_of_the_defaults_is_one_of_a_key() -> None:
    defaults, key = DECLARATION["properties"]["defaults"]["properties"], DECLARATION["$defs"]["key"]["properties"]
    assert {name: key.get(name) for name in defaults} == defaults
    # What names one key alone cannot be a default.
    assert key.keys() - defaults.keys() == {"key_id", "label", "replaces", "credentials"}


@pytest.mark.parametrize("name", ["0", "007", "+1", "-1", "18446744073709551616", "", "a/b", "a~b", "a%25"])
@pytest.mark.parametrize("below", [["exchange"], []])
def test_places_are_right_whatever_a_key_is_called(name: str, below: list[str]) -> None:
    key = {"exchange": 5, "permissions": []} if below else None
    paths = [problem.path for problem in SCHEMA.explain({"version": 1, "keys": {name: key}})]
    assert ("keys", name, *below) in paths


@pytest.mark.parametrize("names", [("7", "007"), ("", "exchange"), ("0", "00")])
def test_names_that_look_alike_to_the_validator_are_never_silence(names: tuple[str, str]) -> None:
    for wrong in ({names[0]}, {names[1]}, set(names)):
        labels = {name: [] if name in wrong else "fine" for name in names}
        key = {"exchange": "binance", "permissions": [], "labels": labels}
        assert list(SCHEMA.explain({"version": 1, "keys": {"a": key}}))
