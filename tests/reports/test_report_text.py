"""The text format."""

from collections.abc import Callable

import pytest

from keylint.model.finding import Finding, Reason, Report, Severity, Unchecked
from keylint.model.live import KeyReport, LiveKey, State
from keylint.model.source import Span
from keylint.reports import RenderOptions
from keylint.reports.text import render

MakeFinding = Callable[..., Finding]
MakeReport = Callable[..., Report]
PLAIN = RenderOptions()


def test_a_finding_shows_its_line_with_carets_and_a_hint(finding: MakeFinding, report: MakeReport) -> None:
    found = finding(snippet="    permissions: [read, trade.spot, withdraw]", hint="drop `withdraw`")
    assert render(report(found), PLAIN) == (
        "error[no-withdraw]: key 'mm-bot' may withdraw funds\n"
        "  --> keylint.yaml:12:37\n"
        "   |\n"
        "12 |     permissions: [read, trade.spot, withdraw]\n"
        "   |                                     ^^^^^^^^\n"
        "   = help: drop `withdraw`\n"
        "\n"
        "3 keys in 1 file: 1 error\n"
    )


def test_carets_stand_right_after_tabs_and_wide_characters(finding: MakeFinding, report: MakeReport) -> None:
    text = render(report(finding(span=Span(3, 7, 3, 10), snippet="\t鍵🔑: [p2p]")), PLAIN)
    assert "\n3 |     鍵🔑: [p2p]\n  |            ^^^\n" in text


def test_a_place_after_the_last_character_gets_one_caret(finding: MakeFinding, report: MakeReport) -> None:
    assert "\n3 | bot:\n  |     ^\n" in render(report(finding(span=Span(3, 5, 3, 5), snippet="bot:")), PLAIN)


def test_a_finding_without_its_line_shows_the_place_only(finding: MakeFinding, report: MakeReport) -> None:
    assert render(report(finding()), PLAIN) == (
        "error[no-withdraw]: key 'mm-bot' may withdraw funds\n  --> keylint.yaml:12:37\n\n3 keys in 1 file: 1 error\n"
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "3 keys in 1 file: no findings"),
        ({"files": 2, "key_count": 1}, "1 key in 2 files: no findings"),
        ({"files": 0, "key_count": 0}, "0 keys in 0 files: no findings"),
        (
            {"unchecked": (Unchecked("a", "okx", Reason.TIMEOUT, "late"),)},
            "3 keys in 1 file: no findings, 1 unchecked",
        ),
    ],
)
def test_the_summary_says_what_was_looked_at(report: MakeReport, given: dict[str, object], line: str) -> None:
    assert render(report(**given), PLAIN).split("\n")[-2] == line


def test_the_summary_counts_each_severity_and_waived_apart(finding: MakeFinding, report: MakeReport) -> None:
    findings = (
        finding(),
        finding(rule="expired"),
        finding(severity=Severity.WARNING),
        finding(severity=Severity.NOTE),
        finding(waived="ticket OPS-1"),
    )
    text = render(report(*findings), PLAIN)
    assert text.endswith("\n\n3 keys in 1 file: 2 errors, 1 warning, 1 note, 1 waived\n")
    assert "OPS-1" not in text


def test_only_waived_findings_are_no_findings(finding: MakeFinding, report: MakeReport) -> None:
    assert render(report(finding(waived="why")), PLAIN) == "3 keys in 1 file: no findings, 1 waived\n"


def test_findings_are_sorted_by_file_line_column_and_rule(finding: MakeFinding, report: MakeReport) -> None:
    places = [("b.yaml", 1, 1, "a"), ("a.yaml", 9, 1, "a"), ("a.yaml", 10, 2, "a"), ("a.yaml", 10, 1, "b")]
    findings = [finding(file=file, span=Span(line, col, line, col), rule=rule) for file, line, col, rule in places]
    text = render(
        report(*findings, finding(file="a.yaml", span=Span(10, 1, 10, 1), rule="a")), RenderOptions(quiet=True)
    )
    assert [line.partition(" key")[0] for line in text.splitlines()] == [
        "a.yaml:9:1: error[a]",
        "a.yaml:10:1: error[a]",
        "a.yaml:10:1: error[b]",
        "a.yaml:10:2: error[a]",
        "b.yaml:1:1: error[a]",
    ]


