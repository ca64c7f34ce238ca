"""Simulated HTX: the account's id, its sub-accounts, the keys of an account or its sub-accounts, and the time.

Sources: github.com/huobiapi/docs, branch v1_en (2021-06-23), HuobiRDCenter/huobi_Python (2025-08), ccxt 4.5.90. The
specification gives a timestamp five minutes, its FAQ one; five here. How a v2 path refuses a request whose signature is
wrong is nowhere shown: the catch-all that was seen with v1 paths here.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final
from urllib.parse import parse_qsl, quote

from keylint.sandbox.accounts import keys_of, numbered, sub_accounts
from keylint.sandbox.instants import days_left, millis, whole
from keylint.sandbox.signatures import verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

ACCOUNT: Final = "/v2/user/uid"
ACCOUNTS: Final = "/v2/sub-user/user-list"
INSPECT: Final = "/v2/user/api-key"
TIME: Final = "/v1/common/timestamp"

HOSTS: Final = ("api.huobi.pro", "api-aws.huobi.pro")

_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}")
_WINDOW_MS = 300_000
_PAGE = 100

_CATCH_ALL = "api-signature-not-valid"
_LOGIN = Refused("login-required", "Login is required.")
_UNKNOWN_KEY = Refused(_CATCH_ALL, "Signature not valid: Incorrect Access key [Access key错误]")
_BAD_SIGNATURE = Refused(_CATCH_ALL, "Signature not valid: Verification failure [校验失败]")
_BAD_TIME = Refused(
    _CATCH_ALL, "Signature not valid: Invalid submission time or incorrect time format [无效的提交时间,或时间格式错误]"
)
_FORBIDDEN = Refused("1002", "forbidden")
_NO_ACCOUNT = Refused("2003", "missing mandatory field uid")
_BAD_ACCOUNT = Refused("2002", "invalid field value in uid")


class Htx:
    """The exchange with its keys."""

    name: ClassVar[str] = "htx"
    calls: ClassVar[Calls] = frozenset(("GET", path) for path in (ACCOUNT, ACCOUNTS, INSPECT, TIME))
    rights: ClassVar[tuple[str, ...]] = ("readOnly", "trade", "withdraw")
    fields: ClassVar[frozenset[str]] = frozenset({"expires", "account", "main_account"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac", "ed25519")
    phrases: ClassVar[Phrases] = Phrases(
        Refused("1006", "too many requests"),
        Refused("1006", "too many requests"),
        Refused("gateway-internal-error", ""),
        (("X-HB-RateLimit-Requests-Remain", "0"), ("X-HB-RateLimit-Requests-Expire", "{wait_ms}")),
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "base64")) for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        return numbered(key) if "readOnly" in key.permissions else "permissions must name readOnly: every key has it"

    def key_id(self, request: Request) -> str:
        """Return the key id of the query."""
        return request.parameters.get("AccessKeyId", "")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            refusal = self.refusal(Refused("method-not-allowed", "Request method not supported"), now_ms)
            return Answer("forbidden", refusal.data, refusal.status)
        if request.path == TIME:
            return Answer("ok", {"status": "ok", "data": now_ms})
        judged = self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error: a number in the form of v2, a word in that of v1; HTTP 200 is usual."""
        del now_ms
        code, text, status = refused
        data: dict[str, object] = {"status": "error", "err-code": code, "err-msg": text, "data": None}
        if code.isdigit():
            data = {"code": int(code), "message": text}
        return Answer(code, data, status or (405 if code == "method-not-allowed" else 200))

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more right."""
        return reworded(data, text, {"err-msg", "message", "note"}, {"permission"})

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check key, clock, signature, end and address, in this order, then the account that is asked for."""
        asked = request.parameters
        if not asked.get("AccessKeyId") or not asked.get("Signature"):
            return _LOGIN
        known = self._keys.get(asked["AccessKeyId"])
        if known is None:
            return _UNKNOWN_KEY
        sent_ms = _milliseconds(asked.get("Timestamp", ""))
        if sent_ms is None or abs(now_ms - sent_ms) > _WINDOW_MS:
            return _BAD_TIME
        key, verify = known
        method = "HmacSHA256" if key.public_key is None else "Ed25519"
        if asked.get("SignatureMethod") != method or asked.get("SignatureVersion") != "2":
            return _BAD_SIGNATURE
        if not any(verify(text.encode(), asked["Signature"]) for text in _signed(request)):
            return _BAD_SIGNATURE
        if key.has_ended(now_ms):
            return _UNKNOWN_KEY
        if not key.is_admitted:
            return Refused(_CATCH_ALL, f"Signature not valid: Incorrect IP address [IP地址错误]:{key.client_address}")
        if request.path == ACCOUNT:
            return Answer("ok", {"code": 200, "data": int(key.uid)})
        if not key.is_main:  # documented for parent users only
            return _FORBIDDEN
        return self._accounts(key, asked) if request.path == ACCOUNTS else self._listed(key, asked, now_ms)

    def _accounts(self, key: Key, asked: Mapping[str, str]) -> Answer:
        """List sub-users by their ids; `nextId` is where the next page starts, absent where there is none."""
        first = whole(asked.get("fromId", "")) or 0
        ids = sorted(uid for sub in sub_accounts(self._all, key) if (uid := int(sub.uid)) >= first)
        rows = [{"uid": uid, "userState": "normal"} for uid in ids[:_PAGE]]
        more = {"nextId": ids[_PAGE]} if len(ids) > _PAGE else {}
        return Answer("ok", {"code": 200, "data": rows, **more})

    def _listed(self, key: Key, asked: Mapping[str, str], now_ms: int) -> Answer | Refused:
        """List the keys of the own account or of a sub-user."""
        if not asked.get("uid"):
            return _NO_ACCOUNT
        if asked["uid"] not in {key.uid, *(sub.uid for sub in sub_accounts(self._all, key))}:
            return _BAD_ACCOUNT
        found = keys_of(self._all, asked["uid"])
        wanted = [row for row in found if asked.get("accessKey", row.api_key) == row.api_key]
        rows = [row.amended(_row(row, now_ms)) for row in wanted]
        return Answer("ok", {"code": 200, "message": "success", "data": rows, "ok": True})


def _signed(request: Request) -> list[str]:
    """Return the text that is signed, for each name of the exchange: sorted parameters, and never a port.

    The sandbox also goes by the name it was called.
    """
    pairs = sorted(
        (name, value) for name, value in parse_qsl(request.query, keep_blank_values=True) if name != "Signature"
    )
    parameters = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    called = request.header("host").partition(":")[0].lower()
    return [f"{request.method}\n{host}\n{request.path}\n{parameters}" for host in (*HOSTS, called)]


def _milliseconds(text: str) -> int | None:
    """Read a time such as 2023-11-14T22:13:20, which is UTC."""
    try:
        return millis(datetime.fromisoformat(text).replace(tzinfo=UTC)) if _TIMESTAMP.fullmatch(text) else None
    except ValueError:
        return None


def _row(key: Key, now_ms: int) -> dict[str, object]:
    """Return what is shown of a key; -1 days are for ever."""
    return {
        "accessKey": key.api_key,
        "status": "expired" if key.has_ended(now_ms) else "normal",
        "note": key.label,
        "permission": ",".join(key.permissions),
        "ipAddresses": ",".join(key.ip_allowlist),
        "validDays": -1 if key.expires is None else max(0, days_left(key.expires, now_ms)),
        "createTime": millis(key.created),
        "updateTime": millis(key.created),
    }
