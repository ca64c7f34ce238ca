"""How simulated exchanges misbehave, seen through real sockets."""

import gzip
import http.client
import json
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.server import Sandbox

Reply = tuple[int, dict[str, str], bytes]
Start = Callable[..., Sandbox]
Ask = Callable[..., Reply]
Inspect = Callable[[Sandbox, str], Reply]
Told = Callable[[Sandbox, str], Any]

SECRETS = (
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
    "82f4e72e95e63d666b6da651e82a701722ad8a785a169318d91f36f279c55821",
    "0hXh9q5/fK8xgzNfiExbUyhEvsv1gAYGgL/5PWy8Xo8kFGhpI/ZwAnHB1eC0SYtlYiywFcypDRuBP/GjHp+ojA==",
)
BOTH = pytest.mark.parametrize("exchange", ["binance", "kraken"])


def raw(sandbox: Sandbox, exchange: str, limit: int = 1_000_000, timeout: float = 5) -> bytes:
    """Send the time call on a bare socket and read up to a limit, or to the end of the connection."""
    address = urlsplit(sandbox.base_urls[exchange])
    path = "/api/v3/time" if exchange == "binance" else "/0/public/Time"
    assert address.hostname
    assert address.port
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=timeout) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while len(received) < limit and (data := connection.recv(65_536)):
            received += data
    return received


@BOTH
def test_rate_limit_ends_after_its_times(start: Start, inspect: Inspect, exchange: str) -> None:
    sandbox = start(faults=[{"rate_limited": {"retry_after": 3, "times": 1}}])
    status, headers, body = inspect(sandbox, exchange)
    assert (status, headers["retry-after"]) == (429, "3")
    assert (
        json.loads(body)
        == {
            "binance": {
                "code": -1003,
                "msg": "Too much request weight used; current limit is 12000 request weight per 1 MINUTE.",
            },
            "kraken": {"error": ["EAPI:Rate limit exceeded"]},
        }[exchange]
    )
    assert inspect(sandbox, exchange)[0] == 200
    assert [record.faults for record in sandbox.requests] == [("rate_limited",), ()]


def test_fault_without_times_never_ends(start: Start, inspect: Inspect) -> None:
    sandbox = start(faults=["rate_limited"])
    assert {inspect(sandbox, "binance")[0] for _ in range(5)} == {429}


def test_ban_names_its_end(start: Start, inspect: Inspect) -> None:
    sandbox = start(faults=["banned"])
    status, headers, body = inspect(sandbox, "binance")
    assert (status, headers["retry-after"]) == (418, "120")
    assert json.loads(body)["msg"] == "Way too much request weight used; IP banned until 1499827439559."
    assert json.loads(inspect(sandbox, "kraken")[2]) == {"error": ["EGeneral:Too many requests"]}


@pytest.mark.parametrize(
    ("fault", "status", "kind", "body"),
    [
        ("server_error", 503, "text/plain", b"upstream failure\n"),
        ({"server_error": {"status": 520}}, 520, "text/plain", b"upstream failure\n"),
        ({"not_an_object": {"value": [1, None]}}, 200, "application/json", b"[1,null]"),
        ("not_an_object", 200, "application/json", b"[]"),
        ("deep_json", 200, "application/json", b"[" * 100_000 + b"]" * 100_000),
    ],
)
@BOTH
def test_fault_answers_instead(
    start: Start, inspect: Inspect, exchange: str, fault: object, status: int, kind: str, body: bytes
) -> None:
    sandbox = start(faults=[fault])
    got, headers, received = inspect(sandbox, exchange)
    assert (got, headers["content-type"], received) == (status, kind, body)
    assert sandbox.requests[0].outcome == sandbox.requests[0].faults[0]


@pytest.mark.parametrize("status", [200, 403, 502])
def test_page_comes_with_any_status(start: Start, inspect: Inspect, status: int) -> None:
    got, headers, body = inspect(start(faults=[{"html": {"status": status}}]), "kraken")
    assert (got, headers["content-type"], body[:15]) == (status, "text/html; charset=UTF-8", b"<!DOCTYPE html>")


def test_big_body_is_json_and_packs_well(start: Start, inspect: Inspect) -> None:
    fault = {"big_body": {"megabytes": 2}}
    plain = inspect(start(faults=[fault]), "binance")[2]
    assert len(json.loads(plain)["padding"]) == 2_000_000
    packed = inspect(start(faults=["gzip", fault]), "binance")[2]
    assert len(packed) < 20_000
    assert gzip.decompress(packed) == plain


