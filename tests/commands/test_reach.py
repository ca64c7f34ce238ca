"""What a thief could do with a key, in one sentence; and what native rights really bring."""

from datetime import UTC, datetime
from itertools import chain, combinations
from typing import Any

import pytest

from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.load.declaration import key_decl
from keylint.load.facts import facts_of, vocabulary
from keylint.model.boxes import least, offered
from keylint.model.facts import Facts
from keylint.model.reach import _HARMLESS, _WORDS, brought, reach

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SAFE = "cannot move funds out"


def known(name: str) -> Facts:
    facts = facts_of(name)
    assert facts
    return facts


def sentence(**fields: Any) -> str:
    return reach(key_decl("bot", {"exchange": "kraken", "permissions": ["read"], **fields}), vocabulary(), NOW)


@pytest.mark.parametrize(
    ("permissions", "doing"),
    [
        (["read"], "read the account"),
        (["read", "data.export"], "read the account and export history"),
        (["trade.spot"], "trade spot and margin"),  # modify-trades gives both
        (["read", "trade.cancel"], "cancel orders"),
        (["earn"], "subscribe to earn products"),
        (["deposit"], "see deposit addresses"),
        (["query-funds", "modify-trades"], "trade spot and margin"),
    ],
)
def test_what_cannot_move_funds_out_is_said_so(permissions: list[str], doing: str) -> None:
    assert sentence(permissions=permissions) == f"from any address: {doing}; {SAFE}"


@pytest.mark.parametrize(
    ("exchange", "permissions", "doing"),
    [
        ("kraken", ["withdraw"], "withdraw funds, cancel withdrawals and move funds between own wallets"),
        ("kraken", ["withdraw.address"], "add withdrawal addresses"),
        ("bitmex", ["withdraw"], "withdraw funds"),
        ("bybit", ["withdraw"], "withdraw funds and manage keys and sub-accounts"),
        ("bybit", ["FiatP2P.FiatP2POrder", "BitCard.BitCard"], "use a payment card and sell coins to third parties"),
        ("bingx", ["transfer.user"], "send funds to other users and move funds between sub-accounts"),
        ("coinbase", ["key.export"], "export private keys"),
        ("deribit", ["key.manage"], "manage keys/sub-accounts/settings"),
        (
            "whitebit",
            ["read", "withdraw"],
            "withdraw funds, move funds between own wallets and trade spot/margin/futures",
        ),
    ],
)
def test_what_moves_funds_out_or_widens_itself_is_said_first(exchange: str, permissions: list[str], doing: str) -> None:
    assert sentence(exchange=exchange, permissions=permissions) == f"from any address: {doing}"


@pytest.mark.parametrize(
    ("allowlist", "origin"),
    [
        ([], "from any address"),
        (["203.0.113.7"], "only from 203.0.113.7"),
        (["203.0.113.7", "203.0.113.7/32"], "only from 203.0.113.7"),
        (["203.0.113.0/28", "198.51.100.1"], "only from 17 addresses"),
        (["0.0.0.0/0"], "from any address"),
        (["0.0.0.0/1", "128.0.0.0/1"], "from any address"),
        (["::/0"], "from any address"),
        (["2001:db8::/32"], "only from very many addresses"),
        (["not an address"], "only from listed addresses"),
    ],
)
def test_an_allowlist_lowers_it_and_is_named(allowlist: list[str], origin: str) -> None:
    assert sentence(ip_allowlist=allowlist) == f"{origin}: read the account; {SAFE}"


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        ({"account": "desk-1"}, f"from any address: read the account on desk-1; {SAFE}"),
        ({"account": "d", "account_type": "sub"}, f"from any address: read the account on sub-account d; {SAFE}"),
        ({"account_type": "main"}, f"from any address: read the account on the main account; {SAFE}"),
        ({"account_type": "sub"}, f"from any address: read the account on a sub-account; {SAFE}"),
        ({"environment": "testnet"}, f"from any address: read the account (testnet: no real money); {SAFE}"),
        ({"expires": "2026-11-30"}, f"from any address: read the account; {SAFE}; until 2026-11-30 as declared"),
        ({"expires": "2026-11-22"}, f"from any address: read the account; {SAFE}; until 2026-11-22 as declared"),
        (
            {"expires": "2026-11-21"},
            f"from any address: read the account; {SAFE}; its declared end 2026-11-21 has passed",
        ),
        ({"symbols": ["A", "B"]}, f"from any address: read the account; {SAFE}"),
        (
            {"exchange": "gate", "permissions": ["futures.read_write"], "symbols": ["A", "B"]},
            f"from any address: trade futures; {SAFE}; trades only in A and B",
        ),
        (
            {"exchange": "mexc", "permissions": ["SPOT_DEAL_WRITE"], "symbols": list("ABCDE")},
            f"from any address: trade spot; {SAFE}; trades only in A, B and C and 2 more",
        ),
        (  # instruments do not bind a withdrawal
            {"exchange": "gate", "permissions": ["withdrawal.read_write"], "symbols": ["A"]},
            "from any address: withdraw funds",
        ),
        (  # an exchange that cannot bind keys so
            {"exchange": "binance", "permissions": ["enableFutures"], "symbols": ["A"]},
            f"from any address: trade futures; {SAFE}",
        ),
        (
            {"exchange": "nowhere", "permissions": ["trade.spot"], "symbols": ["A"]},
            f"from any address: trade spot; {SAFE}; trades only in A",
        ),
        ({"status": "planned"}, "nothing yet: the key is only planned"),
        (
            {"status": "revoked"},
            f"nothing if kraken has deleted it as declared, else from any address: read the account; {SAFE}",
        ),
        ({"permissions": []}, "nothing: no permission is declared"),
        ({"permissions": ["sing"]}, "from any address: whatever 'sing' may bring"),
        ({"exchange": "nowhere", "permissions": ["read", "withdraw"]}, "from any address: withdraw funds"),
        (
            {"exchange": "hyperliquid"},
            f"from any address (hyperliquid has no allowlist): trade spot and futures; {SAFE}",
        ),
        ({"exchange": "bybit", "permissions": []}, f"from any address: read the account; {SAFE}"),
    ],
)
def test_place_end_and_status(fields: dict[str, Any], whole: str) -> None:
    assert sentence(**fields) == whole


