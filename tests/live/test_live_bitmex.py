"""`diff` of BitMEX keys against the simulated exchange: any key lists all keys of its account."""

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.test_live_secrets import assert_clean, random_text
from tests.live.trial import Trial
from tests.live.world import NOW_MS, World
from tests.running import keylint

BITMEX = Trial(
    "bitmex",
    {"api_key": "LAqUlngMIQkIUjXMUreyu3qn", "api_secret": "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"},
    {
        "permissions": ["read", "trade.spot", "trade.futures"],
        "ip_allowlist": ["203.0.113.10", "198.51.100.0/24"],
        "created": "2026-09-01",
    },
    {
        "permissions": ["order"],
        "ip_allowlist": ["203.0.113.10", "198.51.100.0/24"],
        "created": "2026-09-01T08:00:00Z",
        "label": "bot",
    },
    "/api/v1/apiKey",
    "",
)
OTHER = {**BITMEX.live, "exchange": "bitmex", "api_key": "another-key-of-24-chars-", "api_secret": "s" * 48}
CODES = {
    "Signature not valid.": "bad-signature",
    "Invalid API Key.": "gone",
    "This request has expired - `expires` is in the past.": "clock-skew",
    "This IP address is not allowed to use this key.": "ip-not-allowed",
    "This key is disabled.": "permission-denied",
    "HTTP 400": "bad-answer",
    "HTTP 401": "ambiguous-refusal",
    "HTTP 403": "permission-denied",
    "HTTP 404": "bad-answer",
    "HTTP 429": "rate-limited",
    "HTTP 503": "maintenance",
}


def test_agreeing_key_is_in_sync_and_shown_whole(world: World) -> None:
    sandbox = BITMEX.put(world)
    assert BITMEX.shown(world) == LiveKey(
        rights=("order",),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10/32", "198.51.100.0/24"),
        created=datetime(2026, 9, 1, 8, tzinfo=UTC),
        label="bot",
        key_id="LAqUlngMIQkIUjXMUreyu3qn",
        account_id="100000001",
    )
    assert BITMEX.paths(sandbox) == [BITMEX.inspect]


def test_other_keys_of_the_account_do_not_count(world: World) -> None:
    BITMEX.put(world)
    other = {**OTHER, "permissions": ["withdraw"], "ip_allowlist": []}
    world.play([other, {**BITMEX.given, **BITMEX.live, "exchange": "bitmex"}])
    assert BITMEX.states(world) == [State.IN_SYNC]


def test_key_that_reads_has_no_permission(world: World) -> None:
    BITMEX.put(world, declared={"permissions": ["read"]}, live={"permissions": []})
    assert BITMEX.shown(world).rights == ()


def test_account_is_the_one_that_the_key_acts_on(world: World) -> None:
    BITMEX.put(world, live={"account": "200000001", "main_account": "100000001"})
    assert BITMEX.shown(world).account_id == "200000001"


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({"permissions": ["order", "withdraw"]}, ["permission-extra"]),
        ({"permissions": []}, ["permission-missing", "permission-missing"]),
        ({"answer": {"permissions": ["order", "subTransfer"]}}, ["unknown-live-permission"]),
        ({"ip_allowlist": []}, ["ip-open"]),
        ({"answer": {"cidrs": [], "cidr": "0.0.0.0/0"}}, ["ip-open"]),
        ({"ip_allowlist": ["203.0.113.10"]}, ["ip-mismatch"]),
        ({"created": "2026-05-01T00:00:00Z"}, ["created-mismatch"]),
        ({"api_key": "another-key-of-24-chars-"}, ["key-gone"]),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: list[str]) -> None:
    sandbox = BITMEX.put(world, live=live)
    result = world.ask()
    assert ([item.rule for item in result.findings], result.unchecked) == (found, [])
    assert sandbox.forbidden == ()


def test_older_field_counts_where_the_newer_one_is_empty(world: World) -> None:
    BITMEX.put(world, declared={"ip_allowlist": ["203.0.113.10"]}, live={"answer": {"cidrs": []}})
    assert BITMEX.shown(world).ip_allowlist == ("203.0.113.10/32",)


def test_every_documented_error_is_tried() -> None:
    errors = BITMEX.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == CODES.keys()


@pytest.mark.parametrize("code", sorted(CODES.keys() - {"HTTP 429"}))
def test_documented_error_has_its_reason(world: World, code: str) -> None:
    BITMEX.assert_documented(world, code, CODES[code], None)


