"""`diff` of Bitfinex keys against the simulated exchange: rights alone, and a nonce that harms nobody."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.http import Door
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import Trial
from tests.live.world import NOW_MS, World
from tests.running import keylint

RIGHTS = ["account.read", "history.read", "orders.read", "orders.write", "wallets.read"]
BITFINEX = Trial(
    "bitfinex",
    {
        "api_key": "Bfx-key_0123456789abcdefghijklmnopqrstuvwxy",
        "api_secret": "Bfx-secret_0123456789abcdefghijklmnopqrstuv",
    },
    {"permissions": ["read", "trade.spot", "trade.margin", "trade.futures"]},
    {"permissions": RIGHTS},
    "/v2/auth/r/permissions",
    "",
)
CODES = {
    "10100": "bad-credentials",
    "10001": "ambiguous-refusal",
    "10020": "bad-answer",
    "11010": "rate-limited",
    "ERR_RATE_LIMIT": "rate-limited",
    "20060": "maintenance",
}


def test_agreeing_key_is_in_sync_and_shown_as_far_as_the_answer_goes(world: World) -> None:
    sandbox = BITFINEX.put(world, declared={"permissions": RIGHTS})
    live = BITFINEX.shown(world)
    assert (live.rights, live.unmapped, live.unreported) == (tuple(RIGHTS), (), ())
    assert (live.ip_restricted, live.created, live.expires) == (UNKNOWN,) * 3
    assert BITFINEX.paths(sandbox) == [BITFINEX.inspect]


def test_bot_that_counts_milliseconds_may_go_on(world: World) -> None:
    """Each request has a nonce of its own, none ahead of this machine's time but by the number of requests."""
    sandbox = BITFINEX.put(world, declared={"permissions": RIGHTS}, live={"last_nonce": NOW_MS - 1})
    assert BITFINEX.states(world) == [State.IN_SYNC]
    assert BITFINEX.states(world, clock=lambda: NOW_MS + 1) == [State.IN_SYNC]
    assert [record.outcome for record in sandbox.requests] == ["ok", "ok"]


