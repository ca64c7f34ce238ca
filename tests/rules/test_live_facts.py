"""Rules that compare what an exchange shows of a key: unknown is never a difference."""

from typing import Any

import pytest

from keylint.model.live import LiveKey
from tests.rules.saying import keys, said

SILENT = "permissions: [query-funds]"


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("account-mismatch", 'account_id: "1"'),
        ("label-mismatch", "label: bot"),
        ("expiry-mismatch", "expires: 2027-01-31"),
        ("live-idle", "created: 2020-01-01"),
    ],
)
def test_what_the_exchange_does_not_show_is_no_finding(rule: str, fields: str) -> None:
    assert said(rule, keys(a=fields), live=SILENT) == []


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("account-mismatch", 'account_id: "1"'),
        ("label-mismatch", "label: bot"),
        ("expiry-mismatch", "expires: 2027-01-31T00:00:00Z"),
    ],
)
def test_what_is_not_declared_is_no_difference(rule: str, shown: str) -> None:
    assert said(rule, keys(a=""), live=f"{SILENT}\n{shown}") == []


@pytest.mark.parametrize(
    ("declared", "shown", "same"),
    [
        ("123456", "123456", True),
        ("123456", "0123456", False),
        ("AA11 N84G", "aa11n84g", True),
        ("8f14e45f-ceea", "8F14E45FCEEA", True),
        ("123456", "", False),
    ],
)
def test_account_numbers_are_compared_without_blanks_hyphens_and_case(declared: str, shown: str, same: bool) -> None:
    wanted = f"a:3 error: live key 'a' belongs to account {shown!r}, not {declared!r}"
    live = f'{SILENT}\naccount_id: "{shown}"'
    assert said("account-mismatch", keys(a=f'account_id: "{declared}"'), live=live) == ([] if same else [wanted])


@pytest.mark.parametrize(
    ("declared", "shown", "same"),
    [("bot", "bot", True), ("bot", " bot ", True), ("bot", "Bot", False), ("bot", "", False), ("", "bot", False)],
)
def test_labels_are_compared_as_they_are_written(declared: str, shown: str, same: bool) -> None:
    wanted = f"a:3 note: live key 'a' is labelled {shown!r}, not {declared!r}"
    live = f'{SILENT}\nlabel: "{shown}"'
    assert said("label-mismatch", keys(a=f'label: "{declared}"'), live=live) == ([] if same else [wanted])


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        ("2027-02-02T00:00:00Z", ""),
        ("2027-02-02T00:00:01Z", "2027-02-02, later"),
        ("2027-01-30T12:00:00Z", ""),
        ("2027-01-30T00:00:00Z", "2027-01-30, earlier"),
        ("null", ""),
    ],
)
def test_ends_may_differ_by_a_day(shown: str, wanted: str) -> None:
    found = said("expiry-mismatch", keys(a="expires: 2027-01-31"), live=f"{SILENT}\nexpires: {shown}")
    assert found == ([f"a:3 warning: live key 'a' ends on {wanted} than declared: 2027-01-31"] if wanted else [])


def test_end_that_the_exchange_imposes_may_come_later_but_not_earlier() -> None:
    text = keys(a="exchange: bithumb, expires: 2026-12-31")
    live = "permissions: []\nexpires: {}"
    assert said("expiry-mismatch", text, live=live.format("2027-09-01T00:00:00Z")) == []
    assert said("expiry-mismatch", text, live=live.format("2026-12-01T00:00:00Z")) == [
        "a:3 warning: live key 'a' ends on 2026-12-01, earlier than declared: 2026-12-31"
    ]
    unknown = keys(a="exchange: upbit, expires: 2026-12-31")
    assert len(said("expiry-mismatch", unknown, live=live.format("2027-09-01T00:00:00Z"))) == 1


