"""The built-in policies: each loads, gives its reasons, and demands what its name says."""

import ast
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from keylint.load.facts import vocabulary
from keylint.load.policy import BUILT_IN, active_rules, built_in, load_policy
from keylint.load.policy_schema import policy_schema
from keylint.model.errors import PolicyError
from keylint.model.finding import Severity
from keylint.rules import all_rules
from tests.policy.desk import write
from tests.running import keylint

ROOT = Path(__file__).parents[2]
RULES = all_rules()
FILES = sorted((ROOT / "policies").glob("*.yaml"))


def severities(policy: str) -> dict[str, Severity]:
    return {item.rule.name: item.severity for item in active_rules(load_policy([policy]), RULES)}


def test_policies_are_those_in_the_folder() -> None:
    assert sorted(BUILT_IN) == [path.stem for path in FILES]


@pytest.mark.parametrize("name", BUILT_IN)
def test_policy_loads_and_is_valid(name: str) -> None:
    schema = json.loads((ROOT / "schemas/policy.schema.json").read_text("utf-8"))
    loaded = built_in(name)
    jsonschema.Draft202012Validator(schema).validate(loaded)
    assert loaded["name"] == name == built_in(name)["name"]
    assert len(loaded["description"]) > 20
    assert load_policy([name]).name == name


@pytest.mark.parametrize("name", BUILT_IN)
def test_file_loads_like_any_other_policy(name: str, empty_folder: Path) -> None:
    (empty_folder / "copy.yaml").write_text((ROOT / "policies" / f"{name}.yaml").read_text("utf-8"))
    copied, original = load_policy(["copy.yaml"]), load_policy([name])
    assert (copied.settings, copied.purposes) == (original.settings, original.purposes)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_rule_that_a_policy_sets_says_why(name: str) -> None:
    for rule, setting in built_in(name).get("rules", {}).items():
        assert len(setting["why"]) > 5, rule
        assert not setting["why"].endswith("."), rule


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_profile_says_what_it_is_for_and_allows_what_it_needs(name: str) -> None:
    for profile in built_in(name).get("purposes", {}).values():
        assert len(profile["description"]) > 10
        assert set(profile.get("need", ())) <= set(profile["allow"]) <= set(vocabulary().classes)


def test_schema_is_the_one_that_the_rules_make() -> None:
    text = (ROOT / "schemas/policy.schema.json").read_text("utf-8")
    assert policy_schema(RULES.values()) == json.loads(text)


def test_baseline_has_the_profiles_of_what_people_run() -> None:
    assert list(load_policy(["baseline"]).purposes) == [
        "portfolio-tracking",
        "tax-export",
        "spot-trading",
        "futures-trading",
        "market-making",
        "arbitrage",
        "treasury",
    ]


def test_baseline_lowers_nothing() -> None:
    assert severities("baseline") == {name: rule.severity for name, rule in RULES.items()}


def test_strict_leaves_no_warning_and_no_note() -> None:
    left = {name: severity.value for name, severity in severities("strict").items() if severity is not Severity.ERROR}
    assert left == {}, "policies/strict.yaml names every rule that is no error by default, with a reason"
    assert set(severities("strict")) == set(RULES)


def test_strict_names_what_varies_its_severity() -> None:
    setting = load_policy(["strict"]).settings
    assert [name for name, rule in RULES.items() if rule.worst and setting[name].severity is not Severity.ERROR] == []


def test_strict_is_nowhere_weaker_than_baseline() -> None:
    ran = keylint("policies", "compare", "baseline", "strict")
    assert (ran.code, ran.out) == (0, "0 weakenings from baseline to strict\n")


TRACKER = """\
version: 1
keys:
  tracker:
    exchange: kraken
    permissions: [read]
    purpose: portfolio-tracking
    owner: me
    holder: koinly
    created: 2026-10-01
    expires: 2026-12-31
    ip_allowlist: [8.8.8.8]
"""
NOW = ("--now", "2026-11-22")


def found(folder: Path, policy: str, text: str) -> dict[str, str]:
    """Return the severities by rule."""
    write(folder, keylint=text)
    report = keylint("check", "--policy", policy, *NOW, "--format", "json").json
    return {item["rule"]: item["severity"] for item in report["findings"]}


def test_read_only_accepts_a_tracker(empty_folder: Path) -> None:
    assert found(empty_folder, "read-only", TRACKER) == {}
    assert found(empty_folder, "read-only", TRACKER.replace("portfolio-tracking", "tax-export")) == {}


ABOVE_READ = [name for name in vocabulary().classes if name not in vocabulary().harmless]


@pytest.mark.parametrize("capability", ABOVE_READ)
def test_read_only_refuses_every_capability_above_read(empty_folder: Path, capability: str) -> None:
    said = found(empty_folder, "read-only", TRACKER.replace("[read]", f"[read, {capability}]"))
    assert said["exceeds-purpose"] == "error"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("    purpose: portfolio-tracking\n", "", "purpose-required"),
        ("portfolio-tracking", "spot-trading", "purpose-unknown"),
        ("[read]", "[query-funds, modify-trades]", "exceeds-purpose"),
        ("[read]", "[read, trade.spot]", "exceeds-purpose"),
    ],
)
def test_read_only_has_no_way_around_its_profiles(empty_folder: Path, old: str, new: str, rule: str) -> None:
    assert found(empty_folder, "read-only", TRACKER.replace(old, new))[rule] == "error"


