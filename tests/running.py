"""Runs keylint in the test's own process, and whole rules on texts."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from keylint.accepted import Scope, apply_waivers
from keylint.cli.main import cli
from keylint.diff.comparing import Comparison
from keylint.diff.listing import Listings
from keylint.diff.standing import Compared, observed
from keylint.diff.targets import targets
from keylint.exchanges import adapter
from keylint.exchanges.exchange import Answer
from keylint.exchanges.refusal import refusal
from keylint.judge import Judge, finding
from keylint.lint import Declared, Linted, lint
from keylint.load.facts import vocabulary
from keylint.load.policy import active_rules, load_policy
from keylint.model.finding import Finding
from keylint.model.live import LiveKey
from keylint.model.policy import ABOUT_WAIVERS, Purpose
from keylint.model.rule import ActiveRule, Options, Rule
from keylint.model.secret import Given, Secret
from keylint.model.source import Source
from keylint.rules import all_rules
from keylint.rules.docstring import Example
from keylint.secrets import Limits

RULES = all_rules()
NOW = datetime(2026, 11, 22, tzinfo=UTC)
FORM = ("schema", "yaml")
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
) -> list[Finding]:
    """Return what rules find in a text, and in the live state of its only key. `schema` and `yaml` are always on."""
    judge, result = Judge(with_form(rules), NOW, vocabulary(), purposes), Linted()
    declared = list(lint([Source(name, text.encode())], judge, result))
    if live:
        (item,) = declared
        state = live_key(live)
        result.findings += [
            finding(rule, problem, item.source, item.span(problem.path, on_name=problem.on_name))
            for rule, problem in judge.bench(item.source).live(item.key, state, observed(item.key, state))
        ]
    return result.findings


def with_form(rules: Sequence[ActiveRule]) -> list[ActiveRule]:
    """Return the rules, and those that speak of a file's form."""
    names = {item.rule.name for item in rules}
    return [*rules, *(active(RULES[name], {}) for name in FORM if name not in names)]


def judged(name: str, example: Example) -> list[Finding]:
    """Return what counts of what a rule finds in an example of its page, by the way of `check` and of `diff`.

    So does what the rules on form and on waivers find: no example shows another fault by accident. The policy is
    written into the working folder.
    """
    policy = load_policy(["baseline"])
    rules = with_form([active(RULES[name], yaml.safe_load(example.options) if example.options else {})])
    if example.policy:
        assert not example.options, "the policy has the options"
        Path("policy.yaml").write_text(example.policy, "utf-8")
        policy = load_policy(["policy.yaml"])
        rules = active_rules(policy, RULES)
    judge, result = Judge(rules, NOW, vocabulary(), policy.purposes), Linted()
    sources = [Source(file, text.encode()) for file, text in example.files.items() if file != "policy.yaml"]
    declared = list(lint(sources, judge, result))
    findings = [*result.findings, *differing(example, declared, judge)]
    scope = Scope(frozenset(item.key.name for item in declared), is_whole=True)
    counting = {name, *FORM, *ABOUT_WAIVERS}
    accepted = apply_waivers(findings, policy.waivers, judge, scope)
    return [item for item in accepted if item.rule in counting and item.waived is None]


def differing(example: Example, declared: Sequence[Declared], judge: Judge) -> list[Finding]:
    """Return what `diff` finds where an example says what comes of its first key; the others have no credentials."""
    if not (example.given or example.live or example.refused or example.listed):
        return []
    compared = Compared()
    values, modes = given_credentials(example.given or "values: {api_key: its-own-id}")
    first = next(item.key.name for item in declared if item.source.name == "keylint.yaml")
    handed, nobody = {first: values}, Limits(demanded=True, env=(), roots=())
    comparison = Comparison(judge, compared, Listings(declared, declared, nobody, handed), declared)
    (asked,) = targets(declared, {}, nobody, handed, comparison.tell)
    comparison.given(asked.declared, Given(values, modes))
    if example.live:
        comparison.tell(asked.declared, live_key(example.live))
    if example.refused:
        answer = Answer(200, {}, yaml.safe_load(example.refused))
        refused = refusal(answer, adapter(asked.facts.exchange).error(answer), asked.facts, [])
        assert refused, "the exchange would not say so"
        comparison.tell(asked.declared, refused)
    if example.listed:
        states = yaml.safe_load(example.listed)
        comparison.tell_listed(asked.declared, tuple(state_of(state)._replace(listed=True) for state in states))
    comparison.finish()
    assert not [item for item in compared.unchecked if "a defect in keylint" in item.message]
    return compared.findings


def live_key(text: str) -> LiveKey:
    """Read the live state of a rule page's example."""
    return state_of(yaml.safe_load(text))


def state_of(fields: dict[str, Any]) -> LiveKey:
    """Return the live state with these fields; the rights are called `permissions`, as in a declaration."""
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


__all__ = ["NOW", "Options", "Ran", "active", "found", "given_credentials", "judged", "keylint", "live_key"]
