"""Upbit (Korea): GET /v1/api_keys, each request with a token (JWT) in HS256; it lists all keys of the account.

An answer holds ids and ends, and nothing of rights or addresses; the list of all pockets' keys does.
Source: docs.upbit.com/kr, reference: list-api-keys and list-pocket-api-keys, 2026-07; global-docs.upbit.com,
«Authentication», 2026-08.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, date_time, mapping, text, texts
from keylint.exchanges.listing import kept, own_rows, rows_of
from keylint.exchanges.signing import hmac_token
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

TIME_STEP_MS = 1000
"""The resolution of the exchange's time, which only its answers' headers tell."""

USES = ("key",)
LISTS = ("list",)

_LISTED = ("access_key", "permissions", "allowed_ips", "created_at", "expired_at")
_CAPABILITIES = {"deposit": "make deposits", "withdraw": "make withdrawals"}
"""Words of the list that are names of capabilities, too: in the facts they would mean those."""
_SHOWN_OF_ID = 8


def claims(key_id: str, nonce: str) -> Mapping[str, object]:
    """Return what a token of a request without parameters says: no time, and a nonce that is never repeated."""
    return {"access_key": key_id, "nonce": nonce}


def sign(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:  # noqa: ARG001 - as the Protocol has it
    """Return the request with a token of its own; the secret is used as it is written, not decoded."""
    return bearer(method, path, credentials, claims(credentials.get("api_key") or "", str(uuid4())))


def bearer(method: str, path: str, credentials: Credentials, said: Mapping[str, object]) -> Request:
    """Return the request with a token of these claims."""
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    return Request(method, path, headers={"Authorization": f"Bearer {hmac_token(said, secret)}"})


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask once, and return the one entry that is about this key."""
    return own((yield Step("key")), credentials.get("api_key") or "")


def own(data: Any, key_id: str) -> Mapping[str, Any]:
    """Return a key's entry of the list; Refusal where there is none, or more than one may be it.

    Whether the list masks ids is not documented: stars stand for what is not shown.
    """
    matching = [row for row in rows_of(data, "it") if _is_of(row.get("access_key"), key_id)]
    if len(matching) != 1:
        raise bad_answer(f"{len(matching)} of its keys may be this one" if matching else "this key is not in it")
    return matching[0]


def _is_of(shown: Any, key_id: str) -> bool:
    """Tell whether an id, as the list shows it, may be that of a key."""
    if not isinstance(shown, str) or "*" not in shown:
        return shown == key_id
    start, end = shown.partition("*")[0], shown.rpartition("*")[2]
    return len(start + end) >= _SHOWN_OF_ID and key_id.startswith(start) and key_id.endswith(end)


def error(answer: Answer) -> Error | None:
    """Return `name` of `{"error": {"name": …, "message": …}}`."""
    said = answer.data.get("error") if isinstance(answer.data, dict) else None
    if not isinstance(said, dict) or isinstance(said.get("name"), bool) or not isinstance(said.get("name"), int | str):
        return None
    return Error(str(said["name"]), str(said.get("message") or ""))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the state of a key from its entry: of its rights nothing is said."""
    fields = mapping(data)
    key_id = text(fields, "access_key")
    return LiveKey(
        rights=(),
        unreported=tuple(facts.rights),
        expires=date_time(fields, "expire_at"),
        key_id=UNKNOWN if key_id is UNKNOWN or "*" in key_id else key_id,
    )


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the keys of all pockets, which are the sub-accounts there, and of the main one."""
    pockets = rows_of((yield Step("list")), "the list of pockets")
    return own_rows(
        [
            {**kept(row, _LISTED), "uuid": pocket.get("uuid")}
            for pocket in pockets
            for row in rows_of(pocket.get("keys"), "keys")
        ]
    )


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of all pockets, whose rights stand there in English words."""
    return tuple(_listed_key(row, facts) for row in rows_of(data, "the list of keys"))


def _listed_key(row: Mapping[str, Any], facts: Facts) -> LiveKey:
    named = texts(row, "permissions")
    if named is UNKNOWN:
        raise bad_answer("a key of the list has no permissions")
    names = {name: facts.names.get(_CAPABILITIES.get(name, name)) for name in named}
    restricted, addresses = allowlist(texts(row, "allowed_ips"))
    return LiveKey(
        rights=tuple(dict.fromkeys(right for right in names.values() if right)),
        unmapped=tuple(name for name, right in names.items() if not right),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        created=date_time(row, "created_at"),
        expires=date_time(row, "expired_at"),
        key_id=text(row, "access_key"),
        account_id=text(row, "uuid"),
    )


def server_time(data: Any) -> int:  # noqa: ARG001 - as the Protocol has it
    """Refuse: the exchange has no time call, and so the facts name none."""
    raise bad_answer("the exchange has no time call")
