"""The report for programs, version 1: a field may be added, none is renamed or removed."""

from keylint.model.finding import Finding, Report, Severity, Unchecked
from keylint.model.live import KeyReport, LiveKey, MaybeTime, Unknown
from keylint.reports import RenderOptions
from keylint.reports.json_text import write
from keylint.reports.summary import by_place, instant, rights, waived_findings


def render(report: Report, _options: RenderOptions) -> str:
    """Return one object; `schemas/report.schema.json` describes it."""
    document = {
        "version": 1,
        "tool": f"keylint {report.version}",
        "command": report.command,
        "now": instant(report.now),
        "summary": {
            "files": report.files,
            "keys": report.key_count,
            **{severity.value: report.of_severity(severity) for severity in Severity},
            "waived": len(waived_findings(report)),
            "unchecked": len(report.unchecked),
        },
        "findings": [_finding(finding) for finding in by_place(report.findings)],
        "keys": [_key(key) for key in report.keys],
        "unchecked": [_unchecked(unchecked) for unchecked in report.unchecked],
        "interrupted": report.interrupted,
    }
    return write(document, levels=2)


def _finding(finding: Finding) -> dict[str, object]:
    span = finding.span
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "key": finding.key,
        "message": finding.message,
        "hint": finding.hint,
        "file": finding.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "path": list(finding.path),
        "fingerprint": finding.fingerprint,
        "waived": finding.waived,
    }


def _key(key: KeyReport) -> dict[str, object]:
    return {
        "name": key.name,
        "exchange": key.exchange,
        "state": key.state.value,
        "live": None if key.live is None else _live(key.live, key.capabilities),
        "unknown": [] if key.live is None else list(key.live.unknown),
        "implied": list(key.implied),
        "reach": key.reach,
    }


def _live(live: LiveKey, capabilities: tuple[str, ...]) -> dict[str, object]:
    return {
        "permissions": list(rights(live)),
        "capabilities": list(capabilities),
        "ip_restricted": None if isinstance(live.ip_restricted, Unknown) else live.ip_restricted,
        "ip_allowlist": None if isinstance(live.ip_allowlist, Unknown) else list(live.ip_allowlist),
        "created": _time(live.created),
        "expires": _time(live.expires),
    }


def _time(moment: MaybeTime) -> str | None:
    """Return null both for «there is none» and for «not told»: `unknown` tells them apart."""
    return None if moment is None or isinstance(moment, Unknown) else instant(moment)


def _unchecked(unchecked: Unchecked) -> dict[str, object]:
    return {
        "key": unchecked.key,
        "exchange": unchecked.exchange,
        "reason": unchecked.reason.value,
        "message": unchecked.message,
        "hint": unchecked.hint,
    }
