"""Rules on ages and ends: limits are kept at exactly N days, days are days in UTC, only keys that live are judged."""

from datetime import date
from typing import Any

import pytest

from keylint.load.declaration import key_decl
from keylint.load.facts import facts_of
from keylint.model.lifetime import End, days_to, ends, last_day
from tests.rules.saying import keys, said
from tests.running import NOW

OLD = "created: 2020-01-01, expires: 2026-11-30, reviewed: 2020-01-01, exchange: bybit, holder: 3commas"
OPTIONS: dict[str, dict[str, Any]] = {"vendor-key-lifetime": {"vendors": ["3commas"]}}


@pytest.mark.parametrize(
    "rule",
    ["expiring-soon", "lifetime-too-long", "review-overdue", "exchange-expiry", "vendor-key-lifetime"],
)
def test_only_keys_that_live_are_judged(rule: str) -> None:
    for status, speaks in (("active", True), ("retiring", True), ("planned", False), ("revoked", False)):
        assert bool(said(rule, keys(a=f"{OLD}, status: {status}"), **OPTIONS.get(rule, {}))) is speaks


def test_missing_end_is_noted_of_keys_that_live() -> None:
    text = keys(a="", b="status: retiring", c="status: planned", d="status: revoked", e="expires: 2026-12-01")
    assert said("expires-missing", text) == [
        "a:3 note: key 'a' does not say when it ends",
        "a:4 note: key 'b' does not say when it ends",
    ]


@pytest.mark.parametrize(
    ("expires", "now", "when"),
    [
        ("2026-12-06", "", "in 14 days"),
        ("2026-12-07", "", None),
        ("2026-12-06", "2026-11-22T23:59:59Z", "in 14 days"),
        ("2026-12-07", "2026-11-22T23:59:59Z", None),
        ("2026-11-23", "", "tomorrow"),
        ("2026-11-22", "2026-11-22T23:59:59Z", "today"),
        ("2026-11-22", "2026-11-23T00:00:00Z", None),
        ("2026-12-07T00:00:00Z", "", "in 14 days"),
        ("2026-12-07T00:00:01Z", "", None),
        ("2026-12-07T00:59:00+01:00", "", "in 14 days"),
        ("2026-12-06T23:30:00-01:00", "", None),
        ("2026-11-22T12:00:00Z", "2026-11-22T11:59:59Z", "today"),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", None),
    ],
)
def test_end_is_announced_from_the_day_that_lies_n_days_ahead(expires: str, now: str, when: str | None) -> None:
    wanted = [f"a:3 warning: key 'a' ends {when}: {expires}"] if when else []
    assert said("expiring-soon", keys(a=f'expires: "{expires}"'), now=now) == wanted


@pytest.mark.parametrize(
    ("created", "expires", "days"),
    [
        ("2026-09-01", "2026-11-30", None),
        ("2026-09-01", "2026-12-01", 91),
        ("2026-09-01T23:59:59Z", "2026-11-30T00:00:01Z", None),
        ("2026-09-02T00:30:00+01:00", "2026-12-01", 91),
        ("2026-09-01", "2026-12-01T00:00:00Z", None),
        ("2026-09-01", "2020-01-01", None),
        ("0001-01-01", "9999-12-30", 3652057),
    ],
)
def test_lifetime_counts_days_of_the_calendar(created: str, expires: str, days: int | None) -> None:
    wanted = [f"a:3 warning: key 'a' is meant to live for {days} days, 90 are allowed"] if days else []
    assert said("lifetime-too-long", keys(a=f'created: "{created}", expires: "{expires}"')) == wanted


def test_lifetime_needs_both_its_ends() -> None:
    assert said("lifetime-too-long", keys(a="created: 2020-01-01", b="expires: 2030-01-01")) == []


@pytest.mark.parametrize(
    ("fields", "now", "what"),
    [
        ("reviewed: 2026-08-24", "", None),
        ("reviewed: 2026-08-24", "2026-11-22T00:00:01Z", "was last reviewed 90 days ago"),
        ("reviewed: 2026-08-23", "", "was last reviewed 91 days ago"),
        ('reviewed: "2026-08-24T00:30:00+01:00"', "", "was last reviewed 90 days ago"),
        ("created: 2026-08-23", "", "was not reviewed since it was made 91 days ago"),
        ("created: 2026-08-24", "", None),
        ("created: 2026-09-01, reviewed: 2026-01-01", "", None),
        ("created: 2026-01-01, reviewed: 2026-08-23", "", "was last reviewed 91 days ago"),
        ("created: 2026-01-01, reviewed: 2026-01-01", "", "was last reviewed 325 days ago"),
        ("", "", None),
    ],
)
def test_review_is_due_after_the_later_of_review_and_making(fields: str, now: str, what: str | None) -> None:
    wanted = [f"a:3 warning: key 'a' {what}, 90 are allowed"] if what else []
    assert said("review-overdue", keys(a=fields), now=now) == wanted