def test_a_coarse_right_counts_with_all_that_it_brings() -> None:
    main = sentence(exchange="okx", permissions=["read", "trade.spot"])
    assert main == (
        "from any address: convert to fiat money, cancel withdrawals, manage keys/sub-accounts/settings, move funds"
        " between own wallets and sub-accounts, trade spot/margin/futures/options/blocks, convert coins, borrow and"
        " subscribe to earn products"
    )
    sub = sentence(exchange="okx", permissions=["read", "trade.spot"], account_type="sub")
    assert "manage settings, " in sub


def test_what_no_source_settles_is_neither_claimed_nor_denied() -> None:
    fields: dict[str, Any] = {"exchange": "binance", "permissions": ["read", "trade.spot"], "account": "desk-1"}
    assert sentence(**fields) == (
        "from any address: trade spot and margin on desk-1; cannot move funds out, unless it can manage keys and"
        " sub-accounts (not settled)"
    )
    assert sentence(**fields, account_type="sub").endswith("on sub-account desk-1; cannot move funds out")


def test_managing_that_is_not_settled_is_always_about_sub_accounts() -> None:
    """So a sub-account's key is not suspected of it."""
    for name in EXCHANGE_NAMES:
        raw: Any = known(name).raw
        for right, fact in raw["rights"].items():
            if {"subaccount.manage", "key.manage"} & set(fact.get("may_give", ())):
                assert "sub-account" in fact["note"], (name, right)


def test_every_capability_has_words_and_no_other() -> None:
    worded = [*chain.from_iterable(_WORDS.values()), *_HARMLESS]
    assert sorted(worded) == sorted(vocabulary().classes)


def test_what_takes_value_out_is_never_called_safe() -> None:
    words = vocabulary()
    for capability, kind in words.classes.items():
        text = sentence(exchange="nowhere", permissions=[capability])
        is_safe = kind not in ("exit", "admin") or capability in ("withdraw.cancel", "fiat.convert")
        assert (SAFE in text) == is_safe, capability


@pytest.mark.parametrize("name", EXCHANGE_NAMES)
def test_the_least_rights_give_all_that_any_rights_give(name: str) -> None:
    facts, words = known(name), vocabulary()
    rights = offered(facts)
    reachable = frozenset().union(*rights.values())
    wanted = [frozenset(pair) for pair in combinations(words.classes, 2)] + [frozenset(words.classes)]
    for some in wanted:
        chosen = least(some, rights, words, frozenset())
        assert some & reachable <= frozenset().union(*(rights[right] for right in chosen))
        for right in chosen:
            others = frozenset().union(*(rights[other] for other in chosen if other != right))
            assert not some & reachable <= others, (some, chosen)


def test_older_words_and_rights_of_one_protocol_are_not_offered() -> None:
    assert {"trade", "withdraw", "read"}.isdisjoint(offered(known("bitget")))
    assert {"enableFixApiTrade", "enableFixReadOnly"}.isdisjoint(offered(known("binance")))


def test_the_least_reach_wins_over_the_fewest_rights() -> None:
    chosen = least(frozenset({"read", "trade.spot"}), offered(known("bitget")), vocabulary(), frozenset())
    assert "stow" in chosen
    assert len(chosen) == 2
    assert brought(key_decl("x", {"exchange": "bitget", "permissions": ["read", "trade.spot"]}), vocabulary()).can == {
        "read",
        "trade.spot",
    }
