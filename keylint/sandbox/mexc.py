"""Simulated MEXC (spot v3): one key's own description, sub-accounts with their keys, and the time.

Sources: github.com/mexcdevelop/apidocs, branch spot_v3_en (2025-08); the own description as a test of a Go exchange
library shows it (2026-09). Not documented: whether another key of the account may be named (refused here), and what
`remainingValidity` says of a key without an end (-1 here). HTTP 400 was seen with 10072.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from keylint.sandbox.accounts import keys_of, numbered, page, sub_accounts
from keylint.sandbox.instants import days_left, is_timely, millis, whole
from keylint.sandbox.signatures import verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/api/v3/apiKeyInfo"
ACCOUNTS: Final = "/api/v3/sub-account/list"
LIST: Final = "/api/v3/sub-account/apiKey"
TIME: Final = "/api/v3/time"

_AREAS = (
    *("SPOT_ACCOUNT", "SPOT_DEAL", "CONTRACT_ACCOUNT", "CONTRACT_DEAL"),
    *("SPOT_TRANSFER", "SPOT_WITHDRAW", "SPOT_DEPOSIT"),
)
_MAX_WINDOW_MS = 60_000

_NO_KEY = Refused("400", "api key required")
_UNKNOWN_KEY = Refused("10072", "Api key info invalid")
_BAD_SIGNATURE = Refused("700002", "Signature for this request is not valid.")
_TIMING = Refused("700003", "Timestamp for this request is outside of the recvWindow.")
_LONG_WINDOW = Refused("700005", "recvWindow must less than 60000")
_DENIED = Refused("700007", "No permission to access the endpoint.")
_NO_NAME = Refused("730600", "Sub-account Name cannot be null")
_BAD_NAME = Refused("730002", "Your input param is invalid")


def _missing(name: str) -> Refused:
    return Refused("700004", f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


class Mexc:
    """The exchange with its keys."""

    name: ClassVar[str] = "mexc"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT), ("GET", ACCOUNTS), ("GET", LIST), ("GET", TIME)})
    rights: ClassVar[tuple[str, ...]] = (
        *(f"{area}_{kind}" for area in _AREAS for kind in ("READ", "WRITE")),
        "read_only",
    )
    fields: ClassVar[frozenset[str]] = frozenset({"expires", "account", "main_account", "account_name"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("429", "Too Many Requests"), Refused("429", "Too Many Requests"), _missing("timestamp")
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
        return request.header("x-mexc-apikey")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", {"code": 404, "msg": "Not Found"}, 404)
        if request.path == TIME:
            return Answer("ok", {"serverTime": now_ms})
        judged = self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; HTTP 400 is usual."""
        del now_ms
        code = int(refused.code) if refused.code.isdigit() else refused.code
        return Answer(refused.code, {"code": code, "msg": refused.text}, refused.status or 400)

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more right."""
        return reworded(data, text, {"msg", "note"}, {"permissions"})

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check key, clock, signature, end and address, in this order, then what the call itself asks for."""
        key_id, asked = self.key_id(request), request.parameters
        if not key_id:
            return _NO_KEY
        sent_ms, window_ms = whole(asked.get("timestamp", "")), whole(asked.get("recvWindow", "5000"))
        if sent_ms is None or window_ms is None:
            return _missing("timestamp" if sent_ms is None else "recvWindow")
        if not asked.get("signature"):
            return _missing("signature")
        if window_ms > _MAX_WINDOW_MS:
            return _LONG_WINDOW
        known = self._keys.get(key_id)
        if known is None:
            return _UNKNOWN_KEY
        if not is_timely(sent_ms, window_ms, now_ms):
            return _TIMING
        key, verify = known
        unsigned, _, given = request.query.rpartition("&signature=")
        if not verify(unsigned.encode() + request.body, given) or key.has_ended(now_ms):
            return _BAD_SIGNATURE  # also for a key that has ended: ccxt 4.5.90, mexc.py
        if not key.is_admitted:
            return Refused("700006", f"IP [{key.client_address}] not in the ip white list")
        if request.path == INSPECT:
            if not asked.get("accessKey"):
                return _missing("accessKey")
            own = asked["accessKey"] == key.api_key
            return Answer("ok", key.amended(_described(key, now_ms))) if own else _UNKNOWN_KEY
        if not key.is_main or "SPOT_ACCOUNT_READ" not in key.permissions:
            return _DENIED
        listing = self._accounts if request.path == ACCOUNTS else self._listed
        return listing(key, asked)

    def _accounts(self, key: Key, asked: Mapping[str, str]) -> Answer:
        subs = [
            sub
            for sub in sub_accounts(self._all, key)
            if asked.get("subAccount", sub.sub_name) == sub.sub_name and asked.get("isFreeze", "False") != "True"
        ]
        size = whole(asked.get("limit", "")) or 10
        start = ((whole(asked.get("page", "")) or 1) - 1) * size
        shown, _ = page(subs, str(size), 200, str(start))
        return Answer("ok", {"subAccounts": [_account(sub) for sub in shown]})

    def _listed(self, key: Key, asked: Mapping[str, str]) -> Answer | Refused:
        if not asked.get("subAccount"):
            return _NO_NAME
        accounts = {sub.sub_name: sub.uid for sub in sub_accounts(self._all, key)}
        if asked["subAccount"] not in accounts:
            return _BAD_NAME
        rows = keys_of(self._all, accounts[asked["subAccount"]])
        return Answer("ok", {"subAccount": [row.amended(_row(row), "list") for row in rows]})


def _described(key: Key, now_ms: int) -> dict[str, object]:
    """Return what a key is told of itself; there is no envelope."""
    return {
        "note": key.label,
        "accessKey": key.api_key,
        "createTime": key.created.isoformat(timespec="milliseconds"),
        "permissions": ",".join(key.permissions),
        "remainingValidity": -1 if key.expires is None else days_left(key.expires, now_ms),
        "ipWhiteList": ",".join(key.ip_allowlist),
        "status": "VALID",
    }


def _account(sub: Key) -> dict[str, object]:
    return {"subAccount": sub.sub_name, "isFreeze": False, "createTime": millis(sub.created), "uid": sub.uid}


def _row(key: Key) -> dict[str, object]:
    """Return what the main account is told of a sub-account's key; `creatTime` is spelled so."""
    return {
        "note": key.label,
        "apiKey": key.api_key,
        "permissions": ",".join(key.permissions),
        "ip": ",".join(key.ip_allowlist),
        "creatTime": millis(key.created),
    }
