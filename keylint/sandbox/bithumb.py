"""Simulated Bithumb (API 2): the ends of the keys of an account, in the shapes of Upbit, whose design it follows.

Sources: apidocs.bithumb.com (version 2.1.5: list of API keys, token, main error codes of 2026-10-27). Not documented:
how far a timestamp may be off (the 20 seconds of the older API here), how a repeated nonce or a key that has ended is
refused, and the name of a refusal for load.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from keylint.sandbox.accounts import keys_of
from keylint.sandbox.state import Key
from keylint.sandbox.tokens import OnceOnly, Token, key_id_of, token_of
from keylint.sandbox.upbit import (
    BAD_PARAMETER,
    BAD_QUERY,
    BAD_SIGNATURE,
    BUSY,
    NOT_FOUND,
    UNKNOWN_KEY,
    endings,
    error,
)
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/v1/api_keys"

_WINDOW_MS = 20_000
_STATUSES = {"too_many_requests": 429, "blocked_member_id": 403, "invalid_parameter": 400}

_BAD_TIME = Refused("expired_jwt", "Jwt가 만료되었습니다.")
_FOREIGN_ADDRESS = Refused("NotAllowIP", "not allowed client IP")


class Bithumb:
    """The exchange with its keys and the nonces that they used."""

    name: ClassVar[str] = "bithumb"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT)})
    rights: ClassVar[tuple[str, ...]] = ()
    fields: ClassVar[frozenset[str]] = frozenset({"expires", "account"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(BUSY, BUSY, BAD_PARAMETER)

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: key for key in keys}
        self._all = keys
        self._nonces = OnceOnly()

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        return "expires is missing: every key there ends" if key.expires is None else None

    def key_id(self, request: Request) -> str:
        """Return the key id that a token names, whether it is valid or not."""
        return key_id_of(request)

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return NOT_FOUND
        judged = self._judged(request, now_ms)
        if isinstance(judged, Refused):
            return self.refusal(judged, now_ms)
        return Answer("ok", endings(keys_of(self._all, judged.uid)))

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; 401 is usual."""
        del now_ms
        return error(refused, _STATUSES)

    def with_text(self, data: object, text: str) -> object:
        """Replace messages; the answer itself holds no words."""
        return reworded(data, text, {"message"}, ())

    def _judged(self, request: Request, now_ms: int) -> Key | Refused:
        """Check token, key, signature, clock, nonce, end, address and query, in this order."""
        token = token_of(request)
        if token is None:
            return BAD_SIGNATURE
        key = self._keys.get(token.claim("access_key"))
        if key is None:
            return UNKNOWN_KEY
        assert key.api_secret is not None
        sent_ms = _sent_ms(token)
        if sent_ms is None or not token.is_signed_with(key.api_secret, ("HS256",)):
            return BAD_SIGNATURE
        if abs(now_ms - sent_ms) > _WINDOW_MS:
            return _BAD_TIME
        if not self._nonces.accept(key.api_key, token.claim("nonce")):
            return BAD_SIGNATURE
        if key.has_ended(now_ms):
            return UNKNOWN_KEY
        if not key.is_admitted:
            return _FOREIGN_ADDRESS
        return key if token.covers(request.query) else BAD_QUERY


def _sent_ms(token: Token) -> int | None:
    """Return the timestamp of a token; None where it is no number, or where there is no nonce beside it."""
    sent = token.claims.get("timestamp")
    return sent if token.claim("nonce") and isinstance(sent, int) and not isinstance(sent, bool) else None
