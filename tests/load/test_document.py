"""How a text becomes entries, fields and flaws, with either parser."""

import pytest

from tests.load.reading import KEY, Place, reading

PARSED = pytest.mark.usefixtures("parser")

TOP = [
    pytest.param("", ("schema", 1, 1, "the file is empty"), id="nothing"),
    pytest.param("\n\n", ("schema", 1, 1, "the file is empty"), id="line-feeds"),
    pytest.param("# nothing\n  # more\n", ("schema", 1, 1, "the file is empty"), id="comments-only"),
    pytest.param("---\n", ("schema", 2, 1, "the file is empty"), id="document-start-only"),
    pytest.param("---\n...\n", ("schema", 2, 1, "the file is empty"), id="empty-document"),
    pytest.param("''\n", ("schema", 1, 1, "the file is empty"), id="empty-text"),
    pytest.param("keys\n", ("schema", 1, 1, "the file is not a mapping of names to values"), id="text"),
    pytest.param("- keys\n", ("schema", 1, 1, "the file is not a mapping of names to values"), id="list"),
    pytest.param("--- [a]\n", ("schema", 1, 5, "the file is not a mapping of names to values"), id="flow-list"),
    pytest.param("*a\n", ("schema", 1, 1, "the file is not a mapping of names to values"), id="alias"),
    pytest.param("!!set {a, b}\n", ("yaml", 1, 1, "tag tag:yaml.org,2002:set is not allowed"), id="tagged-mapping"),
    pytest.param("--- !x {}\n", ("yaml", 1, 5, "tag !x is not allowed"), id="custom-tag"),
    pytest.param(
        "version: 1\nkeys: {}\n---\nversion: 1\n", ("yaml", 3, 1, "a second document starts here"), id="two-documents"
    ),
    pytest.param(
        "version: 1\n...\n# a comment\n---\n...\n", ("yaml", 4, 1, "a second document starts here"), id="empty-second"
    ),
]


@PARSED
@pytest.mark.parametrize(("text", "expected"), TOP)
def test_text_that_is_no_mapping_is_one_flaw(text: str, expected: Place) -> None:
    result = reading(text)
    assert result.said == [expected]
    assert result.flaws[0].fatal
    assert result.document is None


@PARSED
@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nkeys: {}\n",
        "version: 1\nkeys: {}",
        "%YAML 1.1\n---\nversion: 1\nkeys: {}\n...\n",
        "%YAML 1.2\n--- # the first\nversion: 1\nkeys: {}\n... # the end\n# really\n",
        "--- !!map\nversion: 1\nkeys: ! {}\n",
        "{version: 1, keys: {}}",
        "? version\n: 1\n? keys\n: {}\n",
        "'version': 1\n\"k\\u0065ys\": {}\n",
        "version: 1\r\nkeys: {}\r\n",
        "version: 1\rkeys: {}\r",
    ],
)
def test_one_document_is_read_however_it_is_written(text: str) -> None:
    result = reading(text)
    assert result.said == []
    assert result.document
    assert result.document.data == {"version": 1, "keys": {}}


@PARSED
def test_document_comes_before_its_entries_and_again_in_the_end() -> None:
    from keylint.load.document import Document, read  # noqa: PLC0415 - the rest of the file does without
    from keylint.model.source import Source  # noqa: PLC0415 - the rest of the file does without

    parts = list(read(Source("k.yaml", b"version: 1\nkeys: {a: {}, b: {}}\nx-late: 1\n"), stream="keys"))
    assert [type(part).__name__ for part in parts] == ["Document", "Entry", "Entry", "Document"]
    first, last = (part for part in parts if isinstance(part, Document))
    assert list(first.fields) == ["version", "keys"]
    assert list(last.fields) == ["version", "keys", "x-late"]


@PARSED
@pytest.mark.parametrize("keys", ["[a]", "null", "", "text", "7"])
def test_keys_that_are_no_mapping_are_left_to_the_schema(keys: str) -> None:
    result = reading(f"version: 1\nkeys: {keys}\n")
    assert (result.said, result.entries) == ([], {})
    assert result.document
    assert not isinstance(result.document.data["keys"], dict)


