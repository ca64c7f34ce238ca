"""`diff` of KuCoin keys against the simulated exchange."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.exchanges import kucoin
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import SKEWS, Trial
from tests.live.world import World

KUCOIN = Trial(
    "kucoin",
    {
        "api_key": "6a95e9804b5a69788796a5b4",
        "api_secret": "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3",
        "passphrase": "Ab12345678)(*&^%$#@",
    },
    {"permissions": ["read", "trade.spot"], "ip_allowlist": ["203.0.113.10"], "created": "2026-09-01"},
    {
        "permissions": ["General", "Spot"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01T08:00:00Z",
        "label": "gridbot",
    },
    "/api/v1/user/api-key",
    "/api/v1/timestamp",
)
CODES = {
    "400001": "bad-credentials",
    "400002": "clock-skew",
    "400003": "gone",
    "400004": "bad-credentials",
    "400005": "bad-signature",
    "400006": "ip-not-allowed",
    "400007": "permission-denied",
    "400500": "geo-blocked",
    "126046": "geo-blocked",
    "411100": "permission-denied",
    "415000": "bad-answer",
    "429000": "rate-limited",
    "1015": "rate-limited",
    "200002": "rate-limited",
    "500000": "maintenance",
    "HTTP 401": "bad-credentials",
    "HTTP 403": "ambiguous-refusal",
    "HTTP 503": "maintenance",
}


def test_agreeing_key_is_in_sync_and_shown_whole(world: World) -> None:
    sandbox = KUCOIN.put(world)
    assert KUCOIN.shown(world) == LiveKey(
        rights=("General", "Spot"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        created=datetime(2026, 9, 1, 8, tzinfo=UTC),
        label="gridbot",
        key_id="6a95e9804b5a69788796a5b4",
        account_id="100000001",
    )
    assert KUCOIN.paths(sandbox) == [KUCOIN.time, KUCOIN.inspect]


@pytest.mark.parametrize("version", ["2", "3"])
def test_both_versions_of_the_header_are_taken(world: World, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(kucoin, "KEY_VERSION", version)
    KUCOIN.put(world)
    assert KUCOIN.states(world) == [State.IN_SYNC]


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({"permissions": ["General", "Spot", "Transfer"]}, ["permission-extra"]),
        ({"permissions": ["General", "Spot", "InnerTransfer"]}, ["permission-extra"]),
        ({"permissions": ["General"]}, ["permission-missing"]),
        ({"answer": {"permission": "General,Spot,Unified"}}, ["unknown-live-permission"]),
        ({"ip_allowlist": []}, ["ip-open"]),
        ({"answer": {"ipWhitelist": ""}}, ["ip-open"]),
        ({"ip_allowlist": ["203.0.113.10", "203.0.113.11"]}, ["ip-mismatch"]),
        ({"created": "2026-05-01T00:00:00Z"}, ["created-mismatch"]),
        ({"api_key": "0" * 24}, ["key-gone"]),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: list[str]) -> None:
    sandbox = KUCOIN.put(world, live=live)
    result = world.ask()
    assert ([item.rule for item in result.findings], result.unchecked) == (found, [])
    assert sandbox.forbidden == ()


def test_masked_list_is_a_list_that_is_not_shown(world: World) -> None:
    KUCOIN.put(world, live={"answer": {"ipWhitelist": "203.**.10"}})
    live = KUCOIN.shown(world)
    assert (live.ip_restricted, live.ip_allowlist) == (True, UNKNOWN)


def test_every_documented_error_is_tried() -> None:
    errors = KUCOIN.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [None, 400])
def test_documented_error_has_its_reason(world: World, code: str, status: int | None) -> None:
    # With its own status, 429, a limit is asked for again after a second.
    is_limit = CODES[code] == "rate-limited"
    KUCOIN.assert_documented(world, code, CODES[code], 403 if is_limit and not status else status)


def test_limit_that_names_its_end_in_a_header_is_waited_for(world: World) -> None:
    sandbox = KUCOIN.put(world, live={"faults": [{"rate_limited": {"retry_after": None, "times": 1}}]})
    began = time.monotonic()
    assert KUCOIN.states(world) == [State.IN_SYNC]
    assert time.monotonic() - began >= 0.9
    assert KUCOIN.paths(sandbox) == [KUCOIN.time, KUCOIN.inspect, KUCOIN.inspect]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"api_secret": "0" * 36}, Reason.BAD_CREDENTIALS),  # the passphrase is signed with it, and looked at first
        ({"passphrase": "other-one"}, Reason.BAD_CREDENTIALS),
    ],
)
def test_wrong_credential_is_told(world: World, given: dict[str, str], reason: Reason) -> None:
    KUCOIN.put(world)
    world.given[KUCOIN.name].update(given)
    assert KUCOIN.refused(world).reason is reason


def test_missing_passphrase_is_named_and_nothing_is_sent_with_the_key(world: World) -> None:
    sandbox = KUCOIN.put(world)
    del world.given[KUCOIN.name]["passphrase"]
    entry = KUCOIN.refused(world)
    assert (entry.reason, entry.message) == (Reason.NO_CREDENTIALS, "`passphrase` is missing")
    assert KUCOIN.inspect not in KUCOIN.paths(sandbox)


def test_address_off_the_list_is_refused(world: World) -> None:
    KUCOIN.put(world, live={"client_address": "192.0.2.1"})
    assert KUCOIN.refused(world).reason is Reason.IP_NOT_ALLOWED


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_wrong_clock_is_corrected(world: World, skew_ms: int) -> None:
    KUCOIN.assert_clock_is_followed(world, skew_ms)


@pytest.mark.parametrize("field", ["createdAt", "remark", "apiKey", "uid"])
def test_wrong_type_is_a_bad_answer(world: World, field: str) -> None:
    KUCOIN.put(world, live={"faults": [{"wrong_types": {"fields": [field]}}]})
    entry = KUCOIN.refused(world)
    assert entry.reason is Reason.BAD_ANSWER
    assert field in entry.message


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    KUCOIN.put(world, live={"faults": ["wrong_types"]})
    assert KUCOIN.refused(world).reason is Reason.BAD_ANSWER


def test_words_of_an_unknown_code_keep_their_digits(world: World) -> None:
    """The version that a header carries, a single digit, is no secret and blots nothing out."""
    refuse = {"code": "900222", "message": "quota of 222 units", "status": 400}
    KUCOIN.put(world, live={"faults": [{"refuse": refuse}]})
    entry = KUCOIN.refused(world)
    assert (entry.message, entry.hint) == (
        "the request was refused, with the unknown code 900222 (HTTP 400)",
        "the exchange said: quota of 222 units",
    )


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    assert_nothing_comes_out(world, KUCOIN, monkeypatch, faults, {"remark": ..., "ipWhitelist": ..., "uid": ...})
