"""Bitget: GET /api/v2/spot/account/info of a classic account, GET /api/v3/account/info of a unified one.

Signed with HMAC-SHA256 or RSA. Which generation an account is of, the refusal of the first call tells.
Source: bitget.com/api-doc, «Signature» and «Get Account Info», copies of 2025 and 2026; UnipayFI/go-bitget (2026-08).
"""

from collections.abc import Mapping
from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import bad_answer, identity, mapping, number, text, words
from keylint.exchanges.signing import hmac_sha256_base64, key_algorithm, load_private_key, sign_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

USES = ("key", "key-unified")

_FINE = "00000"
_UNIFIED_ONLY = "40085"


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


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the signed request; the passphrase goes along as it is."""
    headers = {
        "ACCESS-KEY": credentials.get("api_key") or "",
        "ACCESS-SIGN": signature(payload(now_ms, method, path), credentials),
        "ACCESS-TIMESTAMP": str(now_ms),
        "ACCESS-PASSPHRASE": _needed(credentials, "passphrase"),
    }
    return Request(method, path, headers=headers)


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
    names = _unified(fields) if "permType" in fields or "permissions" in fields else words(fields, "authorities")
    if names is UNKNOWN:
        raise bad_answer("it holds no permissions")
    addresses = words(fields, "ips")
    return LiveKey(
        rights=tuple(name for name in names if name in facts.rights),
        unmapped=tuple(name for name in names if name not in facts.rights),
        ip_restricted=UNKNOWN if addresses is UNKNOWN else bool(addresses),
        ip_allowlist=addresses,
        account_id=identity(fields, "userId"),
    )


def _unified(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the rights of a unified key, each as its area and the type, which some answers spell with underscores."""
    areas, kind = words(fields, "permissions"), text(fields, "permType")
    if areas is UNKNOWN or kind is UNKNOWN:
        raise bad_answer("it holds no permissions, or no permType")
    return tuple(f"{area}.{kind.replace('_', '-')}" for area in areas)


def server_time(data: Any) -> int:
    """Return `data.serverTime`, which is a text."""
    return number(mapping(mapping(data).get("data"), "data"), "serverTime")


def _needed(credentials: Credentials, name: str, said: str = "") -> str:
    """Return a credential that must be there."""
    if not (value := credentials.get(name)):
        said = said or name
        raise Refusal(Reason.NO_CREDENTIALS, f"`{said}` is missing", f"add `{said}:` under `credentials`")
    return value