TWICE = [
    pytest.param("version: 1\nversion: 1\n", (2, 1, "'version'", 1), ("version",), id="top"),
    pytest.param("version: 1\n'version': 1\n", (2, 1, "'version'", 1), ("version",), id="quoted"),
    pytest.param('version: 1\n"v\\x65rsion": 1\n', (2, 1, "'version'", 1), ("version",), id="escaped"),
    pytest.param("keys:\n  a: {}\n  b: {}\n  'a': {}\n", (4, 3, "'a'", 2), ("keys", "a"), id="key"),
    pytest.param("keys: {a: {}, b: {}, a: {}}\n", (1, 22, "'a'", 1), ("keys", "a"), id="key-on-one-line"),
    pytest.param("keys: {a: {}}\nkeys: {b: {}}\n", (2, 1, "'keys'", 1), ("keys",), id="keys"),
    pytest.param(
        "keys:\n  a:\n    owner: x\n    labels: {owner: y}\n    owner: z\n",
        (5, 5, "'owner'", 3),
        ("keys", "a", "owner"),
        id="field",
    ),
    pytest.param(
        "keys:\n  a:\n    labels: {x: [{y: 1}, {y: 2}], z: 1, x: 2}\n",
        (3, 41, "'x'", 3),
        ("keys", "a", "labels", "x"),
        id="below-a-field",
    ),
    pytest.param(
        "x-a:\n- b: 1\n- c: 1\n  d: 1\n  c: 2\n", (5, 3, "'c'", 3), ("x-a", 1, "c"), id="in-a-list-of-mappings"
    ),
    pytest.param(
        "x-a: &a {b: 1}\nkeys:\n  k:\n    b: 1\n    <<: *a\n    b: 2\n",
        (6, 5, "'b'", 4),
        ("keys", "k", "b"),
        id="beside-a-merge",
    ),
]


@PARSED
@pytest.mark.parametrize(("text", "where", "path"), TWICE)
def test_name_that_stands_twice_is_a_flaw_at_the_second(
    text: str, where: tuple[int, int, str, int], path: tuple[str | int, ...]
) -> None:
    line, column, name, first = where
    result = reading(text)
    assert result.said == [("yaml", line, column, f"{name} is written twice, first in line {first}")]
    assert (result.flaws[0].path, result.flaws[0].on_name) == (path, True)
    assert not result.flaws[0].fatal


@PARSED
def test_each_further_writing_of_a_name_is_a_flaw() -> None:
    result = reading("x-a: {b: 1, c: 1, b: 2, c: 2, b: 3}\n")
    message = "{!r} is written twice, first in line 1"
    assert result.said == [("yaml", 1, at, message.format(name)) for name, at in (("b", 19), ("c", 25), ("b", 31))]


@PARSED
def test_of_two_equal_names_the_last_counts_as_in_yaml() -> None:
    result = reading("keys:\n  a: {owner: x, owner: y}\n  a: {owner: z}\nkeys: {b: {}}\n")
    assert result.value("a") == {"owner": "z"}
    assert list(result.entries) == ["a", "b"]
    assert [line for _, line, _, _ in result.said] == [2, 3, 4]


MERGES = [
    ("{<<: *a, x: 9}", {"x": 9, "y": 2}),
    ("{x: 9, <<: *a}", {"x": 9, "y": 2}),
    ("{<<: [*a, *b]}", {"x": 1, "y": 2, "z": 5}),
    ("{<<: [*b, *a]}", {"x": 4, "y": 2, "z": 5}),
    ("{<<: *b, <<: *a}", {"x": 4, "y": 2, "z": 5}),
    ("{<<: {x: 7}, y: 8}", {"x": 7, "y": 8}),
    ("{<<: [{x: 7}, *a]}", {"x": 7, "y": 2}),
    ("{<<: []}", {}),
    ("{<<: *c}", {"x": 4, "z": 5, "w": 6}),
    ('{"<<": *a}', {"<<": {"x": 1, "y": 2}}),
    ("{'<<': 1, \"<<\": 1}", {"<<": 1}),
]


@PARSED
@pytest.mark.parametrize(("written", "value"), MERGES)
def test_merge_key_takes_what_is_not_written_itself(written: str, value: object) -> None:
    anchors = "x-a: &a {x: 1, y: 2}\nx-b: &b {x: 4, z: 5}\nx-c: &c {<<: *b, w: 6}\n"
    assert reading(f"{anchors}keys: {{k: {written}}}\n").value("k") == value


