"""Simulated KuCoin: one key's own description, sub-accounts with their keys, and the time.

Sources: www.kucoin.com/docs-new (authentication, api-3470130, -3470136, copy of November 2025) and
github.com/Kucoin/kucoin-universal-sdk (November 2025). Statuses of 400002, 400003 and 400004 as seen; those of the
other codes are documented only as «4xx».
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final
from urllib.parse import unquote

from keylint.sandbox.accounts import keys_of, numbered, page, sub_accounts
from keylint.sandbox.instants import millis, whole
from keylint.sandbox.signatures import signature, verify_with
from keylint.sandbox.state import Key
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/api/v1/user/api-key"
ACCOUNTS: Final = "/api/v2/sub/user"
LIST: Final = "/api/v1/sub/api-key"
TIME: Final = "/api/v1/timestamp"

_WINDOW_MS = 5000
_PAGE = 100
_HEADERS = ("kc-api-key", "kc-api-sign", "kc-api-timestamp", "kc-api-passphrase")
# A passphrase in plain text belongs to version 1, whose keys are refused since 2021.
_VERSIONS = ("2", "3")

_STATUSES = {
    **dict.fromkeys(("400003", "400004", "400005", "400006"), 401),
    **dict.fromkeys(("429000", "200002", "1015"), 429),
    "400007": 403,
    "415000": 415,
    "500000": 500,
}

_NO_HEADER = Refused("400001", f"Please check the header of your request for {', '.join(_HEADERS).upper()}")
_BAD_TIME = Refused("400002", "Invalid KC-API-TIMESTAMP")
_UNKNOWN_KEY = Refused("400003", "The API key does not exist or site mismatch.")
_BAD_PASSPHRASE = Refused("400004", "Invalid KC-API-PASSPHRASE")
_BAD_SIGNATURE = Refused("400005", "Invalid KC-API-SIGN")
_FOREIGN_ADDRESS = Refused("400006", "The requested ip address is not in the api whitelist")
_DENIED = Refused("400007", "Access denied, require more permission")
_BAD_PARAMETER = Refused("400100", "Parameter Error")


class KuCoin:
    """The exchange with its keys."""

    name: ClassVar[str] = "kucoin"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT), ("GET", ACCOUNTS), ("GET", LIST), ("GET", TIME)})
    # The names of the wire: Transfer is withdrawal, InnerTransfer the transfer.
    rights: ClassVar[tuple[str, ...]] = (
        "General",
        "Spot",
        "Margin",
        "Futures",
        "Earn",
        "InnerTransfer",
        "Transfer",
        "Trade",
    )
    fields: ClassVar[frozenset[str]] = frozenset({"passphrase", "account", "main_account", "account_name"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        Refused("429000", "Too many requests"),
        Refused("1015", "Too many requests"),
        _NO_HEADER,
        (("gw-ratelimit-limit", "2000"), ("gw-ratelimit-remaining", "0"), ("gw-ratelimit-reset", "{wait_ms}")),
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: (key, verify_with(key, "base64")) for key in keys}
        self._all = keys

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        return numbered(key) if "General" in key.permissions else "permissions must name General: every key has it"

    def key_id(self, request: Request) -> str:
        """Return the key id of the header."""
        return request.header("kc-api-key")

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return Answer("forbidden", {"code": "404", "msg": "Not Found"}, 404)
        if request.path == TIME:
            return _done(now_ms)
        judged = self._judged(request, now_ms)
        return judged if isinstance(judged, Answer) else self.refusal(judged, now_ms)

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; 400 where nothing else is known."""
        del now_ms
        code, text, status = refused
        return Answer(code, {"code": code, "msg": text}, status or _STATUSES.get(code, 400))

    def with_text(self, data: object, text: str) -> object:
        """Replace messages and labels; give keys one more right."""
        return reworded(data, text, {"msg", "remark"}, {"permission"})

    def _judged(self, request: Request, now_ms: int) -> Answer | Refused:
        """Check headers, clock, key, passphrase, signature and address, in this order."""
        if not all(map(request.header, _HEADERS)):
            return _NO_HEADER
        timestamp = request.header("kc-api-timestamp")
        sent_ms = whole(timestamp)
        if sent_ms is None or abs(now_ms - sent_ms) > _WINDOW_MS:
            return _BAD_TIME
        known = self._keys.get(self.key_id(request))
        if known is None:
            return _UNKNOWN_KEY
        key, verify = known
        assert key.api_secret is not None
        assert key.passphrase is not None
        passphrase = signature(key.api_secret, key.passphrase.reveal().encode(), "base64")
        given = request.header("kc-api-passphrase")
        if request.header("kc-api-key-version") not in _VERSIONS or given != passphrase:
            return _BAD_PASSPHRASE
        endpoint = f"{request.path}?{unquote(request.query)}" if request.query else request.path
        if not verify(f"{timestamp}{request.method}{endpoint}".encode() + request.body, request.header("kc-api-sign")):
            return _BAD_SIGNATURE
        if not key.is_admitted:
            return _FOREIGN_ADDRESS
        if request.path == INSPECT:
            return _done(key.amended(_described(key)))
        if not key.is_main:
            return _DENIED
        listing = self._accounts if request.path == ACCOUNTS else self._listed
        return listing(key, request.parameters)

    def _accounts(self, key: Key, asked: Mapping[str, str]) -> Answer:
        subs = sub_accounts(self._all, key)
        size = min(whole(asked.get("pageSize", "")) or 10, _PAGE)
        current = whole(asked.get("currentPage", "")) or 1
        shown, _ = page(subs, str(size), _PAGE, str((current - 1) * size))
        totals = {"currentPage": current, "pageSize": size, "totalNum": len(subs), "totalPage": -(-len(subs) // size)}
        return _done({**totals, "items": [_account(sub) for sub in shown]})

    def _listed(self, key: Key, asked: Mapping[str, str]) -> Answer | Refused:
        """List the keys of one sub-account; one that does not exist has none."""
        if not asked.get("subName"):
            return _BAD_PARAMETER
        accounts = {sub.sub_name: sub.uid for sub in sub_accounts(self._all, key)}
        rows = keys_of(self._all, accounts.get(asked["subName"], ""))
        wanted = [row for row in rows if asked.get("apiKey", row.api_key) == row.api_key]
        return _done([row.amended(_described(row), "list") for row in wanted])


def _done(data: object) -> Answer:
    return Answer("ok", {"code": "200000", "data": data})


def _described(key: Key) -> dict[str, object]:
    """Return what is shown of a key; without an address list, and without a sub-account, the field is absent."""
    return {
        "remark": key.label,
        "apiKey": key.api_key,
        "apiVersion": 3,
        "permission": ",".join(key.permissions),
        **({"ipWhitelist": ",".join(key.ip_allowlist)} if key.ip_allowlist else {}),
        "createdAt": millis(key.created),
        "uid": int(key.uid),
        "isMaster": key.is_main,
        **({} if key.is_main else {"subName": key.sub_name}),
    }


def _account(sub: Key) -> dict[str, object]:
    return {
        "userId": f"{int(sub.uid):024x}",
        "uid": int(sub.uid),
        "subName": sub.sub_name,
        "status": 2,
        "type": 0,
        "access": "All",
        "createdAt": millis(sub.created),
        "remarks": None,
        "tradeTypes": ["Spot", "Futures", "Margin"],
        "openedTradeTypes": ["Spot"],
        "hostedStatus": None,
    }
