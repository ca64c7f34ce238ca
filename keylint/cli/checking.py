"""Does what `keylint check` asks for."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from keylint import __version__
from keylint.accepted import Scope, baseline_text, read_baseline
from keylint.cli.emit import accept, emit, prepare
from keylint.cli.run import elsewhere, sources, start
from keylint.cli.write import refuse_foreign, write_whole
from keylint.judge import Judge
from keylint.lint import Linted, lint
from keylint.load.facts import vocabulary
from keylint.load.files import read_file
from keylint.model.errors import UsageError
from keylint.model.finding import Report, RuleInfo
from keylint.model.rule import ActiveRule


def check(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    """Judge what the paths name and report it; return the exit code."""
    run = start(options)
    prepare(run)
    target = _baseline_target(options["write_baseline"], force=run.force)
    judge = Judge(run.rules, run.now, vocabulary(), run.policy.purposes)
    result = Linted()
    found = sources(
        paths,
        run.settings,
        options["excludes"],
        force_exclude=options["force_exclude"],
        stdin_name=options["stdin_filename"],
    )
    rest = partial(elsewhere, paths, run.settings, options["excludes"], stdin_name=options["stdin_filename"])
    names = frozenset(declared.key.name for declared in lint(found, judge, result, rest))
    scope, everything = Scope(names, not paths), result.findings
    result.findings = accept(everything, run, judge, scope)
    if target:
        # What an older baseline accepts belongs into the new one.
        text = baseline_text(accept(everything, run._replace(baseline=None), judge, scope), judge)
        write_whole(target, text)
        click.echo(f"{target}: {text.count(chr(10))} findings written", err=True)
    return emit(check_report(result, judge), run)


def _baseline_target(name: str | None, *, force: bool) -> Path | None:
    """Return where to write a baseline; UsageError for a file that is none: a policy, say, names keylint too."""
    if name is None:
        return None
    path = Path(name)
    refuse_foreign(path, force=force)
    if path.is_file() and not force:
        try:
            read_baseline(read_file(path))
        except UsageError:
            raise UsageError(f"{path}: exists and is no baseline; use --force to overwrite it") from None
    return path


def check_report(result: Linted, judge: Judge) -> Report:
    """Make the report of a check."""
    return Report(
        command="check",
        version=__version__,
        now=judge.now,
        files=result.files,
        key_count=result.keys,
        findings=tuple(result.findings),
        rules=tuple(map(rule_info, judge.active.values())),
    )


def rule_info(item: ActiveRule) -> RuleInfo:
    """Return what reports say of a rule."""
    return RuleInfo(item.rule.name, item.severity, item.rule.title, item.rule.doc)
