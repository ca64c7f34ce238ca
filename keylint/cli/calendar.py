"""`keylint calendar`."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import click

from keylint import __version__
from keylint.cli.options import Moment
from keylint.cli.reading import columns, inventory, reading
from keylint.inventory.ends import KeyEnd, ahead, by_day, ends_of, overlap_ends, until, waiver_ends
from keylint.model.errors import UsageError
from keylint.reports.summary import instant, plural
from keylint.reports.table import paragraph, table


@click.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "ics"]), default="text", help="The form of the calendar."
)
@click.option("--until", "last", metavar="DAY", type=Moment(), help="Nothing that ends after this day.")
@click.option("--days", type=click.IntRange(min=0), help="Nothing that ends more than so many days ahead.")
@click.option("--alarm", type=click.IntRange(min=0), metavar="DAYS", help="ics: remind so many days before.")
@reading
def command(
    paths: tuple[str, ...], form: str, last: datetime | None, days: int | None, alarm: int | None, **options: Any
) -> int:
    """Show what ends when: declared ends, ages and waivers under the policy, and the ends that exchanges set.

    Sorted by day, what is overdue first. An exchange may count from what no declaration tells (the last use, a change
    of the password): such an end has no day and comes last. `--format ics` writes a file for a calendar program.
    """
    if last is not None and days is not None:
        raise UsageError("--until and --days say the same: give one of them")
    if alarm is not None and form != "ics":
        raise UsageError("--alarm is for --format ics")
    found = inventory(paths, options)
    rules = {item.rule.name: item for item in found.rules}
    keys = {item.key.name: item.key for item in found.keys}
    limit = last.date() if last is not None else None if days is None else ahead(found.now, days)
    every = [end for key in keys.values() for end in ends_of(key, rules)]
    others = (*overlap_ends(keys, rules), *waiver_ends(found.policy.waivers, keys))
    ends = by_day(until([*every, *others], limit))
    if form == "ics":
        from keylint.inventory.ical import calendar  # noqa: PLC0415 - only where it is asked for

        text = calendar(ends, found.now, __version__, alarm)
        click.echo(text.encode("utf-8", "backslashreplace"), nl=False)  # as bytes: its line ends are part of it
    elif form == "json":
        from keylint.reports.json_text import write  # noqa: PLC0415 - the same

        head = {"version": 1, "tool": f"keylint {__version__}", "command": "calendar", "now": instant(found.now)}
        click.echo(write({**head, "ends": [_json(end, found.now) for end in ends]}, levels=2), nl=False)
    else:
        for line in _lines(ends, found.now):
            click.echo(line)
    return found.tell()


def _json(end: KeyEnd, now: datetime) -> dict[str, object]:
    return {
        "key": end.key,
        "exchange": end.exchange,
        "kind": end.kind,
        "day": None if end.day is None else end.day.isoformat(),
        "days_left": end.days_left(now),
        "earliest": end.is_earliest,
        "says": end.says,
        "source": end.source,
    }


def _lines(ends: list[KeyEnd], now: datetime) -> Iterator[str]:
    """Yield a table; the sentences of the exchanges stand below it, once each, because they are long."""
    if not ends:
        yield "nothing ends"
        return
    says = list(dict.fromkeys((end.exchange, end.says, end.source) for end in ends if end.kind == "exchange"))
    rows = []
    for end in ends:
        note = f"[{says.index((end.exchange, end.says, end.source)) + 1}]" if end.kind == "exchange" else end.says
        rows.append((_day(end.day), _left(end, now), end.key, end.exchange, end.kind, note))
    yield from table(("DAY", "IN", "KEY", "EXCHANGE", "BY", "WHAT"), rows, columns(), ("EXCHANGE",))
    if says:
        yield ""
    for number, (exchange, text, source) in enumerate(says, 1):
        yield from paragraph(f"{exchange}: {text} ({source})", columns(), f"[{number}] ")


def _day(day: date | None) -> str:
    return "?" if day is None else day.isoformat()


def _left(end: KeyEnd, now: datetime) -> str:
    left = end.days_left(now)
    if left is None:
        return ""
    shown = "today" if left == 0 else plural(left, "day") if left > 0 else f"{plural(-left, 'day')} ago"
    return f"{shown} or later" if end.is_earliest else shown
