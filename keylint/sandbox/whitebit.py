"""Simulated WhiteBIT: the keys of sub-accounts with their addresses, for a key of the main account; nothing of itself.

Sources: github.com/whitebit-exchange/api-docs (2026-01: http-auth, http-main-v4), docs.whitebit.com (2026), ccxt
4.5.90 for codes, ccxt/ccxt#25353 for a stale nonce. Not documented: how an unknown key is refused, and the statuses of
refusals other than 429.
"""

import base64
import binascii
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from keylint.sandbox.accounts import keys_of, sub_accounts
from keylint.sandbox.instants import millis, whole
from keylint.sandbox.nonces import Nonces
from keylint.sandbox.signatures import Verify, verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

ACCOUNTS: Final = "/api/v4/sub-account/list"
LIST: Final = "/api/v4/sub-account/api-key/list"
ADDRESSES: Final = "/api/v4/sub-account/api-key/ip-address/list"
TIME: Final = "/api/v4/public/time"

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WINDOW_MS = 5000
_PAGE, _MOST, _LAST = 30, 100, 10_000

_TOO_MANY = "Too many requests."
_CLOSED = "This action is unauthorized. Enable your key in API settings"
_NOT_ALLOWED = "This API Key is not authorized to perform this action."
_BAD_SIGNATURE = "Unauthorized request."
_BAD_PAYLOAD = "Invalid payload"
_NO_KEY = "Key not provided."
_NO_PAYLOAD = "Payload not provided."
_NO_NONCE = "Nonce not provided."
_NO_REQUEST = "Request not provided."
_BAD_WINDOW = "Invalid nonceWindow."
_BAD_NONCE = "Invalid nonce."
_FAR_NONCE = "Your nonce is more than 5 seconds lesser than the current nonce"
_INVALID = "Validation failed"

_CODES = {_CLOSED: 2, _NOT_ALLOWED: 4, _BAD_PAYLOAD: 9, _BAD_SIGNATURE: 10}
_STATUSES = {
    **dict.fromkeys((_TOO_MANY, "429"), 429),
    **dict.fromkeys((_CLOSED, _BAD_SIGNATURE, _NO_KEY, "2", "10"), 401),
    **dict.fromkeys((_NOT_ALLOWED, "You don't have permission to use this endpoint.", "4"), 403),
    _INVALID: 422,
}


