"""SARIF 2.1.0 for code scanning: the standard, and what GitHub asks for beyond it.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and github/docs, sarif-support.md (2026)
"""

from collections.abc import Iterable, Mapping

from keylint.model.finding import Finding, Report, RuleInfo, Severity
from keylint.model.live import State
from keylint.reports import RenderOptions
from keylint.reports.escape import visible, visible_lines
from keylint.reports.excerpt import excerpt
from keylint.reports.json_text import write
from keylint.reports.place import columns, uri
from keylint.reports.summary import by_severity, interruption, plural, what_failed

MOST_RESULTS = 25_000
"""GitHub refuses a run with more."""

_LONGEST_DESCRIPTION = 1024
_SECURITY_SEVERITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}


def render(report: Report, options: RenderOptions) -> str:
    """Return a log with one run; of too many results the most severe stay."""
    findings = by_severity(report.findings)
    kept = findings[:MOST_RESULTS]
    rules = _rules(report.rules, kept)
    index = {name: position for position, name in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "keylint",
                "semanticVersion": report.version,
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        "automationDetails": {"id": f"keylint/{report.command}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not (report.unchecked or report.interrupted),
                "toolExecutionNotifications": list(_notifications(report, len(findings) - len(kept))),
            }
        ],
        "results": [_result(finding, index[finding.rule], options.working_folder) for finding in kept],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return write(document, levels=4)


def _rules(known: Iterable[RuleInfo], findings: Iterable[Finding]) -> Mapping[str, RuleInfo]:
    """Return the rules by name, with a bare entry for each that only a finding names."""
    rules = {rule.name: rule for rule in known}
    for finding in findings:
        if finding.rule not in rules:
            rules[finding.rule] = RuleInfo(finding.rule, finding.severity, finding.rule, "")
    return rules


def _rule(rule: RuleInfo) -> dict[str, object]:
    title = visible(rule.title) or visible(rule.name)
    page = visible_lines(rule.page).strip() or title
    explanation = " ".join("".join(page.split("\n\n")[1:2]).split())
    return {
        "id": visible(rule.name),
        "shortDescription": {"text": title[:_LONGEST_DESCRIPTION]},
        "fullDescription": {
            "text": (title if explanation.endswith(":") else explanation or title)[:_LONGEST_DESCRIPTION]
        },
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {
            "tags": ["security", "api-keys"],
            "precision": "high",
            "security-severity": _SECURITY_SEVERITY[rule.severity],
        },
    }


def _result(finding: Finding, rule_index: int, folder: str) -> dict[str, object]:
    first, last = columns(finding)
    region: dict[str, object] = {
        "startLine": finding.span.line,
        "startColumn": first,
        "endLine": finding.span.line,
        "endColumn": last,
    }
    part = excerpt(finding)
    if part and part.marked:
        region["snippet"] = {"text": part.marked}
    result: dict[str, object] = {
        "ruleId": visible(finding.rule),
        "ruleIndex": rule_index,
        "level": finding.severity.value,
        "message": _message(finding.message, finding.hint),
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": uri(finding.file, folder)}, "region": region}},
        ],
        "partialFingerprints": {"keylint/v1": visible(finding.fingerprint)},
    }
    if finding.waived is not None:
        result["suppressions"] = [{"kind": "external", "justification": visible(finding.waived)}]
    return result


def _message(*parts: str) -> dict[str, str]:
    """Return the parts one a line; `[text](target)` would be a link in a message, so it is broken up."""
    return {"text": "\n".join(visible(part).replace("](", "] (") for part in parts if part)}


def _notifications(report: Report, left_out: int) -> Iterable[dict[str, object]]:
    """Yield what the results do not say: keys that could not be looked at, and results that were left out."""
    for unchecked in report.unchecked:
        yield {
            "descriptor": {"id": unchecked.reason.value},
            "level": "error",
            "message": _message(what_failed(unchecked), unchecked.hint),
        }
    for key in report.keys:
        if key.state is State.UNVERIFIABLE:
            yield {
                "descriptor": {"id": key.state.value},
                "level": "note",
                "message": _message(f"key '{key.name}' at {key.exchange}: the exchange has no way to show its state"),
            }
    if report.interrupted:
        yield {"descriptor": {"id": "interrupted"}, "level": "error", "message": {"text": interruption(report)}}
    if left_out:
        text = f"{plural(left_out, 'less severe result')} left out: GitHub takes {MOST_RESULTS:,}"
        yield {"descriptor": {"id": "too-many-results"}, "level": "warning", "message": {"text": text}}
