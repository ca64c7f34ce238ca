"""`keylint diff`."""

import sys
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

import click

from keylint import __version__
from keylint.accepted import Scope
from keylint.cli.asking import asking, asks, chosen, show_calls, way_of
from keylint.cli.checking import rule_info
from keylint.cli.emit import accept, emit, prepare
from keylint.cli.fork import refuse_fork
from keylint.cli.options import Command, reporting
from keylint.cli.run import Run, elsewhere, sources, start
from keylint.diff.comparing import Comparison, diff
from keylint.diff.listing import Listings
from keylint.diff.standing import Compared
from keylint.diff.targets import base_of, is_lister, targets
from keylint.judge import Judge
from keylint.lint import Declared, Linted, lint
from keylint.load.document import MAX_BYTES
from keylint.load.facts import vocabulary
from keylint.load.files import read_file, source
from keylint.model.errors import Refusal, UsageError
from keylint.model.exposure import conceal
from keylint.model.finding import Report
from keylint.model.secret import Given, Secret
from keylint.reports.escape import visible
from keylint.secrets import Limits
from keylint.snapshot.files import read_snapshot, snapshot_files
from keylint.snapshot.merge import Merged

SHOWN = 20
NO_REFERENCES = Limits(demanded=True, env=(), roots=())


@click.command(cls=Command)
@click.argument("paths", nargs=-1)
@click.option(
    "--snapshot", "snapshots", metavar="FILE", multiple=True, help="Judge what snapshots say; ask no exchange."
)
@asks
@reporting
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Compare each active key with what its exchange says of it.

    The same check as `keylint check`, then one read-only request for each key, with the key's own credentials; or with
    --snapshot what `keylint snapshot` saw elsewhere, without any request or credential.
    """
    run = start(options, live=True)
    prepare(run)
    seen = read_snapshots(paths, options, run) if options["snapshots"] else None
    if not (options["show_calls"] or seen):
        refuse_fork(allowed=options["allow_untrusted"])
    way = way_of(run.settings, paths, options)
    judge, result = Judge(run.rules, run.now, vocabulary(), run.policy.purposes), Linted()
    found = sources(
        paths,
        run.settings,
        options["excludes"],
        force_exclude=options["force_exclude"],
        stdin_name=options["stdin_filename"],
    )
    rest = partial(elsewhere, paths, run.settings, options["excludes"], stdin_name=options["stdin_filename"])
    declared = list(lint(found, judge, result, rest))
    wanted = chosen(declared, options["keys"], options["exchanges"])
    if options["show_calls"]:
        show_calls(wanted, way)
        return 0
    compared = Compared()
    at_hand = (NO_REFERENCES, seen_ids(seen, declared)) if seen else (way.limits, way.given)
    comparison = Comparison(judge, compared, Listings(declared, wanted, *at_hand), declared)
    if seen:
        recall(seen, wanted, comparison)
        if not (options["keys"] or options["exchanges"]):
            tell_of_others(seen, declared)
    else:
        asked = targets(wanted, way.bases, way.limits, way.given, comparison.tell)
        with asking(way, len(asked), quiet=run.quiet) as how:
            diff(asked, comparison, how)
    comparison.finish()
    if options["keys"] or options["exchanges"]:
        hide_others(result, declared, wanted, options["keys"])
    report = diff_report(result, compared, judge)
    silent = {item.key for item in compared.unchecked}
    names = frozenset(item.key.name for item in wanted) - silent
    scope = Scope(names, is_whole=not paths and len(wanted) == len(declared) and not silent)
    return emit(report._replace(findings=tuple(accept(list(report.findings), run, judge, scope))), run)


def read_snapshots(paths: tuple[str, ...], options: dict[str, Any], run: Run) -> Merged:
    """Return what the snapshots say together; UsageError for options that only asking has."""
    for option in ("credentials", "show_calls"):
        if options[option]:
            raise UsageError(f"--{option.replace('_', '-')} cannot be with --snapshot, which asks nobody")
    if "-" in options["snapshots"] and "-" in (paths or run.settings.paths):
        raise UsageError("standard input cannot hold both a snapshot and a declaration")
    found = (
        source("<stdin>", sys.stdin.buffer.read(MAX_BYTES + 1)) if path == Path("-") else read_file(path)
        for path in snapshot_files(options["snapshots"])
    )
    return Merged((item for file in found for item in read_snapshot(file)), run.now)


def recall(seen: Merged, wanted: list[Declared], comparison: Comparison) -> None:
    """Judge each key by what the snapshots say of it, where it could be asked for at all."""
    given = seen_ids(seen, wanted)
    for item in wanted:
        place = base_of(item.key, {}, given)
        if not isinstance(place, str):
            comparison.tell(item, place)
            continue
        if modes := seen.modes(item.key):
            comparison.given(item, Given({}, modes))
        outcome = seen.outcome(item.key)
        comparison.tell(item, outcome)
        if is_lister(item.key) and not isinstance(outcome, Refusal):
            comparison.tell_listed(item, seen.listed(item.key))


def seen_ids(seen: Merged, declared: list[Declared]) -> dict[str, dict[str, Secret]]:
    """Return the ids of the keys that were asked for, in place of their credentials: no more is needed to know them."""
    return {item.key.name: {"api_key": Secret(seen.key_id(item.key))} for item in declared if seen.has(item.key)}


def tell_of_others(seen: Merged, declared: list[Declared]) -> None:
    """Say on standard error which keys of the snapshots are not declared here: nobody judges them."""
    others = sorted(seen.names - {conceal(item.key.name) for item in declared})
    if others:
        shown = ", ".join(others[:SHOWN]) + (", …" if others[SHOWN:] else "")
        click.echo(visible(f"not declared here, and not judged: {shown}"), err=True)


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
