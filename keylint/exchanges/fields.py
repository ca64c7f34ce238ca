"""Reads fields of an answer: absent is unknown, a wrong type is a refusal that names the field and never the value."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, MaybeTime, Unknown


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
