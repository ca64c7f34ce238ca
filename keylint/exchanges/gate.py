"""Gate (APIv4): GET /api/v4/account/main_keys, signed with HMAC-SHA512; it lists all keys of the main account.

Source: gate.com/docs/developers/apiv4, «API Signature string generation» and «Query All Main Account Key Information»,
copies of 2025 and 2026.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import (
    allowlist,
    bad_answer,
    date_time,
    identity,
    mapping,
    moment,
    number,
    switch,
    text,
    words,
)
from keylint.exchanges.listing import Rows, bounded, few, kept, own_rows, rows_of
from keylint.exchanges.signing import hmac_sha512_hex
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, MaybeTime
from keylint.model.permission import full_name

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

USES = ("key",)
LISTS = ("key", "list-accounts", "list")

_LISTED = ("name", "user_id", "perms", "ip_whitelist", "key", "created_at", "last_access")
_OF_PERMS = ("name", "read_only")
_SHOWN_OF_ID = 12


def digest(body: bytes = b"") -> str:
    """Return SHA-512 of the body in hexadecimal digits."""
    return hashlib.sha512(body).hexdigest()


def payload(method: str, path: str, query: str, body_digest: str, seconds: int) -> str:
    """Return the text that is signed: five lines; the query not percent-encoded."""
    return f"{method}\n{path}\n{query}\n{body_digest}\n{seconds}"


def signature(text: str, secret: str) -> str:
    """Return the value of `SIGN`."""
    return hmac_sha512_hex(secret, text.encode())


def sign(method: str, path: str, credentials: Credentials, now_ms: int, user_id: str = "") -> Request:
    """Return the signed request; the time is in seconds. `user_id` stands in the path where that names it."""
    path = path.replace("{user_id}", user_id)
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    seconds = now_ms // 1000
    headers = {
        "KEY": credentials.get("api_key") or "",
        "Timestamp": str(seconds),
        "SIGN": signature(payload(method, path, "", digest(), seconds), secret),
    }
    return Request(method, path, headers=headers)


def error(answer: Answer) -> Error | None:
    """Return `label`, with the words of `message` or `detail`."""
    data = answer.data
    label = data.get("label") if isinstance(data, dict) else None
    if not isinstance(label, str):
        return None
    return Error(label, str(data.get("message") or data.get("detail") or ""))


def steps(credentials: Credentials, now_ms: int) -> Steps:
    """Ask once, and return the one entry that is about this key."""
    del now_ms
    data = yield Step("key")
    return own(data, credentials.get("api_key") or "")


def own(data: Any, key_id: str) -> Mapping[str, Any]:
    """Return a key's entry of the list; Refusal where there is none, or more than one may be it.

    Ids are masked behind their first twelve characters. One entry without an id is this key, which is in the list.
    """
    entries = [mapping(entry, "a key of the list") for entry in (data if isinstance(data, list) else [data])]
    if len(entries) == 1 and not isinstance(entries[0].get("key"), str):
        return entries[0]
    matching = [entry for entry in entries if _is_of(entry.get("key"), key_id)]
    if len(matching) != 1:
        raise bad_answer(f"{len(matching)} of its keys may be this one" if matching else "this key is not in it")
    return matching[0]


def _is_of(shown: Any, key_id: str) -> bool:
    """Tell whether an id, as the list shows it, may be that of a key."""
    if not isinstance(shown, str):
        return False
    start = shown.rstrip("*")
    return key_id == shown or (start != shown and len(start) >= _SHOWN_OF_ID and key_id.startswith(start))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the state of a key from its entry. An area that is absent is off, unless all answers are silent on it."""
    fields = mapping(data)
    names = {name: full_name(name, facts) for name in _named(fields)}
    rights = tuple(dict.fromkeys(right for right in names.values() if right))
    areas = {_area(right) for right in rights}
    restricted, addresses = allowlist(words(fields, "ip_whitelist"))
    key_id = None if isinstance(fields.get("key"), dict) else text(fields, "key")
    return LiveKey(
        rights=rights,
        unmapped=tuple(name for name, right in names.items() if not right),
        unreported=tuple(n for n, right in facts.rights.items() if right.silent and _area(n) not in areas),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=_moment(fields, "created_at"),
        last_used=_moment(fields, "last_access"),
        label=text(fields, "name"),
        key_id=UNKNOWN if key_id is None or key_id is UNKNOWN or key_id.endswith("*") else key_id,
        account_id=identity(fields, "user_id"),
    )


def _area(right: str) -> str:
    """Return the area of a right, which is named `area.read_only` or `area.read_write`."""
    return right.partition(".")[0]


def _named(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the rights of `perms`: objects with a name, or with several. What is not said to be read-only writes."""
    perms = fields.get("perms")
    if perms is None:
        raise bad_answer("it holds no perms")
    for entry in [perms] if isinstance(perms, dict) else perms if isinstance(perms, list) else [None]:
        perm = mapping(entry, "an entry of perms")
        names = words(perm, "name")
        if names is UNKNOWN:
            raise bad_answer("an entry of perms has no name")
        kind = "read_only" if switch(perm, "read_only") is True else "read_write"
        yield from (f"{name}.{kind}" for name in names)


def _moment(fields: Mapping[str, Any], name: str) -> MaybeTime:
    """Return a time: seconds in the example, a text in the schema."""
    value = fields.get(name)
    is_date = isinstance(value, str) and "-" in value
    return date_time(fields, name) if is_date else moment(fields, name, per_second=1)


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the keys of the main account, then for the sub-accounts, then for the keys of each."""
    return bounded(_listed())


def _listed() -> Steps:
    told = yield Step("key")
    main = [_kept(row) for row in own_rows(rows_of(told if isinstance(told, list) else [told], "the list"))]
    found: Rows = []
    for account in few(rows_of((yield Step("list-accounts")), "the list of sub-accounts")):
        uid = str(number(account, "user_id"))
        rows = rows_of((yield Step("list", partial(sign, user_id=uid))), "the list of keys")
        found += [{"user_id": uid, **_kept(row)} for row in rows]
    return {"account": main, "sub-accounts": found}


def _kept(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is a fact of a key; the object that may stand in the place of its id is none."""
    facts = {name: value for name, value in kept(row, _LISTED).items() if not isinstance(value, dict)}
    if "perms" in row:
        perms = row["perms"] if isinstance(row["perms"], list) else [row["perms"]]
        facts["perms"] = [kept(mapping(perm, "an entry of perms"), _OF_PERMS) for perm in perms]
    return facts


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the main account and of its sub-accounts; ids as they are shown, masked or not."""
    told = mapping(data)
    return tuple(
        read(row, facts)._replace(key_id=text(row, "key"))
        for whose in ("account", "sub-accounts")
        for row in rows_of(told.get(whose), whose)
    )


def server_time(data: Any) -> int:
    """Return `server_time`, in milliseconds."""
    return number(mapping(data), "server_time")
