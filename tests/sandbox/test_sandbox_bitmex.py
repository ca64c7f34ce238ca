"""The simulated BitMEX, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, bitmex, entry, mac, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["bitmex"]
PATH = INSPECT["bitmex"]
SUB = {"api_key": "s" * 24, "account": "200000002", "main_account": "100000001", "label": "desk1"}


def ask(sandbox: Sandbox, target: str = PATH, key: Any = KEY, **options: Any) -> tuple[int, Any]:
    return told(sandbox.base_urls["bitmex"], bitmex(key, target, **options))


def error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "name": "HTTPError"}}


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (
            "GET/api/v1/instrument1518064236",
            "c7682d435d0cfe87c16098df34ef2eb5a549d4c5a3c2b1f0f77b8af73423bf00",
        ),
        (
            "GET/api/v1/instrument?filter=%7B%22symbol%22%3A+%22XBTM15%22%7D1518064237",
            "e2f422547eecb5b3cb29ade2127e21b858b235b386bfa45e1c1756eb3383919f",
        ),
        (
            'POST/api/v1/order1518064238{"symbol":"XBTM15","price":219.0,'
            '"clOrdID":"mm_bitmex_1a/oemUeQ4CAJZgP3fjHsA","orderQty":98}',
            "1749cd2ccae4aa49048ae09f0b95110cee706e0944e6a14ad0b3a8cb45bd336b",
        ),
    ],
)
def test_the_tests_sign_as_published(text: str, signature: str) -> None:
    assert mac(KEY["api_secret"], text).hex() == signature


def test_answer_is_a_bare_list(play: Play) -> None:
    own = entry("bitmex", ip_allowlist=["203.0.113.10", "198.51.100.0/24"], created="2026-01-02T03:04:05.678Z")
    status, data = ask(play(own))
    assert status == 200
    assert data == [
        {
            "id": "LAqUlngMIQkIUjXMUreyu3qn",
            "secret": "",
            "name": "grid-bot",
            "nonce": 0,
            "cidr": "203.0.113.10/32",
            "cidrs": ["203.0.113.10/32", "198.51.100.0/24"],
            "permissions": ["order"],
            "enabled": True,
            "userId": 100000001,
            "created": "2026-01-02T03:04:05.678Z",
        }
    ]


def test_any_key_lists_all_of_the_account_and_those_for_its_sub_accounts(play: Play) -> None:
    new = entry("bitmex", api_key="n" * 24, permissions=[], created="2026-02-01")
    other = entry("bitmex", api_key="o" * 24, account="300000003")
    sandbox = play(new, entry("bitmex"), entry("bitmex", **SUB), other)
    rows = ask(sandbox)[1]
    assert [(row["id"], row["userId"], row.get("targetAccountId")) for row in rows] == [
        (KEY["api_key"], 100000001, None),
        ("s" * 24, 100000001, 200000002),
        ("n" * 24, 100000001, None),
    ]
    assert (rows[2]["permissions"], rows[2]["cidr"], rows[2]["cidrs"]) == ([], "0.0.0.0/0", [])
    for asking in (new, entry("bitmex", **SUB)):
        assert ask(sandbox, key=asking)[1] == rows
    assert [row["id"] for row in ask(sandbox, key=other)[1]] == ["o" * 24]
    assert ask(sandbox, PATH + "?reverse=true")[1][0]["id"] == "n" * 24


def test_list_can_hold_secrets_of_all_keys(play: Play) -> None:
    other = entry("bitmex", api_key="o" * 24, answer={"secret": "s" * 48})
    rows = ask(play(entry("bitmex", answer={"secret": KEY["api_secret"]}), other))[1]
    assert [row["secret"] for row in rows] == [KEY["api_secret"], "s" * 48]


def test_older_shape_has_one_network_only(play: Play) -> None:
    (row,) = ask(play(entry("bitmex", ip_allowlist=["203.0.113.10"], omit=["cidrs", "secret"])))[1]
    assert row["cidr"] == "203.0.113.10/32"
    assert not {"cidrs", "secret"} & row.keys()


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        ({"key": {**KEY, "api_secret": "x" * 48}}, 401, "Signature not valid."),
        ({"key": {**KEY, "api_key": "x" * 24}}, 401, "Invalid API Key."),
        ({"key": {**KEY, "api_key": ""}}, 401, "Authorization Required"),
        ({"number": "1700000005.5"}, 401, "Signature not valid."),
        (
            {"number": str(NOW // 1000)},
            400,
            "This request has expired - `expires` is in the past. Current time: 1700000000",
        ),
    ],
)
def test_bad_request_is_refused(play: Play, options: dict[str, Any], status: int, message: str) -> None:
    assert ask(play(entry("bitmex")), **options) == (status, error(message))


@pytest.mark.parametrize(("changed", "status"), [("?reverse=false", 401), ("?a=%20", 401), ("", 200)])
def test_query_is_signed_as_sent(play: Play, changed: str, status: int) -> None:
    base = play(entry("bitmex")).base_urls["bitmex"]
    assert told(base, (PATH + changed, bitmex(KEY, PATH)[1]))[0] == status
    assert told(base, bitmex(KEY, f"{PATH}?a=+%20b"))[0] == 200


def test_request_is_valid_until_its_end_and_may_come_again(play: Play) -> None:
    sandbox = play(entry("bitmex"))
    assert [ask(sandbox, number=str(NOW // 1000 + 1))[0] for _ in range(2)] == [200, 200]


def test_older_programs_send_a_rising_nonce(play: Play) -> None:
    sandbox = play(entry("bitmex", last_nonce=5))

    def with_nonce(number: str) -> tuple[int, Any]:
        return ask(sandbox, field="nonce", number=number)

    assert with_nonce("5") == (400, error("Nonce is not increasing. This nonce: 5, last nonce: 5"))
    assert with_nonce("7")[1][0]["nonce"] == 7
    assert with_nonce("6") == (400, error("Nonce is not increasing. This nonce: 6, last nonce: 7"))
    assert ask(sandbox, number="8", field="time") == (401, error("Signature not valid."))


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"answer": {"enabled": False}}, 403, "This key is disabled."),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"},
            403,
            "This IP address is not allowed to use this key.",
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], status: int, message: str) -> None:
    assert ask(play(entry("bitmex", **changes))) == (status, error(message))


def test_disabled_key_stands_in_the_list_of_another(play: Play) -> None:
    disabled = entry("bitmex", api_key="d" * 24, answer={"enabled": False})
    assert [row["enabled"] for row in ask(play(entry("bitmex"), disabled))[1]] == [True, False]


def test_overload_and_limit_have_statuses_of_their_own(play: Play) -> None:
    overloaded = "The system is currently overloaded. Please try again later."
    assert ask(play(entry("bitmex"), faults=[{"refuse": {"code": overloaded}}])) == (503, error(overloaded))
    assert ask(play(entry("bitmex"), faults=["rate_limited"])) == (
        429,
        error("Rate limit exceeded, retry in 1 seconds."),
    )


def test_other_paths_are_not_found(play: Play) -> None:
    base = play(entry("bitmex")).base_urls["bitmex"]
    assert told(base, bitmex(KEY, "/api/v1/order")) == (404, error("Not Found"))
