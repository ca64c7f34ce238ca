"""Kraken spot: POST /0/private/GetApiKeyInfo, signed with HMAC-SHA512 over path and nonce.

The nonce is milliseconds: a larger unit would lock out the bot that uses the key (docs/kraken-nonce.md).
Source: docs.kraken.com, «Get API Key Info» and «Authentication», 2026-05.
"""

import hashlib
from typing import Any
from urllib.parse import urlencode

from keylint.exchanges.exchange import Answer, Credentials, Error, Request
from keylint.exchanges.fields import allowlist, bad_answer, mapping, moment, number, text, texts
from keylint.exchanges.signing import decode_base64, hmac_sha512_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

TIME_STEP_MS = 1000
"""The resolution of the exchange's time call."""


def body(nonce: int, otp: str | None = None) -> str:
    """Return the form that is sent and signed."""
    return urlencode({"nonce": nonce, **({"otp": otp} if otp else {})})


def digest(nonce: int, form: str) -> bytes:
    """Return SHA-256 of the nonce and the form."""
    return hashlib.sha256(f"{nonce}{form}".encode()).digest()


def signature(path: str, nonce: int, form: str, secret: bytes) -> str:
    """Return the value of `API-Sign`."""
    return hmac_sha512_base64(secret, path.encode() + digest(nonce, form))


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the signed request; the nonce is the time in milliseconds."""
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    form = body(now_ms, credentials.get("otp"))
    headers = {
        "API-Key": credentials.get("api_key") or "",
        "API-Sign": signature(path, now_ms, form, decode_base64(secret, "`api_secret`")),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return Request(method, path, headers=headers, body=form.encode())


def error(answer: Answer) -> Error | None:
    """Return the first error of the list; `EService:Throttled: 1788000000` has its time behind the code."""
    data = answer.data
    errors = data.get("error") if isinstance(data, dict) else None
    if not isinstance(errors, list) or not errors:
        return None
    # Entries that begin with W are warnings beside an answer, not refusals.
    serious = [str(item) for item in errors if not str(item).startswith("W")]
    if not serious:
        return None
    group, _, rest = serious[0].partition(":")
    name, _, until = rest.partition(":")
    seconds = until.strip()
    is_time = seconds.isascii() and seconds.isdigit() and len(seconds) < 12  # noqa: PLR2004 - the year 5138
    return Error(f"{group}:{name}".strip(":"), serious[0], int(seconds) * 1000 if is_time else None)


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state: numbers are texts, and «0» means none."""
    fields = mapping(mapping(data).get("result"), "result")
    listed = facts.rights
    names = texts(fields, "permissions")
    if names is UNKNOWN:
        raise bad_answer("it holds no permissions")
    permissions = dict.fromkeys(names)
    restricted, addresses = allowlist(texts(fields, "ipAllowlist"))
    return LiveKey(
        rights=tuple(name for name in permissions if name in listed),
        unmapped=tuple(name for name in permissions if name not in listed),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=moment(fields, "createdTime", per_second=1),
        expires=moment(fields, "validUntil", per_second=1),
        last_used=None
        if "lastUsed" in fields and fields["lastUsed"] is None
        else moment(fields, "lastUsed", per_second=1),
        label=text(fields, "apiKeyName"),
        key_id=text(fields, "apiKey"),
        account_id=text(fields, "iban"),
    )


def server_time(data: Any) -> int:
    """Return `result.unixtime`, which is in seconds, as milliseconds."""
    return number(mapping(mapping(data).get("result"), "result"), "unixtime") * 1000
