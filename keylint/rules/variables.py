"""What a custom rule may speak of: the key, the exchange's facts, the live key, and now."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.exposure import CONCEALED
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.permission import gives

_TEXTS = (
    "exchange", "name", "account", "account_type", "account_id", "environment", "site", "key_id", "label", "algorithm",
    "owner", "purpose", "status", "replaces", "notes",
)  # fmt: skip
_LISTS = ("permissions", "capabilities", "ip_allowlist", "symbols", "holder")
_TIMES = ("created", "expires", "reviewed")
_MAPS = ("labels", "credentials")
_FLAGS = ("lists",)
_DAY = len("2026-11-22")
EXCHANGE_FACTS = "key.exchange_facts"

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*\Z|file:[^\x00]+\Z")
_HOLE = re.compile(r"\{(\w+(?:\.[\w-]+)?)\}")

Variables = Mapping[str, Any]


def types_of_key(kind: Any) -> dict[str, Any]:
    """Return the name and type of everything that an expression may say of a declared key, and `now`."""
    named = {
        **dict.fromkeys(_TEXTS, kind.STRING),
        **dict.fromkeys(_LISTS, kind.List(kind.STRING)),
        **dict.fromkeys(_TIMES, kind.TIMESTAMP),
        **dict.fromkeys(_MAPS, kind.Map(kind.STRING, kind.STRING)),
        **dict.fromkeys(_FLAGS, kind.BOOL),
        "exchange_facts": kind.Map(kind.STRING, kind.DYN),
    }
    return {**_with_has("key", named, kind), "now": kind.TIMESTAMP}


def types_of_live(kind: Any) -> dict[str, Any]:
    """Return the name and type of everything that it may say of the live key."""
    texts = kind.List(kind.STRING)
    named = {
        "permissions": texts,
        "capabilities": texts,
        "ip_restricted": kind.BOOL,
        "ip_allowlist": texts,
        "created": kind.TIMESTAMP,
        "expires": kind.TIMESTAMP,
        "unknown": texts,
    }
    return _with_has("live", named, kind)


def _with_has(of: str, named: Mapping[str, Any], kind: Any) -> dict[str, Any]:
    return {f"{of}.{name}": typ for name, typ in named.items()} | {f"{of}.has_{name}": kind.BOOL for name in named}


def variables(key: KeyDecl, live: LiveKey | None, now: datetime) -> Variables:
    """Return the normalised key: defaults applied, capabilities resolved; absent lists and maps are empty."""
    texts = {name: value for name in _TEXTS if isinstance(value := key.raw.get(name), str)}
    texts |= {"exchange": key.exchange, "name": key.name, "environment": key.environment, "status": key.status}
    lists = {
        "permissions": list(key.permissions),
        "capabilities": sorted(key.capabilities),
        "ip_allowlist": list(key.ip_allowlist),
        "symbols": list(key.symbols),
        "holder": list(key.holders),
    }
    ends = key.expires
    if ends and len(key.written("expires")) == _DAY:
        # The end of a day is the first moment of the next; what was written is the day.
        ends = (ends - timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    times = {"created": key.created, "expires": ends, "reviewed": key.reviewed}
    maps = {name: value for name in _MAPS if isinstance(value := key.raw.get(name), Mapping)}
    values: dict[str, Any] = {
        **texts,
        **lists,
        **{name: time for name, time in times.items() if time},
        "labels": {name: str(value) for name, value in maps.get("labels", {}).items()},
        # A secret that stands where a reference belongs must not get into a message, however short it is.
        "credentials": {
            name: value if isinstance(value, str) and _REFERENCE.match(value) else CONCEALED
            for name, value in maps.get("credentials", {}).items()
        },
        "lists": key.raw.get("lists") is True,
        "exchange_facts": _facts(key),
    }
    given = {name for name, value in values.items() if value or isinstance(value, str)} - set(_FLAGS)
    given |= {name for name in _FLAGS if name in key.raw}
    everything = (*_TEXTS, *_LISTS, *_TIMES, *_MAPS, *_FLAGS, "exchange_facts")
    found = _named("key", values, everything, given) | {"now": now}
    return found if live is None else found | _live(key, live)


def _live(key: KeyDecl, live: LiveKey) -> dict[str, Any]:
    """Return what the exchange shows of the key; what it does not tell is absent and named in `unknown`."""
    told = {
        "ip_restricted": live.ip_restricted,
        "ip_allowlist": live.ip_allowlist if live.ip_allowlist is UNKNOWN else list(live.ip_allowlist),
        "created": live.created,
        "expires": live.expires,
    }
    values = {
        "permissions": [*live.rights, *live.unmapped],
        "capabilities": sorted(gives(live.rights, key.facts)) if key.facts else [],
        **{name: value for name, value in told.items() if value is not UNKNOWN and value is not None},
        "unknown": list(live.unknown),
    }
    return _named("live", values, (*told, "permissions", "capabilities", "unknown"), set(values))


def _named(of: str, values: Variables, everything: tuple[str, ...], given: set[str]) -> dict[str, Any]:
    present = {f"{of}.has_{name}": name in given for name in everything}
    return {f"{of}.{name}": value for name, value in values.items()} | present


def _facts(key: KeyDecl) -> dict[str, Any]:
    """Return what rules may ask of the exchange; what is unknown is absent."""
    if key.facts is None:
        return {}
    addresses: dict[str, str | int] = {
        "supported": key.facts.addresses.supported,
        "shown": key.facts.addresses.shown,
        "cidr": key.facts.addresses.cidr,
        "ipv6": key.facts.addresses.ipv6,
    }
    if key.facts.addresses.maximum is not None:
        addresses["maximum"] = key.facts.addresses.maximum
    return {
        "title": key.facts.title,
        "inspection": key.facts.inspection,
        "nonce_shared": key.facts.nonce_shared,
        "addresses": addresses,
        "rights": sorted(key.facts.rights),
    }


def filled(message: str, data: Variables) -> str:
    """Fill {owner}, {labels.ticket}, {live.permissions}, … in; absent ones are empty, and what is no field stays."""

    def fill(match: re.Match[str]) -> str:
        name = match[1] if match[1].startswith("live.") else f"key.{match[1]}"
        of, field, *entry = name.split(".")
        top = f"{of}.{field}"
        is_field = f"{of}.has_{field}" in data and top not in ("key.credentials", EXCHANGE_FACTS)
        if not is_field or (entry and not isinstance(data.get(top), Mapping)):
            return match[0]
        return canonical(find(name, data), ", ")

    return _HOLE.sub(fill, message)


def find(name: str, data: Variables) -> Any:
    """Return the value of a field, or of an entry of one that is a mapping; None for an absent one."""
    if name in data:
        return data[name]
    field, _, entry = name.rpartition(".")
    return value.get(entry) if isinstance(value := data.get(field), Mapping) else None


def canonical(value: Any, separator: str = ",") -> str:
    """Return a value as a text that does not depend on any order."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
        case list():
            return separator.join(sorted(value))
        case Mapping():
            return separator.join(f"{name}: {value[name]}" for name in sorted(value))
        case _:
            return str(value)
