"""What has been accepted: waivers of the policy, and baselines of old findings.

An accepted finding stays in every report, with the reason; it does not count for the exit code.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from keylint.judge import FINGERPRINT, Judge, finding
from keylint.model.errors import UsageError
from keylint.model.finding import Finding, Problem
from keylint.model.policy import Waiver
from keylint.model.rule import ActiveRule
from keylint.model.source import Source, Span

_ENTRY = re.compile(rf"[0-9a-f]{{{FINGERPRINT}}}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run looked at: the names of its keys, and whether that is the whole project."""

    keys: frozenset[str]
    is_whole: bool


def apply_waivers(findings: Sequence[Finding], waivers: Sequence[Waiver], judge: Judge, scope: Scope) -> list[Finding]:
    """Return the findings with the waived ones marked, and what is wrong with the waivers themselves."""
    result = list(findings)
    for waiver in waivers:
        places = [
            i for i, item in enumerate(result) if (item.rule, item.key) == (waiver.rule, waiver.key) and not item.waived
        ]
        meant = [i for i in places if result[i].fingerprint.startswith(waiver.accepts)]
        said = list(_judge(waiver, judge, meant, [result[i] for i in places], scope))
        if not said or said[0][0] == "waiver-too-long":
            for i in meant:
                result[i] = replace(result[i], waived=waiver.reason)
        result += [
            _finding(judge.active[rule], waiver, field, *words) for rule, field, *words in said if rule in judge.active
        ]
    return result


def _judge(
    waiver: Waiver, judge: Judge, meant: list[int], others: list[Finding], scope: Scope
) -> Iterator[tuple[str, str, str, str]]:
    """Yield rule, field, message and hint for what is wrong with a waiver; the first decides whether it holds."""
    item = judge.active.get(waiver.rule)
    whose = f"the waiver of {waiver.rule} for key {waiver.key!r}"
    if item is not None and item.mandatory:
        yield "waiver-forbidden", "rule", f"{whose} is not allowed: the rule is mandatory", "remove it"
    elif judge.now >= waiver.ends:
        yield (
            "waiver-expired",
            "expires",
            f"{whose} expired: {waiver.expires}",
            "mend the finding, or have it approved anew",
        )
    elif meant:
        limit = getattr(judge.active["waiver-too-long"].options, "days", 0) if "waiver-too-long" in judge.active else 0
        if waiver.ends - judge.now > timedelta(days=limit + 1):
            yield (
                "waiver-too-long",
                "expires",
                f"{whose} lasts until {waiver.expires}, {limit} days are allowed",
                "set an earlier end",
            )
    elif others:
        now = ", ".join(sorted({other.fingerprint for other in others}))
        hint = f"look at the finding again; if it is still acceptable, accept {now}"
        yield "waiver-void", "accepts", f"{whose} is void: another value was accepted", hint
    elif item is not None and (waiver.key in scope.keys or scope.is_whole):
        yield "waiver-unused", "rule", f"{whose} matches nothing", "remove it"


def _finding(item: ActiveRule, waiver: Waiver, field: str, message: str, hint: str) -> Finding:
    span = waiver.spans[field]
    problem = Problem((*waiver.path, field), message, hint, f"{waiver.rule} {waiver.accepts}")
    made = finding(item, problem, waiver.source, span, waiver.key)
    return replace(made, snippet=waiver.source.lines({span.line}).get(span.line))


def read_baseline(source: Source) -> dict[str, int]:
    """Return the fingerprints of a baseline with their lines; UsageError for a file that is none."""
    found: dict[str, int] = {}
    for number, line in enumerate(source.data.decode("utf-8", "replace").splitlines(), 1):
        if not _ENTRY.fullmatch(line.strip()):
            raise UsageError(f"{source.name}:{number}: not a baseline: one fingerprint a line is expected")
        found[line.strip()] = number
    return found


def apply_baseline(findings: Iterable[Finding], source: Source, judge: Judge, scope: Scope) -> list[Finding]:
    """Return the findings with those of the baseline marked; an entry that matches nothing is a finding."""
    entries, result, used = read_baseline(source), [], set()
    for item in findings:
        rule = judge.active.get(item.rule)
        if item.fingerprint in entries and not item.waived and not (rule and rule.mandatory):
            used.add(item.fingerprint)
            result.append(replace(item, waived=f"in the baseline {source.name}"))
        else:
            result.append(item)
    unused = judge.active.get("waiver-unused")
    for entry, line in entries.items():
        if entry not in used and scope.is_whole and unused:
            problem = Problem((), f"baseline entry {entry} matches nothing", "remove the line", entry)
            span = Span(line, 1, line, len(entry) + 1)
            result.append(replace(finding(unused, problem, source, span), snippet=entry))
    return result


def baseline_text(findings: Iterable[Finding], judge: Judge) -> str:
    """Return a baseline of all findings that may be accepted: sorted fingerprints, one a line."""
    may = {item.fingerprint for item in findings if not item.waived and not judge.active[item.rule].mandatory}
    return "".join(f"{entry}\n" for entry in sorted(may))
