"""Rules on who has a key, where, and under which name: found in any order of keys and files."""

from pathlib import Path

import pytest

from tests.rules.saying import keys, said
from tests.running import RULES, active, found, keylint


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("holder: bot", ""),
        ("holder: [bot]", ""),
        ("holder: [bot, Bot]", ""),
        ("holder: [b, a], exchange: binance", "warning: key 'a' is in the hands of 2: b, a"),
        ("holder: [b, a]", "error: key 'a' is in the hands of 2: b, a; at kraken they break each other's requests"),
        ("holder: [b, a], exchange: nowhere", "warning: key 'a' is in the hands of 2: b, a"),
        ("holder: [b, a], exchange: binance, status: planned", "warning: key 'a' is in the hands of 2: b, a"),
        ("holder: [b, a], status: revoked", ""),
    ],
)
def test_one_holder(fields: str, wanted: str) -> None:
    assert said("one-holder", keys(a=fields)) == ([f"a:3 {wanted}"] if wanted else [])


def test_finding_of_two_holders_stays_the_same_when_they_change_places() -> None:
    rule = [active(RULES["one-holder"], {})]
    first, second = (found(keys(a=f"holder: {order}"), rule)[0].fingerprint for order in ("[x, y]", "[Y, x]"))
    assert first == second


ID = "key_id: {}, exchange: {}"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("vmPUZE…uEh8A", "vmPUZE…uEh8A", True),
        ("vmPUZE…uEh8A", "vmPUZE...uEh8A", True),
        ("vmPUZE6m…Eh8A", "vmPU…duEh8A", True),
        ("vmPUZE6m…Eh8A", "vmPUbE…duEh8A", False),
        ("vmPUZE…uEh8A", "vmPUZE…xEh8A", False),
        ("vmPUZE…uEh8A", "VMPUZE…uEh8A", False),
        ("vmPUZE6mv9SD5VNHk4HlWFsOruEh8A", "vmPUZE…uEh8A", True),
        ("vmPUZE6mv9SD5VNHk4HlWFsOruEh8A", "vmPUZE6mv9SD5VNHk4HlWFsOruEh8A", True),
        ("vmPUZE6mv9SD5VNHk4HlWFsOruEh8A", "vmPUZE6mv9SD5VNHk4HlWFsOruEh8B", False),
        ("sha256:" + "ab" * 32, "sha256:" + "AB" * 32, True),
        ("sha256:" + "ab" * 32, "sha256:" + "ab" * 31 + "cd", False),
        ("sha256:" + "ab" * 32, "vmPUZE…uEh8A", False),
        ("a…", "a…", True),
        ("…", "vmPUZE…uEh8A", False),
    ],
)
def test_key_ids_are_the_same_where_their_ends_fit(one: str, other: str, same: bool) -> None:
    for first, second in ((one, other), (other, one)):
        text = keys(a=f'key_id: "{first}"', b=f'key_id: "{second}"')
        assert said("duplicate-key", text) == (["a:4 error: key 'b' has the key id of 'a'"] if same else [])


def test_same_key_id_counts_in_other_files_and_with_any_status_but_not_at_another_exchange() -> None:
    first = keys(a="key_id: abcd…wxyz, status: revoked")
    second = keys(b="key_id: abcd…wxyz", c="key_id: abcd…wxyz, exchange: binance", d="key_id: abcd…wxyz")
    assert said("duplicate-key", first, second) == [
        "b:3 error: key 'b' has the key id of 'a'",
        "b:5 error: key 'd' has the key id of 'a'",
    ]


def test_same_name_in_two_files_is_for_another_rule() -> None:
    assert said("duplicate-key", keys(a="key_id: abcd…wxyz"), keys(a="key_id: abcd…wxyz")) == []


PROD, TEST = "account: desk, exchange: binance", "account: desk, exchange: binance, environment: testnet"


def test_account_in_two_environments_is_found_in_any_order_and_over_files() -> None:
    live, test = "account 'desk' is production for key", "account 'desk' is testnet for key"
    assert said("environment-mix", keys(a=PROD, b=TEST)) == [f"a:4 error: {test} 'b' and production for key 'a'"]
    assert said("environment-mix", keys(b=TEST, a=PROD)) == [f"a:4 error: {live} 'a' and testnet for key 'b'"]
    assert said("environment-mix", keys(a=PROD), keys(b=TEST)) == [f"b:3 error: {test} 'b' and production for key 'a'"]
    assert said("environment-mix", keys(a=PROD, c=PROD, b=TEST, d=TEST)) == [
        f"a:5 error: {test} 'b' and production for key 'a'",
        f"a:6 error: {test} 'd' and production for key 'a'",
    ]


@pytest.mark.parametrize(
    "other",
    [
        "account: desk, exchange: okx, environment: demo",
        "account: Desk, exchange: binance, environment: testnet",
        "exchange: binance, environment: testnet",
        f"{TEST}, status: revoked",
        "account: desk, exchange: binance, environment: production",
    ],
)
def test_account_of_another_exchange_or_name_or_of_a_revoked_key_is_no_mix(other: str) -> None:
    assert said("environment-mix", keys(a=PROD, b=other)) == []
    assert said("environment-mix", keys(b=other, a=PROD)) == []


def test_planned_key_is_judged_before_it_is_made() -> None:
    assert len(said("environment-mix", keys(a=PROD, b=f"{TEST}, status: planned"))) == 1


def test_reference_in_three_environments_is_found_in_each_after_the_first() -> None:
    refs = "exchange: bybit, credentials: {api_key: 'env:K', address: 'env:A'}, environment: "
    assert said("environment-mix", keys(a=f"{refs}demo", b=f"{refs}testnet", c=f"{refs}production")) == [
        "a:4 error: `api_key` is testnet for key 'b' and demo for key 'a'",
        "a:5 error: `api_key` is production for key 'c' and demo for key 'a'",
    ]