def test_limit_ends_the_run_where_it_lasts(world: World) -> None:
    sandbox = BITMEX.put(world, live={"faults": [{"rate_limited": {"retry_after": 60}}]})
    entry = BITMEX.refused(world)
    assert (entry.reason, "it asks to wait 60 seconds" in entry.message) == (Reason.RATE_LIMITED, True)
    assert BITMEX.paths(sandbox) == [BITMEX.inspect]


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ("this request has expired", 400, Reason.CLOCK_SKEW),
        ("The request has expired", 401, Reason.CLOCK_SKEW),
        ("signature not valid", 401, Reason.BAD_SIGNATURE),
        ("Sorry, this IP address is not allowed", 403, Reason.IP_NOT_ALLOWED),
        ("Something else", 403, Reason.PERMISSION_DENIED),
        ("Rate limit exceeded", 503, Reason.MAINTENANCE),
    ],
)
def test_other_words_are_told_by_the_status_and_what_they_hold(
    world: World, said: str, status: int, reason: Reason
) -> None:
    BITMEX.put(world, live={"faults": [{"refuse": {"code": said, "message": "", "status": status}}]})
    assert BITMEX.refused(world).reason is reason


def test_wrong_secret_is_told(world: World) -> None:
    sandbox = BITMEX.put(world)
    world.given[BITMEX.name]["api_secret"] = "w" * 48
    assert BITMEX.refused(world).reason is Reason.BAD_SIGNATURE
    assert BITMEX.paths(sandbox) == [BITMEX.inspect]


def test_missing_secret_is_named_and_nothing_is_sent(world: World) -> None:
    sandbox = BITMEX.put(world)
    del world.given[BITMEX.name]["api_secret"]
    entry = BITMEX.refused(world)
    assert (entry.reason, entry.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")
    assert BITMEX.paths(sandbox) == []


def test_address_off_the_list_is_refused(world: World) -> None:
    BITMEX.put(world, live={"client_address": "192.0.2.1"})
    assert BITMEX.refused(world).reason is Reason.IP_NOT_ALLOWED


@pytest.mark.parametrize("skew_ms", [-59_000, -1500, 0, 61_000, 86_400_000])
def test_clock_may_be_a_minute_behind_and_far_ahead(world: World, skew_ms: int) -> None:
    BITMEX.put(world)
    assert BITMEX.states(world, clock=lambda: NOW_MS + skew_ms) == [State.IN_SYNC]


def test_clock_further_behind_is_told(world: World) -> None:
    BITMEX.put(world)
    assert BITMEX.refused(world, clock=lambda: NOW_MS - 61_000).reason is Reason.CLOCK_SKEW


@pytest.mark.parametrize("field", ["permissions", "cidrs", "created", "name", "userId"])
def test_wrong_type_is_a_bad_answer_that_names_it(world: World, field: str) -> None:
    BITMEX.put(world, live={"answer": {field: {"value": 1}}})
    entry = BITMEX.refused(world)
    assert entry.reason is Reason.BAD_ANSWER
    assert field in entry.message


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    BITMEX.put(world, live={"faults": ["wrong_types"]})
    assert BITMEX.refused(world).reason is Reason.BAD_ANSWER


def test_key_that_lists_finds_keys_that_nobody_declared(world: World) -> None:
    """The specification has a field for secrets: none of them comes out."""
    secret = random_text(48)
    BITMEX.put(world, declared={"lists": True})
    own = {**BITMEX.given, **BITMEX.live, "exchange": "bitmex"}
    sandbox = world.play([{**OTHER, "permissions": ["withdraw"], "answer": {"secret": secret}}, own])
    result = world.ask(rules=["unmanaged-key"])
    (found,) = result.findings
    assert found.rule == "unmanaged-key"
    assert "withdraw" in found.message + found.hint
    assert set(BITMEX.paths(sandbox)) == {BITMEX.inspect}
    assert_clean([repr(result)], [secret, OTHER["api_secret"]])


@pytest.mark.parametrize("environment", ["production", "testnet"])
def test_show_calls_names_the_one_call_of_each_environment(world: World, environment: str) -> None:
    world.declare("kraken", BITMEX.name, **{"exchange": "bitmex", **BITMEX.declared, "environment": environment})
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls")
    host = {"production": "www", "testnet": "testnet"}[environment]
    assert [line.split("  # ")[0] for line in ran.out.splitlines()] == [f"GET https://{host}.bitmex.com/api/v1/apiKey"]


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    assert_nothing_comes_out(world, BITMEX, monkeypatch, faults, {"secret": ..., "name": ..., "cidrs": [], "cidr": ...})
