"""What a thief could do with each key, as `diff` reports it: by what the exchange shows, else as declared."""

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.diff.standing import observed
from keylint.load.declaration import key_decl
from keylint.load.facts import vocabulary
from keylint.model.live import LiveKey
from keylint.model.reach import live_reach
from tests.live.world import LIVE, World
from tests.running import NOW

SAFE = "cannot move funds out"


def test_reach_goes_by_what_is_live(world: World) -> None:
    rights = ["enableReading", "enableSpotAndMarginTrading", "enableWithdrawals"]
    world.serve("binance", keys=[{**LIVE["binance"], "permissions": rights}])
    ran = world.diff("--format", "json")
    (key,) = ran.json["keys"]
    assert (key["state"], list(key)[-2:]) == ("drift", ["implied", "reach"])
    assert key["reach"] == (
        "only from 203.0.113.10: withdraw funds and trade spot and margin; "
        "addresses as declared, binance does not show them"
    )


def test_reach_of_a_key_without_an_allowlist_says_so(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "ip_allowlist": []}])
    ran = world.diff()
    assert f"         reach: from any address: trade spot and margin; {SAFE}\n" in ran.out


def test_reach_of_what_was_not_read_is_the_declared_one(world: World) -> None:
    world.declare("binance")
    ran = world.diff("--format", "json")
    (key,) = ran.json["keys"]
    assert (key["state"], key["reach"]) == (
        "unchecked",
        f"as declared: only from 203.0.113.10: trade spot and margin; {SAFE}, "
        "unless it can manage keys and sub-accounts (not settled)",
    )


def test_a_dead_key_has_no_reach(world: World) -> None:
    world.serve("kraken")
    world.keys["kraken-bot"]["status"] = "planned"
    (key,) = world.diff("--format", "json").json["keys"]
    assert (key["state"], key["reach"]) == ("absent", None)


def test_reach_holds_no_secret(world: World) -> None:
    world.serve("kraken")
    secret = "Zq3vT8nWxR5kLm2PbYc7JdHfGs9QaE4uN6iXoV1tKwUzBrCyMpDhAjSlFgI0eO3v"
    world.keys["kraken-bot"]["account"] = secret
    ran = world.diff("--format", "json")
    assert secret not in ran.out
    assert "on «concealed»" in ran.json["keys"][0]["reach"]


@pytest.mark.parametrize(
    ("declared", "live", "expected"),
    [
        ({}, {"rights": ("query-funds",)}, f"only from 203.0.113.7: read the account; {SAFE}"),
        ({}, {"rights": ()}, "nothing: it has no permission"),
        (
            {},
            {"rights": (), "unreported": ("withdraw-funds",)},
            "nothing: it has no permission, as far as kraken shows",
        ),
        (
            {},
            {"rights": ("query-funds",), "unreported": ("withdraw-funds",)},
            f"only from 203.0.113.7: read the account; {SAFE}, unless it can withdraw funds (not settled)",
        ),
        (
            {},
            {"rights": (), "unreported": ("query-funds",)},
            f"only from 203.0.113.7: read the account; {SAFE}; rights as declared, kraken does not show them",
        ),
        (
            {},
            {"rights": ("query-funds",), "unmapped": ("moon",)},
            "only from 203.0.113.7: read the account and whatever 'moon' may bring",
        ),
        ({}, {"rights": (), "unmapped": ("moon",)}, "only from 203.0.113.7: whatever 'moon' may bring"),
        ({"status": "revoked"}, {"rights": ("query-funds",)}, f"only from 203.0.113.7: read the account; {SAFE}"),
        (
            {"account": "desk-1", "expires": "2026-12-01"},
            {"rights": ("query-funds",)},
            f"only from 203.0.113.7: read the account on desk-1; {SAFE}; until 2026-12-01 as declared",
        ),
        (
            {"expires": "2027-01-12"},
            {"rights": ("query-funds",), "expires": datetime(2026, 12, 1, 8, tzinfo=UTC)},
            f"only from 203.0.113.7: read the account; {SAFE}; until 2026-12-01",
        ),
        (
            {"expires": "2027-01-12"},
            {"rights": ("query-funds",), "expires": datetime(2026, 11, 20, tzinfo=UTC)},
            f"only from 203.0.113.7: read the account; {SAFE}; its end 2026-11-19 has passed",
        ),
        (
            {"expires": "2027-01-12"},
            {"rights": ("query-funds",), "expires": None},
            f"only from 203.0.113.7: read the account; {SAFE}",
        ),
    ],
)
def test_sentence_tells_what_is_shown_from_what_is_not(
    declared: dict[str, Any], live: dict[str, Any], expected: str
) -> None:
    key = key_decl(
        "bot", {"exchange": "kraken", "permissions": ["query-funds"], "ip_allowlist": ["203.0.113.7"], **declared}
    )
    state = LiveKey(ip_restricted=True, ip_allowlist=("203.0.113.7",), **live)
    assert live_reach(key, observed(key, state), state, vocabulary(), NOW) == expected


def test_addresses_that_are_not_shown_are_taken_as_declared() -> None:
    fields = {"exchange": "binance", "permissions": ["read"], "ip_allowlist": ["203.0.113.7"]}
    key, state = key_decl("bot", fields), LiveKey(("enableReading",))
    assert live_reach(key, observed(key, state), state, vocabulary(), NOW) == (
        f"only from 203.0.113.7: read the account; {SAFE}; addresses as declared, binance does not show them"
    )


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (["read"], f"from any address: read the account; {SAFE}; rights as declared, bithumb does not show them"),
        (
            ["read", "withdraw"],
            "from any address: withdraw funds; rights as declared, bithumb does not show them",
        ),
        ([], "nothing: it has no permission, as far as bithumb shows"),
    ],
)
def test_exchange_that_shows_no_rights_is_not_taken_for_a_key_without_any(
    permissions: list[str], expected: str
) -> None:
    key, state = key_decl("bot", {"exchange": "bithumb", "permissions": permissions}), LiveKey(())
    assert live_reach(key, observed(key, state), state, vocabulary(), NOW) == expected
