"""Hyperliquid: POST /info, which anybody may ask of any address; nothing is signed and no private key is needed.

The role of an address tells what its key may do; the named wallets of an account, with their ends, are another list.
Source: github.com/hyperliquid-dex/hyperliquid-python-sdk (2026-04), info.py and test_extra_agents.yaml;
github.com/nktkas/hyperliquid (2026-08), userRole.ts and extraAgents.ts.
"""

import json
import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step, Steps
from keylint.exchanges.fields import bad_answer, mapping, moment, text
from keylint.exchanges.listing import Rows, kept, rows_of
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, MaybeTime, Unknown

TIME_STEP_MS = 1000
"""The resolution of the exchange's time, which only its answers' headers tell."""

USES = ("key",)

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_UNKNOWN_SIGNER = "User or API Wallet"


def body(kind: str, address: str) -> bytes:
    """Return what is asked of an address: `userRole` or `extraAgents`."""
    return json.dumps({"type": kind, "user": address}, separators=(",", ":")).encode()


def sign(
    method: str,
    path: str,
    credentials: Credentials,
    now_ms: int,  # noqa: ARG001 - as the Protocol has it
    kind: str = "userRole",
    user: str = "",
) -> Request:
    """Return the request, which is not signed: about the address of the credentials, or about another one."""
    asked = body(kind, user or address(credentials))
    return Request(method, path, headers={"Content-Type": "application/json"}, body=asked)


def address(credentials: Credentials) -> str:
    """Return the address whose key is looked at; Refusal where it is none, before it is sent to anybody."""
    given = credentials.get("address") or ""
    if not given:
        raise Refusal(Reason.NO_CREDENTIALS, "`address` is missing", "add `address:` under `credentials`")
    if not _ADDRESS.fullmatch(given):
        hint = "it is 0x and 40 hexadecimal digits; a private key is never needed here"
        raise Refusal(Reason.BAD_CREDENTIALS, "`address` is not an address", hint)
    return given


def steps(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as the Protocol has it
    """Ask for the role of the address, and where it is a wallet of an account, for the named ones of these."""
    asked = address(credentials)
    told = mapping((yield Step("key")))
    role = text(told, "role")
    if role is UNKNOWN:
        raise bad_answer("it holds no role")
    account = asked if role == "user" else _account(told)
    wallet: Mapping[str, Any] = {}
    if role == "agent":
        if account is UNKNOWN or not _ADDRESS.fullmatch(account):
            raise bad_answer("it names no account")
        wallets = _wallets((yield Step("key", partial(sign, kind="extraAgents", user=account))))
        wallet = next((row for row in wallets if str(row.get("address")).lower() == asked.lower()), {})
    return {"address": asked, "role": role, "account": None if account is UNKNOWN else account, "wallet": wallet}


def _account(told: Mapping[str, Any]) -> str | Literal[Unknown.UNKNOWN]:
    """Return the address of the account that an address belongs to."""
    if told.get("data") is None:
        return UNKNOWN
    about = mapping(told["data"], "data")
    return text(about, "user" if "user" in about else "master")


def _wallets(data: Any) -> Rows:
    """Return the named wallets of an account; the one without a name is not among them."""
    return [kept(row, ("address", "name", "validUntil")) for row in rows_of(data, "the list of wallets")]


def error(answer: Answer) -> Error | None:
    """Return `missing` for an address that the exchange does not know, else what stands in `response` of a refusal."""
    data = answer.data
    if not isinstance(data, dict):
        return None
    if data.get("role") == "missing":
        return Error("missing")
    words = data.get("response")
    if data.get("status") != "err" or not isinstance(words, str):
        return None
    return Error(_UNKNOWN_SIGNER if words.startswith(_UNKNOWN_SIGNER) else "err", words)


def read(data: Any, facts: Facts) -> LiveKey:
    """Return the state of the key behind an address: its role is its right. There are no address lists at all."""
    fields = mapping(data)
    role = text(fields, "role")
    if role is UNKNOWN:
        raise bad_answer("it holds no role")
    wallet = mapping(fields.get("wallet"), "wallet")
    return LiveKey(
        rights=(role,) if role in facts.rights else (),
        unmapped=() if role in facts.rights else (role,),
        expires=_end(wallet),
        label=text(wallet, "name"),
        key_id=text(fields, "address"),
        account_id=text(fields, "account"),
    )


def _end(wallet: Mapping[str, Any]) -> MaybeTime:
    """Return the end of a named wallet, in milliseconds; null is none. Of any other address it is not told here."""
    if "validUntil" in wallet and wallet["validUntil"] is None:
        return None
    return moment(wallet, "validUntil", per_second=1000)


def server_time(data: Any) -> int:  # noqa: ARG001 - as the Protocol has it
    """Refuse: the exchange has no time call, and so the facts name none."""
    raise bad_answer("the exchange has no time call")