def test_quiet_is_one_line_each_and_no_summary(finding: MakeFinding, report: MakeReport) -> None:
    unchecked = Unchecked("arb", "okx", Reason.TIMEOUT, "no answer within 10 s", "try again")
    quiet = RenderOptions(quiet=True)
    assert render(report(finding(hint="drop it"), finding(waived="why"), unchecked=(unchecked,)), quiet) == (
        "keylint.yaml:12:37: error[no-withdraw] key 'mm-bot' may withdraw funds\n"
        "unchecked[timeout] key 'arb' at okx: no answer within 10 s\n"
    )
    assert render(report(), quiet) == ""
    assert render(report(interrupted=True), quiet) == "the run was interrupted: this report is not complete\n"


def test_an_unchecked_key_is_shown_with_its_help(report: MakeReport) -> None:
    unchecked = Unchecked("arb", "okx", Reason.NO_CREDENTIALS, "env:ARB is not set", "set it")
    assert render(report(unchecked=(unchecked, unchecked._replace(hint=""))), PLAIN) == (
        "unchecked[no-credentials]: key 'arb' at okx: env:ARB is not set\n"
        "  = help: set it\n"
        "\n"
        "unchecked[no-credentials]: key 'arb' at okx: env:ARB is not set\n"
        "\n"
        "3 keys in 1 file: no findings, 2 unchecked\n"
    )


LIVE = LiveKey(
    ("enableReading", "enableSpotAndMarginTrading"), unmapped=("enableMoon",), ip_restricted=True, created=None
)
KEYS = (
    KeyReport("mm-bot", "binance", State.DRIFT, LIVE, ("read", "trade.spot", "trade.margin"), ("trade.margin",)),
    KeyReport("机器人", "okx", State.ABSENT),
    KeyReport(
        "idle", "kraken", State.IN_SYNC, LiveKey((), ip_restricted=False, ip_allowlist=(), created=None, expires=None)
    ),
)


def test_the_keys_of_a_diff_are_listed_with_state_and_unknown_facts(report: MakeReport) -> None:
    assert render(report(command="diff", keys=KEYS), PLAIN) == (
        "keys:\n"
        "  drift    mm-bot  binance\n"
        "           not shown by binance: ip_allowlist, expires\n"
        "  absent   机器人  okx\n"
        "  in-sync  idle    kraken\n"
        "\n"
        "3 keys in 1 file: no findings; 1 in-sync, 1 drift, 1 absent\n"
    )


def test_verbose_adds_rights_implied_capabilities_waived_findings_and_fingerprints(
    finding: MakeFinding, report: MakeReport
) -> None:
    findings = (finding(), finding(rule="max-age", waived="moves | in December"))
    text = render(report(*findings, command="diff", keys=KEYS), RenderOptions(verbose=1))
    assert text == (
        "error[no-withdraw]: key 'mm-bot' may withdraw funds\n"
        "  --> keylint.yaml:12:37\n"
        "   = fingerprint: 8c1f20d4\n"
        "\n"
        "waived[max-age]: key 'mm-bot' may withdraw funds\n"
        "  --> keylint.yaml:12:37\n"
        "   = waived: moves | in December\n"
        "   = fingerprint: 8c1f20d4\n"
        "\n"
        "keys:\n"
        "  drift    mm-bot  binance\n"
        "           rights: enableReading, enableSpotAndMarginTrading, enableMoon\n"
        "           implied: trade.margin\n"
        "           not shown by binance: ip_allowlist, expires\n"
        "  absent   机器人  okx\n"
        "  in-sync  idle    kraken\n"
        "           rights: none\n"
        "\n"
        "3 keys in 1 file: 1 error, 1 waived; 1 in-sync, 1 drift, 1 absent\n"
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "the run was interrupted: this report is not complete"),
        ({"keys": KEYS, "key_count": 5}, "the run was interrupted: 2 of 5 keys not looked at"),
        ({"keys": KEYS, "key_count": 3}, "the run was interrupted: this report is not complete"),
    ],
)
def test_an_interrupted_run_says_so_before_the_summary(report: MakeReport, given: dict[str, object], line: str) -> None:
    assert render(report(interrupted=True, **given), PLAIN).split("\n\n")[-2] == line


def test_color_is_plain_ansi(finding: MakeFinding, report: MakeReport) -> None:
    assert render(report(finding()), RenderOptions(color=True, quiet=True)) == (
        "keylint.yaml:12:37: \x1b[1;31merror[no-withdraw]\x1b[0m key 'mm-bot' may withdraw funds\n"
    )


@pytest.mark.parametrize("name", ["::error::x", ":", "  ::error::x"])
def test_a_file_name_cannot_begin_a_line_as_a_workflow_command(
    finding: MakeFinding, report: MakeReport, name: str
) -> None:
    text = render(report(finding(file=name)), RenderOptions(quiet=True))
    assert text.startswith(f"./{name}:12:37: ")
