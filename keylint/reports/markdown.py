"""Markdown for a step summary or a comment: totals first, then tables."""

import re
from collections.abc import Iterable, Iterator

from keylint.model.finding import Finding, Report, Unchecked
from keylint.model.live import KeyReport
from keylint.reports import RenderOptions
from keylint.reports.escape import visible
from keylint.reports.summary import (
    by_severity,
    interruption,
    open_findings,
    plural,
    totals,
    waived_findings,
)

LIMIT = 900 * 1024
"""GitHub refuses a step summary above 1,024 KiB as a whole."""

_RESERVE = 1024
"""Room for headings and for the lines that say what was left out."""

# Entities where a backslash is not enough (a table splits its cells first) or where a bare address becomes a link.
_SPECIAL = re.compile(r"[|<>&`]|[\\*_\[\]~$#!]|:(?=//)|(?<=www)\.")
_ENTITIES = "|<>&`:."


def render(report: Report, _options: RenderOptions) -> str:
    """Return tables of findings, of what could not be looked at and of key states, cut off at a row's end."""
    left = LIMIT - _RESERVE
    text = f"## keylint {_cell(report.command)}\n\n**{totals(report)}**\n"
    if report.interrupted:
        text += f"\n**{interruption(report)}**\n"
    tables: Iterable[tuple[str, str, list[str]]] = (
        ("", "| severity | rule | where | finding |", _findings(by_severity(open_findings(report)))),
        ("Not checked", "| key | exchange | reason | what happened |", [_unchecked(u) for u in report.unchecked]),
        ("Keys", "| key | exchange | state | reach | not shown |", [_key(key) for key in report.keys]),
        ("Waived", "| rule | where | finding | reason |", [_waived(finding) for finding in waived_findings(report)]),
    )
    for heading, head, rows in tables:
        if not rows:
            continue
        kept = list(_fitting(rows, left))
        left -= sum(_size(row) for row in kept)
        text += f"\n### {heading}\n" if heading else ""
        text += f"\n{head}\n|{'---|' * (head.count('|') - 1)}\n{''.join(kept)}"
        if more := len(rows) - len(kept):
            text += f"\n… and {plural(more, 'row')} more: see the full report\n"
    return text


def _size(row: str) -> int:
    return len(row.encode())


def _fitting(rows: Iterable[str], left: int) -> Iterator[str]:
    for row in rows:
        left -= _size(row)
        if left < 0:
            return
        yield row


def _cell(text: str) -> str:
    """Return a text that shows as it is in a table's cell."""
    return _SPECIAL.sub(lambda match: _escape(match[0]), visible(text))


def _escape(char: str) -> str:
    return f"&#{ord(char)};" if char in _ENTITIES else f"\\{char}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _place(finding: Finding) -> str:
    """Return file and line; with a column behind it, line 100 would show as an emoji on GitHub."""
    return _cell(f"{finding.file}:{finding.span.line}")


def _findings(findings: Iterable[Finding]) -> list[str]:
    return [
        _row(
            f"**{finding.severity.value}**",
            _cell(finding.rule),
            _place(finding),
            _cell(finding.message) + (f"<br>{_cell(finding.hint)}" if finding.hint else ""),
        )
        for finding in findings
    ]


def _unchecked(unchecked: Unchecked) -> str:
    what = _cell(unchecked.message) + (f"<br>{_cell(unchecked.hint)}" if unchecked.hint else "")
    return _row(_cell(unchecked.key), _cell(unchecked.exchange), unchecked.reason.value, what)


def _key(key: KeyReport) -> str:
    unknown = key.live.unknown if key.live else ()
    return _row(
        _cell(key.name), _cell(key.exchange), key.state.value, _cell(key.reach or ""), _cell(", ".join(unknown))
    )


def _waived(finding: Finding) -> str:
    return _row(_cell(finding.rule), _place(finding), _cell(finding.message), _cell(finding.waived or ""))
