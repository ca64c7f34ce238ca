"""Turns a key's plain data into a `KeyDecl`."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from keylint.load.facts import facts_of, vocabulary
from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts
from keylint.model.finding import Problem
from keylint.model.permission import Declared, resolve
from keylint.model.source import Path

_DAY = 10
TIMES = ("created", "expires", "reviewed")


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime:
    """Return a day (its start) or an instant in UTC; ValueError where the calendar has no such day."""
    moment = datetime.fromisoformat(text.upper())  # of RFC 3339 it refuses the small t and z
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@lru_cache(maxsize=4096)
def end(text: str) -> datetime:
    """Return the first moment after an end: a day lasts to its end, an instant is its own."""
    moment = instant(text)
    if len(text) != _DAY:
        return moment
    return moment + timedelta(days=1) if moment.date() != date.max else datetime.max.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def _declared(permissions: tuple[str, ...], facts: Facts | None) -> Declared:
    return resolve(permissions, facts, vocabulary())


def _references(credentials: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the credentials that are references and name something that only one key should have."""
    return tuple(
        item
        for item in credentials.items()
        if type(text := item[1]) is str and text.startswith(("env:", "file:")) and item[0] != "address"
    )


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
    account_type, credentials = data.get("account_type"), data.get("credentials")
    facts = facts_of(exchange, account_type)
    return KeyDecl(
        path=("keys", name),
        name=name,
        exchange=exchange,
        permissions=permissions,
        declared=_declared(permissions, facts),
        facts=facts,
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
        account_type=account_type,
        symbols=tuple(data.get("symbols", ())),
        replaces=data.get("replaces"),
        credentials=credentials,
        references=_references(credentials) if credentials else (),
    )
