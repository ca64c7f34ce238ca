"""`keylint diff`."""

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import click

from keylint import __version__
from keylint.accepted import Scope
from keylint.cli.asking import asks, chosen, clock, way_of
from keylint.cli.checking import rule_info
from keylint.cli.emit import accept, emit, prepare
from keylint.cli.fork import refuse_fork
from keylint.cli.options import Command, reporting
from keylint.cli.run import sources, start
from keylint.diff.comparing import Compared, Comparison, diff
from keylint.diff.targets import planned_calls, targets
from keylint.judge import Judge
from keylint.lint import Declared, Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.exposure import conceal
from keylint.model.finding import Report
from keylint.reports.escape import visible


@click.command(cls=Command)
@click.argument("paths", nargs=-1)
@click.option("--show-calls", is_flag=True, help="Print every request that would be sent, and send none.")
@asks
@reporting
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Compare each active key with what its exchange says of it.

    The same check as `keylint check`, then one read-only request for each key, with the key's own credentials.
    """
    run = start(options, live=True)
    prepare(run)
    if not options["show_calls"]:
        refuse_fork(allowed=options["allow_untrusted"])
    way = way_of(run, paths, options)
    judge, result = Judge(run.rules, run.now, vocabulary(), run.policy.purposes), Linted()
    found = sources(
        paths,
        run.settings,
        options["excludes"],
        force_exclude=options["force_exclude"],
        stdin_name=options["stdin_filename"],
    )
    declared = list(lint(found, judge, result))
    wanted = chosen(declared, options["keys"], options["exchanges"])
    if options["show_calls"]:
        for key, base, call in planned_calls((item.key for item in wanted), way.bases):
            click.echo(visible(f"{call.method} {base}{call.path}  # {call.use}, {key.exchange}, {conceal(key.name)}"))
        return 0
    compared = Compared()
    comparison = Comparison(judge, compared)
    diff(targets(wanted, way.bases, way.limits, way.given, comparison.tell), comparison, way.jobs, way.timeout, clock)
    comparison.finish()
    if options["keys"] or options["exchanges"]:
        hide_others(result, declared, wanted, options["keys"])
    report = diff_report(result, compared, judge)
    silent = {item.key for item in compared.unchecked}
    names = frozenset(item.key.name for item in wanted) - silent
    scope = Scope(names, is_whole=not paths and len(wanted) == len(declared) and not silent)
    return emit(replace(report, findings=tuple(accept(list(report.findings), run, judge, scope))), run)


def hide_others(result: Linted, declared: list[Declared], wanted: list[Declared], patterns: tuple[str, ...]) -> None:
    """Leave out what is known to be about other keys than the chosen ones.

    What is about a whole file stays, and so does a key that could not be read and may have been meant: else a fault in
    the file would hide a key that was asked for.
    """
    mine = {conceal(item.key.name) for item in wanted}
    others = {conceal(item.key.name) for item in declared} - mine

    def is_meant(name: str | None) -> bool:
        if name is None or name in mine:
            return True
        return name not in others and (not patterns or any(fnmatchcase(name, pattern) for pattern in patterns))

    result.findings = [item for item in result.findings if is_meant(item.key)]
    result.keys = len(wanted)


def diff_report(result: Linted, compared: Compared, judge: Judge) -> Report:
    """Make the report of a diff."""
    return Report(
        command="diff",
        version=__version__,
        now=judge.now,
        files=result.files,
        key_count=result.keys,
        findings=(*result.findings, *compared.findings),
        keys=tuple(sorted(compared.keys, key=lambda item: (item.name, item.exchange, item.state.value))),
        unchecked=tuple(sorted(compared.unchecked, key=lambda item: (item.key, item.exchange, item.message))),
        rules=tuple(map(rule_info, judge.active.values())),
        interrupted=compared.interrupted,
    )
