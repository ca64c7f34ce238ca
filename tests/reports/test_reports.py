"""What holds for every format: golden files, hostile names, nothing heavy loaded."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import keylint.reports
from keylint.model.finding import Finding, Reason, Report, RuleInfo, Severity, Unchecked
from keylint.model.live import KeyReport, LiveKey, State
from keylint.model.source import Span
from keylint.reports import REPORTERS, RenderOptions, load
from keylint.reports.escape import visible

GOLDEN = Path(__file__).parent / "golden"
PLAIN = RenderOptions(working_folder="/srv")
CASES = {
    "text.txt": ("text", PLAIN),
    "text-color.txt": ("text", RenderOptions(color=True)),
    "text-verbose.txt": ("text", RenderOptions(verbose=1)),
    "text-quiet.txt": ("text", RenderOptions(quiet=True)),
    "json.json": ("json", PLAIN),
    "sarif.json": ("sarif", PLAIN),
    "github.txt": ("github", PLAIN),
    "gitlab.json": ("gitlab", PLAIN),
    "junit.xml": ("junit", PLAIN),
    "markdown.md": ("markdown", PLAIN),
    "html.html": ("html", PLAIN),
}
HOSTILE = (
    "evil\x1b[2J\n::error::pwned\r|a|<script>alert(1)</script>\u202e\u200b`x` [y](https://evil.example) ##[error]z",
    "\n::error::pwned",
    "::error::pwned",
    " ::stop-commands::x",
    "\x1b]0;title\x07",
    "\x9b31m\x85\x7f",
    "##[error]x ##vso[task.complete]x ##teamcity[x]",
    "##",
    "</td></tr></table><img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='",
    "]]><!--",
    "&lt;b&gt;",
    "a|b\\|c\\",
    "`code` ![i](https://evil.example/x.png) www.evil.example",
    "%0A::error::x",
    "a,title=b::c",
    "{0} {{x}}",
    "\u2028::error::\u2029",
    "\u202egpj\u2066\u061c\u200f",
    "\u200b\u200d\ufeff\u2060\u00ad\u3164\ufe0f\U000e0041",
    "\ud800 \udcff \ufffe \uffff",
    "\x00",
    "机器人-🔑",
    "x" * 500,
    "",
)
COMMAND = (
    r"::(error|warning|notice) (file=[^:,]*,line=\d+,endLine=\d+,col=\d+,endColumn=\d+,title=keylint [^:,]*"
    r"|title=keylint (unchecked|interrupted))::.*\Z"
)


def hostile_report(evil: str) -> Report:
    """Return a report with one text in every place where text from outside can stand."""
    values = {"rule": evil, "key": evil, "message": evil, "hint": evil, "file": evil, "fingerprint": evil}
    finding = Finding(**values, severity=Severity.ERROR, span=Span(1, 1, 1, 3), path=("keys", evil), snippet=evil)
    after = finding._replace(severity=Severity.WARNING, span=Span(2, 3, 3, 1), snippet=f"##{evil}")
    split = finding._replace(severity=Severity.NOTE, span=Span(4, 3, 4, 9), snippet=f"##[error]{evil}")
    live = LiveKey((evil,), unmapped=(evil,), unreported=(evil,), ip_allowlist=(evil,))
    return Report(
        command="diff",
        version="0.1.0",
        now=datetime(2026, 11, 22, tzinfo=UTC),
        files=1,
        key_count=4,
        findings=(finding, after, split, finding._replace(waived=evil)),
        keys=(
            KeyReport(evil, evil, State.DRIFT, live, (evil,), (evil,)),
            KeyReport(evil, "okx", State.UNVERIFIABLE),
        ),
        unchecked=(Unchecked(evil, evil, Reason.BAD_ANSWER, evil, evil),),
        rules=(RuleInfo(evil, Severity.ERROR, evil, f"{evil}\n\n{evil}\n"),),
    )


def assert_harmless(text: str, form: str, color: bool) -> None:
    """Hold what every line of every format must keep; only the GitHub format may write commands."""
    text.encode()
    for line in text.split("\n"):
        bare = re.sub(r"\x1b\[[0-9;]*m", "", line) if color else line
        assert visible(bare) == bare
        if bare.lstrip().startswith("::"):
            assert form == "github"
            assert re.match(COMMAND, bare)


@pytest.mark.parametrize("name", CASES)
def test_the_rich_report_is_written_as_its_golden_file_says(name: str, rich: Report) -> None:
    form, options = CASES[name]
    written = load(form)(rich, options)
    if os.environ.get("KEYLINT_REWRITE_GOLDEN"):
        (GOLDEN / name).write_bytes(written.encode())
    assert written == (GOLDEN / name).read_bytes().decode()


def test_every_golden_file_is_used() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(CASES)


def test_color_adds_nothing_but_color(rich: Report) -> None:
    colored = load("text")(rich, RenderOptions(color=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == load("text")(rich, RenderOptions())


@pytest.mark.parametrize("evil", HOSTILE, ids=ascii)
@pytest.mark.parametrize("name", CASES)
def test_a_hostile_name_steers_nothing(name: str, evil: str) -> None:
    form, options = CASES[name]
    assert_harmless(load(form)(hostile_report(evil), options), form, options.color)


@settings(deadline=None)
@given(st.text(st.characters()) | st.text("#[:\n\r <>&|`\\]abc(){}\"'%\x1b\u202e\ud800"))
def test_no_text_steers_anything_in_any_format(evil: str) -> None:
    report = hostile_report(evil)
    for form, options in CASES.values():
        assert_harmless(load(form)(report, options), form, options.color)


@pytest.mark.parametrize("evil", HOSTILE, ids=ascii)
def test_json_gives_every_hostile_name_back(evil: str) -> None:
    document = json.loads(load("json")(hostile_report(evil), PLAIN))
    finding = document["findings"][0]
    assert {finding[name] for name in ("rule", "key", "message", "hint", "file", "fingerprint")} == {evil}
    assert finding["path"] == ["keys", evil]
    assert document["keys"][0]["live"]["permissions"] == [evil, evil]
    assert document["unchecked"] == [
        {"key": evil, "exchange": evil, "reason": "bad-answer", "message": evil, "hint": evil}
    ]


@pytest.mark.parametrize("evil", HOSTILE, ids=ascii)
def test_sarif_and_gitlab_parse_whatever_the_names_are(evil: str) -> None:
    results = json.loads(load("sarif")(hostile_report(evil), PLAIN))["runs"][0]["results"]
    issues = json.loads(load("gitlab")(hostile_report(evil), PLAIN))
    assert {result["ruleId"] for result in results} == {visible(evil)}
    assert [issue["description"] for issue in issues[:3]] == [visible(evil)] * 3


@pytest.mark.parametrize("evil", HOSTILE, ids=ascii)
def test_junit_parses_with_the_same_elements_whatever_the_names_are(evil: str) -> None:
    root = ET.fromstring(load("junit")(hostile_report(evil), PLAIN))
    calm = ET.fromstring(load("junit")(hostile_report("calm"), PLAIN))
    assert [element.tag for element in root.iter()] == [element.tag for element in calm.iter()]
    assert [element.get("type") for element in root.iter("failure")] == [visible(evil)] * 3


class Elements(HTMLParser):
    """Notes each tag with the names of its attributes, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", ()))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


