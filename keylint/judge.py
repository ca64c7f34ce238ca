"""Runs the rules that a policy leaves on, and turns what they say into findings."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.exposure import conceal
from keylint.model.facts import Vocabulary
from keylint.model.finding import Finding, Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.policy import Purpose
from keylint.model.rule import ActiveRule, Context
from keylint.model.secret import Given
from keylint.model.source import Source, Span

Said = tuple[ActiveRule, Problem]
FINGERPRINT = 16
"""How many hexadecimal digits a fingerprint has."""


class Judge:
    """The active rules with their memories, for one run."""

    def __init__(
        self,
        active: Sequence[ActiveRule],
        now: datetime,
        vocabulary: Vocabulary,
        purposes: Mapping[str, Purpose] | None = None,
    ) -> None:
        """Take the rules that are on; `now` is the time that everything is judged by."""
        self.purposes = purposes or {}
        self.active = {item.rule.name: item for item in active}
        self.now, self.vocabulary = now, vocabulary
        self._memories: dict[str, dict[str, Any]] = {}

    def only_remembering(self) -> "Judge":
        """Return a judge of the rules that share a memory, and it is this one's: what it finds is of no interest."""
        sharing = [item for item in self.active.values() if item.rule.shares]
        other = Judge(sharing, self.now, self.vocabulary, self.purposes)
        other._memories = self._memories
        return other

    def bench(self, source: Source) -> "Bench":
        """Return the rules, ready for the keys of one file."""
        return Bench(self, source)

    def context(self, item: ActiveRule, source: Source) -> Context[Any]:
        """Return what a rule may look at while it judges a file."""
        memory = self._memories.setdefault(item.rule.shares or item.rule.name, {})
        return Context(self.now, item.options, self.vocabulary, source, self.purposes, memory)


class Bench:
    """The rules of a run before the keys of one file."""

    def __init__(self, judge: Judge, source: Source) -> None:
        """Prepare each rule's context once: a key then costs one call a rule."""
        rules = [(item, judge.context(item, source)) for item in judge.active.values()]
        checks = [(item.rule.check, context, item) for item, context in rules if item.rule.check]
        self._always = [entry for entry in checks if not entry[2].rule.active_only]
        self._active = checks
        self._judging_live = [entry for entry in checks if entry[2].rule.judges_live]
        self._live = [(item.rule.check_live, context, item) for item, context in rules if item.rule.check_live]
        self._texts = [(item.rule.check_text, context, item) for item, context in rules if item.rule.check_text]
        self._given = [(item.rule.check_given, context, item) for item, context in rules if item.rule.check_given]
        self._source = source

    def texts(self) -> Iterator[Said]:
        """Yield what the rules say of the file's text."""
        for check, context, item in self._texts:
            for problem in check(self._source, context):
                yield item, problem

    def declared(self, key: KeyDecl) -> list[Said]:
        """Return what the rules say of a declared key."""
        said: list[Said] = []
        for check, context, item in self._active if key.status in ("active", "retiring") else self._always:
            for problem in check(key, context):
                said.append((item, problem))  # noqa: PERF401 - the hot path: most checks say nothing
        return said

    def given(self, key: KeyDecl, given: Given) -> Iterator[Said]:
        """Yield what the rules say of the credentials that a key is asked for with."""
        for check, context, item in self._given:
            for problem in check(key, given, context):
                yield item, problem

    def live(self, key: KeyDecl, live: LiveKey, observed: KeyDecl) -> list[Said]:
        """Return what the rules say of a key's live state.

        Drift rules compare. Rules that judge age, addresses and rights see the key as the exchange shows it; what they
        said of the declaration already is not said twice.
        """
        said: list[Said] = []
        for check_live, context, item in self._live:
            said.extend((item, problem) for problem in check_live(key, live, context))
        for check, context, item in self._judging_live:
            problems = list(check(observed, context))
            if problems and not any(check(key, context)):
                said.extend((item, problem._replace(message=f"live: {problem.message}")) for problem in problems)
        return said


def fingerprint(rule: str, key: str | None, value: str) -> str:
    """Return what stays the same for one finding, whatever moves around it."""
    from hashlib import sha256  # noqa: PLC0415 - loads OpenSSL, and a clean run has no findings

    return sha256("\0".join((rule, key or "", value)).encode("utf-8", "surrogatepass")).hexdigest()[:FINGERPRINT]


def finding(item: ActiveRule, problem: Problem, source: Source, span: Span, key: str | None = None) -> Finding:
    """Make a finding of a problem; whatever looks like a secret in it is concealed."""
    path = problem.path
    key = str(path[1]) if len(path) > 1 and path[0] == "keys" else key
    whose = key if problem.other is None else "\0".join(sorted((key or "", problem.other)))
    severity = item.severity if item.explicit else problem.severity or item.severity
    return Finding(
        rule=item.rule.name,
        severity=severity,
        key=conceal(key) if key else key,
        message=conceal(problem.message),
        hint=conceal(problem.hint),
        file=source.name,
        span=span,
        path=tuple(conceal(step) if isinstance(step, str) else step for step in path),
        fingerprint=fingerprint(item.rule.name, whose, problem.value),
        other=problem.other and conceal(problem.other),
    )


def with_snippets(findings: Iterable[Finding], source: Source, hide: Callable[[str, int], str]) -> list[Finding]:
    """Return the findings of one file with their source lines; `hide(line, number)` conceals what must not be shown."""
    findings = list(findings)
    lines = source.lines({item.span.line for item in findings})
    return [
        item._replace(snippet=hide(lines[item.span.line], item.span.line)) if item.span.line in lines else item
        for item in findings
    ]


def worst(findings: Iterable[Finding], at_least: Severity) -> bool:
    """Tell whether any finding that is not waived is as bad as that."""
    return any(item.waived is None and item.severity.rank >= at_least.rank for item in findings)
