"""OKX (v5): GET /api/v5/account/config, signed with HMAC-SHA256; a demo key needs a header more, which the facts name.

Source: www.okx.com/docs-v5, «Get account configuration» and «Authentication», 2025-11.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import allowlist, bad_answer, identity, mapping, moment, number, text, words
from keylint.exchanges.listing import MOST_CALLS, Rows, bounded, few, kept, named, rows_of
from keylint.exchanges.signing import encoded_query, hmac_sha256_base64
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

TIME_STEP_MS = 1
"""The resolution of the exchange's time call."""

LISTS = ("list-accounts", "list")

_LISTED = ("label", "apiKey", "perm", "ip", "ts")
_NO_KEY = "59506"


def timestamp(now_ms: int) -> str:
    """Return a time as the exchange wants it: 2020-12-08T09:08:57.715Z."""
    seconds, millis = divmod(now_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{millis:03}Z"


def payload(moment: str, method: str, target: str, body: str = "") -> str:
    """Return the text that is signed; `target` is the path with the query, as sent."""
    return f"{moment}{method}{target}{body}"


def signature(text: str, secret: str) -> str:
    """Return the value of `OK-ACCESS-SIGN`."""
    return hmac_sha256_base64(secret, text.encode())


def sign(
    method: str, path: str, credentials: Credentials, now_ms: int, asked: Mapping[str, str] | None = None
) -> Request:
    """Return the signed request; the passphrase goes along as it is."""
    given = {name: credentials.get(name) or "" for name in ("api_key", "api_secret", "passphrase")}
    for name, value in given.items():
        if not value:
            raise Refusal(Reason.NO_CREDENTIALS, f"`{name}` is missing", f"add `{name}:` under `credentials`")
    sent_at = timestamp(now_ms)
    query = encoded_query(asked or {})
    target = f"{path}?{query}" if query else path
    headers = {
        "OK-ACCESS-KEY": given["api_key"],
        "OK-ACCESS-SIGN": signature(payload(sent_at, method, target), given["api_secret"]),
        "OK-ACCESS-TIMESTAMP": sent_at,
        "OK-ACCESS-PASSPHRASE": given["passphrase"],
    }
    return Request(method, path, query, headers)


def error(answer: Answer) -> Error | None:
    """Return `code`, a text; «0» is none. It comes with HTTP 200 or with a status of its own."""
    data = answer.data
    code = data.get("code") if isinstance(data, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | str) or str(code) == "0":
        return None
    return Error(str(code), str(data.get("msg") or ""))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state: one object in a list. What `perm` does not name is off; an empty `ip` is no list."""
    return _key(mapping(_only(mapping(data).get("data")), "data[0]"), facts)


def _key(fields: Mapping[str, Any], facts: Facts) -> LiveKey:
    rights = words(fields, "perm")
    if rights is UNKNOWN:
        raise bad_answer("it holds no perm")
    restricted, addresses = allowlist(words(fields, "ip"))
    return LiveKey(
        rights=tuple(name for name in rights if name in facts.rights),
        unmapped=tuple(name for name in rights if name not in facts.rights),
        ip_restricted=restricted,
        ip_allowlist=addresses,
        label=text(fields, "label"),
        account_id=identity(fields, "uid"),
    )


def listing(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the sub-accounts, then for the keys of each."""
    return bounded(_listed())


def _listed() -> Steps:
    found: Rows = []
    told = yield Step("list-accounts", partial(sign, asked={"limit": str(MOST_CALLS)}))
    for account in few(rows_of(mapping(told).get("data"), "data")):
        # Whether a sub-account without keys has an empty list or this refusal is not documented.
        keys = yield Step("list", partial(sign, asked={"subAcct": named(account, "subAcct")}), accepts=(_NO_KEY,))
        rows = [] if isinstance(keys, Error) else rows_of(mapping(keys).get("data"), "data")
        found += [{**kept(row, _LISTED), "uid": account.get("uid")} for row in rows]
    return found


def read_listing(data: Any, facts: Facts) -> tuple[LiveKey, ...]:
    """Return the keys of the sub-accounts, with ids and creation beside what a key shows of itself."""
    return tuple(
        _key(row, facts)._replace(key_id=text(row, "apiKey"), created=moment(row, "ts", per_second=1000))
        for row in rows_of(data, "the list")
    )


def _only(data: Any) -> Any:
    """Return the one element of `data`."""
    if not isinstance(data, list) or len(data) != 1:
        raise bad_answer("data is not a list of one")
    return data[0]


def server_time(data: Any) -> int:
    """Return `data[0].ts`, a text, in milliseconds."""
    return number(mapping(_only(mapping(data).get("data")), "data[0]"), "ts")