BOT = """\
version: 1
keys:
  bot:
    exchange: binance
    permissions: [read, trade.spot]
    ip_allowlist: [8.8.8.8]
    created: 2026-11-01
"""


def test_personal_demands_no_owner_holder_or_ticket(empty_folder: Path) -> None:
    said = found(empty_folder, "personal", BOT)
    assert set(said.values()) <= {"note"}
    assert said.keys() & {"owner-required", "holder-required", "review-overdue"} == set()


def test_personal_still_protects_funds(empty_folder: Path) -> None:
    said = found(
        empty_folder, "personal", BOT.replace("trade.spot]", "trade.spot, withdraw]").replace("8.8.8.8", "0.0.0.0/0")
    )
    assert {rule for rule, severity in said.items() if severity == "error"} >= {"no-withdraw", "ip-too-wide"}
    said = found(empty_folder, "personal", BOT.replace("    ip_allowlist: [8.8.8.8]\n", "").replace("11-01", "05-01"))
    assert {rule for rule, severity in said.items() if severity == "error"} >= {"ip-required", "max-age"}


@pytest.mark.parametrize("name", RULES)
def test_every_option_has_a_direction_in_which_it_is_looser(name: str) -> None:
    options = RULES[name].options
    assert {option: options.LOOSER.get(option) for option in options.names()} == {
        option: direction
        for option, direction in options.LOOSER.items()
        if direction in ("more", "less", "more-or-none") and option in options.names()
    }


def test_rule_whose_problems_name_a_severity_says_which_is_the_worst() -> None:
    """`keylint policies compare` could not tell a pinned severity from the rule's own."""
    for folder in ("lint", "drift"):
        for path in (ROOT / "keylint/rules" / folder).glob("[a-z]*.py"):
            calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
            names_severity = any(
                isinstance(call.func, ast.Name)
                and call.func.id == "Problem"
                and any(keyword.arg == "severity" for keyword in call.keywords)
                for call in calls
            )
            rule = RULES[path.stem.replace("_", "-")]
            assert (rule.worst is not None) == names_severity, path.name


# `keylint policies`.


def test_policies_are_listed_with_their_reasons() -> None:
    out = keylint("policies").out.splitlines()
    assert [text for text in out if not text.startswith(" ")] == [
        f"{name}: {built_in(name)['description']}" for name in BUILT_IN
    ]
    at = out.index("  max-age: severity error, days 60")
    assert out[at + 1] == "    a desk that rotates by program can do better than the 90 days of CIS AWS 1.14"
    assert out[out.index("  purpose tax-export: exports ledgers and trades for the tax return") + 1] == (
        "    allows read, read.tax, data.export"
    )


def test_policies_as_json_are_what_is_written() -> None:
    assert keylint("policies", "--format", "json").json == [built_in(name) for name in BUILT_IN]


def shown(*words: str) -> dict[str, dict[str, Any]]:
    return {row["rule"]: row for row in keylint("policies", "show", "--format", "json", *words).json}


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("name", BUILT_IN)
def test_show_tells_of_every_rule_that_is_on_why(name: str) -> None:
    rows = shown(name)
    policy = load_policy([name])
    assert list(rows) == [item.rule.name for item in active_rules(policy, all_rules())]
    assert {rule for rule, row in rows.items() if not row["why"]} == set()
    own = {rule: setting["why"] for rule, setting in built_in(name).get("rules", {}).items() if rule in rows}
    assert {rule: rows[rule]["why"] for rule in own} == own


@pytest.mark.usefixtures("empty_folder")
def test_show_as_text() -> None:
    text = keylint("policies", "show", "strict").out
    assert (
        "max-age: error, days 60\n"
        "  a desk that rotates by program can do better than the 90 days of CIS AWS 1.14\n"
        "  source: CIS AWS Foundations Benchmark 4.0.1, item 1.14; AWS Config, access-keys-rotated\n"
        "absolute-age: error (m), days 366\n"
        "  No key lives longer than a year, whatever the policy says.\n"
    ) in text


def test_show_a_team_s_own_policy(empty_folder: Path) -> None:
    (empty_folder / "keylint.policy.yaml").write_text(
        "version: 1\nextends: strict\nrules:\n  max-age: {days: 30, why: we can}\n  expiring-soon: note\n"
        "  lifetime-too-long: {days: 30}\n  owner-required: off\n"
        'custom: [{rule: ours, description: Ours., message: m, assert: "true"}]\n'
    )
    rows = shown()
    assert (rows["max-age"]["severity"], rows["max-age"]["options"], rows["max-age"]["why"]) == (
        "error",
        {"days": 30},
        "we can",
    )
    # Another setting has another reason than the one that it replaces.
    assert rows["expiring-soon"]["why"] == all_rules()["expiring-soon"].title
    assert rows["lifetime-too-long"]["why"] == all_rules()["lifetime-too-long"].title
    assert rows["ours"]["why"] == "Ours."
    assert "owner-required" not in rows


@pytest.mark.usefixtures("empty_folder")
def test_a_policy_to_compare_that_is_none_is_named_as_it_was_given() -> None:
    with pytest.raises(PolicyError, match=r"^NEW: no policy 'strickt'; did you mean `strict`\?$"):
        keylint("policies", "compare", "baseline", "strickt")
