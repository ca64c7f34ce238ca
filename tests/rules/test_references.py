"""Rules on credential references: two keys, one reference; and references that outlive their key."""

import pytest

from tests.rules.saying import keys, said
from tests.running import RULES, active, found

OWN = "credentials: {api_key: 'env:K', api_secret: 'file:/run/s'}"
SHARED = "is the reference that key"


def test_shared_reference_is_found_in_any_order_and_over_files() -> None:
    for texts, place in (([keys(a=OWN, b=OWN)], "a:4"), ([keys(a=OWN), keys(b=OWN)], "b:3")):
        assert said("credential-shared", *texts) == [
            f"{place} error: `api_key` of key 'b' {SHARED} 'a' has",
            f"{place} error: `api_secret` of key 'b' {SHARED} 'a' has",
        ]


def test_reference_counts_in_whatever_field_it_stands() -> None:
    text = keys(a="credentials: {api_key: 'env:K'}", b="credentials: {passphrase: 'env:K'}")
    assert said("credential-shared", text) == [f"a:4 error: `passphrase` of key 'b' {SHARED} 'a' has"]


@pytest.mark.parametrize(
    "other",
    [
        "credentials: {api_key: 'env:k', api_secret: 'file:/run/S'}",
        "credentials: {address: 'env:K'}",
        "credentials: {}",
        f"{OWN}, status: planned",
        f"{OWN}, status: revoked",
    ],
)
def test_other_references_public_addresses_and_keys_that_do_not_live_share_nothing(other: str) -> None:
    assert said("credential-shared", keys(a=OWN, b=other, c="")) == []
    assert said("credential-shared", keys(b=other, a=OWN)) == []


def test_one_reference_for_both_halves_of_a_key_is_not_shared_with_anybody() -> None:
    assert said("credential-shared", keys(a="credentials: {api_key: 'env:K', api_secret: 'env:K'}")) == []


def test_public_address_may_be_shared() -> None:
    assert (
        said("credential-shared", keys(a="credentials: {address: 'env:A'}", b="credentials: {address: 'env:A'}")) == []
    )


@pytest.mark.parametrize("rule", ["credential-shared", "revoked-still-referenced", "environment-mix"])
def test_value_that_is_no_reference_is_neither_compared_nor_shown(rule: str) -> None:
    value = "credentials: {api_secret: hunter2, api_key: 7}"
    text = keys(a=value, b=f"{value}, environment: testnet, exchange: binance", c=f"{value}, status: revoked")
    assert said(rule, text) == []


def test_reference_of_a_revoked_key_is_found_at_the_later_of_the_two() -> None:
    gone, used = "credentials: {api_key: 'env:K'}, status: revoked", "credentials: {api_key: 'env:K'}"
    at_living = "error: `api_key` of key 'b' is that of key 'a', which is revoked"
    at_revoked = "error: `api_key` of revoked key 'a' is in use for key 'b'"
    assert said("revoked-still-referenced", keys(a=gone, b=used)) == [f"a:4 {at_living}"]
    assert said("revoked-still-referenced", keys(b=used, a=gone)) == [f"a:4 {at_revoked}"]
    assert said("revoked-still-referenced", keys(a=gone), keys(b=used)) == [f"b:3 {at_living}"]
    assert said("revoked-still-referenced", keys(b=used), keys(a=gone)) == [f"b:3 {at_revoked}"]


def test_retiring_key_is_still_in_use_and_a_planned_one_not_yet() -> None:
    gone, other = f"{OWN}, status: revoked", "{}, status: {}"
    assert len(said("revoked-still-referenced", keys(a=gone, b=other.format(OWN, "retiring")))) == 2
    assert said("revoked-still-referenced", keys(a=gone, b=other.format(OWN, "planned"), c=gone, d="")) == []


def test_rules_that_share_an_index_see_the_same_keys() -> None:
    rules = [active(RULES[name], {}) for name in ("environment-mix", "revoked-still-referenced", "credential-shared")]
    used = "credentials: {api_key: 'env:K'}, exchange: bybit"
    text = keys(a=f"{used}, status: revoked", b=used, c=f"{used}, status: planned", d=f"{used}, environment: testnet")
    assert [(item.span.line, item.rule) for item in found(text, rules)] == [
        (4, "revoked-still-referenced"),
        (6, "environment-mix"),
        (6, "revoked-still-referenced"),
        (6, "credential-shared"),
    ]


def test_retiring_and_active_key_share_a_reference() -> None:
    for one, other in ((OWN, f"{OWN}, status: retiring"), (f"{OWN}, status: retiring", OWN)):
        assert len(said("credential-shared", keys(a=one, b=other))) == 2
