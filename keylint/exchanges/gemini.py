"""Gemini: POST /v1/roles, signed with HMAC-SHA384; all that is asked stands in a header.

A key takes either the time in seconds as its nonce, or any number that rises, in whatever unit its program counts. So
seconds come first, then seconds a minute ahead, and milliseconds, which the exchange advises for a rising nonce, only
where those are refused too: a program that counts seconds would be locked out by them for good.
Source: developer.gemini.com, «Roles», «Private API invocation» and «Error Codes», 2026.
"""

import base64
import json
import re
from functools import partial
from typing import Any

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import bad_answer, mapping, switch
from keylint.exchanges.signing import hmac_sha384_hex
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

AHEAD_SECONDS = 60
"""How far ahead of the time a nonce is that tells a program that counts seconds from one with a larger unit."""

FARTHEST_SECONDS = 31 * 86_400
"""How far the exchange's time may be from this machine's."""

TIME_STEP_MS = 1
"""The resolution of the exchange's time call, had it one."""

USES = ("key",)

_NONCE = ("InvalidNonce",)
_THEIR_TIME = re.compile(r"server time '([0-9]{10})'")
_ACCOUNT = "account-"
_OFF = (None, False, "", 0, "0", "false", "False")


def body(path: str, nonce: int) -> str:
    """Return what is asked: the path once more, and the nonce."""
    return json.dumps({"request": path, "nonce": nonce}, separators=(",", ":"))


def payload(text: str) -> str:
    """Return the value of `X-GEMINI-PAYLOAD`, which is what is signed."""
    return base64.b64encode(text.encode()).decode()


def signature(encoded: str, secret: str) -> str:
    """Return the value of `X-GEMINI-SIGNATURE`."""
    return hmac_sha384_hex(secret, encoded.encode())


def sign(method: str, path: str, credentials: Credentials, now_ms: int, nonce: int | None = None) -> Request:
    """Return the signed request; its nonce is the time in seconds where no other is given."""
    if not (secret := credentials.get("api_secret")):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`")
    encoded = payload(body(path, now_ms // 1000 if nonce is None else nonce))
    headers = {
        "X-GEMINI-APIKEY": credentials.get("api_key") or "",
        "X-GEMINI-PAYLOAD": encoded,
        "X-GEMINI-SIGNATURE": signature(encoded, secret),
        "Content-Type": "text/plain",
        "Cache-Control": "no-cache",
    }
    return Request(method, path, headers=headers)


def ahead(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the request with a nonce in seconds that lies ahead."""
    return sign(method, path, credentials, now_ms, now_ms // 1000 + AHEAD_SECONDS)


def fine(method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
    """Return the request with a nonce in milliseconds."""
    return sign(method, path, credentials, now_ms, now_ms)


def steps(credentials: Credentials, now_ms: int) -> Steps:
    """Ask with the smallest nonce that the key takes, and say whether the key is bound to one account."""
    told = yield Step("key", accepts=_NONCE)
    if isinstance(told, Error):
        theirs = _THEIR_TIME.search(told.text)
        if theirs:
            # Such a key wants the time, and the exchange says which it has. One of a far day is not believed: where
            # nonces rise after all, it would lock the key's other users out for good.
            if abs(int(theirs[1]) - now_ms // 1000) > FARTHEST_SECONDS:
                message = "this machine's clock and that of gemini are more than 31 days apart"
                raise Refusal(Reason.CLOCK_SKEW, message, "set this machine's clock")
            told = yield Step("key", partial(sign, nonce=int(theirs[1])))
        else:
            told = yield Step("key", ahead, accepts=_NONCE)
    if isinstance(told, Error):
        told = yield Step("key", fine)
    return {"roles": told, "of_account": (credentials.get("api_key") or "").startswith(_ACCOUNT)}


def error(answer: Answer) -> Error | None:
    """Return `reason`, a word, of `{"result": "error", …}`."""
    data = answer.data
    if not isinstance(data, dict) or data.get("result") != "error" or not isinstance(data.get("reason"), str):
        return None
    return Error(data["reason"], str(data.get("message") or ""))


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the key's state: a boolean for each role. The role that only master keys have is never named."""
    asked = mapping(data)
    fields = mapping(asked.get("roles"))
    flags = {name: switch(fields, name) for name in facts.rights}
    if all(value is UNKNOWN for value in flags.values()):
        raise bad_answer("it holds no role at all")
    impossible = [name for name, right in facts.rights.items() if right.silent and asked.get("of_account") is True]
    return LiveKey(
        rights=tuple(name for name, value in flags.items() if value is True),
        unmapped=tuple(name for name, value in fields.items() if name not in facts.rights and _is_on(name, value)),
        unreported=tuple(name for name, value in flags.items() if value is UNKNOWN and name not in impossible),
    )


def _is_on(name: str, value: Any) -> bool:
    """Tell whether a field that the facts do not list is a role that is on: in doubt it is."""
    return value is True or (name.startswith("is") and value not in _OFF)


def server_time(data: Any) -> int:
    """Refuse whatever it is: the facts name no time call."""
    del data
    raise bad_answer("there is no time call")
