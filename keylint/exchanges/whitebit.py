"""WhiteBIT: POST /api/v4/sub-account/api-key/list, then the addresses of each key; signed with HMAC-SHA512.

A key cannot look at itself: a key of the main account lists those of the sub-accounts. Each request allows nonces
around the exchange's time (`nonceWindow`), so that it does not lock out the bot that uses the key.
Source: github.com/whitebit-exchange/api-docs, pages/private/http-auth.mdx and http-main-v4.mdx, 2026-01.
"""

import base64
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, identity, mapping, moment, number, switch, text, texts
from keylint.exchanges.listing import MOST_CALLS, bounded, few, kept, named, rows_of
from keylint.exchanges.signing import hmac_sha512_hex
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

TIME_STEP_MS = 2000
"""The resolution of the exchange's time call: seconds, from a cache that lasts one."""

LISTS = ("list", "list-addresses")

_FIELDS = ("subAccountId", "title", "apiKey", "type", "lastActivity", "restrictAccess", "accessEndpoints")
_EXIT = "withdraw"
"""Stands in the paths of all calls by which value leaves the account."""
_TELLING = ("4", "10")
"""Codes that say what is wrong; with any other one the words do."""


def body(path: str, nonce: int, asked: Mapping[str, object]) -> str:
    """Return the body: what is asked, the path, and a nonce that need only be new and near the exchange's time."""
    return json.dumps({**asked, "request": path, "nonce": nonce, "nonceWindow": True}, separators=(",", ":"))


def payload(text: str) -> str:
    """Return the value of `X-TXC-PAYLOAD`: the body in base64."""
    return base64.b64encode(text.encode()).decode()


def signature(encoded: str, secret: str) -> str:
    """Return the value of `X-TXC-SIGNATURE`: of the body in base64."""
    return hmac_sha512_hex(secret, encoded.encode())


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, object] | None = None
) -> Request:
    """Return the signed request; the nonce is the time in milliseconds."""
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    sent = body(path, now_ms, asked or {})
    encoded = payload(sent)
    headers = {
        "X-TXC-APIKEY": credentials.get("api_key") or "",
        "X-TXC-PAYLOAD": encoded,
        "X-TXC-SIGNATURE": signature(encoded, secret),
        "Content-Type": "application/json",
    }
    return Request(method, path, headers=headers, body=sent.encode())


def error(answer: Answer) -> Error | None:
    """Return a refusal of `{"code": …, "message": …}`: by its code where that says what is wrong, else by its words."""
    data = answer.data
    words = data.get("message") if isinstance(data, dict) else None
    if not isinstance(words, str):
        return None
    code = str(data.get("code"))
    return Error(code if code in _TELLING else words, words)


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """List the keys of all sub-accounts, then the addresses of each."""
    return bounded(_keys())


def _keys() -> Steps:
    told = yield Step("list", partial(sign, asked={"limit": MOST_CALLS}))
    found = []
    for row in few(rows_of(mapping(told).get("data"), "data")):
        addresses = yield Step("list-addresses", partial(sign, asked={"apiKeyId": named(row, "id")}))
        found.append({**kept(row, _FIELDS), "addresses": mapping(addresses).get("data")})
    return found


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return each key of the sub-accounts. Its type is 1 or 2; any other word for it is unmapped.

    So are calls on its list of endpoints that its type does not give: the list is the finer of the two.
    """
    return tuple(_key(row, facts) for row in rows_of(data, "the list"))


def _key(row: Mapping[str, Any], facts: Facts) -> LiveKey:
    kind = identity(row, "type")
    if kind is UNKNOWN:
        raise bad_answer("a key of the list has no type")
    right = f"type.{kind}"
    restricted, addresses = allowlist(texts(row, "addresses"))
    if restricted is True and switch(row, "restrictAccess") is not True:
        restricted = UNKNOWN  # whether a list counts without `restrictAccess` is not documented
    return LiveKey(
        rights=(right,) if right in facts.rights else (),
        unmapped=(*(() if right in facts.rights else (kind,)), *_exits(row, right, facts)),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        last_used=moment(row, "lastActivity", per_second=1),
        label=text(row, "title"),
        key_id=text(row, "apiKey"),
        account_id=text(row, "subAccountId"),
    )


def _exits(row: Mapping[str, Any], right: str, facts: Facts) -> tuple[str, ...]:
    """Return the endpoints by which a key may withdraw although its type does not say so."""
    listed = row.get("accessEndpoints")
    names = [text(entry, "name") for entry in (rows_of(listed, "accessEndpoints") if listed is not None else [])]
    if right in facts.rights and _EXIT in facts.rights[right].gives:
        return ()
    return tuple(dict.fromkeys(name for name in names if name is not UNKNOWN and _EXIT in name))


def server_time(data: Any) -> int:
    """Return `time`, which is in seconds, as milliseconds."""
    return number(mapping(data), "time") * 1000
