"""Deribit: GET /api/v2/private/list_api_keys, and POST /api/v2/public/auth where that stays closed.

A secret signs the request itself; a private key (Ed25519, RSA) only signs in, and a token asks for the list.
Source: docs.deribit.com, «Authentication», «Asymmetric API Keys», «Security Keys» and «private/list_api_keys», 2026-07.
How an asymmetric signature is written, base64 for URLs without padding, is that of clients which sign in that way.
"""

import json
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, mapping, number, text, texts
from keylint.exchanges.listing import Rows, kept, rows_of
from keylint.exchanges.signing import hmac_sha256_hex, key_algorithm, load_private_key, sign_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

USES = ("key", "key-scope")
LISTS = ("key", "key-scope")

_FIELDS = ("client_id", "name", "max_scope", "ip_whitelist")
_CLOSED = ("13009", "13021", "13003", "13403")
"""Refusals of the list after which signing in tells more: of the scope, or of what is wrong."""

_FOR_URLS = str.maketrans("+/", "-_", "=")
_NEEDS_CODE = "the list of keys is closed to programs: the account asks for a one-time code"


class Session(NamedTuple):
    """What is kept of signing in."""

    token: Secret
    scope: tuple[str, ...]


def payload(now_ms: int, nonce: str, method: str, target: str, body: str = "") -> str:
    """Return the text that a secret signs for one request; `target` is the path with the query."""
    return f"{now_ms}\n{nonce}\n{method}\n{target}\n{body}\n"


def login(now_ms: int, nonce: str, data: str = "") -> str:
    """Return the text that is signed to sign in."""
    return f"{now_ms}\n{nonce}\n{data}"


def signature(text: str, secret: str) -> str:
    """Return the signature by a secret, in hexadecimal digits."""
    return hmac_sha256_hex(secret, text.encode())


def asymmetric(text: str, key: Any) -> str:
    """Return the signature by a private key, in base64 for URLs."""
    return sign_base64(key, text.encode()).translate(_FOR_URLS)


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the request, signed by a secret in its own header."""
    secret, key_id, nonce = _secret(credentials), credentials.get("api_key") or "", secrets.token_hex(8)
    made = signature(payload(now_ms, nonce, method, path), secret)
    value = f"deri-hmac-sha256 id={key_id},ts={now_ms},sig={made},nonce={nonce}"
    return Request(method, path, headers={"Authorization": value})


def sign_in(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the request that signs in by signature: the secret itself is never sent."""
    nonce = secrets.token_hex(8)
    said = login(now_ms, nonce)
    key = _private_key(credentials)
    parameters = {
        "grant_type": "client_signature",
        "client_id": credentials.get("api_key") or "",
        "timestamp": now_ms,
        "nonce": nonce,
        "data": "",
        "signature": asymmetric(said, key) if key else signature(said, _secret(credentials)),
    }
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "public/auth", "params": parameters})
    return Request(method, path, headers={"Content-Type": "application/json"}, body=body.encode())


def bear(method: str, path: str, credentials: Credentials, now_ms: int, token: Secret) -> Request:
    """Return the request with the token of a session."""
    del credentials, now_ms
    return Request(method, path, headers={"Authorization": f"Bearer {token.reveal()}"})


def _secret(credentials: Credentials) -> str:
    if not (secret := credentials.get("api_secret")):
        needed = "private_key" if credentials.algorithm in ("rsa", "ed25519") else "api_secret"
        raise Refusal(Reason.NO_CREDENTIALS, f"`{needed}` is missing", f"add `{needed}:` under `credentials`")
    return secret


def _private_key(credentials: Credentials) -> Any:
    """Return the private key; None where a secret signs."""
    if not (pem := credentials.get("private_key")):
        return None
    key = load_private_key(pem, credentials.get("private_key_passphrase"))
    kind = key_algorithm(key)
    if kind not in ("rsa", "ed25519"):
        raise Refusal(Reason.BAD_CREDENTIALS, f"Deribit takes Ed25519 and RSA keys, not {kind.upper()}")
    if credentials.algorithm not in (None, kind):
        message = f"the private key is {kind}, the declaration says {credentials.algorithm}"
        raise Refusal(Reason.BAD_CREDENTIALS, message, "correct `algorithm`, or give the other key")
    return key


