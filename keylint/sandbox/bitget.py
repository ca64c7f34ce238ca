"""Simulated Bitget, classic (v2) and unified (v3): the account with one key's rights, sub-accounts, and the time.

Sources: bitget.com/api-doc (common/signature, spot/account/Get-Account-Info, common/vsubaccount, stored copies of 2025
and 2026); the unified calls as UnipayFI/go-bitget has them (August 2026). HTTP 400 as seen with 40009, 40037, 40084 and
40099; no page says how many seconds a timestamp may be off: 30 here.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final
from urllib.parse import unquote

from keylint.sandbox.accounts import keys_of, numbered, page, sub_accounts
from keylint.sandbox.instants import millis, whole
from keylint.sandbox.signatures import is_secret, verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/api/v2/spot/account/info"
INSPECT_UNIFIED: Final = "/api/v3/account/info"
ACCOUNTS: Final = "/api/v2/user/virtual-subaccount-list"
ACCOUNTS_UNIFIED: Final = "/api/v3/user/sub-list"
LIST: Final = "/api/v2/user/virtual-subaccount-apikey-list"
LIST_UNIFIED: Final = "/api/v3/user/sub-api-list"
TIME: Final = "/api/v2/public/time"

# Classic rights: the code of `authorities` -> the word that the listing of a sub-account's keys has for it.
CODES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("coor", "cpor", "stor", "smor", "ttor", "wtor", "chor", "p2pr", "pllr", "taxr"), "read"),
    **dict.fromkeys(("coow", "cpow"), "contract_trade"),
    "stow": "spot_trade",
    "smow": "margin_trade",
    "wtow": "transfer",
    **{code: code for code in ("ttow", "wwow", "chow", "p2p", "pllw", "taxw")},
}
_WORDS = (
    *("readonly", "trade", "transfer", "withdraw", "read", "spot_trade", "margin_trade", "contract_trade"),
    *("contract_order", "contract_position", "copytrading_trade", "wallet_transfer"),
)
# Unified rights are named `area.permType`; one permType holds for all areas of a key.
_AREAS = ("uta_mgt", "uta_trade", "withdraw", "copy_futures_position", "copy_futures_order")
_TYPES = ("read-only", "read-and-write")
_UNIFIED = tuple(f"{area}.{kind}" for area in _AREAS for kind in _TYPES)

_WINDOW_MS = 30_000

_HEADERS = {
    "access-key": ("40001", "ACCESS_KEY cannot be empty"),
    "access-sign": ("40003", "Signature cannot be empty"),
    "access-passphrase": ("40011", "ACCESS_PASSPHRASE cannot be empty"),
}
_BAD_TIME = Refused("40005", "Invalid ACCESS_TIMESTAMP")
_TOO_OLD = Refused("40008", "Request timestamp expired")
_BAD_SIGNATURE = Refused("40009", "sign signature error")
_BAD_PASSPHRASE = Refused("40012", "apikey/password is incorrect")
_DENIED = Refused("40014", "Incorrect permissions")
_BAD_PARAMETER = Refused("40017", "Parameter verification failed")
_BAD_PARAMETER_UNIFIED = Refused("400172", "Parameter verification failed")
_FOREIGN_ADDRESS = Refused("40018", "Invalid IP")
_UNKNOWN_KEY = Refused("40037", "Apikey does not exist")
_CLASSIC = Refused(
    "40084", "You are in Classic Account mode, and the Unified Account API is not supported at this time"
)
_UNIFIED_ONLY = Refused(
    "40085", "You are in Unified Account mode, and the Classic Account API is not supported at this time"
)
_WRONG_ENVIRONMENT = Refused("40099", "exchange environment is incorrect")


class Bitget:
    """The exchange with its keys."""

    name: ClassVar[str] = "bitget"
    calls: ClassVar[Calls] = frozenset(
        ("GET", path) for path in (INSPECT, INSPECT_UNIFIED, ACCOUNTS, ACCOUNTS_UNIFIED, LIST, LIST_UNIFIED, TIME)
    )
    rights: ClassVar[tuple[str, ...]] = (*CODES, *_WORDS, *_UNIFIED)
    fields: ClassVar[frozenset[str]] = frozenset(
        {"passphrase", "account", "main_account", "account_name", "environment", "unified"}
    )
    algorithms: ClassVar[tuple[str, ...]] = ("hmac", "rsa")
    phrases: ClassVar[Phrases] = Phrases(
        Refused("429", "Too many requests"), Refused("429", "Too many requests"), _BAD_PARAMETER
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "base64")) for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        if key.unified != all(name in _UNIFIED for name in key.permissions) and key.permissions:
            return "permissions must all be of the key's generation (see unified)"
        if key.unified and len({name.partition(".")[2] for name in key.permissions}) > 1:
            return "permissions must all be read-only, or all read-and-write"
        return numbered(key)

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("access-key")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            refusal = self.refusal(Refused("40404", "Request URL NOT FOUND", 404), now_ms)
            return Answer("forbidden", refusal.data, refusal.status)
        if request.path == TIME:
            return _done({"serverTime": str(now_ms)}, now_ms)
        judged = self._judged(request, now_ms)
        return self.refusal(judged, now_ms) if isinstance(judged, Refused) else _done(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 400 is usual."""
        data = {"code": refused.code, "msg": refused.text, "requestTime": now_ms, "data": None}
        return Answer(refused.code, data, refused.status or (429 if refused.code == "429" else 400))

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more right."""
        return reworded(data, text, {"msg", "label", "note"}, {"authorities", "permissions", "permList"})

    def _judged(self, request: Request, now_ms: int) -> object | Refused:
        """Check headers, clock, key, environment, passphrase, signature and address, in this order."""
        for header, said in _HEADERS.items():
            if not request.header(header):
                return Refused(*said)
        timestamp = request.header("access-timestamp")
        sent_ms = whole(timestamp)
        if sent_ms is None:
            return _BAD_TIME
        if abs(now_ms - sent_ms) > _WINDOW_MS:
            return _TOO_OLD
        known = self._keys.get(self.key_id(request))
        if known is None:
            return _UNKNOWN_KEY
        key, verify = known
        if (key.environment == "demo") != (request.header("paptrading") == "1"):
            return _WRONG_ENVIRONMENT
        if not is_secret(key.passphrase, request.header("access-passphrase")):
            return _BAD_PASSPHRASE
        query = f"?{unquote(request.query)}" if request.query else ""
        signed = f"{timestamp}{request.method}{request.path}{query}".encode() + request.body
        if not verify(signed, request.header("access-sign")):
            return _BAD_SIGNATURE
        if not key.is_admitted:
            return _FOREIGN_ADDRESS
        if key.unified != request.path.startswith("/api/v3/"):
            return _UNIFIED_ONLY if key.unified else _CLASSIC
        return (self._unified if key.unified else self._classic)(key, request)

    def _classic(self, key: Key, request: Request) -> object | Refused:
        """Answer a classic key; only one that is bound to addresses lists sub-accounts and their keys."""
        if request.path == INSPECT:
            return key.amended(_described(key))
        if not key.is_main or not key.ip_allowlist:
            return _DENIED
        asked = request.parameters
        subs = sub_accounts(self._all, key)
        if request.path == ACCOUNTS:
            start = next((place + 1 for place, sub in enumerate(subs) if sub.uid == asked.get("idLessThan")), 0)
            shown, _ = page(subs, asked.get("limit", "100"), 500, str(start))
            last = shown[-1].uid if shown else None
            return {"endId": last, "subAccountList": [_account(sub) for sub in shown]}
        if not asked.get("subAccountUid"):
            return _BAD_PARAMETER
        rows = keys_of(self._all, asked["subAccountUid"]) if asked["subAccountUid"] in {sub.uid for sub in subs} else []
        return [row.amended(_row(row), "list") for row in rows]

    def _unified(self, key: Key, request: Request) -> object | Refused:
        """Answer a unified key, which needs uta_mgt for all of it."""
        if not any(name.startswith("uta_mgt.") for name in key.permissions):
            return _DENIED
        if request.path == INSPECT_UNIFIED:
            return key.amended(_described_unified(key))
        if not key.is_main:
            return _DENIED
        asked = request.parameters
        subs = sub_accounts(self._all, key)
        if request.path == ACCOUNTS_UNIFIED:
            return _listing([_account_unified(sub) for sub in subs], asked)
        if not asked.get("subUid"):
            return _BAD_PARAMETER_UNIFIED
        rows = keys_of(self._all, asked["subUid"]) if asked["subUid"] in {sub.uid for sub in subs} else []
        return _listing([row.amended(_row_unified(row), "list") for row in rows], asked)


def _done(data: object, now_ms: int) -> Answer:
    return Answer("ok", {"code": "00000", "msg": "success", "requestTime": now_ms, "data": data})


def _listing(rows: Sequence[Mapping[str, object]], asked: Mapping[str, str]) -> dict[str, object]:
    shown, after = page(rows, asked.get("limit", ""), 100, asked.get("cursor", ""))
    return {"list": list(shown), "hasNext": after is not None, "cursor": str(after or "")}


def _described(key: Key) -> dict[str, object]:
    """Return a classic account; `parentId` is a number, 0 for a main account."""
    return {
        "userId": key.uid,
        "inviterId": None,
        "ips": ",".join(key.ip_allowlist),
        "authorities": list(key.permissions),
        "parentId": int(key.main_account or 0),
        "traderType": "not_trader",
        "channelCode": "",
        "channel": "",
        "regisTime": "1650000000000",
    }


def _areas(key: Key) -> tuple[list[str], bool]:
    """Return the areas of a unified key, and whether it may write there."""
    areas = [name.partition(".")[0] for name in key.permissions]
    return areas, any(name.endswith(".read-and-write") for name in key.permissions)


def _described_unified(key: Key) -> dict[str, object]:
    """Return a unified account; `parentId` is a text, null for a main account."""
    areas, writes = _areas(key)
    return {
        "userId": key.uid,
        "inviterId": None,
        "parentId": key.main_account or None,
        "channelCode": "",
        "channel": "",
        "ips": ",".join(key.ip_allowlist),
        "permType": _TYPES[writes],
        "permissions": areas,
        "regisTime": "1650000000000",
    }


def _account(sub: Key) -> dict[str, object]:
    words = list(dict.fromkeys(CODES.get(name, name) for name in sub.permissions))
    times = {"cTime": str(millis(sub.created)), "uTime": str(millis(sub.created))}
    named = {"subAccountUid": sub.uid, "subAccountName": sub.sub_name, "status": "normal"}
    return {**named, "permList": words, "label": sub.label, **times}


def _row(key: Key) -> dict[str, object]:
    """Return what the main account is told of a sub-account's key; rights are words here."""
    return {
        "subAccountUid": key.uid,
        "subAccountApiKey": key.api_key,
        "label": key.label,
        "permList": list(dict.fromkeys(CODES.get(name, name) for name in key.permissions)),
        "ipList": list(key.ip_allowlist),
    }


def _account_unified(sub: Key) -> dict[str, object]:
    return {
        "subUid": sub.uid,
        "username": sub.sub_name,
        "status": "normal",
        "accountMode": "unified" if sub.unified else "classic",
        "type": "virtual",
        "note": "",
        "createdTime": str(millis(sub.created)),
        "updatedTime": str(millis(sub.created)),
    }


def _row_unified(key: Key) -> dict[str, object]:
    areas, writes = _areas(key)
    return {
        "apiKey": key.api_key,
        "type": "read_write" if writes else "read_only",
        "note": key.label,
        "permissions": areas,
        "ips": list(key.ip_allowlist),
        "ts": str(millis(key.created)),
    }
