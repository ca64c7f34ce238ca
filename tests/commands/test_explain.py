"""`keylint explain`: every vocabulary, errors in whatever form, and causes weighed against a declaration."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.explain import weighing
from keylint.explain.causes import KINDS, checks, kind_of, plain
from keylint.explain.errors import every_error, find, near
from keylint.explain.weighing import Case, Weigh, address_in
from keylint.load.declaration import key_decl
from keylint.load.facts import facts_of, vocabulary
from keylint.model.errors import UsageError
from keylint.model.facts import Facts
from keylint.rules import all_rules
from tests.running import NOW, keylint

EVERY = [facts for name in EXCHANGE_NAMES if (facts := facts_of(name))]
ERRORS = [(facts.exchange, error.code) for facts in EVERY for error in every_error(facts)]
AT = ("--now", "2026-11-22")


def known(name: str) -> Facts:
    facts = facts_of(name)
    assert facts
    return facts


def explained(*words: str) -> list[tuple[str, str]]:
    pages = keylint("explain", "--format", "json", *words).json["pages"]
    return [(page["exchange"], page["code"]) for page in pages]


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(("exchange", "code"), ERRORS)
def test_every_error_is_found_by_exchange_and_code(exchange: str, code: str) -> None:
    assert (exchange, code) in explained(exchange, code)
    assert (exchange, code) in explained(code, "--exchange", exchange)
    assert (exchange, code) in explained(code)


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("binance", "-2015"), [("binance", "-2015")]),
        (("binance", "2015"), [("binance", "-2015")]),
        (("BINANCE", "-2015"), [("binance", "-2015")]),
        (("-2015",), [("binance", "-2015"), ("bingx", "-2015")]),
        (("okx", "50119"), [("okx", "50119")]),
        (("50119",), [("okx", "50119")]),
        (("bybit", "10010"), [("bybit", "10010")]),
        (("kraken", "EAPI:Invalid nonce"), [("kraken", "EAPI:Invalid nonce")]),
        (("kraken", "EAPI:Invalid", "nonce"), [("kraken", "EAPI:Invalid nonce")]),
        (("EAPI:Invalid nonce",), [("kraken", "EAPI:Invalid nonce")]),
        (("eapi:invalid nonce",), [("kraken", "EAPI:Invalid nonce")]),
        (("Kraken", "Futures", "authenticationError"), [("kraken-futures", "authenticationError")]),
        (("krakenfutures", "nonceDuplicate"), [("kraken-futures", "nonceDuplicate")]),
        (("binanceusdm", "-1021"), [("binance", "-1021")]),
        (("crypto.com", "40101"), [("cryptocom", "40101")]),
        (("binance", "HTTP 429"), [("binance", "HTTP 429")]),
        (("binance", "429"), [("binance", "HTTP 429")]),
        (("bitget", "429"), [("bitget", "429")]),
        (("binance", "HTTP/1.1 418 I'm a teapot"), [("binance", "HTTP 418")]),
        (("binance", "error", "429", "code", "-1003"), [("binance", "-1003")]),
    ],
)
def test_a_code_is_found_as_people_write_it(words: tuple[str, ...], wanted: list[tuple[str, str]]) -> None:
    assert explained(*words) == wanted


# The answers are those that clients of each exchange have recorded.
@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("pasted", "wanted"),
    [
        (
            '{"code":-1021,"msg":"Timestamp for this request was 1000ms ahead of the server\'s time."}',
            ["binance -1021"],
        ),
        ('{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}', ["binance -2015", "bingx -2015"]),
        ('binance {"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}', ["binance -2015"]),
        ("APIError(code=-1021): Timestamp for this request", ["binance -1021"]),
        ('{"msg":"Invalid OK-ACCESS-KEY","code":"50111"}', ["okx 50111"]),
        ('{"code":"40037","msg":"Apikey does not exist","requestTime":1622697148,"data":null}', ["bitget 40037"]),
        ('{"code":"400003","msg":"KC-API-KEY not exists"}', ["kucoin 400003"]),
        ('{"retCode":10003,"retMsg":"API key is invalid.","result":{},"retExtInfo":{},"time":1}', ["bybit 10003"]),
        ('{"code":10003,"message":"IP_ILLEGAL","method":"private/get","id":11}', ["cryptocom 10003"]),
        ('{"error":["EAPI:Invalid key"]}', ["kraken EAPI:Invalid key"]),
        ('{"error":["EGeneral:Invalid arguments:volume"]}', ["kraken EGeneral:Invalid arguments"]),
        ('{"result":"error","error":"authenticationError","serverTime":"x"}', ["kraken-futures authenticationError"]),
        ('["error",10100,"apikey: invalid"]', ["bitfinex 10100"]),
        ('{"label":"INVALID_KEY","message":"Invalid key provided"}', ["gate INVALID_KEY"]),
        ('{"errorCode":309,"error":"The signature is invalid."}', ["bitvavo 309"]),
        ('{"result":"error","reason":"InvalidSignature","message":"InvalidSignature"}', ["gemini InvalidSignature"]),
        ('{"status":"error","reason":"Invalid signature","code":"API0005"}', ["bitstamp API0005"]),
        (
            '{"status":"error","err-code":"api-signature-not-valid","err-msg":"Signature not valid","data":null}',
            ["htx api-signature-not-valid"],
        ),
        ('{"error":{"name":"invalid_access_key"}}', ["bithumb invalid_access_key", "upbit invalid_access_key"]),
        ('{"success":false,"code":-1002,"message":"x"}', ["woox -1002"]),
        ('{"jsonrpc":"2.0","error":{"message":"invalid_credentials","code":13004}}', ["deribit 13004"]),
        ('{"code":700002,"msg":"Signature for this request is not valid."}', ["mexc 700002"]),
        ('{"error":{"message":"Signature not valid.","name":"HTTPError"}}', ["bitmex Signature not valid."]),
        ('ccxt.base.errors.AuthenticationError: okx {"code":"50113","data":[],"msg":"x"}', ["okx 50113"]),
        ('401 Client Error: {"retCode":10010,"retMsg":"Unmatched IP"}', ["bybit 10010"]),
    ],
)
def test_a_pasted_answer_is_recognised_by_its_shape(pasted: str, wanted: list[str]) -> None:
    assert [" ".join(pair) for pair in explained(pasted)] == wanted
    assert keylint("explain", "-", "--format", "json", stdin=pasted).json["pages"]


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ('bitfinex ["error",10100,"apikey: invalid"]', "gone"),
        ('bitfinex ["error",10100,"apikey: digest invalid"]', "ambiguous-refusal"),
        ("bitfinex 10100", "bad-credentials"),
        ('{"err-code":"api-signature-not-valid","err-msg":"Signature not valid: Incorrect Access key"}', "gone"),
    ],
)
def test_the_message_settles_a_code_of_several_meanings(pasted: str, reason: str) -> None:
    (page,) = keylint("explain", "--format", "json", pasted).json["pages"]
    assert page["reason"] == reason


@pytest.mark.usefixtures("empty_folder")
def test_an_error_as_text() -> None:
    assert keylint("explain", "binance", "-2015").out == (
        "binance -2015: invalid key, address or permission; one code for three causes\n"
        "  keylint calls it ambiguous-refusal\n"
        "\n"
        "likeliest first:\n"
        "  1. this machine's address is not in the key's list\n"
        "  2. the key was deleted or is not the one that was meant\n"
        "  3. the key has no reading permission\n"
        "\n"
        "look at:\n"
        "  - from which address the request leaves (behind NAT, a VPN or a proxy it is not the machine's\n"
        "    own), and the list at the exchange\n"
        "  - whether the key is still in the exchange's list, with the same id\n"
        "  - which rights are ticked at the exchange: `keylint diff` shows them where it can ask\n"
        "\n"
        "source: https://github.com/binance/binance-spot-api-docs; as of 2026-07-31\n"
    )


@pytest.mark.usefixtures("empty_folder")
def test_the_exchange_s_own_clock_is_named_with_its_source_and_date() -> None:
    (page,) = keylint("explain", "binance", "-1021", "--format", "json").json["pages"]
    assert page["checks"] == [
        "this machine's clock against the exchange's (GET https://api.binance.com/api/v3/time); is NTP on?"
    ]
    assert (page["source"], page["checked"]) == ("https://github.com/binance/binance-spot-api-docs", "2026-07-31")


@pytest.mark.parametrize(
    ("exchange", "said", "code"),
    [
        (error.facts.exchange, said, error.code)
        for facts in EVERY
        for error in every_error(facts)
        for said in error.names
    ],
)
def test_every_name_of_an_error_finds_it(exchange: str, said: str, code: str) -> None:
    assert code in [error.code for error in find(said, [known(exchange)], is_named=True)]


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("binance", "-1102"), "-1102"),
        (("binance", "503"), "HTTP 5xx"),
        (("binance", "HTTP 502 Bad Gateway"), "HTTP 5xx"),
        (("kucoin", "503"), "HTTP 503"),
        (("coinbase", "http 500"), "HTTP 5xx"),
        (("coinbase", "error: missing scope (view)"), "HTTP 403"),
        (("kraken", "EService:Market in post_only mode"), "EService:Market in post_only mode"),
        (("kucoin", "Invalid KC-API-TIMESTAMP"), "400002"),
        (("bitfinex", "500"), "10100"),
        (("bitfinex", "api_key: permission invalid"), "10001"),
        (("deribit", "forbidden"), "13021"),
        (("deribit", "too_many_requests"), "10028"),
        (("gemini", "403"), "MissingRole"),
        (("htx", "405"), "method-not-allowed"),
        (("htx", "Incorrect IP address [IP地址错误]: 203.0.113.9"), "api-signature-not-valid"),
        (("mexc", "730706"), "730706"),
        (("mexc", "IP [203.0.113.9] not in the ip white list"), "700006"),
        (("IP [203.0.113.9] not in the ip white list",), "700006"),
        (("kucoin", "401 Client Error: Unauthorized for url"), "HTTP 401"),
        # The words are WhiteBIT's, whatever the shape.
        (
            ('{"message":["This action is unauthorized. Enable your key in API settings"],"success":false}',),
            "This action is unauthorized. Enable your key in API settings",
        ),
    ],
)
def test_an_error_is_found_by_its_text_or_status(words: tuple[str, ...], code: str) -> None:
    assert [found for _, found in explained(*words)] == [code]


@pytest.mark.usefixtures("empty_folder")
def test_the_text_alone_settles_the_reason() -> None:
    (page,) = keylint("explain", "--format", "json", "htx", "Incorrect IP address").json["pages"]
    assert page["reason"] == "ip-not-allowed"


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("binance", "-2051"), "no error or right '-2051' of binance is known; the nearest: binance -2015 ("),
        (("okx", "50199"), "no error or right '50199' of okx is known; the nearest: okx 50121 ("),
        (("kraken", "EAPI:Invalid_nonce"), "the nearest: kraken EAPI:Invalid nonce ("),
        (("deribit", "forbiden"), "the nearest: deribit 13021 ("),
        (("upbit", "nonce"), "the nearest: upbit nonce_used ("),
        (("binance", "enableReadin"), "did you mean `enableReading`?; `keylint explain binance` lists its errors"),
        (("binance", "clok-skew"), "did you mean `clock-skew`?; `keylint explain binance` lists its errors"),
        (("gemini", "429"), "none of those that keylint knows is near; `keylint explain gemini` lists its errors"),
        (("no-withdrew",), "no topic 'no-withdrew'; did you mean `no-withdraw`?"),
        (("withdrw",), "no topic 'withdrw'; did you mean `withdraw`?"),
        (("spot-tradin",), "did you mean `spot-trading`?"),
        (("binanse",), "did you mean `binance`?"),
        (("enableWithdrawal",), "did you mean `enableWithdrawals`?"),
        (("clok-skew",), "did you mean `clock-skew`?"),
        (("zzzzzzzzzzzzz",), "no topic 'zzzzzzzzzzzzz'; it can be a rule, a capability"),
        (("withdraw", "--exchange", "binanse"), "--exchange: no exchange 'binanse'; did you mean `binance`?"),
    ],
)
def test_an_unknown_topic_says_what_is_near(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        keylint("explain", *words)
    assert said in str(raised.value)


@pytest.mark.usefixtures("empty_folder")
def test_a_mistyped_option_is_no_topic() -> None:
    with pytest.raises(click.UsageError, match="no option '--fromat'; did you mean `--format`"):
        keylint("explain", "withdraw", "--fromat", "json")


@pytest.mark.usefixtures("empty_folder")
def test_an_unknown_message_is_not_repeated_with_a_secret_in_it() -> None:
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    with pytest.raises(UsageError) as raised:
        keylint("explain", f"qqq {secret[:50]} \x1b[2J")
    assert secret[:20] not in str(raised.value)
    assert "\x1b" not in str(raised.value)


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    find(text, EVERY, is_named=False)
    find(text, [EVERY[0]], is_named=True)
    near(text, EVERY)
    address_in(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), st.lists, max_leaves=9))
def test_any_json_has_an_answer(data: Any) -> None:
    find(json.dumps({"code": data, "error": [data]}), EVERY, is_named=False)


def test_hostile_json_is_no_trouble() -> None:
    assert find("[" * 9999, EVERY, is_named=False) == []
    assert find('{"code":' * 999 + "1" + "}" * 999, EVERY, is_named=False) == []


# Words.


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("name", all_rules())
def test_a_rule_s_page(name: str) -> None:
    assert keylint("explain", name).out.startswith(f"# {name}\n")
    (page,) = keylint("explain", name, "--format", "json").json["pages"]
    assert (page["kind"], page["name"], page["title"]) == ("rule", name, all_rules()[name].title)


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("name", vocabulary().classes)
def test_a_capability_s_page(name: str) -> None:
    (page,) = keylint("explain", name, "--format", "json").json["pages"]
    assert (page["kind"], page["capability"], page["group"]) == ("capability", name, vocabulary().classes[name])
    givers = {(right["exchange"], right["right"]) for right in page["rights"]}
    assert givers == {
        (facts.exchange, right.name)
        for facts in EVERY
        for right in facts.rights.values()
        if name in right.gives and not right.alternate
    }
    assert keylint("explain", name).out.startswith(f"{name}: {page['meaning']}\n")


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("withdraw", {"no-withdraw", "ip-required"}),
        ("trade.spot", {"ip-required"}),
        ("read", set()),
    ],
)
def test_rules_that_speak_of_a_capability(name: str, rules: set[str]) -> None:
    (page,) = keylint("explain", name, "--format", "json").json["pages"]
    speaking = {rule for rule, _ in page["rules"]}
    assert rules <= speaking
    assert ("no-withdraw" in speaking) == (name == "withdraw")


@pytest.mark.usefixtures("empty_folder")
def test_a_class_an_exchange_a_reason_and_a_right() -> None:
    assert keylint("explain", "exit").out.startswith(
        "exit: a class of capabilities\n\n  withdraw          withdraws funds\n"
    )
    lines = keylint("explain", "gate").out.splitlines()
    assert lines[:3] == ["Gate: errors that keylint knows", "", "CODE                     REASON             MEANING"]
    page = keylint("explain", "ambiguous-refusal", "--format", "json").json["pages"][0]
    assert {row[2] for row in page["errors"]} == {"ambiguous-refusal"}
    (right,) = keylint("explain", "canTrade", "--format", "json").json["pages"]
    assert (right["kind"], right["exchange"], right["right"]) == ("right", "binance", "enableSpotAndMarginTrading")
    assert keylint("explain", "okx", "withdraw").out.startswith("withdraw: a right of okx\n")
    assert keylint("explain", "withdraw").out.startswith("withdraw: withdraws funds\n")


# Purposes.


def boxes(purpose: str, exchange: str) -> dict[str, Any]:
    (page,) = keylint("explain", purpose, "--exchange", exchange, "--format", "json").json["pages"]
    found: dict[str, Any] = page["boxes"]
    return found


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("purpose", "exchange", "tick", "beyond", "perhaps"),
    [
        (
            "spot-trading",
            "binance",
            ["enableReading", "enableSpotAndMarginTrading"],
            ["trade.margin"],
            ["subaccount.manage", "key.manage"],
        ),
        ("spot-trading", "mexc", ["SPOT_DEAL_READ", "SPOT_DEAL_WRITE"], [], []),
        (  # no key of KuCoin is without General
            "spot-trading",
            "kucoin",
            ["General", "Spot"],
            ["transfer.internal", "transfer.subaccount", "deposit"],
            ["subaccount.manage", "key.manage"],
        ),
        ("portfolio-tracking", "htx", ["readOnly"], [], []),
        ("portfolio-tracking", "bybit", [], [], []),
        ("portfolio-tracking", "kraken", ["query-funds"], [], []),
        ("treasury", "okx", ["withdraw"], [], []),
        ("treasury", "kucoin", ["General", "Transfer"], [], ["subaccount.manage", "key.manage"]),
    ],
)
def test_which_boxes_to_tick(
    purpose: str, exchange: str, tick: list[str], beyond: list[str], perhaps: list[str]
) -> None:
    found = boxes(purpose, exchange)
    assert [right["right"] for right in found["tick"]] == tick
    assert (found["beyond"], found["perhaps"], found["missing"]) == (beyond, perhaps, [])


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("exchange", EXCHANGE_NAMES)
def test_every_right_is_ticked_may_be_or_is_left(exchange: str) -> None:
    found, facts = boxes("spot-trading", exchange), known(exchange)
    named = [right["right"] for part in ("tick", "may", "leave") for right in found[part]]
    assert len(named) == len(set(named))
    left_out = {name for name in facts.rights if name not in named}
    assert all(facts.rights[name].alternate or facts.rights[name].optional for name in left_out)
    exits = {name for name, right in facts.rights.items() if "withdraw" in right.gives} - left_out
    assert exits <= {right["right"] for right in found["leave"]}
    assert keylint("explain", "spot-trading", "--exchange", exchange).code == 0


@pytest.mark.usefixtures("empty_folder")
def test_a_purpose_at_an_exchange_as_text() -> None:
    text = keylint("explain", "treasury", "kucoin").out
    assert "\n  demands  ip_allowlist, expires\n" in text
    assert "\n  Transfer  withdraw, deposit, withdraw.cancel; only with an allowlist; this is withdrawal, " in text
    assert "\ntick at KuCoin:\n  General   read, deposit; perhaps " in text
    assert "\nallowlist:\n  - KuCoin gives Transfer only with one\n" in text
    assert "\nleave unticked:\n  Spot " in text
    assert (
        "fewer boxes, more reach: uta_trade.read-and-write brings" in keylint("explain", "spot-trading", "bitget").out
    )
    assert (
        "no right that keylint knows of WOO X gives read, trade.spot" in keylint("explain", "spot-trading", "woox").out
    )
    assert "has no allowlists" in keylint("explain", "spot-trading", "hyperliquid").out
    assert "Upbit makes no key without one" in keylint("explain", "spot-trading", "upbit").out
    assert "ends after 14 days\n" in keylint("explain", "spot-trading", "okx").out.replace(" without use", "\n")


def test_a_team_s_own_purpose(empty_folder: Path) -> None:
    (empty_folder / "keylint.policy.yaml").write_text(
        "version: 1\nextends: baseline\npurposes: {hedging: {allow: [read, trade.futures], need: [trade.futures]}}\n"
    )
    assert keylint("explain", "hedging").out == "hedging\n\n  needs   trade.futures\n  allows  read, trade.futures\n"
    assert [right["right"] for right in boxes("hedging", "binance")["tick"]] == ["enableFutures"]


def test_a_broken_policy_is_no_trouble_where_no_policy_is_asked_for(empty_folder: Path) -> None:
    (empty_folder / "keylint.policy.yaml").write_text("nonsense")
    for words in (("no-withdraw",), ("binance", "-2015"), ("-1021",)):
        assert keylint("explain", *words).code == 0


# Causes, weighed.

DOUBT = "then the declaration is wrong, or the program uses another key"
KEYS = """\
version: 1
keys:
  open-bybit: {exchange: bybit, permissions: [read, trade.spot], created: 2026-05-01}
  new-bybit: {exchange: bybit, permissions: [read, trade.spot], created: 2026-11-01}
  bound-bybit: {exchange: bybit, permissions: [read], created: 2026-05-01, ip_allowlist: [203.0.113.0/28]}
  over-bybit: {exchange: bybit, permissions: [read], ip_allowlist: [203.0.113.7], expires: 2026-11-01}
  blind: {exchange: binance, permissions: [trade.spot], created: 2026-10-01}
  bound: {exchange: binance, permissions: [read, trade.spot], ip_allowlist: [203.0.113.7], replaces: blind,
    algorithm: ed25519, credentials: {api_key: env:A, private_key: env:B}}
  hmac: {exchange: binance, permissions: [read], ip_allowlist: [203.0.113.7]}
  other-secret: {exchange: binance, permissions: [read], credentials: {api_key: env:C, private_key: env:B}}
  test: {exchange: binance, permissions: [read], environment: testnet}
  two: {exchange: kraken, permissions: [read], holder: [a-bot, b-bot]}
  one: {exchange: kraken, permissions: [read], holder: a-bot, credentials: {api_key: env:K, api_secret: env:L}}
  twin: {exchange: kraken, permissions: [read], credentials: {api_key: env:K, api_secret: env:L}}
  demo: {exchange: okx, permissions: [read, trade.spot], environment: demo}
  eea: {exchange: okx, permissions: [read, trade.spot], site: eea}
  idle: {exchange: okx, permissions: [read, trade.spot]}
  phrase: {exchange: okx, permissions: [read], account_type: sub, credentials: {api_key: env:X, api_secret: env:Y}}
  gone: {exchange: okx, permissions: [read], status: revoked, account_type: main}
  pairs: {exchange: mexc, permissions: [read], symbols: [BTCUSDT]}
  agent: {exchange: hyperliquid, permissions: [trade.futures], created: 2026-01-01}
  forced: {exchange: upbit, permissions: [read]}
  young: {exchange: coinbase, permissions: [read], created: 2026-11-21, algorithm: ed25519}
  aged: {exchange: coinbase, permissions: [read], created: 2026-11-01, algorithm: ecdsa}
  somewhere: {exchange: nowhere, permissions: [read]}
  timeless: {exchange: coinbase, permissions: [read]}
  unbound: {exchange: mexc, permissions: [read], account: other}
  masked: {exchange: binance, account: other, permissions: [read], key_id: vmPUZE…fhA8E}
  phrased: {exchange: okx, permissions: [read], credentials: {api_key: env:X2, api_secret: env:Y2, passphrase: env:Z2}}
  bound-okx: {exchange: okx, permissions: [read], ip_allowlist: [203.0.113.7]}
  bybit-test: {exchange: bybit, permissions: [read], environment: testnet}
  kucoin: {exchange: kucoin, permissions: [read]}
  gate-new: {exchange: gate, permissions: [read], created: 2026-11-01}
