"""The simulated Hyperliquid, asked over real sockets."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, NOW, entry, send

Play = Callable[..., Sandbox]

AGENT = str(ENTRIES["hyperliquid"]["api_key"])
MASTER = str(ENTRIES["hyperliquid"]["main_account"])
STRANGER = "0x" + "0" * 40
JSON = {"Content-Type": "application/json"}
UNREADABLE = b"Failed to deserialize the JSON body into the target type"


def info(sandbox: Sandbox, kind: str, user: str = AGENT) -> Any:
    sent = json.dumps({"type": kind, "user": user}).encode()
    status, headers, body = send(sandbox.base_urls["hyperliquid"], "POST", "/info", JSON, sent)
    assert (status, headers["content-type"]) == (200, "application/json")
    return json.loads(body)


def test_role_leads_from_an_agent_to_its_wallet(play: Play) -> None:
    sandbox = play(entry("hyperliquid"))
    assert info(sandbox, "userRole") == {"role": "agent", "data": {"user": MASTER}}
    assert info(sandbox, "userRole", AGENT.upper().replace("0X", "0x")) == {"role": "agent", "data": {"user": MASTER}}
    assert info(sandbox, "userRole", MASTER) == {"role": "user"}
    assert info(sandbox, "userRole", STRANGER) == {"role": "missing"}
    assert [record.key for record in sandbox.requests] == ["33b9", "33b9", "974b", "0000"]


def test_wallet_described_as_a_key_has_its_role(play: Play) -> None:
    wallet = entry("hyperliquid", api_key=MASTER, main_account=None, permissions=["user"])
    assert info(play(wallet), "userRole", MASTER) == {"role": "user"}


@pytest.mark.parametrize("changes", [{"role": "vault"}, {"role": "subAccount", "data": {"master": MASTER}}])
def test_other_roles_can_be_played(play: Play, changes: dict[str, Any]) -> None:
    wallet = entry("hyperliquid", api_key=STRANGER, main_account=None, permissions=["user"], answer=changes)
    assert info(play(wallet), "userRole", STRANGER) == changes


def test_agents_of_a_wallet_are_listed_with_their_ends(play: Play) -> None:
    named = entry("hyperliquid", label="bot", expires="2026-02-15T16:47:48.515Z")
    endless = entry("hyperliquid", api_key="0x" + "A" * 40, label="for-ever")
    unnamed = entry("hyperliquid", api_key="0x" + "b" * 40, label="")
    far = entry("hyperliquid", api_key="0x" + "c" * 40, main_account=STRANGER)
    sandbox = play(named, endless, unnamed, far)
    assert info(sandbox, "extraAgents", MASTER) == [
        {"name": "bot", "address": AGENT, "validUntil": 1771174068515},
        {"name": "for-ever", "address": "0x" + "a" * 40, "validUntil": None},
    ]
    assert info(sandbox, "extraAgents") == []


def test_unnamed_agent_is_told_elsewhere(play: Play) -> None:
    unnamed = entry("hyperliquid", label="", expires="2026-02-15T16:47:48.515Z")
    data = info(play(unnamed), "webData2", MASTER)
    assert (data["agentAddress"], data["agentValidUntil"]) == (AGENT, 1771174068515)
    assert (data["user"], data["serverTime"], data["isVault"]) == (MASTER, NOW, False)
    data = info(play(entry("hyperliquid")), "webData2", MASTER)
    assert (data["agentAddress"], data["agentValidUntil"]) == (None, None)


def test_agent_whose_end_has_come_is_gone(play: Play) -> None:
    sandbox = play(
        entry("hyperliquid", expires="2023-11-14T22:13:20Z"),
        entry("hyperliquid", api_key=STRANGER, label="", expires="2023-11-14T22:13:20Z"),
    )
    assert info(sandbox, "userRole") == {"role": "missing"}
    assert info(sandbox, "extraAgents", MASTER) == []
    assert info(sandbox, "webData2", MASTER)["agentAddress"] is None


def test_there_are_no_sub_accounts(play: Play) -> None:
    assert info(play(entry("hyperliquid")), "subAccounts", MASTER) is None


def test_each_answer_can_be_changed_alone(play: Play) -> None:
    sandbox = play(
        entry("hyperliquid", answer={"list.validUntil": "soon", "added": 1}, omit=["list.name"]),
        entry("hyperliquid", api_key=STRANGER, label="", answer={"key-detail.agentValidUntil": None}),
    )
    assert info(sandbox, "extraAgents", MASTER) == [{"address": AGENT, "validUntil": "soon"}]
    assert info(sandbox, "userRole")["added"] == 1
    assert info(sandbox, "webData2", MASTER)["agentAddress"] == STRANGER


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"[]",
        b"{",
        b'{"type":"userRole"}',
        b'{"type":"userRole","user":"0x12"}',
        b'{"type":"userRole","user":7}',
        b'{"type":"allMids","user":"%s"}' % AGENT.encode(),
    ],
)
def test_unreadable_request_gets_a_plain_text(play: Play, sent: bytes) -> None:
    sandbox = play(entry("hyperliquid"))
    status, headers, body = send(sandbox.base_urls["hyperliquid"], "POST", "/info", JSON, sent)
    assert (status, headers["content-type"], body) == (422, "text/plain; charset=utf-8", UNREADABLE)


def test_request_that_is_no_json_by_its_type_is_refused(play: Play) -> None:
    sent = b'{"type":"userRole","user":"%s"}' % AGENT.encode()
    assert send(play(entry("hyperliquid")).base_urls["hyperliquid"], "POST", "/info", {}, sent)[0] == 415


def test_trading_and_reading_by_get_are_forbidden(play: Play) -> None:
    sandbox = play(entry("hyperliquid"))
    base = sandbox.base_urls["hyperliquid"]
    assert [send(base, "POST", "/exchange", JSON, b"{}")[0], send(base, "GET", "/info")[0]] == [404, 405]
    assert [(record.method, record.path) for record in sandbox.forbidden] == [("POST", "/exchange"), ("GET", "/info")]


def test_refusal_is_that_of_those_who_trade(play: Play) -> None:
    sandbox = play(
        entry("hyperliquid", faults=[{"refuse": {"code": "User or API Wallet", "message": "does not exist."}}])
    )
    assert info(sandbox, "userRole") == {"status": "err", "response": "User or API Wallet does not exist."}
