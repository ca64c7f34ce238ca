"""Fingerprints: what waivers and baselines hold on to. They say rule, key and value; nothing else may move them."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

import keylint as package
from keylint.judge import Judge, fingerprint
from keylint.lint import Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.finding import Finding
from keylint.model.source import Source
from keylint.rules import all_rules
from keylint.rules.docstring import examples
from tests.policy.desk import KEY, only, run, waiver, write
from tests.running import NOW, active, keylint

RULES = all_rules()
# Pinned: whoever changes one of these voids every waiver and baseline out there.
PINNED = {
    ("no-withdraw", "treasury", "withdraw"): "c22c8add5eca1556",
    ("owner-required", "bot", ""): "9081744874b49202",
    ("ip-unroutable", "bot", "10.0.0.1"): "ae5ab169b1a930fa",
    ("duplicate-name", "bot", ""): "683a8a9e1ec18d37",
    ("yaml", None, "a"): "5a54b59b0abbbd89",
    ("no-withdraw", "schlüssel", "☠"): "0921c137000b6e7a",
}


@pytest.mark.parametrize(("parts", "digits"), PINNED.items())
def test_fingerprint_of_rule_key_and_value_is_pinned(parts: tuple[str, str | None, str], digits: str) -> None:
    assert fingerprint(*parts) == digits


def test_parts_of_a_fingerprint_do_not_run_into_each_other() -> None:
    assert fingerprint("a", "bc", "d") != fingerprint("ab", "c", "d") != fingerprint("ab", "", "cd")


def findings(name: str, options: str, text: str, file: str = "keylint.yaml", days: int = 0) -> list[Finding]:
    """Return what one rule finds in a text."""
    rule, result = active(RULES[name], yaml.safe_load(options) if options else {}), Linted()
    for _ in lint([Source(file, text.encode())], Judge([rule], NOW + timedelta(days=days), vocabulary()), result):
        pass
    return result.findings


def prints(name: str, options: str, text: str, file: str = "keylint.yaml", days: int = 0) -> set[str]:
    return {item.fingerprint for item in findings(name, options, text, file, days)}


# Examples that speak without a purpose, a policy or another file beside them.
BAD = [
    pytest.param(name, example.text, example.options, id=f"{name}-{number}")
    for name, rule in RULES.items()
    for number, example in enumerate(examples(rule.doc), 1)
    if example.is_bad and not example.live and findings(name, example.options, example.text)
]
# Where what is wrong is the text or the file, other keys and other orders are another fault.
KEYS = [case for case in BAD if case.values[0] not in ("yaml", "schema", "secret-in-declaration")]


def test_most_rules_are_among_them() -> None:
    assert len({case.values[0] for case in BAD}) > 45


@pytest.mark.parametrize(("name", "text", "options"), BAD)
def test_fingerprints_stay_when_lines_move_and_the_file_has_another_name(name: str, text: str, options: str) -> None:
    moved = "# one\n\n# two\n" + text
    assert prints(name, options, moved, "other/place.yaml") == prints(name, options, text)


@pytest.mark.parametrize(("name", "text", "options"), BAD)
def test_fingerprints_stay_as_time_goes_by(name: str, text: str, options: str) -> None:
    today, tomorrow = prints(name, options, text), prints(name, options, text, days=1)
    assert not tomorrow - today, "the value holds something that changes with time"


@pytest.mark.parametrize(("name", "text", "options"), KEYS)
def test_fingerprints_stay_when_other_keys_come(name: str, text: str, options: str) -> None:
    more = text.replace("\nkeys:\n", "\nkeys:\n  zz-another: {exchange: kraken, permissions: [read]}\n", 1)
    mine = {item.fingerprint for item in findings(name, options, more) if item.key != "zz-another"}
    assert mine == prints(name, options, text)


@pytest.mark.parametrize(("name", "text", "options"), KEYS)
def test_fingerprints_stay_when_lists_are_reordered(name: str, text: str, options: str) -> None:
    data = yaml.safe_load(text)
    for key in data["keys"].values():
        for field, value in key.items() if isinstance(key, dict) else ():
            if isinstance(value, list):
                key[field] = value[::-1]
    assert prints(name, options, yaml.safe_dump(data, sort_keys=False)) == prints(name, options, text)


def test_fingerprint_does_not_hold_the_version(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(empty_folder, keylint=KEY, p=only("no-withdraw"))
    before = [item["fingerprint"] for item in run().json["findings"]]
    monkeypatch.setattr(package, "__version__", "99.0.0")
    monkeypatch.setattr("keylint.cli.checking.__version__", "99.0.0")
    assert (run().json["tool"], [item["fingerprint"] for item in run().json["findings"]]) == (
        "keylint 99.0.0",
        before,
    )


def test_fingerprint_is_another_for_another_key_rule_or_value(empty_folder: Path) -> None:
    write(empty_folder, keylint=KEY, p=only("no-withdraw"))
    first = run().json["findings"][0]["fingerprint"]
    for old, new in (("treasury", "treasure"), ("withdraw]", "withdraw-funds]")):
        write(empty_folder, keylint=KEY.replace(old, new))
        assert run().json["findings"][0]["fingerprint"] != first


# What two keys share is one fault, whichever stands later and is pointed at.
SHARED = {
    "credential-shared": ("credentials: {api_key: 'env:K'}", "credentials: {api_key: 'env:K'}"),
    "revoked-still-referenced": ("credentials: {api_key: 'env:K'}", "credentials: {api_key: 'env:K'}, status: revoked"),
    "duplicate-key": ("key_id: abcd…wxyz", "key_id: abcde…wxyz"),
    "environment-mix": ("account: desk", "account: desk, environment: demo"),
    "ip-shared-across-environments": ("ip_allowlist: [8.8.8.8]", "ip_allowlist: ['::ffff:8.8.8.8'], environment: demo"),
}


@pytest.mark.parametrize("rule", SHARED)
def test_what_two_keys_share_is_one_fault_in_either_order(empty_folder: Path, rule: str) -> None:
    first, second = (
        f"  {name}: {{exchange: okx, permissions: [read_only], {fields}}}\n"
        for name, fields in zip(("alpha", "beta"), SHARED[rule], strict=True)
    )
    write(empty_folder, p=only(rule))
    told = []
    for keys in (first + second, second + first):
        write(empty_folder, keylint=f"version: 1\nkeys:\n{keys}")
        (item,) = [item for item in run().json["findings"] if item["rule"] == rule]
        told.append((item["key"], item["fingerprint"]))
    (later, one), (earlier, same) = told
    assert (later, earlier, one) == ("beta", "alpha", same)
    for name in ("alpha", "beta"):
        accepted = waiver(rule=rule, key=name, accepts=f'"{one}"')
        write(empty_folder, p=f"{only(rule)}waivers:\n{accepted}")
        for keys in (first + second, second + first):
            write(empty_folder, keylint=f"version: 1\nkeys:\n{keys}")
            (item,) = run().json["findings"]
            assert (item["rule"], item["waived"]) == (rule, "nightly sweep")
        assert (
            one
            in keylint(
                "waive",
                name,
                rule,
                "--policy",
                "p.yaml",
                "--now",
                "2026-11-22",
                "--reason",
                "r",
                "--approved-by",
                "x",
                "--until",
                "2026-12-01",
            ).out
        )


def test_a_third_key_is_another_fault(empty_folder: Path) -> None:
    write(empty_folder, p=only("credential-shared"))
    keys = "".join(
        f"  {name}: {{exchange: okx, permissions: [read_only], credentials: {{api_key: 'env:K'}}}}\n" for name in "abc"
    )
    write(empty_folder, keylint=f"version: 1\nkeys:\n{keys}")
    shared = [item["fingerprint"] for item in run().json["findings"] if item["rule"] == "credential-shared"]
    assert len(set(shared)) == 2
