"""Simulated Bybit (v5): one key's own description, sub-accounts with their keys, and the time.

Sources: github.com/bybit-exchange/docs (docs/v5: guide, user, error), as of July 2026. An unknown key gets a status
line and no body: bybit-exchange/pybit#130, tiagosiebler/bybit-api#448.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from keylint.sandbox.accounts import keys_of, numbered, page, sub_accounts
from keylint.sandbox.instants import DAY_MS, days_left, is_timely, iso, millis, whole
from keylint.sandbox.signatures import verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, bare, reworded

INSPECT: Final = "/v5/user/query-api"
ACCOUNTS: Final = "/v5/user/submembers"
LIST: Final = "/v5/user/sub-apikeys"
TIME: Final = "/v5/market/time"

# What `permissions` of a key's own answer may hold; a right is named `Group.Value`.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "ContractTrade": ("Order", "Position"),
    "Spot": ("SpotTrade",),
    "Wallet": ("AccountTransfer", "SubMemberTransfer", "SubMemberTransferList", "Withdraw"),
    "Options": ("OptionsTrade",),
    "Derivatives": ("DerivativesTrade",),
    "CopyTrading": (),
    "BlockTrade": ("BlockTrade",),
    "Exchange": ("ExchangeHistory",),
    "NFT": (),
    "Affiliate": ("Affiliate",),
    "Earn": ("Earn",),
    "FiatP2P": ("FiatP2POrder", "Advertising"),
    "FiatConvertBroker": ("FiatConvertBrokerOrder",),
    "FiatGlobalPay": (),
    "FiatBitPay": ("FaitPayOrder",),
    "BitCard": ("BitCard",),
    "ByXPost": ("ByXPost",),
}
_LISTED = (*tuple(GROUPS)[:9], "Earn")
"""The groups that the listing of a sub-account's keys shows."""
_TO_LIST_ACCOUNTS = {"Wallet.AccountTransfer", "Wallet.SubMemberTransfer", "Wallet.Withdraw"}

_NONE = "1970-01-01T00:00:00Z"
_SOON_DAYS = 7

_TIMING = (
    "invalid request, please check your server timestamp or recv_window param."
    " req_timestamp[{}],server_timestamp[{}],recv_window[{}]"
)
_DENIED = Refused("10005", "Permission denied, please check your API key permissions.")
_FOREIGN_ADDRESS = Refused("10010", "Unmatched IP, please check your API key's bound IP addresses.")
_EXPIRED = Refused("33004", "Your api key has expired.")
_BAD_PARAMETER = Refused("10001", "Request parameter error.")
_NOT_YOURS = Refused("500010", "The sub-account does not belong to this master account.")


