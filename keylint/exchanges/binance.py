"""Binance: GET /sapi/v1/account/apiRestrictions, signed with HMAC-SHA256, RSA or Ed25519.

Source: developers.binance.com, «Get API Key Permission», and github.com/binance/binance-spot-api-docs, 2026-07.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, flag, identity, mapping, moment, number, switch, text, texts
from keylint.exchanges.listing import MOST_CALLS, Rows, bounded, few, kept, named, rows_of
from keylint.exchanges.signing import encoded_query, hmac_sha256_hex, key_algorithm, load_private_key, sign_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

RECV_WINDOW_MS = 5000
"""How old a request may be when it arrives: the exchange's default, so that a stolen request is soon useless."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

LISTS = ("list-accounts", "list", "list-addresses")

MOST_IN_A_MINUTE = 60
"""How many calls a listing takes at most: as many of one kind as the exchange allows in a minute."""

_LISTED = ("apiName", "apikey")
_OF_ADDRESSES = ("ipRestrict", "ipList")
_RIGHTS = ("enable", "permits", "can")
_NOT_RIGHTS = {"ipRestrict", "createTime", "tradingAuthorityExpirationTime"}


def payload(now_ms: int, asked: Mapping[str, str] | None = None) -> str:
    """Return the query string that is signed, percent-encoded as it is sent."""
    return encoded_query({**(asked or {}), "recvWindow": RECV_WINDOW_MS, "timestamp": now_ms})


def signature(text: str, credentials: Credentials) -> str:
    """Return the signature of a query string, not yet percent-encoded: by secret or by private key."""
    if pem := credentials.get("private_key"):
        key = load_private_key(pem, credentials.get("private_key_passphrase"))
        kind = key_algorithm(key)
        if credentials.algorithm not in (None, kind):
            message = f"the private key is {kind}, the declaration says {credentials.algorithm}"
            raise Refusal(Reason.BAD_CREDENTIALS, message, "correct `algorithm`, or give the other key")
        if kind == "ecdsa":
            raise Refusal(Reason.BAD_CREDENTIALS, "Binance takes RSA and Ed25519 keys, not ECDSA")
        return sign_base64(key, text.encode())
    secret = credentials.get("api_secret")
    if not secret:
        needed = "private_key" if credentials.algorithm in ("rsa", "ed25519") else "api_secret"
        raise Refusal(Reason.NO_CREDENTIALS, f"`{needed}` is missing", f"add `{needed}:` under `credentials`")
    return hmac_sha256_hex(secret, text.encode())


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, str] | None = None
) -> Request:
    """Return the signed request: the signature goes last."""
    signed = payload(now_ms, asked)
    query = f"{signed}&signature={quote(signature(signed, credentials), safe='')}"
    return Request(method, path, query, {"X-MBX-APIKEY": credentials.get("api_key") or ""})


def error(answer: Answer) -> Error | None:
    """Return the code of `{"code": …, "msg": …}`; the HTTP status says nothing reliable."""
    data = answer.data
    if isinstance(data, dict) and isinstance(data.get("code"), int) and "msg" in data:
        return Error(str(data["code"]), str(data["msg"]))
    return None


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state. Every field may be absent; a true flag that the facts do not list is unmapped."""
    fields = mapping(data)
    listed = facts.rights
    flags = {name: flag(fields, name) for name in listed}
    if not any(name in fields for name in listed):
        raise bad_answer("it holds no right at all")
    restricted = flag(fields, "ipRestrict")
    ends = moment(fields, "tradingAuthorityExpirationTime", per_second=1000)
    return LiveKey(
        rights=tuple(name for name, value in flags.items() if value is True),
        unmapped=tuple(name for name, value in fields.items() if name not in listed and _is_on(name, value)),
        unreported=tuple(name for name, value in flags.items() if value is UNKNOWN and not listed[name].optional),
        ip_restricted=restricted,
        ip_allowlist=() if restricted is False else UNKNOWN,
        created=moment(fields, "createTime", per_second=1000),
        rights_expire={} if ends is UNKNOWN or ends is None else {"enableSpotAndMarginTrading": ends},
    )


def _is_on(name: str, value: Any) -> bool:
    """Tell whether a field that the facts do not list is a right that is on: in doubt it is."""
    if name in _NOT_RIGHTS:
        return False
    if isinstance(value, bool):
        return value
    return name.startswith(_RIGHTS) and value not in (None, 0, "", "false", "False", "0")


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the sub-accounts, for the keys of each, then for the addresses of each key."""
    return bounded(_listed(), MOST_IN_A_MINUTE)


def _listed() -> Steps:
    most = str(MOST_CALLS)
    told = yield Step("list-accounts", partial(sign, asked={"page": "1", "limit": most}))
    found: Rows = []
    for account in few(rows_of(mapping(told).get("subAccounts"), "subAccounts")):
        email = named(account, "email")
        keys = yield Step("list", partial(sign, asked={"email": email, "page": "1", "size": most}))
        for row in few(rows_of(mapping(keys).get("rows"), "rows")):
            asked = {"email": email, "subAccountApiKey": named(row, "apikey")}
            bound = mapping((yield Step("list-addresses", partial(sign, asked=asked))))
            rights = [name for name in row if name.startswith(_RIGHTS)]
            found.append(
                {**kept(row, (*_LISTED, *rights)), **kept(bound, _OF_ADDRESSES), "account": account.get("subUserId")}
            )
    return found


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the sub-accounts. Some rights are not listed; what a key's time means is not documented."""
    return tuple(_listed_key(row, facts) for row in rows_of(data, "the list"))


def _listed_key(row: Mapping[str, Any], facts: Facts) -> LiveKey:
    flags = {name: flag(row, name) for name in row if name in facts.names}
    if not flags:
        raise bad_answer("it holds no right at all")
    told = {facts.names[name] for name, value in flags.items() if value is not UNKNOWN}
    restricted, addresses = allowlist(texts(row, "ipList"), switch(row, "ipRestrict"))
    return LiveKey(
        rights=tuple(dict.fromkeys(facts.names[name] for name, value in flags.items() if value is True)),
        unmapped=tuple(name for name, value in row.items() if name not in facts.names and _is_on(name, value)),
        unreported=tuple(name for name in facts.rights if name not in told),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        label=text(row, "apiName"),
        key_id=text(row, "apikey"),
        account_id=identity(row, "account"),
    )


def server_time(data: Any) -> int:
    """Return `serverTime`."""
    return number(mapping(data), "serverTime")
