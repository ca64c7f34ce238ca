"""An exchange gets no more calls than it documents, and no key pays for that with its time."""

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest

from keylint.diff.comparing import Comparison
from keylint.exchanges import pacing
from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.http import Door
from keylint.exchanges.pacing import Pace
from keylint.model.facts import Facts, Rate
from keylint.model.finding import Reason
from tests.live.test_live_isolation import many
from tests.live.world import World


def turns(rate: Rate | None, calls: list[tuple[str, str]]) -> list[float]:
    """Return in how many seconds each of several calls made at once may leave."""

    async def all_of_them() -> list[float]:
        pace = Pace(rate)
        return [round(pace.delay(account, path), 1) for account, path in calls]

    return asyncio.run(all_of_them())


@pytest.fixture
def paced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SLACK", 1.0)


@pytest.mark.usefixtures("paced")
@pytest.mark.parametrize(
    ("of", "waits"),
    [
        ("address", [0, 0, 2, 2, 4, 0]),
        ("unknown", [0, 0, 2, 2, 4, 0]),
        ("account", [0, 0, 0, 2, 0, 0]),
        ("key", [0, 0, 0, 0, 0, 0]),
    ],
)
def test_calls_wait_for_those_that_count_together(of: str, waits: list[float]) -> None:
    calls = [("a", "/key"), ("a", "/key"), ("b", "/key"), ("a", "/key"), ("b", "/key"), ("a", "/other")]
    assert turns(Rate(2, 2, of), calls) == waits


def test_without_a_documented_rate_nobody_waits() -> None:
    assert turns(None, [("a", "/key")] * 100) == [0] * 100


def paced_world(world: World, monkeypatch: pytest.MonkeyPatch, rate: Rate, count: int, **live: Any) -> Any:
    monkeypatch.setattr(pacing, "SLACK", 1.0)
    monkeypatch.setattr(Facts, "rate", rate)
    return world.play(many(world, "binance", count, **live))


def test_no_window_holds_more_calls_than_documented(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[float] = []
    sandbox = paced_world(world, monkeypatch, Rate(3, 0.3, "address"), 10)
    original = Pace.delay

    def delay(self: Pace, account: str, path: str) -> float:
        seconds = original(self, account, path)
        came.append(asyncio.get_running_loop().time() + seconds)
        return seconds

    monkeypatch.setattr(Pace, "delay", delay)
    result = world.ask(jobs=10, timeout=0.8)  # less than all ten take together: waiting for a turn does not count
    assert [item.message for item in result.unchecked] == []
    assert len(came) == len([r for r in sandbox.requests if r.path != "/api/v3/time"]) == 10
    came.sort()
    assert all(later - first >= 0.299 for first, later in zip(came, came[3:], strict=False))
    assert came[-1] - came[0] >= 0.899
    assert all(a <= b for a, b in pairwise(came))


def test_after_a_ban_nobody_waits_for_a_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = paced_world(world, monkeypatch, Rate(1, 60, "address"), 5, faults=["banned"])
    result = world.ask(jobs=1, timeout=5)
    assert [item.reason for item in result.unchecked] == [Reason.RATE_LIMITED] * 5
    assert len([record for record in sandbox.requests if record.path != "/api/v3/time"]) == 1


def test_a_ban_ends_the_waiting_of_all_others_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = paced_world(world, monkeypatch, Rate(1, 60, "address"), 5, faults=["banned"])
    began = time.monotonic()
    result = world.ask(jobs=5, timeout=5)
    assert time.monotonic() - began < 2
    assert [item.reason for item in result.unchecked] == [Reason.RATE_LIMITED] * 5
    assert len([record for record in sandbox.requests if record.path != "/api/v3/time"]) == 1


def test_further_attempts_keep_to_the_rate_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = paced_world(world, monkeypatch, Rate(1, 0.2, "address"), 2, faults=["server_error"])
    left: list[float] = []
    original = Door.send

    async def send(self: Door, request: Request) -> Answer:
        if request.path != "/api/v3/time":
            left.append(asyncio.get_running_loop().time())
        return await original(self, request)

    monkeypatch.setattr(Door, "send", send)
    result = world.ask(jobs=2, timeout=0.5)  # the turns take longer than that, and do not count
    assert [item.reason for item in result.unchecked] == [Reason.MAINTENANCE] * 2
    assert len(left) == len([record for record in sandbox.requests if record.path != "/api/v3/time"]) == 6
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(left))


def test_a_paced_exchange_does_not_delay_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SLACK", 1.0)
    rates = {"binance": Rate(1, 0.5, "address"), "kraken": None}
    monkeypatch.setattr(Facts, "rate", property(lambda self: rates[self.exchange]))
    world.play([*many(world, "binance", 3), *many(world, "kraken", 20)])
    world.write()
    ended: list[str] = []
    original = Comparison.tell

    def tell(self: Comparison, declared: Any, outcome: Any) -> None:
        ended.append(declared.key.exchange)
        original(self, declared, outcome)

    monkeypatch.setattr(Comparison, "tell", tell)
    world.ask(jobs=4)
    assert ended[-2:] == ["binance", "binance"]
    assert ended.count("kraken") == 20
