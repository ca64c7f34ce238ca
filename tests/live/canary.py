"""Runs `diff` with every report and every talkative fault, and looks for what must not come out."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.http import Door
from keylint.sandbox.server import system_clock
from tests.live.test_live_secrets import assert_clean, random_text, run_everywhere
from tests.live.trial import Trial
from tests.live.world import World

TALKATIVE: tuple[Any, ...] = (
    [],
    ["echo"],
    [{"echo": {"status": 200}}],
    [{"echo": {"status": 401}}],
    [{"echo": {"status": 503}}],
    ["echo", "hostile_text"],
    ["hostile_text"],
    ["wrong_types"],
    ["html"],
    ["not_an_object"],
)
_LONG = 20


def assert_nothing_comes_out(
    world: World, trial: Trial, monkeypatch: pytest.MonkeyPatch, faults: list[Any], live: Mapping[str, Any]
) -> None:
    """Every credential is a canary, and so is every long header, such as a signature."""
    headers: set[str] = set()
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        sent = {name.lower(): value for name, value in request.headers.items() if len(value) >= _LONG}
        headers.update(value for name, value in sent.items() if not name.endswith("timestamp"))
        answer: Answer = await original(self, request)
        return answer

    monkeypatch.setattr(Door, "send", send)
    given = {name: alike(value) for name, value in trial.given.items()}
    answer = {name: given["api_key"] if value is ... else value for name, value in live.items()}
    trial.put(
        world,
        given=given,
        live={**given, "answer": {**trial.live.get("answer", {}), **answer}},
        clock=system_clock,
        faults=faults,
    )
    ran = world.diff("--format=json")
    assert ran.code in (0, 1, 3)
    assert headers
    assert_clean([*run_everywhere_with_any_end(world), ran.out, ran.err], [*given.values(), *headers])


def alike(value: str) -> str:
    """Return a random text of the same form, long enough to be told from any other."""
    is_hex = set(value) <= set("0123456789abcdef-")
    drawn = (secrets.choice("0123456789abcdef") if is_hex else random_text(1) for _ in value)
    text = "".join(new if old.isalnum() else old for old, new in zip(value, drawn, strict=True))
    return text + random_text(_LONG - len(text))


def run_everywhere_with_any_end(world: World) -> list[str]:
    """Run once with every format; a key that is in sync ends with 0."""
    code = world.diff().code
    return run_everywhere(world, code=code)