def test_review_in_the_future_does_not_silence_the_rule() -> None:
    text = keys(a="created: 2026-01-01, reviewed: 2027-01-01")
    assert said("review-overdue", text) == ["a:3 warning: key 'a' was reviewed in the future: 2027-01-01"]


def test_review_is_judged_by_the_live_day_where_none_is_declared() -> None:
    live = "{permissions: [query-funds], created: 2026-06-01T00:00:00Z}"
    assert said("review-overdue", keys(a=""), live=live) == [
        "a:3 warning: live: key 'a' was not reviewed since it was made 174 days ago, 90 are allowed"
    ]


@pytest.mark.parametrize(
    ("now", "overlaps"), [("2026-11-17T00:00:00Z", False), ("2026-11-17T00:00:01Z", True), ("2026-11-10", False)]
)
def test_rotation_may_overlap_for_exactly_a_week(now: str, overlaps: bool) -> None:
    text = keys(old="", new="created: 2026-11-10, replaces: old")
    wanted = ["a:4 warning: key 'old' is still active 7 days after 'new' replaced it, 7 are allowed"]
    assert said("rotation-overlap", text, now=now) == (wanted if overlaps else [])


@pytest.mark.parametrize(
    ("old", "new", "overlaps"),
    [
        ("", "", True),
        ("status: retiring", "", True),
        ("status: revoked", "", False),
        ("status: planned", "", False),
        ("", "status: planned", False),
        ("", "status: revoked", False),
    ],
)
def test_rotation_overlaps_in_any_order_of_keys_and_files(old: str, new: str, overlaps: bool) -> None:
    new = f"created: 2026-10-01, replaces: old{', ' * bool(new)}{new}"
    message = "warning: key 'old' is still active 52 days after 'new' replaced it, 7 are allowed"
    for texts, place in (
        ([keys(old=old, new=new)], "a:4"),
        ([keys(new=new, old=old)], "a:3"),
        ([keys(old=old), keys(new=new)], "b:3"),
        ([keys(new=new), keys(old=old)], "a:3"),
    ):
        assert said("rotation-overlap", *texts) == ([f"{place} {message}"] if overlaps else [])


def test_rotation_of_an_undeclared_key_or_without_a_day_says_nothing() -> None:
    text = keys(
        old="", a="created: 2026-01-01, replaces: other", b="replaces: old", c="created: 2026-01-01, replaces: c"
    )
    assert said("rotation-overlap", text) == []


def of(exchange: str, **fields: Any) -> list[End]:
    facts = facts_of(exchange)
    assert facts is not None
    return ends(key_decl("a", {"exchange": exchange, "permissions": ["read"], **fields}), facts)


def days(found: list[End]) -> list[tuple[str, date | None, bool]]:
    return [(", ".join(end.rights) or end.what, end.day, end.is_earliest) for end in found]


CREATED = "2026-09-01"
AT_90, AT_30 = date(2026, 11, 30), date(2026, 10, 1)


@pytest.mark.parametrize(
    ("exchange", "fields", "wanted"),
    [
        ("kraken", {}, []),
        ("gate", {}, [("key", AT_90, False)]),
        ("gate", {"ip_allowlist": ["203.0.113.7"]}, []),
        ("gate", {"ip_allowlist": []}, [("key", AT_90, False)]),
        ("gate", {"created": "2026-09-02T00:30:00+01:00"}, [("key", AT_90, False)]),
        ("gate", {"created": None}, [("key", None, False)]),
        ("gate", {"created": "9999-12-01"}, [("key", date.max, False)]),
        ("bybit", {}, [("key", AT_90, True), ("key", None, False)]),
        ("binance", {}, [("key", None, False)]),
        (
            "binance",
            {"permissions": ["trade.spot"]},
            [("enableSpotAndMarginTrading", AT_30, True), ("key", None, False)],
        ),
        ("binance", {"permissions": ["enableFutures", "enableReading"]}, [("key", None, False)]),
        (
            "binance",
            {"permissions": ["enableSpotAndMarginTrading"], "created": None},
            [("enableSpotAndMarginTrading", None, True), ("key", None, False)],
        ),
        ("okx", {}, []),
        ("okx", {"permissions": ["read", "trade.spot"]}, [("key", None, False)]),
        ("okx", {"permissions": ["withdraw"]}, [("key", None, False)]),
        ("okx", {"permissions": ["trade.spot"], "environment": "demo"}, []),
        ("okx", {"permissions": ["trade.spot"], "ip_allowlist": ["203.0.113.7"]}, []),
        ("kucoin", {"permissions": ["read", "deposit"]}, []),
        ("kucoin", {"permissions": ["Futures"]}, [("key", None, False)]),
        ("hyperliquid", {}, [("key", AT_90, False)]),
        ("hyperliquid", {"expires": "2027-01-31"}, [("key", date(2027, 2, 28), False)]),
        ("bithumb", {"ip_allowlist": ["203.0.113.7"]}, [("key", date(2027, 9, 1), False)]),
    ],
)
def test_ends_that_exchanges_set(exchange: str, fields: dict[str, Any], wanted: list[Any]) -> None:
    given = {"created": CREATED, **fields}
    assert days(of(exchange, **{name: value for name, value in given.items() if value is not None})) == wanted


