"""HTX: GET /v2/user/uid and then GET /v2/user/api-key, signed with HMAC-SHA256 or Ed25519.

The host is part of what is signed, so it is the exchange's own also where a gateway is asked.
Source: github.com/huobiapi/docs, branch v1_en (2021-06-23), and HuobiRDCenter/huobi_Python (2025-08).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, days_from, mapping, moment, number, text, words
from keylint.exchanges.listing import Page, Rows, bounded, kept, own_rows, pages, rows_of
from keylint.exchanges.signing import encoded_query, hmac_sha256_base64, key_algorithm, load_private_key, sign_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

HOST = "api.huobi.pro"
"""The host that is signed, without a port."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

USES = ("account", "key")
LISTS = ("account", "key", "list-accounts")

_LISTED = ("accessKey", "note", "permission", "ipAddresses", "validDays", "createTime")
_FINE = "200"
_DIGITS = 10
_TOO_MANY = ("1006", "510", "40403")
_METHODS = {"hmac": "HmacSHA256", "ed25519": "Ed25519"}


def parameters(key_id: str, algorithm: str, now_ms: int, asked: Mapping[str, str]) -> str:
    """Return the query without its signature: sorted, capitals first, percent-encoded as it is signed and sent."""
    pairs = {
        "AccessKeyId": key_id,
        "SignatureMethod": _METHODS[algorithm],
        "SignatureVersion": "2",
        "Timestamp": datetime.fromtimestamp(now_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        **asked,
    }
    return encoded_query(dict(sorted(pairs.items())))


def payload(method: str, path: str, query: str) -> str:
    """Return the four lines that are signed."""
    return f"{method}\n{HOST}\n{path}\n{query}"


def signer(credentials: Credentials) -> tuple[str, Any]:
    """Return the algorithm and what signs with it: a private key, or a secret."""
    if pem := credentials.get("private_key"):
        key = load_private_key(pem, credentials.get("private_key_passphrase"))
        kind = key_algorithm(key)
        if kind not in _METHODS:
            raise Refusal(Reason.BAD_CREDENTIALS, f"HTX takes Ed25519 keys, not {kind.upper()}")
        if credentials.algorithm not in (None, kind):
            message = f"the private key is {kind}, the declaration says {credentials.algorithm}"
            raise Refusal(Reason.BAD_CREDENTIALS, message, "correct `algorithm`, or give the other key")
        return kind, key
    if not (secret := credentials.get("api_secret")):
        needed = "private_key" if credentials.algorithm == "ed25519" else "api_secret"
        raise Refusal(Reason.NO_CREDENTIALS, f"`{needed}` is missing", f"add `{needed}:` under `credentials`")
    return "hmac", secret


def signature(text: str, algorithm: str, key: Any) -> str:
    """Return the signature of the four lines in base64, not yet percent-encoded."""
    return hmac_sha256_base64(key, text.encode()) if algorithm == "hmac" else sign_base64(key, text.encode())


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, str] | None = None
) -> Request:
    """Return the signed request: the signature goes last."""
    algorithm, key = signer(credentials)
    query = parameters(credentials.get("api_key") or "", algorithm, now_ms, asked or {})
    made = signature(payload(method, path, query), algorithm, key)
    return Request(method, path, f"{query}&Signature={quote(made, safe='')}")


def steps(credentials: Credentials, now_ms: int) -> Steps:
    """Ask for the account's id, which the second call demands, then for the key; keep only what is about this key."""
    account = str(number(mapping((yield Step("account"))), "data"))
    key_id = credentials.get("api_key") or ""
    listed = yield Step("key", partial(sign, asked={"uid": account, "accessKey": key_id}))
    return {"key": own(listed, key_id), "account": account, "now_ms": now_ms}


def own(data: Any, key_id: str) -> Mapping[str, Any]:
    """Return a key's entry of the answer, which may list all keys of the account."""
    entries = mapping(data).get("data")
    for entry in entries if isinstance(entries, list) else [entries]:
        if mapping(entry, "a key of the list").get("accessKey") == key_id:
            return mapping(entry)
    raise bad_answer("this key is not in it")


def error(answer: Answer) -> Error | None:
    """Return the code: a word in `err-code` (the form of v1), or a number in `code` (that of v2) other than 200."""
    data = answer.data
    if not isinstance(data, dict):
        return None
    if isinstance(word := data.get("err-code"), str):
        return Error(word, str(data.get("err-msg") or ""))
    code = data.get("code")
    if isinstance(code, bool) or not isinstance(code, int | str) or str(code) == _FINE:
        return None
    # The header comes with every answer, and says only here when to ask again.
    wait = answer.headers.get("x-hb-ratelimit-requests-expire", "") if str(code) in _TOO_MANY else ""
    return Error(
        str(code),
        str(data.get("message") or ""),
        wait_ms=int(wait) if wait.isascii() and wait.isdigit() and len(wait) < _DIGITS else None,
    )


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state: rights and addresses are texts with commas, the end is a number of days."""
    asked = mapping(data)
    fields, now_ms = mapping(asked.get("key")), asked.get("now_ms")
    names = words(fields, "permission")
    if not names or names is UNKNOWN:
        raise bad_answer("it holds no right at all")
    restricted, addresses = allowlist(words(fields, "ipAddresses"))
    return LiveKey(
        rights=tuple(name for name in names if name in facts.rights),
        unmapped=tuple(name for name in names if name not in facts.rights),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=moment(fields, "createTime", per_second=1000),
        expires=days_from(fields, "validDays", now_ms) if isinstance(now_ms, int) else UNKNOWN,
        label=text(fields, "note"),
        key_id=text(fields, "accessKey"),
        account_id=text(asked, "account"),
    )


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as above
    """Ask for the account's id, for all keys under it, for the sub-users, then for the keys of each.

    The time stands beside the answer, which counts ends from then.
    """
    return bounded(_listed(now_ms))


def _listed(now_ms: int) -> Steps:
    uid = str(number(mapping((yield Step("account"))), "data"))
    found = own_rows((yield from _keys_of(uid)))
    for account in (yield from pages(_ask_accounts, _read_accounts)):
        found += yield from _keys_of(str(number(account, "uid")))
    return {"keys": found, "now_ms": now_ms}


def _keys_of(uid: str) -> Steps:
    """Ask for the keys under an id, which may be that of a sub-user."""
    told = mapping((yield Step("key", partial(sign, asked={"uid": uid})))).get("data")
    listed: Rows = rows_of(told if isinstance(told, list) else [told], "data")
    return [{**kept(row, _LISTED), "account": uid} for row in listed]


def _ask_accounts(mark: str) -> Step:
    return Step("list-accounts", partial(sign, asked={"fromId": mark} if mark else {}))


def _read_accounts(data: Any, mark: str) -> Page:  # noqa: ARG001 - as pages has it
    """Return a page of sub-users; `nextId` stands there only where more follow."""
    told = mapping(data)
    following = number(told, "nextId") if told.get("nextId") is not None else 0
    return rows_of(told.get("data"), "data"), str(following or "")


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the account and of its sub-users, which show what a key shows of itself."""
    told = mapping(data)
    return tuple(
        read({"key": row, "account": row.get("account"), "now_ms": told.get("now_ms")}, facts)
        for row in rows_of(told.get("keys"), "the list")
    )


def server_time(data: Any) -> int:
    """Return `data`, the time itself."""
    return number(mapping(data), "data")
