"""What has been accepted: waivers of the policy, and baselines of old findings.

An accepted finding stays in every report, with the reason; it does not count for the exit code.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from keylint.judge import FINGERPRINT, Judge, finding
from keylint.model.errors import UsageError
from keylint.model.exposure import conceal
from keylint.model.finding import Finding, Problem
from keylint.model.policy import ABOUT_WAIVERS, Waiver
from keylint.model.rule import ActiveRule
from keylint.model.source import Source, Span

# What says that a file could not be read as it was meant.
_FORM = ("yaml", "schema")
_SHOWN = 40
_ENTRY = re.compile(rf"[0-9a-f]{{{FINGERPRINT}}}")


class Scope(NamedTuple):
    """What a run looked at: the names of its keys, and whether that is the whole project."""

    keys: frozenset[str]
    is_whole: bool


def apply_waivers(findings: Sequence[Finding], waivers: Sequence[Waiver], judge: Judge, scope: Scope) -> list[Finding]:
    """Return the findings with the waived ones marked, and what is wrong with the waivers themselves."""
    result, seen = list(findings), _Seen(findings, scope)
    places: dict[tuple[str, str | None], list[int]] = {}
    for i, item in enumerate(findings):
        for name in {item.key, item.other or item.key}:
            places.setdefault((item.rule, name), []).append(i)
    alike = [places.get((waiver.rule, conceal(waiver.key)), []) for waiver in waivers]
    meant = [
        [i for i in same if findings[i].fingerprint.startswith(waiver.accepts)]
        for waiver, same in zip(waivers, alike, strict=True)
    ]
    spoken_for = {i for own in meant for i in own}
    for waiver, same, own in zip(waivers, alike, meant, strict=True):
        mine = [i for i in own if not result[i].waived]
        others = {findings[i].fingerprint for i in same if i not in spoken_for}
        said = list(_judge(waiver, judge, others, is_used=bool(mine), is_seen=seen.key(waiver.key)))
        if mine and all(rule == "waiver-too-long" for rule, *_ in said):
            for i in mine:
                result[i] = result[i]._replace(waived=conceal(waiver.reason))
        result += [
            _finding(judge.active[rule], waiver, field, *words) for rule, field, *words in said if rule in judge.active
        ]
    return result


class _Seen:
    """What a run has looked at. What could not be read as it was meant may hide findings."""

    def __init__(self, findings: Iterable[Finding], scope: Scope) -> None:
        self._scope, self._unread = scope, {item.key for item in findings if item.rule in _FORM}

    def key(self, name: str) -> bool:
        """Tell whether the run would have found what there is to find about a key."""
        return conceal(name) not in self._unread if name in self._scope.keys else self.everything()

    def everything(self) -> bool:
        """Tell whether it would have found whatever there is to find in the project."""
        return self._scope.is_whole and not self._unread


def _judge(
    waiver: Waiver, judge: Judge, others: set[str], *, is_used: bool, is_seen: bool
) -> Iterator[tuple[str, str, str, str]]:
    """Yield rule, field, message and hint for what is wrong with a waiver.

    `others`: what the rule finds on the key beside what any waiver accepts.
    """
    item = judge.active.get(waiver.rule)
    whose = f"the waiver of {waiver.rule} for key {waiver.key!r}"
    if item is not None and item.mandatory:
        yield "waiver-forbidden", "rule", f"{whose} is not allowed: the rule is mandatory", "remove it"
    elif judge.now >= waiver.ends:
        hint = "mend the finding, or have it approved anew"
        yield "waiver-expired", "expires", f"{whose} expired: {waiver.expires}", hint
    elif is_used:
        if (days := longest(judge)) is not None and waiver.ends - judge.now > timedelta(days=days + 1):
            message = f"{whose} lasts until {waiver.expires}, {days} days are allowed"
            yield "waiver-too-long", "expires", message, "set an earlier end"
    elif others:
        hint = f"look at the finding again; if it is still acceptable, accept {', '.join(sorted(others))}"
        yield "waiver-void", "accepts", f"{whose} is void: another value was accepted", hint
    elif item is not None and is_seen:
        yield "waiver-unused", "rule", f"{whose} matches nothing", "remove it"


def longest(judge: Judge) -> int | None:
    """Return how many days ahead the last day of a waiver may lie; None where the policy sets no limit."""
    item: Any = judge.active.get("waiver-too-long")
    return item and int(item.options.days)


def _finding(item: ActiveRule, waiver: Waiver, field: str, message: str, hint: str) -> Finding:
    span = waiver.spans[field]
    problem = Problem((*waiver.path, field), message, hint, f"{waiver.rule} {waiver.accepts}")
    made = finding(item, problem, waiver.source, span, waiver.key)
    line = waiver.source.lines({span.line}).get(span.line)
    return made._replace(snippet=line and conceal(line, keep_width=True))


def read_baseline(source: Source) -> dict[str, int]:
    """Return the fingerprints of a baseline with their lines; UsageError for a file that is none."""
    found: dict[str, int] = {}
    for number, line in enumerate(source.data.decode("utf-8", "replace").splitlines(), 1):
        if not _ENTRY.fullmatch(line.strip()):
            what = f"not a baseline: {conceal(line.strip())[:_SHOWN]!r} is no fingerprint"
            raise UsageError(f"{source.name}:{number}:1: {what}; `keylint check --write-baseline FILE` writes some")
        found[line.strip()] = number
    return found


def apply_baseline(findings: Iterable[Finding], source: Source, judge: Judge, scope: Scope) -> list[Finding]:
    """Return the findings with those of the baseline marked; an entry that matches nothing is a finding."""
    entries, result, used = read_baseline(source), [], set()
    findings = list(findings)
    for item in findings:
        if item.fingerprint in entries and _may_be_in_baseline(item, judge):
            used.add(item.fingerprint)
            result.append(item if item.waived else item._replace(waived=f"in the baseline {source.name}"))
        else:
            result.append(item)
    unused = judge.active.get("waiver-unused")
    if unused is None or not _Seen(findings, scope).everything():
        return result
    for entry, line in entries.items():
        if entry not in used:
            problem = Problem((), f"baseline entry {entry} matches nothing", "remove the line", entry)
            span = Span(line, 1, line, len(entry) + 1)
            result.append(finding(unused, problem, source, span)._replace(snippet=entry))
    return result


def baseline_text(findings: Iterable[Finding], judge: Judge) -> str:
    """Return a baseline of all findings that may be accepted: sorted fingerprints, one a line."""
    may = {item.fingerprint for item in findings if not item.waived and _may_be_in_baseline(item, judge)}
    return "".join(f"{entry}\n" for entry in sorted(may))


def _may_be_in_baseline(item: Finding, judge: Judge) -> bool:
    rule = judge.active.get(item.rule)
    return item.rule not in ABOUT_WAIVERS and not (rule and rule.mandatory)