@pytest.mark.parametrize("evil", [evil for evil in HOSTILE if evil], ids=ascii)
def test_html_has_the_same_elements_whatever_the_names_are(evil: str) -> None:
    page = Elements(load("html")(hostile_report(evil), PLAIN))
    assert page.tags == Elements(load("html")(hostile_report("calm"), PLAIN)).tags
    assert visible(evil) in page.text


@pytest.mark.parametrize("evil", HOSTILE, ids=ascii)
def test_markdown_has_the_same_rows_and_cells_whatever_the_names_are(evil: str) -> None:
    def cells(text: str) -> list[int]:
        return [line.count("|") for line in text.split("\n")]

    assert cells(load("markdown")(hostile_report(evil), PLAIN)) == cells(load("markdown")(hostile_report("x"), PLAIN))


@pytest.mark.parametrize("form", REPORTERS)
def test_nothing_in_a_report_depends_on_the_order_of_the_findings(form: str, rich: Report) -> None:
    backwards = rich._replace(findings=rich.findings[::-1])
    assert load(form)(backwards, PLAIN) == load(form)(rich, PLAIN)


@pytest.mark.parametrize("form", REPORTERS)
def test_no_format_is_silent_about_what_was_not_looked_at(form: str, report: Callable[..., Report]) -> None:
    unchecked = Unchecked("arb", "okx", Reason.TIMEOUT, "no answer within 10 s")
    text = load(form)(report(command="diff", unchecked=(unchecked,), interrupted=True), PLAIN)
    assert "no answer within 10 s" in text
    assert "interrupted" in text


def test_the_table_of_formats_names_every_module_with_a_renderer() -> None:
    folder = Path(keylint.reports.__file__).parent
    modules = {path.stem for path in folder.glob("*.py") if "def render(" in path.read_text(encoding="utf-8")}
    assert {f"keylint.reports.{name}" for name in modules} == set(REPORTERS.values())
    assert list(REPORTERS) == ["text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"]


def test_the_text_format_loads_nothing_that_it_does_not_need() -> None:
    program = (
        "import sys; from keylint.reports import load; load('text');"
        "print(sorted({'json', 'unicodedata', 'click', 'html', 'xml', 'urllib.parse', 'hashlib'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
