"""`diff` of Bithumb keys against the simulated exchange: nothing is shown of a key but its end."""

from datetime import UTC, datetime

import pytest

from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import Trial
from tests.live.world import NOW_MS, World

BITHUMB = Trial(
    "bithumb",
    {
        "api_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69",
        "api_secret": "keylint-demo-secret-of-bithumb-01234567",
    },
    {"permissions": ["read", "trade.spot"]},
    {"expires": "2027-06-11T09:00:00+09:00"},
    "/v1/api_keys",
    "",
)
CODES = {
    "invalid_access_key": "gone",
    "jwt_verification": "ambiguous-refusal",
    "expired_jwt": "clock-skew",
    "invalid_query_payload": "bad-signature",
    "NotAllowIP": "ip-not-allowed",
    "out_of_scope": "permission-denied",
    "blocked_member_id": "permission-denied",
}


def test_key_that_agrees_is_never_called_in_sync(world: World) -> None:
    sandbox = BITHUMB.put(world)
    result = world.ask()
    (key,) = result.keys
    assert key.live
    assert key.live._replace(skew_ms=None) == LiveKey(
        (), expires=datetime(2027, 6, 11, tzinfo=UTC), key_id=BITHUMB.given["api_key"]
    )
    assert (result.findings, result.unchecked, key.state) == ([], [], State.UNVERIFIABLE)
    assert BITHUMB.paths(sandbox) == [BITHUMB.inspect]


def test_other_keys_of_the_account_do_not_count(world: World) -> None:
    BITHUMB.put(world)
    key = {"exchange": "bithumb", **BITHUMB.given, **BITHUMB.live}
    world.play([{**key, "api_key": "f" * 46, "expires": "2026-12-01"}, key])
    (shown,) = world.ask().keys
    assert shown.live
    assert shown.live.expires == datetime(2027, 6, 11, tzinfo=UTC)


@pytest.mark.parametrize("skew_ms", [-60_000, 60_000])
def test_wrong_clock_is_told(world: World, skew_ms: int) -> None:
    """There is no time call to go by."""
    BITHUMB.put(world)
    assert BITHUMB.refused(world, clock=lambda: NOW_MS + skew_ms).reason is Reason.CLOCK_SKEW


def test_wrong_secret_and_foreign_address_are_refused(world: World) -> None:
    BITHUMB.put(world)
    world.given[BITHUMB.name]["api_secret"] = "another"
    assert BITHUMB.refused(world).reason is Reason.AMBIGUOUS_REFUSAL
    BITHUMB.put(world, live={"ip_allowlist": ["203.0.113.10"], "client_address": "192.0.2.1"})
    assert BITHUMB.refused(world).reason is Reason.IP_NOT_ALLOWED


def test_key_that_ended_is_gone(world: World) -> None:
    BITHUMB.put(world, live={"expires": "2026-11-01"})
    assert [item.rule for item in world.ask().findings] == ["key-gone"]


@pytest.mark.parametrize(("code", "reason"), CODES.items())
def test_documented_refusal_is_explained(world: World, code: str, reason: str) -> None:
    BITHUMB.assert_documented(world, code, reason, None)


@pytest.mark.parametrize("faults", TALKATIVE)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[object]) -> None:
    assert_nothing_comes_out(world, BITHUMB, monkeypatch, faults, {})
