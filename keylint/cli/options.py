"""The options that several commands share: same spelling, same meaning.

Only click is needed for them: `--help` and completion must not wait for YAML, schemas and rules.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from keylint.reports import REPORTERS

F = TypeVar("F", bound=Callable[..., Any])

FAIL_ON = ("error", "warning", "note", "never")
COLORS = ("auto", "always", "never")


class Command(click.Command):
    """A command whose `--color` needs no value: alone it means always."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Join `--color` with its value, if it has one."""
        joined: list[str] = []
        rest = list(args)
        while rest:
            word = rest.pop(0)
            if word == "--":
                joined += [word, *rest]
                break
            if word == "--color":
                word = f"--color={rest.pop(0) if rest and rest[0] in COLORS else 'always'}"
            joined.append(word)
        return super().parse_args(ctx, joined)


class Moment(click.ParamType[datetime]):
    """A day (its start, UTC) or an instant."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return it in UTC."""
        if isinstance(value, datetime):
            return value
        from keylint.load.declaration import instant  # noqa: PLC0415 - see above

        try:
            return instant(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no day (2026-11-22) and no instant (2026-11-22T08:00:00Z)", param, ctx)


class Output(click.ParamType[tuple[str, str]]):
    """FORMAT=PATH."""

    name = "format=path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Return format and path."""
        if isinstance(value, tuple):
            return value
        kind, sign, path = str(value).partition("=")
        if not sign or not path or kind not in REPORTERS:
            self.fail(f"{value!r} is not FORMAT=PATH with a format of: {', '.join(REPORTERS)}", param, ctx)
        return kind, path


_REPORTING = (
    click.option("--policy", "policies", metavar="NAME|FILE", multiple=True, help="A policy, by name or file."),
    click.option(
        "--format", "form", type=click.Choice(list(REPORTERS)), help="The form of the report.  [default: text]"
    ),
    click.option("--output", "outputs", type=Output(), multiple=True, help="Also write a report to a file."),
    click.option("--baseline", metavar="FILE", help="Old findings that are accepted: one fingerprint a line."),
    click.option("--force", is_flag=True, help="Overwrite files that keylint did not write."),
    click.option(
        "--fail-on", type=click.Choice(FAIL_ON), help="From which severity on to exit with 1.  [default: error]"
    ),
    click.option("--now", type=Moment(), help="Judge as of this time."),
    click.option("--color", type=click.Choice(COLORS), help="Colour the text.  [default: auto]"),
    click.option("-q", "--quiet", is_flag=True, help="One line a finding, no summary."),
    click.option("-v", "--verbose", count=True, help="Say more."),
    click.option("--exclude", "excludes", metavar="PATTERN", multiple=True, help="Leave out files that match."),
    click.option("--force-exclude", is_flag=True, help="Leave them out also where they are named."),
    click.option("--stdin-filename", default="<stdin>", help="What to call standard input in reports."),
)


def reporting(command: F) -> F:
    """Give a command the options of all that reports."""
    for option in reversed(_REPORTING):
        command = option(command)
    return command
