"""Coinbase Advanced Trade: GET /api/v3/brokerage/key_permissions, each request with a token (JWT) in ES256 or EdDSA.

Source: docs.cdp.coinbase.com, «Get API Key Permissions» and «API key authentication», and coinbase/coinbase-advanced-py
1.8.4, 2026-07.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import bad_answer, flag, mapping, number, text
from keylint.exchanges.signing import (
    base64url,
    decode_base64,
    key_algorithm,
    load_ed25519_seed,
    load_private_key,
    sign_jws,
)
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

HOST = "api.coinbase.com"
"""What a token names as its goal: the exchange's own host, also where a gateway is asked."""

LIFETIME_SECONDS = 120
"""How long a token lives, as the exchange demands."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

USES = ("key",)

_NAMES = {"ed25519": "EdDSA", "ecdsa": "ES256"}
_UNAUTHORIZED, _TOO_MANY, _DIGITS = 401, 429, 7
_ONE_FOR_ALL = ("HTTP 401", "Unauthorized")
_NAMED = ("Unauthorized", "PERMISSION_DENIED", "authentication_error", "invalid_token", "rate_limit_exceeded")


def private_key(credentials: Credentials) -> tuple[Any, str]:
    """Return the key and its algorithm: from PEM, also one whose line ends are escaped, or base64 (Ed25519)."""
    if not (given := credentials.get("private_key")):
        raise Refusal(Reason.NO_CREDENTIALS, "`private_key` is missing", "add `private_key:` under `credentials`")
    if "-----" in given:
        key = load_private_key(given.replace("\\n", "\n"), credentials.get("private_key_passphrase"))
    else:
        key = load_ed25519_seed(decode_base64(given, "`private_key`"))
    kind = key_algorithm(key)
    if kind not in _NAMES:
        raise Refusal(Reason.BAD_CREDENTIALS, "Coinbase takes Ed25519 and ECDSA keys, not RSA")
    if credentials.algorithm not in (None, kind):
        message = f"the private key is {kind}, the declaration says {credentials.algorithm}"
        raise Refusal(Reason.BAD_CREDENTIALS, message, "correct `algorithm`, or give the other key")
    return key, kind


def header(key_id: str, algorithm: str, nonce: str) -> str:
    """Return a token's header."""
    return _json({"alg": _NAMES[algorithm], "kid": key_id, "nonce": nonce, "typ": "JWT"})


def claims(key_id: str, method: str, path: str, now_ms: int) -> str:
    """Return a token's claims: for two minutes, for one method and one path without scheme and query."""
    begin = now_ms // 1000
    uri = f"{method} {HOST}{path}"
    return _json({"sub": key_id, "iss": "cdp", "nbf": begin, "exp": begin + LIFETIME_SECONDS, "uri": uri})


def payload(head: str, said: str) -> str:
    """Return what is signed: header and claims."""
    return f"{base64url(head.encode())}.{base64url(said.encode())}"


def token(key: Any, head: str, said: str) -> str:
    """Return the whole token."""
    signed = payload(head, said)
    return f"{signed}.{base64url(sign_jws(key, signed.encode()))}"


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the request with a token of its own."""
    key, kind = private_key(credentials)
    key_id = credentials.get("api_key") or ""
    head = header(key_id, kind, secrets.token_hex(16))
    bearer = token(key, head, claims(key_id, method, path, now_ms))
    return Request(method, path, headers={"Authorization": f"Bearer {bearer}"})


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask, and once more with a new token: valid ones are refused now and then (coinbase-advanced-py#132)."""
    told = yield Step("key", accepts=_ONE_FOR_ALL)
    if isinstance(told, Error):
        told = yield Step("key")
    return told


def error(answer: Answer) -> Error | None:
    """Return the name of a refusal, by any of the forms that it has; a 401 is often no more than plain text."""
    data = answer.data
    if isinstance(data, dict):
        first = data["errors"][0] if isinstance(data.get("errors"), list) and data["errors"] else None
        if isinstance(first, dict) and isinstance(first.get("id"), str):
            return Error(first["id"], _said(first))
        if isinstance(data.get("error"), str):
            wait = answer.headers.get("x-ratelimit-reset", "") if answer.status == _TOO_MANY else ""
            seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < _DIGITS else None
            is_named = answer.status != _UNAUTHORIZED or data["error"] in _NAMED
            code = data["error"] if is_named else _ONE_FOR_ALL[0]
            return Error(code, _said(data), wait_ms=None if seconds is None else seconds * 1000)
    elif data == "Unauthorized":
        return Error("Unauthorized")
    return Error("HTTP 401") if answer.status == _UNAUTHORIZED else None


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state. Every right may be absent; two of the portal never show."""
    fields = mapping(data)
    listed = facts.rights
    flags = {name: flag(fields, name) for name in listed}
    if not any(value is not UNKNOWN for value in flags.values()):
        raise bad_answer("it holds no right at all")
    return LiveKey(
        rights=tuple(name for name, value in flags.items() if value is True),
        unmapped=tuple(name for name, value in fields.items() if name not in listed and _is_on(name, value)),
        unreported=tuple(name for name, value in flags.items() if value is UNKNOWN and not listed[name].optional),
        account_id=text(fields, "portfolio_uuid"),
    )


def server_time(data: Any) -> int:
    """Return `epochMillis`, which is a text, or `epochSeconds` as milliseconds."""
    fields = mapping(data)
    return number(fields, "epochMillis") if "epochMillis" in fields else number(fields, "epochSeconds") * 1000


def _is_on(name: str, value: Any) -> bool:
    """Tell whether a field that the facts do not list is a right that is on: in doubt it is."""
    return name.startswith("can_") and value not in (None, False, "", "false")


def _said(data: Mapping[str, Any]) -> str:
    """Return the exchange's own words."""
    fields = ("message", "error_details", "error_description")
    return next((value for field in fields if isinstance(value := data.get(field), str) and value), "")


def _json(data: Mapping[str, object]) -> str:
    return json.dumps(data, separators=(",", ":"))
