"""Simulated Binance: one key's restrictions, sub-accounts with their keys and addresses, and the time.

Sources: developers.binance.com, «Get API Key Permission», «Query Sub-account List», the sub-account pages on keys and
the spot REST API («Signed endpoints», «Error codes»), as of July 2026. Statuses of refusals under /sapi:
ccxt/ccxt#16616, ccxt/ccxt#18653. Not documented: how the listing refuses a sub-account's key (-1002 here), and an
account or a key that is not below the caller's (no rows, and -1099, here).
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final
from urllib.parse import parse_qsl, unquote

from keylint.sandbox.accounts import keys_of, numbered, page, sub_accounts
from keylint.sandbox.instants import millis, whole
from keylint.sandbox.signatures import Verify, verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/sapi/v1/account/apiRestrictions"
ACCOUNTS: Final = "/sapi/v1/sub-account/list"
LIST: Final = "/sapi/v1/sub-account/subAccountApi"
ADDRESSES: Final = "/sapi/v1/sub-account/subAccountApi/ipRestriction"
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

# The names that the listing of a sub-account's keys has for rights; it shows no others.
LISTED: Final[Mapping[str, str]] = {
    "canTrade": "enableSpotAndMarginTrading",
    "canMarginLoanRepay": "enableMargin",
    "canFuturesTrade": "enableFutures",
    "canUniversalTransfer": "permitsUniversalTransfer",
    "canVanillaOptions": "enableVanillaOptions",
}

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
_NOT_MAIN = Refused("-1002", "You are not authorized to execute this request.")
_NOT_FOUND = Refused("-1099", "Not found, authenticated, or authorized.")
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
    """The exchange with its keys; the name of a sub-account is its e-mail address."""

    name: ClassVar[str] = "binance"
    calls: ClassVar[Calls] = frozenset(("GET", path) for path in (INSPECT, ACCOUNTS, LIST, ADDRESSES, TIME))
    rights: ClassVar[tuple[str, ...]] = RIGHTS
    fields: ClassVar[frozenset[str]] = frozenset({"account", "main_account", "account_name"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac", "rsa", "ed25519")
    phrases: ClassVar[Phrases] = Phrases(
        Refused("-1003", "Too much request weight used; current limit is 12000 request weight per 1 MINUTE."),
        Refused("-1003", "Way too much request weight used; IP banned until {until_ms}."),
        _missing("timestamp"),
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, _verifier(key)) for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here: a field and what it must be; no value is quoted."""
        if not _KEY_ID.fullmatch(key.api_key):
            return "api_key must be 64 letters and digits"
        if complaint := numbered(key):
            return complaint
        if key.account_name and "@" not in key.account_name:
            return "account_name must be an e-mail address"
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("x-mbx-apikey")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", {"status": 404, "error": "Not Found"}, 404)
        if request.path == TIME:
            return Answer("ok", {"serverTime": now_ms})
        judged = self._judged(request, now_ms)
        return self.refusal(judged, now_ms) if isinstance(judged, Refused) else Answer("ok", judged)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; 400 is what calls under /sapi have been seen to give."""
        del now_ms
        code = refused.code
        number: int | str = int(code) if re.fullmatch(r"-?[0-9]{1,9}", code) else code
        return Answer(code, {"code": number, "msg": refused.text}, refused.status or 400)

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give a key one more right of that name."""
        if not isinstance(data, dict):
            return data
        if isinstance(rows := data.get("rows"), list):
            data = {**data, "rows": [{**row, f"can{text}": True} for row in rows]}
        elif "ipRestrict" in data and "ipList" not in data:
            data = {**data, f"enable{text}": True}
        return reworded(data, text, {"msg", "apiName", "remark"}, ())

    def _judged(self, request: Request, now_ms: int) -> dict[str, object] | Refused:
        """Check key id, parameters, clock, signature, address and right, in this order, then what the call asks for."""
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
        if request.path == INSPECT:
            return key.amended(_restrictions(key))
        if not key.is_main:
            return _NOT_MAIN
        match request.path:
            case "/sapi/v1/sub-account/list":
                return self._accounts(key, parameters)
            case "/sapi/v1/sub-account/subAccountApi":
                return self._listed(key, parameters)
            case _:
                return self._addresses(key, parameters)

    def _accounts(self, key: Key, asked: Mapping[str, str]) -> dict[str, object] | Refused:
        """List sub-accounts: one on a page where nothing else is said."""
        subs = [
            sub
            for sub in sub_accounts(self._all, key)
            if asked.get("email", _email(sub)) == _email(sub) and asked.get("isFreeze") != "true"
        ]
        return {"subAccounts": [_account(sub) for sub in _page(subs, asked, "limit", 1, 200)]}

    def _listed(self, key: Key, asked: Mapping[str, str]) -> dict[str, object] | Refused:
        if not asked.get("email"):
            return _missing("email")
        rows = self._below(key, asked)
        shown = _page(rows, asked, "size", 30, 100)
        return {"total": len(rows), "rows": [row.amended(_row(row), "list") for row in shown]}

    def _addresses(self, key: Key, asked: Mapping[str, str]) -> dict[str, object] | Refused:
        for name in ("email", "subAccountApiKey"):
            if not asked.get(name):
                return _missing(name)
        found = self._below(key, asked)
        return found[0].amended(_restricted(found[0]), "list-addresses") if found else _NOT_FOUND

    def _below(self, key: Key, asked: Mapping[str, str]) -> list[Key]:
        """Return the keys of the sub-account that is asked for, or the one that is."""
        accounts = {_email(sub): sub.uid for sub in sub_accounts(self._all, key)}
        rows = keys_of(self._all, accounts[asked["email"]]) if asked["email"] in accounts else []
        return [row for row in rows if asked.get("subAccountApiKey", row.api_key) == row.api_key]


def _restrictions(key: Key) -> dict[str, object]:
    """Return what the exchange shows of a key."""
    return {
        "ipRestrict": bool(key.ip_allowlist),
        "createTime": millis(key.created),
        **{name: name in key.permissions for name in RIGHTS},
    }


def _page(rows: Sequence[Key], asked: Mapping[str, str], size: str, usual: int, most: int) -> Sequence[Key]:
    """Return the page that is asked for, the first where nothing is said; `size` is the parameter of its size."""
    wanted = min(whole(asked.get(size, "")) or usual, most)
    start = ((whole(asked.get("page", "")) or 1) - 1) * wanted
    return page(rows, str(wanted), most, str(start))[0]


def _email(sub: Key) -> str:
    return sub.account_name or f"{sub.sub_name}@example.test"


def _account(sub: Key) -> dict[str, object]:
    return {
        "subUserId": int(sub.uid),
        "email": _email(sub),
        "remark": "",
        "isFreeze": False,
        "createTime": millis(sub.created),
        "isManagedSubAccount": False,
        "isAssetManagementSubAccount": False,
    }


def _row(key: Key) -> dict[str, object]:
    """Return what the main account is told of a sub-account's key; `apikey` is spelled so."""
    return {
        "email": _email(key),
        "apiName": key.label,
        "apikey": key.api_key,
        **{name: right in key.permissions for name, right in LISTED.items()},
        "timestamp": millis(key.created),
    }


def _restricted(key: Key) -> dict[str, object]:
    """Return the addresses of a sub-account's key; `ipRestrict` is a text here."""
    return {
        "ipRestrict": "true" if key.ip_allowlist else "false",
        "ipList": list(key.ip_allowlist),
        "updateTime": millis(key.created),
        "apiKey": key.api_key,
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
