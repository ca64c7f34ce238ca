"""Reads declarations for the commands that show them and judge nothing but their form."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

import click

from keylint import __version__
from keylint.cli.exits import FINDINGS, FINE
from keylint.cli.options import Moment
from keylint.cli.run import chosen_policy, sources
from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.judge import Judge
from keylint.lint import Declared, Linted, lint
from keylint.load.facts import vocabulary
from keylint.load.policy import active_rules
from keylint.model.errors import UsageError
from keylint.model.exposure import conceal
from keylint.model.finding import Finding, Report
from keylint.model.policy import Policy
from keylint.model.rule import ActiveRule
from keylint.model.wording import nearest
from keylint.reports import RenderOptions
from keylint.reports.escape import visible
from keylint.reports.text import render
from keylint.rules import lint_rules
from keylint.settings import load_settings

F = TypeVar("F", bound=Callable[..., Any])

# What says that a file could not be read as it was meant: an inventory with a hole must not look whole.
_FORM = ("yaml", "schema", "duplicate-name")
_JUDGING = (
    click.option("--policy", "policies", metavar="NAME|FILE", multiple=True, help="A policy, by name or file."),
    click.option("--now", type=Moment(), help="Look at it as of this time."),
)
_FINDING = (
    click.option("--exclude", "excludes", metavar="PATTERN", multiple=True, help="Leave out files that match."),
    click.option("--force-exclude", is_flag=True, help="Leave them out also where they are named."),
    click.option("--stdin-filename", default="<stdin>", help="What to call standard input in messages."),
)


def reading(command: F) -> F:
    """Give a command the options of all that reads declarations."""
    for option in reversed((*_JUDGING, *_FINDING)):
        command = option(command)
    return command


def finding(command: F) -> F:
    """Give a command the options of all that finds declarations, and judges nothing of them by time or policy."""
    for option in reversed(_FINDING):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Inventory:
    """The keys that could be read, in the order of the files, and what could not be read."""

    keys: tuple[Declared, ...]
    files: int
    findings: tuple[Finding, ...]
    rules: tuple[ActiveRule, ...]
    policy: Policy
    now: datetime

    def tell(self) -> int:
        """Say on standard error what could not be read; return the exit code."""
        if not self.findings:
            return FINE
        report = Report("list", __version__, self.now, self.files, len(self.keys), self.findings)
        options = RenderOptions(quiet=True, working_folder=os.path.realpath("."))
        click.echo(render(report, options), nl=False, err=True)
        return FINDINGS


def inventory(paths: Iterable[str], options: Mapping[str, Any]) -> Inventory:
    """Read the declarations that a command line means."""
    settings = load_settings(Path())
    policy = chosen_policy(options["policies"], settings)
    rules = active_rules(policy, lint_rules())
    now = options["now"] or datetime.now(UTC)
    judge, result = Judge([item for item in rules if item.rule.name in _FORM], now, vocabulary()), Linted()
    found = sources(
        paths,
        settings,
        options["excludes"],
        force_exclude=options["force_exclude"],
        stdin_name=options["stdin_filename"],
    )
    keys = tuple(lint(found, judge, result))
    return Inventory(keys, result.files, tuple(result.findings), tuple(rules), policy, now)


def matching(option: str, patterns: Iterable[str], values: Iterable[str], *, exact: bool = False) -> frozenset[str]:
    """Return the values that fit one of the patterns (`*` and `?`; case counts where `exact`).

    UsageError for a pattern that fits none: most of these are mistyped.
    """
    values = set(values)
    folded = {value: value if exact else value.casefold() for value in values}
    chosen: set[str] = set()
    for pattern in patterns:
        wanted = pattern if exact else pattern.casefold()
        fitting = {value for value, text in folded.items() if fnmatchcase(text, wanted)}
        if not fitting:
            known = sorted(values)
            listed = f"there are: {', '.join(known[:10])}{', …' if known[10:] else ''}"
            hint = nearest(pattern, values) or (listed if known else "no key has any")
            raise UsageError(f"--{option}: no key matches {visible(repr(pattern))}; {visible(conceal(hint))}")
        chosen |= fitting
    return frozenset(chosen)


def known_exchange(option: str, name: str, also: Iterable[str] = ()) -> None:
    """Raise UsageError for an exchange that neither keylint nor the declarations know."""
    known = [*EXCHANGE_NAMES, *also]
    if name not in known:
        hint = nearest(name, known) or f"known are: {', '.join(EXCHANGE_NAMES)}"
        raise UsageError(f"{f'{option}: ' if option else ''}no exchange {visible(repr(name))}; {hint}")


def columns() -> int | None:
    """Return how wide a table may be; None where nobody looks at it in a terminal."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return max(shutil.get_terminal_size().columns, 20)
    return None
