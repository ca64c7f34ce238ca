"""How often an exchange is asked, when it is asked again, and by which clock."""

import asyncio
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges import adapter, inspect
from keylint.exchanges.exchange import Answer, Credentials, Error, Request
from keylint.exchanges.http import Door
from keylint.exchanges.inspect import Venue
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason, Unchecked
from keylint.model.live import State
from keylint.model.secret import Secret
from keylint.sandbox.server import Sandbox
from tests.live.world import BINANCE_KEY, CREDENTIALS, INSPECT, LIVE, NOW_MS, TIME, World, key_name

BOTH = pytest.mark.parametrize("exchange", ["binance", "kraken"])
DAY_MS = 86_400_000


def asked(sandbox: Sandbox, exchange: str) -> list[tuple[str, str]]:
    return [(record.method, record.path) for record in sandbox.requests if record.exchange == exchange]


def outcomes(sandbox: Sandbox, exchange: str) -> list[str]:
    inspections = [record for record in sandbox.requests if record.path == INSPECT[exchange][1]]
    return [record.outcome for record in inspections]


def test_one_time_call_an_exchange_and_one_inspection_a_key(world: World) -> None:
    binance = [{**LIVE["binance"], "api_key": f"{number:064}"} for number in range(5)]
    kraken = [{**LIVE["kraken"], "api_key": f"{number:056}"} for number in range(7)]
    sandbox = world.play([*binance, *kraken])
    for key in (*binance, *kraken):
        given = {"api_key": key["api_key"], "api_secret": key["api_secret"]}
        world.declare(key["exchange"], f"{key['exchange']}-{int(key['api_key'])}", given)
    result = world.ask()
    assert {key.state for key in result.keys} == {State.IN_SYNC}
    assert sorted(asked(sandbox, "binance")) == sorted([TIME["binance"], *[INSPECT["binance"]] * 5])
    assert sorted(asked(sandbox, "kraken")) == sorted([TIME["kraken"], *[INSPECT["kraken"]] * 7])
    assert sandbox.forbidden == ()


@BOTH
@pytest.mark.parametrize(
    "fault", [{"server_error": {"status": 503}}, {"server_error": {"status": 500}}, "reset", "close"]
)
@pytest.mark.parametrize("times", [1, 2])
def test_fault_that_may_pass_is_tried_again(world: World, exchange: str, fault: Any, times: int) -> None:
    name, options = (
        fault if isinstance(fault, tuple) else (fault, {}) if isinstance(fault, str) else next(iter(fault.items()))
    )
    sandbox = world.serve(exchange, keys=[{**LIVE[exchange], "faults": [{name: {**options, "times": times}}]}])
    result = world.ask()
    assert [key.state for key in result.keys] == [State.IN_SYNC]
    assert len(outcomes(sandbox, exchange)) == times + 1


@BOTH
@pytest.mark.parametrize(
    ("fault", "reason", "message", "hint"),
    [
        (
            "server_error",
            Reason.MAINTENANCE,
            "the exchange has a fault (HTTP 503)",
            "try again later; see its status page",
        ),
        ("reset", Reason.UNREACHABLE, "the connection was cut", "try again; a firewall on the way may cut it"),
        ("close", Reason.UNREACHABLE, "the connection was cut", "try again; a firewall on the way may cut it"),
    ],
)
def test_three_attempts_are_all(
    world: World, exchange: str, fault: str, reason: Reason, message: str, hint: str
) -> None:
    sandbox = world.serve(exchange, keys=[{**LIVE[exchange], "faults": [fault]}])
    assert world.refused(exchange) == Unchecked(key_name(exchange), exchange, reason, message, hint)
    assert len(outcomes(sandbox, exchange)) == 3


@BOTH
def test_each_attempt_is_signed_anew(exchange: str) -> None:
    """The sandbox takes no nonce twice and no old timestamp; a clock that stands still shows that time is moved on."""
    seen: list[Request] = []

    class Failing:
        async def send(self, request: Request) -> Answer:
            if request.path == TIME[exchange][1]:
                return Answer(500, {}, None)
            seen.append(request)
            return Answer(503, {}, None)

    with pytest.raises(Refusal):
        run(exchange, Failing())
    texts = [request.query or request.body.decode() for request in seen]
    times = [
        int(text.partition("timestamp=" if exchange == "binance" else "nonce=")[2].partition("&")[0]) for text in texts
    ]
    assert times == [NOW_MS, NOW_MS + 1, NOW_MS + 2]
    assert len({request.query or request.headers["API-Sign"] for request in seen}) == 3


