"""Files on their way through the rules: what is judged, what is not, and where findings stand."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from keylint.judge import Judge
from keylint.lint import Declared, Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.errors import UsageError
from keylint.model.finding import Finding
from keylint.model.source import Source
from keylint.rules import all_rules
from tests.running import NOW, active, keylint

RULES = all_rules()
USED = [
    "schema",
    "yaml",
    "duplicate-name",
    "no-withdraw",
    "owner-required",
    "purpose-required",
    "expired",
    "ip-malformed",
]
USED += ["unknown-permission", "exchange-unknown", "credential-not-a-reference"]
FINE = "owner: desk, purpose: spot-trading"
Said = tuple[str, str, int, int, str]


def run(*texts: str | Source, rules: Iterable[str] = USED) -> tuple[Linted, list[Declared]]:
    """Judge texts as k.yaml, or sources by their names."""
    judge = Judge([active(RULES[name], {}) for name in rules], NOW, vocabulary())
    result = Linted()
    sources = [text if isinstance(text, Source) else Source("k.yaml", text.encode()) for text in texts]
    declared = list(lint(sources, judge, result))
    return result, declared


def said(findings: Iterable[Finding]) -> list[Said]:
    """Return rule, file, line, column and message, by place."""
    return sorted((f.rule, f.file, f.span.line, f.span.column, f.message) for f in findings)


def short(findings: Iterable[Finding]) -> list[tuple[str, int, int]]:
    """Return rule, line and column, by place."""
    return sorted(((f.rule, f.span.line, f.span.column) for f in findings), key=lambda item: (item[1:], item[0]))


NO_FOLLOW_UP = {
    "exchange of a wrong form": ("exchange: Binance, permissions: [enableReading]", "exchange"),
    "exchange that is no text": ("exchange: 7, permissions: [read]", "exchange"),
    "no exchange": ("permissions: [enableReading]", "exchange"),
    "permissions of a wrong form": ("exchange: binance, permissions: withdraw", "permissions"),
    "one permission of a wrong form": ("exchange: binance, permissions: [withdraw, 7]", "permissions"),
    "owner of a wrong form": ("exchange: binance, permissions: [read], owner: 7", "owner"),
    "ambiguous owner": ("exchange: binance, permissions: [read], owner: no", "owner"),
    "purpose of a wrong form": ("exchange: binance, permissions: [read], purpose: []", "purpose"),
    "allowlist of a wrong form": ("exchange: binance, permissions: [read], ip_allowlist: bogus", "ip_allowlist"),
    "address of a wrong form": ("exchange: binance, permissions: [read], ip_allowlist: [7, bogus]", "ip_allowlist"),
    "end that does not exist": ("exchange: binance, permissions: [read], expires: 2026-02-30", "expires"),
    "ambiguous end": ("exchange: binance, permissions: [read], expires: 02026", "expires"),
    "unknown credential": ("exchange: binance, permissions: [read], credentials: {otpp: 123}", "credentials"),
}


@pytest.mark.parametrize("name", NO_FOLLOW_UP)
def test_broken_field_is_one_finding_and_no_rule_speaks_of_it(name: str) -> None:
    fields, broken = NO_FOLLOW_UP[name]
    missing = [field for field in ("owner", "purpose") if f"{field}:" not in fields]
    fine = "".join(f", {field}: x" for field in missing)
    result, _ = run(f"version: 1\nkeys:\n  bot: {{{fields}{fine}}}\n")
    (finding,) = result.findings
    assert finding.rule == "schema"
    assert finding.path[2:3] in ((broken,), ())


def test_other_fields_of_a_key_and_other_keys_are_judged_all_the_same() -> None:
    result, declared = run(
        "version: 1\nkeys:\n"
        "  a: {exchange: binance, permissions: [withdraw], status: gone, purpose: x}\n"
        "  b: 7\n"
        "  c: {exchange: Kraken, permissions: [read], purpose: x, expires: 2026-01-01}\n"
        f"  d: {{exchange: kraken, permissions: [withdraw], {FINE}}}\n"
    )
    assert short(result.findings) == [
        ("owner-required", 3, 3),
        ("no-withdraw", 3, 40),
        ("schema", 3, 59),
        ("schema", 4, 6),
        ("owner-required", 5, 3),
        ("schema", 5, 17),
        ("expired", 5, 67),
        ("no-withdraw", 6, 39),
    ]
    assert [item.key.name for item in declared] == ["a", "d"]
    assert (result.files, result.keys) == (1, 4)


def test_fatal_flaw_ends_the_file_and_says_nothing_of_what_was_not_read() -> None:
    result, declared = run(
        f"keys:\n  a: {{exchange: kraken, permissions: [withdraw], {FINE}}}\n"
        "  b: {exchange: [}\nversion: 1\nkyes: 1\n",
        f"version: 1\nkeys: {{c: {{exchange: kraken, permissions: [withdraw], {FINE}}}}}\n",
    )
    assert short(result.findings) == [("no-withdraw", 2, 39), ("no-withdraw", 2, 44), ("yaml", 3, 18)]
    assert [item.key.name for item in declared] == ["a", "c"]
    assert (result.files, result.keys) == (2, 2)


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "text\n", "a: 1\n--- {}\n", "\0", "!x {}\n"])
def test_file_that_cannot_be_read_is_one_finding(text: str) -> None:
    result, declared = run(text)
    assert len(result.findings) == 1
    assert (declared, result.files, result.keys) == ([], 1, 0)


def test_rule_that_is_off_says_nothing() -> None:
    result, _ = run("version: 2\nkeys: {a: {}, a: {}}\n", rules=["no-withdraw"])
    assert result.findings == []


def test_flaw_in_a_key_belongs_to_it() -> None:
    result, _ = run(
        f"version: 1\nkeys: {{a: {{exchange: okx, permissions: [], {FINE}, label: no, label: x, notes: !x y}}}}\n"
    )
    flaws = sorted((f.rule, f.key, f.path, f.message) for f in result.findings)
    assert flaws == [
        ("schema", "a", ("keys", "a", "label"), "'no' reads differently in YAML 1.1 and YAML 1.2"),
        ("yaml", "a", ("keys", "a"), "tag !x is not allowed"),
    ]


def test_name_that_stands_twice_in_a_file_is_found_there_and_both_are_judged() -> None:
    key = f"{{exchange: kraken, permissions: [withdraw], {FINE}}}"
    result, _ = run(f"version: 1\nkeys: {{a: {key}, a: {key}}}\n")
    assert [f.rule for f in result.findings].count("no-withdraw") == 2
    assert [f.message for f in result.findings if f.rule == "yaml"] == [
        "'a' is written twice, first in line 1"[:-1] + "2"
    ]


def test_name_that_stands_in_two_files_is_found_in_the_second() -> None:
    text = f"version: 1\nkeys: {{a: {{exchange: kraken, permissions: [read], {FINE}}}}}\n".encode()
    result, _ = run(Source("one.yaml", text), Source("two.yaml", text), Source("three.yaml", text))
    assert said(result.findings) == [
        ("duplicate-name", "three.yaml", 2, 8, "key 'a' is declared in one.yaml already"),
        ("duplicate-name", "two.yaml", 2, 8, "key 'a' is declared in one.yaml already"),
    ]


# Defaults.

KEYS = f"keys:\n  a: {{permissions: [read], {FINE}}}\n  b: {{exchange: okx, permissions: [read], {FINE}}}\n"


@pytest.mark.parametrize(
    "text",
    [f"version: 1\ndefaults: {{exchange: kraken}}\n{KEYS}", f"version: 1\n{KEYS}defaults: {{exchange: kraken}}\n"],
)
def test_defaults_are_taken_wherever_they_stand(text: str) -> None:
    result, declared = run(text)
    assert result.findings == []
    assert [item.key.exchange for item in declared] == ["kraken", "okx"]


def test_word_defaults_after_the_keys_is_not_always_the_field() -> None:
    result, declared = run(f"version: 1\ndefaults: {{exchange: kraken}}\n{KEYS}# defaults: {{exchange: okx}}\n")
    assert result.findings == []
    assert [item.key.exchange for item in declared] == ["kraken", "okx"]


def test_text_that_ends_before_its_late_defaults_is_one_finding() -> None:
    result, _ = run("- keys\n- defaults\n")
    assert short(result.findings) == [("schema", 1, 1)]


def test_late_defaults_that_are_hidden_by_escapes_are_a_finding() -> None:
    result, _ = run(
        f"version: 1\nkeys: {{a: {{exchange: okx, permissions: [], {FINE}}}}}\n"
        '"d\\u0065faults": {expires: 2026-01-01}\n'
    )
    assert said(result.findings) == [
        ("schema", "k.yaml", 3, 1, "`defaults` after the keys is written with escapes, and was not seen in time")
    ]


@pytest.mark.parametrize("late", [False, True])
def test_what_is_wrong_with_the_defaults_is_said_once_at_its_place(late: bool) -> None:
    defaults = "defaults: {exchange: Kraken!, owner: 7, purpose: no, expires: 2026-02-30, colour: red}\n"
    keys = "keys:\n" + "".join(f"  k{n}: {{permissions: [read]}}\n" for n in range(3))
    keys += "  own: {exchange: okx, permissions: [withdraw], owner: x, purpose: y, expires: 2026-01-01}\n"
    result, declared = run(f"version: 1\n{keys}{defaults}" if late else f"version: 1\n{defaults}{keys}")
    line, own = (7, 6) if late else (2, 7)
    assert short(f for f in result.findings if f.span.line == line) == [
        ("schema", line, column) for column in (22, 38, 50, 63, 75)
    ]
    assert short(f for f in result.findings if f.span.line != line) == [("no-withdraw", own, 38), ("expired", own, 80)]
    assert [item.key.name for item in declared] == ["own"]


def test_defaults_that_are_no_mapping_are_one_finding() -> None:
    result, _ = run(f"version: 1\ndefaults: [owner]\nkeys: {{a: {{exchange: okx, permissions: [], {FINE}}}}}\n")
    assert short(result.findings) == [("schema", 2, 11)]


def test_finding_on_a_value_from_the_defaults_stands_in_the_defaults() -> None:
    result, (item,) = run(
        "version: 1\ndefaults: {expires: 2026-01-01, permissions: [read, withdraw]}\n"
        f"keys:\n  a: {{exchange: kraken, {FINE}}}\n"
    )
    assert short(result.findings) == [("expired", 2, 21), ("no-withdraw", 2, 53)]
    assert {f.path[:2] for f in result.findings} == {("keys", "a")}
    assert item.span(("keys", "a", "expires")).line == 2
    assert item.span(("keys", "a", "exchange")).line == 4
    assert item.span(("keys", "a", "site")).line == 4


def test_own_value_wins_over_the_defaults_and_an_empty_one_is_a_value() -> None:
    result, _ = run(
        "version: 1\ndefaults: {owner: desk}\nkeys: {a: {exchange: kraken, permissions: [], purpose: x, owner: }}\n"
    )
    assert said(result.findings) == [("schema", "k.yaml", 3, 59, "`owner` is empty, not a text")]


def test_finding_stands_where_an_anchor_or_a_merge_wrote_the_value() -> None:
    result, _ = run(
        "version: 1\nx-ips: &ips [203.0.113.10, bogus]\nx-base: &base\n  permissions: [read, withdraw]\n"
        "  owner: desk\n  purpose: spot-trading\n"
        "keys:\n  a:\n    <<: *base\n    exchange: kraken\n    ip_allowlist: *ips\n"
    )
    assert short(result.findings) == [("ip-malformed", 2, 28), ("no-withdraw", 4, 23)]


# Sources.


@pytest.fixture(name="desk")
def _desk(empty_folder: Path) -> Path:
    rest = "created: 2026-11-01, ip_allowlist: [8.8.8.8]"
    text = f"version: 1\nkeys: {{bot: {{exchange: kraken, permissions: [withdraw], {FINE}, {rest}}}}}\n"
    (empty_folder / "keys").mkdir()
    (empty_folder / "keys" / "a.yaml").write_text(text)
    return empty_folder


def files_of(*words: str, stdin: str = "") -> list[str]:
    ran = keylint("check", "--now", "2026-11-22", "--format", "json", *words, stdin=stdin)
    return [f["file"] for f in ran.json["findings"] if f["rule"] == "no-withdraw"]


def test_file_given_twice_is_read_once(desk: Path) -> None:
    (desk / "link.yaml").symlink_to("keys/a.yaml")
    assert files_of("keys", "keys/a.yaml", "link.yaml", str(desk / "keys")) == ["keys/a.yaml"]


def test_files_of_one_name_in_two_folders_are_two_files(desk: Path) -> None:
    (desk / "other").mkdir()
    (desk / "other" / "a.yaml").write_text((desk / "keys" / "a.yaml").read_text().replace("bot:", "other:"))
    assert files_of("keys", "other") == ["keys/a.yaml", "other/a.yaml"]


def test_standard_input_is_a_source_like_any_other(desk: Path) -> None:
    text = (desk / "keys" / "a.yaml").read_text().replace("bot:", "other:")
    assert files_of("keys", "-", stdin=text) == ["<stdin>", "keys/a.yaml"]
    assert files_of("-", "--stdin-filename", "new/x.yaml", stdin="\ufeff" + text) == ["new/x.yaml"]


@pytest.mark.parametrize("name", ["gone.yaml", "locked", "pipe.yaml", "/dev/null", "x" * 300, ""])
def test_what_cannot_be_opened_stops_the_run_also_beside_good_paths(desk: Path, name: str) -> None:
    import os  # noqa: PLC0415 - the rest of the file does without

    os.mkfifo(desk / "pipe.yaml")
    (desk / "locked").mkdir()
    (desk / "locked" / "b.yaml").symlink_to("b.yaml")
    for words in (("keys", name), (name, "keys")):
        with pytest.raises(UsageError):
            keylint("check", *words)


def test_hidden_files_are_left_out_of_folders_only(desk: Path) -> None:
    (desk / "keys" / ".draft.yaml").write_text((desk / "keys" / "a.yaml").read_text().replace("bot:", "draft:"))
    assert files_of("keys") == ["keys/a.yaml"]
    assert files_of("keys", "keys/.draft.yaml") == ["keys/.draft.yaml", "keys/a.yaml"]


@pytest.mark.parametrize("name", ["new\nline::error::.yaml", "\x1b[2Jx.yaml", "鍵\u202e.yaml", "a%b,c.yaml"])
@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_names_of_files_are_harmless_in_every_report(desk: Path, name: str, form: str) -> None:
    (desk / "keys" / "a.yaml").rename(desk / "keys" / name)
    out = keylint("check", "--now", "2026-11-22", "--format", form, "keys").out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert not any(line.startswith("line::error") for line in out.splitlines())
    assert "no-withdraw" in out
