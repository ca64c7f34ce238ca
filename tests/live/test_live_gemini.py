"""`diff` of Gemini keys against the simulated exchange: roles alone, and two kinds of nonces."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.http import Door
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import SKEWS, Trial
from tests.live.world import NOW_MS, World
from tests.running import keylint

NOW = NOW_MS // 1000
GEMINI = Trial(
    "gemini",
    {"api_key": "account-0123456789abcdefABCD", "api_secret": "4NqZ0123456789abcdefABCDEFGH"},
    {"permissions": ["isTrader"]},
    {"permissions": ["isTrader"]},
    "/v1/roles",
    "",
)
CODES = {
    "MissingRole": "permission-denied",
    "InvalidSignature": "bad-signature",
    "InvalidApiKey": "ambiguous-refusal",
    "InvalidTimestampInPayload": "clock-skew",
    "MissingApikeyHeader": "bad-credentials",
    "MissingPayloadHeader": "bad-answer",
    "MissingSignatureHeader": "bad-credentials",
    "EndpointMismatch": "bad-answer",
    "RateLimit": "rate-limited",
    "Maintenance": "maintenance",
}


@pytest.fixture
def nonces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collects the nonces that are sent."""
    found: list[int] = []
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        found.append(json.loads(base64.b64decode(request.headers["X-GEMINI-PAYLOAD"]))["nonce"])
        answer: Answer = await original(self, request)
        return answer

    monkeypatch.setattr(Door, "send", send)
    return found


def test_agreeing_key_is_in_sync_and_shown_as_far_as_the_answer_goes(world: World) -> None:
    sandbox = GEMINI.put(world)
    live = GEMINI.shown(world)
    assert (live.rights, live.unmapped, live.unreported) == (("isTrader",), (), ())
    assert (live.ip_restricted, live.created, live.key_id) == (UNKNOWN,) * 3
    assert GEMINI.paths(sandbox) == [GEMINI.inspect]


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({"nonce_window": 30}, [NOW]),
        ({"last_nonce": 0}, [NOW]),
        ({"last_nonce": NOW - 1}, [NOW]),
        ({"last_nonce": NOW}, [NOW, NOW + 60]),
        ({"last_nonce": NOW + 59}, [NOW, NOW + 60]),
        ({"last_nonce": NOW_MS - 1}, [NOW, NOW + 60, NOW_MS + 2]),
    ],
)
def test_nonce_is_the_smallest_that_the_key_takes(
    world: World, nonces: list[int], live: dict[str, Any], expected: list[int]
) -> None:
    """So a bot that counts seconds is not locked out for longer than a minute, one in milliseconds not at all."""
    GEMINI.put(world, live=live)
    assert GEMINI.states(world) == [State.IN_SYNC]
    assert nonces == expected


def test_bot_that_counts_microseconds_is_left_alone_and_told_of(world: World) -> None:
    GEMINI.put(world, live={"last_nonce": NOW_MS * 1000})
    entry = GEMINI.refused(world)
    assert entry.reason is Reason.CLOCK_SKEW
    assert "larger unit" in entry.hint


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_clock_does_not_matter_to_a_key_whose_nonces_rise(world: World, skew_ms: int) -> None:
    GEMINI.put(world)
    assert GEMINI.states(world, clock=lambda: NOW_MS + skew_ms) == [State.IN_SYNC]


@pytest.mark.parametrize("skew_ms", [-3_600_000, -31_000, 31_000, 3_600_000])
def test_time_of_the_exchange_is_taken_from_its_words(world: World, nonces: list[int], skew_ms: int) -> None:
    """The words are those that were seen (ccxt/ccxt#14602)."""
    GEMINI.put(world, live={"nonce_window": 30})
    assert GEMINI.states(world, clock=lambda: NOW_MS + skew_ms) == [State.IN_SYNC]
    assert nonces == [(NOW_MS + skew_ms) // 1000, NOW]


@pytest.mark.parametrize("seconds", [9_999_999_999, NOW + 32 * 86_400, NOW - 32 * 86_400])
def test_time_of_a_far_day_is_never_signed(world: World, nonces: list[int], seconds: int) -> None:
    """Whoever answers in the exchange's place could lock the bot out with it."""
    words = f"Nonce '{NOW}' is not within 30 seconds of server time '{seconds}'"
    GEMINI.put(world, live={"faults": [{"refuse": {"code": "InvalidNonce", "message": words}}]})
    entry = GEMINI.refused(world)
    assert (entry.reason, entry.hint) == (Reason.CLOCK_SKEW, "set this machine's clock")
    assert nonces == [NOW]


@pytest.mark.parametrize("skew_ms", [-3_600_000, 3_600_000])
def test_wrong_clock_is_told_where_the_words_hold_no_time(world: World, skew_ms: int) -> None:
    words = "Nonce is not within 30 seconds"
    fault = {"refuse": {"code": "InvalidNonce", "message": words}}
    sandbox = GEMINI.put(world, live={"nonce_window": 30, "faults": [fault]})
    assert GEMINI.refused(world, clock=lambda: NOW_MS + skew_ms).reason is Reason.CLOCK_SKEW
    assert len(sandbox.requests) == 3


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({"permissions": ["isTrader", "isFundManager"]}, ["permission-extra"]),
        ({"permissions": ["isAuditor"]}, ["permission-extra", "permission-missing"]),
        ({"answer": {"isAccountAdmin": True}}, ["unknown-live-permission"]),
        ({"api_key": "account-another0123456789AB"}, ["key-gone"]),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: list[str]) -> None:
    sandbox = GEMINI.put(world, live=live)
    result = world.ask()
    assert (sorted(item.rule for item in result.findings), result.unchecked) == (found, [])
    assert sandbox.forbidden == ()


