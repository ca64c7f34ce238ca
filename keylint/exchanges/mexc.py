"""MEXC: GET /api/v3/apiKeyInfo of the key itself, signed with HMAC-SHA256.

Source: github.com/mexcdevelop/apidocs, branch spot_v3_en (2025-08); the answer as a test of a Go exchange library has
it (2026-09).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import (
    allowlist,
    bad_answer,
    date_time,
    days_from,
    identity,
    mapping,
    moment,
    number,
    text,
    words,
)
from keylint.exchanges.listing import MOST_CALLS, Rows, bounded, few, kept, named, rows_of
from keylint.exchanges.signing import encoded_query, hmac_sha256_hex
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, MaybeTime

RECV_WINDOW_MS = 5000
"""How old a request may be when it arrives: the exchange's default, so that a stolen request is soon useless."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

USES = ("key",)
LISTS = ("list-accounts", "list")

_FINE = (0, 200)
_LISTED = ("note", "apiKey", "permissions", "ip", "creatTime")


def payload(asked: Mapping[str, str], now_ms: int) -> str:
    """Return the query string that is signed, percent-encoded as it is sent."""
    return encoded_query({**asked, "recvWindow": RECV_WINDOW_MS, "timestamp": now_ms})


def signature(query: str, body: str, secret: str) -> str:
    """Return the signature in small digits: of query and body, with nothing between them."""
    return hmac_sha256_hex(secret, f"{query}{body}".encode())


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, str] | None = None
) -> Request:
    """Return the signed request: the signature goes last. Where nothing else is asked, it is about the key itself."""
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    key_id = credentials.get("api_key") or ""
    query = payload({"accessKey": key_id} if asked is None else asked, now_ms)
    signed = f"{query}&signature={signature(query, '', secret)}"
    return Request(method, path, signed, {"X-MEXC-APIKEY": key_id})


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask once, and keep the time beside the answer, which counts the key's end from then."""
    return {"key": (yield Step("key")), "now_ms": now_ms}


def error(answer: Answer) -> Error | None:
    """Return the code of `{"code": …, "msg": …}`, which is a number or a text."""
    data = answer.data
    if not isinstance(data, dict) or ("msg" not in data and "message" not in data):
        return None
    code = data.get("code")
    if isinstance(code, bool) or not isinstance(code, int | str) or (answer.status == 200 and code in _FINE):  # noqa: PLR2004 - HTTP
        return None
    return Error(str(code), str(data.get("msg", data.get("message"))))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state: rights and addresses are texts with commas. `canTrade` and its like are the account's."""
    asked = mapping(data)
    fields, now_ms = mapping(asked.get("key")), asked.get("now_ms")
    return _key(fields, facts, "ipWhiteList", "createTime")._replace(
        # What stands there for a key that does not end is not documented: a negative number may be anything.
        expires=(days_from(fields, "remainingValidity", now_ms) if isinstance(now_ms, int) else None) or UNKNOWN,
        key_id=text(fields, "accessKey"),
    )


def _key(fields: Mapping[str, Any], facts: Facts, bound: str, made: str) -> LiveKey:
    """Return what both answers show; `bound` and `made`: their names for the addresses and for the creation."""
    names = words(fields, "permissions")
    if names is UNKNOWN:
        raise bad_answer("it holds no permissions")
    restricted, addresses = allowlist(words(fields, bound))
    return LiveKey(
        rights=tuple(name for name in names if name in facts.rights),
        unmapped=tuple(name for name in names if name not in facts.rights),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=_created(fields, made),
        label=text(fields, "note"),
    )


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the sub-accounts, then for the keys of each."""
    return bounded(_listed())


def _listed() -> Steps:
    found: Rows = []
    told = yield Step("list-accounts", partial(sign, asked={"page": "1", "limit": str(MOST_CALLS)}))
    for account in few(rows_of(mapping(told).get("subAccounts"), "subAccounts")):
        keys = yield Step("list", partial(sign, asked={"subAccount": named(account, "subAccount")}))
        rows = rows_of(mapping(keys).get("subAccount"), "subAccount")
        found += [{**kept(row, _LISTED), "uid": account.get("uid")} for row in rows]
    return found


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the sub-accounts. Their ends are not told."""
    return tuple(
        _key(row, facts, "ip", "creatTime")._replace(key_id=text(row, "apiKey"), account_id=identity(row, "uid"))
        for row in rows_of(data, "the list")
    )


def server_time(data: Any) -> int:
    """Return `serverTime`."""
    return number(mapping(data), "serverTime")


def _created(fields: Mapping[str, Any], name: str) -> MaybeTime:
    """Return a key's creation: a text with an offset in its own answer, milliseconds in a main account's list."""
    value = fields.get(name)
    is_counted = isinstance(value, int) or (isinstance(value, str) and value.isdigit())
    return moment(fields, name, per_second=1000) if is_counted else date_time(fields, name)
