"""`diff` of BingX keys against the simulated exchange: two calls that complete each other."""

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from tests.live.five import BINGX, CALLS, assert_agrees
from tests.live.world import World


def test_key_is_shown_whole(world: World) -> None:
    BINGX.put(world)
    (key,) = world.ask().keys
    assert key.live == LiveKey(
        rights=("enableReading", "enableSpotAndMarginTrading"),
        unreported=("Manage Subaccounts",),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        created=datetime(2026, 9, 1, 8, tzinfo=UTC),
        label="grid-bot",
        key_id=BINGX.given["api_key"],
        skew_ms=0,
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"permissions": ["1", "2"]},
        {"ipAddresses": "203.0.113.10"},
        {"ipAddresses": ["203.0.113.10", ""]},
        {"key-flags.enableFutures": 0},
        {"key-flags.enableFutures": None},
        {"key-flags.enableWithdrawals": False},
        {"key-flags.createTime": "1788249600000"},
    ],
)
def test_other_shapes_agree_as_well(world: World, answer: dict[str, Any]) -> None:
    BINGX.put(world, live={"answer": answer})
    assert_agrees(world, BINGX)


def test_withdrawal_shows_in_the_codes_only(world: World) -> None:
    live = {"permissions": ["enableReading", "enableSpotAndMarginTrading", "enableWithdrawals"]}
    sandbox = BINGX.put(world, live=live)
    result = world.ask()
    assert [item.rule for item in result.findings] == ["permission-extra"]
    assert "withdraw" in result.keys[0].capabilities
    assert BINGX.paths(sandbox) == CALLS["bingx"]


def test_booleans_alone_leave_withdrawal_open(world: World) -> None:
    BINGX.put(world, live={"omit": ["permissions"]})
    result = world.ask()
    assert [item.message for item in result.unchecked] == [
        "the answer is silent about enableWithdrawals, enableInternalTransfer"
    ]
    assert [key.state for key in result.keys] == [State.UNCHECKED]


def test_key_that_may_not_read_is_told(world: World) -> None:
    BINGX.put(world, live={"permissions": ["enableFutures"]})
    assert BINGX.refused(world).reason is Reason.PERMISSION_DENIED


def test_simulated_trading_is_another_host(world: World) -> None:
    BINGX.put(world, declared={"environment": "demo"})
    assert_agrees(world, BINGX)
