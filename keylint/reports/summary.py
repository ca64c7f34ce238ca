"""What all formats share: the order of findings, counts, and the sentences that sum a run up."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from keylint.model.finding import Finding, Report, Severity, Unchecked
from keylint.model.live import KeyReport, LiveKey, State


def by_place(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by file, line, column and rule."""
    return sorted(findings, key=_place)


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by what matters most: open before waived, errors first, then by place."""
    return sorted(findings, key=lambda finding: (finding.waived is not None, -finding.severity.rank, _place(finding)))


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    return (finding.file, finding.span.line, finding.span.column, finding.rule, finding.message)


def open_findings(report: Report) -> list[Finding]:
    """Return the findings that count, by place."""
    return by_place(finding for finding in report.findings if finding.waived is None)


def waived_findings(report: Report) -> list[Finding]:
    """Return the waived findings, by place."""
    return by_place(finding for finding in report.findings if finding.waived is not None)


def plural(number: int, noun: str) -> str:
    """Return `1 key`, `2 keys`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def totals(report: Report) -> str:
    """Return the summary line: `3 keys in 1 file: 2 errors, 1 note, 1 waived; 1 drift, 2 in-sync`."""
    counts = {severity.value: report.of_severity(severity) for severity in Severity}
    parts = [plural(number, noun) for noun, number in counts.items() if number] or ["no findings"]
    if waived := len(waived_findings(report)):
        parts.append(f"{waived} waived")
    if report.unchecked:
        parts.append(f"{len(report.unchecked)} unchecked")
    stands = Counter(key.state for key in report.keys)
    states = ", ".join(
        f"{stands[state]} {state.value}" for state in State if stands[state] and state is not State.UNCHECKED
    )
    line = f"{plural(report.key_count, 'key')} in {plural(report.files, 'file')}: {', '.join(parts)}"
    return f"{line}; {states}" if states else line


def interruption(report: Report) -> str:
    """Say of an interrupted run what is missing."""
    missing = report.key_count - len(report.keys)
    if report.keys and missing > 0:
        return f"the run was interrupted: {missing} of {plural(report.key_count, 'key')} not looked at"
    return "the run was interrupted: this report is not complete"


def what_failed(unchecked: Unchecked) -> str:
    """Say which key could not be looked at, and why: `key 'x' at okx: no answer`. Not yet escaped."""
    return f"key '{unchecked.key}' at {unchecked.exchange}: {unchecked.message}"


def not_shown(key: KeyReport) -> str:
    """Say what the exchange did not tell of a key, "" where it told all or was not heard. Not yet escaped."""
    if key.live is None or not key.live.unknown:
        return ""
    return f"not shown by {key.exchange}: {', '.join(key.live.unknown)}"


def rights(live: LiveKey) -> tuple[str, ...]:
    """Return all native rights that are on, those that keylint does not know at the end."""
    return (*live.rights, *live.unmapped)


def instant(moment: datetime) -> str:
    """Return a UTC instant as `2026-11-22T00:00:00Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
