"""Policies: what they set, how they add up, and where they are refused."""

import json
from pathlib import Path

import pytest

from keylint.load.policy import load_policy
from keylint.model.errors import PolicyError, UsageError
from keylint.model.finding import Severity
from keylint.model.policy import Setting
from keylint.reports import REPORTERS
from keylint.resources import schema_text
from tests.running import keylint

KEY = """\
version: 1
keys:
  bot:
    exchange: binance
    permissions: [read]
    owner: desk
    purpose: portfolio-tracking
    created: 2026-06-01
"""


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def refused(name: str = "p.yaml") -> list[str]:
    with pytest.raises(PolicyError) as error:
        load_policy([name])
    return str(error.value).splitlines()


def test_severity_off_and_options_are_taken(empty_folder: Path) -> None:
    write(
        empty_folder,
        p="version: 1\nrules:\n  max-age: {severity: warning, days: 30}\n  expired: off\n  ip-required: note\n",
    )
    settings = load_policy(["p.yaml"]).settings
    assert settings["max-age"] == Setting(Severity.WARNING, options={"days": 30})
    assert settings["expired"] == Setting(off=True)
    assert settings["ip-required"] == Setting(Severity.NOTE)


def test_later_policy_wins_and_keeps_the_options_that_it_does_not_name(empty_folder: Path) -> None:
    write(
        empty_folder,
        a="version: 1\nrules: {max-age: {days: 30}, live-expiring: {warning_days: 20, error_days: 5}, expired: off}\n",
        b="version: 1\nextends: [a.yaml]\nrules: {live-expiring: {error_days: 1}, max-age: note, expired: error}\n",
    )
    settings = load_policy(["b.yaml"]).settings
    assert settings["max-age"] == Setting(Severity.NOTE, options={"days": 30})
    assert settings["live-expiring"] == Setting(options={"warning_days": 20, "error_days": 1})
    assert settings["expired"] == Setting(Severity.ERROR)


def test_extends_is_relative_to_the_file_that_says_it(empty_folder: Path) -> None:
    (empty_folder / "sub").mkdir()
    write(empty_folder, base="version: 1\nrules: {max-age: {days: 7}}\n")
    write(empty_folder / "sub", p="version: 1\nextends: ../base.yaml\n")
    assert load_policy(["sub/p.yaml"]).settings["max-age"].options == {"days": 7}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\nrules: {max-ages: off}\n", "p.yaml:2:9: unknown rule 'max-ages'; did you mean `max-age`?"),
        ("version: 1\nrules:\n  zzz: off\n", "p.yaml:3:3: unknown rule 'zzz'; `keylint rules` lists them"),
        (
            "version: 1\nrules:\n  max-age: {day: 60}\n",
            "p.yaml:3:13: rule 'max-age' has no option 'day'; did you mean `days`?",
        ),
        (
            "version: 1\nrules:\n  max-age: eror\n",
            "p.yaml:3:12: `max-age` cannot be 'eror'; did you mean `error`? allowed: error, warning, note, off",
        ),
        ("version: 1\nrules:\n  max-age: {days: soon}\n", "p.yaml:3:19: `days` is a text, not a whole number: 'soon'"),
        ("version: 1\nrulez: {}\n", "p.yaml:2:1: unknown field 'rulez'; did you mean `rules`?"),
        ("rules: {}\n", "p.yaml:1:1: `version` is missing; add `version:`"),
        (
            "version: 1\nrules: {yaml: off}\n",
            "p.yaml:2:15: rule 'yaml' is mandatory and cannot be set to off; remove the line",
        ),
        (
            "version: 1\nrules: {secret-in-declaration: note}\n",
            "p.yaml:2:32: rule 'secret-in-declaration' is mandatory and cannot be set to note; remove the line",
        ),
        ("version: 1\nextends: [p.yaml]\n", "circle"),
        ("version: 1\nextends: [gone.yaml]\n", "gone.yaml: no such file or directory"),
        ("version: 1\nextends: [basline]\n", "p.yaml:2:11: no policy 'basline'; did you mean `baseline`?"),
        ("version: 1\nrules: {a: [}\n", "p.yaml:2:13: not valid YAML"),
        ("version: 1\nversion: 1\n", "p.yaml:2:1: 'version' is written twice, first in line 1"),
        ("", "p.yaml:1:1: the file is empty"),
    ],
)
def test_broken_policy_is_refused_with_its_place(empty_folder: Path, text: str, said: str) -> None:
    write(empty_folder, p=text)
    lines = refused()
    assert len(lines) == 1
    assert said in lines[0]


def test_all_faults_of_a_policy_are_said_at_once(empty_folder: Path) -> None:
    write(empty_folder, p="version: 1\nrules:\n  max-ages: off\n  expierd: off\n")
    assert len(refused()) == 2


def test_parent_policy_can_make_a_rule_mandatory(empty_folder: Path) -> None:
    write(
        empty_folder,
        a="version: 1\nrules: {max-age: {mandatory: true}}\n",
        p="version: 1\nextends: [a.yaml]\nrules: {max-age: off}\n",
    )
    assert refused() == ["p.yaml:3:18: rule 'max-age' is mandatory and cannot be set to off; remove the line"]