def run(exchange: str, door: Any, timeout: float = 5, venue: Venue | None = None) -> Any:
    """Inspect one key through a door that is played by the test."""
    found = facts_of(exchange)
    assert found
    credentials = Credentials({name: Secret(value) for name, value in CREDENTIALS[exchange].items()})
    venue = venue or Venue(found, adapter(exchange), lambda: NOW_MS)
    return asyncio.run(inspect.inspect(venue, door, credentials, timeout))


@BOTH
@pytest.mark.parametrize("outcome", ["bad-signature", "gone", "permission", "ambiguous", "clock", "html", "html 403"])
def test_refusal_that_repeating_cannot_mend_is_not_repeated(world: World, exchange: str, outcome: str) -> None:
    code = {
        ("bad-signature", "binance"): "-1022",
        ("bad-signature", "kraken"): "EAPI:Invalid signature",
        ("gone", "binance"): "-2008",
        ("gone", "kraken"): "EAPI:Invalid key",
        ("permission", "binance"): "-1002",
        ("permission", "kraken"): "EGeneral:Permission denied",
        ("ambiguous", "binance"): "-2015",
        ("ambiguous", "kraken"): "EAuth:Account temporary disabled",
        ("clock", "binance"): "-1021",
        ("clock", "kraken"): "EAPI:Invalid nonce",
    }.get((outcome, exchange))
    fault: Any = {"refuse": {"code": code}} if code else {"html": {"status": 403 if "403" in outcome else 200}}
    sandbox = world.serve(exchange, keys=[{**LIVE[exchange], "faults": [fault]}])
    assert world.ask().keys[0].state is not State.IN_SYNC
    assert len(outcomes(sandbox, exchange)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "EAPI:Rate limit exceeded",
        "EGeneral:Temporary lockout",
        "EGeneral:Too many requests",
        "EAuth:Rate limit exceeded",
        "EAuth:Too many requests",
    ],
)
def test_rate_limit_that_names_no_end_is_not_tried_again(world: World, code: str) -> None:
    sandbox = world.serve("kraken", keys=[{**LIVE["kraken"], "faults": [{"refuse": {"code": code}}]}])
    assert world.refused("kraken").reason is Reason.RATE_LIMITED
    assert outcomes(sandbox, "kraken") == [code]


