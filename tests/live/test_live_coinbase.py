"""`diff` of Coinbase keys against the simulated exchange: both kinds of keys, and the second try."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, State
from tests.live.five import COINBASE, KEY_ID, PORTFOLIO, assert_agrees
from tests.live.world import World

EC = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)
ED = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize("private", [EC, EC.replace("\n", "\\n"), ED])
@pytest.mark.parametrize("key_id", [KEY_ID, "22222222-2222-4222-8222-222222222222"])
def test_every_kind_of_key_is_accepted(world: World, private: str, key_id: str) -> None:
    COINBASE.put(world, live={"api_key": key_id, "private_key": private.replace("\\n", "\n")})
    world.given[COINBASE.name] = {"api_key": key_id, "private_key": private}
    assert_agrees(world, COINBASE)


def test_key_is_shown_as_far_as_the_answer_goes(world: World) -> None:
    COINBASE.put(world)
    (key,) = world.ask().keys
    assert key.live == LiveKey(
        ("can_view", "can_trade"), unreported=("Export", "Manage"), account_id=PORTFOLIO, skew_ms=0
    )
    assert key.live.ip_restricted is UNKNOWN


@pytest.mark.parametrize("fault", [{"code": "Unauthorized"}, {"code": "HTTP 401"}])
def test_token_that_is_refused_once_is_made_anew(world: World, fault: dict[str, Any]) -> None:
    sandbox = COINBASE.put(world, live={"faults": [{"refuse": {**fault, "times": 1}}]})
    assert_agrees(world, COINBASE)
    assert COINBASE.paths(sandbox) == [COINBASE.time, COINBASE.inspect, COINBASE.inspect]


def test_token_that_is_refused_twice_is_not_made_again(world: World) -> None:
    sandbox = COINBASE.put(world, live={"faults": [{"refuse": {"code": "Unauthorized", "times": 2}}]})
    entry = COINBASE.refused(world)
    assert entry.reason is Reason.AMBIGUOUS_REFUSAL
    assert "Ed25519" in entry.hint
    assert COINBASE.paths(sandbox) == [COINBASE.time, COINBASE.inspect, COINBASE.inspect]


def test_key_that_may_not_view_is_told(world: World) -> None:
    COINBASE.put(world, live={"permissions": ["can_trade"]})
    assert COINBASE.refused(world).reason is Reason.PERMISSION_DENIED


@pytest.mark.parametrize("live", [{"omit": ["can_receive"]}, {"answer": {"can_receive": None}}])
def test_right_that_may_be_on_is_named(world: World, live: dict[str, Any]) -> None:
    COINBASE.put(world, live=live)
    result = world.ask()
    assert result.findings == []
    assert [item.message for item in result.unchecked] == ["the answer is silent about can_receive"]
    assert [key.state for key in result.keys] == [State.UNCHECKED]