@pytest.mark.parametrize(
    ("fields", "can"),
    [
        ("exchange: binance, permissions: [read, trade.futures, trade.spot]", "trade.spot, trade.futures"),
        ("exchange: binance, permissions: [enableFutures], status: planned", "trade.futures"),
        ("exchange: binance, permissions: [trade.spot], status: revoked", ""),
        ("exchange: binance, permissions: [read, withdraw]", ""),
        ("exchange: bitstamp, permissions: [trade.spot]", ""),
        ("exchange: nowhere, permissions: [trade.spot]", ""),
    ],
)
def test_trading_on_the_main_account(fields: str, can: str) -> None:
    assert said("main-account-trading", keys(a=f"{fields}, account_type: main")) == (
        [f"a:3 note: key 'a' can {can} on the main account"] if can else []
    )
    assert said("main-account-trading", keys(a=f"{fields}, account_type: sub", b=fields)) == []


def test_trading_on_the_main_account_is_seen_live() -> None:
    text = keys(a="account_type: main")
    assert said("main-account-trading", text, live="permissions: [query-funds, modify-trades]")[0].startswith(
        "a:3 note: live: key 'a' can trade.spot"
    )


@pytest.mark.parametrize(
    ("status", "speaks"), [("active", True), ("retiring", True), ("planned", True), ("revoked", False)]
)
def test_blocked_vendor_may_have_no_key_that_exists_or_will(status: str, speaks: bool) -> None:
    text = keys(a=f"holder: [own, 3COMMAS], status: {status}")
    wanted = ["a:3 error: key 'a' is held by 3COMMAS, which the policy has blocked"] if speaks else []
    assert said("vendor-blocked", text, vendors=["3commas"]) == wanted


def test_replaced_key_may_be_declared_later_or_in_another_file() -> None:
    new, old = "replaces: old", "status: revoked"
    assert said("replaces-unknown", keys(new=new, old=old)) == []
    assert said("replaces-unknown", keys(old=old, new=new)) == []
    assert said("replaces-unknown", keys(new=new), keys(old=old)) == []
    assert said("replaces-unknown", keys(old=old), keys(new=new)) == []
    assert said("replaces-unknown", keys(new=new), keys(other=old)) == [
        "a:3 error: key 'new' replaces 'old', which is not declared"
    ]


def test_key_that_replaces_itself_is_found_in_every_status() -> None:
    for status in ("active", "planned", "retiring", "revoked"):
        text = keys(a=f"replaces: a, status: {status}")
        assert said("replaces-unknown", text) == ["a:3 error: key 'a' replaces itself"]


REPLACING = """\
version: 1
keys:
  new: {exchange: kraken, permissions: [query-funds], created: 2026-10-01, replaces: old}
"""
REPLACED = "version: 1\nkeys:\n  old: {exchange: kraken, permissions: [query-funds]}\n"


def on_replacing(*words: str, stdin: str = "") -> list[str]:
    ran = keylint("check", *words, "--now", "2026-11-22", "--format", "json", stdin=stdin)
    rules = [item["rule"] for item in ran.json["findings"]]
    return [rule for rule in rules if rule in ("replaces-unknown", "rotation-overlap")]


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("keys/a.yaml", "keys/b.yaml"),  # the project's own place
        ("keylint.yaml", "keys/b.yaml"),
        ("desk/keylint-a.yml", "desk/keylint-b.yaml"),  # beside
        ("desk/keylint-a.yml", "own/b.yaml"),  # where the settings say
    ],
)
def test_a_hook_names_the_changed_file_only_and_the_old_key_stands_in_another(
    new: str, old: str, empty_folder: Path
) -> None:
    for name, text in ((new, REPLACING), (old, REPLACED), (".keylint.yaml", "paths: [own, keys, keylint.yaml]\n")):
        (empty_folder / name).parent.mkdir(exist_ok=True)
        (empty_folder / name).write_text(text)
    assert on_replacing(new, "--force-exclude") == ["rotation-overlap"]
    assert on_replacing("-", "--stdin-filename", new, stdin=REPLACING) == ["rotation-overlap"]
    (empty_folder / old).write_text(REPLACED.replace("}", ", status: revoked}"))
    assert on_replacing(new) == []
    (empty_folder / old).write_text("version: 1\nkeys: [\n")
    assert on_replacing(new) == ["replaces-unknown"]
    (empty_folder / old).unlink()
    assert on_replacing(new) == ["replaces-unknown"]


def test_what_is_excluded_or_was_on_disk_before_declares_nothing(empty_folder: Path) -> None:
    (empty_folder / "keys").mkdir()
    (empty_folder / "keys" / "a.yaml").write_text(REPLACED)
    (empty_folder / "keys" / "old.yaml").write_text(REPLACED)
    assert on_replacing("-", "--stdin-filename", "keys/a.yaml", "--exclude", "old.yaml", stdin=REPLACING) == [
        "replaces-unknown"
    ]
    assert on_replacing("-", "--stdin-filename", "keys/a.yaml", stdin=REPLACING) == ["rotation-overlap"]


def test_a_key_beside_is_not_judged(empty_folder: Path) -> None:
    (empty_folder / "a.yaml").write_text(REPLACING)
    (empty_folder / "b.yaml").write_text(REPLACED.replace("query-funds", "withdraw"))
    ran = keylint("check", "a.yaml", "--now", "2026-11-22", "--format", "json")
    assert {item["key"] for item in ran.json["findings"]} == {"new"}
    assert ran.json["summary"]["keys"] == 1
