"""Bitget: GET /api/v2/spot/account/info of a classic account, GET /api/v3/account/info of a unified one.

Signed with HMAC-SHA256 or RSA. Which generation an account is of, the refusal of the first call tells.
Source: bitget.com/api-doc, «Signature» and «Get Account Info», copies of 2025 and 2026; UnipayFI/go-bitget (2026-08).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, identity, mapping, number, switch, text, words
from keylint.exchanges.listing import MOST_CALLS, Rows, bounded, few, kept, named, rows_of, too_many
from keylint.exchanges.signing import (
    encoded_query,
    hmac_sha256_base64,
    key_algorithm,
    load_private_key,
    plain_query,
    sign_base64,
)
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, Unknown

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

USES = ("key", "key-unified")
LISTS = ("list-accounts", "list", "list-accounts-unified", "list-unified")

_LISTED = ("subAccountApiKey", "label", "permList", "ipList")
_LISTED_UNIFIED = ("apiKey", "type", "note", "permissions", "ips")
_FINE = "00000"
_UNIFIED_ONLY = "40085"
_DELETED = "del"
_WRITES = "read-and-write"

Words = tuple[str, ...] | Literal[Unknown.UNKNOWN]


def payload(now_ms: int, method: str, path: str, query: str = "", body: str = "") -> str:
    """Return the text that is signed; the query not percent-encoded."""
    return f"{now_ms}{method}{path}{'?' if query else ''}{query}{body}"


def signature(text: str, credentials: Credentials) -> str:
    """Return the value of `ACCESS-SIGN`: by secret or by private key."""
    if pem := credentials.get("private_key"):
        key = load_private_key(pem, credentials.get("private_key_passphrase"))
        kind = key_algorithm(key)
        if kind != "rsa":
            raise Refusal(Reason.BAD_CREDENTIALS, f"Bitget takes RSA keys, not {kind}")
        if credentials.algorithm not in (None, kind):
            message = f"the private key is {kind}, the declaration says {credentials.algorithm}"
            raise Refusal(Reason.BAD_CREDENTIALS, message, "correct `algorithm`, or give the other key")
        return sign_base64(key, text.encode())
    needed = "private_key" if credentials.algorithm == "rsa" else "api_secret"
    return hmac_sha256_base64(_needed(credentials, "api_secret", needed), text.encode())


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, str] | None = None
) -> Request:
    """Return the signed request; the passphrase goes along as it is. The query is not percent-encoded to be signed."""
    headers = {
        "ACCESS-KEY": credentials.get("api_key") or "",
        "ACCESS-SIGN": signature(payload(now_ms, method, path, plain_query(asked or {})), credentials),
        "ACCESS-TIMESTAMP": str(now_ms),
        "ACCESS-PASSPHRASE": _needed(credentials, "passphrase"),
    }
    return Request(method, path, encoded_query(asked or {}), headers)


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask as a classic account, and as a unified one where the exchange says that it is one."""
    told = yield Step("key", accepts=(_UNIFIED_ONLY,))
    if isinstance(told, Error):
        told = yield Step("key-unified")
    return told


def error(answer: Answer) -> Error | None:
    """Return the code, which is a text; five zeros mean that all is well."""
    data = answer.data
    code = data.get("code") if isinstance(data, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | str) or str(code) == _FINE:
        return None
    return Error(str(code), str(data.get("msg") or ""))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state: a classic account lists codes, a unified one areas and one type for all of them."""
    fields = mapping(mapping(data).get("data"), "data")
    is_unified = "permType" in fields or "permissions" in fields
    names = _unified(fields, "permType") if is_unified else words(fields, "authorities")
    return _key(names, words(fields, "ips"), facts)._replace(account_id=identity(fields, "userId"))


def _key(names: Words, addresses: Words, facts: Facts) -> LiveKey:
    """Return what the answers of all calls show."""
    if names is UNKNOWN:
        raise bad_answer("it holds no permissions")
    restricted, bound = allowlist(addresses)
    return LiveKey(
        rights=tuple(name for name in names if name in facts.rights),
        unmapped=tuple(name for name in names if name not in facts.rights),
        ip_restricted=restricted,
        ip_allowlist=bound,
    )


def _unified(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the rights of a unified key, each as its area and the type, which answers spell in several ways."""
    areas, kind = words(fields, "permissions"), text(fields, name)
    if areas is UNKNOWN or kind is UNKNOWN:
        raise bad_answer(f"it holds no permissions, or no {name}")
    kind = kind.replace("_", "-")
    return tuple(f"{area}.{_WRITES if kind == 'read-write' else kind}" for area in areas)


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the sub-accounts as a classic or as a unified account, then for the keys of each."""
    return bounded(_listed())


def _listed() -> Steps:
    most = {"limit": str(MOST_CALLS)}
    told = yield Step("list-accounts", partial(sign, asked=most), accepts=(_UNIFIED_ONLY,))
    found: Rows = []
    if isinstance(told, Error):
        told = yield Step("list-accounts-unified", partial(sign, asked=most))
        for account in few(_page(told)):
            uid = named(account, "subUid")
            keys = yield Step("list-unified", partial(sign, asked={"subUid": uid, **most}))
            found += [{**kept(row, _LISTED_UNIFIED), "account": uid} for row in _page(keys)]
        return found
    for account in few(rows_of(mapping(mapping(told).get("data"), "data").get("subAccountList"), "subAccountList")):
        if account.get("status") == _DELETED:
            continue
        uid = named(account, "subAccountUid")
        keys = yield Step("list", partial(sign, asked={"subAccountUid": uid}))
        found += [{**kept(row, _LISTED), "account": uid} for row in rows_of(mapping(keys).get("data"), "data")]
    return found


def _page(data: Any) -> Rows:
    """Return the rows of a unified account's list, whole or not at all; descriptions call it `list` or `items`."""
    told = mapping(mapping(data).get("data"), "data")
    if switch(told, "hasNext") is True:
        raise too_many(MOST_CALLS)
    return rows_of(told["items"] if "items" in told else told.get("list"), "the list")


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the sub-accounts. What the time in a unified account's list means is not documented."""
    return tuple(_listed_key(row, facts) for row in rows_of(data, "the list"))


def _listed_key(row: Mapping[str, Any], facts: Facts) -> LiveKey:
    if "subAccountApiKey" in row:
        key, shown, label = _key(words(row, "permList"), words(row, "ipList"), facts), "subAccountApiKey", "label"
    else:
        key, shown, label = _key(_unified(row, "type"), words(row, "ips"), facts), "apiKey", "note"
    return key._replace(label=text(row, label), key_id=text(row, shown), account_id=text(row, "account"))


def server_time(data: Any) -> int:
    """Return `data.serverTime`, which is a text."""
    return number(mapping(mapping(data).get("data"), "data"), "serverTime")


def _needed(credentials: Credentials, name: str, said: str = "") -> str:
    """Return a credential that must be there."""
    if not (value := credentials.get(name)):
        said = said or name
        raise Refusal(Reason.NO_CREDENTIALS, f"`{said}` is missing", f"add `{said}:` under `credentials`")
    return value
