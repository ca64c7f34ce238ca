"""One key, one exchange or one defect never delays or hides another; an interrupted run still reports."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from keylint.diff.asking import How, ask, busiest
from keylint.diff.targets import Outcome, Place, Target, targets
from keylint.exchanges import binance, http, inspect
from keylint.exchanges.exchange import Credentials, Request
from keylint.judge import Judge
from keylint.lint import Declared, Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from keylint.model.secret import Secret
from keylint.model.source import Source
from keylint.resources import schema_text
from keylint.rules.drift import permission_extra
from keylint.sandbox.server import Sandbox, system_clock
from keylint.secrets import Limits
from tests.exchanges.wire import Wire, certificate, reply
from tests.live.world import BINANCE_KEY, BINANCE_SECRET, KRAKEN_KEY, LIVE, NOW_MS, World
from tests.running import NOW

BOTH = pytest.mark.parametrize("exchange", ["binance", "kraken"])
SLOW = [
    "hang",
    "slow_headers",
    "slow_body",
    {"endless_body": {"seconds": 4000}},
    "reset",
    {"big_body": {"megabytes": 5}},
]


def many(world: World, exchange: str, count: int, **live: Any) -> list[dict[str, Any]]:
    """Declare that many keys of an exchange; return them as the sandbox wants them."""
    keys = []
    for number in range(count):
        size = len(LIVE[exchange]["api_key"])
        keys.append({**LIVE[exchange], "api_key": f"{number:0{size}}", **live})
        given = {"api_key": keys[-1]["api_key"], "api_secret": keys[-1]["api_secret"]}
        world.declare(exchange, f"{exchange}-{number}", given)
    return keys


def arrivals(world: World, jobs: int, timeout: float) -> list[tuple[str, float, Outcome]]:
    """Ask for every key; return the exchange of each answer, when it came, and what it was."""
    judge = Judge([], NOW, vocabulary(), {})
    declared = list(lint([Source("keylint.yaml", world.text.encode())], judge, Linted()))
    given = {name: {field: Secret(text) for field, text in fields.items()} for name, fields in world.given.items()}
    came: list[tuple[str, float, Outcome]] = []
    began = time.monotonic()

    def tell(target: Declared, outcome: Outcome) -> None:
        came.append((target.key.exchange, time.monotonic() - began, outcome))

    wanted = targets(declared, world.bases, Limits(demanded=True, env=(), roots=()), given, tell)
    asyncio.run(ask(wanted, How(jobs, timeout, lambda: NOW_MS), tell))
    return came


@BOTH
@pytest.mark.parametrize("fault", SLOW, ids=str)
def test_slow_exchange_does_not_delay_the_other(world: World, exchange: str, fault: object) -> None:
    other = next(name for name in LIVE if name != exchange)
    world.play([*many(world, exchange, 2), *many(world, other, 4)], exchanges={exchange: {"faults": [fault]}})
    came = arrivals(world, 3, 0.4)
    assert len(came) == 6
    assert all(isinstance(answer, Refusal) for name, _, answer in came if name == exchange)
    good = [moment for name, moment, answer in came if name == other and isinstance(answer, LiveKey)]
    assert len(good) == 4
    assert max(good) < 0.4


@BOTH
def test_one_worker_reaches_every_exchange(world: World, exchange: str) -> None:
    other = next(name for name in LIVE if name != exchange)
    world.play([*many(world, exchange, 2), *many(world, other, 2)], exchanges={exchange: {"faults": ["hang"]}})
    assert Counter(type(answer).__name__ for _, _, answer in arrivals(world, 1, 0.1)) == {"LiveKey": 2, "Refusal": 2}


@BOTH
def test_workers_that_are_done_help_where_it_is_slow(world: World, exchange: str) -> None:
    other = next(name for name in LIVE if name != exchange)
    world.play([*many(world, exchange, 8), *many(world, other, 24)], exchanges={exchange: {"faults": ["hang"]}})
    came = arrivals(world, 8, 0.3)
    # Two workers alone would take four rounds; with the others' help it is two.
    assert max(moment for _, moment, _ in came) < 1


def test_timeout_is_one_for_each_key(world: World) -> None:
    keys = many(world, "kraken", 6)
    for number in (0, 2, 4):
        keys[number]["faults"] = ["hang"]
    world.play(keys)
    began = time.monotonic()
    result = world.ask(timeout=0.4, jobs=2)
    assert time.monotonic() - began < 1.6
    assert {item.key: item.reason for item in result.unchecked} == {
        f"kraken-{number}": Reason.TIMEOUT for number in (0, 2, 4)
    }
    assert [key.state for key in result.keys].count(State.IN_SYNC) == 3


def test_retries_count_towards_the_timeout_and_the_last_refusal_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspect, "FIRST_PAUSE", 0.2)
    sandbox = world.serve("kraken", keys=[{**LIVE["kraken"], "faults": ["server_error"]}])
    entry = world.refused("kraken", timeout=0.5)
    assert (entry.reason, entry.message) == (Reason.MAINTENANCE, "the exchange has a fault (HTTP 503)")
    assert len(sandbox.requests) == 3


@pytest.mark.parametrize(
    ("queues", "workers", "place"),
    [
        ({}, {}, None),
        ({"a": 0, "b": 0}, {}, None),
        ({"a": 1, "b": 9}, {}, "b"),
        ({"a": 1, "b": 9}, {"b": 1}, "a"),
        ({"a": 0, "b": 9}, {"b": 1}, "b"),
        ({"a": 4, "b": 9}, {"a": 1, "b": 1}, "b"),
        ({"a": 4, "b": 9}, {"a": 1, "b": 4}, "a"),
    ],
)
def test_free_worker_goes_where_nobody_is_then_where_most_is_left(
    queues: dict[str, int], workers: dict[str, int], place: str | None
) -> None:
    def at(name: str) -> Place:
        return name, "", ()

    left: dict[Place, Sequence[Target]] = {at(name): [None] * size for name, size in queues.items()}  # type: ignore[list-item]  # only counted
    there = Counter({at(name): count for name, count in workers.items()})
    assert busiest(left, there) == (at(place) if place else None)


def test_never_more_connections_than_jobs(world: World) -> None:
    answer = {**dict.fromkeys(["enableReading", "ipRestrict"], True), "serverTime": NOW_MS}
    with Wire(reply(json.dumps(answer).encode())) as wire:
        world.bases["binance"] = wire.base
        many(world, "binance", 40)
        assert len(arrivals(world, 4, 5)) == 40
        assert wire.connections == 4
        assert len(wire.received) == 41


def test_three_hundred_keys_fifty_at_once(world: World) -> None:
    sandbox = world.play([*many(world, "binance", 200), *many(world, "kraken", 100)])
    result = world.ask(jobs=50)
    assert Counter(key.state for key in result.keys) == {State.IN_SYNC: 300}
    assert len({key.name for key in result.keys}) == 300
    assert len(sandbox.requests) == 302
    assert (result.findings, result.unchecked) == ([], [])


@BOTH
def test_look_alike_host_gets_nothing_and_is_told(world: World, exchange: str) -> None:
    other = next(name for name in LIVE if name != exchange)
    world.serve(other, clock=system_clock)
    world.declare(exchange)
    _, context = certificate(world.folder, "127.0.0.1")
    with Wire(tls=context) as wire:
        world.bases[exchange] = wire.base
        ran = world.diff("--format=json")
        assert wire.received == []
    assert ran.code == 3
    assert {key["name"]: key["state"] for key in ran.json["keys"]} == {
        f"{exchange}-bot": "unchecked",
        f"{other}-bot": "in-sync",
    }
    assert ran.json["unchecked"] == [
        {
            "key": f"{exchange}-bot",
            "exchange": exchange,
            "reason": "tls",
            "message": "the connection is not secure: self-signed certificate",
            "hint": "something answers in the exchange's place, or this machine's certificates are out of date",
        }
    ]


def test_gateway_that_serves_both_exchanges_gets_each_request_signed_for_its_own(world: World) -> None:
    with Wire(reply(b"{}", "404 Not Found")) as wire:
        world.bases = {"binance": wire.base, "kraken": wire.base}
        world.declare("binance")
        world.declare("kraken")
        result = world.ask()
        heads = [request.decode().lower() for request in wire.received]
    assert {item.reason for item in result.unchecked} == {Reason.BAD_ANSWER}
    assert sorted(head.split(" ")[1].partition("?")[0] for head in heads) == sorted(
        ["/0/private/getapikeyinfo", "/0/public/time", "/api/v3/time", "/sapi/v1/account/apirestrictions"]
    )
    for head in heads:
        assert (BINANCE_KEY.lower() in head) == ("apirestrictions" in head)
        assert (KRAKEN_KEY.lower() in head) == ("getapikeyinfo" in head)


@pytest.mark.parametrize(
    ("name", "broken", "place"),
    [
        ("keylint.exchanges.binance.read", "read", "exchanges/inspect.py"),
        ("keylint.exchanges.binance.sign", "sign", "exchanges/inspect.py"),
        ("keylint.exchanges.binance.error", "error", "exchanges/inspect.py"),
        ("keylint.exchanges.http._bounded", "bounded", "exchanges/http.py"),
    ],
)
def test_defect_costs_its_key_and_shows_its_place_and_no_word(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, broken: str, place: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError(f"{BINANCE_SECRET} {broken}")

    module, _, function = name.rpartition(".")
    original = getattr(http if module.endswith("http") else binance, function)

    async def fail_for_binance(*answer: Any) -> bytes:
        if b"serverTime" in (body := await original(*answer)) or b'"error"' in body:
            return bytes(body)
        raise KeyError(BINANCE_SECRET)

    monkeypatch.setattr(name, fail_for_binance if function == "_bounded" else fail)
    world.serve()
    result = world.ask()
    assert {key.name: key.state for key in result.keys} == {
        "binance-bot": State.UNCHECKED,
        "kraken-bot": State.IN_SYNC,
    }
    (entry,) = result.unchecked
    assert (entry.key, entry.reason) == ("binance-bot", Reason.UNSUPPORTED)
    assert entry.message.startswith(f"a defect in keylint: KeyError at {place}:")
    assert entry.hint == "please report it; its text is left out because it may hold a secret"
    assert BINANCE_SECRET not in repr(entry)


def test_forbidden_call_is_a_defect_of_its_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def order(_method: str, _path: str, _credentials: Credentials, _now_ms: int) -> Request:
        return Request("POST", "/api/v3/order", "side=BUY")

    monkeypatch.setattr(binance, "sign", order)
    sandbox = world.serve()
    result = world.ask()
    assert [(item.key, item.message[:42]) for item in result.unchecked] == [
        ("binance-bot", "a defect in keylint: ForbiddenCall at exch")
    ]
    assert sandbox.forbidden == ()
    assert "/api/v3/order" not in {record.path for record in sandbox.requests}


def test_defect_of_a_rule_costs_its_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def compare(declared: object, live: Sequence[str], *_: object) -> object:
        if "enableReading" in live:
            raise RuntimeError(BINANCE_SECRET)
        return original(declared, live, *_)  # type: ignore[arg-type]  # what came in

    original = permission_extra.compare  # type: ignore[attr-defined]  # the rule's own name for it
    monkeypatch.setattr(permission_extra, "compare", compare)
    world.serve()
    result = world.ask()
    assert {key.name: key.state for key in result.keys} == {
        "binance-bot": State.UNCHECKED,
        "kraken-bot": State.IN_SYNC,
    }
    assert result.unchecked[0].message.startswith(
        "a defect in keylint: RuntimeError at rules/drift/permission_extra.py:"
    )


def test_secret_shaped_name_of_a_key_is_concealed_everywhere(world: World) -> None:
    """Somebody pasted a secret where the name belongs; `schema` or another rule says so, and nothing repeats it."""
    name = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
    world.declare("kraken", name, {})
    world.declare("kraken", "other", {}, exchange=name)
    ran = world.diff("--format=json")
    assert ran.code in (1, 3)
    assert len(ran.json["unchecked"]) == 2
    assert name not in ran.out + world.diff("-vv").out + world.diff("--show-calls").out


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"])
def test_lone_surrogates_of_an_answer_can_be_printed_and_written(world: World, form: str) -> None:
    live = {**LIVE["kraken"], "answer": {"permissions": ["query-funds", "modify-trades", "\ud800new"]}}
    world.serve("kraken", keys=[live], clock=system_clock)
    ran = world.diff(f"--format={form}", f"--output={form}=out.txt", "-v")
    assert ran.code == 1
    assert ran.out.encode() == (world.folder / "out.txt").read_bytes() or form == "text"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 400_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 2_000_000,
    ],
    ids=["interim answers", "tiny chunks"],
)
def test_answer_that_costs_much_to_read_ends_with_the_key_s_time(world: World, answer: bytes) -> None:
    with Wire(answer) as wire:
        world.declare("kraken")
        world.bases["kraken"] = wire.base
        began = time.monotonic()
        entry = world.refused("kraken", timeout=0.5)
        assert time.monotonic() - began < 1.5
    assert entry.reason in (Reason.TIMEOUT, Reason.BAD_ANSWER)


def run_and_interrupt(world: World, sandbox: Sandbox, requests: int, *words: str) -> tuple[int, str, str, float]:
    """Start the command in a process of its own and send SIGINT when the sandbox has seen that many requests."""
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "always"}
    command = [sys.executable, "-m", "keylint", "diff", *world.write(), "--policy=live.policy.yaml", *words]
    with subprocess.Popen(
        command, cwd=world.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        deadline = time.monotonic() + 20
        while len(sandbox.requests) < requests and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        try:
            out, err = process.communicate(timeout=10)
        finally:
            process.kill()
        return process.returncode, out, err, time.monotonic() - began


def test_what_is_known_at_an_interrupt_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(wanted: Sequence[Target], *rest: Any) -> None:
        await ask(wanted[:1], *rest)
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(5)

    world.serve()
    monkeypatch.setattr("keylint.diff.comparing.ask", interrupted)
    result = world.ask()
    assert result.interrupted
    assert [(key.name, key.state) for key in result.keys] == [("binance-bot", State.IN_SYNC)]


@pytest.mark.parametrize("fault", ["hang", {"rate_limited": {"retry_after": 9}}], ids=str)
def test_interrupt_ends_at_once_with_what_is_known(world: World, fault: Any) -> None:
    world.declare("binance")
    hanging = many(world, "kraken", 3, faults=[fault])
    sandbox = world.play([LIVE["binance"], *hanging], clock=system_clock)
    code, out, err, seconds = run_and_interrupt(world, sandbox, 4, "--format=json", "--now=2026-11-22", "--timeout=30")
    assert seconds < 1
    assert (code, err) == (3, "")
    data = json.loads(out)
    jsonschema.validate(data, json.loads(schema_text("report")))
    assert data["interrupted"] is True
    assert [(key["name"], key["state"]) for key in data["keys"]] == [("binance-bot", "in-sync")]


def test_interrupted_run_with_drift_exits_with_1_and_says_so_in_text(world: World) -> None:
    world.declare("binance", permissions=["read"])
    hanging = many(world, "kraken", 1, faults=["hang"])
    sandbox = world.play([LIVE["binance"], *hanging], clock=system_clock)
    code, out, err, _ = run_and_interrupt(world, sandbox, 4, "--now=2026-11-22", "--timeout=30")
    assert (code, err) == (1, "")
    assert "error[permission-extra]: live key 'binance-bot' has enableSpotAndMarginTrading" in out
    assert "the run was interrupted: 1 of 2 keys not looked at" in out
