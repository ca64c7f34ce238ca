"""Runs keylint in the test's own process, and whole rules on texts."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml
from click.testing import CliRunner

from keylint.cli.main import cli
from keylint.diff.comparing import observed
from keylint.judge import Judge, finding
from keylint.lint import Linted, lint
from keylint.load.facts import vocabulary
from keylint.load.policy import load_policy
from keylint.model.finding import Finding
from keylint.model.live import LiveKey
from keylint.model.policy import Purpose
from keylint.model.rule import ActiveRule, Options, Rule
from keylint.model.secret import Given, Secret
from keylint.model.source import Source
from keylint.rules import all_rules

RULES = all_rules()
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PURPOSES = load_policy(["baseline"]).purposes


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def keylint(*words: str, stdin: str | bytes = "") -> Ran:
    """Run a command line; an exception that is no exit is not caught."""
    result = CliRunner().invoke(
        cli, words, input=io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin), standalone_mode=False
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    code = result.return_value if isinstance(result.return_value, int) else result.exit_code
    return Ran(code, result.stdout, result.stderr)


def active(rule: Rule, options: dict[str, Any]) -> ActiveRule:
    return ActiveRule(rule, rule.severity, rule.options(**options) if options else rule.options())


def found(
    text: str,
    rules: Sequence[ActiveRule],
    live: str = "",
    name: str = "keylint.yaml",
    purposes: Mapping[str, Purpose] = PURPOSES,
    given: str = "",
) -> list[Finding]:
    """Return what rules find in a text, and in the live state or the credentials of its only key.

    `schema` and `yaml` are always on.
    """
    always = [
        active(RULES[name], {}) for name in ("schema", "yaml") if RULES[name] not in [item.rule for item in rules]
    ]
    judge, result = Judge([*rules, *always], NOW, vocabulary(), purposes), Linted()
    declared = list(lint([Source(name, text.encode())], judge, result))
    if live or given:
        (item,) = declared
        bench = judge.bench(item.source)
        said = list(bench.given(item.key, given_credentials(given))) if given else []
        if live:
            state = live_key(live)
            said += bench.live(item.key, state, observed(item.key, state))
        result.findings += [
            finding(rule, problem, item.source, item.span(problem.path, on_name=problem.on_name))
            for rule, problem in said
        ]
    return result.findings


def live_key(text: str) -> LiveKey:
    """Read the live state of a rule page's example."""
    fields = yaml.safe_load(text)
    given: dict[str, Any] = {"rights": tuple(fields.pop("permissions", ()))}
    for field, value in fields.items():
        given[field] = tuple(value) if isinstance(value, list) else value
    if "ip_allowlist" in given:
        given.setdefault("ip_restricted", bool(given["ip_allowlist"]))
    return LiveKey(**given)


def given_credentials(text: str) -> Given:
    """Read the credentials of a rule page's example; a mode is a text of octal digits."""
    fields = yaml.safe_load(text)
    values = {field: Secret(value) for field, value in fields["values"].items()}
    return Given(values, {field: int(mode, 8) for field, mode in fields.get("modes", {}).items()})


__all__ = ["NOW", "Options", "Ran", "active", "found", "given_credentials", "keylint", "live_key"]
