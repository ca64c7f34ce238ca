"""Bitfinex: POST /v2/auth/r/permissions, signed with HMAC-SHA384 over path, nonce and body.

A nonce need only rise, in whatever unit a key's program counts. So milliseconds come first, then some that lie ahead,
and microseconds, which the exchange's own libraries count, only where those are refused too: a program that counts
milliseconds would be locked out by them for good.
Source: docs.bitfinex.com, «Key Permissions», and github.com/bitfinexcom/bitfinex-api-py, 2026-07.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import bad_answer, switch
from keylint.exchanges.signing import hmac_sha384_hex
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, Unknown

AHEAD_MS = (0, 1000, 60_000)
"""How far ahead of the time the nonces in milliseconds are.

A second passes a busy program whose requests overtake ours, a minute one whose clock is ahead: neither is locked out
for longer. What is above that counts in a larger unit.
"""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call, had it one."""

USES = ("key",)

BODY = "{}"
"""What is asked: nothing."""

_LOW_NONCE = ("10114",)
_PLACES = ("read", "write")


def payload(path: str, nonce: int, body: str) -> str:
    """Return the text that is signed: the path begins with /api, which the URL does not."""
    return f"/api{path}{nonce}{body}"


def signature(text: str, secret: str) -> str:
    """Return the value of `bfx-signature`."""
    return hmac_sha384_hex(secret, text.encode())


def sign(method: str, path: str, credentials: Credentials, now_ms: int, ahead_ms: int = 0, per_ms: int = 1) -> Request:
    """Return the signed request; the nonce is the time, in milliseconds unless `per_ms` says otherwise."""
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    nonce = (now_ms + ahead_ms) * per_ms
    headers = {
        "bfx-apikey": credentials.get("api_key") or "",
        "bfx-nonce": str(nonce),
        "bfx-signature": signature(payload(path, nonce, BODY), secret),
        "Content-Type": "application/json",
    }
    return Request(method, path, headers=headers, body=BODY.encode())


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask with the smallest nonce that the key takes."""
    for ahead_ms in AHEAD_MS:
        told = yield Step("key", partial(sign, ahead_ms=ahead_ms), accepts=_LOW_NONCE)
        if not isinstance(told, Error):
            return told
    return (yield Step("key", partial(sign, per_ms=1000)))


def error(answer: Answer) -> Error | None:
    """Return the code of `["error", 10100, "apikey: invalid"]`, often with HTTP 500, or the word of `{"error": …}`."""
    match answer.data:
        case ["error", int() | str() as code, *rest] if not isinstance(code, bool):
            return Error(str(code), " ".join(part for part in rest if isinstance(part, str)))
        case {"error": str() as code} if code:
            return Error(code, code)
    return None


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state: triples of a scope, if it reads and if it writes. A scope that is absent is unknown."""
    if not isinstance(data, list) or not data:
        raise bad_answer("it is not a list of permissions")
    flags = dict(_flags(data, facts))
    if len(flags) != len(data) * len(_PLACES):
        raise bad_answer("a scope stands twice")
    on = [name for name, value in flags.items() if value is True]
    return LiveKey(
        rights=tuple(name for name in on if name in facts.rights),
        unmapped=tuple(name for name in on if name not in facts.rights and not facts.is_no_right(name)),
        unreported=tuple(name for name in facts.rights if flags.get(name, UNKNOWN) is UNKNOWN),
    )


def _flags(rows: list[Any], facts: Facts) -> Iterator[tuple[str, bool | Literal[Unknown.UNKNOWN]]]:
    """Yield each right that is named, with whether it is on."""
    for row in rows:
        if not isinstance(row, list) or len(row) != 1 + len(_PLACES) or not isinstance(row[0], str):
            raise bad_answer("a permission is not a scope with two numbers")
        for place, value in zip(_PLACES, row[1:], strict=True):
            name = f"{row[0]}.{place}"
            # A name that nobody knows may be anything, even what was sent: it is not repeated.
            shown = name if name in facts.rights else "a permission"
            yield name, switch({shown: value}, shown)


def server_time(data: Any) -> int:
    """Refuse whatever it is: the facts name no time call."""
    del data
    raise bad_answer("there is no time call")
