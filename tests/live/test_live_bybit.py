"""`diff` of Bybit keys against the simulated exchange."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from keylint.sandbox.answers import HOSTILE
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import SKEWS, Trial
from tests.live.world import World

BYBIT = Trial(
    "bybit",
    {"api_key": "k" * 18, "api_secret": "s" * 36},
    {"permissions": ["read", "trade.spot"], "ip_allowlist": ["203.0.113.10"], "created": "2026-09-01"},
    {
        "permissions": ["Spot.SpotTrade"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01T08:00:00Z",
        "label": "grid-bot",
    },
    "/v5/user/query-api",
    "/v5/market/time",
)
CODES = {
    "HTTP 401": "bad-credentials",
    "HTTP 403": "geo-blocked",
    "HTTP 404": "bad-answer",
    "HTTP 429": "rate-limited",
    "10002": "clock-skew",
    "10003": "gone",
    "10004": "bad-signature",
    "10005": "permission-denied",
    "10006": "rate-limited",
    "10007": "bad-credentials",
    "10008": "permission-denied",
    "10009": "geo-blocked",
    "10010": "ip-not-allowed",
    "10016": "maintenance",
    "10024": "permission-denied",
    "10027": "permission-denied",
    "10028": "unsupported",
    "33004": "gone",
    "81007": "unsupported",
    "141019": "unsupported",
    "141020": "unsupported",
    "500010": "permission-denied",
}


def test_agreeing_key_is_in_sync_and_shown_whole(world: World) -> None:
    sandbox = BYBIT.put(world)
    assert BYBIT.shown(world) == LiveKey(
        rights=("Spot.SpotTrade",),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        created=datetime(2026, 9, 1, 8, tzinfo=UTC),
        expires=None,
        label="grid-bot",
        key_id="k" * 18,
        account_id="100000001",
        read_only=False,
    )
    assert BYBIT.paths(sandbox) == [BYBIT.time, BYBIT.inspect]


def test_rsa_key_is_in_sync(world: World) -> None:
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    BYBIT.put(world, live={"api_secret": None, "public_key": public})
    world.given[BYBIT.name] = {"api_key": "k" * 18, "private_key": private}
    assert BYBIT.states(world) == [State.IN_SYNC]
    other = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    world.given[BYBIT.name] = {"api_key": "k" * 18, "private_key": other.decode()}
    assert BYBIT.refused(world).reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({"permissions": ["Spot.SpotTrade", "Wallet.Withdraw"]}, ["permission-extra"]),
        ({"permissions": []}, ["permission-missing"]),
        ({"read_only": True}, ["permission-missing"]),
        ({"ip_allowlist": []}, ["ip-open"]),
        ({"ip_allowlist": ["203.0.113.10", "203.0.113.11"]}, ["ip-mismatch"]),
        ({"created": "2026-05-01T00:00:00Z"}, ["created-mismatch"]),
        ({"expires": "2026-11-25T00:00:00Z"}, ["live-expiring"]),
        ({"api_key": "x" * 18}, ["key-gone"]),
        ({"expires": "2026-11-21T00:00:00Z"}, ["key-gone"]),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: list[str]) -> None:
    sandbox = BYBIT.put(world, live=live)
    result = world.ask()
    assert ([item.rule for item in result.findings], result.unchecked) == (found, [])
    assert sandbox.forbidden == ()


def test_read_only_key_lists_rights_and_has_none(world: World) -> None:
    BYBIT.put(world, declared={"permissions": ["read"]}, live={"read_only": True})
    assert BYBIT.shown(world).rights == ()


def test_unknown_key_is_told_by_the_status_line_alone(world: World) -> None:
    BYBIT.put(world, given={"api_key": "x" * 18})
    (finding,) = world.ask().findings
    assert (finding.rule, finding.message) == (
        "key-gone",
        (
            "bybit does not know key 'bybit-bot' (bybit HTTP 401: the request's authentication is not accepted; "
            "there may be no body, only the status line)"
        ),
    )


def test_every_documented_error_is_tried() -> None:
    errors = BYBIT.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == CODES.keys()


@pytest.mark.parametrize("code", sorted(CODES.keys() - {"HTTP 429"}))
@pytest.mark.parametrize("status", [None, 400])
def test_documented_error_has_its_reason(world: World, code: str, status: int | None) -> None:
    BYBIT.assert_documented(world, code, CODES[code], status)


def test_limit_whose_end_the_key_does_not_live_to_see_is_not_waited_for(world: World) -> None:
    sandbox = BYBIT.put(world, live={"faults": [{"refuse": {"code": "HTTP 429"}}]})
    entry = BYBIT.refused(world, timeout=0.9)
    assert (entry.reason, entry.message) == (
        Reason.RATE_LIMITED,
        "bybit HTTP 429: the exchange protects itself against too many requests",
    )
    assert BYBIT.paths(sandbox) == [BYBIT.time, BYBIT.inspect]


def test_wrong_secret_is_a_bad_signature_and_the_key_is_not_repeated(world: World) -> None:
    BYBIT.put(world, given={"api_secret": "x" * 36})
    entry = BYBIT.refused(world)
    assert entry.reason is Reason.BAD_SIGNATURE
    assert "k" * 18 not in entry.message + entry.hint


def test_address_off_the_list_is_refused(world: World) -> None:
    BYBIT.put(world, live={"client_address": "192.0.2.1"})
    assert BYBIT.refused(world).reason is Reason.IP_NOT_ALLOWED


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_wrong_clock_is_corrected(world: World, skew_ms: int) -> None:
    BYBIT.assert_clock_is_followed(world, skew_ms)


def test_limit_that_names_its_end_in_a_header_is_waited_for(world: World) -> None:
    sandbox = BYBIT.put(world, live={"faults": [{"rate_limited": {"retry_after": None, "times": 1}}]})
    began = time.monotonic()
    assert BYBIT.states(world) == [State.IN_SYNC]
    assert time.monotonic() - began >= 0.9
    assert BYBIT.paths(sandbox) == [BYBIT.time, BYBIT.inspect, BYBIT.inspect]


@pytest.mark.parametrize("field", ["permissions", "ips", "readOnly", "expiredAt", "createdAt", "note", "userID"])
def test_wrong_type_is_a_bad_answer(world: World, field: str) -> None:
    BYBIT.put(world, live={"faults": [{"wrong_types": {"fields": [field]}}]})
    entry = BYBIT.refused(world)
    assert entry.reason is Reason.BAD_ANSWER
    assert field in entry.message


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    BYBIT.put(world, live={"faults": ["wrong_types"]})
    assert BYBIT.refused(world).reason is Reason.BAD_ANSWER


def test_group_that_nobody_knows_is_a_right_that_nobody_knows(world: World) -> None:
    BYBIT.put(world, live={"faults": ["hostile_text"]})
    result = world.ask()
    assert [item.rule for item in result.findings] == ["unknown-live-permission"]
    assert result.keys[0].live
    assert result.keys[0].live.unmapped[0].startswith(HOSTILE[:10])


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    stolen = {"note": ..., "ips": "1.2.3.4,5.6.7.8"}
    assert_nothing_comes_out(world, BYBIT, monkeypatch, faults, stolen)


@pytest.mark.parametrize(
    ("place", "state"),
    [
        ({"environment": "testnet"}, State.IN_SYNC),
        ({"environment": "demo"}, State.UNVERIFIABLE),
        ({"site": "tr"}, State.IN_SYNC),
    ],
)
def test_key_is_asked_for_at_its_place(world: World, place: dict[str, str], state: State) -> None:
    BYBIT.put(world, declared=place)
    assert BYBIT.states(world) == [state]