def error(answer: Answer) -> Error | None:
    """Return `error.code`, with the words beside it."""
    data = answer.data
    said = data.get("error") if isinstance(data, dict) else None
    code = said.get("code") if isinstance(said, dict) else None
    if said is None or isinstance(code, bool) or not isinstance(code, int | str):
        return None
    more = said.get("data")
    told = (said.get("message"), more.get("reason") if isinstance(more, dict) else None)
    return Error(str(code), " ".join(part for part in told if isinstance(part, str)))


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the list and keep the one entry that is about this key; where it is closed, the scope of signing in."""
    session = None
    if credentials.get("private_key"):
        session = _session((yield Step("key-scope", sign_in)))
    told = yield _list(session, accepts=_CLOSED)
    if not _is_closed(told):
        return _own(_rows(told), credentials.get("api_key"))
    if session is None:
        session = _session((yield Step("key-scope", sign_in)))
    return {"scope": list(session.scope)}


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the list and return every entry."""
    session = None
    if credentials.get("private_key"):
        session = _session((yield Step("key-scope", sign_in)))
    told = yield _list(session)
    if _is_closed(told):
        raise Refusal(Reason.UNSUPPORTED, _NEEDS_CODE, "give each key credentials of its own, and leave `lists` out")
    return _rows(told)


def _list(session: Session | None, accepts: tuple[str, ...] = ()) -> Step:
    return Step("key", partial(bear, token=session.token) if session else None, accepts)


def _is_closed(told: Any) -> bool:
    """Tell whether the list was refused, or a one-time code is asked for, which is no error."""
    if isinstance(told, Error):
        return True
    result = mapping(told).get("result")
    return isinstance(result, dict) and result.get("security_key_authorization_required") is True


def _session(told: Any) -> Session:
    """Return what is needed of signing in; the token that renews is dropped."""
    fields = mapping(mapping(told).get("result"), "result")
    token, scope = text(fields, "access_token"), _scopes(fields, "scope")
    if token is UNKNOWN or not (token.isascii() and token.isprintable() and token.strip()):
        raise bad_answer("access_token is not a token")
    return Session(Secret(token), scope)


def _rows(told: Any) -> Rows:
    """Return the entries without their secrets, which the exchange shows at times."""
    return [kept(row, _FIELDS) for row in rows_of(mapping(told).get("result"), "the list of keys")]


def _own(rows: Rows, key_id: str | None) -> Mapping[str, Any]:
    """Return a key's entry of the list."""
    found = next((row for row in rows if row.get("client_id") == key_id), None)
    if found is None:
        raise bad_answer("this key is not in it")
    return found


def _scopes(fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return scopes, which stand in one text with blanks, or in a list as the schema has it."""
    value = fields.get(name)
    listed = value.split() if isinstance(value, str) else texts(fields, name)
    if listed is UNKNOWN:
        raise bad_answer(f"it holds no {name}")
    return tuple(dict.fromkeys(listed))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state, from its entry of the list or, less of it, from the scope of signing in.

    In the list an area that is not named is closed. Signing in may narrow a scope: what it does not name is unknown.
    """
    row = mapping(data)
    is_listed = "scope" not in row
    scopes = _scopes(row, "max_scope" if is_listed else "scope")
    rights = tuple(name for name in scopes if name in facts.rights)
    writes = {_area(name) for name in rights if name.endswith(":read_write")}
    restricted, addresses = allowlist(texts(row, "ip_whitelist"))
    return LiveKey(
        rights=rights,
        unmapped=tuple(name for name in scopes if name not in facts.rights and not facts.is_no_right(name)),
        unreported=()
        if is_listed
        else tuple(name for name in facts.rights if name not in rights and _area(name) not in writes),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        label=text(row, "name"),
        key_id=text(row, "client_id"),
    )


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return each key of the account."""
    keys = tuple(read(row, facts) for row in rows_of(data, "the list of keys"))
    if any(key.key_id is UNKNOWN for key in keys):
        raise bad_answer("a key of the list has no id")
    return keys


def _area(scope: str) -> str:
    """Return the area of a scope, which is named `area:read` or `area:read_write`."""
    return scope.partition(":")[0]


def server_time(data: Any) -> int:
    """Return `result`, in milliseconds."""
    return number(mapping(data), "result")