def test_end_carries_the_exchanges_rule() -> None:
    idle = of("okx", permissions=["trade"])[0]
    assert (idle.after, idle.is_unbound) == ("14 days after its last use", True)
    assert idle.says == "a key without an address list that may trade or withdraw ends after 14 days without use"
    assert idle.source.startswith("www.okx.com/docs-v5")


def test_last_day_of_an_end_at_midnight_is_the_day_before() -> None:
    assert last_day(NOW) == NOW.toordinal() - 1
    assert last_day(NOW.replace(microsecond=1)) == NOW.toordinal()
    assert last_day(NOW.replace(year=1, month=1, day=1)) == 1
    assert days_to(NOW.replace(hour=1), NOW) == 0


GATE = "a key without an address list is valid for 90 days"
MEXC = "a key without an address list ends after 90 days, unless somebody renews it"
OKX = "a key without an address list that may trade or withdraw ends after 14 days without use"
SPOT = "without an address list the spot and margin permission is valid for 30 days from its activation, then unticked"
IDLE = "a key without an address list that is not used for 30 days is removed"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("exchange: gate, created: 2026-09-01, expires: 2026-11-30", []),
        ("exchange: gate, created: 2026-09-01, expires: 2026-12-01", [f"gate ends key 'a' on 2026-11-30: {GATE}"]),
        ("exchange: gate, created: 2026-08-24", [f"gate ends key 'a' on 2026-11-22: {GATE}"]),
        ("exchange: gate, created: 2026-08-23", [f"gate ended key 'a' on 2026-11-21: {GATE}"]),
        ("exchange: gate", [f"gate ends key 'a' 90 days after it was made: {GATE}"]),
        ("exchange: mexc, created: 2026-01-01", [f"mexc ends key 'a' on 2026-04-01 or later: {MEXC}"]),
        (
            "exchange: okx, permissions: [trade], expires: 2026-11-25",
            [f"okx ends key 'a' 14 days after its last use: {OKX}"],
        ),
        (
            "exchange: binance, permissions: [trade.spot], created: 2026-11-01",
            [
                f"binance takes enableSpotAndMarginTrading from key 'a' on 2026-12-01 or later: {SPOT}",
                f"binance ends key 'a' 30 days after its last use: {IDLE}",
            ],
        ),
        ("exchange: bithumb, created: 2026-09-01, expires: 2027-09-01", []),
        ("exchange: bithumb, created: 2026-09-01, expires: 2027-01-01", []),
        ("exchange: nowhere, created: 2020-01-01", []),
    ],
)
def test_exchange_ends_what_the_team_does_not_end_before(fields: str, wanted: list[str]) -> None:
    assert said("exchange-expiry", keys(a=fields)) == [f"a:3 warning: {message}" for message in wanted]


def test_right_that_was_taken_is_told_in_the_past_only_where_it_is_certain() -> None:
    text = keys(a="exchange: binance, permissions: [trade.spot], created: 2020-01-01")
    assert said("exchange-expiry", text) == [
        f"a:3 warning: binance takes enableSpotAndMarginTrading from key 'a' on 2020-01-31 or later: {SPOT}",
        f"a:3 warning: binance ends key 'a' 30 days after its last use: {IDLE}",
    ]


def test_exchange_ends_a_live_key_that_is_not_bound_as_declared() -> None:
    text = keys(a="exchange: gate, ip_allowlist: [203.0.113.7], created: 2026-09-01")
    live = "{permissions: [], ip_restricted: false, created: 2026-10-01T00:00:00Z}"
    assert said("exchange-expiry", text, live=live) == [f"a:3 warning: live: gate ends key 'a' on 2026-12-30: {GATE}"]
    assert said("exchange-expiry", text, live="{permissions: [], ip_restricted: true}") == []


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("holder: 3COMMAS", "is held by 3COMMAS and has no end"),
        ("holder: [own, 3Commas]", "is held by 3Commas and has no end"),
        ("holder: 3commas.io", ""),
        ("", ""),
        ("holder: 3commas, created: 2026-09-01, expires: 2026-11-30", ""),
        (
            "holder: 3commas, created: 2026-09-01, expires: 2026-12-01",
            "is held by 3commas and is meant to live for 91 days, 90 are allowed",
        ),
        ("holder: 3commas, expires: 2027-02-20", ""),
        ("holder: 3commas, expires: 2027-02-21", "is held by 3commas and is meant to live for 91 days, 90 are allowed"),
    ],
)
def test_vendors_keys_end_within_the_limit(fields: str, wanted: str) -> None:
    found = said("vendor-key-lifetime", keys(a=fields), vendors=["skyrex", "3Commas"])
    assert found == ([f"a:3 warning: key 'a' {wanted}"] if wanted else [])


def test_vendor_rules_are_silent_without_a_list() -> None:
    for rule in ("vendor-key-lifetime", "vendor-blocked"):
        assert said(rule, keys(a="holder: 3commas")) == []
