"""The simulated Bitfinex, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, bitfinex, entry, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["bitfinex"]
PATH = INSPECT["bitfinex"]
NONCE = "1700000000000000"


def ask(sandbox: Sandbox, key: Any = KEY, **options: Any) -> tuple[int, Any]:
    body = str(options.get("body", "{}")).encode()
    return told(sandbox.base_urls["bitfinex"], bitfinex(key, PATH, **options), body)


UNKNOWN = (500, ["error", 10100, "apikey: invalid"])
WRONG = (500, ["error", 10100, "apikey: digest invalid"])
SMALL = (500, ["error", 10114, "nonce: small"])


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (
            b"{}",
            "8a50cfe92bcb601c048dffa3adc5e16a69e8c0e30adc241c91d2c1f7ddd5f5c4718079a5ee1eae3d729c6786cccfd539",
        ),
        (
            b"",
            "a7e54be212e69fae1e602d3256cd0a15b1638a984236774cca166c84e8d2471597e5cdfb6b6cfbe9bcf02d990185a9e3",
        ),
    ],
)
def test_own_vectors_are_accepted(play: Play, body: bytes, signature: str) -> None:
    sandbox = play(entry("bitfinex"))
    headers = {"bfx-apikey": KEY["api_key"], "bfx-nonce": NONCE, "bfx-signature": signature}
    assert told(sandbox.base_urls["bitfinex"], (PATH, headers), body)[0] == 200
    assert sandbox.requests[0].key == "kkkk"


def test_answer_is_a_list_of_triples(play: Play) -> None:
    assert ask(
        play(entry("bitfinex", permissions=["account.read", "orders.read", "orders.write", "withdraw.write"]))
    ) == (
        200,
        [
            ["account", 1, 0],
            ["history", 0, 0],
            ["orders", 1, 1],
            ["positions", 0, 0],
            ["funding", 0, 0],
            ["settings", 0, 0],
            ["wallets", 0, 0],
            ["withdraw", 0, 1],
            ["ui_withdraw", 0, 0],
            ["bfxpay", 0, 0],
        ],
    )


def test_rows_can_be_raw_new_and_missing(play: Play) -> None:
    key = entry("bitfinex", answer={"orders": [True, "1"], "staking": [0, 1], "history": None}, omit=["ui_withdraw"])
    rows = {row[0]: row[1:] for row in ask(play(key))[1]}
    assert (rows["orders"], rows["staking"], rows["history"]) == ([True, "1"], [0, 1], [None])
    assert "ui_withdraw" not in rows


def test_nonce_must_rise(play: Play) -> None:
    sandbox = play(entry("bitfinex", last_nonce=1_600_000_000_000_000))
    assert ask(sandbox, nonce="1600000000000000") == SMALL
    assert ask(sandbox, nonce=NONCE)[0] == 200
    assert ask(sandbox, nonce=NONCE) == SMALL
    assert ask(sandbox, nonce="1700000000001") == SMALL
    assert ask(sandbox, nonce="1700000000000001")[0] == 200


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"key": {**KEY, "api_key": "other"}}, UNKNOWN),
        ({"key": {**KEY, "api_key": ""}}, UNKNOWN),
        ({"key": {**KEY, "api_secret": "other"}}, WRONG),
        ({"nonce": "1.5"}, WRONG),
        ({"nonce": "now"}, WRONG),
    ],
)
def test_bad_request_is_refused(play: Play, options: dict[str, Any], refusal: Any) -> None:
    assert ask(play(entry("bitfinex")), **options) == refusal


def test_refused_request_uses_up_no_nonce(play: Play) -> None:
    sandbox = play(entry("bitfinex"))
    assert ask(sandbox, key={**KEY, "api_secret": "other"}, nonce=NONCE) == WRONG
    assert ask(sandbox, nonce=NONCE)[0] == 200


def test_body_is_part_of_what_is_signed(play: Play) -> None:
    base = play(entry("bitfinex")).base_urls["bitfinex"]
    assert told(base, bitfinex(KEY, PATH), b"{ }") == WRONG
    assert told(base, bitfinex(KEY, PATH, body=""), b"{}") == WRONG


def test_path_is_signed_with_a_prefix_that_the_address_lacks(play: Play) -> None:
    base = play(entry("bitfinex")).base_urls["bitfinex"]
    _, headers = bitfinex(KEY, PATH.removeprefix("/v2"))
    assert told(base, (PATH, headers), b"{}") == WRONG


def test_address_that_is_not_allowed_is_refused(play: Play) -> None:
    key = entry("bitfinex", ip_allowlist=["203.0.113.0/24"], client_address="198.51.100.1")
    assert ask(play(key)) == WRONG


@pytest.mark.parametrize(("code", "status"), [("20060", 500), ("11010", 500)])
def test_refusals_come_with_a_servers_error(play: Play, code: str, status: int) -> None:
    sandbox = play(entry("bitfinex"), faults=[{"refuse": {"code": code, "message": "told"}}])
    assert ask(sandbox) == (status, ["error", int(code), "told"])


@pytest.mark.parametrize(
    ("fault", "status"), [("rate_limited", 429), ({"refuse": {"code": "11010", "status": 500}}, 500)]
)
def test_limit_comes_with_either_status(play: Play, fault: Any, status: int) -> None:
    got, data = ask(play(entry("bitfinex"), faults=[fault]))
    assert (got, data[:2]) == (status, ["error", 11010])


def test_limit_of_an_address_is_an_object(play: Play) -> None:
    faults = [{"refuse": {"code": "ERR_RATE_LIMIT"}}]
    assert ask(play(entry("bitfinex"), faults=faults)) == (429, {"error": "ERR_RATE_LIMIT"})
    assert ask(play(entry("bitfinex"), faults=[*faults, "hostile_text"]))[1] == {"error": HOSTILE}


def test_other_paths_are_not_found(play: Play) -> None:
    base = play(entry("bitfinex")).base_urls["bitfinex"]
    assert told(base, ("/v2/auth/w/withdraw", {}), b"{}") == (404, ["error", 10020, "path: invalid"])
