"""BitMEX: GET /api/v1/apiKey, signed with HMAC-SHA256; it lists all keys of the account.

Source: www.bitmex.com/app/apiKeysUsage, and the specification in github.com/BitMEX/api-connectors, 2024-05.
"""

from collections.abc import Mapping
from typing import Any, Literal

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, date_time, identity, mapping, text, texts, words
from keylint.exchanges.listing import Rows, kept, rows_of
from keylint.exchanges.signing import hmac_sha256_hex
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, Unknown

LIFETIME_SECONDS = 60
"""How long a request is good for. The exchange has no documented time call: a clock that is less behind will do."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call, had it one."""

USES = ("key",)
LISTS = ("key",)

_FIELDS = ("id", "name", "permissions", "cidrs", "cidr", "created", "userId", "targetAccountId")


def payload(method: str, path: str, expires: int, body: str = "") -> str:
    """Return the text that is signed; `path` with the query as it is sent, `expires` in seconds."""
    return f"{method}{path}{expires}{body}"


def signature(text: str, secret: str) -> str:
    """Return the value of `api-signature`."""
    return hmac_sha256_hex(secret, text.encode())


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the signed request: no nonce, but the time at which it ends."""
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    expires = now_ms // 1000 + LIFETIME_SECONDS
    headers = {
        "api-key": credentials.get("api_key") or "",
        "api-expires": str(expires),
        "api-signature": signature(payload(method, path, expires), secret),
    }
    return Request(method, path, headers=headers)


def error(answer: Answer) -> Error | None:
    """Return the first sentence of `error.message` as the code, for there is no other: a second one holds the time."""
    data = answer.data
    said = data.get("error") if isinstance(data, dict) else None
    words = said.get("message") if isinstance(said, dict) else said
    if not isinstance(words, str) or not words:
        return None
    first, dot, _ = words.partition(". ")
    return Error(first + dot.strip(), words)


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask once, and return the one entry that is about this key."""
    rows = _rows((yield Step("key")))
    key_id = credentials.get("api_key")
    found = next((row for row in rows if row.get("id") == key_id), None)
    if found is None:
        raise bad_answer("this key is not in it")
    return found


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask once, and return every entry."""
    return _rows((yield Step("key")))


def _rows(data: Any) -> Rows:
    """Return the entries without their secrets, for which the specification has a field."""
    return [kept(row, _FIELDS) for row in rows_of(data, "the list of keys")]


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the state of a key from its entry. A key without any permission reads."""
    row = mapping(data)
    names = words(row, "permissions")
    if names is UNKNOWN:
        raise bad_answer("it holds no permissions")
    restricted, addresses = allowlist(_addresses(row))
    return LiveKey(
        rights=tuple(name for name in names if name in facts.rights),
        unmapped=tuple(name for name in names if name not in facts.rights),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=date_time(row, "created"),
        label=text(row, "name"),
        key_id=text(row, "id"),
        account_id=_account(row),
    )


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return each key of the account."""
    keys = tuple(read(row, facts) for row in rows_of(data, "the list of keys"))
    if any(key.key_id is UNKNOWN for key in keys):
        raise bad_answer("a key of the list has no id")
    return keys


def _addresses(row: Mapping[str, Any]) -> tuple[str, ...] | Literal[Unknown.UNKNOWN]:
    """Return `cidrs`; where that is empty or absent, the one network of the older `cidr`."""
    networks = texts(row, "cidrs")
    if networks is UNKNOWN or not networks:
        one = text(row, "cidr")
        if one is UNKNOWN:
            return networks
        networks = (one,) if one else ()
    return networks


def _account(row: Mapping[str, Any]) -> str | Literal[Unknown.UNKNOWN]:
    """Return the account that the key acts on: a sub-account where one is named, else its owner's."""
    acting = identity(row, "targetAccountId")
    return identity(row, "userId") if acting is UNKNOWN else acting


def server_time(data: Any) -> int:
    """Refuse whatever it is: the facts name no time call."""
    del data
    raise bad_answer("there is no time call")