@pytest.fixture
def nonces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collects the nonces that are sent."""
    found: list[int] = []
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        found.append(int(request.headers["bfx-nonce"]))
        answer: Answer = await original(self, request)
        return answer

    monkeypatch.setattr(Door, "send", send)
    return found


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (NOW_MS // 1000, [NOW_MS]),
        (NOW_MS - 1, [NOW_MS]),
        (NOW_MS, [NOW_MS, NOW_MS + 1001]),
        (NOW_MS + 900, [NOW_MS, NOW_MS + 1001]),
        (NOW_MS + 50_000, [NOW_MS, NOW_MS + 1001, NOW_MS + 60_002]),
        (NOW_MS * 1000 - 1, [NOW_MS, NOW_MS + 1001, NOW_MS + 60_002, (NOW_MS + 3) * 1000]),
    ],
)
def test_nonce_is_the_smallest_that_the_key_takes(
    world: World, nonces: list[int], last: int, expected: list[int]
) -> None:
    """So a bot that counts milliseconds is not locked out for longer than a minute, one in microseconds not at all."""
    BITFINEX.put(world, declared={"permissions": RIGHTS}, live={"last_nonce": last})
    assert BITFINEX.states(world) == [State.IN_SYNC]
    assert nonces == expected


def test_bot_that_counts_nanoseconds_is_left_alone_and_told_of(world: World) -> None:
    sandbox = BITFINEX.put(world, live={"last_nonce": NOW_MS * 1_000_000})
    entry = BITFINEX.refused(world)
    assert entry.reason is Reason.CLOCK_SKEW
    assert "larger unit than microseconds" in entry.hint
    assert [record.outcome for record in sandbox.requests] == ["10114"] * 4


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({"permissions": [*RIGHTS, "withdraw.write"]}, {"permission-extra"}),
        ({"permissions": [*RIGHTS, "wallets.write"]}, {"permission-extra"}),
        ({"permissions": ["orders.read"]}, {"permission-missing"}),
        ({"answer": {"eaas_withdraw": [0, 1]}}, {"unknown-live-permission"}),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: set[str]) -> None:
    sandbox = BITFINEX.put(world, declared={"permissions": RIGHTS}, live=live)
    result = world.ask()
    assert ({item.rule for item in result.findings}, result.unchecked) == (found, [])
    assert sandbox.forbidden == ()


def test_place_that_means_nothing_is_no_right(world: World) -> None:
    BITFINEX.put(world, declared={"permissions": RIGHTS}, live={"answer": {"withdraw": [1, 0]}})
    assert BITFINEX.shown(world).rights == tuple(RIGHTS)


def test_every_documented_error_is_tried() -> None:
    errors = BITFINEX.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == {*CODES, "10114"}


@pytest.mark.parametrize("code", sorted(CODES.keys() - {"ERR_RATE_LIMIT"}))
@pytest.mark.parametrize("status", [None, 401])
def test_documented_error_has_its_reason(world: World, code: str, status: int | None) -> None:
    BITFINEX.assert_documented(world, code, CODES[code], status)


def test_limit_of_an_address_has_a_form_of_its_own(world: World) -> None:
    fault = {"refuse": {"code": "ERR_RATE_LIMIT", "message": "", "status": 403}}
    sandbox = BITFINEX.put(world, live={"faults": [fault]})
    entry = BITFINEX.refused(world)
    assert entry.reason is Reason.RATE_LIMITED
    assert "10 to 60 seconds" in entry.hint
    assert BITFINEX.paths(sandbox) == [BITFINEX.inspect]


def test_server_error_without_a_code_is_tried_again(world: World) -> None:
    fault = {"server_error": {"status": 500, "times": 1}}
    sandbox = BITFINEX.put(world, declared={"permissions": RIGHTS}, live={"faults": [fault]})
    assert BITFINEX.states(world) == [State.IN_SYNC]
    assert BITFINEX.paths(sandbox) == [BITFINEX.inspect] * 2


def test_wrong_secret_is_told_as_what_it_may_be(world: World) -> None:
    """Keys that do not exist get these words too."""
    BITFINEX.put(world)
    world.given[BITFINEX.name]["api_secret"] = "w" * 43
    assert BITFINEX.refused(world).reason is Reason.AMBIGUOUS_REFUSAL


def test_unknown_key_is_gone(world: World) -> None:
    BITFINEX.put(world)
    world.given[BITFINEX.name]["api_key"] = "x" * 43
    assert [item.rule for item in world.ask().findings] == ["key-gone"]


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        (10_001, "api_key: permission invalid", Reason.PERMISSION_DENIED),
        (10_001, "something", Reason.AMBIGUOUS_REFUSAL),
        (10_100, "apikey: digest invalid", Reason.AMBIGUOUS_REFUSAL),
    ],
)
def test_words_settle_what_the_code_leaves_open(world: World, code: int, text: str, reason: Reason) -> None:
    BITFINEX.put(world, live={"faults": [{"refuse": {"code": str(code), "message": text}}]})
    assert BITFINEX.refused(world).reason is reason


def test_missing_secret_is_named_and_nothing_is_sent(world: World) -> None:
    sandbox = BITFINEX.put(world)
    del world.given[BITFINEX.name]["api_secret"]
    entry = BITFINEX.refused(world)
    assert (entry.reason, entry.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")
    assert BITFINEX.paths(sandbox) == []


@pytest.mark.parametrize("places", [[7, 0], ["x", 0], [1], 7, None, [1, 1, 1]])
def test_wrong_type_is_a_bad_answer(world: World, places: Any) -> None:
    BITFINEX.put(world, live={"answer": {"orders": places}})
    assert BITFINEX.refused(world).reason is Reason.BAD_ANSWER


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    BITFINEX.put(world, live={"faults": ["wrong_types"]})
    assert BITFINEX.refused(world).reason is Reason.BAD_ANSWER


def test_show_calls_names_the_one_call(world: World) -> None:
    bare = {"ip_allowlist": None, "created": None}
    world.declare("kraken", BITFINEX.name, **{"exchange": "bitfinex", **bare, **BITFINEX.declared})
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls")
    called = [line.split("  # ")[0] for line in ran.out.splitlines()]
    assert called == [f"POST https://api.bitfinex.com{BITFINEX.inspect}"]


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    assert_nothing_comes_out(world, BITFINEX, monkeypatch, faults, {})
