"""SARIF: the standard's schema, and each demand of GitHub beyond it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft4Validator

from keylint.model.finding import Finding, Reason, Report, RuleInfo, Severity, Unchecked
from keylint.model.live import KeyReport, State
from keylint.model.source import Span
from keylint.reports import RenderOptions, sarif

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
PLAIN = RenderOptions(working_folder="/srv")

MakeFinding = Callable[..., Finding]
MakeReport = Callable[..., Report]


def run_of(report: Report) -> dict[str, Any]:
    """Return the only run of a report that passes the schema."""
    document = json.loads(sarif.render(report, PLAIN))
    Draft4Validator(SCHEMA).validate(document)
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def test_an_unknown_property_would_fail_the_schema(rich: Report) -> None:
    document = json.loads(sarif.render(rich, PLAIN))
    document["runs"][0]["results"][0]["mood"] = "bad"
    assert not Draft4Validator(SCHEMA).is_valid(document)


def test_the_head_names_schema_tool_command_and_unit_of_columns(rich: Report) -> None:
    document = json.loads(sarif.render(rich, PLAIN))
    assert document["$schema"] == "https://json.schemastore.org/sarif-2.1.0.json"
    assert document["version"] == "2.1.0"
    run = run_of(rich)
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("keylint", "0.1.0")
    assert run["automationDetails"] == {"id": "keylint/diff/"}
    assert run["columnKind"] == "unicodeCodePoints"


def test_every_rule_has_what_github_shows(rich: Report) -> None:
    rules = run_of(rich)["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in {"error", "warning", "note"}
        assert rule["properties"]["precision"] == "high"
        assert "security" in rule["properties"]["tags"]
        assert len(rule["properties"]["tags"]) <= 10
        assert isinstance(rule["properties"]["security-severity"], str)
        assert 0.0 < float(rule["properties"]["security-severity"]) <= 10.0


@pytest.mark.parametrize(
    ("severity", "score"), [(Severity.ERROR, "8.0"), (Severity.WARNING, "5.0"), (Severity.NOTE, "2.0")]
)
def test_a_rule_tells_its_title_its_reason_and_its_page(report: MakeReport, severity: Severity, score: str) -> None:
    page = "No key may withdraw.\n\nIt cannot be\ntaken back.\n\nBad:\n\n    permissions: [withdraw]\n"
    rule = RuleInfo("no-withdraw", severity, "No key may withdraw.", page)
    (written,) = run_of(report(rules=(rule,)))["tool"]["driver"]["rules"]
    assert written == {
        "id": "no-withdraw",
        "shortDescription": {"text": "No key may withdraw."},
        "fullDescription": {"text": "It cannot be taken back."},
        "help": {"text": page.strip(), "markdown": page.strip()},
        "defaultConfiguration": {"level": severity.value},
        "properties": {"tags": ["security", "api-keys"], "precision": "high", "security-severity": score},
    }


@pytest.mark.parametrize("page", ["", "Title.\n", "Title.\n\nBad:\n\n    keys: {}\n"])
def test_a_rule_without_an_explanation_repeats_its_title(report: MakeReport, page: str) -> None:
    (written,) = run_of(report(rules=(RuleInfo("r", Severity.NOTE, "Title.", page),)))["tool"]["driver"]["rules"]
    assert written["fullDescription"] == {"text": "Title."}
    assert written["help"]["text"] == (page.strip() or "Title.")


def test_every_result_has_what_github_demands(rich: Report) -> None:
    run = run_of(rich)
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(rich.findings)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        address = urlsplit(place["artifactLocation"]["uri"])
        assert not address.scheme
        assert not address.netloc
        assert not address.path.startswith("/")
        assert "\\" not in address.path
        region = place["region"]
        assert region["startLine"] == region["endLine"] >= 1
        assert 1 <= region["startColumn"] < region["endColumn"]
        assert list(result["partialFingerprints"]) == ["keylint/v1"]


def test_a_result_points_at_the_characters_of_the_finding(finding: MakeFinding, report: MakeReport) -> None:
    snippet = "    permissions: [read, trade.spot, withdraw]"
    run = run_of(report(finding(snippet=snippet, hint="drop it", file="/srv/keys/my keys.yaml")))
    assert run["results"] == [
        {
            "ruleId": "no-withdraw",
            "ruleIndex": 0,
            "level": "error",
            "message": {"text": "key 'mm-bot' may withdraw funds\ndrop it"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "keys/my%20keys.yaml"},
                        "region": {
                            "startLine": 12,
                            "startColumn": 37,
                            "endLine": 12,
                            "endColumn": 45,
                            "snippet": {"text": "withdraw"},
                        },
                    }
                }
            ],
            "partialFingerprints": {"keylint/v1": "8c1f20d4"},
        }
    ]
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_a_file_outside_the_working_folder_keeps_its_whole_address(finding: MakeFinding, report: MakeReport) -> None:
    (result,) = run_of(report(finding(file="/etc/keys.yaml")))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///etc/keys.yaml"}


def test_a_waived_finding_is_suppressed_with_its_reason(finding: MakeFinding, report: MakeReport) -> None:
    open_one, waived = run_of(report(finding(waived="OPS-1"), finding(severity=Severity.NOTE)))["results"]
    assert "suppressions" not in open_one
    assert waived["suppressions"] == [{"kind": "external", "justification": "OPS-1"}]


def test_a_message_holds_no_link_of_somebody_else(finding: MakeFinding, report: MakeReport) -> None:
    (result,) = run_of(report(finding(message="key '[click](https://evil.example)'")))["results"]
    assert result["message"]["text"] == "key '[click] (https://evil.example)'"


def test_what_was_not_looked_at_is_told_as_notifications(report: MakeReport) -> None:
    unchecked = Unchecked("arb", "okx", Reason.TIMEOUT, "no answer within 10 s", "try again")
    keys = (KeyReport("paper", "binance", State.UNVERIFIABLE), KeyReport("arb", "okx", State.UNCHECKED))
    run = run_of(report(command="diff", unchecked=(unchecked,), keys=keys, interrupted=True))
    assert run["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [
                {
                    "descriptor": {"id": "timeout"},
                    "level": "error",
                    "message": {"text": "key 'arb' at okx: no answer within 10 s\ntry again"},
                },
                {
                    "descriptor": {"id": "unverifiable"},
                    "level": "note",
                    "message": {"text": "key 'paper' at binance: the exchange has no way to show its state"},
                },
                {
                    "descriptor": {"id": "interrupted"},
                    "level": "error",
                    "message": {"text": "the run was interrupted: 1 of 3 keys not looked at"},
                },
            ],
        }
    ]


@pytest.mark.parametrize(
    ("given", "succeeded"),
    [
        ({}, True),
        ({"keys": (KeyReport("paper", "binance", State.UNVERIFIABLE),)}, True),
        ({"interrupted": True}, False),
        ({"unchecked": (Unchecked("a", "okx", Reason.TLS, "m"),)}, False),
    ],
)
def test_a_run_succeeded_if_all_was_looked_at(report: MakeReport, given: dict[str, object], succeeded: bool) -> None:
    assert run_of(report(**given))["invocations"][0]["executionSuccessful"] is succeeded


def test_of_too_many_results_the_most_severe_stay(
    finding: MakeFinding, report: MakeReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 3)
    findings = [
        finding(waived="why"),
        finding(severity=Severity.NOTE),
        finding(severity=Severity.WARNING, span=Span(2, 1, 2, 2)),
        finding(severity=Severity.WARNING, span=Span(1, 1, 1, 2)),
        finding(),
    ]
    run = run_of(report(*findings))
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "warning"]
    assert lines == [12, 1, 2]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"] == {"text": "2 less severe results left out: GitHub takes 3"}


def test_the_limit_is_the_one_that_github_sets() -> None:
    assert sarif.MOST_RESULTS == 25_000
