"""One self-contained page: no script, nothing loaded from anywhere, all text from outside escaped in one place."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from html import escape

from keylint.model.finding import Finding, Report, Severity, Unchecked
from keylint.model.live import KeyReport
from keylint.reports import RenderOptions
from keylint.reports.escape import visible
from keylint.reports.excerpt import excerpt
from keylint.reports.summary import (
    by_severity,
    instant,
    interruption,
    open_findings,
    plural,
    rights,
    totals,
    waived_findings,
)

_STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1d2430; --soft: #5b6575; --line: #d9dee6; --code: #f1f3f6; --mark: #ffe08a;
  --error: #b42318; --warning: #8a5a00; --note: #175cd3; --good: #146c43; --quiet: #5b6575;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1a2029; --ink: #e6e9ee; --soft: #9aa5b5; --line: #2f3845; --code: #11161d;
    --mark: #6b4e00; --error: #ff8a7d; --warning: #f5c04d; --note: #84b6ff; --good: #6fd09f; --quiet: #9aa5b5;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 3rem; background: var(--page); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { margin: 0; font-size: 1.5rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.15rem; }
p { margin: .25rem 0; }
.soft { color: var(--soft); }
.totals { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.totals li {
  flex: 1 1 6rem; padding: .5rem .75rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
}
.totals b { display: block; font-size: 1.5rem; line-height: 1.2; }
table {
  width: 100%; table-layout: fixed; border-collapse: collapse; background: var(--card);
  border: 1px solid var(--line);
}
th, td { padding: .5rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-size: .85rem; }
th:nth-child(1) { width: 8.5rem; }
th:nth-child(2) { width: 11rem; }
th:nth-child(3) { width: 12rem; }
tr:last-child td { border-bottom: 0; }
.error, .drift { color: var(--error); }
.warning, .unchecked, .unverifiable { color: var(--warning); }
.note { color: var(--note); }
.in-sync { color: var(--good); }
.waived, .absent { color: var(--quiet); }
.banner { margin: 1rem 0 0; padding: .5rem .75rem; border: 1px solid currentColor; border-radius: .5rem; }
code, pre { font: .85rem/1.5 ui-monospace, monospace; }
pre {
  margin: .5rem 0 0; padding: .4rem .6rem; background: var(--code); border-radius: .3rem;
  white-space: pre-wrap;
}
mark { background: var(--mark); color: inherit; }
@media (max-width: 44rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td { display: block; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; }
  td { padding: .1rem .75rem; border: 0; }
  td:empty { display: none; }
}
@media print { body { background: none; } }
"""


def render(report: Report, _options: RenderOptions) -> str:
    """Return the page; its only style is allowed by its hash."""
    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    parts = [
        _table("Findings", ("Severity", "Rule", "Place", "Finding"), map(_finding, by_severity(open_findings(report)))),
        _table("Not checked", ("Reason", "Key", "Exchange", "What happened"), map(_unchecked, report.unchecked)),
        _table("Keys", ("State", "Key", "Exchange", "Live"), map(_key, report.keys)),
        _table("Waived", ("Severity", "Rule", "Place", "Finding"), map(_finding, waived_findings(report))),
    ]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>keylint {_text(report.command)}: {_text(totals(report))}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>keylint {_text(report.command)}</h1>
<p class="soft">keylint {_text(report.version)}, {instant(report.now)}, \
{plural(report.key_count, "key")} in {plural(report.files, "file")}</p>
{_banner(report)}{_totals(report)}
</header>
<main>
{"".join(parts)}</main>
</body>
</html>
"""


def _text(text: str) -> str:
    """Return any text, harmless in an element and in an attribute: the one place that escapes."""
    return escape(visible(text), quote=True)


def _banner(report: Report) -> str:
    return f'<p class="banner error">{_text(interruption(report))}</p>\n' if report.interrupted else ""


def _totals(report: Report) -> str:
    counts = [(severity.value, report.of_severity(severity)) for severity in Severity]
    counts += [("waived", len(waived_findings(report))), ("unchecked", len(report.unchecked))]
    cards = [
        f'<li class="{kind if number else "none"}"><b>{number}</b> {_noun(kind, number)}</li>\n'
        for kind, number in counts
    ]
    return f'<ul class="totals">\n{"".join(cards)}</ul>'


def _noun(kind: str, number: int) -> str:
    return kind if kind in {"waived", "unchecked"} or number == 1 else f"{kind}s"


def _table(title: str, heads: Iterable[str], rows: Iterable[str]) -> str:
    body = "".join(rows)
    if not body:
        return "<h2>Findings</h2>\n<p>No findings.</p>\n" if title == "Findings" else ""
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return f"<h2>{title}</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"


def _row(kind: str, *cells: str) -> str:
    """Return a row whose first cell is one of keylint's own words, in its colour."""
    return f'<tr><td><b class="{kind}">{kind}</b></td>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>\n'


def _finding(finding: Finding) -> str:
    text = f"<p>{_text(finding.message)}</p>"
    if part := excerpt(finding):
        text += f"<pre>{_text(part.before)}<mark>{_text(part.marked)}</mark>{_text(part.after)}</pre>"
    if finding.hint:
        text += f'<p class="soft">{_text(finding.hint)}</p>'
    if finding.waived is not None:
        text += f'<p class="waived">waived: {_text(finding.waived)}</p>'
    place = f"{finding.file}:{finding.span.line}:{finding.span.column}"
    return _row(finding.severity.value, f"<code>{_text(finding.rule)}</code>", f"<code>{_text(place)}</code>", text)


def _unchecked(unchecked: Unchecked) -> str:
    text = f"<p>{_text(unchecked.message)}</p>"
    if unchecked.hint:
        text += f'<p class="soft">{_text(unchecked.hint)}</p>'
    reason = unchecked.reason.value
    return (
        f'<tr><td><b class="unchecked">{reason}</b></td><td>{_text(unchecked.key)}</td>'
        f"<td>{_text(unchecked.exchange)}</td><td>{text}</td></tr>\n"
    )


def _key(key: KeyReport) -> str:
    facts: list[tuple[str, Iterable[str]]] = [("reach", (key.reach,) if key.reach else ())]
    if key.live is not None:
        facts += [("rights", rights(key.live)), ("implied", key.implied), ("not shown", key.live.unknown)]
    text = "".join(f"<p>{name}: {_text(', '.join(values))}</p>" for name, values in facts if values)
    return _row(key.state.value, _text(key.name), _text(key.exchange), text)
