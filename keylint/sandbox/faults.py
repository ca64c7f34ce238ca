"""All faults by the name that a file of live keys uses, and how such a file is read into them.

Of the faults that answer instead of the exchange, and of those of how an answer is sent, the first that still has
`times` left strikes; those that change an answer strike together. A key's own come first, then those of its exchange,
then those of the sandbox. A fault without `times` never ends; times are counted per exchange.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from keylint.model.errors import UsageError
from keylint.sandbox.answers import (
    Banned,
    BigBody,
    Change,
    DeepJson,
    Echo,
    Gzip,
    HostileText,
    Html,
    Instead,
    NotAnObject,
    RateLimited,
    Redirect,
    Refuse,
    ServerError,
    WrongTypes,
)
from keylint.sandbox.deliveries import (
    Close,
    Cut,
    Delivery,
    EndlessBody,
    EndlessHeaders,
    Hang,
    Reset,
    SlowBody,
    SlowHeaders,
)
from keylint.sandbox.wire import is_json


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """The exchange's clock is that far ahead of the sandbox's (negative: behind), also in the time call."""

    seconds: float
    times: int | None = None


Fault = ClockSkew | Instead | Change | Delivery

FAULTS: Mapping[str, type[Fault]] = {
    "clock_skew": ClockSkew,
    "rate_limited": RateLimited,
    "banned": Banned,
    "server_error": ServerError,
    "html": Html,
    "not_an_object": NotAnObject,
    "deep_json": DeepJson,
    "big_body": BigBody,
    "redirect": Redirect,
    "refuse": Refuse,
    "echo": Echo,
    "wrong_types": WrongTypes,
    "hostile_text": HostileText,
    "gzip": Gzip,
    "cut": Cut,
    "endless_body": EndlessBody,
    "slow_headers": SlowHeaders,
    "endless_headers": EndlessHeaders,
    "slow_body": SlowBody,
    "reset": Reset,
    "close": Close,
    "hang": Hang,
}

FAULT_NAMES: Mapping[type[Fault], str] = {kind: name for name, kind in FAULTS.items()}


def faults_from(data: object, where: str) -> tuple[Fault, ...]:
    """Read a list of faults, each a name or a mapping of one name to its options; raises UsageError."""
    if not isinstance(data, list):
        raise UsageError(f"{where} must be a list of faults")
    return tuple(_fault(entry, f"{where}[{position}]") for position, entry in enumerate(data))


def _fault(entry: object, where: str) -> Fault:
    if isinstance(entry, str):
        name, options = entry, None
    elif isinstance(entry, dict) and len(entry) == 1:
        name, options = next(iter(entry.items()))
    else:
        raise UsageError(f"{where} must be a fault's name, or one name with its options")
    kind = FAULTS.get(name)
    if kind is None:
        raise UsageError(f"{where} is no fault that the sandbox knows; there are: {', '.join(FAULTS)}")
    if not isinstance(options, dict | NoneType):
        raise UsageError(f"{where}.{name} must be a mapping of options")
    return kind(**_options(kind, options or {}, f"{where}.{name}"))


def _options(kind: type[Fault], given: Mapping[object, object], where: str) -> dict[str, Any]:
    """Check the given options against the fields of the fault."""
    hints = get_type_hints(kind)
    if given.keys() - hints.keys():
        raise UsageError(f"{where} has an option that the fault does not know; there are: {', '.join(hints)}")
    if missing := [f.name for f in fields(kind) if f.default is MISSING and f.name not in given]:
        raise UsageError(f"{where} needs the option {missing[0]!r}")
    return {str(name): _value(value, hints[str(name)], f"{where}.{name}") for name, value in given.items()}


def _value(value: object, hint: Any, where: str) -> object:
    """Return the value of an option, a list as a tuple and a number as a text where the field wants it so."""
    if hint is str and type(value) is int:
        return str(value)
    if get_origin(hint) is tuple and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if not _fits(value, hint):
        raise UsageError(f"{where} must be {_said(hint)}")
    return value


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if isinstance(hint, UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    if hint is float:
        return type(value) in (int, float)
    return is_json(value) if hint is object else type(value) is hint


def _said(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(map(repr, get_args(hint)))
    if isinstance(hint, UnionType):
        return " or ".join(map(_said, get_args(hint)))
    names = {int: "a whole number", float: "a number", str: "a text", NoneType: "null", object: "a JSON value"}
    return names.get(hint, "a list of texts")
