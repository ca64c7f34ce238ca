"""The simulated KuCoin, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, b64, entry, kucoin, mac, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["kucoin"]
PATH = INSPECT["kucoin"]
LIST = "/api/v1/sub/api-key?subName=desk1"
ACCOUNTS = "/api/v2/sub/user"
VECTOR_MS = 1_547_015_186_532
# The passphrase as the documented rule signs it; the published example shows plain base64, against its own rule.
PASSPHRASE = "F2p2bNS1bBehHvC/Z4YkB7l1Wd0Pq2iV/oLHM/DyE+I="
SUB = {
    "api_key": "66828780d4e5f60718293a4c",
    "account": "100000002",
    "main_account": "100000001",
    "account_name": "desk1",
    "label": "client-a",
    "created": "2024-07-01T10:40:00Z",
}


def ask(
    sandbox: Sandbox, target: str = PATH, now: int = NOW, key: Any = KEY, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    path, signed = kucoin(key, target, now)
    return told(sandbox.base_urls["kucoin"], (path, signed | (headers or {})))


def test_the_tests_sign_as_published() -> None:
    text = '1547015186532POST/api/v1/deposit-addresses{"currency":"BTC"}'
    assert b64(mac(str(KEY["api_secret"]), text)) == "7QP/oM0ykidMdrfNEUmng8eZjg/ZvPafjIqmxiVfYu4="
    assert kucoin(KEY, PATH)[1]["KC-API-PASSPHRASE"] == PASSPHRASE


@pytest.mark.parametrize("version", ["2", "3"])
def test_own_vector_is_accepted(play: Play, version: str) -> None:
    headers = {
        "KC-API-KEY": KEY["api_key"],
        "KC-API-TIMESTAMP": "1547015186532",
        "KC-API-SIGN": "pmU7prytKlTtZ5ufMjF8cnJrVBcrxBY2soFXmQbfIW4=",
        "KC-API-PASSPHRASE": PASSPHRASE,
        "KC-API-KEY-VERSION": version,
    }
    sandbox = play(
        entry("kucoin", label="gridbot", created="2024-07-01T10:40:00Z", ip_allowlist=["203.0.113.7", "203.0.113.8"]),
        now_ms=VECTOR_MS,
    )
    assert told(sandbox.base_urls["kucoin"], (PATH, headers)) == (
        200,
        {
            "code": "200000",
            "data": {
                "remark": "gridbot",
                "apiKey": "66828780d4e5f60718293a4b",
                "apiVersion": 3,
                "permission": "General,Spot",
                "ipWhitelist": "203.0.113.7,203.0.113.8",
                "createdAt": 1719830400000,
                "uid": 100000001,
                "isMaster": True,
            },
        },
    )


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, None),
        ({"answer": {"ipWhitelist": ""}}, ""),
        ({"ip_allowlist": ["203.0.113.7"], "answer": {"ipWhitelist": "203.**.7"}}, "203.**.7"),
    ],
    ids=["absent", "empty", "masked"],
)
def test_address_list_is_absent_or_empty_or_masked(play: Play, changes: dict[str, Any], shown: str | None) -> None:
    assert ask(play(entry("kucoin", **changes)))[1]["data"].get("ipWhitelist") == shown


def test_key_of_a_sub_account_names_it(play: Play) -> None:
    sub = entry("kucoin", **SUB)
    data = ask(play(sub), key=sub)[1]["data"]
    assert (data["uid"], data["isMaster"], data["subName"]) == (100000002, False, "desk1")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"KC-API-KEY": ""}, 400, "400001"),
        ({"KC-API-SIGN": ""}, 400, "400001"),
        ({"KC-API-TIMESTAMP": ""}, 400, "400001"),
        ({"KC-API-PASSPHRASE": ""}, 400, "400001"),
        ({"KC-API-TIMESTAMP": "now"}, 400, "400002"),
        ({"KC-API-KEY": "0" * 24}, 401, "400003"),
        ({"KC-API-PASSPHRASE": str(KEY["passphrase"])}, 401, "400004"),
        ({"KC-API-PASSPHRASE": "QWIxMjM0NTY3OCkoKiZeJSQjQA=="}, 401, "400004"),
        ({"KC-API-KEY-VERSION": ""}, 401, "400004"),
        ({"KC-API-KEY-VERSION": "1", "KC-API-PASSPHRASE": str(KEY["passphrase"])}, 401, "400004"),
        ({"KC-API-SIGN": "AAAA"}, 401, "400005"),
        ({"KC-API-TIMESTAMP": str(NOW + 1)}, 401, "400005"),
    ],
)
def test_bad_request_is_refused(play: Play, headers: dict[str, str], status: int, code: str) -> None:
    got, data = ask(play(entry("kucoin")), headers=headers)
    assert (got, data["code"], set(data)) == (status, code, {"code", "msg"})


@pytest.mark.parametrize(("off", "code"), [(5000, "200000"), (-5000, "200000"), (5001, "400002"), (-5001, "400002")])
def test_window_is_five_seconds(play: Play, off: int, code: str) -> None:
    assert ask(play(entry("kucoin")), now=NOW + off)[1]["code"] == code


@pytest.mark.parametrize(
    ("changes", "status", "code", "text"),
    [
        ({"passphrase": "other-one"}, 401, "400004", "Invalid KC-API-PASSPHRASE"),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"},
            401,
            "400006",
            "The requested ip address is not in the api whitelist",
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(
    play: Play, changes: dict[str, Any], status: int, code: str, text: str
) -> None:
    assert ask(play(entry("kucoin", **changes))) == (status, {"code": code, "msg": text})


def test_time_is_a_number(play: Play) -> None:
    data = told(play(entry("kucoin")).base_urls["kucoin"], ("/api/v1/timestamp", {}))
    assert data == (200, {"code": "200000", "data": NOW})


def test_main_account_lists_the_keys_of_a_sub_account(play: Play) -> None:
    other = entry("kucoin", **SUB | {"api_key": "66828780d4e5f60718293a4d"}, answer={"list.remark": None})
    sandbox = play(entry("kucoin"), entry("kucoin", **SUB), other)
    first, second = ask(sandbox, LIST)[1]["data"]
    assert first == {
        "remark": "client-a",
        "apiKey": "66828780d4e5f60718293a4c",
        "apiVersion": 3,
        "permission": "General,Spot",
        "createdAt": 1719830400000,
        "uid": 100000002,
        "isMaster": False,
        "subName": "desk1",
    }
    assert second["remark"] is None
    assert [row["apiKey"] for row in ask(sandbox, f"{LIST}&apiKey={other['api_key']}")[1]["data"]] == [other["api_key"]]
    assert ask(sandbox, "/api/v1/sub/api-key?subName=other")[1]["data"] == []


def test_text_is_signed_as_it_was_before_encoding(play: Play) -> None:
    sub = entry("kucoin", **SUB | {"account_name": "desk!@#1"})
    sandbox = play(entry("kucoin"), sub)
    target = "/api/v1/sub/api-key?subName=desk%21%40%231"
    assert len(ask(sandbox, target)[1]["data"]) == 1
    encoded = b64(mac(str(KEY["api_secret"]), f"{NOW}GET{target}"))
    assert ask(sandbox, target, headers={"KC-API-SIGN": encoded})[1]["code"] == "400005"


def test_main_account_lists_its_sub_accounts_in_pages(play: Play) -> None:
    subs = [entry("kucoin", **SUB | {"api_key": f"{n:024x}", "account": str(n)}) for n in range(2, 5)]
    sandbox = play(entry("kucoin"), *subs)
    data = ask(sandbox, f"{ACCOUNTS}?currentPage=2&pageSize=2")[1]["data"]
    assert data == {
        "currentPage": 2,
        "pageSize": 2,
        "totalNum": 3,
        "totalPage": 2,
        "items": [
            {
                "userId": "000000000000000000000004",
                "uid": 4,
                "subName": "desk1",
                "status": 2,
                "type": 0,
                "access": "All",
                "createdAt": 1719830400000,
                "remarks": None,
                "tradeTypes": ["Spot", "Futures", "Margin"],
                "openedTradeTypes": ["Spot"],
                "hostedStatus": None,
            }
        ],
    }
    assert [row["uid"] for row in ask(sandbox, ACCOUNTS)[1]["data"]["items"]] == [2, 3, 4]


@pytest.mark.parametrize(
    ("target", "changes", "code"),
    [
        (ACCOUNTS, {"main_account": "9"}, "400007"),
        (LIST, {"main_account": "9"}, "400007"),
        (LIST.partition("?")[0], {}, "400100"),
    ],
)
def test_listing_that_is_not_for_this_key_is_refused(
    play: Play, target: str, changes: dict[str, Any], code: str
) -> None:
    assert ask(play(entry("kucoin", **changes), entry("kucoin", **SUB)), target)[1]["code"] == code
