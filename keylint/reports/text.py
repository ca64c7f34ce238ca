"""The report for people at a terminal: findings with their source line, what could not be looked at, and a summary."""

from collections.abc import Callable, Iterator

from keylint.model.finding import Finding, Report, Unchecked
from keylint.model.live import KeyReport, State
from keylint.reports import RenderOptions
from keylint.reports.escape import visible
from keylint.reports.excerpt import excerpt, width
from keylint.reports.summary import (
    interruption,
    not_shown,
    open_findings,
    rights,
    totals,
    waived_findings,
    what_failed,
)

_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;36",
    "unchecked": "1;35",
    "interrupted": "1;35",
    "waived": "2",
    "gutter": "1;34",
    "bold": "1",
    State.IN_SYNC.value: "32",
    State.DRIFT.value: "31",
    State.UNVERIFIABLE.value: "33",
    State.UNCHECKED.value: "35",
    State.ABSENT.value: "2",
}
_WIDEST_NAME = 40

_Paint = Callable[[str, str], str]


def render(report: Report, options: RenderOptions) -> str:
    """Return the whole report; quiet: one line each and no summary."""
    paint = _colored if options.color else _uncolored
    if options.quiet:
        return "".join(line + "\n" for line in _short(report, paint))
    blocks = [_finding(finding, paint, options.verbose) for finding in open_findings(report)]
    if options.verbose:
        blocks += [_finding(finding, paint, options.verbose) for finding in waived_findings(report)]
    blocks += [_unchecked(unchecked, paint) for unchecked in report.unchecked]
    if report.keys:
        blocks.append("\n".join(_keys(report.keys, paint, options.verbose)))
    if report.interrupted:
        blocks.append(paint(interruption(report), "interrupted"))
    blocks.append(paint(totals(report), "bold"))
    return "\n\n".join(blocks) + "\n"


def _colored(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _uncolored(text: str, _style: str) -> str:
    return text


def _short(report: Report, paint: _Paint) -> Iterator[str]:
    for finding in open_findings(report):
        head = paint(f"{finding.severity.value}[{visible(finding.rule)}]", finding.severity.value)
        yield f"{_place(finding)}: {head} {visible(finding.message)}"
    for unchecked in report.unchecked:
        yield f"{paint(f'unchecked[{unchecked.reason.value}]', 'unchecked')} {visible(what_failed(unchecked))}"
    if report.interrupted:
        yield paint(interruption(report), "interrupted")


def _place(finding: Finding) -> str:
    name = visible(finding.file)
    # A line of a build log that begins with :: is a command to GitHub's runner.
    name = f"./{name}" if name.lstrip().startswith(":") else name
    return f"{name}:{finding.span.line}:{finding.span.column}"


def _finding(finding: Finding, paint: _Paint, verbose: int) -> str:
    word = "waived" if finding.waived is not None else finding.severity.value
    lines = [f"{paint(f'{word}[{visible(finding.rule)}]', word)}{paint(f': {visible(finding.message)}', 'bold')}"]
    number = str(finding.span.line)
    margin = " " * len(number)
    lines.append(f"{margin}{paint('-->', 'gutter')} {_place(finding)}")
    if part := excerpt(finding):
        source = f"{part.before}{part.marked}{part.after}"
        carets = " " * width(part.before) + paint("^" * max(1, width(part.marked)), word)
        lines.append(f"{margin} {paint('|', 'gutter')}")
        lines.append(f"{paint(f'{number} |', 'gutter')} {source}".rstrip())
        lines.append(f"{margin} {paint('|', 'gutter')} {carets}")
    sign = paint("=", "gutter")
    if finding.hint:
        lines.append(f"{margin} {sign} help: {visible(finding.hint)}")
    if finding.waived is not None:
        lines.append(f"{margin} {sign} waived: {visible(finding.waived)}")
    if verbose:
        lines.append(f"{margin} {sign} fingerprint: {visible(finding.fingerprint)}")
    return "\n".join(lines)


def _unchecked(unchecked: Unchecked, paint: _Paint) -> str:
    head = paint(f"unchecked[{unchecked.reason.value}]", "unchecked")
    text = f"{head}{paint(f': {visible(what_failed(unchecked))}', 'bold')}"
    return f"{text}\n  {paint('=', 'gutter')} help: {visible(unchecked.hint)}" if unchecked.hint else text


def _keys(keys: tuple[KeyReport, ...], paint: _Paint, verbose: int) -> Iterator[str]:
    """Yield a list of the keys; the state comes first, so that no name can stand at the beginning of a line."""
    widest_state = max(len(key.state.value) for key in keys)
    widest_name = min(_WIDEST_NAME, max(width(visible(key.name)) for key in keys))
    margin = " " * (widest_state + 4)
    yield paint("keys:", "bold")
    for key in keys:
        state = paint(key.state.value, key.state.value) + " " * (widest_state - len(key.state.value))
        name = visible(key.name)
        yield f"  {state}  {name}{' ' * (widest_name - width(name))}  {visible(key.exchange)}"
        if key.reach is not None:
            yield f"{margin}reach: {visible(key.reach)}"
        if verbose and key.live is not None:
            yield f"{margin}rights: {visible(', '.join(rights(key.live))) or 'none'}"
            if key.implied:
                yield f"{margin}implied: {visible(', '.join(key.implied))}"
        if unknown := not_shown(key):
            yield f"{margin}{visible(unknown)}"
