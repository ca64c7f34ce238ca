"""Prints and writes reports, and decides the exit code."""

import os
import sys
from pathlib import Path

from keylint.accepted import Scope, apply_baseline, apply_waivers
from keylint.cli.exits import FINDINGS, FINE, UNCHECKED
from keylint.cli.run import Run, wants_color
from keylint.cli.write import refuse_foreign, write_whole
from keylint.judge import Judge, worst
from keylint.model.errors import UsageError
from keylint.model.finding import Finding, Report, Severity
from keylint.reports import RenderOptions, load


def prepare(run: Run) -> None:
    """Raise UsageError before any work where a report could not be written at the end."""
    for _, path in run.outputs:
        if path != "-":
            try:
                refuse_foreign(Path(path), force=run.force)
            except OSError as error:
                raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def accept(findings: list[Finding], run: Run, judge: Judge, scope: Scope) -> list[Finding]:
    """Return the findings with those marked that the policy or the baseline accepts."""
    if run.policy.waivers:
        findings = apply_waivers(findings, run.policy.waivers, judge, scope)
    return apply_baseline(findings, run.baseline, judge, scope) if run.baseline else findings


def emit(report: Report, run: Run) -> int:
    """Write every report that was asked for; return the exit code."""
    folder = os.path.realpath(".")
    for form, path in run.outputs:
        text = load(form)(report, RenderOptions(verbose=run.verbose, quiet=run.quiet, working_folder=folder))
        if path == "-":
            sys.stdout.write(text)
        else:
            write_whole(Path(path), text)
    options = RenderOptions(wants_color(run.color, run.form), run.verbose, run.quiet, folder)
    sys.stdout.write(load(run.form)(report, options))
    return exit_code(report, run.fail_on)


def exit_code(report: Report, fail_on: str) -> int:
    """Return 1 for findings as bad as asked, else 3 where something could not be looked at, else 0."""
    if fail_on != "never" and worst(report.findings, Severity(fail_on)):
        return FINDINGS
    if report.unchecked or report.interrupted:
        return UNCHECKED
    return FINE
