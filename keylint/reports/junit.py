"""JUnit XML, which nearly every CI server shows: a suite a file with findings, and one for the keys of a diff."""

from itertools import groupby
from xml.etree import ElementTree as ET

from keylint.model.finding import Finding, Report
from keylint.model.live import State
from keylint.reports import RenderOptions
from keylint.reports.escape import visible
from keylint.reports.summary import by_place, instant, interruption, totals, what_failed


def render(report: Report, _options: RenderOptions) -> str:
    """Return one document; a run without findings has one test that passed, as servers refuse a file without tests."""
    root = ET.Element("testsuites", name="keylint", timestamp=instant(report.now).removesuffix("Z"))
    for file, findings in groupby(by_place(report.findings), key=lambda finding: finding.file):
        suite = ET.SubElement(root, "testsuite", name=visible(file))
        for finding in findings:
            _finding(suite, finding)
    if report.keys or report.unchecked:
        _keys(ET.SubElement(root, "testsuite", name="live state"), report)
    if report.interrupted:
        case = _case(ET.SubElement(root, "testsuite", name="run"), "the run was complete", "run")
        ET.SubElement(case, "error", type="interrupted", message=interruption(report))
    if not len(root):
        _case(ET.SubElement(root, "testsuite", name="keylint"), totals(report), "keylint")
    for element in (root, *root):
        _count(element)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, name: str, group: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", name=visible(name), classname=visible(group))


def _finding(suite: ET.Element, finding: Finding) -> None:
    place = f"{finding.span.line}:{finding.span.column}"
    case = _case(suite, f"{finding.rule} at {place}", finding.key or finding.file)
    message = visible(f"{finding.severity.value}: {finding.message}")
    if finding.waived is not None:
        ET.SubElement(case, "skipped", message=visible(f"waived ({finding.waived}): {finding.message}"))
        return
    failure = ET.SubElement(case, "failure", type=visible(finding.rule), message=message)
    # Each line begins with words of ours: a line of a build log that begins with :: is a command to GitHub's runner.
    failure.text = f"at {visible(finding.file)}:{place}: {visible(finding.message)}"
    if finding.hint:
        failure.text += f"\nhelp: {visible(finding.hint)}"


def _keys(suite: ET.Element, report: Report) -> None:
    """Add a test for each key: a drift shows as its findings, what was not looked at as an error here."""
    unchecked = {(entry.key, entry.exchange): entry for entry in report.unchecked}
    for key in report.keys:
        if (key.name, key.exchange) in unchecked:
            continue
        case = _case(suite, key.name, key.exchange)
        if key.state is State.UNVERIFIABLE:
            ET.SubElement(case, "skipped", message="the exchange has no way to show this key's state")
    for entry in report.unchecked:
        case = _case(suite, entry.key, entry.exchange)
        error = ET.SubElement(case, "error", type=entry.reason.value, message=visible(what_failed(entry)))
        error.text = f"help: {visible(entry.hint)}" if entry.hint else None


def _count(element: ET.Element) -> None:
    """Write how many tests there are below, and how each kind of them ended."""
    element.set("tests", str(len(element.findall(".//testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(len(element.findall(f".//{tag}"))))
