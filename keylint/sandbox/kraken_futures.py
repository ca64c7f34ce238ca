"""Simulated Kraken Futures: one key's own description.

Sources: docs.kraken.com, «Check v3 API key», «Authentication» and the changes of 2024-02-20. An unknown key and a wrong
signature get one answer, HTTP 401 with `error`, `message` and `suberror`; what stands in these is not documented, nor
how a refused address looks (the same answer here). The names of other errors: ccxt 4.5.90, krakenfutures.py.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from ipaddress import ip_network
from typing import ClassVar, Final

from keylint.sandbox.hosts import is_known_at
from keylint.sandbox.instants import iso_millis, whole
from keylint.sandbox.nonces import Nonces
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/api/auth/v1/api-keys/v3/check"

HOSTS: Final = {"futures.kraken.com": "production", "demo-futures.kraken.com": "demo"}

_GROUPS = ("general", "transfer")
_ACCOUNT = "11111111-2222-4333-8444-555555555555"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_REFUSED = Refused("authenticationError", "API key is not found or request signature is invalid")
_NONCES = {
    "low": Refused("nonceBelowThreshold", "nonce is below the threshold"),
    "used": Refused("nonceDuplicate", "nonce was used before"),
}
_STATUSES = {"apiLimitExceeded": 429, "unavailable": 503, "notFound": 404}


class KrakenFutures:
    """The exchange with its keys and the nonces that they used."""

    name: ClassVar[str] = "kraken-futures"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT)})
    rights: ClassVar[tuple[str, ...]] = tuple(
        f"{group}.{level}" for group in _GROUPS for level in ("READ_ONLY", "FULL_ACCESS")
    )
    fields: ClassVar[frozenset[str]] = frozenset({"account", "environment", "last_nonce", "nonce_window"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("apiLimitExceeded", "too many requests"),
        Refused("apiLimitExceeded", "too many requests"),
        Refused("invalidArgument", ""),
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, Nonces(key.last_nonce, key.nonce_window)) for key in keys}

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        groups = [name.partition(".")[0] for name in key.permissions]
        if len(groups) != len(set(groups)):
            return "permissions must name a group once"
        if key.account and not _UUID.fullmatch(key.account):
            return "account must be a UUID"
        assert key.api_secret is not None
        try:
            base64.b64decode(key.api_secret.reveal(), validate=True)
        except binascii.Error:
            return "api_secret must be base64"
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("apikey")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            refusal = self.refusal(Refused("notFound", "no such endpoint"), now_ms)
            return Answer("forbidden", refusal.data, refusal.status)
        judged = self._judged(request)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 401 is usual."""
        del now_ms
        data = {"error": refused.code, "message": refused.text, "suberror": None}
        return Answer(refused.code, data, refused.status or _STATUSES.get(refused.code, 401))

    def with_text(self, data: object, text: str) -> object:
        """Replace messages; give a key one more group of rights. There is no label."""
        if isinstance(data, dict) and isinstance(rights := data.get("permissions"), dict):
            return {**data, "permissions": {**rights, text: "FULL_ACCESS"}}
        return reworded(data, text, {"message"}, ())

    def _judged(self, request: Request) -> Answer | Refused:
        """Check key, signature, address and nonce, in this order; a refused request uses up no nonce."""
        known = self._keys.get(self.key_id(request))
        if known is None or not is_known_at(known[0], request, HOSTS):
            return _REFUSED
        key, nonces = known
        nonce = request.header("nonce")
        if not hmac.compare_digest(_signature(key, request, nonce), request.header("authent").encode()):
            return _REFUSED
        if not key.is_admitted:
            return _REFUSED
        if nonce:
            number = whole(nonce)
            fault = "low" if number is None else nonces.fault(number)
            if fault:
                return _NONCES[fault]
        return Answer("ok", key.amended(_described(key)))


def _signature(key: Key, request: Request, nonce: str) -> bytes:
    """Return the base64 of HMAC-SHA512(secret, SHA256(what is sent + nonce + path)); the query is signed as sent."""
    assert key.api_secret is not None
    sent = request.query.encode() + request.body
    digest = hashlib.sha256(sent + nonce.encode() + request.path.removeprefix("/derivatives").encode()).digest()
    return base64.b64encode(hmac.digest(base64.b64decode(key.api_secret.reveal()), digest, "sha512"))


def _described(key: Key) -> dict[str, object]:
    """Return what a key is told of itself; there is no envelope, and `allowedCidrBlock` is the older form."""
    levels = dict(name.split(".") for name in key.permissions)
    return {
        "apiKey": key.api_key,
        "accountUid": key.account or _ACCOUNT,
        "iiban": "AA12 B3C4 D5E6 F7G8",
        "createdAt": iso_millis(key.created),
        "permissions": {group: levels.get(group, "NO_ACCESS") for group in _GROUPS},
        "allowedCidrBlock": None,
        "allowedCidrBlocks": [str(ip_network(entry, strict=False)) for entry in key.ip_allowlist],
    }
