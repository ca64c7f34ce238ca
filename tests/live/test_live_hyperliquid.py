"""`diff` of Hyperliquid wallets against the simulated exchange: an address is enough, and nothing is signed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, State
from keylint.sandbox.server import Sandbox
from tests.live.trial import SKEWS, Trial
from tests.live.world import LIVE_RULES, NOW_MS, World, key_name

AGENT = "0x286edfa08c04f6899dab3bfdecf2dd133f9733b9"
MASTER = "0x0d1d9635d0640821d15e323ac8adadfa9c111414"
NAME = key_name("hyperliquid")
LIVE = {
    "exchange": "hyperliquid",
    "api_key": AGENT,
    "permissions": ["agent"],
    "main_account": MASTER,
    "label": "bot",
    "expires": "2027-02-15T16:47:48Z",
}
DECLARED = {"exchange": "hyperliquid", "permissions": ["read", "trade.spot", "trade.futures"], "ip_allowlist": None}
END = datetime(2027, 2, 15, 16, 47, 48, tzinfo=UTC)
# For the claims that hold at every exchange; the credential is an address there.
HYPERLIQUID = Trial("hyperliquid", {"address": AGENT}, {}, {}, "/info", "")


def put(world: World, *, given: str = AGENT, **live: Any) -> Sandbox:
    world.declare("kraken", NAME, {"address": given}, **{**DECLARED, "created": None})
    key = {**LIVE, **live}
    return world.play([{name: value for name, value in key.items() if value is not None}])


def shown(world: World) -> LiveKey:
    result = world.ask()
    assert (result.findings, result.unchecked) == ([], [])
    (key,) = result.keys
    assert key.state is State.IN_SYNC
    assert key.live
    return key.live._replace(skew_ms=None)


def test_named_wallet_is_in_sync(world: World) -> None:
    sandbox = put(world)
    assert shown(world) == LiveKey(("agent",), expires=END, label="bot", key_id=AGENT, account_id=MASTER)
    assert HYPERLIQUID.paths(sandbox) == ["/info"] * 2


def test_wallet_without_a_name_is_in_sync_and_its_end_unknown(world: World) -> None:
    put(world, label=None)
    assert shown(world) == LiveKey(("agent",), key_id=AGENT, account_id=MASTER)


def test_wallet_without_an_end_has_none(world: World) -> None:
    put(world, expires=None)
    assert shown(world).expires is None


def test_others_of_the_account_do_not_count(world: World) -> None:
    put(world)
    other = {**LIVE, "api_key": f"0x{'1' * 40}", "label": "other", "expires": "2026-12-01"}
    world.play([other, LIVE])
    assert shown(world).label == "bot"


def test_key_of_the_account_itself_is_too_much(world: World) -> None:
    put(world, given=MASTER)
    result = world.ask(rules=(*LIVE_RULES, "no-withdraw"))
    assert [item.rule for item in result.findings] == ["no-withdraw"]
    (key,) = result.keys
    assert key.live
    assert {"withdraw", "key.manage"} <= set(key.capabilities)
    assert key.live.account_id == MASTER


def test_wallet_that_ended_is_gone(world: World) -> None:
    put(world, expires="2026-11-01")
    assert [item.rule for item in world.ask().findings] == ["key-gone"]


def test_end_that_is_near_is_told(world: World) -> None:
    put(world, expires="2026-12-01")
    assert [item.rule for item in world.ask().findings] == ["live-expiring"]


@pytest.mark.parametrize(
    ("answer", "unmapped"),
    [
        ({"role": "vault", "data": None}, "vault"),
        ({"role": "subAccount", "data": {"master": MASTER}}, "subAccount"),
    ],
)
def test_other_role_is_reported(world: World, answer: Mapping[str, Any], unmapped: str) -> None:
    put(world, answer=dict(answer))
    result = world.ask()
    assert "unknown-live-permission" in [item.rule for item in result.findings]
    (key,) = result.keys
    assert key.live
    assert key.live.unmapped == (unmapped,)
    assert key.live.expires is UNKNOWN


def test_private_key_is_never_sent(world: World) -> None:
    sandbox = put(world, given=f"0x{'ab' * 32}")
    result = world.ask()
    assert [item.reason for item in result.unchecked] == [Reason.BAD_CREDENTIALS]
    assert "ab" * 8 not in repr(result.unchecked)
    assert sandbox.requests == ()


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_clock_does_not_matter(world: World, skew_ms: int) -> None:
    put(world)
    assert [key.state for key in world.ask(clock=lambda: NOW_MS + skew_ms).keys] == [State.IN_SYNC]


@pytest.mark.parametrize("code", ["missing", "User or API Wallet"])
def test_unknown_wallet_is_gone(world: World, code: str) -> None:
    put(world, faults=[{"refuse": {"code": code, "message": "0x does not exist."}}])
    result = world.ask()
    assert [item.rule for item in result.findings] == ["key-gone"]
    assert [key.state for key in result.keys] == [State.DRIFT]


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (["html"], Reason.BAD_ANSWER),
        (["not_an_object"], Reason.BAD_ANSWER),
        (["wrong_types"], Reason.BAD_ANSWER),
        (["server_error"], Reason.MAINTENANCE),
        (["reset"], Reason.UNREACHABLE),
    ],
)
def test_answer_without_sense_is_told(world: World, faults: list[Any], reason: Reason) -> None:
    put(world, faults=faults)
    assert [item.reason for item in world.ask().unchecked] == [reason]
