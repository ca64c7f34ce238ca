"""Rules on what an exchange has, demands and ends."""

import pytest

from keylint.compiled.exchange_names import DATA as EXCHANGES
from keylint.load.facts import facts_of
from tests.rules.saying import keys, said
from tests.running import RULES, active, found


@pytest.mark.parametrize(
    ("fields", "message", "hint"),
    [
        ("exchange: okx, site: eaa", "okx has no site 'eaa' that keylint knows", "did you mean `eea`?"),
        (
            "exchange: okx, site: global",
            "okx has no site 'global' that keylint knows",
            "known are: us, eea; the international one is not written",
        ),
        ("exchange: kraken, site: us", "kraken has no site 'us' that keylint knows", "leave it out"),
        ("environment: demo", "kraken has no demo that keylint knows", "known are: production"),
        ("exchange: nowhere, site: us, environment: demo", "", ""),
        ("exchange: bybit, site: jp-testnet", "", ""),
        ("exchange: okx, environment: demo, site: eea", "", ""),
    ],
)
def test_place_exists(fields: str, message: str, hint: str) -> None:
    findings = found(keys(a=fields), [active(RULES["site-mismatch"], {})])
    assert [(item.message, item.hint) for item in findings] == ([(message, hint)] if message else [])


def test_keys_of_one_account_agree_on_the_site() -> None:
    text = keys(
        a="exchange: okx, account: x, site: eea",
        b="exchange: okx, account: x",
        c="exchange: okx, account: x, site: us",
        d="exchange: okx, account: x, site: eea",
        e="exchange: okx, account: y, site: us",
        f="exchange: okx, account: x, environment: demo",
        g="exchange: okx, account: x, status: revoked",
        h="exchange: bybit, account: x",
        i="exchange: kraken, account: x",
        j="exchange: okx, site: us",
    )
    assert said("site-mismatch", text) == [
        "a:4 error: account 'x' of okx is of one site: key 'a' names site 'eea'",
        "a:5 error: account 'x' of okx is of one site: key 'a' names site 'eea'",
    ]
    other = keys(a="exchange: okx, account: x", b="exchange: okx, account: x, site: us")
    assert said("site-mismatch", other) == ["a:4 error: account 'x' of okx is of one site: key 'a' names no site"]


def test_revoked_key_does_not_say_where_an_account_is() -> None:
    text = keys(a="exchange: okx, account: x, status: revoked", b="exchange: okx, account: x, site: us")
    assert said("site-mismatch", text) == []


@pytest.mark.parametrize(
    ("fields", "speaks"),
    [
        ("exchange: bybit, algorithm: hmac", True),
        ("exchange: bybit, algorithm: rsa", False),
        ("exchange: bybit, algorithm: ecdsa", False),
        ("exchange: bybit", False),
        ("exchange: bybit, credentials: {api_key: 'env:A', api_secret: 'env:B'}", True),
        ("exchange: bybit, credentials: {api_key: 'env:A', private_key: 'env:B'}", False),
        ("exchange: bybit, algorithm: rsa, credentials: {api_secret: 'env:B'}", False),
        ("exchange: kraken, credentials: {api_key: 'env:A', api_secret: 'env:B'}", False),
        ("exchange: nowhere, algorithm: hmac", False),
    ],
)
def test_shared_secret_is_weak_where_there_is_better(fields: str, speaks: bool) -> None:
    assert bool(said("algorithm-weak", keys(a=fields))) is speaks


def test_hint_on_a_shared_secret_names_what_is_better() -> None:
    (item,) = found(keys(a="exchange: binance, algorithm: hmac"), [active(RULES["algorithm-weak"], {})])
    assert item.hint == "binance also takes rsa, ed25519: make a key pair and register its public half"


SAYS_SPOT = (
    "without an address list the spot and margin permission is valid for 30 days from its activation, then unticked"
)
SAYS_OKX = "a key without an address list that may trade or withdraw ends after 14 days without use"
SAYS_KUCOIN = "a key without an address list that may trade is deleted, or loses trading, after 30 days without use"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ("exchange: binance, permissions: [read]", []),
        ("exchange: binance, permissions: [enableSpotAndMarginTrading]", [f"at binance {SAYS_SPOT}"]),
        (
            "exchange: binance, permissions: [withdraw, trade.spot]",
            ["binance grants enableWithdrawals to bound keys only", f"at binance {SAYS_SPOT}"],
        ),
        ("exchange: binance, permissions: [trade.futures]", []),
        ("exchange: okx, permissions: [withdraw, trade]", [f"at okx {SAYS_OKX}"]),
        ("exchange: okx, permissions: [trade], environment: demo", []),
        ("exchange: kucoin, permissions: [Trade]", [f"at kucoin {SAYS_KUCOIN}"]),
        ("exchange: kucoin, permissions: [FlexTransfers]", ["kucoin grants InnerTransfer to bound keys only"]),
        ("exchange: bithumb, permissions: [read]", ["bithumb accepts no key without a list"]),
        ("exchange: gate, permissions: [trade.spot]", []),
        ("exchange: nowhere, permissions: [withdraw]", []),
        ("exchange: okx, permissions: [trade], ip_allowlist: [8.8.8.8]", []),
        ("exchange: okx, permissions: [trade], status: planned", []),
    ],
)
def test_permission_that_hangs_on_a_list(fields: str, wanted: list[str]) -> None:
    said_so = said("permission-needs-ip", keys(a=fields))
    assert sorted(said_so) == sorted(f"a:3 error: key 'a' is bound to no address: {text}" for text in wanted)


def test_permission_that_hangs_on_a_list_is_pointed_at() -> None:
    text = keys(a="exchange: binance, permissions: [read, trade.spot, enableWithdrawals]")
    findings = found(text, [active(RULES["permission-needs-ip"], {})])
    assert [item.path[-1] for item in findings] == [2, 1]
    assert len({item.fingerprint for item in findings}) == 2


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_passphrase_is_asked_for_exactly_where_every_way_to_sign_needs_one(exchange: str) -> None:
    known = facts_of(exchange)
    assert known
    text = keys(a=f"exchange: {exchange}, credentials: {{api_key: 'env:A'}}")
    needs = all("passphrase" in fields for fields in known.credentials.values())
    assert bool(said("passphrase-missing", text)) is needs
    assert needs is (exchange in ("okx", "kucoin", "bitget", "bitmart"))


@pytest.mark.parametrize(
    ("fields", "speaks"),
    [
        ("exchange: bitget, algorithm: rsa, credentials: {api_key: 'env:A', private_key: 'env:B'}", True),
        ("exchange: bitget, algorithm: ed25519, credentials: {api_key: 'env:A'}", True),
        ("exchange: okx, credentials: {}", False),
        ("exchange: okx", False),
        ("exchange: okx, credentials: {passphrase: 'env:A'}", False),
        ("exchange: nowhere, credentials: {api_key: 'env:A'}", False),
    ],
)
def test_passphrase_is_asked_for_where_credentials_are_given(fields: str, speaks: bool) -> None:
    assert bool(said("passphrase-missing", keys(a=fields))) is speaks
