"""Turns a key's plain data into a `KeyDecl`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from keylint.load.facts import facts_of, vocabulary
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem
from keylint.model.permission import Declared, resolve
from keylint.model.source import Path

_DAY = 10
TIMES = ("created", "expires", "reviewed")


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime:
    """Return a day (its start) or an instant in UTC; ValueError where the calendar has no such day."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@lru_cache(maxsize=4096)
def end(text: str) -> datetime:
    """Return the first moment after an end: a day lasts to its end, an instant is its own."""
    moment = instant(text)
    return moment + timedelta(days=1) if len(text) == _DAY else moment


@lru_cache(maxsize=4096)
def _declared(exchange: str, permissions: tuple[str, ...]) -> Declared:
    return resolve(permissions, facts_of(exchange), vocabulary())


def calendar_problems(path: Path, data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem for each time that has the right form and does not exist, such as 2026-02-30."""
    for field in TIMES:
        text = data.get(field)
        if isinstance(text, str):
            try:
                end(text)
            except (ValueError, OverflowError):
                yield Problem((*path, field), f"`{field}` is no day of the calendar: {text!r}", "", text)


def key_decl(name: str, data: Mapping[str, Any]) -> KeyDecl:
    """Build the key from data that passed the schema, defaults applied; what is absent takes its default."""
    holder = data.get("holder", ())
    created, expires, reviewed = data.get("created"), data.get("expires"), data.get("reviewed")
    exchange, permissions = data.get("exchange", ""), tuple(data.get("permissions", ()))
    return KeyDecl(
        path=("keys", name),
        name=name,
        exchange=exchange,
        permissions=permissions,
        declared=_declared(exchange, permissions),
        facts=facts_of(exchange),
        raw=data,
        ip_allowlist=tuple(data.get("ip_allowlist", ())),
        restricted=bool(data.get("ip_allowlist")),
        account=data.get("account"),
        environment=data.get("environment", "production"),
        site=data.get("site"),
        owner=data.get("owner"),
        holders=(holder,) if isinstance(holder, str) else tuple(holder),
        purpose=data.get("purpose"),
        created=instant(created) if created else None,
        expires=end(expires) if expires else None,
        reviewed=instant(reviewed) if reviewed else None,
        status=data.get("status", "active"),
        algorithm=data.get("algorithm"),
        account_type=data.get("account_type"),
        symbols=tuple(data.get("symbols", ())),
        replaces=data.get("replaces"),
        credentials=data.get("credentials"),
    )