@pytest.mark.parametrize("status", [302, 307])
def test_redirect_names_another_place(start: Start, inspect: Inspect, status: int) -> None:
    sandbox = start(faults=[{"redirect": {"to": "https://evil.example/", "status": status}}])
    got, headers, body = inspect(sandbox, "binance")
    assert (got, headers["location"], body) == (status, "https://evil.example/", b"")


@pytest.mark.parametrize(
    ("exchange", "options", "status", "data"),
    [
        ("binance", {"code": "-2015", "status": 401, "message": "no"}, 401, {"code": -2015, "msg": "no"}),
        ("binance", {"code": -1021}, 400, {"code": -1021, "msg": ""}),
        ("binance", {"code": "x" * 20, "status": 500}, 500, {"code": "x" * 20, "msg": ""}),
        ("kraken", {"code": "EGeneral:Temporary lockout"}, 200, {"error": ["EGeneral:Temporary lockout"]}),
        (
            "kraken",
            {"code": "EService:Throttled", "message": " 1499827400"},
            200,
            {"error": ["EService:Throttled: 1499827400"]},
        ),
    ],
)
def test_any_refusal_can_be_played(
    start: Start, inspect: Inspect, exchange: str, options: dict[str, object], status: int, data: object
) -> None:
    sandbox = start(faults=[{"refuse": options}])
    got, _, body = inspect(sandbox, exchange)
    assert (got, json.loads(body)) == (status, data)
    assert sandbox.requests[0].outcome == str(options["code"])


@BOTH
def test_echo_quotes_all_that_was_sent(start: Start, inspect: Inspect, exchange: str) -> None:
    data = json.loads(inspect(start(faults=["echo"]), exchange)[2])
    text = data["msg"] if exchange == "binance" else data["error"][0]
    expected = {
        "binance": ["x-mbx-apikey: vmPU", "GET /sapi/v1/account/apiRestrictions?recvWindow", SECRETS[2]],
        "kraken": ["api-key: Ab1/", "EGeneral:Invalid arguments:POST ", SECRETS[3], "nonce=1616492376594"],
    }[exchange]
    for part in expected:
        assert part in text


@BOTH
def test_without_echo_no_answer_holds_a_secret(start: Start, inspect: Inspect, exchange: str) -> None:
    for fault in [[], ["wrong_types"], ["hostile_text"], ["banned"], [{"refuse": {"code": "-1"}}], ["html"]]:
        reply = str(inspect(start(faults=fault), exchange))
        assert not [secret for secret in SECRETS if secret in reply]


def test_wrong_types_spoil_every_field(start: Start, told: Told) -> None:
    assert told(start(faults=["wrong_types"]), "binance")["enableReading"] == "yes"
    data = told(start(faults=["wrong_types"]), "kraken")
    assert (data["error"], data["result"]["permissions"], data["result"]["apiKeyName"]) == (7, 7, ["grid-bot"])
    assert (data["result"]["nonceWindow"], data["result"]["lastUsed"]) == ({"value": 0}, {"value": None})


def test_wrong_types_spoil_only_named_fields(start: Start, told: Told) -> None:
    fault = {"wrong_types": {"fields": ["permissions"]}}
    data = told(start(faults=[fault]), "kraken")
    assert (data["error"], data["result"]["permissions"], data["result"]["apiKeyName"]) == ([], 7, "grid-bot")


def test_hostile_text_stands_in_label_right_and_message(start: Start, told: Told, ask: Ask) -> None:
    sandbox = start(faults=["hostile_text"])
    result = told(sandbox, "kraken")["result"]
    assert (result["apiKeyName"], result["permissions"][-1]) == (HOSTILE, HOSTILE)
    assert told(sandbox, "binance")[f"enable{HOSTILE}"] is True
    base = sandbox.base_urls
    assert json.loads(ask(base["binance"], "GET", "/sapi/v1/account/apiRestrictions")[2]) == {
        "code": -2014,
        "msg": HOSTILE,
    }
    assert json.loads(ask(base["kraken"], "POST", "/0/private/GetApiKeyInfo")[2]) == {
        "error": ["EAPI:Invalid key", f"EGeneral:{HOSTILE}"]
    }


def test_hostile_text_leaves_the_rest_alone(start: Start, ask: Ask) -> None:
    sandbox = start(faults=["hostile_text"])
    assert b"\\u001b" not in ask(sandbox.base_urls["binance"], "GET", "/api/v3/time")[2]
    assert b"\\u001b" not in ask(sandbox.base_urls["kraken"], "GET", "/0/public/Time")[2]
    for exchange in ("binance", "kraken"):
        plain = start(faults=["hostile_text", "not_an_object"])
        assert ask(plain.base_urls[exchange], "GET", "/x")[2] == b"[]"


@BOTH
def test_gzip_packs_the_answer(start: Start, inspect: Inspect, exchange: str) -> None:
    status, headers, body = inspect(start(faults=["gzip"]), exchange)
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(body) == inspect(start(), exchange)[2]


