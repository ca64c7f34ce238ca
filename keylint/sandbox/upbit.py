"""Simulated Upbit (Korea): the ends of a pocket's keys, and, for the main pocket, all that keys of pockets may do.

Sources: docs.upbit.com/kr (list-api-keys, list-pocket-api-keys of 2026-07-30, rest-api-guide of 2026-10-06), ccxt
4.5.90. Not documented: the name of a refusal for load, which has an HTTP status only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final
from urllib.parse import parse_qsl

from keylint.sandbox.accounts import keys_of, sub_accounts
from keylint.sandbox.instants import iso_seoul
from keylint.sandbox.state import Key
from keylint.sandbox.tokens import DIGESTS, OnceOnly, key_id_of, token_of
from keylint.sandbox.wire import Answer, Calls, Phrases, Refused, Request, reworded

INSPECT: Final = "/v1/api_keys"
LIST: Final = "/v1/pockets/api_keys"

# A right by the name of the Korean interface -> what the listing calls it.
WORDS: Final[Mapping[str, str]] = {
    "자산조회": "view_account",
    "주문조회": "view_orders",
    "주문하기": "make_orders",
    "입금조회": "view_deposits",
    "입금하기": "deposit",
    "출금조회": "view_withdrawals",
    "출금하기": "withdraw",
    "자산이전": "transfer",
    "포켓관리": "manage_pockets",
}
NOT_FOUND: Final = Answer("forbidden", {"error": {"name": 404, "message": "Not Found"}}, 404)
UNKNOWN_KEY: Final = Refused("invalid_access_key", "잘못된 엑세스 키입니다.")
BAD_SIGNATURE: Final = Refused("jwt_verification", "Jwt 토큰 검증에 실패했습니다.")
BAD_QUERY: Final = Refused("invalid_query_payload", "Jwt의 query를 검증하는데 실패하였습니다.")
BUSY: Final = Refused("too_many_requests", "요청 수 제한을 초과했습니다.")
BAD_PARAMETER: Final = Refused("invalid_parameter", "잘못된 파라미터 입니다.")

_MANAGE = "포켓관리"
_MAIN_POCKET = "9ca023a5-851b-4fec-9f0a-48cd83c2eaae"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATUSES = {
    **dict.fromkeys(("invalid_parameter", "withdraw_address_not_registered"), 400),
    "out_of_scope": 403,
    "too_many_requests": 429,
}

_NO_TOKEN = Refused("no_authorization_token", "인증 토큰이 요청에 포함되지 않았습니다.")
_UNREADABLE = Refused("invalid_jwt", "잘못된 JWT 토큰입니다.")
_EXPIRED = Refused("expired_access_key", "This key has expired.")
_FOREIGN_ADDRESS = Refused("no_authorization_ip", "This is not a verified IP.")
_USED = Refused("nonce_used", "이미 사용된 nonce 값입니다.")
_DENIED = Refused("out_of_scope", "권한이 부족합니다.")


class Upbit:
    """The exchange with its keys and the nonces that they used. An account is a pocket there."""

    name: ClassVar[str] = "upbit"
    calls: ClassVar[Calls] = frozenset({("GET", INSPECT), ("GET", LIST)})
    rights: ClassVar[tuple[str, ...]] = tuple(WORDS)
    fields: ClassVar[frozenset[str]] = frozenset({"expires", "account", "main_account"})
    algorithms: ClassVar[tuple[str, ...]] = ("hmac",)
    phrases: ClassVar[Phrases] = Phrases(
        BUSY, BUSY, BAD_PARAMETER, (("Remaining-Req", "group=default; min=1800; sec=0"),)
    )

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = {key.api_key: key for key in keys}
        self._all = keys
        self._nonces = OnceOnly()

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here."""
        if key.expires is None:
            return "expires is missing: every key there ends"
        for name, value in (("account", key.account), ("main_account", key.main_account)):
            if value and not _UUID.fullmatch(value):
                return f"{name} must be the UUID of a pocket"
        if _MANAGE in key.permissions and not key.is_main:
            return f"permissions must not name {_MANAGE}: only keys of the main pocket have it"
        return None

    def key_id(self, request: Request) -> str:
        """Return the key id that a token names, whether it is valid or not."""
        return key_id_of(request)

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""
        if not request.is_in(self.calls):
            return NOT_FOUND
        judged = self._judged(request, now_ms)
        if isinstance(judged, Refused):
            return self.refusal(judged, now_ms)
        if request.path == LIST:
            return Answer("ok", self._listed(judged, request.query, now_ms))
        return Answer("ok", endings(keys_of(self._all, judged.uid)))

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error; 401 is usual."""
        del now_ms
        return error(refused, _STATUSES)

    def with_text(self, data: object, text: str) -> object:
        """Replace messages; give keys in the listing one more right. The ends of keys hold no words."""
        return reworded(data, text, {"message"}, {"permissions"})

    def _judged(self, request: Request, now_ms: int) -> Key | Refused:
        """Check token, key, signature, end, address, query, nonce and right, in this order."""
        if not request.header("authorization"):
            return _NO_TOKEN
        token = token_of(request)
        if token is None or not token.claim("nonce"):
            return _UNREADABLE
        key = self._keys.get(token.claim("access_key"))
        if key is None:
            return UNKNOWN_KEY
        assert key.api_secret is not None
        if not token.is_signed_with(key.api_secret, DIGESTS):
            return BAD_SIGNATURE
        if key.has_ended(now_ms):
            return _EXPIRED
        if not key.is_admitted:
            return _FOREIGN_ADDRESS
        if not token.covers(request.query):
            return BAD_QUERY
        if not self._nonces.accept(key.api_key, token.claim("nonce")):
            return _USED
        if request.path == LIST and _MANAGE not in key.permissions:
            return _DENIED
        return key

    def _listed(self, key: Key, query: str, now_ms: int) -> list[dict[str, object]]:
        """Return the keys of all pockets or of the named ones; ended keys only where they are asked for."""
        pairs = parse_qsl(query, keep_blank_values=True)
        wanted = {value for name, value in pairs if name == "uuids[]"}
        with_ended = ("include_expired", "true") in pairs
        groups: list[dict[str, object]] = []
        for pocket in (key, *sub_accounts(self._all, key)):
            uuid = pocket.account or _MAIN_POCKET
            if not wanted or uuid in wanted:
                found = [row for row in keys_of(self._all, pocket.uid) if with_ended or not row.has_ended(now_ms)]
                groups.append({"uuid": uuid, "keys": [row.amended(_row(row), "list") for row in found]})
        return groups


def error(refused: Refused, statuses: Mapping[str, int]) -> Answer:
    """Return an error that has a name; 401 where nothing else is known."""
    code, text, status = refused
    return Answer(code, {"error": {"name": code, "message": text}}, status or statuses.get(code, 401))


def endings(keys: Iterable[Key]) -> list[dict[str, object]]:
    """Return all that keys are told of themselves: their ends, in the time of Seoul."""
    return [
        key.amended({"access_key": key.api_key, "expire_at": iso_seoul(key.expires)}) for key in keys if key.expires
    ]


def _row(key: Key) -> dict[str, object]:
    """Return what the main pocket is told of a key."""
    assert key.expires is not None
    return {
        "access_key": key.api_key,
        "permissions": [WORDS[name] for name in key.permissions],
        "allowed_ips": list(key.ip_allowlist),
        "created_at": iso_seoul(key.created),
        "expired_at": iso_seoul(key.expires),
    }
