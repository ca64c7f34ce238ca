"""Simulated BingX: one key's rights as codes and as booleans, the keys of an account, sub-accounts, and the time.

Sources: github.com/BingX-API/api-ai-skills (2026-04), github.com/BingX-API/docs (2023-08), JKorf/BingX.Net (2026-08).
The signed text is taken in the order in which it was sent, as the published vector has it. The list of sub-accounts has
the documented fields; the name of the field around them differs between the sources.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final
from urllib.parse import unquote

from keylint.sandbox.accounts import keys_of, numbered, page, sub_accounts
from keylint.sandbox.instants import millis, whole
from keylint.sandbox.signatures import verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/openApi/v1/account/apiPermissions"
FLAGS: Final = "/openApi/v1/account/apiRestrictions"
ACCOUNT: Final = "/openApi/account/v1/uid"
ACCOUNTS: Final = "/openApi/subAccount/v1/list"
LIST: Final = "/openApi/account/v1/apiKey/query"
TIME: Final = "/openApi/swap/v2/server/time"

# The boolean of a right -> its code.
CODES: Final[Mapping[str, int]] = {
    "enableSpotAndMarginTrading": 1,
    "enableReading": 2,
    "enableFutures": 3,
    "permitsUniversalTransfer": 4,
    "enableWithdrawals": 5,
    "enableInternalTransfer": 7,
}
# The booleans that every description of the answer has; the others show as codes only.
_FLAGS = ("enableReading", "enableSpotAndMarginTrading", "enableFutures", "permitsUniversalTransfer")
_WINDOW_MS = 5000

_BAD_SIGNATURE = Refused("100001", "Signature verification failed")
_DENIED = Refused("100004", "Permission denied, the API key was created without the permission")
_BAD_PARAMETER = Refused("100400", "Invalid parameters")
_NO_SIGNATURE = Refused("100412", "Null signature")
_UNKNOWN_KEY = Refused(
    "100413", "Incorrect apiKey, please check your valid api key in https://bingx.com/en/account/api/"
)
_BAD_TIME = Refused("100421", "Null timestamp or timestamp mismatch")


class BingX:
    """The exchange with its keys."""

    name: ClassVar[str] = "bingx"
    calls: ClassVar[Calls] = frozenset(("GET", path) for path in (INSPECT, FLAGS, ACCOUNT, ACCOUNTS, LIST, TIME))
    # Manage Subaccounts is named in the documents, and no answer is known to show it.
    rights: ClassVar[tuple[str, ...]] = (*CODES, "Manage Subaccounts")
    fields: ClassVar[frozenset[str]] = frozenset({"account", "main_account", "account_name"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("100410", "rate limited", 200),
        Refused("100410", "The endpoint trigger frequency limit rule is currently in the disabled period"),
        _BAD_PARAMETER,
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "hex")) for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        return numbered(key)

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("x-bx-apikey")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            refusal = self.refusal(Refused("100400", "this api is not exist"), now_ms)
            return Answer("forbidden", refusal.data, refusal.status)
        if request.path == TIME:
            return _done({"serverTime": now_ms}, now_ms)
        judged = self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 200 is usual."""
        code = refused.code
        number: int | str = int(code) if code.removeprefix("-").isdigit() else code
        return Answer(code, {"code": number, "msg": refused.text, "timestamp": now_ms}, refused.status or 200)

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more right, a code or a boolean."""
        if isinstance(data, dict) and "ipRestrict" in data:
            return {**data, f"enable{text}": True}
        return reworded(data, text, {"msg", "note"}, {"permissions"})

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check key, clock, signature, address and right, in this order, then what the call itself asks for."""
        known, asked = self._keys.get(self.key_id(request)), request.parameters
        if known is None:
            return _UNKNOWN_KEY
        sent_ms, window_ms = whole(asked.get("timestamp", "")), whole(asked.get("recvWindow", str(_WINDOW_MS)))
        if window_ms is None or window_ms > _WINDOW_MS:
            return _BAD_PARAMETER
        if sent_ms is None or now_ms - sent_ms > window_ms:
            return _BAD_TIME
        if not asked.get("signature"):
            return _NO_SIGNATURE
        key, verify = known
        unsigned, _, given = request.query.rpartition("&signature=")
        if not verify(unquote(unsigned).encode(), given):
            return _BAD_SIGNATURE
        if not key.is_admitted:
            return Refused("100419", f"your current request IP {key.client_address} does not match IP whitelist")
        if "enableReading" not in key.permissions:
            return _DENIED
        match request.path:
            case "/openApi/v1/account/apiPermissions":
                return Answer("ok", key.amended(_described(key)))
            case "/openApi/v1/account/apiRestrictions":
                return Answer("ok", key.amended(_flags(key), "key-flags"))
            case "/openApi/account/v1/uid":
                return _done({"uid": int(key.uid)}, now_ms)
            case "/openApi/subAccount/v1/list":
                return self._accounts(key, asked, now_ms)
            case _:
                return self._listed(key, asked, now_ms)

    def _accounts(self, key: Key, asked: Mapping[str, str], now_ms: int) -> Answer | Refused:
        number, size = whole(asked.get("page", "")), whole(asked.get("limit", ""))
        if not number or not size:
            return _BAD_PARAMETER
        if not key.is_main:
            return _DENIED
        subs = sub_accounts(self._all, key)
        shown, _ = page(subs, str(size), 1000, str((number - 1) * size))
        return _done({"result": [_account(sub) for sub in shown], "pageId": number, "total": len(subs)}, now_ms)

    def _listed(self, key: Key, asked: Mapping[str, str], now_ms: int) -> Answer | Refused:
        """List the keys of the own account or a sub-account."""
        account = asked.get("uid")
        if not account:
            return _BAD_PARAMETER
        if account not in {key.uid, *(sub.uid for sub in sub_accounts(self._all, key))}:
            return _DENIED
        found = keys_of(self._all, account)
        wanted = [row for row in found if asked.get("apiKey", row.api_key) == row.api_key]
        return _done({"apiInfos": [row.amended(_row(row), "list") for row in wanted]}, now_ms)


def _done(data: Mapping[str, object], now_ms: int) -> Answer:
    return Answer("ok", {"code": 0, "msg": "", "timestamp": now_ms, "data": data})


def _codes(key: Key) -> list[int]:
    return sorted(code for name, code in CODES.items() if name in key.permissions)


def _described(key: Key) -> dict[str, object]:
    """Return codes and addresses; there is no envelope."""
    return {
        "apiKey": key.api_key,
        "permissions": _codes(key),
        "ipAddresses": list(key.ip_allowlist),
        "note": key.label,
    }


def _flags(key: Key) -> dict[str, object]:
    """Return booleans and the creation; there is no envelope."""
    return {
        "ipRestrict": bool(key.ip_allowlist),
        "createTime": millis(key.created),
        **{name: name in key.permissions for name in _FLAGS},
    }


def _account(sub: Key) -> dict[str, object]:
    return {
        "subUid": int(sub.uid),
        "subAccountString": sub.sub_name,
        "note": "",
        "freeze": False,
        "createTime": millis(sub.created),
    }


def _row(key: Key) -> dict[str, object]:
    """Return a key in a list: the id is masked, and no address list is one empty text."""
    return {
        "apiKey": f"{key.api_key[:2]}*******{key.api_key[-2:]}",
        "note": key.label,
        "permissions": _codes(key),
        "ipAddresses": list(key.ip_allowlist) or [""],
        "status": 0,
        "createTime": millis(key.created),
        "updateTime": millis(key.created),
    }
