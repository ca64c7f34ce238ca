"""BingX: GET /openApi/v1/account/apiPermissions, then GET /openApi/v1/account/apiRestrictions; signed with HMAC-SHA256.

The first shows codes and addresses, the second booleans and the creation. Some descriptions have either shape on either
path, so both are read from both.
Source: github.com/BingX-API/api-ai-skills (2026-04), github.com/BingX-API/docs (2023-08), JKorf/BingX.Net (2026-08).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, mapping, moment, number, switch, text, words
from keylint.exchanges.listing import MOST_CALLS, Page, Rows, bounded, kept, own_rows, pages, rows_of
from keylint.exchanges.signing import hmac_sha256_hex, plain_query
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, Unknown

RECV_WINDOW_MS = 5000
"""How old a request may be when it arrives: the exchange takes no more."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

USES = ("key", "key-flags")
LISTS = ("account", "list", "list-accounts")

_LISTED = ("apiKey", "note", "permissions", "ipAddresses", "createTime")


def payload(now_ms: int, asked: Mapping[str, str] | None = None) -> str:
    """Return the query string that is signed, by name; it holds nothing that would be percent-encoded."""
    pairs = {"recvWindow": RECV_WINDOW_MS, "timestamp": now_ms, **(asked or {})}
    return plain_query(dict(sorted(pairs.items())))


def signature(text: str, secret: str) -> str:
    """Return the signature in small digits."""
    return hmac_sha256_hex(secret, text.encode())


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, str] | None = None
) -> Request:
    """Return the signed request: the signature goes last."""
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    query = payload(now_ms, asked)
    signed = f"{query}&signature={signature(query, secret)}"
    return Request(method, path, signed, {"X-BX-APIKEY": credentials.get("api_key") or ""})


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask both calls: only the first names all rights and the addresses, only the second the creation."""
    return {"key": (yield Step("key")), "flags": (yield Step("key-flags"))}


def error(answer: Answer) -> Error | None:
    """Return the code of `{"code": …, "msg": …}`, where it is not 0; an answer to the two calls has none."""
    data = answer.data
    code = data.get("code") if isinstance(data, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | str) or str(code) == "0":
        return None
    return Error(str(code), str(data.get("msg") or ""))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state. A right is on where its code or its boolean says so, unknown where neither speaks."""
    asked = mapping(data)
    return _key({**_flat(asked.get("flags")), **_flat(asked.get("key"))}, facts)


def _key(fields: Mapping[str, Any], facts: Facts) -> LiveKey:
    codes = _codes(fields)
    flags = {name: switch(fields, name) for name in facts.rights}
    if codes is UNKNOWN and all(value is UNKNOWN for value in flags.values()):
        raise bad_answer("it holds no right at all")
    named = () if codes is UNKNOWN else tuple(facts.names.get(code, code) for code in codes)
    # A list of codes settles every right that has a code.
    told = {name for name, right in facts.rights.items() if codes is not UNKNOWN and any(map(str.isdigit, right.also))}
    told |= {name for name, value in flags.items() if value is not UNKNOWN}
    unknown = [name for name in named if name not in facts.rights]
    restricted, addresses = allowlist(words(fields, "ipAddresses"), switch(fields, "ipRestrict"))
    return LiveKey(
        rights=tuple(name for name in facts.rights if name in named or flags[name] is True),
        unmapped=(
            *unknown,
            *(name for name, value in fields.items() if name not in facts.rights and _is_on(name, value)),
        ),
        unreported=tuple(name for name, right in facts.rights.items() if name not in told and not right.optional),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=moment(fields, "createTime", per_second=1000),
        label=text(fields, "note"),
        key_id=text(fields, "apiKey"),
    )


def _flat(data: Any) -> Mapping[str, Any]:
    """Return the fields of an answer, which stand at its top; inside of `data` where there is an envelope."""
    fields = mapping(data)
    return mapping(fields["data"], "data") if "data" in fields else fields


def _codes(fields: Mapping[str, Any]) -> tuple[str, ...] | Literal[Unknown.UNKNOWN]:
    """Return the codes of the rights that are on, numbers or texts."""
    value = fields.get("permissions")
    if isinstance(value, list) and all(type(code) in (int, str) for code in value):
        return tuple(dict.fromkeys(str(code) for code in value))
    return words(fields, "permissions")


def _is_on(name: str, value: Any) -> bool:
    """Tell whether a field that the facts do not list is a right that is on: in doubt it is."""
    return name.startswith(("enable", "permits", "can")) and value not in (None, False, "", "0", "false", "False")


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the account's id, for all keys under it, for the sub-accounts, then for the keys of each."""
    return bounded(_listed())


def _listed() -> Steps:
    found = own_rows((yield from _keys_of(str(number(_flat((yield Step("account"))), "uid")))))
    for account in (yield from pages(_ask_accounts, _read_accounts, "1")):
        found += yield from _keys_of(str(number(account, "subUid")))
    return found


def _keys_of(uid: str) -> Steps:
    """Ask for the keys under an id, which may be that of a sub-account; two names for their list are described."""
    told = _flat((yield Step("list", partial(sign, asked={"uid": uid}))))
    rows: Rows = rows_of(told["apiKeyList"] if "apiKeyList" in told else told.get("apiInfos"), "the list of keys")
    return [{**kept(row, _LISTED), "account": uid} for row in rows]


def _ask_accounts(page: str) -> Step:
    return Step("list-accounts", partial(sign, asked={"page": page, "limit": str(MOST_CALLS)}))


def _read_accounts(data: Any, page: str) -> Page:
    """Return a page of sub-accounts. Sources disagree on what a page holds: only an empty one is surely the last."""
    told = mapping(mapping(data).get("data"), "data")
    rows = rows_of(told.get("result"), "result")
    return rows, str(int(page) + 1) if rows else ""


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the account and of its sub-accounts; their ids are masked."""
    return tuple(
        _key(row, facts)._replace(account_id=text(row, "account")) for row in rows_of(data, "the list of keys")
    )


def server_time(data: Any) -> int:
    """Return `data.serverTime`."""
    return number(_flat(data), "serverTime")
