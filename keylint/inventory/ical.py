"""Writes ends as an iCalendar file (RFC 5545): one event of a whole day for each, for any calendar program."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from keylint.inventory.ends import KeyEnd
from keylint.reports.escape import visible

_WIDTH = 75
"""Octets a line may have, without its line end."""


def calendar(ends: Iterable[KeyEnd], now: datetime, version: str, alarm_days: int | None = None) -> str:
    """Return the calendar; ends without a day are left out. `alarm_days`: remind so many days before."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//keylint//keylint {version}//EN",
        "CALSCALE:GREGORIAN",
        "NAME:keylint",
        "X-WR-CALNAME:keylint",
    ]
    for end in ends:
        if end.day is not None:
            lines += _event(end, end.day, now, alarm_days)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _fold(line))


def _event(end: KeyEnd, day: date, now: datetime, alarm_days: int | None) -> Iterator[str]:
    summary = _text(f"{end.key}: {end.says}")
    yield "BEGIN:VEVENT"
    yield f"UID:{uid(end)}"
    yield f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{_day(day)}"
    if day < date.max:  # what lasts until the end of time has no day after
        yield f"DTEND;VALUE=DATE:{_day(day + timedelta(days=1))}"
    yield f"SUMMARY:{summary}"
    yield f"DESCRIPTION:{_text(_description(end))}"
    yield f"CATEGORIES:{_text(end.kind)}"
    yield "TRANSP:TRANSPARENT"
    if alarm_days is not None:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{summary}")
        yield from (f"TRIGGER:-P{alarm_days}D", "END:VALARM")
    yield "END:VEVENT"


def _description(end: KeyEnd) -> str:
    where = f" at {end.exchange}" if end.exchange else ""
    earliest = "\nThe exchange may do it later: this is the earliest day." if end.is_earliest else ""
    return f"Key {end.key}{where}. Says who: {end.source}.{earliest}"


def uid(end: KeyEnd) -> str:
    """Return a name of the event that stays the same when its day moves: a calendar then moves the event."""
    digest = sha256(f"{end.key}\0{end.exchange}\0{end.slug}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{digest[:32]}@keylint"


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"  # strftime writes the year 999 with three digits


def _text(value: str) -> str:
    r"""Escape a TEXT value: what is not a line feed and steers becomes visible first."""
    lines = "\n".join(map(visible, value.split("\n")))
    return lines.replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n")


def _fold(line: str) -> Iterator[str]:
    """Yield a line in pieces of at most 75 octets; each after the first begins with a blank. No character is cut."""
    piece, size = "", 0
    for char in line:
        length = len(char.encode("utf-8", "backslashreplace"))
        if size + length > _WIDTH:
            yield piece
            piece, size = " ", 1
        piece, size = piece + char, size + length
    yield piece
