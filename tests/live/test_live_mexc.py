"""`diff` of MEXC keys against the simulated exchange: what the answer tells, and when a key ends."""

from datetime import UTC, datetime

import pytest

from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, State
from tests.live.five import MEXC
from tests.live.trial import SKEWS
from tests.live.world import NOW_MS, World


def test_key_is_shown_whole(world: World) -> None:
    MEXC.put(world)
    assert MEXC.shown(world) == LiveKey(
        rights=("SPOT_ACCOUNT_READ", "SPOT_DEAL_WRITE"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        created=datetime(2026, 9, 1, 8, tzinfo=UTC),
        expires=UNKNOWN,
        label="grid-bot",
        key_id="mx0aBYs33eIilxBWC5",
    )


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_end_is_counted_by_the_clock_of_the_exchange(world: World, skew_ms: int) -> None:
    MEXC.put(world, live={"expires": "2027-01-10T00:00:00Z"})
    (key,) = world.ask(clock=lambda: NOW_MS + skew_ms).keys
    assert key.live
    assert isinstance(key.live.expires, datetime)
    assert abs((key.live.expires - datetime(2027, 1, 10, tzinfo=UTC)).total_seconds()) < 2


def test_key_that_has_ended_is_answered_like_a_wrong_secret(world: World) -> None:
    MEXC.put(world, live={"expires": "2026-11-21T00:00:00Z"})
    entry = MEXC.refused(world)
    assert entry.reason is Reason.BAD_SIGNATURE
    assert "the key has expired" in entry.hint


def test_address_that_the_exchange_saw_is_named(world: World) -> None:
    MEXC.put(world, live={"client_address": "192.0.2.1"})
    assert "the exchange saw the address 192.0.2.1" in MEXC.refused(world).hint


def test_flags_of_the_account_are_no_rights_of_the_key(world: World) -> None:
    MEXC.put(world, live={"answer": {"canTrade": True, "canWithdraw": True, "canDeposit": True}})
    assert MEXC.states(world) == [State.IN_SYNC]
