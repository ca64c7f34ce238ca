"""Reads a YAML file of live keys. A wrong one raises UsageError: file, field and what it must be, never a value."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import yaml

from keylint.model.errors import UsageError
from keylint.model.secret import Secret
from keylint.sandbox.faults import faults_from
from keylint.sandbox.pem import algorithm, public_half
from keylint.sandbox.simulation import SIMULATED, Played
from keylint.sandbox.state import Key, State
from keylint.sandbox.wire import is_json

Reader = Callable[[object, str], Any]
"""Value and its place -> what it means."""


def load(path: Path) -> State:
    """Read a file of live keys."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{path}: cannot be read: {what}") from None
    return parse(text, str(path))


def parse(text: str, name: str) -> State:
    """Read the text of a file of live keys; `name` is what messages call it."""
    try:
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:  # its own text quotes the file, and so perhaps a secret
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UsageError(f"{name}{line}: is no YAML that can be read safely") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise UsageError(f"{name}: is no YAML") from None
    return state_from(data, name)


def state_from(data: object, name: str) -> State:
    """Read plain data in the shape of a file of live keys."""
    fields = _fields(data, name, _STATE)
    if "keys" not in fields:
        raise UsageError(f"{name}: keys is missing")
    places = _fields(fields.get("exchanges", {}), f"{name}: exchanges", dict.fromkeys(SIMULATED, _exchange))
    state = State(
        keys=fields["keys"],
        faults=fields.get("faults", ()),
        exchange_faults={exchange: place.get("faults", ()) for exchange, place in places.items()},
        ports={exchange: place["port"] for exchange, place in places.items() if "port" in place},
        latency_ms=fields.get("latency_ms", 0),
    )
    seen: set[tuple[str, str]] = set()
    for position, key in enumerate(state.keys):
        if (key.exchange, key.api_key) in seen:
            raise UsageError(f"{name}: keys[{position}].api_key stands twice")
        seen.add((key.exchange, key.api_key))
    return state


def _fields(value: object, where: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Read the fields of a mapping with the reader of each; a null counts as absent."""
    if not isinstance(value, dict):
        raise UsageError(f"{where} must be a mapping")
    glue = "." if ": " in where else ": "
    for name in value:
        if name not in readers:
            near = get_close_matches(str(name), readers, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(readers)}"
            raise UsageError(f"{where} has a field that the sandbox does not know; {hint}")
    return {name: readers[name](inner, f"{where}{glue}{name}") for name, inner in value.items() if inner is not None}


def _key(value: object, where: str) -> Key:
    fields = _fields(value, where, _KEY)
    for name in ("exchange", "api_key"):
        if name not in fields:
            raise UsageError(f"{where}.{name} is missing")
    if (exchange := SIMULATED.get(fields["exchange"])) is None:
        raise UsageError(f"{where}.exchange is none that the sandbox plays; there are: {', '.join(SIMULATED)}")
    if (private := fields.pop("private_key", None)) is not None:
        if "public_key" in fields:
            raise UsageError(f"{where}.private_key: public_key is given as well; one of them is enough")
        fields["public_key"] = private
    if foreign := [name for name in fields if name in _NOT_COMMON - exchange.fields]:
        raise UsageError(f"{where}.{foreign[0]} is nothing that keys of {exchange.name} have")
    key = Key(**fields)
    if complaint := _kind_problem(key, exchange) or exchange.problem(key) or _general_problem(key, exchange):
        raise UsageError(f"{where}.{complaint}")
    return key


def _kind_problem(key: Key, exchange: type[Played]) -> str | None:
    """Complain about what the key signs with."""
    if not exchange.algorithms:
        is_bare = key.api_secret is None and key.public_key is None
        return None if is_bare else f"api_secret, public_key and private_key are nothing that {exchange.name} asks for"
    if (key.api_secret is None) == (key.public_key is None):
        return "api_secret, public_key or private_key: exactly one of them must be given"
    kind = "hmac" if key.public_key is None else algorithm(key.public_key)
    if kind not in exchange.algorithms:
        return f"api_secret, public_key or private_key: keys of {exchange.name} are {' or '.join(exchange.algorithms)}"
    return None


def _general_problem(key: Key, exchange: type[Played]) -> str | None:
    """Complain about what no exchange would have."""
    if "passphrase" in exchange.fields and not key.passphrase:
        return "passphrase is missing"
    if key.main_account and key.main_account == key.uid:
        return "main_account must be another one than account"
    for position, name in enumerate(key.permissions):
        if name not in exchange.rights:
            return f"permissions[{position}] is no right that {exchange.name} documents (others go under answer)"
    return None


def _list(reader: Reader) -> Reader:
    """Return the reader of a list of what `reader` reads."""

    def read(value: object, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise UsageError(f"{where} must be a list")
        return tuple(reader(item, f"{where}[{position}]") for position, item in enumerate(value))

    return read


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where} must be a text (in quotes where it looks like a number)")
    return value


def _secret(value: object, where: str) -> Secret:
    return Secret(_text(value, where))


def _public(value: object, where: str) -> str:
    if "-----" not in _text(value, where):
        raise UsageError(f"{where} is no key in PEM")
    return _private(value, where)


def _private(value: object, where: str) -> str:
    try:
        return public_half(_text(value, where))
    except ValueError as error:
        raise UsageError(f"{where} {error}") from None


def _environment(value: object, where: str) -> str:
    if value not in ("production", "demo"):
        raise UsageError(f"{where} must be 'production' or 'demo'")
    return str(value)


def _switch(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{where} must be true or false")
    return value


def _number(value: object, where: str) -> int:
    if type(value) is not int or value < 0:
        raise UsageError(f"{where} must be a whole number, 0 or more")
    return value


def _moment(value: object, where: str) -> datetime:
    """Read a date or a time; UTC where nothing else is said."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise UsageError(f"{where} must be a time such as 2026-09-01T00:00:00Z")


def _address(value: object, where: str) -> str:
    try:
        return str(ip_address(_text(value, where)))
    except ValueError:
        raise UsageError(f"{where} must be an IP address") from None


def _range(value: object, where: str) -> str:
    try:
        ip_network(text := _text(value, where), strict=False)
    except ValueError:
        raise UsageError(f"{where} must be an IP address or a range such as 198.51.100.0/24") from None
    return text


def _raw(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value) or not is_json(value):
        raise UsageError(f"{where} must be a mapping of field names to raw JSON values (dates in quotes)")
    return value


def _exchange(value: object, where: str) -> dict[str, Any]:
    return _fields(value, where, {"faults": faults_from, "port": _number})


_KEY: Mapping[str, Reader] = {
    "exchange": _text,
    "api_key": _text,
    "api_secret": _secret,
    "public_key": _public,
    "private_key": _private,
    "permissions": _list(_text),
    "ip_allowlist": _list(_range),
    "created": _moment,
    "expires": _moment,
    "last_used": _moment,
    "label": _text,
    "passphrase": _secret,
    "account": _text,
    "main_account": _text,
    "account_name": _text,
    "environment": _environment,
    "unified": _switch,
    "read_only": _switch,
    "answer": _raw,
    "omit": _list(_text),
    "client_address": _address,
    "last_nonce": _number,
    "nonce_window": _number,
    "otp": _secret,
    "faults": faults_from,
}

_NOT_COMMON = frozenset[str]().union(*(exchange.fields for exchange in SIMULATED.values()))

_STATE: Mapping[str, Reader] = {
    "keys": _list(_key),
    "faults": faults_from,
    "exchanges": lambda value, _: value,
    "latency_ms": _number,
}