@pytest.fixture
def _short_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every second that an exchange asks for a fifth of one."""
    original = inspect._wait_asked

    def shortened(answer: Answer, error: Error | None, now_ms: int) -> float | None:
        asked = original(answer, error, now_ms)
        return None if asked is None else asked / 5

    monkeypatch.setattr(inspect, "_wait_asked", shortened)


@pytest.mark.usefixtures("_short_seconds")
def test_retry_after_is_obeyed(world: World) -> None:
    exchange = "binance"
    fault = {"rate_limited": {"retry_after": 1, "times": 1}}
    sandbox = world.serve(exchange, keys=[{**LIVE[exchange], "faults": [fault]}])
    began = time.monotonic()
    assert [key.state for key in world.ask().keys] == [State.IN_SYNC]
    assert time.monotonic() - began >= 0.2
    assert len(outcomes(sandbox, exchange)) == 2


@pytest.mark.usefixtures("_short_seconds")
def test_all_keys_of_an_exchange_wait_when_one_is_told_to(world: World) -> None:
    exchange = "binance"
    first = {**LIVE[exchange], "faults": [{"rate_limited": {"retry_after": 1, "times": 1}}]}
    other = {**LIVE[exchange], "api_key": "0" * len(LIVE[exchange]["api_key"])}
    sandbox = world.play([first, other])
    world.declare(exchange, "a")
    world.declare(exchange, "b", {"api_key": other["api_key"], "api_secret": other["api_secret"]})
    began = time.monotonic()
    result = world.ask(jobs=1)
    assert {key.state for key in result.keys} == {State.IN_SYNC}
    assert time.monotonic() - began >= 0.2
    assert len(outcomes(sandbox, exchange)) == 3


@pytest.mark.usefixtures("_short_seconds")
def test_rate_limited_time_call_makes_the_key_wait_too(world: World) -> None:
    exchange = "binance"
    sandbox = world.serve(exchange, faults=[{"rate_limited": {"retry_after": 1, "times": 1}}])
    began = time.monotonic()
    assert [key.state for key in world.ask().keys] == [State.IN_SYNC]
    assert time.monotonic() - began >= 0.2
    assert asked(sandbox, exchange) == [TIME[exchange], INSPECT[exchange]]


@BOTH
def test_long_retry_after_ends_the_exchange_for_the_run(world: World, exchange: str) -> None:
    fault = {"rate_limited": {"retry_after": 11}}
    sandbox = world.serve(exchange, keys=[{**LIVE[exchange], "faults": [fault]}])
    world.declare(exchange, "other", CREDENTIALS_OF_NOBODY[exchange])
    result = world.ask(jobs=1)
    what = {
        "binance": "binance -1003: too many requests from this address",
        "kraken": "kraken EAPI:Rate limit exceeded: the call counter is full",
    }[exchange]
    said = {(item.key, item.reason, item.message) for item in result.unchecked}
    message = f"{what}; it asks to wait 11 seconds; nothing more was sent to it"
    assert said == {(name, Reason.RATE_LIMITED, message) for name in (key_name(exchange), "other")}
    assert len(outcomes(sandbox, exchange)) == 1


CREDENTIALS_OF_NOBODY: Mapping[str, Mapping[str, str]] = {
    "binance": {"api_key": "9" * 64, "api_secret": "8" * 64},
    "kraken": {"api_key": "9" * 56, "api_secret": "9" * 86 + "=="},
}


def test_wait_that_is_longer_than_the_key_has_is_not_begun(world: World) -> None:
    sandbox = world.serve("kraken", keys=[{**LIVE["kraken"], "faults": [{"rate_limited": {"retry_after": 8}}]}])
    began = time.monotonic()
    entry = world.refused("kraken", timeout=2)
    assert (entry.reason, entry.message) == (
        Reason.RATE_LIMITED,
        "kraken EAPI:Rate limit exceeded: the call counter is full",
    )
    assert time.monotonic() - began < 1
    assert len(outcomes(sandbox, "kraken")) == 1


@BOTH
def test_ban_ends_the_exchange_for_the_run_and_no_other(world: World, exchange: str) -> None:
    other = next(name for name in ("binance", "kraken") if name != exchange)
    sandbox = world.serve(exchanges={exchange: {"faults": [{"banned": {"times": 1}}]}})
    for number in range(4):
        world.declare(exchange, f"more-{number}", CREDENTIALS_OF_NOBODY[exchange])
    result = world.ask(jobs=2)
    assert [key.name for key in result.keys if key.state is State.IN_SYNC] == [key_name(other)]
    assert {item.reason for item in result.unchecked} == {Reason.RATE_LIMITED}
    assert len(result.unchecked) == 5
    assert all(item.message.endswith("; nothing more was sent to it") for item in result.unchecked)
    assert asked(sandbox, exchange) == [TIME[exchange]]


@pytest.mark.parametrize(
    ("headers", "status", "until_ms", "expected"),
    [
        ({}, 200, None, None),
        ({"retry-after": "3"}, 200, None, 3.0),
        ({"retry-after": " 0 "}, 429, None, 0.0),
        ({"retry-after": "-3"}, 503, None, None),
        ({"retry-after": "1.5"}, 503, None, None),
        ({"retry-after": "٣"}, 503, None, None),
        ({"retry-after": "9" * 30}, 503, None, None),
        ({"retry-after": "soon"}, 503, None, None),
        ({"retry-after": formatdate(NOW_MS / 1000 + 7, usegmt=True)}, 503, None, 7.0),
        ({"retry-after": formatdate(NOW_MS / 1000 - 7, usegmt=True)}, 503, None, 0.0),
        ({}, 429, None, 1.0),
        ({"retry-after": "soon"}, 429, None, 1.0),
        ({}, 200, NOW_MS + 2500, 2.5),
        ({}, 200, NOW_MS - 2500, 0.0),
        ({"retry-after": "4"}, 200, NOW_MS + 2500, 4.0),
    ],
)
def test_wait_that_is_asked_for(
    headers: dict[str, str], status: int, until_ms: int | None, expected: float | None
) -> None:
    error = Error("x", "", until_ms) if until_ms else None
    assert inspect._wait_asked(Answer(status, headers, {}), error, NOW_MS) == expected


@pytest.mark.usefixtures("_short_seconds")
def test_kraken_throttle_is_obeyed(world: World) -> None:
    until = NOW_MS // 1000 + 1
    fault = {"refuse": {"code": f"EService:Throttled: {until}", "times": 1}}
    sandbox = world.serve("kraken", keys=[{**LIVE["kraken"], "faults": [fault]}])
    began = time.monotonic()
    assert [key.state for key in world.ask().keys] == [State.IN_SYNC]
    assert time.monotonic() - began >= 0.18
    assert len(outcomes(sandbox, "kraken")) == 2


@BOTH
@pytest.mark.parametrize("skew_ms", [-DAY_MS, -30_000, -1500, 0, 1500, 30_000, DAY_MS])
def test_wrong_clock_of_this_machine_is_measured_and_corrected(world: World, exchange: str, skew_ms: int) -> None:
    sandbox = world.serve(exchange)
    assert [key.state for key in world.ask(clock=lambda: NOW_MS + skew_ms).keys] == [State.IN_SYNC]
    assert len(asked(sandbox, exchange)) == 2


@BOTH
@pytest.mark.parametrize("seconds", [-86400, -30, 30, 86400])
def test_wrong_clock_of_the_exchange_is_followed(world: World, exchange: str, seconds: int) -> None:
    world.serve(exchange, faults=[{"clock_skew": {"seconds": seconds}}])
    assert [key.state for key in world.ask().keys] == [State.IN_SYNC]


@BOTH
@pytest.mark.parametrize("days", [-3650, 40])
def test_clocks_that_are_a_month_apart_stop_before_a_nonce_of_that_day_is_used(
    world: World, exchange: str, days: int
) -> None:
    sandbox = world.serve(exchange)
    entry = world.refused(exchange, clock=lambda: NOW_MS + days * DAY_MS)
    assert entry == Unchecked(
        key_name(exchange),
        exchange,
        Reason.CLOCK_SKEW,
        f"this machine's clock and that of {exchange} are {abs(days)} days apart",
        "set this machine's clock",
    )
    assert asked(sandbox, exchange) == [TIME[exchange]]


TIME_FAULTS: tuple[Any, ...] = (
    "server_error",
    "html",
    "not_an_object",
    "deep_json",
    "wrong_types",
    "reset",
    "close",
    "cut",
    {"big_body": {"megabytes": 2}},
    {"refuse": {"code": "-1", "status": 400}},
)


@BOTH
@pytest.mark.parametrize("fault", TIME_FAULTS, ids=str)
def test_failing_time_call_costs_nothing_but_itself(world: World, exchange: str, fault: Any) -> None:
    name, options = (fault, {}) if isinstance(fault, str) else next(iter(fault.items()))
    sandbox = world.serve(exchange, faults=[{name: {**options, "times": 1}}])
    assert [key.state for key in world.ask().keys] == [State.IN_SYNC]
    assert asked(sandbox, exchange) == [TIME[exchange], INSPECT[exchange]]


@BOTH
def test_hanging_time_call_leaves_time_for_the_keys(world: World, exchange: str) -> None:
    sandbox = world.serve(exchange, faults=[{"hang": {"times": 1}}])
    assert [key.state for key in world.ask(timeout=1).keys] == [State.IN_SYNC]
    assert asked(sandbox, exchange) == [TIME[exchange], INSPECT[exchange]]


@pytest.mark.parametrize(
    ("clock", "theirs", "offset"),
    [
        ((1000, 1000), 1000, 0),
        ((1000, 1000), 31_000, 30_000),
        ((1000, 5000), 1000, 0),
        ((1000, 5000), 5000, 0),
        ((1000, 5000), 3000, 0),
        ((1000, 5000), 5001, 2001),
        ((1000, 5000), 999, 0),
        ((1000, 5000), 998, -2002),
    ],
)
def test_time_within_the_wait_for_the_answer_is_no_difference(clock: tuple[int, int], theirs: int, offset: int) -> None:
    """A slow answer tells the time badly: correcting by it could put a timestamp ahead of the exchange's clock."""

    class Telling:
        async def send(self, request: Request) -> Answer:
            del request
            return Answer(200, {}, {"serverTime": NOW_MS + theirs})

    found = facts_of("binance")
    assert found
    times = iter([NOW_MS + part for part in clock])
    venue = Venue(found, adapter("binance"), lambda: next(times))
    asyncio.run(inspect._measure(venue, Telling(), 5))  # type: ignore[arg-type]  # plays the door
    assert venue.offset_ms == offset


