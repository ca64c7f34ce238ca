"""Workflow commands: annotations in GitHub's pull requests and job logs."""

from collections.abc import Iterator

from keylint.model.finding import Finding, Report, Severity
from keylint.reports import RenderOptions
from keylint.reports.escape import github_data, github_property, visible
from keylint.reports.place import columns, relative
from keylint.reports.summary import interruption, open_findings, plural, what_failed

MOST_OF_A_LEVEL = 10
"""GitHub shows that many annotations of each level a step. Source: actions/toolkit, docs/problem-matchers.md (2026)"""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, options: RenderOptions) -> str:
    """Return one command a line, and one line about those that GitHub would not show."""
    findings = open_findings(report)
    lines: list[str] = []
    left_out: dict[str, int] = {}
    for severity, level in _LEVELS.items():
        commands = list(_silence(report)) if severity is Severity.WARNING else []
        commands += [
            _annotation(level, finding, options.working_folder) for finding in findings if finding.severity is severity
        ]
        lines += commands[:MOST_OF_A_LEVEL]
        if (more := len(commands) - MOST_OF_A_LEVEL) > 0:
            left_out[level] = more
    if left_out:
        kinds = ", ".join(plural(number, level) for level, number in left_out.items())
        lines.append(f"… and {sum(left_out.values())} more ({kinds}): see the full report")
    return "".join(line + "\n" for line in lines)


def _annotation(level: str, finding: Finding, folder: str) -> str:
    first, last = columns(finding)
    line = finding.span.line
    name = github_property(visible(relative(finding.file, folder)))
    title = github_property(f"keylint {visible(finding.rule)}")
    message = _message(finding.message, finding.hint)
    return f"::{level} file={name},line={line},endLine={line},col={first},endColumn={last},title={title}::{message}"


def _silence(report: Report) -> Iterator[str]:
    """Yield what could not be looked at; it comes before other warnings."""
    if report.interrupted:
        yield f"::warning title=keylint interrupted::{_message(interruption(report))}"
    for unchecked in report.unchecked:
        yield f"::warning title=keylint unchecked::{_message(what_failed(unchecked), unchecked.hint)}"


def _message(*parts: str) -> str:
    return github_data("\n".join(visible(part) for part in parts if part))
