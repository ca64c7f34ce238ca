"""The JSON format, version 1, and its schema."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from keylint.model.finding import Finding, Reason, Report, Severity
from keylint.model.live import State
from keylint.reports import RenderOptions
from keylint.reports.json import render

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
PLAIN = RenderOptions()


def closed(schema: Any) -> Any:
    """Return the schema with nothing allowed beside what it names."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    return parts | {"additionalProperties": False} if "required" in schema else parts


def objects(schema: Any) -> list[dict[str, Any]]:
    """Return every schema of an object, wherever it stands."""
    if isinstance(schema, list):
        return [found for part in schema for found in objects(part)]
    if not isinstance(schema, dict):
        return []
    here = [schema] if schema.get("type") == "object" else []
    return here + [found for part in schema.values() for found in objects(part)]


def test_the_rich_report_fits_the_schema_and_has_nothing_beside_it(rich: Report) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(closed(SCHEMA)).validate(json.loads(render(rich, PLAIN)))


def test_the_schema_demands_and_describes_every_field() -> None:
    for part in objects(SCHEMA):
        assert list(part["properties"]) == part["required"]
        assert all(field["title"] and field["description"] for field in part["properties"].values())


def test_the_schema_names_every_severity_state_and_reason() -> None:
    parts = SCHEMA["$defs"]
    assert parts["finding"]["properties"]["severity"]["enum"] == [severity.value for severity in Severity]
    assert parts["key"]["properties"]["state"]["enum"] == [state.value for state in State]
    assert parts["unchecked"]["properties"]["reason"]["enum"] == [reason.value for reason in Reason]


def test_an_empty_report_is_one_object_and_a_line_feed(report: Callable[..., Report]) -> None:
    text = render(report(), PLAIN)
    assert text.endswith("}\n")
    assert list(json.loads(text).items()) == [
        ("version", 1),
        ("tool", "keylint 0.1.0"),
        ("command", "check"),
        ("now", "2026-11-22T00:00:00Z"),
        ("summary", {"files": 1, "keys": 3, "error": 0, "warning": 0, "note": 0, "waived": 0, "unchecked": 0}),
        ("findings", []),
        ("keys", []),
        ("unchecked", []),
        ("interrupted", False),
    ]


def test_a_finding_has_its_fields_in_the_documented_order(
    finding: Callable[..., Finding], report: Callable[..., Report]
) -> None:
    assert list(json.loads(render(report(finding(hint="drop it")), PLAIN))["findings"][0].items()) == [
        ("rule", "no-withdraw"),
        ("severity", "error"),
        ("key", "mm-bot"),
        ("message", "key 'mm-bot' may withdraw funds"),
        ("hint", "drop it"),
        ("file", "keylint.yaml"),
        ("line", 12),
        ("column", 37),
        ("end_line", 12),
        ("end_column", 45),
        ("path", ["keys", "mm-bot", "permissions", 2]),
        ("fingerprint", "8c1f20d4"),
        ("waived", None),
    ]


def test_a_waived_finding_counts_as_waived_only(finding: Callable[..., Finding], report: Callable[..., Report]) -> None:
    document = json.loads(render(report(finding(waived="OPS-1"), finding(severity=Severity.NOTE)), PLAIN))
    assert document["summary"] == {
        "files": 1,
        "keys": 3,
        "error": 0,
        "warning": 0,
        "note": 1,
        "waived": 1,
        "unchecked": 0,
    }
    assert sorted(str(found["waived"]) for found in document["findings"]) == ["None", "OPS-1"]


def test_live_states_keep_unknown_apart_from_none(rich: Report) -> None:
    keys = {key["name"]: key for key in json.loads(render(rich, PLAIN))["keys"]}
    assert keys["mm-bot"] == {
        "name": "mm-bot",
        "exchange": "binance",
        "state": "drift",
        "live": {
            "permissions": ["enableReading", "enableWithdrawals", "enableMoon\x1b"],
            "capabilities": ["read", "withdraw"],
            "ip_restricted": True,
            "ip_allowlist": None,
            "created": "2026-09-01T00:00:00Z",
            "expires": None,
        },
        "unknown": ["ip_allowlist", "expires", "enableFixApiTrade"],
        "implied": ["trade.margin"],
        "reach": "from any address",
    }
    assert keys["机器人-bot"]["live"]["expires"] is None
    assert keys["机器人-bot"]["live"]["created"] == "2026-09-01T12:30:15Z"
    assert keys["机器人-bot"]["unknown"] == []
    assert keys["retired"] == {
        "name": "retired",
        "exchange": "kraken",
        "state": "absent",
        "live": None,
        "unknown": [],
        "implied": [],
        "reach": None,
    }


def test_times_are_written_in_utc(report: Callable[..., Report]) -> None:
    now = datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert json.loads(render(report(now=now), PLAIN))["now"] == "2026-11-21T23:30:00Z"
