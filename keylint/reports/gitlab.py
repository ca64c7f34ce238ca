"""GitLab's Code Quality report: a list of issues.

Source: https://docs.gitlab.com/ci/testing/code_quality/ (2026)
"""

from collections import Counter
from collections.abc import Iterator

from keylint.model.finding import Report, Severity
from keylint.reports import RenderOptions
from keylint.reports.escape import visible
from keylint.reports.json_text import write
from keylint.reports.place import relative
from keylint.reports.summary import interruption, open_findings, what_failed

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}
_SILENCE = "major"
_ANY_FILE = "keylint.yaml"
"""An issue must name a file; this one where none is known."""


def render(report: Report, options: RenderOptions) -> str:
    """Return the open findings and what could not be looked at; each fingerprint occurs once."""
    seen: Counter[str] = Counter()
    issues = []
    for rule, severity, fingerprint, message, file, line in _issues(report):
        seen[fingerprint] += 1
        unique = fingerprint if seen[fingerprint] == 1 else f"{fingerprint}-{seen[fingerprint]}"
        issues.append(
            {
                "description": visible(message),
                "check_name": visible(rule),
                "fingerprint": visible(unique),
                "severity": severity,
                "location": {"path": visible(relative(file, options.working_folder)), "lines": {"begin": line}},
            }
        )
    return write(issues, levels=1)


def _issues(report: Report) -> Iterator[tuple[str, str, str, str, str, int]]:
    """Yield rule, severity, fingerprint, message, file and line."""
    for finding in open_findings(report):
        severity = _SEVERITIES[finding.severity]
        yield finding.rule, severity, finding.fingerprint, finding.message, finding.file, finding.span.line
    for unchecked in report.unchecked:
        fingerprint = f"unchecked-{unchecked.exchange}-{unchecked.key}"
        yield "unchecked", _SILENCE, fingerprint, what_failed(unchecked), _ANY_FILE, 1
    if report.interrupted:
        yield "interrupted", _SILENCE, "interrupted", interruption(report), _ANY_FILE, 1
