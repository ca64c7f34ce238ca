"""Simulated Gate (APIv4): the keys of the main account, one key's thin description, sub-accounts, and the time.

Sources: gate.com/docs/developers/apiv4 (copies of 2025 and 2026) and gateio/gateapi-python 6.104.3 (docs). Statuses and
the order of the checks (the clock before the key) as seen in 2026. No page names the right that opens the list of keys:
`account` here, and a main account.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import ClassVar, Final
from urllib.parse import unquote

from keylint.sandbox.accounts import keys_of, numbered, sub_accounts
from keylint.sandbox.instants import millis
from keylint.sandbox.signatures import verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/api/v4/account/main_keys"
DETAIL: Final = "/api/v4/account/detail"
ACCOUNTS: Final = "/api/v4/sub_accounts"
LIST: Final = "/api/v4/sub_accounts/{user_id}/keys"
TIME: Final = "/api/v4/spot/time"

AREAS: Final = (
    *("spot", "margin", "futures", "delivery", "options", "unified", "wallet", "withdrawal", "account"),
    *("earn", "loan", "custody", "copy", "pilot", "alpha", "otc", "crossx"),
)
# An answer's list of names has none for withdrawals.
_UNSHOWN = "withdrawal"
_SHOWN_OF_ID = 12

_TIMESTAMP = re.compile(r"[0-9]{1,11}(?:\.[0-9]{1,9})?")
_WINDOW_SECONDS = 60

_STATUSES = {
    **dict.fromkeys(("INVALID_KEY", "INVALID_SIGNATURE", "IP_FORBIDDEN"), 401),
    **dict.fromkeys(("REQUEST_EXPIRED", "FORBIDDEN"), 403),
    **dict.fromkeys(("TOO_MANY_REQUESTS", "TOO_FAST"), 429),
    **dict.fromkeys(("INTERNAL", "SERVER_ERROR"), 500),
}

_LATE = "gap between request Timestamp and server time exceeds 60"
_UNKNOWN_KEY = Refused("INVALID_KEY", "Invalid key provided")
_BAD_SIGNATURE = Refused("INVALID_SIGNATURE", "Signature mismatch")
_DENIED = Refused("FORBIDDEN", "Key does not have required permissions")
_NO_SUCH_ACCOUNT = Refused("SUB_ACCOUNT_NOT_FOUND", "Sub account not found")


class Gate:
    """The exchange with its keys."""

    name: ClassVar[str] = "gate"
    calls: ClassVar[Calls] = frozenset(("GET", path) for path in (INSPECT, DETAIL, ACCOUNTS, LIST, TIME))
    rights: ClassVar[tuple[str, ...]] = tuple(
        f"{area}.{kind}" for area in AREAS for kind in ("read_only", "read_write")
    )
    fields: ClassVar[frozenset[str]] = frozenset(
        {"expires", "last_used", "account", "main_account", "account_name", "unified"}
    )
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("TOO_MANY_REQUESTS", "Request Rate limit Exceeded"),
        Refused("TOO_FAST", "Request Rate limit Exceeded"),
        Refused("INVALID_PARAM_VALUE", "Invalid parameter"),
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "hex", "sha512")) for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        if len({name.partition(".")[0] for name in key.permissions}) < len(key.permissions):
            return "permissions must name an area once"
        return numbered(key)

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("key")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", {"label": "INVALID_REQUEST_PATH", "message": "Not Found"}, 404)
        if request.path == TIME:
            return Answer("ok", {"server_time": now_ms})
        judged = self._judged(request, now_ms)
        return self.refusal(judged, now_ms) if isinstance(judged, Refused) else Answer("ok", judged)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; 400 where nothing else is known."""
        del now_ms
        code, text, status = refused
        return Answer(code, {"label": code, "message": text}, status or _STATUSES.get(code, 400))

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more right."""
        return reworded(data, text, {"message", "name"}, {"perms"}, {"name": text, "read_only": False})

    def _judged(self, request: Request, now_ms: int) -> object | Refused:
        """Check headers, clock, key, signature, end, address and right, in this order."""
        for header in ("KEY", "SIGN", "Timestamp"):
            if not request.header(header.lower()):
                return Refused("MISSING_REQUIRED_HEADER", f"Missing required header: {header}")
        timestamp = request.header("timestamp")
        if not _TIMESTAMP.fullmatch(timestamp) or abs(now_ms / 1000 - float(timestamp)) > _WINDOW_SECONDS:
            said = f"{_LATE} current_time:{now_ms // 1000} header.timestamp:{timestamp}"
            return Refused("REQUEST_EXPIRED", said)
        known = self._keys.get(self.key_id(request))
        if known is None:
            return _UNKNOWN_KEY
        key, verify = known
        body = hashlib.sha512(request.body).hexdigest()
        signed = "\n".join((request.method, request.path, unquote(request.query), body, timestamp))
        if not verify(signed.encode(), request.header("sign")):
            return _BAD_SIGNATURE
        if key.has_ended(now_ms):
            return _UNKNOWN_KEY
        if not key.is_admitted:
            return Refused("IP_FORBIDDEN", f"IP {key.client_address} is not in the whitelist")
        return _detail(key) if request.path == DETAIL else self._listed(key, request.path)

    def _listed(self, key: Key, path: str) -> object | Refused:
        """Return keys or sub-accounts to a key of the main account."""
        if not key.is_main or not any(name.startswith("account.") for name in key.permissions):
            return _DENIED
        if path == INSPECT:
            return [row.amended(_row(row, is_masked=True)) for row in keys_of(self._all, key.uid)]
        subs = sub_accounts(self._all, key)
        if path == ACCOUNTS:
            return [_account(sub) for sub in subs]
        account = path.split("/")[-2]
        if account not in {sub.uid for sub in subs}:
            return _NO_SUCH_ACCOUNT
        return [row.amended(_row(row, is_masked=False), "list") for row in keys_of(self._all, account)]


def _detail(key: Key) -> dict[str, object]:
    """Return the thin description: addresses and pairs, no rights."""
    built = {
        "user_id": int(key.uid),
        "ip_whitelist": list(key.ip_allowlist),
        "currency_pairs": [],
        "tier": 0,
        "key": {"mode": 2 if key.unified else 1},
        "copy_trading_role": 0,
    }
    return key.amended(built, "key-detail")


def _row(key: Key, *, is_masked: bool) -> dict[str, object]:
    """Return what is shown of a key in a list; times are seconds, a key that was never used shows its creation.

    The list of the main account masks ids and spells one field in its own way.
    """
    created = millis(key.created) // 1000
    rights = (name.split(".") for name in key.permissions)
    return {
        "state": 1,
        "mode": 2 if key.unified else 1,
        "name": key.label,
        "user_id": int(key.uid),
        "perms": [{"name": area, "read_only": kind == "read_only"} for area, kind in rights if area != _UNSHOWN],
        "ip_whitelist": list(key.ip_allowlist),
        "currency_pairs": [],
        "key": f"{key.api_key[:_SHOWN_OF_ID]}*****" if is_masked else key.api_key,
        "created_at": created,
        "update_at" if is_masked else "updated_at": created,
        "last_access": created if key.last_used is None else millis(key.last_used) // 1000,
    }


def _account(sub: Key) -> dict[str, object]:
    return {
        "remark": "",
        "login_name": sub.sub_name,
        "user_id": int(sub.uid),
        "state": 1,
        "create_time": millis(sub.created) // 1000,
        "type": 1,
    }
