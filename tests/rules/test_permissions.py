"""Rules on rights, over all that is known of all exchanges: coarse rights, profiles, sub-accounts, live answers."""

import json
from typing import Any

import pytest

from keylint.compiled.exchange_names import DATA as EXCHANGES
from keylint.load.facts import facts_of, vocabulary
from keylint.model.facts import Facts
from keylint.model.finding import Finding
from keylint.model.permission import compare, resolve
from keylint.rules.granted import needed
from tests.rules.saying import keys, said
from tests.running import PURPOSES, RULES, active, found

VOCABULARY = vocabulary()
MEMBERS = VOCABULARY.members
GUARDED: dict[str, Any] = {
    "ip_allowlist": ["203.0.113.7"],
    "owner": "desk",
    "expires": "2026-12-31",
    "notes": "as agreed",
}
JUDGES = (
    "no-withdraw",
    "withdraw-unguarded",
    "exceeds-purpose",
    "lacks-purpose",
    "exit-permission",
    "admin-permission",
    "transfer-needs-reason",
    "implied-reach",
    "leverage-needs-purpose",
    "unknown-permission",
    "empty-permissions",
)
LEVERAGE = {"trade.margin", "trade.futures", "trade.options", "margin.borrow", "loan"}


def facts(exchange: str, account_type: str | None = None) -> Facts:
    known = facts_of(exchange, account_type)
    assert known
    return known


def judged(exchange: str, permissions: list[str], live: str = "", **fields: object) -> list[Finding]:
    key = {"exchange": exchange, "permissions": permissions, **fields}
    rules = [active(RULES[name], {}) for name in JUDGES]
    return found(json.dumps({"version": 1, "keys": {"k": key}}), rules, live)


def rules_of(findings: list[Finding]) -> set[str]:
    return {item.rule for item in findings}


NATIVE = [
    pytest.param(exchange, name, right, id=f"{exchange}-{name}")
    for exchange in EXCHANGES
    for right, fact in facts(exchange).rights.items()
    for name in (right, *fact.also)
]


@pytest.mark.parametrize(("exchange", "name", "right"), NATIVE)
def test_right_that_is_named_counts_with_all_that_it_brings(exchange: str, name: str, right: str) -> None:
    gives = facts(exchange).rights[right].gives - facts(exchange).always
    wanted = {
        "no-withdraw": "withdraw" in gives,
        "withdraw-unguarded": "withdraw" in gives,
        "exit-permission": gives & MEMBERS["exit"] - {"withdraw", "withdraw.cancel"},
        "admin-permission": gives & MEMBERS["admin"],
        "transfer-needs-reason": gives & MEMBERS["transfer"],
        "leverage-needs-purpose": gives & LEVERAGE,
        # The name is a capability too, and means only that.
        "implied-reach": name in VOCABULARY.classes and gives & MEMBERS["transfer"],
    }
    assert rules_of(judged(exchange, [name])) == {rule for rule, speaks in wanted.items() if speaks}


PROFILES = [
    pytest.param(exchange, purpose, account_type, id=f"{exchange}-{purpose}-{account_type}")
    for exchange in EXCHANGES
    for purpose in PURPOSES
    for account_type in ("main", "sub")
]


