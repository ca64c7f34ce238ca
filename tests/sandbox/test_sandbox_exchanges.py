"""What holds for every simulated exchange: its calls and rights are those of the facts, and every fault strikes."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from keylint.model.errors import UsageError
from keylint.sandbox import bitmex, deribit, gemini, kraken_futures
from keylint.sandbox.answers import HOSTILE, Change
from keylint.sandbox.deliveries import Delivery
from keylint.sandbox.faults import FAULTS, ClockSkew
from keylint.sandbox.load import state_from
from keylint.sandbox.server import Sandbox
from keylint.sandbox.simulation import SIMULATED, Simulation
from keylint.sandbox.wire import Request
from tests.sandbox.hands import (
    BELOW,
    DESK,
    ENTRIES,
    HANDS,
    INSPECT,
    NOW,
    POSTED,
    SEED,
    TIME,
    Reply,
    Sent,
    entry,
    send,
    texts,
)

Play = Callable[..., Sandbox]

HOSTS = {
    "kraken-futures": kraken_futures.HOSTS,
    "bitmex": bitmex.HOSTS,
    "deribit": deribit.HOSTS,
    "gemini": gemini.HOSTS,
}
FACTS = Path(__file__).parents[2] / "keylint" / "facts"
EACH = pytest.mark.parametrize("exchange", ENTRIES)
# Those that refuse for load with another status than 429.
LIMITED = {"bybit": 200, "bingx": 200}
# Those whose list of keys shows secrets, as the published example does.
TELLS_SECRETS = ("deribit",)
# Those whose requests carry no time that could be too old.
TIMELESS = ("kraken-futures", "bitfinex", "gemini", "upbit", "whitebit", "hyperliquid")

# Those whose answer holds neither a label nor rights: nothing that anybody could choose.
WORDLESS = ("upbit", "bithumb")

LEFT_OUT = {
    "binance": "enableMargin",
    "bybit": "kycRegion",
    "okx": "feeType",
    "coinbase": "portfolio_type",
    "kucoin": "apiVersion",
    "bitget": "channelCode",
    "gate": "mode",
    "htx": "createTime",
    "mexc": "createTime",
    "bingx": "note",
    "kraken-futures": "iiban",
    "bitmex": "userId",
    "deribit": "default",
    "bitfinex": "funding",
    "gemini": "isAuditor",
    "upbit": "expire_at",
    "bithumb": "expire_at",
    "whitebit": "isEnabled",
    "hyperliquid": "data",
}


def facts(exchange: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((FACTS / f"{exchange}.yaml").read_text())
    return data


def live(exchange: str, **changes: Any) -> list[dict[str, Any]]:
    """Return a key, and with it one below it where it shows nothing else."""
    below = [entry(exchange, **BELOW[exchange], **changes)] if exchange in BELOW else []
    return [entry(exchange, **changes), *below]


def inspection(exchange: str) -> Sent:
    return HANDS[exchange](entry(exchange), INSPECT[exchange])


def inspect(sandbox: Sandbox, exchange: str, **options: Any) -> Reply:
    target, headers = HANDS[exchange](entry(exchange), INSPECT[exchange], **options)
    body = POSTED.get(exchange)
    return send(sandbox.base_urls[exchange], "GET" if body is None else "POST", target, headers, body)


@pytest.mark.parametrize("exchange", SIMULATED)
def test_rights_and_calls_are_those_of_the_facts(exchange: str) -> None:
    known = facts(exchange)
    played = SIMULATED[exchange]
    assert set(played.rights) == set(known["rights"])
    assert len(played.rights) == len(set(played.rights))
    assert played.calls == {(call["method"], call["path"]) for call in known["calls"] if call["use"] != "status"}
    assert set(played.algorithms) == (set() if known["inspection"] == "public" else set(known["credentials"]))


@EACH
def test_inspection_is_answered_and_recorded_without_secrets(play: Play, exchange: str) -> None:
    sandbox = play(entry(exchange))
    status, headers, body = inspect(sandbox, exchange)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert body
    (record,) = sandbox.requests
    key = str(ENTRIES[exchange]["api_key"])
    assert (record.outcome, record.key, record.is_forbidden) == ("ok", key[-4:], False)
    for name in ("api_secret", "private_key", "passphrase"):
        secret = str(ENTRIES[exchange].get(name, "…"))
        assert secret not in repr(sandbox.requests)
        assert (secret in body.decode()) == (exchange in TELLS_SECRETS and name == "api_secret")


@pytest.mark.parametrize("exchange", TIME)
def test_time_call_needs_no_key_and_follows_the_clock(play: Play, exchange: str) -> None:
    sandbox = play(entry(exchange), faults=[{"clock_skew": {"seconds": 30.5}}])
    status, _, body = send(sandbox.base_urls[exchange], "GET", TIME[exchange])
    assert status == 200
    assert b"170000003" in body
    assert sandbox.forbidden == ()


@EACH
@pytest.mark.parametrize(
    ("method", "path"), [("POST", None), ("DELETE", None), ("GET", "/nowhere"), ("POST", "/order")]
)
def test_any_other_call_is_forbidden(play: Play, exchange: str, method: str, path: str | None) -> None:
    sandbox = play(entry(exchange))
    target, headers = inspection(exchange)
    if (method, path) == ("POST", None) and exchange in POSTED:
        method = "GET"
    send(sandbox.base_urls[exchange], method, path or target, headers)
    (record,) = sandbox.forbidden
    assert (record.method, record.path, record.outcome) == (method, path or target.partition("?")[0], "forbidden")


@pytest.mark.parametrize("exchange", [name for name in ENTRIES if name not in TIMELESS])
def test_old_request_is_refused_and_the_answer_is_no_key(play: Play, exchange: str) -> None:
    sandbox = play(entry(exchange), faults=[{"clock_skew": {"seconds": 400}}])
    body = inspect(sandbox, exchange)[2]
    assert "grid-bot" not in body.decode()
    assert sandbox.requests[0].outcome != "ok"


@pytest.mark.parametrize("exchange", [name for name in ENTRIES if name != "hyperliquid"])
def test_address_is_checked(play: Play, exchange: str) -> None:
    for client, is_admitted in ((None, True), ("203.0.113.7", True), ("203.0.113.8", False)):
        sandbox = play(entry(exchange, ip_allowlist=["203.0.113.7"], client_address=client))
        inspect(sandbox, exchange)
        assert (sandbox.requests[0].outcome == "ok") == is_admitted


@pytest.mark.parametrize("called", [str, str.upper, lambda host: f"{host}:443"])
@pytest.mark.parametrize(
    ("exchange", "host", "of"),
    [(exchange, host, of) for exchange, hosts in HOSTS.items() for host, of in {**hosts, "127.0.0.1": ""}.items()],
)
def test_key_exists_at_the_host_of_its_environment_only(
    play: Play, exchange: str, host: str, of: str, called: Callable[[str], str]
) -> None:
    target, headers = inspection(exchange)
    body = POSTED.get(exchange)
    for environment in ("production", "demo"):
        sandbox = play(entry(exchange, environment=environment))
        sent = {**headers, "Host": called(host)}
        send(sandbox.base_urls[exchange], "GET" if body is None else "POST", target, sent, body)
        assert (sandbox.requests[0].outcome == "ok") == (of in (environment, ""))


@EACH
def test_rate_limit_comes_in_the_exchanges_own_words(play: Play, exchange: str) -> None:
    sandbox = play(entry(exchange), faults=[{"rate_limited": {"retry_after": 3, "times": 1}}])
    status, headers, body = inspect(sandbox, exchange)
    assert (status, headers["retry-after"]) == (LIMITED.get(exchange, 429), "3")
    assert SIMULATED[exchange].phrases.rate_limited.code in body.decode()
    assert inspect(sandbox, exchange)[0] == 200


@pytest.mark.parametrize(
    ("exchange", "header", "value"),
    [
        ("bybit", "x-bapi-limit-reset-timestamp", str(NOW + 1000)),
        ("coinbase", "x-ratelimit-reset", "1"),
        ("kucoin", "gw-ratelimit-reset", "1000"),
        ("htx", "x-hb-ratelimit-requests-expire", "1000"),
    ],
)
def test_rate_limit_has_the_exchanges_own_headers(play: Play, exchange: str, header: str, value: str) -> None:
    headers = inspect(play(entry(exchange), faults=[{"rate_limited": {"retry_after": None}}]), exchange)[1]
    assert headers[header] == value
    assert "retry-after" not in headers


@EACH
def test_ban_and_page_and_any_status_strike(play: Play, exchange: str) -> None:
    assert inspect(play(entry(exchange), faults=["banned"]), exchange)[0] == 418
    assert inspect(play(entry(exchange), faults=["html"]), exchange)[2].startswith(b"<!DOCTYPE")
    assert inspect(play(entry(exchange, faults=[{"server_error": {"status": 520}}])), exchange)[0] == 520
    assert json.loads(gzip.decompress(inspect(play(entry(exchange), faults=["gzip"]), exchange)[2]))


@EACH
def test_every_fault_strikes(exchange: str) -> None:
    needed = {"clock_skew": {"seconds": 1}, "redirect": {"to": "https://x.example"}, "refuse": {"code": "7"}}
    target, headers = inspection(exchange)
    body = POSTED.get(exchange)
    sent = {name.lower(): value for name, value in headers.items()}
    request = Request("GET" if body is None else "POST", target, sent, body or b"")
    for name, kind in FAULTS.items():
        options = {"megabytes": 1} if name == "big_body" else needed.get(name)
        state = state_from({"keys": [entry(exchange)], "faults": [{name: options}]}, "live.yaml")
        reaction = Simulation(exchange, state, lambda: NOW).react(request)
        assert reaction.record.faults == (name,)
        assert isinstance(reaction.delivery, kind) == issubclass(kind, Delivery)
        assert (reaction.record.outcome == "ok") == issubclass(kind, ClockSkew | Change | Delivery)


@EACH
def test_any_refusal_can_be_played(play: Play, exchange: str) -> None:
    # Of a whole class of statuses, such as HTTP 5xx, none is meant in particular.
    for code in (code for code in facts(exchange)["errors"] if not code.endswith("xx")):
        sandbox = play(entry(exchange), faults=[{"refuse": {"code": code, "message": "told"}}])
        status, _, body = inspect(sandbox, exchange)
        assert sandbox.requests[0].outcome == code
        if code.startswith("HTTP "):
            assert (status, body) == (int(code[5:]), b"")
        else:
            assert code == "missing" or "told" in body.decode()
            assert code == "Unauthorized" or code in body.decode()


@EACH
def test_echo_quotes_what_was_sent(play: Play, exchange: str) -> None:
    _, _, body = inspect(play(entry(exchange), faults=["echo"]), exchange)
    target, headers = inspection(exchange)
    sent = [target, *(value for name, value in headers.items() if name.lower() != "content-type")]
    said = texts(json.loads(body))
    assert all(any(part in text for text in said) for part in sent)


@EACH
def test_wrong_types_spoil_the_answer(play: Play, exchange: str) -> None:
    good = json.loads(inspect(play(*live(exchange)), exchange)[2])
    bad = json.loads(inspect(play(*live(exchange), faults=["wrong_types"]), exchange)[2])
    assert good != bad


@EACH
def test_hostile_text_stands_in_label_and_right_and_message(play: Play, exchange: str) -> None:
    sandbox = play(*live(exchange), faults=["hostile_text"])
    said = texts(json.loads(inspect(sandbox, exchange)[2]))
    assert any(HOSTILE in text for text in said) != (exchange in WORDLESS)
    assert "grid-bot" not in said
    refusal = send(sandbox.base_urls[exchange], "GET", INSPECT[exchange])[2]
    assert exchange in ("bybit", "coinbase", "hyperliquid") or HOSTILE in texts(json.loads(refusal))


@EACH
def test_answer_without_words_stays_as_it_is(play: Play, exchange: str) -> None:
    sandbox = play(entry(exchange), faults=["hostile_text", {"not_an_object": {"value": 7}}])
    assert inspect(sandbox, exchange)[2] == b"7"


@EACH
def test_raw_fields_replace_add_and_vanish(play: Play, exchange: str) -> None:
    plain = set(texts(json.loads(inspect(play(*live(exchange)), exchange)[2])))
    left_out = LEFT_OUT[exchange]
    changed = live(exchange, answer={"added": None, "list.hidden": 1}, omit=[left_out, "key-detail.user_id"])
    got = set(texts(json.loads(inspect(play(*changed), exchange)[2])))
    assert left_out in plain - got
    assert "added" in got
    assert not {"hidden", "list.hidden"} & got


def test_only_exchanges_that_the_file_names_are_served(play: Play) -> None:
    sandbox = play(entry("okx"), exchanges={"gate": {}, "htx": {"faults": ["hang"]}})
    assert set(sandbox.base_urls) == {"okx", "gate", "htx"}
    assert play().base_urls == {}


@pytest.mark.parametrize(
    ("exchange", "changes", "message"),
    [
        ("okx", {"passphrase": None}, "passphrase is missing"),
        ("okx", {"expires": "2026-01-01"}, "expires is nothing that keys of okx have"),
        ("okx", {"environment": "testnet"}, "environment must be 'production' or 'demo'"),
        ("okx", {"account": "7", "main_account": "7"}, "main_account must be another one than account"),
        ("bybit", {"account": "mine"}, "account must be a number in quotes"),
        ("bybit", {"main_account": "0"}, "main_account must be a number in quotes"),
        ("bybit", {"unified": 1}, "unified must be true or false"),
        (
            "bybit",
            {"private_key": SEED},
            "api_secret, public_key or private_key: exactly one of them must be given",
        ),
        (
            "bybit",
            {"api_secret": None, "private_key": SEED},
            "api_secret, public_key or private_key: keys of bybit are hmac or rsa",
        ),
        ("coinbase", {"api_key": "mine"}, "api_key must be a UUID or organizations/UUID/apiKeys/UUID"),
        ("coinbase", {"account": "7"}, "account must be the UUID of a portfolio"),
        ("coinbase", {"private_key": SEED[:-4] + "AAAA"}, "private_key is no key in PEM"),
        ("kucoin", {"permissions": ["Spot"]}, "permissions must name General: every key has it"),
        ("htx", {"permissions": ["trade"]}, "permissions must name readOnly: every key has it"),
        ("bitget", {"unified": True}, "permissions must all be of the key's generation (see unified)"),
        (
            "bitget",
            {"permissions": ["uta_mgt.read-only"]},
            "permissions must all be of the key's generation (see unified)",
        ),
        (
            "bitget",
            {"unified": True, "permissions": ["uta_mgt.read-only", "withdraw.read-and-write"]},
            "permissions must all be read-only, or all read-and-write",
        ),
        ("gate", {"permissions": ["spot.read_only", "spot.read_write"]}, "permissions must name an area once"),
        ("upbit", {"expires": None}, "expires is missing: every key there ends"),
        ("upbit", {"account": "7"}, "account must be the UUID of a pocket"),
        (
            "upbit",
            {"account": DESK, "main_account": "9ca023a5-851b-4fec-9f0a-48cd83c2eaae"},
            "permissions must not name 포켓관리: only keys of the main pocket have it",
        ),
        ("bithumb", {"expires": None}, "expires is missing: every key there ends"),
        (
            "bithumb",
            {"permissions": ["withdraw"]},
            "permissions[0] is no right that bithumb documents (others go under answer)",
        ),
        ("whitebit", {"permissions": []}, "permissions must name one type"),
        ("whitebit", {"account": "7", "main_account": "1"}, "account must be the UUID of the sub-account"),
        (
            "hyperliquid",
            {"api_secret": "s"},
            "api_secret, public_key and private_key are nothing that hyperliquid asks for",
        ),
        ("hyperliquid", {"api_key": "0x12"}, "api_key must be an address: 0x and 40 hexadecimal digits"),
        ("hyperliquid", {"permissions": []}, "permissions must be [agent] or [user]"),
        ("hyperliquid", {"main_account": None}, "main_account must be the address of the agent's wallet"),
        ("hyperliquid", {"permissions": ["user"]}, "main_account is nothing that a wallet of its own has"),
        ("hyperliquid", {"ip_allowlist": ["203.0.113.7"]}, "ip_allowlist must be empty: there is none"),
        ("hyperliquid", {"label": "x" * 17}, "label must have 16 characters at most"),
        ("bingx", {"permissions": ["1"]}, "permissions[0] is no right that bingx documents (others go under answer)"),
        ("kraken-futures", {"api_secret": "plain"}, "api_secret must be base64"),
        ("kraken-futures", {"account": "7"}, "account must be a UUID"),
        (
            "kraken-futures",
            {"permissions": ["transfer.READ_ONLY", "transfer.FULL_ACCESS"]},
            "permissions must name a group once",
        ),
        ("bitmex", {"account": "mine"}, "account must be a number in quotes"),
        ("deribit", {"permissions": ["trade:read", "trade:read_write"]}, "permissions must name an area once"),
        ("bitfinex", {"otp": "1"}, "otp is nothing that keys of bitfinex have"),
        (
            "gemini",
            {"permissions": ["isAuditor", "isTrader"]},
            "permissions must not name another role beside isAuditor",
        ),
        (
            "gemini",
            {"permissions": ["Administrator"]},
            "permissions must not name Administrator: that is for master keys",
        ),
        ("gemini", {"nonce_window": 5}, "nonce_window must be 0 (nonces rise) or 30 (they are the time in seconds)"),
    ],
)
def test_impossible_key_is_refused(play: Play, exchange: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        play(entry(exchange, **changes))
    assert str(caught.value) == f"live.yaml: keys[0].{message}"
