"""Simulated Coinbase (Advanced Trade, CDP keys): what one key may do, and the time.

Sources: docs.cdp.coinbase.com (Get API Key Permissions, API key authentication), as of July 2026, and the token that
coinbase/coinbase-advanced-py 1.8.4 makes. Every fault of a token gets the same plain 401: coinbase-advanced-py#132.
"""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from keylint.sandbox.instants import moment
from keylint.sandbox.pem import algorithm, verifier
from keylint.sandbox.state import Key
from keylint.sandbox.tokens import decoded, read_part
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request

INSPECT: Final = "/api/v3/brokerage/key_permissions"
TIME: Final = "/api/v3/brokerage/time"

HOST: Final = "api.coinbase.com"

_SHOWN = ("can_view", "can_trade", "can_transfer", "can_receive")
_PORTFOLIO = "33333333-3333-4333-8333-333333333333"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY_ID = re.compile(rf"(?:organizations/{_UUID}/apiKeys/)?{_UUID}")
_NONCE = re.compile(r"[0-9A-Fa-f]+")
_ISSUERS = ("cdp", "coinbase-cloud")
_ALGORITHMS = {"ES256": "ecdsa", "EdDSA": "ed25519"}
_LIFETIME_SECONDS = 120
_PARTS = 3

_PLAIN = "Unauthorized\n"
_UNAUTHORIZED = Refused("Unauthorized", _PLAIN)
_DENIED = Refused("PERMISSION_DENIED", "Missing required scopes")
_NUMBERS = {"PERMISSION_DENIED": 7, "rate_limit_exceeded": 8}
_STATUSES = {
    "Unauthorized": 401,
    "authentication_error": 401,
    "invalid_token": 401,
    "PERMISSION_DENIED": 403,
    "rate_limit_exceeded": 429,
}


class Coinbase:
    """The exchange with its keys."""

    name: ClassVar[str] = "coinbase"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT), ("GET", TIME)})
    # Export and Manage are of the portal: no answer shows them.
    rights: ClassVar[tuple[str, ...]] = (*_SHOWN, "Export", "Manage")
    fields: ClassVar[frozenset[str]] = frozenset({"account"})
    algorithms: ClassVar[tuple[str, ...]] = ("ecdsa", "ed25519")
    phrases: ClassVar[Phrases] = Phrases(
        Refused("rate_limit_exceeded", "Too many requests"),
        Refused("rate_limit_exceeded", "Too many requests"),
        Refused("PERMISSION_DENIED", ""),
        (("x-ratelimit-limit", "30"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "{wait_s}")),
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, key.public_key or "") for key in keys}
        self._checks = {name: verifier(public) for name, (_, public) in self._keys.items()}

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        if not _KEY_ID.fullmatch(key.api_key):
            return "api_key must be a UUID or organizations/UUID/apiKeys/UUID"
        if key.account and not re.fullmatch(_UUID, key.account):
            return "account must be the UUID of a portfolio"
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id that a token names, whether it is valid or not."""
        head = read_part(request.header("authorization").removeprefix("Bearer ").partition(".")[0])
        return str(head.get("kid", ""))

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", {"error": "NOT_FOUND", "code": 5, "message": "Not Found", "details": []}, 404)
        if request.path == TIME:
            iso = moment(now_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            return Answer("ok", {"iso": iso, "epochSeconds": str(now_ms // 1000), "epochMillis": str(now_ms)})
        key = self._known(request, now_ms)
        if key is None or not key.is_admitted:
            return self.refusal(_UNAUTHORIZED, now_ms)
        if "can_view" not in key.permissions:
            return self.refusal(_DENIED, now_ms)
        return Answer("ok", key.amended(_described(key)))

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error: `Unauthorized` is plain text, all others are JSON."""
        del now_ms
        code, text, status = refused
        status = status or _STATUSES.get(code, 400)
        if code == "Unauthorized":
            return Answer(code, status=status, raw=(text or _PLAIN).encode(), content_type="text/plain")
        return Answer(code, {"error": code, "code": _NUMBERS.get(code, 2), "message": text, "details": []}, status)

    def with_text(self, data: object, text: str) -> object:
        """Replace the message of a refusal; give a key one more right of that name."""
        if not isinstance(data, dict) or "iso" in data:
            return data
        return {**data, "message": text} if "error" in data else {**data, f"can_{text}": True}

    def _known(self, request: Request, now_ms: int) -> Key | None:
        """Return the key that signed the request's token; None where anything is wrong with it."""
        scheme, _, token = request.header("authorization").partition(" ")
        parts = token.split(".")
        if scheme != "Bearer" or len(parts) != _PARTS:
            return None
        head, claims = read_part(parts[0]), read_part(parts[1])
        kid = str(head.get("kid", ""))
        if kid not in self._keys:
            return None
        key, public = self._keys[kid]
        raw = decoded(parts[2])
        is_good = (
            _ALGORITHMS.get(str(head.get("alg"))) == algorithm(public)
            and head.get("typ") == "JWT"
            and _NONCE.fullmatch(str(head.get("nonce", "")))
            and claims.get("sub") == kid
            and claims.get("iss") in _ISSUERS
            and claims.get("uri") in _uris(request)
            and _is_current(claims, now_ms)
            and raw is not None
            and self._checks[kid](f"{parts[0]}.{parts[1]}".encode(), raw)
        )
        return key if is_good else None


def _uris(request: Request) -> set[str]:
    """Return what the claim may say: no scheme and no query. The sandbox also goes by the name it was called."""
    host = request.header("host")
    return {f"{request.method} {name}{request.path}" for name in (HOST, host, host.rpartition(":")[0])}


def _is_current(claims: Mapping[str, object], now_ms: int) -> bool:
    """Say whether now lies between `nbf` and `exp`, which are two minutes apart at most."""
    begin, end = claims.get("nbf"), claims.get("exp")
    if type(begin) is not int or type(end) is not int:
        return False
    return begin * 1000 <= now_ms < end * 1000 and end - begin <= _LIFETIME_SECONDS


def _described(key: Key) -> dict[str, object]:
    return {
        **{name: name in key.permissions for name in _SHOWN},
        "portfolio_uuid": key.account or _PORTFOLIO,
        "portfolio_type": "DEFAULT",
    }