@pytest.mark.parametrize(("exchange", "purpose", "account_type"), PROFILES)
def test_least_rights_for_a_purpose_are_neither_too_much_nor_too_little(
    exchange: str, purpose: str, account_type: str
) -> None:
    known, profile = facts(exchange, account_type), PURPOSES[purpose]
    tick = needed(profile.need, known, VOCABULARY)
    out_of_reach = profile.need - known.always.union(*(known.rights[name].gives for name in tick))
    expected = {"implied-reach"} | ({"no-withdraw"} if "withdraw" in profile.need else set())
    fields = {**GUARDED, "purpose": purpose, "account_type": account_type}
    for permissions in ([*tick, *out_of_reach] or ["read"], [*profile.need], [*tick, *profile.need]):
        assert rules_of(judged(exchange, permissions, **fields)) <= expected
    live = json.dumps({"permissions": tick, "ip_restricted": True})
    unreachable = {"lacks-purpose"} if out_of_reach and known.rights else set()
    assert rules_of(judged(exchange, [*profile.need], live, **fields)) - unreachable <= expected


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_one_right_more_is_too_much_where_it_brings_what_is_not_allowed(exchange: str, purpose: str) -> None:
    known, profile = facts(exchange), PURPOSES[purpose]
    tick = needed(profile.need, known, VOCABULARY)
    have = known.always.union(*(known.rights[name].gives for name in tick))
    for name, right in known.rights.items():
        findings = judged(exchange, [*tick, name], **GUARDED, purpose=purpose)
        too_much = ({name} if name in VOCABULARY.classes else right.gives) - have - profile.allow
        assert ("exceeds-purpose" in rules_of(findings)) == bool(too_much), name
        assert not too_much or any(
            ", ".join(c for c in VOCABULARY.classes if c in too_much) in f.message for f in findings
        )


def test_same_key_is_judged_alike_whichever_way_its_rights_are_written() -> None:
    implied = (
        "trade of okx, which gives key 'a' trade.spot, also brings transfer.internal, transfer.subaccount, "
        "account.settings, subaccount.manage, key.manage, withdraw.cancel, fiat.convert"
    )
    for names in ("[read, trade.spot]", "[read_only, trade]", "[read, trade]", "[read_only, trade, trade.spot]"):
        text = keys(a=f"exchange: okx, purpose: spot-trading, permissions: {names}")
        assert said("implied-reach", text) == [f"a:3 warning: {implied}"]
        for rule in ("exceeds-purpose", "exit-permission", "admin-permission", "transfer-needs-reason"):
            assert said(rule, text) == []


def test_coarse_right_without_a_purpose_is_declared_with_all_that_it_brings() -> None:
    text = keys(a="exchange: okx, permissions: [read_only, trade]")
    assert said("implied-reach", text) == []
    assert said("exit-permission", text) == [
        "a:3 error: key 'a' can let value leave the account: fiat.convert (trade gives it)"
    ]
    assert said("admin-permission", text) == [
        "a:3 error: key 'a' can widen its own reach: account.settings, subaccount.manage, key.manage (trade gives it)"
    ]
    assert said("transfer-needs-reason", text) == [
        (
            "a:3 warning: key 'a' can move funds, and no `notes` say what for: "
            "transfer.internal, transfer.subaccount (trade gives it)"
        )
    ]


def test_sub_account_lacks_what_only_main_accounts_have() -> None:
    for kind, wanted in (("main", True), ("sub", False)):
        text = keys(a=f"exchange: bybit, permissions: [Wallet.AccountTransfer], account_type: {kind}")
        assert bool(said("admin-permission", text)) is wanted
    text = keys(a="exchange: bybit, permissions: [transfer.internal], account_type: main")
    assert said("implied-reach", text) == [
        (
            "a:3 warning: Wallet.AccountTransfer of bybit, which gives key 'a' transfer.internal, also brings "
            "subaccount.manage, key.manage"
        )
    ]
    assert said("implied-reach", text.replace("main", "sub")) == []


def hint(rule: str, text: str, live: str = "") -> str:
    (item,) = found(text, [active(RULES[rule], {})], live)
    return item.hint


def test_hint_on_implied_reach_says_what_can_be_done() -> None:
    text = keys(a="exchange: bybit, permissions: [transfer.internal]")
    assert hint("implied-reach", text) == (
        "a sub-account's key lacks key.manage, subaccount.manage: if it is one, say `account_type: sub`"
    )
    no_smaller = "has no smaller right: bind the key to addresses, keep little on its account, then waive this"
    assert hint("implied-reach", text.replace("]}", "], account_type: main}")) == f"bybit {no_smaller}"
    assert hint("implied-reach", keys(a="exchange: kucoin, permissions: [trade.spot]")) == f"kucoin {no_smaller}"
    smaller = keys(a="exchange: bitget, permissions: [read, transfer.internal]")
    assert hint("implied-reach", smaller, "permissions: [uta_mgt.read-and-write]") == (
        "tick coor, wtow instead: it gives as much, and less beyond"
    )


