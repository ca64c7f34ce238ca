"""JUnit, GitLab, Markdown and HTML."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from xml.etree import ElementTree as ET

import pytest

from keylint.model.finding import Finding, Reason, Report, Severity, Unchecked
from keylint.model.live import KeyReport, State
from keylint.reports import RenderOptions, gitlab, html, junit, markdown

MakeFinding = Callable[..., Finding]
MakeReport = Callable[..., Report]
PLAIN = RenderOptions(working_folder="/srv")
UNCHECKED = Unchecked("arb", "okx", Reason.TIMEOUT, "no answer within 10 s")


def test_junit_has_a_suite_a_file_and_a_failure_a_finding(finding: MakeFinding, report: MakeReport) -> None:
    findings = (finding(hint="drop it"), finding(file="b.yaml", key=None), finding(rule="max-age", waived="OPS-1"))
    root = ET.fromstring(junit.render(report(*findings), PLAIN))
    assert root.attrib == {
        "name": "keylint",
        "timestamp": "2026-11-22T00:00:00",
        "tests": "3",
        "failures": "2",
        "errors": "0",
        "skipped": "1",
    }
    assert [(suite.get("name"), suite.get("tests"), suite.get("skipped")) for suite in root] == [
        ("b.yaml", "1", "0"),
        ("keylint.yaml", "2", "1"),
    ]
    waived, failed = root[1]
    assert failed.attrib == {"name": "no-withdraw at 12:37", "classname": "mm-bot"}
    assert failed[0].attrib == {"type": "no-withdraw", "message": "error: key 'mm-bot' may withdraw funds"}
    assert failed[0].text == "at keylint.yaml:12:37: key 'mm-bot' may withdraw funds\nhelp: drop it"
    assert waived[0].attrib == {"message": "waived (OPS-1): key 'mm-bot' may withdraw funds"}
    assert root[0][0].get("classname") == "b.yaml"


def test_junit_shows_each_key_of_a_diff_once(report: MakeReport) -> None:
    keys = (
        KeyReport("bot", "kraken", State.IN_SYNC),
        KeyReport("paper", "binance", State.UNVERIFIABLE),
        KeyReport("arb", "okx", State.UNCHECKED),
    )
    root = ET.fromstring(junit.render(report(command="diff", keys=keys, unchecked=(UNCHECKED,)), PLAIN))
    (suite,) = root
    assert [(case.get("name"), [part.tag for part in case]) for case in suite] == [
        ("bot", []),
        ("paper", ["skipped"]),
        ("arb", ["error"]),
    ]
    assert suite[2][0].attrib == {"type": "timeout", "message": "key 'arb' at okx: no answer within 10 s"}
    assert suite[2][0].text is None


def test_junit_of_a_clean_run_has_one_test_that_passed(report: MakeReport) -> None:
    root = ET.fromstring(junit.render(report(), PLAIN))
    assert [case.attrib for case in root.iter("testcase")] == [
        {"name": "3 keys in 1 file: no findings", "classname": "keylint"}
    ]
    assert root.get("failures") == "0"


def test_junit_of_an_interrupted_run_has_an_error(report: MakeReport) -> None:
    (error,) = ET.fromstring(junit.render(report(interrupted=True), PLAIN)).iter("error")
    assert error.attrib == {"type": "interrupted", "message": "the run was interrupted: this report is not complete"}


def test_gitlab_lists_open_findings_with_unique_fingerprints(finding: MakeFinding, report: MakeReport) -> None:
    findings = (
        finding(file="/srv/./keys/a.yaml"),
        finding(file="keys/b.yaml"),
        finding(severity=Severity.WARNING, fingerprint="x"),
        finding(severity=Severity.NOTE, fingerprint="y"),
        finding(waived="why", fingerprint="z"),
    )
    issues = json.loads(gitlab.render(report(*findings), PLAIN))
    assert issues[0] == {
        "description": "key 'mm-bot' may withdraw funds",
        "check_name": "no-withdraw",
        "fingerprint": "8c1f20d4",
        "severity": "critical",
        "location": {"path": "keys/a.yaml", "lines": {"begin": 12}},
    }
    assert sorted((issue["fingerprint"], issue["severity"]) for issue in issues) == [
        ("8c1f20d4", "critical"),
        ("8c1f20d4-2", "critical"),
        ("x", "minor"),
        ("y", "info"),
    ]


def test_gitlab_of_a_clean_run_is_an_empty_list(report: MakeReport) -> None:
    assert gitlab.render(report(), PLAIN) == "[]\n"


def test_gitlab_shows_what_was_not_looked_at(report: MakeReport) -> None:
    issues = json.loads(gitlab.render(report(unchecked=(UNCHECKED, UNCHECKED), interrupted=True), PLAIN))
    assert [(issue["check_name"], issue["fingerprint"], issue["severity"]) for issue in issues] == [
        ("unchecked", "unchecked-okx-arb", "major"),
        ("unchecked", "unchecked-okx-arb-2", "major"),
        ("interrupted", "interrupted", "major"),
    ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a|b", "a&#124;b"),
        ("a\\|b", "a\\\\&#124;b"),
        ("<b>&amp;", "&#60;b&#62;&#38;amp;"),
        ("`x`", "&#96;x&#96;"),
        ("*x* _y_ ~z~ $m$", "\\*x\\* \\_y\\_ \\~z\\~ \\$m\\$"),
        ("![a](b)", "\\!\\[a\\](b)"),
        ("a\nb", "a\\\\nb"),
        ("https://evil.example www.evil.example", "https&#58;//evil.example www&#46;evil.example"),
        ("keylint.yaml:12", "keylint.yaml:12"),
    ],
)
def test_markdown_shows_a_text_as_it_is(finding: MakeFinding, report: MakeReport, text: str, cell: str) -> None:
    assert f"| {cell} |\n" in markdown.render(report(finding(message=text)), PLAIN)


def test_markdown_begins_with_the_totals(finding: MakeFinding, report: MakeReport) -> None:
    assert markdown.render(report(finding(hint="drop it"), finding(severity=Severity.NOTE)), PLAIN) == (
        "## keylint check\n"
        "\n"
        "**3 keys in 1 file: 1 error, 1 note**\n"
        "\n"
        "| severity | rule | where | finding |\n"
        "|---|---|---|---|\n"
        "| **error** | no-withdraw | keylint.yaml:12 | key 'mm-bot' may withdraw funds<br>drop it |\n"
        "| **note** | no-withdraw | keylint.yaml:12 | key 'mm-bot' may withdraw funds |\n"
    )


def test_markdown_of_a_clean_run_has_no_table(report: MakeReport) -> None:
    assert markdown.render(report(), PLAIN) == "## keylint check\n\n**3 keys in 1 file: no findings**\n"


def test_markdown_is_cut_at_the_end_of_a_row(finding: MakeFinding, report: MakeReport) -> None:
    findings = [finding(message="鍵" * 1000) for _ in range(500)]
    text = markdown.render(report(*findings, unchecked=(UNCHECKED,)), PLAIN)
    assert 0.9 * markdown.LIMIT < len(text.encode()) <= markdown.LIMIT
    rows = [line for line in text.splitlines() if "鍵" in line]
    assert {row[-3:] for row in rows} == {"鍵 |"}
    assert f"\n… and {500 - len(rows)} rows more: see the full report\n" in text
    assert "**3 keys in 1 file: 500 errors, 1 unchecked**" in text


def test_html_allows_its_own_style_and_nothing_else(rich: Report) -> None:
    page = html.render(rich, PLAIN)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert not re.search(r"<(script|img|link|iframe|a|form)\b|\bstyle=|\bon\w+=[^&]|url\(", page)


def test_html_marks_the_place_in_the_line(finding: MakeFinding, report: MakeReport) -> None:
    page = html.render(report(finding(snippet="    permissions: [read, trade.spot, withdraw]", hint="drop it")), PLAIN)
    assert "<pre>    permissions: [read, trade.spot, <mark>withdraw</mark>]</pre>" in page
    assert '<p class="soft">drop it</p>' in page


def test_html_of_a_clean_run_says_so(report: MakeReport) -> None:
    page = html.render(report(), PLAIN)
    assert "<p>No findings.</p>" in page
    assert "<table>" not in page
