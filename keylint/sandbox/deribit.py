"""Simulated Deribit (JSON-RPC over HTTP): the keys of an account, the scope of a session, and the time.

Sources: docs.deribit.com (OpenAPI 2.1.1, the articles on access scope and security keys, 2026-07, and the older single
page, v2.1.1: credentials in the header, and 13403). Statuses: ccxt/ccxt#7238 (13004), knowm/XChange#3783 (13009).
Not documented, and chosen here: 13004 also for a disabled key, an old timestamp and a used nonce; 13009 for an address
that is not on the list; HTTP 400 for the other codes. How a signature by a private key is written into text was not
found either: base64 in both alphabets is taken. The list shows secrets, as the published example does.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from keylint.sandbox.accounts import keys_of
from keylint.sandbox.hosts import is_known_at
from keylint.sandbox.instants import millis, whole
from keylint.sandbox.signatures import Verify, is_secret, verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/api/v2/private/list_api_keys"
SCOPE: Final = "/api/v2/public/auth"
TIME: Final = "/api/v2/public/get_time"

HOSTS: Final = {"www.deribit.com": "production", "test.deribit.com": "demo"}

_AREAS = ("account", "trade", "wallet", "block_trade", "block_rfq", "custody")
_ALWAYS_NAMED = ("account", "trade", "wallet")
_WINDOW_MS = 60_000
_LIFETIME_SECONDS = 31_536_000

_BAD_CREDENTIALS = Refused("13004", "invalid_credentials")
_UNAUTHORISED = Refused("13009", "unauthorized")
_NO_SIGNATURE = Refused("10000", "authorization_required")
_FORBIDDEN = Refused("13021", "forbidden")
_EXCEEDED = Refused("13403", "scope_exceeded")
_BAD_PARAMETER = Refused("-32602", "Invalid params")
_CODE_ERROR = "13668"
_STATUSES = {"13009": 401, "10028": 429}


class _Known:
    """A key, its nonces that may not come again, and the challenge that waits for a one-time password."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self._verify = _verify(key)
        self._used: dict[str, int] = {}
        self._challenge = ("", 0)
        self._lock = threading.Lock()

    def is_signed(self, stamp: str, nonce: str, data: str, given: str, now_ms: int) -> bool:
        """Say whether a signature of the last minute fits and its nonce is new; the nonce is then used."""
        sent_ms = whole(stamp)
        if sent_ms is None or abs(now_ms - sent_ms) > _WINDOW_MS or not nonce:
            return False
        if not self._verify(f"{stamp}\n{nonce}\n{data}".encode(), given):
            return False
        with self._lock:
            self._used = {used: at_ms for used, at_ms in self._used.items() if now_ms - at_ms <= 2 * _WINDOW_MS}
            is_new = nonce not in self._used
            self._used[nonce] = now_ms
        return is_new

    def challenge(self, now_ms: int) -> str:
        """Return what has to come back with the one-time password, within a minute."""
        self._challenge = (secrets.token_urlsafe(32), now_ms)
        return self._challenge[0]

    def code_fault(self, asked: Mapping[str, str], now_ms: int) -> str | None:
        """Return why a one-time password does not count; each challenge counts once."""
        (expected, at_ms), self._challenge = self._challenge, ("", 0)
        if not asked["authorization_data"]:
            return "tfa_code_is_required"
        if not expected or asked.get("challenge") != expected or now_ms - at_ms > _WINDOW_MS:
            return "challenge_timeout"
        return None if is_secret(self.key.otp, asked["authorization_data"]) else "tfa_code_not_matched"


