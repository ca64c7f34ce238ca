"""Binance: GET /sapi/v1/account/apiRestrictions, signed with HMAC-SHA256, RSA or Ed25519.

Source: developers.binance.com, «Get API Key Permission», and github.com/binance/binance-spot-api-docs, 2026-07.
"""

from typing import Any
from urllib.parse import quote

from keylint.exchanges.exchange import Answer, Credentials, Error, Request
from keylint.exchanges.fields import bad_answer, flag, mapping, moment
from keylint.exchanges.signing import hmac_sha256_hex, key_algorithm, load_private_key, sign_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

RECV_WINDOW_MS = 5000
"""How old a request may be when it arrives: the exchange's default, so that a stolen request is soon useless."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

_NOT_RIGHTS = {"ipRestrict", "createTime", "tradingAuthorityExpirationTime"}


def payload(now_ms: int) -> str:
    """Return the query string that is signed, percent-encoded as it is sent."""
    return f"recvWindow={RECV_WINDOW_MS}&timestamp={now_ms}"


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


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the signed request: the signature goes last."""
    text = payload(now_ms)
    query = f"{text}&signature={quote(signature(text, credentials), safe='')}"
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
    named_as_right = name.startswith(("enable", "permits", "can"))
    return named_as_right and value not in (None, 0, "", "false", "False", "0")


def server_time(data: Any) -> int:
    """Return `serverTime`."""
    value = mapping(data).get("serverTime")
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_answer("serverTime is not a number")
    return value