@pytest.mark.parametrize(
    ("fields", "shown", "now", "wanted"),
    [
        ("", "last_used: 2026-10-08T00:00:00Z", "", ""),
        ("", "last_used: 2026-10-08T00:00:00Z", "2026-11-22T00:00:01Z", "was last used on 2026-10-08, 45 days ago"),
        ("", "last_used: 2026-10-07T23:00:00Z", "", "was last used on 2026-10-07, 45 days ago"),
        ("created: 2020-01-01", "last_used: 2026-11-01T00:00:00Z", "", ""),
        ("created: 2026-09-01", "last_used: null", "", "was never used since it was made on 2026-09-01, 82 days ago"),
        ("created: 2020-01-01", "last_used: null\ncreated: 2026-11-01T00:00:00Z", "", ""),
        ("created: 2020-01-01", "last_used: null\ncreated: null", "", ""),
        ("", "last_used: null", "", ""),
    ],
)
def test_idle_key(fields: str, shown: str, now: str, wanted: str) -> None:
    found = said("live-idle", keys(a=fields), live=f"{SILENT}\n{shown}", now=now)
    assert found == ([f"a:3 warning: live key 'a' {wanted}"] if wanted else [])


def test_rights_are_named_but_not_all_of_very_many() -> None:
    assert LiveKey(()).shown_rights == "no right that is shown"
    assert LiveKey(("a", "b"), unmapped=("c\n",)).shown_rights == "a, b, 'c\\n'"
    many = LiveKey(tuple(f"right-{number}" for number in range(25))).shown_rights
    assert many.startswith("right-0, right-1, ")
    assert many.endswith(", right-19 and 5 more")


@pytest.mark.parametrize(
    ("fields", "live", "wanted"),
    [
        ("permissions: [read]", "read_only: true", ""),
        ("permissions: [read]", "", ""),
        ("permissions: [read, nonsense]", "read_only: false", ""),
        ("permissions: []", "read_only: false", "is not set to read only, and nothing above reading is declared"),
        ("permissions: [Spot.SpotTrade]", "read_only: false", ""),
        (
            "permissions: [Spot.SpotTrade]",
            "read_only: true",
            "is set to read only: whatever is ticked, it can do no more",
        ),
        ("permissions: [withdraw]", "read_only: true", "is set to read only: whatever is ticked, it can do no more"),
    ],
)
def test_flag_over_all_rights(fields: str, live: str, wanted: str) -> None:
    found = said("read-only-flag", keys(a=f"exchange: bybit, {fields}"), live=f"permissions: []\n{live}")
    assert found == ([f"a:3 error: live key 'a' {wanted}"] if wanted else [])


@pytest.mark.parametrize(
    ("skew", "options", "wanted"),
    [
        (499, {}, ""),
        (500, {}, "warning: this machine's clock is 0.5 seconds behind that of kraken"),
        (-999, {}, "warning: this machine's clock is 1.0 seconds ahead of that of kraken"),
        (1000, {}, "error: this machine's clock is 1.0 seconds behind that of kraken"),
        (300, {"warning_ms": 300}, "warning: this machine's clock is 0.3 seconds behind that of kraken"),
        # Options in the wrong order: the stricter one counts.
        (300, {"error_ms": 200}, "error: this machine's clock is 0.3 seconds behind that of kraken"),
    ],
)
def test_clock(skew: int, options: dict[str, Any], wanted: str) -> None:
    found = said("clock-skew", keys(a=""), live=f"{SILENT}\nskew_ms: {skew}", **options)
    assert found == ([f"a:3 {wanted}"] if wanted else [])


def test_revoked_key_that_has_a_state_lives_and_no_other_does() -> None:
    wanted = "a:3 error: key 'a' is declared revoked and lives at kraken, with query-funds"
    assert said("key-still-alive", keys(a="status: revoked"), live=SILENT) == [wanted]
    for status in ("active", "retiring", "planned"):
        assert said("key-still-alive", keys(a=f"status: {status}"), live=SILENT) == []


def test_right_that_is_missing_without_need_is_not_called_unverifiable() -> None:
    live = "permissions: [can_view]\nunreported: {}"
    hidden = "a:3 note: coinbase does not show whether live key 'a' has Export, Manage"
    text = keys(a="exchange: coinbase")
    assert said("unverifiable", text, live=live.format("[can_receive, Manage, Export]")) == [hidden]
    assert said("unverifiable", text, live=live.format("[can_receive]")) == []
    shown = "a:3 note: upbit does not show the rights of live key 'a'"
    assert said("unverifiable", keys(a="exchange: upbit"), live="permissions: []\nunreported: []") == [shown]
