"""Simulated BitMEX: all keys of an account, which any of them may list.

Sources: BitMEX/api-connectors (swagger.json of 2024-05, official-http), JKorf/BitMEX.Net (2026-07). Seen with their
status: `Signature not valid.` (knowm/XChange#3145) and the end of a request (BitMEX/sample-market-maker#49); the other
words and statuses are not documented. A secret in the list is empty here; `answer` can put one in.
"""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import ClassVar, Final

from keylint.sandbox.accounts import numbered
from keylint.sandbox.hosts import is_known_at
from keylint.sandbox.instants import iso_millis, whole
from keylint.sandbox.nonces import Nonces
from keylint.sandbox.signatures import verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/api/v1/apiKey"

HOSTS: Final = {"www.bitmex.com": "production", "testnet.bitmex.com": "demo"}

_ANYWHERE = "0.0.0.0/0"

# The words are the only code there is.
_UNAUTHORISED = Refused("Authorization Required", "", 401)
_UNKNOWN_KEY = Refused("Invalid API Key.", "", 401)
_BAD_SIGNATURE = Refused("Signature not valid.", "", 401)
_EXPIRED = "This request has expired - `expires` is in the past."
_LOW_NONCE = "Nonce is not increasing."
_DISABLED = Refused("This key is disabled.", "", 403)
_WRONG_PLACE = Refused("This IP address is not allowed to use this key.", "", 403)
_OVERLOADED = Refused("The system is currently overloaded. Please try again later.", "", 503)
_STATUSES = {
    refused.code: refused.status
    for refused in (_UNAUTHORISED, _UNKNOWN_KEY, _BAD_SIGNATURE, _DISABLED, _WRONG_PLACE, _OVERLOADED)
}


class BitMex:
    """The exchange with its keys and the nonces that they used."""

    name: ClassVar[str] = "bitmex"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT)})
    rights: ClassVar[tuple[str, ...]] = ("order", "orderCancel", "withdraw")
    fields: ClassVar[frozenset[str]] = frozenset({"account", "main_account", "environment", "last_nonce"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("Rate limit exceeded, retry in 1 seconds.", ""),
        Refused("Forbidden", ""),
        Refused("Bad Request", ""),
        (("x-ratelimit-limit", "120"), ("x-ratelimit-remaining", "0")),
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "hex"), Nonces(key.last_nonce)) for key in keys}

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        return numbered(key)

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("api-key")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            refusal = self.refusal(Refused("Not Found", "", 404), now_ms)
            return Answer("forbidden", refusal.data, refusal.status)
        judged = self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 400 is usual."""
        del now_ms
        said = " ".join(part for part in (refused.code, refused.text) if part)
        status = refused.status or _STATUSES.get(refused.code) or 400
        return Answer(refused.code, {"error": {"message": said, "name": "HTTPError"}}, status)

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more right."""
        return reworded(data, text, {"message"} if isinstance(data, dict) else {"name"}, {"permissions"})

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check key, signature, end of the request, state and address, in this order."""
        if not self.key_id(request) or not request.header("api-signature"):
            return _UNAUTHORISED
        known = self._keys.get(self.key_id(request))
        if known is None or not is_known_at(known[0], request, HOSTS):
            return _UNKNOWN_KEY
        key, verify, nonces = known
        expires = request.header("api-expires")
        moment = expires or request.header("api-nonce")  # older programs send a rising number instead of an end
        number = whole(moment)
        signed = f"{request.method}{request.target}{moment}".encode() + request.body
        if number is None or not verify(signed, request.header("api-signature")):
            return _BAD_SIGNATURE
        if expires and number * 1000 <= now_ms:
            return Refused(_EXPIRED, f"Current time: {now_ms // 1000}")
        if not expires and nonces.fault(number):
            return Refused(_LOW_NONCE, f"This nonce: {number}, last nonce: {nonces.highest}")
        if key.answer.get("enabled") is False:
            return _DISABLED
        if not key.is_admitted:
            return _WRONG_PLACE
        return self._listed(key, is_newest_first=request.parameters.get("reverse") == "true")

    def _listed(self, key: Key, *, is_newest_first: bool) -> Answer:
        """List all keys of the account that owns this one, those for its sub-accounts as well."""
        owned = [(row, nonces.highest) for row, _, nonces in self._keys.values() if _owner(row) == _owner(key)]
        rows = sorted(owned, key=lambda entry: entry[0].created, reverse=is_newest_first)
        return Answer("ok", [row.amended(_row(row, nonce)) for row, nonce in rows])


def _owner(key: Key) -> str:
    return key.main_account or key.uid


def _row(key: Key, nonce: int) -> dict[str, object]:
    """Return what is shown of a key; `cidr` is the older field, with room for one network."""
    networks = [str(ip_network(entry, strict=False)) for entry in key.ip_allowlist]
    acting = {} if key.is_main else {"targetAccountId": int(key.uid)}
    return {
        "id": key.api_key,
        "secret": "",
        "name": key.label,
        "nonce": nonce,
        "cidr": networks[0] if networks else _ANYWHERE,
        "cidrs": networks,
        "permissions": list(key.permissions),
        "enabled": True,
        "userId": int(_owner(key)),
        **acting,
        "created": iso_millis(key.created),
    }
