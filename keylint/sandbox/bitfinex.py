"""Simulated Bitfinex (v2): what one key may do.

Sources: JKorf/Bitfinex.Net (2026-07, a recorded answer), bitfinexcom/bfx-api-node-models (2026-07) and
bitfinexcom/bitfinex-api-py. Refused credentials come with HTTP 500, as secret scanners saw in 2026. How a refused
address looks is not documented: as a wrong signature here, which is what made-up keys were seen to get as well.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from keylint.sandbox.instants import whole
from keylint.sandbox.nonces import Nonces
from keylint.sandbox.signatures import verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request

INSPECT: Final = "/v2/auth/r/permissions"

# The scopes in the order of the recorded answer, with what each place of their triples can hold.
_SCOPES = {
    "account": ("read", "write"),
    "history": ("read",),
    "orders": ("read", "write"),
    "positions": ("read", "write"),
    "funding": ("read", "write"),
    "settings": ("read", "write"),
    "wallets": ("read", "write"),
    "withdraw": ("write",),
    "ui_withdraw": ("write",),
    "bfxpay": ("read", "write"),
}

_ADDRESS_LIMIT = "ERR_RATE_LIMIT"
_UNKNOWN_KEY = Refused("10100", "apikey: invalid")
_BAD_SIGNATURE = Refused("10100", "apikey: digest invalid")
_LOW_NONCE = Refused("10114", "nonce: small")


class Bitfinex:
    """The exchange with its keys and the nonces that they used."""

    name: ClassVar[str] = "bitfinex"
    calls: ClassVar[Calls] = frozenset({("POST", INSPECT)})
    rights: ClassVar[tuple[str, ...]] = tuple(f"{scope}.{place}" for scope in _SCOPES for place in _SCOPES[scope])
    fields: ClassVar[frozenset[str]] = frozenset({"last_nonce"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("11010", "ratelimit: error"), Refused("11010", "ratelimit: error"), Refused("10020", "")
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "hex", "sha384"), Nonces(key.last_nonce)) for key in keys}

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here: nothing does."""
        del key
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("bfx-apikey")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", ["error", 10020, "path: invalid"], 404)
        judged = self._judged(request)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 500 is usual. The limit of an address has a form of its own."""
        del now_ms
        if refused.code == _ADDRESS_LIMIT:
            said = f"{refused.code} {refused.text}".strip()
            return Answer(refused.code, {"error": said}, refused.status or 429)
        code: int | str = int(refused.code) if refused.code.isdigit() else refused.code
        return Answer(refused.code, ["error", code, refused.text], refused.status or 500)

    def with_text(self, data: object, text: str) -> object:
        """Replace the message of a refusal; give a key one more scope. There is no label."""
        match data:
            case ["error", code, _]:
                return ["error", code, text]
            case list():
                return [*data, [text, 1, 1]]
            case {"error": _}:
                return {"error": text}
            case _:
                return data

    def _judged(self, request: Request) -> Answer | Refused:
        """Check key, signature, address and nonce, in this order; a refused request uses up no nonce."""
        known = self._keys.get(self.key_id(request))
        if known is None:
            return _UNKNOWN_KEY
        key, verify, nonces = known
        nonce = request.header("bfx-nonce")
        number = whole(nonce)
        signed = f"/api{request.target}{nonce}".encode() + request.body
        if number is None or not verify(signed, request.header("bfx-signature")):
            return _BAD_SIGNATURE
        if not key.is_admitted:
            return _BAD_SIGNATURE
        if nonces.fault(number):
            return _LOW_NONCE
        return Answer("ok", _triples(key))


def _triples(key: Key) -> list[list[object]]:
    """Return scope, read and write of each scope; a raw value of `answer` is what follows the scope's name."""
    built = {scope: [int(f"{scope}.{place}" in key.permissions) for place in ("read", "write")] for scope in _SCOPES}
    return [
        [scope, *(places if isinstance(places, list) else [places])] for scope, places in key.amended(built).items()
    ]