"""


@pytest.fixture
def folder(empty_folder: Path) -> Path:
    (empty_folder / "keylint.yaml").write_text(KEYS)
    return empty_folder


def weighed(key: str, *words: str) -> list[tuple[str, str | None]]:
    (page,) = keylint("explain", *AT, "--format", "json", "--key", key, *words).json["pages"]
    assert page["key"] == key
    return [(cause["verdict"], cause["why"]) for cause in page["causes"]]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("key", "words", "wanted"),
    [
        # addresses
        ("bound", ["-2015"], ("likelier", "the key is bound to 203.0.113.7")),
        ("blind", ["-2015"], ("ruled out", "no allowlist is declared")),
        (
            "bound-bybit",
            ['{"retCode":10010,"retMsg":"Unmatched IP 198.51.100.9, check it."}'],
            ("likelier", "the message names 198.51.100.9, which is not among the declared 203.0.113.0/28"),
        ),
        (
            "bound-bybit",
            ['{"retCode":10010,"retMsg":"Unmatched IP 203.0.113.9."}'],
            ("likelier", "the message names 203.0.113.9, which is declared: the list at the exchange is another one"),
        ),
        (
            "open-bybit",
            ["10010"],
            ("open", f"no allowlist is declared: {DOUBT}"),
        ),
        ("forced", ["no_authorization_ip"], ("open", "no allowlist is declared, but Upbit makes no key without one")),
        ("idle", ["50035"], ("likelier", "no allowlist is declared")),
        # rights
        ("blind", ["-2015"], ("likelier", "no reading permission is declared (declared: trade.spot)")),
        ("bound", ["-2015"], ("ruled out", "reading is declared (declared: read, trade.spot)")),
        ("bound", ["-1002"], ("open", "declared: read, trade.spot: does the call need more?")),
        # ends
        (
            "open-bybit",
            ["33004"],
            (
                "likelier",
                "no allowlist is declared, and it was made on 2026-05-01: over since 2026-07-30 at the earliest",
            ),
        ),
        ("new-bybit", ["10003"], ("open", None)),
        ("over-bybit", ["33004"], ("likelier", "its declared end has passed (2026-11-01)")),
        (
            "agent",
            ["User or API Wallet"],
            ("likelier", "the rule concerns it, and it was made on 2026-01-01: over since 2026-04-01"),
        ),
        (
            "blind",
            ["-2015"],
            (
                "likelier",
                "no allowlist is declared, and it was made on 2026-10-01: over since 2026-10-31 at the earliest",
            ),
        ),
        ("idle", ["50119"], ("likelier", "no allowlist is declared; the day depends on what is not declared")),
        ("demo", ["50119"], ("ruled out", "the exchange's rule does not concern such a key")),
        # deleted
        ("gone", ["50119"], ("likelier", "it is declared revoked")),
        ("blind", ["-2015"], ("likelier", "bound replaces it")),
        # places
        ("test", ["-2008"], ("likelier", "it is declared for testnet")),
        ("hmac", ["-2008"], ("ruled out", "it is declared for production (https://api.binance.com)")),
        ("demo", ["50101"], ("likelier", "it is declared for demo (https://www.okx.com)")),
        ("idle", ["50101"], ("open", "it is declared for production (https://www.okx.com): is it used there?")),
        ("eea", ["50119"], ("likelier", "it is declared for the site eea (https://eea.okx.com): is it used there?")),
        ("idle", ["50119"], ("likelier", "no site is declared; OKX also has: us, eea")),
        # nonce
        ("two", ["EAPI:Invalid nonce"], ("likelier", "several holders are declared: a-bot, b-bot")),
        ("one", ["EAPI:Invalid nonce"], ("likelier", "twin is declared with the same key")),
        # signing
        ("hmac", ["-1022"], ("likelier", "no algorithm is declared, and Binance has hmac, rsa, ed25519")),
        ("bound", ["-1022"], ("open", "ed25519 is declared: does the program sign so?")),
        ("bound", ["-1022"], ("likelier", "other-secret is declared with the same env:B")),
        ("one", ["EAPI:Invalid signature"], ("open", "do env:K, env:L belong together?")),
        ("phrase", ["50105"], ("likelier", "no passphrase is declared among the credentials")),
        ("young", ["Unauthorized"], ("likelier", "ed25519 is declared")),
        ("aged", ["Unauthorized"], ("ruled out", "ecdsa is declared")),
        ("young", ["Unauthorized"], ("likelier", "made on 2026-11-21")),
        ("aged", ["Unauthorized"], ("ruled out", "made on 2026-11-01")),
        # accounts
        ("phrase", ["59500"], ("likelier", "it is declared as a sub-account's")),
        ("idle", ["59500"], ("open", "`account_type` is not declared")),
        (
            "gone",
            ["59504"],
            (
                "open",
                f"it is declared as the main account's: {DOUBT}",
            ),
        ),
        ("pairs", ["70011"], ("likelier", "it is declared for BTCUSDT")),
        (
            "bound",
            ["HTTP 429"],
            ("likelier", "other keys of this account are declared: blind, hmac, other-secret, test"),
        ),
        ("pairs", ["429"], ("open", "no other key of this account is declared")),
        ("two", ["EAPI:Invalid signature"], ("open", None)),
        ("forced", ["expired_access_key"], ("open", None)),
        ("timeless", ["Unauthorized"], ("open", "`created` is not declared")),
        ("timeless", ["Unauthorized"], ("likelier", "no algorithm is declared, and Coinbase has ecdsa, ed25519")),
        ("unbound", ["70011"], ("open", f"no symbols are declared: {DOUBT}")),
        ("unbound", ["10072"], ("likelier", "no allowlist is declared; the day depends on what is not declared")),
        ("masked", ["-2014"], ("open", "declared: vmPUZE…fhA8E")),
        ("phrased", ["50105"], ("open", "do env:X2, env:Y2, env:Z2 belong together?")),
        ("idle", ["50110"], ("open", f"no allowlist is declared: {DOUBT}")),
        ("bound-okx", ["50119"], ("ruled out", "an allowlist is declared")),
        ("bound-okx", ["50035"], ("open", f"an allowlist is declared: {DOUBT}")),
        ("bybit-test", ["10003"], ("likelier", "it is declared for testnet (https://api-testnet.bybit.com)")),
        ("kucoin", ["400003"], ("open", None)),
        ("gate-new", ["INVALID_KEY"], ("ruled out", "made on 2026-11-01, so not before 2027-01-30")),
    ],
)
def test_a_declaration_moves_a_cause_and_says_why(key: str, words: list[str], wanted: tuple[str, str | None]) -> None:
    assert wanted in weighed(key, *words)


@pytest.mark.usefixtures("folder")
def test_likelier_causes_come_first_and_ruled_out_ones_last() -> None:
    assert [verdict for verdict, _ in weighed("blind", "-2015")] == [*["likelier"] * 4, "ruled out"]
    assert [verdict for verdict, _ in weighed("bound", "-2015")] == ["likelier", "open", "ruled out"]


@pytest.mark.usefixtures("folder")
def test_what_the_exchange_does_by_itself_comes_with_its_source() -> None:
    (page,) = keylint("explain", *AT, "--format", "json", "--key", "blind", "-2015").json["pages"]
    own = [cause for cause in page["causes"] if cause["source"]]
    assert [cause["source"] for cause in own] == [
        "binance.com announcement cda0a4b53da04396b5d27881e93abf78 (2021-07-08)",
        "binance.com news flash 7334853 (December 2022)",
    ]
    assert own[0]["text"].startswith("without an address list the spot and margin permission is valid for 30 days")


@pytest.mark.usefixtures("folder")
def test_weighed_causes_as_text() -> None:
    lines = keylint("explain", *AT, "binance", "-2015", "--key", "bound").out.splitlines()
    assert lines[3:9] == [
        "weighed against what is declared of key 'bound', as far as that is true:",
        "  1. likelier   this machine's address is not in the key's list",
        "                = the key is bound to 203.0.113.7",
        "  2. open       the key was deleted or is not the one that was meant",
        "  3. ruled out  the key has no reading permission",
        "                = reading is declared (declared: read, trade.spot)",
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-2015", "--key", "bund"), "no key 'bund'; did you mean `bound`?"),
        (("-2015", "--key", "somewhere"), "keylint does not know the exchange of key 'somewhere': nowhere"),
        (("-2015", "--key", "bound", "--exchange", "bingx"), "key 'bound' is declared at binance, not at bingx"),
        (("bingx", "-2015", "--key", "bound"), "the topic names bingx, and binance is asked about"),
    ],
)
def test_a_key_that_does_not_fit(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        keylint("explain", *words)
    assert said in str(raised.value)


@pytest.mark.usefixtures("folder")
def test_a_key_names_the_exchange_of_a_purpose() -> None:
    (page,) = keylint("explain", "spot-trading", "--key", "bound", "--format", "json").json["pages"]
    assert page["boxes"]["exchange"] == "binance"


def test_the_declaration_is_found_by_path(empty_folder: Path) -> None:
    (empty_folder / "mine.yaml").write_text(KEYS)
    assert keylint("explain", "-2015", "--key", "bound", "--path", "mine.yaml").code == 0


def test_what_could_not_be_read_is_told(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text(KEYS.replace("status: revoked", "status: dead"))
    ran = keylint("explain", "-2015", "--key", "bound")
    assert (ran.code, "error[schema]" in ran.err) == (1, True)


def test_every_cause_of_every_exchange_has_its_kind() -> None:
    without = {cause for facts in EVERY for error in every_error(facts) for cause in error.causes if not kind_of(cause)}
    assert without == set()


def test_every_kind_has_causes() -> None:
    used = {kind.name for facts in EVERY for error in every_error(facts) for c in error.causes if (kind := kind_of(c))}
    assert used == {kind.name for kind in KINDS}


@pytest.mark.parametrize(("exchange", "code"), ERRORS)
def test_every_error_has_something_to_look_at(exchange: str, code: str) -> None:
    facts = known(exchange)
    (error,) = [error for error in every_error(facts) if error.code == code]
    found = checks(plain(error), facts)
    assert found
    assert not any("{" in text for text in found)


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("words", [("",), ("-",), (" ", "")])
def test_nothing_is_no_topic(words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="nothing to explain"):
        keylint("explain", *words, stdin=" \n")


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("read", "\nevery valid key has it at: bitmex, bybit, htx, kucoin"),
        ("key.manage", "\nrights that perhaps give it; no source settles it:\n"),
        ("withdraw", "\nrules that speak of a key with it:\n"),
        ("card", "\n  bybit BitCard.BitCard  card\n"),
    ],
)
def test_parts_of_a_capability_s_page(name: str, part: str) -> None:
    assert part in keylint("explain", name).out


@pytest.mark.usefixtures("empty_folder")
def test_text_of_a_weighed_error_names_the_sources_that_are_added() -> None:
    Path("k.yaml").write_text("version: 1\nkeys: {a: {exchange: binance, permissions: [trade.spot]}}\n")
    text = keylint("explain", "-2015", "--key", "a", "--path", "k.yaml").out
    assert "\n                source: binance.com news flash 7334853 (December 2022)\n" in text


SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"


def test_a_secret_in_any_field_is_shown_by_no_command(empty_folder: Path) -> None:
    fields = ("account", "owner", "holder", "purpose", "key_id", "label", "notes", "replaces")
    text = "".join(f"    {field}: {SECRET}\n" for field in fields)
    (empty_folder / "keylint.yaml").write_text(
        f"version: 1\nkeys:\n  bot:\n    exchange: binance\n    permissions: [{SECRET}]\n    symbols: [{SECRET}]\n"
        f"    expires: 2026-12-01\n    credentials: {{api_key: {SECRET}}}\n{text}"
        f"  {SECRET.lower()}:\n    exchange: {SECRET}\n    permissions: [read]\n    expires: 2026-12-01\n"
    )
    commands = [
        ("list", "--reach"),
        ("list", "--format", "json"),
        ("list", "--status", "planned"),
        ("calendar",),
        ("calendar", "--format", "json"),
        ("calendar", "--format", "ics"),
        *(("explain", code, "--key", "bot") for code in ("-2015", "-1022", "-1099", "-2014", "HTTP 429", "-2008")),
        ("explain", "-2015", "--key", "bot", "--format", "json"),
    ]
    for words in commands:
        ran = keylint(*words, *AT)
        assert SECRET[8:30].lower() not in (ran.out + ran.err).lower(), words
    for words in (("list", "--owner", "nobody"), ("list", "--key", "zzz"), ("explain", "-2015", "--key", "zzz")):
        with pytest.raises(UsageError) as raised:
            keylint(*words)
        assert SECRET[8:30].lower() not in str(raised.value).lower()


def weighed_alone(name: str, **fields: Any) -> tuple[str, str | None]:
    key = key_decl("x", {"permissions": ["read"], **fields})
    assert key.facts
    weigh: Weigh = getattr(weighing, name)
    return weigh(Case(key, [], key.facts, vocabulary(), NOW), "the cause")


def test_what_no_documented_error_shows_yet() -> None:
    assert weighed_alone("address", exchange="hyperliquid") == ("ruled out", "Hyperliquid has no allowlists")
    assert weighed_alone("site", exchange="kraken") == ("open", None)
    assert weighed_alone("site", exchange="okx", site="us")[0] == "likelier"
    assert weighed_alone("algorithm", exchange="kraken") == ("ruled out", "Kraken has one kind only: hmac")


@pytest.mark.usefixtures("empty_folder")
def test_a_capability_that_nothing_gives_and_the_parts_that_a_page_lacks() -> None:
    text = keylint("explain", "trade.copy", "--exchange", "kraken").out
    assert text.startswith(
        "trade.copy: leads or follows copy trading\n  a capability of the class trade\n\nno right that "
    )
    assert "tick nothing at Bybit: every valid key has read\n" in keylint("explain", "portfolio-tracking", "bybit").out