def test_live_right_beyond_what_the_declaration_needs_is_judged() -> None:
    text = keys(a="exchange: okx, permissions: [read], account_type: sub")
    live = "permissions: [read_only, trade]"
    assert said("exit-permission", text, live=live) == [
        "a:3 error: live: key 'a' can let value leave the account: fiat.convert (trade gives it)"
    ]
    assert said("admin-permission", text, live=live) == [
        "a:3 error: live: key 'a' can widen its own reach: account.settings (trade gives it)"
    ]
    needs = keys(a="exchange: okx, permissions: [read, trade.spot], account_type: sub")
    assert said("exit-permission", needs, live=live) == said("admin-permission", needs, live=live) == []


def test_what_is_allowed_but_not_needed_excuses_no_exit() -> None:
    text = keys(a="exchange: deribit, purpose: arbitrage, permissions: ['trade:read_write', 'wallet:read_write']")
    assert said("exceeds-purpose", text) == [
        (
            "a:3 error: key 'a' may transfer.subaccount, deposit, withdraw (wallet:read_write gives it): "
            "more than arbitrage allows"
        )
    ]


def test_what_was_asked_for_and_is_allowed_excuses_what_comes_along() -> None:
    text = keys(a="exchange: kucoin, purpose: market-making, permissions: [read, trade.spot, trade.margin]")
    assert said("exceeds-purpose", text, live="permissions: [General, Spot, Margin]") == []
    named = keys(a="exchange: kucoin, purpose: market-making, permissions: [General, Spot, Margin]")
    assert said("exceeds-purpose", named) == [
        "a:3 error: key 'a' may margin.borrow (Margin gives it): more than market-making allows"
    ]


def test_capability_that_is_asked_for_is_too_much_even_where_the_exchange_adds_it_anyway() -> None:
    text = keys(a="exchange: binance, purpose: spot-trading, permissions: [read, trade.spot, trade.margin]")
    assert said("exceeds-purpose", text) == ["a:3 error: key 'a' may trade.margin: more than spot-trading allows"]


def test_exchange_that_is_not_known_is_judged_by_capabilities_alone() -> None:
    text = keys(a="exchange: nowhere, purpose: spot-trading, permissions: [read, p2p, enableReading, key.manage]")
    assert said("exceeds-purpose", text) == [
        "a:3 error: key 'a' may key.manage: more than spot-trading allows",
        "a:3 error: key 'a' may p2p: more than spot-trading allows",
    ]
    assert said("exit-permission", text) == ["a:3 error: key 'a' can let value leave the account: p2p"]
    assert said("admin-permission", text) == ["a:3 error: key 'a' can widen its own reach: key.manage"]
    for rule in ("lacks-purpose", "implied-reach", "symbols-unscoped"):
        assert said(rule, text) == []


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ("exchange: kraken, permissions: [read, withdraw]", ["ip_allowlist", "owner", "expires"]),
        ("exchange: kraken, permissions: [read, withdraw], owner: desk", ["ip_allowlist", "expires"]),
        ("exchange: kraken, permissions: [withdraw-funds], ip_allowlist: [8.8.8.8]", ["owner", "expires"]),
        ("exchange: hyperliquid, permissions: [user], owner: desk", ["expires"]),
        ("exchange: bitfinex, permissions: [withdraw.write], owner: d, expires: 2026-12-31", ["ip_allowlist"]),
        ("exchange: kraken, permissions: [withdraw.cancel, withdraw.address]", []),
        ("exchange: kraken, permissions: [withdraw], status: planned", []),
        ("exchange: kraken, permissions: [withdraw], status: revoked", []),
    ],
)
def test_each_missing_guard_of_a_withdrawal_is_one_problem(fields: str, missing: list[str]) -> None:
    findings = found(keys(a=fields), [active(RULES["withdraw-unguarded"], {})])
    assert [item.path[2] for item in findings] == missing
    assert len({item.fingerprint for item in findings}) == len(missing)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("exchange: bitmex, permissions: [order], purpose: market-making", []),
        ("exchange: binance, permissions: [trade.spott, read], purpose: spot-trading", []),
        (
            "exchange: phemex, permissions: [read], purpose: spot-trading",
            ["cannot trade.spot, which spot-trading needs"],
        ),
        ("exchange: kraken, permissions: [], purpose: tax-export", ["cannot read, which tax-export needs"]),
        (
            "exchange: kraken, permissions: [withdraw], purpose: treasury, ip_allowlist: [], expires: 2026-12-31",
            ["has no `ip_allowlist`, which treasury requires"],
        ),
        (
            "exchange: hyperliquid, permissions: [withdraw], purpose: treasury",
            ["has no `expires`, which treasury requires"],
        ),
        ("exchange: kraken, permissions: [read], purpose: nonsense", []),
    ],
)
def test_what_a_purpose_lacks(fields: str, wanted: list[str]) -> None:
    assert said("lacks-purpose", keys(a=fields)) == [f"a:3 warning: key 'a' {text}" for text in wanted]


