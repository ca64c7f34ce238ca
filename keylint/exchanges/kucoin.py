"""KuCoin: GET /api/v1/user/api-key, signed with HMAC-SHA256; the passphrase is signed as well.

Source: www.kucoin.com/docs-new, «Get Apikey Info» and «Authentication», 2025-11.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, identity, mapping, moment, number, text, words
from keylint.exchanges.listing import MOST_CALLS, Page, Rows, bounded, kept, named, pages, rows_of
from keylint.exchanges.signing import encoded_query, hmac_sha256_base64, plain_query
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.permission import full_name

KEY_VERSION = "2"
"""How the passphrase is sent: signed. Keys of version 3 take it too, those of version 1 are refused since 2021."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

LISTS = ("list-accounts", "list")

_LISTED = ("remark", "label", "apiKey", "permission", "permissions", "ipWhitelist", "createdAt", "uid")
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


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, str] | None = None
) -> Request:
    """Return the signed request; its query is percent-encoded where it is sent, and not where it is signed."""
    given = {name: credentials.get(name) or "" for name in ("api_key", "api_secret", "passphrase")}
    for name, value in given.items():
        if not value:
            raise Refusal(Reason.NO_CREDENTIALS, f"`{name}` is missing", f"add `{name}:` under `credentials`")
    secret = given["api_secret"]
    endpoint = f"{path}?{plain_query(asked)}" if asked else path
    headers = {
        "KC-API-KEY": given["api_key"],
        "KC-API-SIGN": signature(payload(now_ms, method, endpoint), secret),
        "KC-API-TIMESTAMP": str(now_ms),
        "KC-API-PASSPHRASE": signed_passphrase(given["passphrase"], secret),
        "KC-API-KEY-VERSION": KEY_VERSION,
    }
    return Request(method, path, encoded_query(asked or {}), headers)


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
    return _key(mapping(mapping(data).get("data"), "data"), facts)


def _key(fields: Mapping[str, Any], facts: Facts) -> LiveKey:
    rights = words(fields, "permission" if fields.get("permission") is not None else "permissions")
    if rights is UNKNOWN:
        raise bad_answer("it holds no permission")
    listed = words(fields, "ipWhitelist")
    restricted, addresses = allowlist(() if listed is UNKNOWN else listed)
    names = {name: full_name(name, facts) for name in rights}
    return LiveKey(
        rights=tuple(dict.fromkeys(right for right in names.values() if right)),
        unmapped=tuple(name for name, right in names.items() if not right),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=moment(fields, "createdAt", per_second=1000),
        label=text(fields, "remark" if fields.get("remark") is not None else "label"),
        key_id=text(fields, "apiKey"),
        account_id=identity(fields, "uid"),
    )


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the sub-accounts, then for the keys of each."""
    return bounded(_listed())


def _listed() -> Steps:
    found: Rows = []
    for account in (yield from pages(_ask_accounts, _read_accounts, "1")):
        told = yield Step("list", partial(sign, asked={"subName": named(account, "subName")}))
        rows = rows_of(mapping(told).get("data"), "data")
        found += [{"uid": account.get("uid"), **kept(row, _LISTED)} for row in rows]
    return found


def _ask_accounts(page: str) -> Step:
    return Step("list-accounts", partial(sign, asked={"currentPage": page, "pageSize": str(MOST_CALLS)}))


def _read_accounts(data: Any, page: str) -> Page:
    """Return a page of sub-accounts; `totalPage` counts them from 1."""
    told = mapping(mapping(data).get("data"), "data")
    following = str(int(page) + 1) if int(page) < number(told, "totalPage") else ""
    return rows_of(told.get("items"), "items"), following


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the sub-accounts, which show what a key shows of itself."""
    return tuple(_key(row, facts) for row in rows_of(data, "the list"))


def server_time(data: Any) -> int:
    """Return `data`, in milliseconds."""
    return number(mapping(data), "data")