REFUSED = [
    ("<<: *a", (6, 9), "alias 'a' has no anchor before it", "alias-before-its-anchor"),
    ("<<: 1", (6, 5), "`<<` merges mappings only", "merge-of-a-text"),
    ("<<: [1]", (6, 5), "`<<` merges mappings only", "merge-of-a-list-of-texts"),
    ("<<:", (6, 5), "`<<` merges mappings only", "merge-of-nothing"),
    ("label: &a [*a]", (6, 16), "alias 'a' contains itself", "cycle"),
    ("labels: &a {b: {c: *a}}", (6, 24), "alias 'a' contains itself", "deep-cycle"),
    ("labels: &a {<<: *a}", (6, 21), "alias 'a' contains itself", "merge-of-itself"),
    ("label: [&a x, &a y]", (6, 19), "anchor 'a' is written twice, first in line 6", "anchor-twice"),
    ("label: &a [&a x]", (6, 16), "anchor 'a' is written twice, first in line 6", "anchor-inside-itself"),
    ("&a label: &a x", (6, 15), "anchor 'a' is written twice, first in line 6", "anchor-on-name-and-value"),
    ("? [a]\n    : 1", (6, 7), "a list, a mapping or an alias cannot be a name", "list-as-name"),
    ("? {a: b}\n    : 1", (6, 7), "a list, a mapping or an alias cannot be a name", "mapping-as-name"),
    ("label: &a x\n    *a : 1", (7, 5), "a list, a mapping or an alias cannot be a name", "alias-as-name"),
    ("labels: {[a]: 1}", (6, 14), "a list, a mapping or an alias cannot be a name", "list-as-name-in-flow"),
    (
        "label: !!python/object:os.system {}",
        (6, 12),
        "tag tag:yaml.org,2002:python/object:os.syst… is not allowed",
        "python-object",
    ),
    (
        "label: !!python/name:os.system",
        (6, 12),
        "tag tag:yaml.org,2002:python/name:os.system is not allowed",
        "python-name",
    ),
    ("label: !!binary aGk=", (6, 12), "tag tag:yaml.org,2002:binary is not allowed", "binary"),
    ("label: !!int 3", (6, 12), "tag tag:yaml.org,2002:int is not allowed", "int"),
    ("label: !!null ''", (6, 12), "tag tag:yaml.org,2002:null is not allowed", "null"),
    ("label: !secret x", (6, 12), "tag !secret is not allowed", "custom"),
    ("label: !<tag:x,1:y> z", (6, 12), "tag tag:x,1:y is not allowed", "verbatim"),
    ("labels: !!omap [a: 1]", (6, 13), "tag tag:yaml.org,2002:omap is not allowed", "omap"),
    ("labels: !!seq {a: 1}", (6, 13), "tag tag:yaml.org,2002:seq is not allowed", "wrong-kind"),
    ("!x label: x", (6, 5), "tag !x is not allowed", "tag-on-a-name"),
]


@PARSED
@pytest.mark.parametrize(("line", "place", "message"), [pytest.param(*case[:3], id=case[3]) for case in REFUSED])
def test_what_yaml_allows_and_we_do_not_mean_is_refused_at_its_place(
    line: str, place: tuple[int, int], message: str
) -> None:
    result = reading(f"{KEY}    {line}\n")
    (flaw,) = result.flaws
    assert (flaw.rule, flaw.span.line, flaw.span.column) == ("yaml", *place)
    assert (flaw.message, flaw.fatal, flaw.path) == (message, True, ("keys", "bot"))
    assert (result.entries, result.document) == ({}, None)


@PARSED
@pytest.mark.parametrize(
    ("keys", "column", "message"),
    [
        ("&k {}", 7, "`keys` cannot be an alias or carry an anchor"),
        ("*x", 7, "`keys` cannot be an alias or carry an anchor"),
        ("!!set {}", 7, "tag tag:yaml.org,2002:set is not allowed"),
        ("{<<: *x}", 8, "`<<` cannot stand among the keys"),
        ("{[a]: b}", 8, "a list, a mapping or an alias cannot be a name"),
        ("{*x : b}", 8, "a list, a mapping or an alias cannot be a name"),
        ("{!x a: b}", 8, "tag !x is not allowed"),
    ],
)
def test_keys_are_written_out(keys: str, column: int, message: str) -> None:
    result = reading(f"x-a: &x {{}}\nkeys: {keys}\n")
    assert result.said == [("yaml", 2, column, message)]
    assert result.flaws[0].fatal