def test_long_cycle_is_refused(empty_folder: Path) -> None:
    write(
        empty_folder,
        a="version: 1\nextends: b.yaml\n",
        b="version: 1\nextends: c.yaml\n",
        c="version: 1\nextends: a.yaml\n",
    )
    assert "circle" in refused("a.yaml")[0]


def test_same_parent_twice_is_no_cycle(empty_folder: Path) -> None:
    write(
        empty_folder,
        base="version: 1\nrules: {max-age: {days: 5}}\n",
        a="version: 1\nextends: base.yaml\n",
        b="version: 1\nextends: base.yaml\n",
        p="version: 1\nextends: [a.yaml, b.yaml]\n",
    )
    assert load_policy(["p.yaml"]).settings["max-age"].options == {"days": 5}


def test_policy_is_found_by_option_then_settings_then_file_then_baseline(empty_folder: Path) -> None:
    write(
        empty_folder,
        keylint=KEY,
        strictest="version: 1\nrules: {max-age: off}\n",
        loose="version: 1\nrules: {max-age: note}\n",
    )

    def severities() -> list[str]:
        findings = keylint("check", "--now", "2026-11-22", "--format", "json").json["findings"]
        return [item["severity"] for item in findings if item["rule"] == "max-age"]

    assert severities() == ["error"]
    (empty_folder / "keylint.policy.yaml").write_text("version: 1\nrules: {max-age: warning}\n")
    assert severities() == ["warning"]
    (empty_folder / ".keylint.yaml").write_text("policy: loose.yaml\n")
    assert severities() == ["note"]
    ran = keylint("check", "--now", "2026-11-22", "--format", "json", "--policy", "strictest.yaml")
    assert "max-age" not in [item["rule"] for item in ran.json["findings"]]


def test_several_policies_add_up(empty_folder: Path) -> None:
    write(
        empty_folder,
        keylint=KEY,
        a="version: 1\nrules: {max-age: {days: 1000}}\n",
        b="version: 1\nrules: {max-age: warning}\n",
    )
    assert keylint("check", "--now", "2026-11-22", "--policy", "a.yaml", "--policy", "b.yaml").code == 0


def test_broken_policy_exits_with_2_and_judges_nothing(empty_folder: Path) -> None:
    write(empty_folder, keylint=KEY, p="version: 1\nrules: {max-ages: off}\n")
    with pytest.raises(PolicyError):
        keylint("check", "--policy", "p.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jobs: many\n", ".keylint.yaml:1:7: `jobs` is a text, not a whole number: 'many'"),
        ("pathz: keys\n", ".keylint.yaml:1:1: unknown field 'pathz'; did you mean `paths`?"),
        ("fail_on: eror\n", ".keylint.yaml:1:10: `fail_on` cannot be 'eror'; did you mean `error`?"),
        ("a: [\n", ".keylint.yaml:2:1: not valid YAML"),
        ("jobs: 1\njobs: 2\n", ".keylint.yaml:2:1: 'jobs' is written twice, first in line 1; keep one of the two"),
        ("jobs: 0\n", ".keylint.yaml:1:7: `jobs` cannot be 0; at least 1"),
        ("jobs: 501\n", ".keylint.yaml:1:7: `jobs` cannot be 501; at most 500"),
        ("timeout: 0\n", ".keylint.yaml:1:10: `timeout` cannot be 0; more than 0"),
        ("format: xml\n", ".keylint.yaml:1:9: `format` cannot be 'xml'; allowed: text, json, sarif"),
        ("policy: strickt\n", ".keylint.yaml:1:9: no policy 'strickt'; did you mean `strict`?"),
        ("policy: [strict, x.yaml]\n", ".keylint.yaml:1:18: x.yaml: no such file or directory"),
        ("paths: [keylint.yaml, mine]\n", ".keylint.yaml:1:23: mine: no such file or directory"),
        ("paths: mine\n", ".keylint.yaml:1:8: mine: no such file or directory"),
    ],
)
def test_broken_settings_are_refused_with_their_place(empty_folder: Path, text: str, said: str) -> None:
    write(empty_folder, keylint=KEY)
    (empty_folder / ".keylint.yaml").write_text(text)
    with pytest.raises(PolicyError) as error:
        keylint("check")
    assert str(error.value).startswith(said)


def test_settings_that_are_a_link_to_nowhere_are_not_passed_over(empty_folder: Path) -> None:
    write(empty_folder, keylint=KEY)
    (empty_folder / ".keylint.yaml").symlink_to("nowhere")
    with pytest.raises(UsageError, match=r"^\.keylint\.yaml: no such file or directory$"):
        keylint("check")


def test_the_formats_of_the_settings_are_those_there_are() -> None:
    formats = json.loads(schema_text("settings"))["properties"]["format"]["enum"]
    assert formats == list(REPORTERS)


def test_settings_give_paths_and_fail_on(empty_folder: Path) -> None:
    (empty_folder / "mine").mkdir()
    write(empty_folder / "mine", keys=KEY)
    (empty_folder / ".keylint.yaml").write_text("paths: [mine]\nfail_on: never\n")
    ran = keylint("check", "--now", "2026-11-22", "--format", "json")
    assert (ran.code, ran.json["summary"]["error"]) == (0, 1)
    assert keylint("check", "--now", "2026-11-22", "--fail-on", "error").code == 1
