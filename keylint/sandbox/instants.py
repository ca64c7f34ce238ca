"""Moments as exchanges read and write them, and the window in which a request must be sent."""

import re
from datetime import UTC, datetime, timedelta, timezone

DAY_MS = 86_400_000

_SEOUL = timezone(timedelta(hours=9))
_DIGITS = re.compile(r"[0-9]{1,20}")
_AHEAD_MS = 1000


def whole(text: str) -> int | None:
    """Read digits; None where it is anything else."""
    return int(text) if _DIGITS.fullmatch(text) else None


def is_timely(sent_ms: int, window_ms: int, now_ms: int) -> bool:
    """Say whether a timestamp lies in the window before now, or less than a second ahead."""
    return sent_ms < now_ms + _AHEAD_MS and now_ms - sent_ms <= window_ms


def millis(moment: datetime) -> int:
    """Return Unix milliseconds."""
    return int(moment.timestamp() * 1000)


def iso(moment: datetime) -> str:
    """Return a text such as 2026-09-01T00:00:00Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def iso_millis(moment: datetime) -> str:
    """Return a text such as 2026-09-01T00:00:00.000Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def iso_seoul(moment: datetime) -> str:
    """Return a text such as 2026-09-01T09:00:00+09:00."""
    return moment.astimezone(_SEOUL).isoformat(timespec="seconds")


def moment(now_ms: int) -> datetime:
    """Return a time of the exchange as such."""
    return datetime.fromtimestamp(now_ms / 1000, UTC)


def days_left(end: datetime, now_ms: int) -> int:
    """Return the whole days from now to the end."""
    return (millis(end) - now_ms) // DAY_MS
