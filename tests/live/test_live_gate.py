"""`diff` of Gate keys against the simulated exchange."""

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import SKEWS, Trial
from tests.live.world import LIVE_RULES, World

# No answer is known that names withdrawals: with it nothing is left unknown.
TOLD = [
    {"name": "spot", "read_only": False},
    {"name": "account", "read_only": True},
    {"name": "withdrawal", "read_only": True},
]
GATE = Trial(
    "gate",
    {"api_key": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "api_secret": "5" * 64},
    {"permissions": ["read", "trade.spot"], "ip_allowlist": ["203.0.113.10"], "created": "2026-09-01"},
    {
        "permissions": ["spot.read_write", "account.read_only"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01T08:00:00Z",
        "last_used": "2026-11-20T08:00:00Z",
        "label": "bot-eu",
        "answer": {"perms": TOLD},
    },
    "/api/v4/account/main_keys",
    "/api/v4/spot/time",
)
CODES = {
    "INVALID_KEY": "gone",
    "INVALID_CREDENTIALS": "bad-credentials",
    "AUTHENTICATION_FAILED": "bad-credentials",
    "INVALID_SIGNATURE": "bad-signature",
    "REQUEST_EXPIRED": "clock-skew",
    "MISSING_REQUIRED_HEADER": "bad-credentials",
    "IP_FORBIDDEN": "ip-not-allowed",
    "READ_ONLY": "permission-denied",
    "FORBIDDEN": "permission-denied",
    "ACCOUNT_LOCKED": "permission-denied",
    "SUB_ACCOUNT_LOCKED": "permission-denied",
    "TOO_MANY_REQUESTS": "rate-limited",
    "TOO_FAST": "rate-limited",
    "TOO_BUSY": "maintenance",
    "INTERNAL": "maintenance",
    "SERVER_ERROR": "maintenance",
    "API_WITHDRAW_DISABLED": "permission-denied",
    "ADDRESS_NOT_USED": "permission-denied",
}


def perms(*more: dict[str, object]) -> dict[str, object]:
    return {"answer": {"perms": [*TOLD, *more]}}


def test_agreeing_key_is_in_sync_and_shown_whole(world: World) -> None:
    sandbox = GATE.put(world)
    assert GATE.shown(world) == LiveKey(
        rights=("spot.read_write", "account.read_only", "withdrawal.read_only"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        created=datetime(2026, 9, 1, 8, tzinfo=UTC),
        last_used=datetime(2026, 11, 20, 8, tzinfo=UTC),
        label="bot-eu",
        account_id="100000001",
    )
    assert GATE.paths(sandbox) == [GATE.time, GATE.inspect]


def test_answer_that_is_silent_about_withdrawals_is_not_fine(world: World) -> None:
    """The names that an answer may hold lack it, so no answer can settle it: nobody can tell from outside."""
    GATE.put(world, live={"answer": {}})
    result = world.ask(rules=(*LIVE_RULES, "unverifiable"))
    assert [(item.rule, item.message) for item in result.findings] == [
        ("unverifiable", "gate does not show whether live key 'gate-bot' has withdrawal.read_write")
    ]
    (key,) = result.keys
    assert key.live
    assert (key.state, key.live.unreported, result.unchecked) == (State.UNVERIFIABLE, ("withdrawal.read_write",), [])


def test_key_is_told_from_the_others_of_its_account(world: World) -> None:
    sandbox = GATE.put(world)
    other = {**GATE.live, "exchange": "gate", "api_key": "f" * 32, "api_secret": "6" * 64, "label": "other"}
    world.play([{**GATE.live, "exchange": "gate", **GATE.given}, {**other, "permissions": ["wallet.read_write"]}])
    assert GATE.shown(world).label == "bot-eu"
    world.play([{**GATE.live, "exchange": "gate", **GATE.given}, {**other, "api_key": GATE.given["api_key"][:12] * 2}])
    entry = GATE.refused(world)
    assert (entry.reason, entry.message) == (
        Reason.BAD_ANSWER,
        "the answer makes no sense: 2 of its keys may be this one",
    )
    assert sandbox.forbidden == ()


@pytest.mark.parametrize(
    ("live", "found"),
    [
        (perms({"name": "wallet", "read_only": False}), ["permission-extra"]),
        (perms({"name": "withdraw", "read_only": False}), ["permission-extra"]),
        ({"answer": {"perms": TOLD[1:]}}, ["permission-missing"]),
        (perms({"name": "tradfi", "read_only": False}), ["unknown-live-permission"]),
        ({"ip_allowlist": []}, ["ip-open"]),
        ({"ip_allowlist": ["203.0.113.10", "203.0.113.11"]}, ["ip-mismatch"]),
        ({"created": "2026-05-01T00:00:00Z"}, ["created-mismatch"]),
        ({"api_key": "f" * 32}, ["key-gone"]),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: list[str]) -> None:
    sandbox = GATE.put(world, live=live)
    result = world.ask()
    assert ([item.rule for item in result.findings], result.unchecked) == (found, [])
    assert sandbox.forbidden == ()


@pytest.mark.parametrize(
    "live", [{"permissions": ["spot.read_write"]}, {"account": "100000002", "main_account": "100000001"}]
)
def test_key_that_may_not_list_is_told(world: World, live: dict[str, Any]) -> None:
    GATE.put(world, live=live)
    entry = GATE.refused(world)
    assert (entry.reason, entry.message) == (
        Reason.PERMISSION_DENIED,
        "gate FORBIDDEN: the key may not call this",
    )


def test_every_documented_error_is_tried() -> None:
    errors = GATE.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [None, 400, 401])
def test_documented_error_has_its_reason(world: World, code: str, status: int | None) -> None:
    # With its own status, 429, a limit is asked for again after a second.
    is_limit = CODES[code] == "rate-limited"
    GATE.assert_documented(world, code, CODES[code], 403 if is_limit and not status else status)


def test_limit_whose_end_the_key_does_not_live_to_see_is_not_waited_for(world: World) -> None:
    sandbox = GATE.put(world, live={"faults": [{"rate_limited": {"retry_after": None}}]})
    entry = GATE.refused(world, timeout=0.9)
    assert (entry.reason, entry.message) == (Reason.RATE_LIMITED, "gate TOO_MANY_REQUESTS: too many requests")
    assert GATE.paths(sandbox) == [GATE.time, GATE.inspect]


def test_wrong_secret_is_a_bad_signature(world: World) -> None:
    GATE.put(world)
    world.given[GATE.name]["api_secret"] = "6" * 64
    assert GATE.refused(world).reason is Reason.BAD_SIGNATURE


def test_address_off_the_list_is_named(world: World) -> None:
    GATE.put(world, live={"client_address": "192.0.2.1"})
    entry = GATE.refused(world)
    assert entry.reason is Reason.IP_NOT_ALLOWED
    assert entry.hint.endswith("; the exchange saw the address 192.0.2.1")


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_wrong_clock_is_corrected(world: World, skew_ms: int) -> None:
    GATE.assert_clock_is_followed(world, skew_ms)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("perms", 7, "an entry of perms is not an object"),
        ("ip_whitelist", 7, "ip_whitelist is not a list of texts"),
        ("created_at", {"value": 1}, "created_at is not a time"),
        ("last_access", [1], "last_access is not a time"),
        ("user_id", {"value": 1}, "user_id is not a text"),
    ],
)
def test_wrong_type_is_a_bad_answer(world: World, field: str, value: object, named: str) -> None:
    # The fault of the sandbox does not look into lists.
    GATE.put(world, live={"answer": {"perms": TOLD, field: value}})
    entry = GATE.refused(world)
    assert (entry.reason, entry.message) == (Reason.BAD_ANSWER, f"the answer makes no sense: {named}")


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    GATE.put(world, live={"faults": ["wrong_types"]})
    assert GATE.refused(world).reason is Reason.BAD_ANSWER


def test_key_of_the_test_network_is_asked_for_there(world: World) -> None:
    GATE.put(world, declared={"environment": "testnet"})
    assert GATE.states(world) == [State.IN_SYNC]


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    assert_nothing_comes_out(world, GATE, monkeypatch, faults, {"name": ..., "ip_whitelist": ...})
