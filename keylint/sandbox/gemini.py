"""Simulated Gemini: the roles of one key.

Sources: developer.gemini.com (roles endpoint, roles, API keys, 2026) and ccxt 4.5.90, gemini.py. Words: MissingRole in
the documentation, InvalidNonce in butor/blackbird#143 and ccxt/ccxt#14602; statuses other than 403 are not documented.
Not documented either: how a refused address looks (a bare 403 here), and in which field an Administrator shows (in none
here).
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from keylint.sandbox.hosts import is_known_at
from keylint.sandbox.instants import whole
from keylint.sandbox.nonces import Nonces
from keylint.sandbox.signatures import verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, bare, reworded

INSPECT: Final = "/v1/roles"

HOSTS: Final = {"api.gemini.com": "production", "api.sandbox.gemini.com": "demo"}

_SHOWN = ("isAuditor", "isFundManager", "isTrader")
_WINDOW_SECONDS = 30

_HEADERS = {
    "x-gemini-apikey": "MissingApikeyHeader",
    "x-gemini-payload": "MissingPayloadHeader",
    "x-gemini-signature": "MissingSignatureHeader",
}
_UNKNOWN_KEY = Refused("InvalidApiKey", "Invalid API key")
_BAD_SIGNATURE = Refused("InvalidSignature", "InvalidSignature")
_BAD_PAYLOAD = Refused("InvalidJson", "The JSON provided is invalid")
_STATUSES = {"EndpointNotFound": 404, "MissingRole": 403, "RateLimit": 429, "Maintenance": 503}


class Gemini:
    """The exchange with its keys and the nonces that they used."""

    name: ClassVar[str] = "gemini"
    calls: ClassVar[Calls] = frozenset({("POST", INSPECT)})
    rights: ClassVar[tuple[str, ...]] = (*_SHOWN, "Administrator")
    fields: ClassVar[frozenset[str]] = frozenset({"environment", "last_nonce", "nonce_window"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("RateLimit", "Requests were made too frequently"),
        Refused("RateLimit", "Requests were made too frequently"),
        _BAD_PAYLOAD,
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "hex", "sha384"), Nonces(key.last_nonce)) for key in keys}

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        if "isAuditor" in key.permissions and len(key.permissions) > 1:
            return "permissions must not name another role beside isAuditor"
        if "Administrator" in key.permissions and not key.api_key.startswith("master-"):
            return "permissions must not name Administrator: that is for master keys"
        if key.nonce_window not in (0, _WINDOW_SECONDS):
            return "nonce_window must be 0 (nonces rise) or 30 (they are the time in seconds)"
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("x-gemini-apikey")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            refusal = self.refusal(Refused("EndpointNotFound", f"no such endpoint: {request.path}"), now_ms)
            return Answer("forbidden", refusal.data, refusal.status)
        judged = self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 400 is usual."""
        del now_ms
        data = {"result": "error", "reason": refused.code, "message": refused.text}
        return Answer(refused.code, data, refused.status or _STATUSES.get(refused.code, 400))

    def with_text(self, data: object, text: str) -> object:
        """Replace messages; give a key one more role. There is no label."""
        if isinstance(data, dict) and "result" not in data:
            return {**data, f"is{text}": True}
        return reworded(data, text, {"message"}, ())

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check headers, key, signature, address, payload, nonce and roles, in this order."""
        for header, code in _HEADERS.items():
            if not request.header(header):
                return Refused(code, f"The {header.upper()} header was missing")
        known = self._keys.get(self.key_id(request))
        if known is None or not is_known_at(known[0], request, HOSTS):
            return _UNKNOWN_KEY
        key, verify, nonces = known
        payload = request.header("x-gemini-payload")
        if not verify(payload.encode(), request.header("x-gemini-signature")):
            return _BAD_SIGNATURE
        if not key.is_admitted:
            return bare(403, "")
        asked = _payload(payload)
        if asked is None:
            return _BAD_PAYLOAD
        if asked.get("request") != request.path:
            return Refused("EndpointMismatch", "The endpoint in the payload differs from the one that was called")
        nonce = str(asked.get("nonce", ""))
        number = whole(nonce)
        if key.nonce_window:
            if number is None or abs(number - now_ms // 1000) > key.nonce_window:
                words = f"Nonce '{nonce}' is not within 30 seconds of server time '{now_ms // 1000}'"
                return Refused("InvalidNonce", words)
        elif number is None or nonces.fault(number):
            return Refused("InvalidNonce", f"Nonce '{nonce}' has not increased since your last call to the Gemini API.")
        if not key.permissions:
            return _no_role(key)
        return Answer("ok", key.amended({name: name in key.permissions for name in _SHOWN}))


def _payload(text: str) -> Mapping[str, object] | None:
    """Read the JSON object of a payload."""
    try:
        data = json.loads(base64.b64decode(text, validate=True))
    except (ValueError, RecursionError):  # no base64, or no JSON
        return None
    return data if isinstance(data, dict) else None


def _no_role(key: Key) -> Refused:
    """Refuse a key without any role; the words tell which would do and which it has."""
    return Refused(
        "MissingRole",
        "To access this endpoint, you need to log in to the website and go to the settings page to assign one of these"
        f" roles [Auditor, FundManager, Trader] to API key {key.api_key} which currently has roles []",
    )