def test_hint_on_what_a_purpose_lacks_names_the_box_to_tick() -> None:
    fields = "exchange: {}, permissions: [read], purpose: futures-trading"
    for exchange, wanted in (
        ("binance", "add it to `permissions`; at binance it is enableFutures"),
        ("phemex", "add it to `permissions`"),
        ("kraken", "no right of kraken gives it: another purpose is meant, or another exchange"),
    ):
        assert hint("lacks-purpose", keys(a=fields.format(exchange))) == wanted


def test_live_answer_that_is_silent_or_unsettled_does_not_lack_anything() -> None:
    sweep = "purpose: treasury, ip_allowlist: [8.8.8.8], expires: 2026-12-31, permissions: [withdraw]"
    # Gate's answer may leave withdrawal out although it is on; what rights Bithumb's keys have it never shows.
    assert said("lacks-purpose", keys(a=f"exchange: gate, {sweep}"), live="permissions: [wallet.read_only]") == []
    assert said("lacks-purpose", keys(a=f"exchange: bithumb, {sweep}"), live="permissions: []") == []
    assert said("lacks-purpose", keys(a=f"exchange: kraken, {sweep}"), live="permissions: [query-funds]") == [
        "a:3 warning: live: key 'a' cannot withdraw, which treasury needs"
    ]


@pytest.mark.parametrize(
    ("exchange", "asked", "live", "missing", "undecided"),
    [
        ("bybit", ["read", "trade.margin"], ["Spot.SpotTrade"], (), ("trade.margin",)),
        ("bybit", ["read", "trade.margin"], ["Earn.Earn"], ("trade.margin",), ()),
        ("bithumb", ["read", "withdraw"], [], (), ("read", "withdraw")),
        ("kraken", ["trades_modify"], ["modify-trades"], (), ()),
        ("kraken-futures", ["general.NO_ACCESS", "READ_ONLY"], [], (), ()),
    ],
)
def test_what_is_not_settled_is_neither_there_nor_missing(
    exchange: str, asked: list[str], live: list[str], missing: tuple[str, ...], undecided: tuple[str, ...]
) -> None:
    known = facts(exchange)
    compared = compare(resolve(asked, known, VOCABULARY), live, (), known)
    assert (compared.missing, compared.undecided) == (missing, undecided)