class Bybit:
    """The exchange with its keys."""

    name: ClassVar[str] = "bybit"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT), ("GET", ACCOUNTS), ("GET", LIST), ("GET", TIME)})
    rights: ClassVar[tuple[str, ...]] = tuple(
        f"{group}.{value}" for group, values in GROUPS.items() for value in values
    )
    fields: ClassVar[frozenset[str]] = frozenset(
        {"expires", "account", "main_account", "account_name", "unified", "read_only"}
    )
    algorithms: ClassVar[tuple[str, ...]] = ("hmac", "rsa")
    phrases: ClassVar[Phrases] = Phrases(
        Refused("10006", "Too many visits. Exceeded the API Rate Limit.", 200),
        Refused("10018", "Exceeded the IP Rate Limit."),
        _BAD_PARAMETER,
        (("X-Bapi-Limit", "10"), ("X-Bapi-Limit-Status", "0"), ("X-Bapi-Limit-Reset-Timestamp", "{reset_ms}")),
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
        return request.header("x-bapi-api-key")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", raw=b"", status=404)
        if request.path == TIME:
            nanos = now_ms * 1_000_000
            return _done({"timeSecond": str(now_ms // 1000), "timeNano": str(nanos)}, now_ms, "OK")
        judged = self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 200 is usual."""
        data: dict[str, object] = {
            "retCode": int(refused.code) if refused.code.isdigit() else refused.code,
            "retMsg": refused.text,
            "result": {},
            "retExtInfo": {},
            "time": now_ms,
        }
        return Answer(refused.code, data, refused.status or 200)

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more group of rights."""
        return reworded(data, text, {"retMsg", "note"}, {"permissions"})

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check key, clock, signature, end and address, in this order, then what the call itself asks for."""
        if request.body:
            return bare(403)
        sent, window = request.header("x-bapi-timestamp"), request.header("x-bapi-recv-window")
        sent_ms, window_ms = whole(sent), whole(window or "5000")
        known = self._keys.get(self.key_id(request))
        if known is None:
            return bare(401, "API key is invalid.")
        if sent_ms is None or window_ms is None or not request.header("x-bapi-sign"):
            return bare(401)
        if not is_timely(sent_ms, window_ms, now_ms):
            return Refused("10002", _TIMING.format(sent, now_ms, window_ms))
        key, verify = known
        signed = f"{sent}{key.api_key}{window}{request.query}"
        if not verify(signed.encode(), request.header("x-bapi-sign")):
            return Refused("10004", f"error sign! origin_string[{signed}]")
        if key.has_ended(now_ms):
            return _EXPIRED
        if not key.is_admitted:
            return _FOREIGN_ADDRESS
        if request.path == INSPECT:
            return _done(key.amended(_described(key, now_ms)), now_ms)
        if not key.is_main:
            return _DENIED
        listing = self._accounts if request.path == ACCOUNTS else self._listed
        return listing(key, request.parameters, now_ms)

    def _accounts(self, key: Key, asked: Mapping[str, str], now_ms: int) -> Answer | Refused:
        if _TO_LIST_ACCOUNTS.isdisjoint(key.permissions):
            return _DENIED
        subs, after = page(sub_accounts(self._all, key), asked.get("pageSize", ""), 100, asked.get("nextCursor", ""))
        members = [
            {
                "uid": sub.uid,
                "username": sub.sub_name,
                "memberType": 1,
                "status": 1,
                "remark": "",
                "accountMode": 5 if sub.unified else 1,
            }
            for sub in subs
        ]
        return _done({"subMembers": members, "nextCursor": str(after or 0)}, now_ms)

    def _listed(self, key: Key, asked: Mapping[str, str], now_ms: int) -> Answer | Refused:
        account = asked.get("subMemberId")
        if not account:
            return _BAD_PARAMETER
        if account not in {sub.uid for sub in sub_accounts(self._all, key)}:
            return _NOT_YOURS
        found, after = page(keys_of(self._all, account), asked.get("limit", ""), 20, asked.get("cursor", ""))
        rows = [row.amended(_row(row, now_ms), "list") for row in found]
        return _done({"result": rows, "nextPageCursor": str(after or "")}, now_ms)


def _done(result: object, now_ms: int, message: str = "") -> Answer:
    return Answer("ok", {"retCode": 0, "retMsg": message, "result": result, "retExtInfo": {}, "time": now_ms})


def _groups(key: Key, shown: Sequence[str]) -> dict[str, list[str]]:
    return {group: [value for value in GROUPS[group] if f"{group}.{value}" in key.permissions] for group in shown}


def _described(key: Key, now_ms: int) -> dict[str, object]:
    """Return what a key is told of itself."""
    return {
        "id": "3000001",
        "note": key.label,
        "apiKey": key.api_key,
        "readOnly": int(key.read_only),
        "secret": "",
        "permissions": _groups(key, tuple(GROUPS)),
        "ips": list(key.ip_allowlist) or ["*"],
        "type": 1,
        "deadlineDay": -2 if key.expires is None else days_left(key.expires, now_ms),
        "expiredAt": _NONE if key.expires is None else iso(key.expires),
        "createdAt": iso(key.created),
        "unified": 0,
        "uta": int(key.unified),
        "userID": int(key.uid),
        "inviterID": 0,
        "vipLevel": "No VIP",
        "mktMakerLevel": "0",
        "affiliateID": 0,
        "rsaPublicKey": key.public_key or "",
        "isMaster": key.is_main,
        "parentUid": key.main_account or "0",
        "kycLevel": "LEVEL_1",
        "kycRegion": "DEU",
    }


def _row(key: Key, now_ms: int) -> dict[str, object]:
    """Return what the main account is told of a sub-account's key; `readOnly` is a boolean here."""
    if key.expires is None:
        status = 1
    elif key.has_ended(now_ms):
        status = 2
    else:
        status = 4 if millis(key.expires) - now_ms < _SOON_DAYS * DAY_MS else 3
    return {
        "id": "3000002",
        "ips": list(key.ip_allowlist) or ["*"],
        "apiKey": key.api_key,
        "note": key.label,
        "status": status,
        "expiredAt": _NONE if key.expires is None else iso(key.expires),
        "createdAt": iso(key.created),
        "type": 1,
        "permissions": _groups(key, _LISTED),
        "secret": "******",
        "readOnly": key.read_only,
        "deadlineDay": -1 if key.expires is None else days_left(key.expires, now_ms),
        "flag": "hmac" if key.public_key is None else "rsa",
    }