@pytest.mark.parametrize("skew_ms", [-DAY_MS, 0, DAY_MS])
def test_kraken_nonces_are_milliseconds_and_increase(world: World, skew_ms: int) -> None:
    """One key that is declared twice: the sandbox refuses a nonce that is not above the last one."""
    live = {**LIVE["kraken"], "last_nonce": NOW_MS - 1000}
    sandbox = world.play([live])
    for number in range(5):
        world.declare("kraken", f"same-{number}")
    result = world.ask(clock=lambda: NOW_MS + skew_ms, jobs=1)
    assert {key.state for key in result.keys} == {State.IN_SYNC}
    assert outcomes(sandbox, "kraken") == ["ok"] * 5


def test_nonce_never_repeats_while_the_clock_stands_still_or_goes_back() -> None:
    found = facts_of("kraken")
    assert found
    times = iter([5000, 5000, 4000, 5001, 9000])
    venue = Venue(found, adapter("kraken"), lambda: next(times))
    assert [venue.stamp_ms() for _ in range(5)] == [5000, 5001, 5002, 5003, 9000]


def test_bot_that_uses_a_larger_unit_is_told(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "last_nonce": NOW_MS * 1000}])
    entry = world.refused("kraken")
    assert (entry.reason, entry.message, entry.hint) == (
        Reason.CLOCK_SKEW,
        "kraken EAPI:Invalid nonce: the nonce is not above the last accepted one",
        (
            "(1) another program uses this key, with a larger unit (microseconds, nanoseconds); "
            "(2) this machine's clock is behind"
        ),
    )


