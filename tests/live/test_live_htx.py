"""`diff` of HTX keys against the simulated exchange: two calls, two kinds of keys, and texts that settle a code."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from tests.live.five import CALLS, HTX, assert_agrees
from tests.live.world import World


def test_key_is_shown_whole(world: World) -> None:
    HTX.put(world)
    assert HTX.shown(world) == LiveKey(
        rights=("readOnly",),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10", "198.51.100.0/24"),
        created=datetime(2026, 9, 1, 8, tzinfo=UTC),
        expires=None,
        label="grid-bot",
        key_id="1a2b3c4d-5e6f7a8b-9c0d1e2f-ab12c",
        account_id="100000001",
    )


def test_ed25519_key_is_accepted_and_another_is_not(world: World) -> None:
    first, other = (
        ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for _ in range(2)
    )
    HTX.put(world, declared={"algorithm": "ed25519"}, live={"api_secret": None, "private_key": first})
    world.given[HTX.name] = {"api_key": HTX.given["api_key"], "private_key": first}
    assert_agrees(world, HTX)
    world.given[HTX.name]["private_key"] = other
    assert HTX.refused(world).reason is Reason.BAD_SIGNATURE


def test_other_keys_of_the_account_do_not_count(world: World) -> None:
    other = {**HTX.given, **HTX.live, "exchange": "htx", "api_key": "other", "permissions": ["readOnly", "withdraw"]}
    HTX.put(world)
    sandbox = world.play([other, {**HTX.given, **HTX.live, "exchange": "htx"}])
    assert_agrees(world, HTX)
    assert HTX.paths(sandbox) == CALLS["htx"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Signature not valid: Verification failure [校验失败]", Reason.BAD_SIGNATURE),
        ("Signature not valid: Incorrect IP address [IP地址错误]:192.0.2.1", Reason.IP_NOT_ALLOWED),
        ("Signature not valid: API key has no permission", Reason.PERMISSION_DENIED),
        ("Signature not valid: Invalid submission time or incorrect time format", Reason.AMBIGUOUS_REFUSAL),
        ("", Reason.AMBIGUOUS_REFUSAL),
    ],
)
def test_words_settle_what_the_code_leaves_open(world: World, text: str, reason: Reason) -> None:
    HTX.put(world, live={"faults": [{"refuse": {"code": "api-signature-not-valid", "message": text}}]})
    entry = HTX.refused(world)
    assert entry.reason is reason
    assert ("192.0.2.1" in entry.hint) == (reason is Reason.IP_NOT_ALLOWED)


@pytest.mark.parametrize("case", [str, str.upper])
def test_words_can_say_that_the_key_is_gone(world: World, case: Any) -> None:
    fault = {"code": "api-signature-not-valid", "message": case("Incorrect Access key [Access key错误]")}
    HTX.put(world, live={"faults": [{"refuse": fault}]})
    result = world.ask()
    assert [item.rule for item in result.findings] == ["key-gone"]
    assert [key.state for key in result.keys] == [State.DRIFT]


def test_key_of_a_sub_account_may_not_ask(world: World) -> None:
    HTX.put(world, live={"account": "200000001", "main_account": "100000001"})
    entry = HTX.refused(world)
    assert entry.reason is Reason.PERMISSION_DENIED
    assert "sub-account" in entry.hint


def test_trade_brings_transfers_and_that_is_said(world: World) -> None:
    HTX.put(world, declared={"permissions": ["readOnly", "trade"]}, live={"permissions": ["trade", "readOnly"]})
    (key,) = world.ask().keys
    assert key.state is State.IN_SYNC
    assert {"transfer.internal", "key.manage"} <= set(key.capabilities)
