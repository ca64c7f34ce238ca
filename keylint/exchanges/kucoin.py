"""KuCoin: GET /api/v1/user/api-key, signed with HMAC-SHA256; the passphrase is signed as well.

Source: www.kucoin.com/docs-new, «Get Apikey Info» and «Authentication», 2025-11.
"""

from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request
from keylint.exchanges.fields import bad_answer, identity, mapping, moment, number, text, words
from keylint.exchanges.signing import hmac_sha256_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.permission import full_name

KEY_VERSION = "2"
"""How the passphrase is sent: signed. Keys of version 3 take it too, those of version 1 are refused since 2021."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

_DONE = "200000"
_TOO_MANY = "429000"
_RESET = "gw-ratelimit-reset"


def payload(now_ms: int, method: str, endpoint: str, body: str = "") -> str:
    """Return the text that is signed; `endpoint` is the path with the query, not percent-encoded."""
    return f"{now_ms}{method}{endpoint}{body}"


def signature(text: str, secret: str) -> str:
    """Return the value of `KC-API-SIGN`."""
    return hmac_sha256_base64(secret, text.encode())


def signed_passphrase(passphrase: str, secret: str) -> str:
    """Return the value of `KC-API-PASSPHRASE` for keys of version 2 and 3."""
    return hmac_sha256_base64(secret, passphrase.encode())


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the signed request."""
    given = {name: credentials.get(name) or "" for name in ("api_key", "api_secret", "passphrase")}
    for name, value in given.items():
        if not value:
            raise Refusal(Reason.NO_CREDENTIALS, f"`{name}` is missing", f"add `{name}:` under `credentials`")
    secret = given["api_secret"]
    headers = {
        "KC-API-KEY": given["api_key"],
        "KC-API-SIGN": signature(payload(now_ms, method, path), secret),
        "KC-API-TIMESTAMP": str(now_ms),
        "KC-API-PASSPHRASE": signed_passphrase(given["passphrase"], secret),
        "KC-API-KEY-VERSION": KEY_VERSION,
    }
    return Request(method, path, headers=headers)


def error(answer: Answer) -> Error | None:
    """Return `code`, a text; «200000» is none. After too many requests a header says for how many milliseconds."""
    data = answer.data
    code = data.get("code") if isinstance(data, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | str) or str(code) == _DONE:
        return None
    wait = answer.headers.get(_RESET, "").strip() if str(code) == _TOO_MANY else ""
    is_wait = wait.isascii() and wait.isdigit() and len(wait) < 10  # noqa: PLR2004 - eleven days
    return Error(str(code), str(data.get("msg") or ""), wait_ms=int(wait) if is_wait else None)


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state. What `permission` does not name is off; without an address list its field is absent.

    Keys of the broker programme have other names for the same: `permissions`, `label`.
    """
    fields = mapping(mapping(data).get("data"), "data")
    rights = words(fields, "permission" if fields.get("permission") is not None else "permissions")
    if rights is UNKNOWN:
        raise bad_answer("it holds no permission")
    addresses = words(fields, "ipWhitelist")
    if addresses is UNKNOWN:
        addresses = ()
    is_masked = any("*" in address for address in addresses)
    names = {name: full_name(name, facts) for name in rights}
    return LiveKey(
        rights=tuple(dict.fromkeys(right for right in names.values() if right)),
        unmapped=tuple(name for name, right in names.items() if not right),
        ip_restricted=bool(addresses),
        ip_allowlist=UNKNOWN if is_masked else addresses,
        created=moment(fields, "createdAt", per_second=1000),
        label=text(fields, "remark" if fields.get("remark") is not None else "label"),
        key_id=text(fields, "apiKey"),
        account_id=identity(fields, "uid"),
    )


def server_time(data: Any) -> int:
    """Return `data`, in milliseconds."""
    return number(mapping(data), "data")
