"""`diff` of Upbit keys against the simulated exchange: nothing is shown of a key but its end."""

from datetime import UTC, datetime

import pytest

from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import SKEWS, Trial
from tests.live.world import LIVE_RULES, NOW_MS, World

UPBIT = Trial(
    "upbit",
    {"api_key": "8f3a2c1d9b7e6a5c4d3f2e1a0b9c8d7e6f5a4b3c", "api_secret": "keylint-demo-secret-of-upbit-0123456789ab"},
    {"permissions": ["read", "trade.spot"]},
    {"permissions": ["자산조회", "주문조회", "주문하기"], "expires": "2027-05-27T15:17:51+09:00"},
    "/v1/api_keys",
    "",
)
END = datetime(2027, 5, 27, 6, 17, 51, tzinfo=UTC)
CODES = {
    "invalid_access_key": "gone",
    "expired_access_key": "gone",
    "invalid_jwt": "bad-signature",
    "jwt_verification": "bad-signature",
    "invalid_query_payload": "bad-signature",
    "no_authorization_token": "bad-credentials",
    "nonce_used": "clock-skew",
    "no_authorization_ip": "ip-not-allowed",
    "no_authorization_i_p": "ip-not-allowed",
    "out_of_scope": "permission-denied",
    "thirdparty_agreement_required": "permission-denied",
}


def test_key_that_agrees_is_never_called_in_sync(world: World) -> None:
    """No answer names a right: none is missing, and none is there."""
    sandbox = UPBIT.put(world)
    result = world.ask()
    (key,) = result.keys
    assert key.live
    assert key.live._replace(skew_ms=None) == LiveKey(
        (), unreported=tuple(UPBIT.facts.rights), expires=END, key_id=UPBIT.given["api_key"]
    )
    assert (result.findings, result.unchecked, key.state) == ([], [], State.UNVERIFIABLE)
    assert UPBIT.paths(sandbox) == [UPBIT.inspect]


def test_other_keys_of_the_account_do_not_count(world: World) -> None:
    UPBIT.put(world)
    key = {"exchange": "upbit", **UPBIT.given, **UPBIT.live}
    world.play([{**key, "api_key": "other", "expires": "2026-12-01"}, key])
    (shown,) = world.ask().keys
    assert shown.live
    assert shown.live.expires == END


@pytest.mark.parametrize("shown", ["8f3a2c1d9b****", "8f3a2c****************************5a4b3c"])
def test_masked_id_is_recognised(world: World, shown: str) -> None:
    UPBIT.put(world, live={"answer": {"access_key": shown}})
    (key,) = world.ask().keys
    assert key.live
    assert (key.live.expires, key.live.key_id) == (END, UNKNOWN)


MAIN_POCKET = "11111111-1111-4111-8111-111111111111"
MANAGER = {"permissions": ["자산조회", "포켓관리"], "ip_allowlist": ["203.0.113.10"], "account": MAIN_POCKET}
POCKET = {
    "api_key": "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d",
    "api_secret": "another-demo-secret-of-upbit-0123456789a",
    "main_account": MAIN_POCKET,
    "account": "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0",
    "ip_allowlist": ["203.0.113.10"],
}


@pytest.mark.parametrize(
    ("more", "found", "state"),
    [
        ([], [], State.IN_SYNC),
        (["출금하기"], ["permission-extra"], State.DRIFT),
        (["자산이전"], ["permission-extra"], State.DRIFT),
    ],
)
def test_rights_of_a_key_that_another_one_lists_are_judged(
    world: World, more: list[str], found: list[str], state: State
) -> None:
    """A key's own answer names no right, the list of pockets all."""
    UPBIT.put(world)
    bot = {"exchange": "upbit", **UPBIT.given, **UPBIT.live}
    pocket = {**bot, **POCKET, "permissions": [*bot["permissions"], *more]}
    sandbox = world.play([{**bot, **MANAGER}, pocket])
    addresses = {"ip_allowlist": ["203.0.113.10"], "created": None}
    world.keys[UPBIT.name] |= {"permissions": ["read", "transfer.subaccount"], "lists": True, "account": "main"}
    world.keys[UPBIT.name] |= {"account_type": "main"}
    sub = {"account": "desk-1", "account_type": "sub", "key_id": "0a1b…2c3d", **addresses}
    world.declare("kraken", "pocket-bot", {}, **{"exchange": "upbit", **UPBIT.declared, **sub})
    result = world.ask(rules=(*LIVE_RULES, "unverifiable"))
    assert [item.rule for item in result.findings if item.key == "pocket-bot"] == found
    assert {key.name: key.state for key in result.keys} == {UPBIT.name: State.UNVERIFIABLE, "pocket-bot": state}
    assert result.unchecked == []
    assert sandbox.forbidden == ()


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_clock_does_not_matter(world: World, skew_ms: int) -> None:
    UPBIT.put(world)
    assert UPBIT.states(world, clock=lambda: NOW_MS + skew_ms) == [State.UNVERIFIABLE]


def test_key_that_ended_is_gone(world: World) -> None:
    UPBIT.put(world, live={"expires": "2026-11-01"})
    assert [item.rule for item in world.ask().findings] == ["key-gone"]


def test_end_that_is_near_is_told(world: World) -> None:
    UPBIT.put(world, live={"expires": "2026-12-01"})
    assert [item.rule for item in world.ask().findings] == ["live-expiring"]


def test_wrong_secret_is_refused(world: World) -> None:
    UPBIT.put(world)
    world.given[UPBIT.name]["api_secret"] = "another"
    assert UPBIT.refused(world).reason is Reason.BAD_SIGNATURE


def test_foreign_address_is_refused(world: World) -> None:
    UPBIT.put(world, live={"ip_allowlist": ["203.0.113.10"], "client_address": "192.0.2.1"})
    assert UPBIT.refused(world).reason is Reason.IP_NOT_ALLOWED


@pytest.mark.parametrize(("code", "reason"), CODES.items())
def test_documented_refusal_is_explained(world: World, code: str, reason: str) -> None:
    UPBIT.assert_documented(world, code, reason, None)


@pytest.mark.parametrize("faults", TALKATIVE)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[object]) -> None:
    assert_nothing_comes_out(world, UPBIT, monkeypatch, faults, {})
