"""GitHub's workflow commands, read back as its runner reads them."""

from collections.abc import Callable

import pytest

from keylint.model.finding import Finding, Reason, Report, Severity, Unchecked
from keylint.model.source import Span
from keylint.reports import RenderOptions
from keylint.reports.github import render

MakeFinding = Callable[..., Finding]
MakeReport = Callable[..., Report]
PLAIN = RenderOptions(working_folder="/srv")


def runner(line: str) -> tuple[str, dict[str, str], str]:
    """Read a line as the runner does: up to the second `::`, properties split at commas, then unescaped."""
    assert line.startswith("::")
    head, _, data = line.removeprefix("::").partition("::")
    command, _, properties = head.partition(" ")
    fields = dict(part.split("=", 1) for part in properties.split(","))

    def plain(text: str, extra: tuple[tuple[str, str], ...] = ()) -> str:
        for escape, char in (("%0D", "\r"), ("%0A", "\n"), *extra, ("%25", "%")):
            text = text.replace(escape, char)
        return text

    return command, {k: plain(v, (("%3A", ":"), ("%2C", ","))) for k, v in fields.items()}, plain(data)


def test_a_finding_is_an_annotation_on_its_line(finding: MakeFinding, report: MakeReport) -> None:
    found = finding(file="/srv/keys/a, b: 100%.yaml", message="50% of keys::bad", hint="mend it")
    text = render(report(found), PLAIN)
    assert text == (
        "::error file=keys/a%2C b%3A 100%25.yaml,line=12,endLine=12,col=37,endColumn=45,title=keylint no-withdraw"
        "::50%25 of keys::bad%0Amend it\n"
    )
    assert runner(text.rstrip("\n")) == (
        "error",
        {
            "file": "keys/a, b: 100%.yaml",
            "line": "12",
            "endLine": "12",
            "col": "37",
            "endColumn": "45",
            "title": "keylint no-withdraw",
        },
        "50% of keys::bad\nmend it",
    )


@pytest.mark.parametrize(
    ("severity", "command"), [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.NOTE, "notice")]
)
def test_each_severity_has_its_command(
    finding: MakeFinding, report: MakeReport, severity: Severity, command: str
) -> None:
    assert runner(render(report(finding(severity=severity)), PLAIN).rstrip("\n"))[0] == command


def test_nothing_found_is_no_output_and_a_waived_finding_is_none(finding: MakeFinding, report: MakeReport) -> None:
    assert render(report(), PLAIN) == ""
    assert render(report(finding(waived="why")), PLAIN) == ""


def test_what_was_not_looked_at_is_a_warning(report: MakeReport) -> None:
    unchecked = Unchecked("arb", "okx", Reason.TIMEOUT, "no answer", "try again")
    assert render(report(unchecked=(unchecked,), interrupted=True), PLAIN) == (
        "::warning title=keylint interrupted::the run was interrupted: this report is not complete\n"
        "::warning title=keylint unchecked::key 'arb' at okx: no answer%0Atry again\n"
    )


def test_at_most_ten_of_a_level_then_one_line_about_the_rest(finding: MakeFinding, report: MakeReport) -> None:
    findings = [finding(severity=Severity.WARNING, span=Span(line, 1, line, 2)) for line in range(12, 0, -1)]
    findings += [finding(span=Span(line, 1, line, 2)) for line in range(1, 14)]
    findings.append(finding(severity=Severity.NOTE))
    unchecked = Unchecked("arb", "okx", Reason.TIMEOUT, "no answer")
    lines = render(report(*findings, unchecked=(unchecked,)), PLAIN).splitlines()
    assert lines[-1] == "… and 6 more (3 errors, 3 warnings): see the full report"
    read = [runner(line) for line in lines[:-1]]
    assert [command for command, _, _ in read] == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert [fields.get("line") for _, fields, _ in read[:10]] == [str(line) for line in range(1, 11)]
    assert [fields.get("line") for _, fields, _ in read[10:20]] == [None, *(str(line) for line in range(1, 10))]
