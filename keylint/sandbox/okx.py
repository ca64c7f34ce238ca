"""Simulated OKX (v5): the account's configuration with one key's rights, sub-accounts with their keys, and the time.

Sources: www.okx.com/docs-v5 (copies of November 2025 to mid-2026). Statuses: freqtrade/freqtrade#9422 (50119). How far
a REST timestamp may be off is documented for the WebSocket login only: 30 seconds, taken in both directions.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final

from keylint.sandbox.accounts import keys_of, numbered, sub_accounts
from keylint.sandbox.instants import millis, whole
from keylint.sandbox.signatures import is_secret, verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/api/v5/account/config"
ACCOUNTS: Final = "/api/v5/users/subaccount/list"
LIST: Final = "/api/v5/users/subaccount/apikey"
TIME: Final = "/api/v5/public/time"

_KEY_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_WINDOW_MS = 30_000
_PAGE = 100

_HEADERS = {
    "ok-access-key": "50103",
    "ok-access-passphrase": "50104",
    "ok-access-sign": "50106",
    "ok-access-timestamp": "50107",
}
_STATUSES = {
    **dict.fromkeys(("50101", "50102", "50103", "50104", "50105", "50106", "50107"), 401),
    **dict.fromkeys(("50110", "50111", "50112", "50113", "50114", "50119"), 401),
    **dict.fromkeys(("50011", "50013"), 429),
    "50001": 503,
    "50026": 500,
    "50035": 403,
    "50100": 400,
}

_UNREADABLE_TIME = Refused("50112", "Invalid OK-ACCESS-TIMESTAMP")
_TOO_OLD = Refused("50102", "Timestamp request expired")
_BAD_FORMAT = Refused("50111", "Invalid OK-ACCESS-KEY")
_UNKNOWN_KEY = Refused("50119", "API key doesn't exist")
_WRONG_ENVIRONMENT = Refused("50101", "APIKey does not match current environment.")
_BAD_PASSPHRASE = Refused("50105", "Request header OK-ACCESS-PASSPHRASE incorrect.")
_BAD_SIGNATURE = Refused("50113", "Invalid Sign")
_DENIED = Refused("50120", "This API key doesn't have permission to use this function")
_NOT_MAIN = Refused("59500", "Only the API key of the main account has permission.")
_NO_SUCH_KEY = Refused("59506", "APIKey does not exist.")
_NO_SUCH_ACCOUNT = Refused("59510", "Sub-account does not exist")
_NO_NAME = Refused("50014", "Parameter subAcct can not be empty.")


class Okx:
    """The exchange with its keys."""

    name: ClassVar[str] = "okx"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT), ("GET", ACCOUNTS), ("GET", LIST), ("GET", TIME)})
    rights: ClassVar[tuple[str, ...]] = ("read_only", "trade", "withdraw")
    fields: ClassVar[frozenset[str]] = frozenset(
        {"passphrase", "account", "main_account", "account_name", "environment"}
    )
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("50011", "Too Many Requests"), Refused("50011", "Too Many Requests"), _BAD_FORMAT
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "base64")) for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        return numbered(key)

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("ok-access-key")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", {"code": "404", "data": {}, "msg": "Not Found"}, 404)
        if request.path == TIME:
            return _done([{"ts": str(now_ms)}])
        judged = self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; those with an HTTP status of their own lack `data`."""
        del now_ms
        status = refused.status or _STATUSES.get(refused.code, 200)
        said: dict[str, object] = {"msg": refused.text, "code": refused.code}
        return Answer(refused.code, {**said, "data": []} if status == 200 else said, status)  # noqa: PLR2004 - the status of success

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more right."""
        return reworded(data, text, {"msg", "label"}, {"perm"})

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check headers, clock, key, environment, passphrase, signature, address and right, in this order."""
        for header, code in _HEADERS.items():
            if not request.header(header):
                return Refused(code, f'Request header "{header.upper()}" can\'t be empty.')
        timestamp = request.header("ok-access-timestamp")
        sent_ms = _milliseconds(timestamp)
        if sent_ms is None:
            return _UNREADABLE_TIME
        if abs(now_ms - sent_ms) > _WINDOW_MS:
            return _TOO_OLD
        known = self._keys.get(self.key_id(request))
        if known is None:
            return _UNKNOWN_KEY if _KEY_ID.fullmatch(self.key_id(request)) else _BAD_FORMAT
        key, verify = known
        if (key.environment == "demo") != (request.header("x-simulated-trading") == "1"):
            return _WRONG_ENVIRONMENT
        if not is_secret(key.passphrase, request.header("ok-access-passphrase")):
            return _BAD_PASSPHRASE
        signed = f"{timestamp}{request.method}{request.target}".encode() + request.body
        if not verify(signed, request.header("ok-access-sign")):
            return _BAD_SIGNATURE
        if not key.is_admitted:
            return Refused("50110", f"Your IP {key.client_address} is not in your API key IP whitelist.")
        if "read_only" not in key.permissions:
            return _DENIED
        if request.path == INSPECT:
            return _done([key.amended(_described(key))])
        if not key.is_main:
            return _NOT_MAIN
        listing = self._accounts if request.path == ACCOUNTS else self._listed
        return listing(key, request.parameters)

    def _accounts(self, key: Key, asked: Mapping[str, str]) -> Answer:
        """List sub-accounts, the newest first; `after` and `before` are times of creation."""
        subs = sorted(sub_accounts(self._all, key), key=lambda sub: sub.created, reverse=True)
        before, after = whole(asked.get("before", "")), whole(asked.get("after", ""))
        rows = [
            _account(sub)
            for sub in subs
            if (asked.get("subAcct", sub.sub_name) == sub.sub_name and asked.get("enable", "true") == "true")
            and (after is None or millis(sub.created) < after)
            and (before is None or millis(sub.created) > before)
        ]
        return _done(rows[: min(whole(asked.get("limit", "")) or _PAGE, _PAGE)])

    def _listed(self, key: Key, asked: Mapping[str, str]) -> Answer | Refused:
        if not asked.get("subAcct"):
            return _NO_NAME
        accounts = {sub.sub_name: sub.uid for sub in sub_accounts(self._all, key)}
        if asked["subAcct"] not in accounts:
            return _NO_SUCH_ACCOUNT
        found = keys_of(self._all, accounts[asked["subAcct"]])
        wanted = [row for row in found if asked.get("apiKey", row.api_key) == row.api_key]
        return _done([row.amended(_row(row), "list") for row in wanted]) if wanted else _NO_SUCH_KEY


