"""`diff` of Kraken Futures keys against the simulated exchange: one call, no nonce, no clock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import SKEWS, Trial
from tests.live.world import NOW_MS, World
from tests.running import keylint

FUTURES = Trial(
    "kraken-futures",
    {
        "api_key": "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrSt",
        "api_secret": "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
    },
    {"permissions": ["read", "trade.futures"], "ip_allowlist": ["203.0.113.10"], "created": "2026-09-01"},
    {
        "permissions": ["general.FULL_ACCESS"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01T08:00:00Z",
    },
    "/api/auth/v1/api-keys/v3/check",
    "",
)
CODES = {
    "HTTP 401": "ambiguous-refusal",
    "authenticationError": "ambiguous-refusal",
    "nonceBelowThreshold": "clock-skew",
    "nonceDuplicate": "clock-skew",
    "insufficientPrivileges": "permission-denied",
    "accountInactive": "permission-denied",
    "apiLimitExceeded": "rate-limited",
    "unavailable": "maintenance",
}


def test_agreeing_key_is_in_sync_and_shown_whole(world: World) -> None:
    sandbox = FUTURES.put(world)
    assert FUTURES.shown(world) == LiveKey(
        rights=("general.FULL_ACCESS",),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10/32",),
        created=datetime(2026, 9, 1, 8, tzinfo=UTC),
        key_id=FUTURES.given["api_key"],
        account_id="11111111-2222-4333-8444-555555555555",
    )
    assert FUTURES.paths(sandbox) == [FUTURES.inspect]


def test_bot_that_sends_nonces_is_not_locked_out(world: World) -> None:
    """The highest nonce lies far ahead, and stays where it is."""
    sandbox = FUTURES.put(world, live={"last_nonce": NOW_MS * 1000})
    assert [FUTURES.states(world) for _ in range(2)] == [[State.IN_SYNC]] * 2
    assert {record.outcome for record in sandbox.requests} == {"ok"}


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({"permissions": ["general.FULL_ACCESS", "transfer.FULL_ACCESS"]}, ["permission-extra"]),
        ({"permissions": ["general.READ_ONLY"]}, ["permission-missing"]),
        (
            {"answer": {"permissions": {"general": "FULL_ACCESS", "transfer": "NO_ACCESS", "staking": "FULL_ACCESS"}}},
            ["unknown-live-permission"],
        ),
        ({"ip_allowlist": []}, ["ip-open"]),
        ({"answer": {"allowedCidrBlock": "0.0.0.0/0"}}, ["ip-open"]),
        ({"answer": {"allowedCidrBlock": "198.51.100.0/24"}}, ["ip-mismatch"]),
        ({"created": "2026-05-01T00:00:00Z"}, ["created-mismatch"]),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: list[str]) -> None:
    sandbox = FUTURES.put(world, live=live)
    result = world.ask()
    assert ([item.rule for item in result.findings], result.unchecked) == (found, [])
    assert sandbox.forbidden == ()


def test_area_that_is_silent_is_named(world: World) -> None:
    FUTURES.put(world, live={"answer": {"permissions": {"general": "FULL_ACCESS"}}})
    (entry,) = world.ask().unchecked
    assert entry.message == "the answer is silent about transfer.READ_ONLY, transfer.FULL_ACCESS"


def test_every_documented_error_is_tried() -> None:
    errors = FUTURES.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
def test_documented_error_has_its_reason(world: World, code: str) -> None:
    FUTURES.assert_documented(world, code, CODES[code], 401 if code != "unavailable" else None)


def test_unknown_word_with_401_has_the_meaning_of_the_status(world: World) -> None:
    FUTURES.put(world, live={"faults": [{"refuse": {"code": "UNAUTHORIZED", "message": "?", "status": 401}}]})
    entry = FUTURES.refused(world)
    assert entry.reason is Reason.AMBIGUOUS_REFUSAL
    assert entry.message.startswith("kraken-futures HTTP 401: ")


@pytest.mark.parametrize("other", [{"api_key": "x" * 56}, {"api_secret": "d3Jvbmc="}])
def test_unknown_key_and_wrong_secret_get_one_answer(world: World, other: dict[str, str]) -> None:
    FUTURES.put(world)
    world.given[FUTURES.name].update(other)
    assert FUTURES.refused(world).reason is Reason.AMBIGUOUS_REFUSAL


def test_missing_secret_is_named_and_nothing_is_sent(world: World) -> None:
    sandbox = FUTURES.put(world)
    del world.given[FUTURES.name]["api_secret"]
    entry = FUTURES.refused(world)
    assert (entry.reason, entry.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")
    assert FUTURES.paths(sandbox) == []


def test_address_off_the_list_is_refused(world: World) -> None:
    """How the exchange says so is not documented."""
    FUTURES.put(world, live={"client_address": "192.0.2.1"})
    assert FUTURES.refused(world).reason is Reason.AMBIGUOUS_REFUSAL


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_clock_does_not_matter(world: World, skew_ms: int) -> None:
    FUTURES.put(world)
    assert FUTURES.states(world, clock=lambda: NOW_MS + skew_ms) == [State.IN_SYNC]


@pytest.mark.parametrize("field", ["permissions", "allowedCidrBlocks", "allowedCidrBlock", "createdAt", "accountUid"])
def test_wrong_type_is_a_bad_answer_that_names_it(world: World, field: str) -> None:
    FUTURES.put(world, live={"answer": {field: 7}})
    entry = FUTURES.refused(world)
    assert entry.reason is Reason.BAD_ANSWER
    assert field in entry.message


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    FUTURES.put(world, live={"faults": ["wrong_types"]})
    assert FUTURES.refused(world).reason is Reason.BAD_ANSWER


def test_show_calls_names_the_one_call(world: World) -> None:
    world.declare("kraken", FUTURES.name, **{"exchange": "kraken-futures", **FUTURES.declared})
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls")
    assert [line.split("  # ")[0] for line in ran.out.splitlines()] == [
        f"GET https://futures.kraken.com{FUTURES.inspect}"
    ]


def test_demo_platform_is_not_asked(world: World) -> None:
    """Whether it has the call is not documented."""
    sandbox = FUTURES.put(world, declared={"environment": "demo"})
    assert FUTURES.states(world) == [State.UNVERIFIABLE]
    assert FUTURES.paths(sandbox) == []


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    answer = {"accountUid": ..., "iiban": ..., "allowedCidrBlocks": [], "allowedCidrBlock": ...}
    assert_nothing_comes_out(world, FUTURES, monkeypatch, faults, answer)
