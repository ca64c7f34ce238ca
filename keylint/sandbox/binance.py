"""Simulated Binance: one key's restrictions and the time.

Sources: developers.binance.com, «Get API Key Permission» and the spot REST API («Signed endpoints», «Error codes»),
as of July 2026. Statuses of refusals under /sapi: ccxt/ccxt#16616, ccxt/ccxt#18653.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Final
from urllib.parse import parse_qsl, unquote

from keylint.sandbox.instants import millis
from keylint.sandbox.signatures import Verify, verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request

INSPECT: Final = "/sapi/v1/account/apiRestrictions"
TIME: Final = "/api/v3/time"

RIGHTS = (
    "enableReading",
    "enableSpotAndMarginTrading",
    "enableWithdrawals",
    "enableInternalTransfer",
    "permitsUniversalTransfer",
    "enableMargin",
    "enableFutures",
    "enableVanillaOptions",
    "enablePortfolioMarginTrading",
    "enableFixApiTrade",
    "enableFixReadOnly",
)

_KEY_ID = re.compile(r"[A-Za-z0-9]{64}")
_ENCODED = re.compile(r"(?:[A-Za-z0-9._~&=-]|%[0-9A-Fa-f]{2})*")
_TIMESTAMP = re.compile(r"[0-9]{1,20}")
_WINDOW = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,3})?")
_FIRST_MICROSECONDS = 10**15  # a smaller timestamp is in milliseconds: these last until the year 33658
_AHEAD_US = 1_000_000
_MAX_WINDOW_MS = 60_000

_BAD_FORMAT = Refused("-2014", "API-key format invalid.")
_UNKNOWN_KEY = Refused("-2008", "Invalid Api-Key ID.")
_DENIED = Refused("-2015", "Invalid API-key, IP, or permissions for action.")
_BAD_SIGNATURE = Refused("-1022", "Signature for this request is not valid.")
_TOO_OLD = Refused("-1021", "Timestamp for this request is outside of the recvWindow.")
_TOO_NEW = Refused("-1021", "Timestamp for this request was 1000ms ahead of the server's time.")
_DUPLICATE = Refused("-1101", "Duplicate values for a parameter detected.")
_LONG_WINDOW = Refused("-1131", "recvWindow must be less than 60000.")


def _missing(name: str) -> Refused:
    return Refused("-1102", f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def _illegal(name: str) -> Refused:
    return Refused("-1100", f"Illegal characters found in parameter '{name}'.")


class Binance:
    """The exchange with its keys."""

    name: ClassVar[str] = "binance"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT), ("GET", TIME)})
    rights: ClassVar[tuple[str, ...]] = RIGHTS
    fields: ClassVar[frozenset[str]] = frozenset()
    algorithms: ClassVar[tuple[str, ...]] = ("hmac", "rsa", "ed25519")
    phrases: ClassVar[Phrases] = Phrases(
        Refused("-1003", "Too much request weight used; current limit is 12000 request weight per 1 MINUTE."),
        Refused("-1003", "Way too much request weight used; IP banned until {until_ms}."),
        _missing("timestamp"),
    )

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = {key.api_key: (key, _verifier(key)) for key in keys}

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here: a field and what it must be; no value is quoted."""
        if not _KEY_ID.fullmatch(key.api_key):
            return "api_key must be 64 letters and digits"
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("x-mbx-apikey")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        match request.method, request.path:
            case "GET", "/api/v3/time":
                return Answer("ok", {"serverTime": now_ms})
            case "GET", "/sapi/v1/account/apiRestrictions":
                judged = self._judged(request, now_ms)
                return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)
            case _:
                return Answer("forbidden", {"status": 404, "error": "Not Found"}, 404)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; 400 is what calls under /sapi have been seen to give."""
        del now_ms
        code = refused.code
        number: int | str = int(code) if re.fullmatch(r"-?[0-9]{1,9}", code) else code
        return Answer(code, {"code": number, "msg": refused.text}, refused.status or 400)

    def with_text(self, data: object, text: str) -> object:
        """Replace the message of a refusal; give a key one more right of that name."""
        if not isinstance(data, dict) or "serverTime" in data:
            return data
        return {**data, "msg": text} if "msg" in data else {**data, f"enable{text}": True}

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check key id, parameters, clock, signature, address and right, in this order."""
        key_id = self.key_id(request)
        if not _KEY_ID.fullmatch(key_id):
            return _BAD_FORMAT
        if not _ENCODED.fullmatch(request.query):
            return _BAD_SIGNATURE
        pairs = parse_qsl(request.query, keep_blank_values=True)
        parameters = dict(pairs)
        if len(parameters) < len(pairs):
            return _DUPLICATE
        if refused := _outside_window(parameters, now_ms):
            return refused
        if not parameters.get("signature"):
            return _missing("signature")
        if key_id not in self._keys:
            return _UNKNOWN_KEY
        key, verify = self._keys[key_id]
        unsigned, _, signature = request.query.rpartition("&signature=")
        if "&" in signature or "=" in signature:  # further parameters after it, or base64 that is not encoded
            return _BAD_SIGNATURE
        if not verify(unsigned.encode() + request.body, unquote(signature)):
            return _BAD_SIGNATURE
        if not key.is_admitted or "enableReading" not in key.permissions:
            return _DENIED
        return Answer("ok", key.amended(_restrictions(key)))


def _restrictions(key: Key) -> dict[str, object]:
    """Return what the exchange shows of a key."""
    return {
        "ipRestrict": bool(key.ip_allowlist),
        "createTime": millis(key.created),
        **{name: name in key.permissions for name in RIGHTS},
    }


def _outside_window(parameters: Mapping[str, str], now_ms: int) -> Refused | None:
    """Refuse a timestamp 1000 ms or more ahead, or older than the window; both may be in microseconds."""
    timestamp, window = parameters.get("timestamp"), parameters.get("recvWindow", "5000")
    if not timestamp:
        return _missing("timestamp")
    if not _TIMESTAMP.fullmatch(timestamp):
        return _illegal("timestamp")
    if not _WINDOW.fullmatch(window):
        return _illegal("recvWindow")
    if Decimal(window) > _MAX_WINDOW_MS:
        return _LONG_WINDOW
    sent_us = int(timestamp) if int(timestamp) >= _FIRST_MICROSECONDS else int(timestamp) * 1000
    now_us = now_ms * 1000
    if sent_us >= now_us + _AHEAD_US:
        return _TOO_NEW
    if now_us - sent_us > Decimal(window) * 1000:
        return _TOO_OLD
    return None


def _verifier(key: Key) -> Verify:
    """Return the check of signatures of one key: HMAC-SHA256 in hex of either case, or by the public key."""
    verify = verify_with(key, "hex")
    return verify if key.api_secret is None else lambda payload, signature: verify(payload, signature.lower())
