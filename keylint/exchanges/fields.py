"""Reads fields of an answer: absent is unknown, a wrong type is a refusal that names the field and never the value."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, MaybeTime, Unknown

Flag = bool | Literal[Unknown.UNKNOWN]
Words = tuple[str, ...] | Literal[Unknown.UNKNOWN]

_ANYWHERE = frozenset({"*", "0.0.0.0", "0.0.0.0/0", "::", "::/0"})  # noqa: S104 - binds nothing: it is looked for
_SWITCHES = {"0": False, "1": True, "false": False, "true": True}


def bad_answer(what: str) -> Refusal:
    """Return the refusal for an answer that makes no sense."""
    hint = "the exchange may have changed its answer; nothing was concluded from it"
    return Refusal(Reason.BAD_ANSWER, f"the answer makes no sense: {what}", hint)


def mapping(data: Any, what: str = "it") -> Mapping[str, Any]:
    """Return an object of the answer."""
    if not isinstance(data, dict):
        raise bad_answer(f"{what} is not an object")
    return data


def flag(data: Mapping[str, Any], name: str) -> bool | Literal[Unknown.UNKNOWN]:
    """Return a boolean."""
    value = data.get(name)
    if value is None:
        return UNKNOWN
    if not isinstance(value, bool):
        raise bad_answer(f"{name} is not true or false")
    return value


def text(data: Mapping[str, Any], name: str) -> str | Literal[Unknown.UNKNOWN]:
    """Return a text."""
    value = data.get(name)
    if value is None:
        return UNKNOWN
    if not isinstance(value, str):
        raise bad_answer(f"{name} is not a text")
    return value


def texts(data: Mapping[str, Any], name: str) -> tuple[str, ...] | Literal[Unknown.UNKNOWN]:
    """Return a list of texts."""
    value = data.get(name)
    if value is None:
        return UNKNOWN
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_answer(f"{name} is not a list of texts")
    return tuple(value)


def number(data: Mapping[str, Any], name: str) -> int:
    """Return a whole number that is not negative, written as such or as a text of digits."""
    value = data.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:  # noqa: PLR2004 - 64 bits
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 64:
        raise bad_answer(f"{name} is not a number")
    return value


def moment(data: Mapping[str, Any], name: str, *, per_second: int) -> MaybeTime:
    """Return a time that is counted from 1970, written as a number or as a text of digits; 0 means none."""
    value = data.get(name)
    if value is None:
        return UNKNOWN
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:  # noqa: PLR2004 - 64 bits
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise bad_answer(f"{name} is not a time")
    if value == 0:
        return None
    try:
        return datetime.fromtimestamp(value / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        raise bad_answer(f"{name} is not a time") from None


def switch(data: Mapping[str, Any], name: str) -> bool | Literal[Unknown.UNKNOWN]:
    """Return a boolean that may be written as a number or a text as well: 0, 1, «false», «true»."""
    value = data.get(name)
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str) and (word := str(value).lower()) in _SWITCHES:
        return _SWITCHES[word]
    raise bad_answer(f"{name} is not true or false")


def words(data: Mapping[str, Any], name: str) -> tuple[str, ...] | Literal[Unknown.UNKNOWN]:
    """Return texts that stand in a list or in one text with commas; empty ones and repetitions are left out."""
    value = data.get(name)
    listed = value.split(",") if isinstance(value, str) else texts(data, name)
    return UNKNOWN if listed is UNKNOWN else tuple(dict.fromkeys(word for item in listed if (word := item.strip())))


def allowlist(listed: Words, flagged: Flag = UNKNOWN) -> tuple[Flag, Words]:
    """Return whether a key is bound to addresses, and to which ones: unknown where stars hide a part of one.

    An empty entry is none. One that stands for all addresses opens the key, whatever else is said. `flagged`: what the
    answer says beside the list, which counts for more than a list that is empty or not shown.
    """
    names = () if listed is UNKNOWN else listed
    entries = tuple(dict.fromkeys(entry for text in names if (entry := text.strip())))
    if flagged is False or _ANYWHERE.intersection(entries):
        return False, ()
    if not entries:
        return (flagged, UNKNOWN) if flagged is True or listed is UNKNOWN else (False, ())
    return True, UNKNOWN if any("*" in entry for entry in entries) else entries


def identity(data: Mapping[str, Any], name: str) -> str | Literal[Unknown.UNKNOWN]:
    """Return an id, which is a text or a number."""
    value = data.get(name)
    return str(value) if type(value) is int and abs(value) < 1 << 64 else text(data, name)


def date_time(data: Mapping[str, Any], name: str) -> MaybeTime:
    """Return a time that is written as ISO 8601; UTC where nothing else is said; one in 1970 means none."""
    value = text(data, name)
    if value is UNKNOWN:
        return UNKNOWN
    try:
        written = datetime.fromisoformat(value)
        found = written.astimezone(UTC) if written.tzinfo else written.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise bad_answer(f"{name} is not a time") from None
    return None if value.startswith("1970-01-01") else found


def days_from(data: Mapping[str, Any], name: str, now_ms: int) -> MaybeTime:
    """Return the end that lies a number of whole days ahead, at the earliest moment that this can mean.

    A negative number of days is for ever.
    """
    value = data.get(name)
    if value is None:
        return UNKNOWN
    try:
        days = int(value) if isinstance(value, str) and len(value) < 20 else value  # noqa: PLR2004 - 64 bits
        if not isinstance(days, int) or isinstance(days, bool):
            raise bad_answer(f"{name} is not a number of days")
        if days < 0:
            return None
        return datetime.fromtimestamp(now_ms / 1000, UTC) + timedelta(days=days)
    except (ValueError, OverflowError):
        raise bad_answer(f"{name} is not a number of days") from None