@PARSED
def test_names_and_values_with_anchors_can_be_used_everywhere() -> None:
    result = reading(
        "&v version: &one 1\nx-list: &l [a, &b {c: *one}]\nkeys:\n  &n bot:\n    &f label: *n\n    notes: *v\n"
        "    symbols: *l\n    labels: {<<: *b, d: *f}\n  other: {label: *n}\n"
    )
    assert result.said == []
    assert result.value() == {
        "label": "bot",
        "notes": "version",
        "symbols": ["a", {"c": 1}],
        "labels": {"c": 1, "d": "label"},
    }
    assert result.value("other") == {"label": "bot"}


NAMES = [
    ("12", "a number"),
    ("-1", "a number"),
    ("1.5", "a number"),
    ("0x1F", "a number"),
    ("true", "a boolean"),
    ("False", "a boolean"),
    ("null", "null"),
    ("~", "null"),
    ("no", "a boolean or a number"),
    ("On", "a boolean or a number"),
    ("012", "a number"),
    ("1_000", "a boolean or a number"),
]


@PARSED
@pytest.mark.parametrize(("name", "kind"), NAMES)
def test_name_that_is_no_text_is_a_flaw_and_goes_on_as_a_text(name: str, kind: str) -> None:
    result = reading(f"keys:\n  {name}: {{{name}: 1}}\n")
    message = f"name {name!r} is read as {kind} by YAML"
    assert result.said == [("schema", 2, 3, message), ("schema", 2, 6 + len(name), message)]
    assert [flaw.path for flaw in result.flaws] == [("keys", name), ("keys", name, name)]
    assert result.value(name) == {name: 1}
    assert result.flaws[0].hint == f'quote it: "{name}"'


@PARSED
@pytest.mark.parametrize("name", ["'12'", '"no"', "! true", "!!str null", "2026-09-01", "1a", "1" * 16])
def test_name_that_is_a_text_is_no_flaw(name: str) -> None:
    assert reading(f"keys:\n  {name}: {{}}\n").said == []


@PARSED
def test_empty_name_is_null() -> None:
    ((rule, line, column, message),) = reading("keys: {? : 1}\n").said
    assert (rule, line, message) == ("schema", 1, "name '' is read as null by YAML")
    assert column in {9, 10}  # the two parsers do not agree where nothing stands


@PARSED
def test_flaws_come_in_front_of_their_entry_and_leave_the_others_alone() -> None:
    result = reading("keys:\n  a: {label: no}\n  b: {label: b}\n  c: {label: 1_0}\n")
    assert list(result.entries) == ["a", "b", "c"]
    assert [flaw.path for flaw in result.flaws] == [("keys", "a", "label"), ("keys", "c", "label")]


@PARSED
@pytest.mark.parametrize("before", ["x-a: no\n", ""])
def test_flaws_before_a_fatal_one_are_not_lost(before: str) -> None:
    result = reading(f"{before}keys:\n  a: {{label: on, notes: !x y}}\n")
    assert [(flaw.message, flaw.fatal) for flaw in result.flaws][-2:] == [
        ("'on' reads differently in YAML 1.1 and YAML 1.2", False),
        ("tag !x is not allowed", True),
    ]


def test_words_that_a_format_uses_unquoted_are_no_flaw() -> None:
    from keylint.load.document import load  # noqa: PLC0415 - the rest of the file does without
    from keylint.model.source import Source  # noqa: PLC0415 - the rest of the file does without

    document, flaws = load(Source("p.yaml", b"rules: {a: off, b: no}\n"), frozenset({"off"}))
    assert [flaw.message for flaw in flaws] == ["'no' reads differently in YAML 1.1 and YAML 1.2"]
    assert document
    assert document.data == {"rules": {"a": "off", "b": "no"}}