def test_no_right_is_no_permission_and_no_mistake() -> None:
    for names in ("['account:none', 'session:bot', 'ip:8.8.8.8']", "[mainaccount]"):
        text = keys(a=f"exchange: deribit, permissions: {names}")
        assert said("unknown-permission", text) == []
        assert said("empty-permissions", text) == ["a:3 warning: key 'a' is declared to do nothing"]
    assert said("unknown-permission", keys(a="exchange: deribit, permissions: ['session', 'trade:nome']")) == [
        "a:3 error: 'session' is no permission of deribit",
        "a:3 error: 'trade:nome' is no permission of deribit",
    ]


@pytest.mark.parametrize(
    ("exchange", "name", "wanted"),
    [
        ("kucoin", "FlexTransfer", "did you mean `FlexTransfers`?"),
        ("bybit", "SpotTrades", "did you mean `SpotTrade`?"),
        ("bybit", "trade.sport", "did you mean `trade.spot`?"),
        ("htx", "???", "use capabilities such as read or trade.spot, or HTX's own names: readOnly, trade, withdraw"),
        ("phemex", "???", "use capabilities such as read or trade.spot"),
    ],
)
def test_hint_on_an_unknown_permission_knows_all_names(exchange: str, name: str, wanted: str) -> None:
    assert hint("unknown-permission", keys(a=f"exchange: {exchange}, permissions: ['{name}']")) == wanted


def test_hint_on_empty_permissions_names_what_every_key_can_do() -> None:
    assert hint("empty-permissions", keys(a="exchange: bitmex, permissions: []")) == (
        "every key of bitmex can read: write that"
    )
    assert hint("empty-permissions", keys(a="exchange: binance, permissions: []")) == "list what the key may do"
    assert said("empty-permissions", keys(a="exchange: binance, permissions: [raed]")) == []


def test_blank_notes_are_no_reason() -> None:
    text = keys(a="permissions: [deposit], notes: ' '")
    assert len(said("transfer-needs-reason", text)) == 1
    assert said("transfer-needs-reason", text.replace("' '", "tops up")) == []
    # Every KuCoin key can make deposit addresses.
    assert said("transfer-needs-reason", keys(a="exchange: kucoin, permissions: [General]")) == []


def test_leverage_is_left_to_the_purpose_where_there_is_one() -> None:
    rule = [active(RULES["leverage-needs-purpose"], {})]
    text = keys(a="exchange: binance, permissions: [trade.futures, loan], purpose: my-own")
    assert [item.message for item in found(text, rule)] == [
        "key 'a' can lose more than its own funds, and has no known purpose: trade.futures",
        "key 'a' can lose more than its own funds, and has no known purpose: loan",
    ]
    assert found(text, rule, purposes={}) == []
    assert len(found(text.replace(", purpose: my-own", ""), rule, purposes={})) == 2


def test_purpose_is_unknown_only_where_the_policy_has_any() -> None:
    rule = [active(RULES["purpose-unknown"], {})]
    text = keys(a="purpose: spot-tradin", b="purpose: zzz", c="")
    assert [(item.message, item.hint) for item in found(text, rule)] == [
        ("the policy knows no purpose 'spot-tradin'", "did you mean `spot-trading`?"),
        ("the policy knows no purpose 'zzz'", f"it has: {', '.join(PURPOSES)}"),
    ]
    assert found(text, rule, purposes={}) == []


@pytest.mark.parametrize(
    ("fields", "speaks"),
    [
        ("exchange: gate, permissions: [futures.read_write]", True),
        ("exchange: mexc, permissions: [trade.spot]", True),
        ("exchange: gate, permissions: [read, trade.cancel, convert]", False),
        ("exchange: gate, permissions: [trade.spot], symbols: []", True),
        ("exchange: gate, permissions: [trade.spot], symbols: [BTC_USDT]", False),
        ("exchange: okx, permissions: [trade]", False),
    ],
)
def test_symbols_are_asked_of_keys_that_trade_where_they_can_be_set(fields: str, speaks: bool) -> None:
    assert bool(said("symbols-unscoped", keys(a=fields))) is speaks
