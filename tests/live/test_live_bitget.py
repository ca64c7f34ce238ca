"""`diff` of Bitget keys against the simulated exchange: two generations of accounts, two kinds of keys, the demo."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from tests.live.five import BITGET
from tests.live.world import World

UNIFIED_CALL = "/api/v3/account/info"
UNIFIED: dict[str, Any] = {"unified": True, "permissions": ["uta_mgt.read-only", "uta_trade.read-only"]}


def test_classic_key_is_shown_whole(world: World) -> None:
    BITGET.put(world)
    assert BITGET.shown(world) == LiveKey(
        rights=("stor", "stow"), ip_restricted=True, ip_allowlist=("203.0.113.10",), account_id="100000001"
    )


def test_unified_key_is_asked_for_by_its_own_call(world: World) -> None:
    sandbox = BITGET.put(world, declared={"permissions": ["read"]}, live=UNIFIED)
    assert BITGET.shown(world) == LiveKey(
        rights=("uta_mgt.read-only", "uta_trade.read-only"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        account_id="100000001",
    )
    assert BITGET.paths(sandbox) == [BITGET.time, BITGET.inspect, UNIFIED_CALL]


def test_type_of_a_unified_key_may_have_underscores(world: World) -> None:
    answer = {"answer": {"permType": "read_and_write", "permissions": ["uta_trade", "uta_mgt", "withdraw"]}}
    BITGET.put(world, declared={"permissions": ["read"]}, live={**UNIFIED, **answer})
    result = world.ask()
    assert {item.rule for item in result.findings} == {"permission-extra"}
    assert [key.state for key in result.keys] == [State.DRIFT]
    assert "withdraw" in result.keys[0].capabilities


def test_unified_key_without_management_may_not_look_at_itself(world: World) -> None:
    BITGET.put(world, live={"unified": True, "permissions": ["uta_trade.read-only"]})
    assert BITGET.refused(world).reason is Reason.PERMISSION_DENIED


def test_rsa_key_is_accepted_and_another_is_not(world: World) -> None:
    first, other = (
        rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for _ in range(2)
    )
    BITGET.put(world, live={"api_secret": None, "private_key": first})
    given = {name: BITGET.given[name] for name in ("api_key", "passphrase")}
    world.given[BITGET.name] = {**given, "private_key": first}
    assert BITGET.states(world) == [State.IN_SYNC]
    world.given[BITGET.name] = {**given, "private_key": other}
    assert BITGET.refused(world).reason is Reason.BAD_SIGNATURE


@pytest.mark.parametrize("unified", [False, True])
def test_demo_is_told_by_a_header(world: World, *, unified: bool) -> None:
    live = {"environment": "demo", **(UNIFIED if unified else {})}
    declared = {"environment": "demo", **({"permissions": ["read"]} if unified else {})}
    BITGET.put(world, declared=declared, live=live)
    assert BITGET.states(world) == [State.IN_SYNC]
    del world.keys[BITGET.name]["environment"]
    entry = BITGET.refused(world)
    assert (entry.reason, entry.message) == (
        Reason.BAD_CREDENTIALS,
        "bitget 40099: the key does not belong to this environment",
    )


@pytest.mark.parametrize("ips", [["203.0.113.10"], "203.0.113.10", ["203.0.113.10", ""]])
def test_addresses_may_be_a_text_or_a_list(world: World, ips: Any) -> None:
    BITGET.put(world, live={"answer": {"ips": ips}})
    assert BITGET.states(world) == [State.IN_SYNC]
