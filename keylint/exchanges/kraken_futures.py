"""Kraken Futures: GET /api/auth/v1/api-keys/v3/check, signed with HMAC-SHA512 over a SHA-256 digest.

A nonce may be left out, and is: so no program that uses the key can be locked out.
Source: docs.kraken.com, «Check v3 API key» and the futures API's authentication with its change of 2024-02-20.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from keylint.exchanges.exchange import Answer, Credentials, Error, Request
from keylint.exchanges.fields import allowlist, bad_answer, date_time, mapping, text, texts
from keylint.exchanges.signing import decode_base64, hmac_sha512_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, Unknown

TIME_STEP_MS = 1
"""The resolution of the exchange's time call, had it one: neither clock nor nonce is signed."""


def endpoint(path: str) -> str:
    """Return the path as it is signed: calls of the trading API without their first segment."""
    return path.removeprefix("/derivatives")


def digest(path: str, sent: str = "", nonce: str = "") -> bytes:
    """Return SHA-256 of query or body as `sent`, nonce and path."""
    return hashlib.sha256(f"{sent}{nonce}{endpoint(path)}".encode()).digest()


def signature(hashed: bytes, secret: bytes) -> str:
    """Return the value of `Authent`."""
    return hmac_sha512_base64(secret, hashed)


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the signed request; it has neither query nor body."""
    del now_ms
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    headers = {
        "APIKey": credentials.get("api_key") or "",
        "Authent": signature(digest(path), decode_base64(secret, "`api_secret`")),
    }
    return Request(method, path, headers=headers)


def error(answer: Answer) -> Error | None:
    """Return `error`, a word, with what else is said."""
    data = answer.data
    code = data.get("error") if isinstance(data, dict) else None
    if not isinstance(code, str) or not code:
        return None
    more = (data.get("message"), data.get("suberror"))
    return Error(code, " ".join(part for part in (code, *more) if isinstance(part, str)))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state. An area that is absent or null is unknown; one that nobody knows is not off."""
    fields = mapping(data)
    areas = _areas(fields, facts)
    named = [f"{area}.{value}" for area, value in areas.items() if value is not UNKNOWN]
    restricted, addresses = allowlist(_addresses(fields))
    return LiveKey(
        rights=tuple(name for name in named if name in facts.rights),
        unmapped=tuple(name for name in named if name not in facts.rights and not _is_off(name)),
        unreported=tuple(name for name in facts.rights if areas.get(_area(name), UNKNOWN) is UNKNOWN),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=date_time(fields, "createdAt"),
        key_id=text(fields, "apiKey"),
        account_id=text(fields, "accountUid"),
    )


def _area(right: str) -> str:
    """Return the area of a right, which is named `area.VALUE`."""
    return right.partition(".")[0]


def _is_off(name: str) -> bool:
    return name.endswith(".NO_ACCESS")


def _areas(fields: Mapping[str, Any], facts: Facts) -> dict[str, str | Literal[Unknown.UNKNOWN]]:
    """Return what `permissions` says of each area."""
    permissions = fields.get("permissions")
    if permissions is None:
        raise bad_answer("it holds no permissions")
    known = {_area(name) for name in facts.rights}
    areas: dict[str, str | Literal[Unknown.UNKNOWN]] = {}
    for area, value in mapping(permissions, "permissions").items():
        if value is not None and not isinstance(value, str):
            # A name that nobody knows may be anything, even what was sent: it is not repeated.
            raise bad_answer(f"permissions.{area} is not a text" if area in known else "a permission is not a text")
        areas[area] = UNKNOWN if value is None else value
    if all(areas.get(area, UNKNOWN) is UNKNOWN for area in known):
        raise bad_answer("it holds no right at all")
    return areas


def _addresses(fields: Mapping[str, Any]) -> tuple[str, ...] | Literal[Unknown.UNKNOWN]:
    """Return `allowedCidrBlocks` with the one block of the older `allowedCidrBlock`."""
    blocks, one = texts(fields, "allowedCidrBlocks"), text(fields, "allowedCidrBlock")
    single = () if one is UNKNOWN or not one else (one,)
    if blocks is UNKNOWN and not single:
        return UNKNOWN
    return (*(() if blocks is UNKNOWN else blocks), *single)


def server_time(data: Any) -> int:
    """Refuse whatever it is: the facts name no time call."""
    del data
    raise bad_answer("there is no time call")
