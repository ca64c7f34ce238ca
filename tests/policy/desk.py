"""A desk's files for the tests of policies: which rules are on is said, so that new rules change nothing here."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.model.policy import ABOUT_WAIVERS
from tests.running import Ran, keylint

AT = ("--now", "2026-11-22")

KEY = """\
version: 1
keys:
  treasury:
    exchange: kraken
    permissions: [read, withdraw]
    owner: desk
    created: 2026-11-01
    expires: 2026-12-31
    ip_allowlist: [8.8.8.8]
"""
WITHDRAW = (
    "keylint.yaml:5:25: error[no-withdraw] key 'treasury' may withdraw funds; "
    "remove it here and untick it at kraken; a key that must withdraw needs a waiver"
)


def only(*rules: str, extends: Iterable[str] = ()) -> str:
    """Return the head of a policy in which only these rules are on, beside the mandatory ones and those on waivers."""
    lines = [
        f"  {name}: {'off' if name not in rules else '{}'}\n"
        for name, rule in RULE_INDEX.items()
        if not rule["mandatory"] and name not in ABOUT_WAIVERS
    ]
    return f"version: 1\nextends: [{', '.join(extends)}]\nrules:\n{''.join(lines)}"


def waiver(**fields: str) -> str:
    """Return one entry of `waivers`: no-withdraw on the key above, but for the fields that are given."""
    all_fields = {
        "rule": "no-withdraw",
        "key": "treasury",
        "reason": "nightly sweep",
        "approved_by": "security@example.com",
        "expires": "2026-12-31",
        "accepts": '"c22c8add5eca1556"',
        **fields,
    }
    text = "".join(f"    {name}: {value}\n" for name, value in all_fields.items() if value)
    return f"  -{text[3:]}"


def write(folder: Path, **files: str) -> None:
    """Write YAML files by name."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")


def run(*words: str, command: str = "check", policy: str = "p.yaml", at: str = "2026-11-22") -> Ran:
    """Run a command with a policy at a time, its report as JSON."""
    return keylint(command, *words, "--policy", policy, "--now", at, "--format", "json")


def lines(ran: Ran) -> list[str]:
    """Return the findings of a JSON report: place, severity, rule, message, hint, and why it is waived."""
    return [line(item) for item in ran.json["findings"]]


def line(item: dict[str, Any]) -> str:
    """Return one finding on one line."""
    waived = f" (waived: {item['waived']})" if item["waived"] is not None else ""
    hint = f"; {item['hint']}" if item["hint"] else ""
    place = f"{item['file']}:{item['line']}:{item['column']}"
    return f"{place}: {item['severity']}[{item['rule']}] {item['message']}{hint}{waived}"


def fingerprint(rule: str, *words: str, policy: str = "p.yaml") -> str:
    """Return the fingerprint of the only finding of a rule."""
    (found,) = [item for item in run(*words, policy=policy).json["findings"] if item["rule"] == rule]
    assert isinstance(found["fingerprint"], str)
    return found["fingerprint"]
