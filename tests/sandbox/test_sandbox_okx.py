"""The simulated OKX, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, entry, iso, okx, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["okx"]
PATH = INSPECT["okx"]
LIST = "/api/v5/users/subaccount/apikey?subAcct=desk1"
ACCOUNTS = "/api/v5/users/subaccount/list"
VECTOR_MS = 1_607_418_537_715
SUB = {
    "api_key": "1f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    "account": "100000002",
    "main_account": "100000001",
    "account_name": "desk1",
    "label": "desk1",
    "created": "2024-07-01T10:40:00Z",
    "ip_allowlist": ["203.0.113.7"],
}


def ask(
    sandbox: Sandbox, target: str = PATH, now: int = NOW, key: Any = KEY, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    path, signed = okx(key, target, now)
    return told(sandbox.base_urls["okx"], (path, signed | (headers or {})))


@pytest.mark.parametrize(
    ("target", "signature"),
    [
        (PATH, "Kr/8IrbDYujS4cg2KkmB+tO2HMUXxyayG6ZwNb4H/yA="),
        (LIST, "Ta21K7IPxlpqgTXLCOA/y/O5YApXsumyqOF8EScAkxs="),
    ],
)
def test_own_vector_is_accepted(play: Play, target: str, signature: str) -> None:
    sandbox = play(entry("okx"), entry("okx", **SUB), now_ms=VECTOR_MS)
    headers = {
        "OK-ACCESS-KEY": KEY["api_key"],
        "OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z",
        "OK-ACCESS-PASSPHRASE": KEY["passphrase"],
        "OK-ACCESS-SIGN": signature,
    }
    assert told(sandbox.base_urls["okx"], (target, headers))[1]["code"] == "0"


def test_key_is_told_the_accounts_configuration(play: Play) -> None:
    sandbox = play(
        entry("okx", account="500000000000000001", ip_allowlist=["203.0.113.7", "203.0.113.8"], label="gridbot")
    )
    assert ask(sandbox) == (
        200,
        {
            "code": "0",
            "msg": "",
            "data": [
                {
                    "uid": "500000000000000001",
                    "mainUid": "500000000000000001",
                    "type": "0",
                    "label": "gridbot",
                    "ip": "203.0.113.7,203.0.113.8",
                    "perm": "read_only,trade",
                    "kycLv": "2",
                    "acctLv": "2",
                    "acctStpMode": "cancel_maker",
                    "posMode": "net_mode",
                    "autoLoan": False,
                    "greeksType": "PA",
                    "feeType": "0",
                    "level": "Lv1",
                    "levelTmp": "",
                    "ctIsoMode": "automatic",
                    "mgnIsoMode": "automatic",
                    "spotOffsetType": "",
                    "roleType": "0",
                    "traderInsts": [],
                    "spotRoleType": "0",
                    "spotTraderInsts": [],
                    "opAuth": "0",
                    "liquidationGear": "-1",
                    "enableSpotBorrow": False,
                    "spotBorrowAutoRepay": False,
                    "settleCcy": "USDT",
                    "settleCcyList": ["USDT", "USDC"],
                }
            ],
        },
    )


def test_shapes_vary(play: Play) -> None:
    sub = entry("okx", **SUB, permissions=["trade", "read_only"], omit=["settleCcyList"]) | {"ip_allowlist": []}
    (row,) = ask(play(sub), key=sub)[1]["data"]
    assert (row["ip"], row["perm"], row["type"]) == ("", "trade,read_only", "1")
    assert (row["uid"], row["mainUid"]) == ("100000002", "100000001")
    assert "settleCcyList" not in row


@pytest.mark.parametrize(
    ("headers", "status", "code", "text"),
    [
        ({"OK-ACCESS-KEY": ""}, 401, "50103", 'Request header "OK-ACCESS-KEY" can\'t be empty.'),
        ({"OK-ACCESS-PASSPHRASE": ""}, 401, "50104", 'Request header "OK-ACCESS-PASSPHRASE" can\'t be empty.'),
        ({"OK-ACCESS-SIGN": ""}, 401, "50106", 'Request header "OK-ACCESS-SIGN" can\'t be empty.'),
        ({"OK-ACCESS-TIMESTAMP": ""}, 401, "50107", 'Request header "OK-ACCESS-TIMESTAMP" can\'t be empty.'),
        ({"OK-ACCESS-TIMESTAMP": "1700000000"}, 401, "50112", "Invalid OK-ACCESS-TIMESTAMP"),
        ({"OK-ACCESS-TIMESTAMP": "2023-13-14T22:13:20.000Z"}, 401, "50112", "Invalid OK-ACCESS-TIMESTAMP"),
        ({"OK-ACCESS-KEY": KEY["api_key"][:-1]}, 401, "50111", "Invalid OK-ACCESS-KEY"),
        ({"OK-ACCESS-KEY": SUB["api_key"]}, 401, "50119", "API key doesn't exist"),
        ({"OK-ACCESS-PASSPHRASE": "other"}, 401, "50105", "Request header OK-ACCESS-PASSPHRASE incorrect."),
        ({"OK-ACCESS-SIGN": "AAAA"}, 401, "50113", "Invalid Sign"),
        ({"OK-ACCESS-TIMESTAMP": iso(NOW + 1)}, 401, "50113", "Invalid Sign"),
        ({"x-simulated-trading": "1"}, 401, "50101", "APIKey does not match current environment."),
    ],
)
def test_bad_request_is_refused(play: Play, headers: dict[str, str], status: int, code: str, text: str) -> None:
    assert ask(play(entry("okx")), headers=headers) == (status, {"msg": text, "code": code})


@pytest.mark.parametrize(("off", "code"), [(30_000, "0"), (-30_000, "0"), (30_001, "50102"), (-30_001, "50102")])
def test_window_is_thirty_seconds(play: Play, off: int, code: str) -> None:
    assert ask(play(entry("okx")), now=NOW + off)[1]["code"] == code


@pytest.mark.parametrize(
    ("changes", "status", "data"),
    [
        ({"api_secret": "0" * 32}, 401, {"msg": "Invalid Sign", "code": "50113"}),
        (
            {"ip_allowlist": ["203.0.113.0/24"], "client_address": "198.51.100.1"},
            401,
            {"msg": "Your IP 198.51.100.1 is not in your API key IP whitelist.", "code": "50110"},
        ),
        (
            {"permissions": ["trade"]},
            200,
            {"msg": "This API key doesn't have permission to use this function", "code": "50120", "data": []},
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(
    play: Play, changes: dict[str, Any], status: int, data: dict[str, Any]
) -> None:
    assert ask(play(entry("okx", **changes))) == (status, data)


def test_demo_key_asks_for_its_header(play: Play) -> None:
    sandbox = play(entry("okx", environment="demo"))
    assert ask(sandbox)[1]["code"] == "50101"
    assert ask(sandbox, headers={"x-simulated-trading": "1"})[1]["code"] == "0"


def test_time_is_a_text(play: Play) -> None:
    data = told(play(entry("okx")).base_urls["okx"], ("/api/v5/public/time", {}))
    assert data == (200, {"code": "0", "msg": "", "data": [{"ts": "1700000000000"}]})


def test_main_account_lists_the_keys_of_a_sub_account(play: Play) -> None:
    other = entry("okx", **SUB | {"api_key": "2f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"})
    sandbox = play(entry("okx"), entry("okx", **SUB), other)
    row = {"label": "desk1", "perm": "read_only,trade", "ip": "203.0.113.7", "ts": "1719830400000"}
    rows = [{**row, "apiKey": SUB["api_key"]}, {**row, "apiKey": other["api_key"]}]
    assert ask(sandbox, LIST)[1] == {"code": "0", "msg": "", "data": rows}
    assert ask(sandbox, f"{LIST}&apiKey={other['api_key']}")[1]["data"] == rows[1:]
    assert ask(sandbox, f"{LIST}&apiKey=none")[1]["code"] == "59506"


def test_main_account_lists_its_sub_accounts_the_newest_first(play: Play) -> None:
    later = entry("okx", **SUB | {"api_key": KEY["api_key"][::-1], "account": "3", "created": "2024-07-02"})
    later["account_name"] = "desk2"
    sandbox = play(entry("okx"), entry("okx", **SUB), later)
    first, second = ask(sandbox, ACCOUNTS)[1]["data"]
    assert first["subAcct"] == "desk2"
    assert second == {
        "type": "1",
        "enable": True,
        "subAcct": "desk1",
        "uid": "100000002",
        "label": "",
        "mobile": "",
        "gAuth": False,
        "frozenFunc": [],
        "canTransOut": True,
        "ts": "1719830400000",
        "subAcctLv": "1",
        "firstLvSubAcct": "",
        "ifDma": False,
    }
    for query, names in [
        ("limit=1", ["desk2"]),
        (f"limit=1&after={first['ts']}", ["desk1"]),
        (f"before={second['ts']}", ["desk2"]),
        ("subAcct=desk1", ["desk1"]),
        ("enable=false", []),
    ]:
        assert [row["subAcct"] for row in ask(sandbox, f"{ACCOUNTS}?{query}")[1]["data"]] == names


@pytest.mark.parametrize(
    ("target", "changes", "code"),
    [
        (ACCOUNTS, {"main_account": "9"}, "59500"),
        (LIST, {"main_account": "9"}, "59500"),
        (LIST, {"account": "9"}, "59510"),
        (LIST.partition("?")[0], {}, "50014"),
        (LIST, {"permissions": ["trade"]}, "50120"),
    ],
)
def test_listing_that_is_not_for_this_key_is_refused(
    play: Play, target: str, changes: dict[str, Any], code: str
) -> None:
    status, data = ask(play(entry("okx", **changes), entry("okx", **SUB)), target)
    assert (status, data["code"], data["data"]) == (200, code, [])