def test_kraken_one_time_password_is_sent(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "otp": "424242"}])
    world.given["kraken-bot"]["otp"] = "424242"
    assert [key.state for key in world.ask().keys] == [State.IN_SYNC]
    world.given["kraken-bot"]["otp"] = "424243"
    assert world.refused("kraken").reason is Reason.BAD_SIGNATURE


@BOTH
@pytest.mark.parametrize(
    ("field", "value", "reason", "message", "hint"),
    [
        ("api_key", "", Reason.NO_CREDENTIALS, "`api_key` is missing", "add `api_key:` under `credentials`"),
        ("api_secret", "", Reason.NO_CREDENTIALS, "`api_secret` is missing", "add `api_secret:` under `credentials`"),
        *(
            (
                field,
                value,
                Reason.BAD_CREDENTIALS,
                f"`{field}` holds blanks or characters that no credential has",
                "copy it again; a file may end with one line end, and holds nothing else",
            )
            for field in ("api_key", "api_secret", "otp")
            for value in ("a b", "a\n", "a\r\nX-Evil: 1", "a\tb", "ä", "\udcff", "\0", "“quoted”")
        ),
        (
            "api_secret",
            "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n",
            Reason.BAD_CREDENTIALS,
            "`api_secret` holds a PEM text",
            "a private key in PEM belongs under `private_key`",
        ),
    ],
)
def test_credentials_that_cannot_be_right_are_never_sent(
    world: World, exchange: str, field: str, value: str, reason: Reason, message: str, hint: str
) -> None:
    sandbox = world.serve(exchange)
    world.given[key_name(exchange)][field] = value
    assert world.refused(exchange) == Unchecked(key_name(exchange), exchange, reason, message, hint)
    assert INSPECT[exchange] not in asked(sandbox, exchange)


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_key_with_a_private_half_is_verified_by_the_exchange(world: World, kind: str) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    live = {name: value for name, value in LIVE["binance"].items() if name != "api_secret"}
    world.play([{**live, "private_key": pem}])
    world.declare("binance", given={"api_key": BINANCE_KEY, "private_key": pem}, algorithm=kind)
    assert [key.state for key in world.ask().keys] == [State.IN_SYNC]
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    world.declare("binance", given={"api_key": BINANCE_KEY, "private_key": other.decode()})
    assert world.refused("binance").reason is Reason.BAD_SIGNATURE


def test_clock_is_asked_for_only_through_the_argument(world: World) -> None:
    calls: list[int] = []

    def clock() -> int:
        calls.append(1)
        return NOW_MS

    world.serve("binance")
    world.ask(clock=clock)
    assert len(calls) == 4


def test_door_is_closed_for_good() -> None:
    found = facts_of("binance")
    assert found

    async def close_twice() -> None:
        door = Door(found, "https://127.0.0.1:1", 1)
        await door.close()
        await door.close()

    asyncio.run(close_twice())