class Deribit:
    """The exchange with its keys and the sessions that they opened."""

    name: ClassVar[str] = "deribit"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT), ("POST", SCOPE), ("GET", TIME)})
    rights: ClassVar[tuple[str, ...]] = tuple(f"{area}:{level}" for area in _AREAS for level in ("read", "read_write"))
    fields: ClassVar[frozenset[str]] = frozenset({"account", "main_account", "environment", "otp"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac", "rsa", "ed25519")
    phrases: ClassVar[Phrases] = Phrases(
        Refused("10028", "too_many_requests"), Refused("10028", "too_many_requests"), _BAD_PARAMETER
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: _Known(key) for key in keys}
        self._all = keys
        self._sessions: dict[str, tuple[_Known, int]] = {}

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        areas = [name.partition(":")[0] for name in key.permissions]
        return "permissions must name an area once" if len(areas) != len(set(areas)) else None

    def key_id(self, request: Request) -> str:
        """Return the key id of the header, of the session, or of what asks for a session."""
        scheme, rest = _credentials(request)
        match scheme:
            case "bearer":
                return self._sessions[rest][0].key.api_key if rest in self._sessions else ""
            case "basic":
                return _decoded(rest)[0]
            case _:
                return _pairs(rest).get("id") or _parameters(request).get("client_id", "")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            refusal = self.refusal(Refused("-32601", "Method not found"), now_ms)
            return Answer("forbidden", refusal.data, refusal.status)
        if request.path == TIME:
            return _done(now_ms, now_ms, is_test=False)
        judged = self._session(request, now_ms) if request.path == SCOPE else self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 400 is usual."""
        code, text, status = refused
        number: int | str = int(code) if code.removeprefix("-").isdigit() else code
        error: dict[str, object] = {"message": text, "code": number}
        if code == _CODE_ERROR:
            error = {"message": "security_key_authorization_error", "data": {"reason": text}, "code": number}
        data = {"jsonrpc": "2.0", "error": error, **_times(now_ms, is_test=False)}
        return Answer(code, data, status or _STATUSES.get(code, 400))

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys and sessions one more scope."""
        worded = reworded(data, text, {"message", "name", "reason"}, ())
        if isinstance(worded, dict) and isinstance(result := worded.get("result"), dict) and "scope" in result:
            return {**worded, "result": {**result, "scope": f"{result['scope']} {text}"}}
        if isinstance(worded, dict) and isinstance(rows := worded.get("result"), list):
            return {**worded, "result": [{**row, "max_scope": f"{row.get('max_scope')} {text}"} for row in rows]}
        return worded

    def _session(self, request: Request, now_ms: int) -> Answer | Refused:
        """Open a session for a secret, or for a signature over time, nonce and data."""
        asked = _parameters(request)
        known = self._keys.get(asked.get("client_id", ""))
        match asked.get("grant_type"):
            case "client_credentials":
                is_good = known is not None and is_secret(known.key.api_secret, asked.get("client_secret", ""))
            case "client_signature":
                stamp, nonce, data = (asked.get(name, "") for name in ("timestamp", "nonce", "data"))
                is_good = known is not None and known.is_signed(stamp, nonce, data, asked.get("signature", ""), now_ms)
            case _:
                return _BAD_PARAMETER
        if known is None or not is_good or not _is_usable(known.key, request):
            return _BAD_CREDENTIALS
        if not known.key.is_admitted:
            return _UNAUTHORISED
        token = f"{now_ms}.{secrets.token_urlsafe(24)}"
        self._sessions[token] = (known, now_ms + _LIFETIME_SECONDS * 1000)
        place = "mainaccount " if known.key.is_main else ""
        result = {
            "access_token": token,
            "refresh_token": f"{now_ms}.{secrets.token_urlsafe(24)}",
            "expires_in": _LIFETIME_SECONDS,
            "token_type": "bearer",
            "scope": f"connection {place}{_scope(known.key)}",
            "enabled_features": [],
        }
        is_test = known.key.environment == "demo"
        return _done(known.key.amended(result, "key-scope"), now_ms, is_test=is_test)

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check session, secret or signature, then state, address, scope and one-time password, in this order."""
        scheme, rest = _credentials(request)
        match scheme:
            case "bearer":
                known, end_ms = self._sessions.get(rest, (None, 0))
                if known is None or end_ms <= now_ms:
                    return _UNAUTHORISED
            case "basic":
                name, secret = _decoded(rest)
                known = self._keys.get(name)
                if known is None or not is_secret(known.key.api_secret, secret):
                    return _BAD_CREDENTIALS
            case "deri-hmac-sha256":
                given = _pairs(rest)
                known = self._keys.get(given.get("id", ""))
                data = f"{request.method}\n{request.target}\n{request.body.decode('latin-1')}\n"
                stamp, nonce, signature = (given.get(name, "") for name in ("ts", "nonce", "sig"))
                if known is None or known.key.api_secret is None:  # the scheme is one of secrets
                    return _BAD_CREDENTIALS
                if not known.is_signed(stamp, nonce, data, signature, now_ms):
                    return _BAD_CREDENTIALS
            case _:
                return _NO_SIGNATURE
        key = known.key
        if not _is_usable(key, request):
            return _BAD_CREDENTIALS
        if not key.is_admitted:
            return _UNAUTHORISED
        if not {"account:read", "account:read_write"} & set(key.permissions):
            return _FORBIDDEN
        asked, is_test = request.parameters, key.environment == "demo"
        if key.otp and "authorization_data" not in asked:
            return _done(_challenged(known.challenge(now_ms), is_test=is_test), now_ms, is_test=is_test)
        if key.otp and (fault := known.code_fault(asked, now_ms)):
            return Refused(_CODE_ERROR, fault)
        found = keys_of(self._all, key.uid)
        if not all(_opened(row) <= _opened(key) for row in found):
            return _EXCEEDED
        return _done([row.amended(_row(row, number)) for number, row in enumerate(found, 1)], now_ms, is_test=is_test)


def _verify(key: Key) -> Verify:
    """Return the check of a key's signatures; base64 comes in both alphabets, with or without padding."""
    verify = verify_with(key, "hex")
    if key.public_key is None:
        return verify
    alphabet = str.maketrans("-_", "+/")

    def verify_text(payload: bytes, given: str) -> bool:
        bare = given.rstrip("=").translate(alphabet)
        return verify(payload, bare + "=" * (-len(bare) % 4))

    return verify_text


def _is_usable(key: Key, request: Request) -> bool:
    return key.answer.get("enabled") is not False and is_known_at(key, request, HOSTS)


def _credentials(request: Request) -> tuple[str, str]:
    """Return scheme, in lower case, and credentials of the header."""
    scheme, _, rest = request.header("authorization").partition(" ")
    return scheme.lower(), rest.strip()


def _decoded(text: str) -> tuple[str, str]:
    """Read the key id and the secret of basic credentials."""
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:  # no base64, or no UTF-8
        return "", ""
    return name, secret


def _pairs(text: str) -> dict[str, str]:
    """Read `id=…,ts=…,sig=…,nonce=…`."""
    return {name.strip(): value for name, _, value in (part.partition("=") for part in text.split(","))}


def _parameters(request: Request) -> dict[str, str]:
    """Return the parameters of a JSON-RPC body as texts; none where it is no call of the path's method."""
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(data, dict) or data.get("method") != request.path.removeprefix("/api/v2/"):
        return {}
    given = data.get("params")
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _times(now_ms: int, *, is_test: bool) -> dict[str, object]:
    return {"testnet": is_test, "usIn": now_ms * 1000, "usOut": now_ms * 1000 + 250, "usDiff": 250}


def _done(result: object, now_ms: int, *, is_test: bool) -> Answer:
    return Answer("ok", {"jsonrpc": "2.0", "result": result, **_times(now_ms, is_test=is_test)})


def _challenged(challenge: str, *, is_test: bool) -> dict[str, object]:
    """Return what stands in place of the list where the account has a second factor; it is no error."""
    return {
        "security_keys": [{"type": "tfa", "name": "tfa"}],
        "security_key_authorization_required": True,
        "rp_id": "test.deribit.com" if is_test else "www.deribit.com",
        "challenge": challenge,
    }


def _opened(key: Key) -> set[str]:
    """Return all levels that a key has: one that writes also reads."""
    return {*key.permissions, *(name.removesuffix("_write") for name in key.permissions)}


def _scope(key: Key) -> str:
    """Return the areas with their levels in one text; those that no source calls new are named even when closed."""
    levels = dict(name.split(":") for name in key.permissions)
    return " ".join(f"{area}:{levels.get(area, 'none')}" for area in _AREAS if area in (*levels, *_ALWAYS_NAMED))


def _row(key: Key, number: int) -> dict[str, object]:
    """Return what is shown of a key; in place of a secret stands the fingerprint of a public key."""
    shown: dict[str, object] = {
        "id": number,
        "client_id": key.api_key,
        "client_secret": "",
        "name": key.label,
        "max_scope": _scope(key),
        "timestamp": millis(key.created),
        "enabled": True,
        "default": False,
        "enabled_features": [],
        "ip_whitelist": list(key.ip_allowlist),
    }
    if key.api_secret is not None:
        return {**shown, "client_secret": key.api_secret.reveal()}
    assert key.public_key is not None
    fingerprint = hashlib.md5(key.public_key.encode(), usedforsecurity=False).hexdigest()
    return {**shown, "client_secret": fingerprint, "public_key": key.public_key}