def _done(data: list[dict[str, object]] | list[dict[str, str]]) -> Answer:
    return Answer("ok", {"code": "0", "msg": "", "data": data})


def _milliseconds(text: str) -> int | None:
    """Read a time such as 2020-12-08T09:08:57.715Z."""
    try:
        return millis(datetime.fromisoformat(text).astimezone(UTC)) if _TIMESTAMP.fullmatch(text) else None
    except ValueError:
        return None


def _described(key: Key) -> dict[str, object]:
    """Return the account's configuration; the key's own are label, ip and perm."""
    return {
        "uid": key.uid,
        "mainUid": key.main_account or key.uid,
        "type": "0" if key.is_main else "1",
        "label": key.label,
        "ip": ",".join(key.ip_allowlist),
        "perm": ",".join(key.permissions),
        "kycLv": "2",
        "acctLv": "2",
        "acctStpMode": "cancel_maker",
        "posMode": "net_mode",
        "autoLoan": False,
        "greeksType": "PA",
        "feeType": "0",
        "level": "Lv1",
        "levelTmp": "",
        "ctIsoMode": "automatic",
        "mgnIsoMode": "automatic",
        "spotOffsetType": "",
        "roleType": "0",
        "traderInsts": [],
        "spotRoleType": "0",
        "spotTraderInsts": [],
        "opAuth": "0",
        "liquidationGear": "-1",
        "enableSpotBorrow": False,
        "spotBorrowAutoRepay": False,
        "settleCcy": "USDT",
        "settleCcyList": ["USDT", "USDC"],
    }


def _account(sub: Key) -> dict[str, object]:
    return {
        "type": "1",
        "enable": True,
        "subAcct": sub.sub_name,
        "uid": sub.uid,
        "label": "",
        "mobile": "",
        "gAuth": False,
        "frozenFunc": [],
        "canTransOut": True,
        "ts": str(millis(sub.created)),
        "subAcctLv": "1",
        "firstLvSubAcct": "",
        "ifDma": False,
    }


def _row(key: Key) -> dict[str, object]:
    """Return what the main account is told of a sub-account's key."""
    return {
        "label": key.label,
        "apiKey": key.api_key,
        "perm": ",".join(key.permissions),
        "ip": ",".join(key.ip_allowlist),
        "ts": str(millis(key.created)),
    }