class Whitebit:
    """The exchange with its keys and the nonces that they used.

    No key can look at itself, so a bare name under `answer` or `omit` means a field of the listing.
    """

    name: ClassVar[str] = "whitebit"
    calls: ClassVar[Calls] = frozenset({("POST", ACCOUNTS), ("POST", LIST), ("POST", ADDRESSES), ("GET", TIME)})
    rights: ClassVar[tuple[str, ...]] = ("type.1", "type.2")
    fields: ClassVar[frozenset[str]] = frozenset({"last_used", "account", "main_account", "account_name", "last_nonce"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(Refused(_TOO_MANY, ""), Refused(_TOO_MANY, ""), Refused(_BAD_PAYLOAD, ""))

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "hex", "sha512")) for key in keys}
        # Those that must rise, and those that must be new within a window of time.
        self._rising = {key.api_key: Nonces(key.last_nonce) for key in keys}
        self._timed = {key.api_key: Nonces(0, 2 * _WINDOW_MS) for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        if len(key.permissions) != 1:
            return "permissions must name one type"
        if not key.is_main and not _UUID.fullmatch(key.account):
            return "account must be the UUID of the sub-account"
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("x-txc-apikey")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", {"code": 0, "message": "Not Found", "errors": {}}, 404)
        if request.path == TIME:
            return Answer("ok", {"time": now_ms // 1000})
        judged = self._judged(request, now_ms)
        return self.refusal(Refused(judged, ""), now_ms) if isinstance(judged, str) else Answer("ok", judged)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error, which is known by its number or by its words; 400 is usual."""
        del now_ms
        code, text, status = refused
        number, said = (int(code), text) if code.isdigit() else (_CODES.get(code, 0), f"{code} {text}".strip())
        return Answer(code, {"code": number, "errors": {}, "message": said}, status or _STATUSES.get(code, 400))

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; make the type of keys another one."""
        if isinstance(data, dict) and isinstance(rows := data.get("data"), list):
            data = {**data, "data": [{**row, "type": text} if "type" in row else row for row in rows]}
        return reworded(data, text, {"message", "title", "alias"}, ())

    def _judged(self, request: Request, now_ms: int) -> dict[str, object] | str:
        """Check headers, key, payload, signature, nonce and address, in this order; a message is a refusal."""
        payload = request.header("x-txc-payload")
        if not self.key_id(request):
            return _NO_KEY
        if not payload:
            return _NO_PAYLOAD
        known = self._keys.get(self.key_id(request))
        if known is None:
            return _CLOSED
        key, verify = known
        asked = _opened(request, payload, verify)
        if isinstance(asked, str):
            return asked
        if complaint := self._nonce_problem(key, asked, now_ms):
            return complaint
        if not key.is_admitted:
            return _CLOSED
        if not key.is_main:
            return _NOT_ALLOWED
        match request.path:
            case "/api/v4/sub-account/list":
                return self._accounts(key, asked)
            case "/api/v4/sub-account/api-key/list":
                return self._listed(key, asked)
            case _:
                return self._addresses(key, asked)

    def _nonce_problem(self, key: Key, asked: Mapping[str, object], now_ms: int) -> str | None:
        """Complain about a nonce that is none, far from now where it must be a time, or used up."""
        if "nonce" not in asked:
            return _NO_NONCE
        is_timed = asked.get("nonceWindow", False)
        if not isinstance(is_timed, bool):
            return _BAD_WINDOW
        nonce = whole(str(asked["nonce"]))
        if nonce is None:
            return _BAD_NONCE
        if is_timed and abs(now_ms - nonce) > _WINDOW_MS:
            return _FAR_NONCE
        nonces = self._timed if is_timed else self._rising
        return _TOO_MANY if nonces[key.api_key].fault(nonce) else None

    def _accounts(self, key: Key, asked: Mapping[str, object]) -> dict[str, object] | str:
        wanted = str(asked.get("search", ""))
        return _page([_account(sub) for sub in sub_accounts(self._all, key) if wanted in sub.sub_name], asked)

    def _listed(self, key: Key, asked: Mapping[str, object]) -> dict[str, object] | str:
        rows = [row for row in self._below(key) if asked.get("subAccountId", row.uid) == row.uid]
        return _page([row.amended(_row(row)) for row in rows], asked)

    def _addresses(self, key: Key, asked: Mapping[str, object]) -> dict[str, object] | str:
        found = [row for row in self._below(key) if _id_of(row) == asked.get("apiKeyId")]
        return found[0].amended({"data": list(found[0].ip_allowlist)}, "list-addresses") if found else _INVALID

    def _below(self, key: Key) -> list[Key]:
        """Return the keys of all sub-accounts of a key's account."""
        return [row for sub in sub_accounts(self._all, key) for row in keys_of(self._all, sub.uid)]


def _opened(request: Request, payload: str, verify: Verify) -> Mapping[str, object] | str:
    """Return what the body asks for; it must be what the payload says, signed, and meant for this path."""
    try:
        asked = json.loads(request.body)
        is_same = base64.b64decode(payload, validate=True) == request.body
    except (binascii.Error, ValueError, RecursionError):
        return _BAD_PAYLOAD
    if not is_same or not isinstance(asked, dict):
        return _BAD_PAYLOAD
    if not verify(payload.encode(), request.header("x-txc-signature")):
        return _BAD_SIGNATURE
    if "request" not in asked:
        return _NO_REQUEST
    return asked if asked["request"] == request.path else _BAD_PAYLOAD


def _page(rows: Sequence[object], asked: Mapping[str, object]) -> dict[str, object] | str:
    """Return a page of rows; `limit` and `offset` beyond their bounds are not valid."""
    limit, offset = asked.get("limit", _PAGE), asked.get("offset", 0)
    if type(limit) is not int or type(offset) is not int or not (1 <= limit <= _MOST and 0 <= offset <= _LAST):
        return _INVALID
    return {"limit": limit, "offset": offset, "data": list(rows[offset : offset + limit])}


def _id_of(key: Key) -> str:
    """Return the id by which the exchange speaks of a key, which is not the public key."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, key.api_key))


def _account(sub: Key) -> dict[str, object]:
    return {
        "id": sub.uid,
        "alias": sub.sub_name,
        "userId": str(uuid.uuid5(uuid.NAMESPACE_OID, sub.uid)),
        "email": "d***@example.test",
        "status": "active",
        "color": "#FF5733",
        "kyc": {"shareKyc": True, "kycStatus": "verified"},
        "permissions": {"spotEnabled": True, "collateralEnabled": False},
    }


def _row(key: Key) -> dict[str, object]:
    """Return what the main account is told of a key; `apiSecret` is always empty, times are seconds.

    The type is a number here; documents also show «trade» there, which `answer` can play.
    """
    used = key.created if key.last_used is None else key.last_used
    return {
        "subAccountId": key.uid,
        "id": _id_of(key),
        "title": key.label,
        "isEnabled": True,
        "apiKey": key.api_key,
        "apiSecret": "",
        "type": int(key.permissions[0].removeprefix("type.")),
        "lastActivity": millis(used) // 1000,
        "restrictAccess": bool(key.ip_allowlist),
        "accessEndpoints": [],
    }
