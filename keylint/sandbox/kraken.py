"""Simulated Kraken (spot): one key's own description and the time.

Sources: docs.kraken.com, «Get API Key Info», «Spot REST authentication» and «API errors», as of summer 2026.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import ClassVar, Final
from urllib.parse import parse_qsl

from keylint.sandbox.signatures import is_secret
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request

INSPECT: Final = "/0/private/GetApiKeyInfo"
TIME: Final = "/0/public/Time"

RIGHTS = (
    "query-funds",
    "query-open-trades",
    "query-closed-trades",
    "query-ledger",
    "export-data",
    "modify-trades",
    "close-trades",
    "add-funds",
    "withdraw-funds",
    "add-withdraw-address",
    "update-withdraw-address",
    "earn-funds",
    "create-ws-token",
)

_KEY_ID = re.compile(r"[A-Za-z0-9+/]{56}")
_NONCE = re.compile(r"[0-9]{1,20}")
_NONCES = range(2**64)

_INVALID_KEY = "EAPI:Invalid key"
_INVALID_SIGNATURE = "EAPI:Invalid signature"
_INVALID_NONCE = "EAPI:Invalid nonce"
_INVALID_ARGUMENTS = "EGeneral:Invalid arguments"
_DENIED = "EGeneral:Permission denied"
_UNKNOWN_METHOD = "EGeneral:Unknown method"


class _Nonces:
    """The nonces of one key: each must lie above the highest so far, or unused in the window below it."""

    def __init__(self, key: Key) -> None:
        self.highest = key.last_nonce
        self._window = key.nonce_window
        self._used = {key.last_nonce}

    def accept(self, nonce: int) -> bool:
        """Take a nonce, or say no."""
        if nonce in self._used or nonce < self.highest - self._window:
            return False
        self.highest = max(self.highest, nonce)
        self._used = {used for used in (*self._used, nonce) if used >= self.highest - self._window}
        return True


class Kraken:
    """The exchange with its keys and the nonces that they used."""

    name: ClassVar[str] = "kraken"
    calls: ClassVar[Calls] = frozenset({("POST", INSPECT), ("GET", TIME)})
    rights: ClassVar[tuple[str, ...]] = RIGHTS
    fields: ClassVar[frozenset[str]] = frozenset({"expires", "last_used", "last_nonce", "nonce_window", "otp"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("EAPI:Rate limit exceeded", ""),
        Refused("EGeneral:Too many requests", ""),
        Refused(_INVALID_ARGUMENTS, ""),
    )

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = {key.api_key: (key, _Nonces(key)) for key in keys}
        self._lock = threading.Lock()

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here: a field and what it must be; no value is quoted."""
        if not _KEY_ID.fullmatch(key.api_key):
            return "api_key must be 56 characters of the base64 alphabet"
        assert key.api_secret is not None
        try:
            base64.b64decode(key.api_secret.reveal(), validate=True)
        except binascii.Error:
            return "api_secret must be base64"
        if key.last_nonce not in _NONCES or key.nonce_window not in _NONCES:
            return "last_nonce and nonce_window must be unsigned numbers of 64 bits"
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("api-key")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        match request.method, request.path:
            case "GET", "/0/public/Time":
                now = datetime.fromtimestamp(now_ms // 1000, UTC)
                result = {"unixtime": now_ms // 1000, "rfc1123": f"{now:%a, %d %b %y %H:%M:%S} +0000"}
                return Answer("ok", {"error": [], "result": result})
            case "POST", "/0/private/GetApiKeyInfo":
                judged = self._judged(request, now_ms)
                return judged if isinstance(judged, Answer) else self.refusal(Refused(judged, ""), now_ms)
            case _:
                return Answer("forbidden", {"error": [_UNKNOWN_METHOD]}, 200 if request.path.startswith("/0/") else 404)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 200 is usual."""
        del now_ms
        said = f"{refused.code}:{refused.text}" if refused.text else refused.code
        return Answer(refused.code, {"error": [said]}, refused.status or 200)

    def with_text(self, data: object, text: str) -> object:
        """Add an error of that text; give a key that label, and one more right of that name."""
        if not isinstance(data, dict):
            return data
        if errors := data.get("error"):
            return {**data, "error": [*errors, f"EGeneral:{text}"]}
        result = data.get("result")
        if not isinstance(result, dict) or not isinstance(rights := result.get("permissions"), list):
            return data
        return {**data, "result": {**result, "apiKeyName": text, "permissions": [*rights, text]}}

    def _judged(self, request: Request, now_ms: int) -> Answer | str:
        """Check key, body, signature, address and nonce, in this order; a refused request uses up no nonce."""
        known = self._keys.get(self.key_id(request))
        if known is None:
            return _INVALID_KEY
        key, nonces = known
        fields = _fields(request)
        if fields is None or request.query:
            return _INVALID_ARGUMENTS
        nonce = fields.get("nonce", "")
        if not _NONCE.fullmatch(nonce) or int(nonce) not in _NONCES:
            return _INVALID_NONCE
        expected = _signature(key, request.path, nonce, request.body)
        if not hmac.compare_digest(expected, request.header("api-sign").encode()):
            return _INVALID_SIGNATURE
        if key.otp and not is_secret(key.otp, fields.get("otp", "")):
            return _INVALID_SIGNATURE  # so nothingisdead/npm-kraken-api#61
        if key.has_ended(now_ms):
            return _INVALID_KEY
        if not key.is_admitted:
            return _DENIED  # no primary source was found for the real text
        with self._lock:
            if not nonces.accept(int(nonce)):
                return _INVALID_NONCE
            highest = nonces.highest
        return Answer("ok", {"error": [], "result": key.amended(_info(key, highest))})


def _fields(request: Request) -> dict[str, str] | None:
    """Return the fields of a body, a form or JSON as its type says; None where it is neither, or names one twice."""
    kind = request.header("content-type").partition(";")[0].strip().lower()
    try:
        text = request.body.decode("ascii")
        if kind == "application/json":
            data = json.loads(text)
            return {str(name): str(value) for name, value in data.items()} if isinstance(data, dict) else None
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True) if text else []
    except (ValueError, RecursionError):
        return None
    fields = dict(pairs)
    return fields if kind == "application/x-www-form-urlencoded" and len(fields) == len(pairs) else None


def _signature(key: Key, path: str, nonce: str, body: bytes) -> bytes:
    """Return the base64 of HMAC-SHA512(secret, path + SHA256(nonce + body))."""
    assert key.api_secret is not None
    digest = hashlib.sha256(nonce.encode() + body).digest()
    secret = base64.b64decode(key.api_secret.reveal())
    return base64.b64encode(hmac.digest(secret, path.encode() + digest, "sha512"))


def _info(key: Key, nonce: int) -> dict[str, object]:
    """Return what the exchange shows of a key: numbers are texts, «0» is none."""
    created = str(int(key.created.timestamp()))
    return {
        "apiKeyName": key.label,
        "apiKey": key.api_key,
        "nonce": str(nonce),
        "nonceWindow": key.nonce_window,
        "permissions": list(key.permissions),
        "iban": "AA12 B3C4 D5E6 F7G8",
        "validUntil": "0" if key.expires is None else str(int(key.expires.timestamp())),
        "queryFrom": "0",
        "queryTo": "0",
        "createdTime": created,
        "modifiedTime": created,
        "ipAllowlist": list(key.ip_allowlist),
        "lastUsed": None if key.last_used is None else str(int(key.last_used.timestamp())),
    }