@pytest.mark.parametrize("key_id", ["master-0123456789abcdefABCD", "0123456789abcdefABCD"])
def test_key_that_may_administer_is_never_quite_verified(world: World, key_id: str) -> None:
    """No field is known for the role that only keys of a whole group can have."""
    GEMINI.put(world, live={"api_key": key_id})
    world.given[GEMINI.name]["api_key"] = key_id
    (key,) = world.ask().keys
    assert key.state is State.UNVERIFIABLE
    assert key.live
    assert key.live.unreported == ("Administrator",)


def test_key_without_a_role_is_told(world: World) -> None:
    GEMINI.put(world, live={"permissions": []})
    assert GEMINI.refused(world).reason is Reason.PERMISSION_DENIED


def test_every_documented_error_is_tried() -> None:
    errors = GEMINI.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == {*CODES, "InvalidNonce"}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [None, 400])
def test_documented_error_has_its_reason(world: World, code: str, status: int | None) -> None:
    # With its own status, 429, a limit is asked for again after a second.
    GEMINI.assert_documented(world, code, CODES[code], 400 if code == "RateLimit" else status)


def test_refused_address_is_no_proof_that_a_key_is_gone(world: World) -> None:
    """How the exchange tells it is not documented; only the words that unknown keys get mean that."""
    GEMINI.put(world, live={"ip_allowlist": ["203.0.113.10"], "client_address": "192.0.2.1"})
    result = world.ask()
    assert (result.findings, [key.state for key in result.keys]) == ([], [State.UNCHECKED])
    fault = {"refuse": {"code": "InvalidApiKey", "message": "not from here"}}
    GEMINI.put(world, live={"faults": [fault]})
    assert GEMINI.refused(world).reason is Reason.AMBIGUOUS_REFUSAL


def test_wrong_secret_is_told(world: World) -> None:
    sandbox = GEMINI.put(world)
    world.given[GEMINI.name]["api_secret"] = "w" * 28
    assert GEMINI.refused(world).reason is Reason.BAD_SIGNATURE
    assert GEMINI.paths(sandbox) == [GEMINI.inspect]


def test_missing_secret_is_named_and_nothing_is_sent(world: World) -> None:
    sandbox = GEMINI.put(world)
    del world.given[GEMINI.name]["api_secret"]
    entry = GEMINI.refused(world)
    assert (entry.reason, entry.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")
    assert GEMINI.paths(sandbox) == []


@pytest.mark.parametrize("value", [7, "Trader", []])
def test_wrong_type_is_a_bad_answer_that_names_it(world: World, value: Any) -> None:
    GEMINI.put(world, live={"answer": {"isTrader": value}})
    entry = GEMINI.refused(world)
    assert entry.reason is Reason.BAD_ANSWER
    assert "isTrader" in entry.message


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    GEMINI.put(world, live={"faults": ["wrong_types"]})
    assert GEMINI.refused(world).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(("environment", "host"), [("production", "api"), ("testnet", "api.sandbox")])
def test_show_calls_names_the_one_call_of_each_environment(world: World, environment: str, host: str) -> None:
    bare = {"ip_allowlist": None, "created": None, "environment": environment}
    world.declare("kraken", GEMINI.name, **{"exchange": "gemini", **bare, **GEMINI.declared})
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls")
    called = [line.split("  # ")[0] for line in ran.out.splitlines()]
    assert called == [f"POST https://{host}.gemini.com{GEMINI.inspect}"]


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    assert_nothing_comes_out(world, GEMINI, monkeypatch, faults, {"counterparty_id": ...})
