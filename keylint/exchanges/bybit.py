"""Bybit (v5): GET /v5/user/query-api, signed with HMAC-SHA256 or RSA.

Source: github.com/bybit-exchange/docs, docs/v5/user/apikey-info and docs/v5/guide, 2026-07.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, date_time, identity, mapping, number, switch, text, words
from keylint.exchanges.listing import MOST_CALLS, Page, Rows, bounded, kept, named, pages, rows_of
from keylint.exchanges.signing import encoded_query, hmac_sha256_hex, key_algorithm, load_private_key, sign_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, Unknown

RECV_WINDOW_MS = 5000
"""How old a request may be when it arrives: the exchange's default, so that a stolen request is soon useless."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

LISTS = ("list-accounts", "list")

_LISTED = ("note", "apiKey", "readOnly", "permissions", "ips", "createdAt", "expiredAt")
_KEYS_PER_PAGE = "20"
_TOO_MANY = "10006"
_RESET = "x-bapi-limit-reset-timestamp"


def payload(now_ms: int, key_id: str, query: str = "") -> str:
    """Return the text that is signed; the query as it is sent."""
    return f"{now_ms}{key_id}{RECV_WINDOW_MS}{query}"


def signature(text: str, credentials: Credentials) -> str:
    """Return the signature of a text: hexadecimal by secret, base64 by private key."""
    if pem := credentials.get("private_key"):
        key = load_private_key(pem, credentials.get("private_key_passphrase"))
        kind = key_algorithm(key)
        if credentials.algorithm not in (None, kind):
            message = f"the private key is {kind}, the declaration says {credentials.algorithm}"
            raise Refusal(Reason.BAD_CREDENTIALS, message, "correct `algorithm`, or give the other key")
        if kind != "rsa":
            raise Refusal(Reason.BAD_CREDENTIALS, f"Bybit takes RSA keys, not {kind}")
        return sign_base64(key, text.encode())
    secret = credentials.get("api_secret")
    if not secret:
        needed = "private_key" if credentials.algorithm == "rsa" else "api_secret"
        raise Refusal(Reason.NO_CREDENTIALS, f"`{needed}` is missing", f"add `{needed}:` under `credentials`")
    return hmac_sha256_hex(secret, text.encode())


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, str] | None = None
) -> Request:
    """Return the signed request; a body would be refused."""
    key_id = credentials.get("api_key") or ""
    query = encoded_query(asked or {})
    headers = {
        "X-BAPI-API-KEY": key_id,
        "X-BAPI-TIMESTAMP": str(now_ms),
        "X-BAPI-RECV-WINDOW": str(RECV_WINDOW_MS),
        "X-BAPI-SIGN": signature(payload(now_ms, key_id, query), credentials),
    }
    return Request(method, path, query, headers)


def error(answer: Answer) -> Error | None:
    """Return `retCode`, which comes with HTTP 200; 0 is none. After too many requests a header says until when."""
    data = answer.data
    code = data.get("retCode") if isinstance(data, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | str) or str(code) == "0":
        return None
    reset = answer.headers.get(_RESET, "").strip() if str(code) == _TOO_MANY else ""
    is_time = reset.isascii() and reset.isdigit() and len(reset) < 15  # noqa: PLR2004 - the year 5138
    return Error(str(code), str(data.get("retMsg") or ""), int(reset) if is_time else None)


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state. A group that is absent is unknown; where `readOnly` is on, no group grants anything."""
    return _key(mapping(mapping(data).get("result"), "result"), facts)


def _key(fields: Mapping[str, Any], facts: Facts) -> LiveKey:
    groups = _groups(fields, facts)
    read_only = switch(fields, "readOnly")
    is_read_only = read_only is True
    on = [] if is_read_only else [f"{group}.{value}" for group, values in groups.items() for value in values]
    listed = facts.rights
    silent = () if is_read_only else tuple(n for n, r in listed.items() if not r.optional and _group(n) not in groups)
    restricted, addresses = allowlist(words(fields, "ips"))
    return LiveKey(
        rights=tuple(name for name in on if name in listed),
        unmapped=tuple(name for name in on if name not in listed),
        unreported=silent,
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=date_time(fields, "createdAt"),
        expires=date_time(fields, "expiredAt"),
        label=text(fields, "note"),
        key_id=text(fields, "apiKey"),
        account_id=_account(fields),
        read_only=read_only,
    )


def _group(name: str) -> str:
    """Return the group of a right, which is named `Group.Value`."""
    return name.partition(".")[0]


def _groups(fields: Mapping[str, Any], facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return the groups of `permissions` with their values; a null is left out, like an absent one."""
    permissions = fields.get("permissions")
    if permissions is None:
        raise bad_answer("it holds no permissions")
    known = {_group(name) for name in facts.rights}
    groups: dict[str, tuple[str, ...]] = {}
    for group in mapping(permissions, "permissions"):
        try:
            values = words(permissions, group)
        except Refusal:
            # A name that nobody knows may be anything, even what was sent: it is not repeated.
            what = f"permissions.{group}" if group in known else "a group of permissions"
            raise bad_answer(f"{what} is not a list of texts") from None
        if values is not UNKNOWN:
            groups[group] = values
    return groups


def _account(fields: Mapping[str, Any]) -> str | Literal[Unknown.UNKNOWN]:
    """Return the account's id: a number whose twin is a text, which the examples show as «0»."""
    found = identity(fields, "userID")
    return identity(fields, "userIDInt64") if found in (UNKNOWN, "0") else found


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the sub-accounts, then for the keys of each, page by page."""
    return bounded(_listed())


def _listed() -> Steps:
    found: Rows = []
    for account in (yield from pages(_ask_accounts, _read_accounts)):
        uid = named(account, "uid")
        rows = yield from pages(partial(_ask_keys, uid), _read_keys)
        found += [{**kept(row, _LISTED), "userID": uid} for row in rows]
    return found


def _ask_accounts(mark: str) -> Step:
    asked = {"pageSize": str(MOST_CALLS), **({"nextCursor": mark} if mark else {})}
    return Step("list-accounts", partial(sign, asked=asked))


def _read_accounts(data: Any, mark: str) -> Page:  # noqa: ARG001 - as pages has it
    """Return a page of sub-accounts; after the last one the mark is «0»."""
    result = mapping(mapping(data).get("result"), "result")
    following = text(result, "nextCursor")
    return rows_of(result.get("subMembers"), "subMembers"), "" if following in (UNKNOWN, "0") else following


def _ask_keys(uid: str, mark: str) -> Step:
    asked = {"subMemberId": uid, "limit": _KEYS_PER_PAGE, **({"cursor": mark} if mark else {})}
    return Step("list", partial(sign, asked=asked))


def _read_keys(data: Any, mark: str) -> Page:  # noqa: ARG001 - as pages has it
    """Return a page of keys; after the last one there is no mark."""
    result = mapping(mapping(data).get("result"), "result")
    following = text(result, "nextPageCursor")
    return rows_of(result.get("result"), "result"), "" if following is UNKNOWN else following


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the sub-accounts, which show what a key shows of itself, except some groups."""
    return tuple(_key(row, facts) for row in rows_of(data, "the list"))


def server_time(data: Any) -> int:
    """Return `result.timeNano`, a text, in milliseconds."""
    return number(mapping(mapping(data).get("result"), "result"), "timeNano") // 1_000_000