def test_clock_skew_moves_time_call_date_and_window(start: Start, ask: Ask, inspect: Inspect, told: Told) -> None:
    sandbox = start(faults=[{"clock_skew": {"seconds": 30.5}}])
    _, headers, body = ask(sandbox.base_urls["binance"], "GET", "/api/v3/time")
    assert (body, headers["date"]) == (b'{"serverTime":1499827350059}', "Wed, 12 Jul 2017 02:42:30 GMT")
    assert json.loads(inspect(sandbox, "binance")[2])["code"] == -1021
    behind = start(faults=[{"clock_skew": {"seconds": -30}}])
    assert told(behind, "binance")["msg"] == "Timestamp for this request was 1000ms ahead of the server's time."


def test_faults_hold_for_key_exchange_or_all(start: Start, ask: Ask, inspect: Inspect) -> None:
    sandbox = start(
        binance={"faults": [{"server_error": {"status": 501}}]},
        exchanges={"kraken": {"faults": [{"server_error": {"status": 502}}]}},
        faults=[{"server_error": {"status": 503}}],
    )
    assert inspect(sandbox, "binance")[0] == 501
    assert ask(sandbox.base_urls["binance"], "GET", "/api/v3/time")[0] == 503
    assert inspect(sandbox, "kraken")[0] == 502


def test_faults_of_one_kind_strike_one_after_the_other(start: Start, inspect: Inspect) -> None:
    sandbox = start(
        faults=[{"rate_limited": {"times": 1}}, {"server_error": {"times": 2}}, {"clock_skew": {"seconds": 1}}, "gzip"]
    )
    assert [inspect(sandbox, "binance")[0] for _ in range(4)] == [429, 503, 503, 200]
    assert [record.faults for record in sandbox.requests] == [
        ("rate_limited", "clock_skew", "gzip"),
        ("server_error", "clock_skew", "gzip"),
        ("server_error", "clock_skew", "gzip"),
        ("clock_skew", "gzip"),
    ]


def test_cut_answer_with_the_right_length_is_no_json(start: Start, inspect: Inspect) -> None:
    status, headers, body = inspect(start(faults=["cut"]), "binance")
    assert (status, int(headers["content-length"])) == (200, len(body))
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_cut_answer_with_too_large_a_length_ends_early(start: Start, inspect: Inspect) -> None:
    sandbox = start(faults=[{"cut": {"content_length": "too-large"}}])
    with pytest.raises(http.client.IncompleteRead):
        inspect(sandbox, "binance")


def test_endless_body_goes_on_until_the_client_leaves(start: Start) -> None:
    received = raw(start(faults=["endless_body"]), "binance", limit=500_000)
    assert len(received) >= 500_000
    assert b"Transfer-Encoding: chunked" in received[:500]


def test_endless_body_has_a_bound(start: Start) -> None:
    received = raw(start(faults=[{"endless_body": {"megabytes": 1, "seconds": 0}}]), "binance", limit=10**9)
    assert 900_000 < len(received) < 1_100_000


def test_endless_headers_have_a_bound(start: Start) -> None:
    received = raw(start(faults=[{"endless_headers": {"megabytes": 1}}]), "kraken", limit=10**9)
    assert 900_000 < len(received) < 1_100_000
    assert b"\r\n\r\n" not in received


def test_slow_headers_come_byte_by_byte(start: Start) -> None:
    sandbox = start(faults=[{"slow_headers": {"interval": 0.02, "seconds": 0.2}}])
    began = time.monotonic()
    received = raw(sandbox, "binance")
    assert time.monotonic() - began > 0.1
    assert received == b"HTTP/1.1 200 OK"[: len(received)]
    assert 3 < len(received) < 13


def test_slow_body_comes_byte_by_byte(start: Start) -> None:
    sandbox = start(faults=[{"slow_body": {"interval": 0.02, "seconds": 0.1}}])
    head, _, body = raw(sandbox, "binance").partition(b"\r\n\r\n")
    assert b"Content-Length: 28" in head
    assert b'{"serverTime":1499827319559}'.startswith(body)
    assert 1 < len(body) < 8


def test_reset_is_a_reset(start: Start) -> None:
    with pytest.raises(ConnectionResetError):
        raw(start(faults=["reset"]), "binance")


def test_close_sends_nothing(start: Start) -> None:
    assert raw(start(faults=["close"]), "binance") == b""


def test_hang_never_answers(start: Start) -> None:
    sandbox = start(faults=["hang"])
    with pytest.raises(TimeoutError):
        raw(sandbox, "binance", timeout=0.2)
    assert sandbox.requests[0].faults == ("hang",)
