"""The simulated BingX, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, bingx, entry, mac, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["bingx"]
ID = {"X-BX-APIKEY": str(KEY["api_key"])}
PATH = INSPECT["bingx"]
FLAGS = "/openApi/v1/account/apiRestrictions"
UID = "/openApi/account/v1/uid"
LIST = "/openApi/account/v1/apiKey/query?uid=100000001"
ACCOUNTS = "/openApi/subAccount/v1/list"
SUB = {
    "api_key": "zF0123456789zQ",
    "account": "100000002",
    "main_account": "100000001",
    "account_name": "desk1",
    "created": "2024-07-01T10:40:00Z",
}


def ask(sandbox: Sandbox, target: str = PATH, now: int = NOW, key: Any = KEY) -> tuple[int, Any]:
    return told(sandbox.base_urls["bingx"], bingx(key, target, now))


def query(sandbox: Sandbox, text: str, signature: str | None = None) -> Any:
    signature = mac(str(KEY["api_secret"]), text).hex() if signature is None else signature
    return told(sandbox.base_urls["bingx"], (f"{PATH}?{text}&signature={signature}", ID))[1]


def test_official_vector_is_accepted(play: Play) -> None:
    sandbox = play(entry("bingx"), now_ms=1_667_872_120_843)
    text = "symbol=BTC-USDT&timestamp=1667872120843&side=LONG&leverage=6"
    good = "4f581ecdb1fa09b9d6e57886b6f70cffed17f82b93399722939e49a38edec2bf"
    assert query(sandbox, text, good)["apiKey"] == KEY["api_key"]
    for bad in (good.upper(), good[:-1], "x"):
        assert query(sandbox, text, bad)["code"] == 100001
    assert query(sandbox, "leverage=6&side=LONG&symbol=BTC-USDT&timestamp=1667872120843", good)["code"] == 100001


def test_codes_come_without_an_envelope(play: Play) -> None:
    sandbox = play(entry("bingx", label="bot", ip_allowlist=["203.0.113.10"]))
    assert ask(sandbox) == (
        200,
        {"apiKey": KEY["api_key"], "permissions": [2, 3], "ipAddresses": ["203.0.113.10"], "note": "bot"},
    )


def test_booleans_come_without_an_envelope(play: Play) -> None:
    sandbox = play(entry("bingx", ip_allowlist=["203.0.113.10"], created="2023-12-11T09:48:07Z"))
    assert ask(sandbox, FLAGS) == (
        200,
        {
            "ipRestrict": True,
            "createTime": 1702288087000,
            "enableReading": True,
            "enableSpotAndMarginTrading": False,
            "enableFutures": True,
            "permitsUniversalTransfer": False,
        },
    )


def test_every_right_has_a_code(play: Play) -> None:
    rights = [
        "enableReading",
        "enableSpotAndMarginTrading",
        "enableFutures",
        "permitsUniversalTransfer",
        "enableWithdrawals",
        "enableInternalTransfer",
        "Manage Subaccounts",
    ]
    sandbox = play(entry("bingx", permissions=rights))
    assert ask(sandbox)[1]["permissions"] == [1, 2, 3, 4, 5, 7]
    assert "enableWithdrawals" not in ask(sandbox, FLAGS)[1]


def test_shapes_vary(play: Play) -> None:
    raw = {
        "permissions": [2, 6],
        "ipAddresses": [""],
        "key-flags.enableWithdrawals": False,
        "key-flags.enableVanillaOptions": True,
    }
    sandbox = play(entry("bingx", answer=raw, omit=["key-flags.createTime"]))
    codes, flags = ask(sandbox)[1], ask(sandbox, FLAGS)[1]
    assert (codes["permissions"], codes["ipAddresses"], set(codes)) == (
        [2, 6],
        [""],
        {"apiKey", "permissions", "ipAddresses", "note"},
    )
    assert (flags["enableWithdrawals"], flags["enableVanillaOptions"], "createTime" in flags) == (False, True, False)
    assert ask(play(entry("bingx")))[1]["ipAddresses"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a=1", 100421),
        ("timestamp=now", 100421),
        (f"timestamp={NOW - 5000}", None),
        (f"timestamp={NOW - 5001}", 100421),
        (f"recvWindow=1000&timestamp={NOW - 1000}", None),
        (f"recvWindow=1000&timestamp={NOW - 1001}", 100421),
        (f"timestamp={NOW + 60_000}", None),
        (f"recvWindow=5001&timestamp={NOW}", 100400),
        (f"recvWindow=x&timestamp={NOW}", 100400),
    ],
)
def test_window_is_exact(play: Play, text: str, code: int | None) -> None:
    assert query(play(entry("bingx")), text).get("code") == code


def test_text_is_signed_as_it_was_before_encoding(play: Play) -> None:
    text = f"list=%5B1%5D&timestamp={NOW}"
    sandbox = play(entry("bingx"))
    plain = mac(str(KEY["api_secret"]), text.replace("%5B", "[").replace("%5D", "]")).hex()
    assert query(sandbox, text, plain)["apiKey"] == KEY["api_key"]
    assert query(sandbox, text)["code"] == 100001


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"api_secret": "0" * 64}, 100001, "Signature verification failed"),
        (
            {"api_key": "other"},
            100413,
            "Incorrect apiKey, please check your valid api key in https://bingx.com/en/account/api/",
        ),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"},
            100419,
            "your current request IP 203.0.113.8 does not match IP whitelist",
        ),
        (
            {"permissions": ["enableFutures"]},
            100004,
            "Permission denied, the API key was created without the permission",
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], code: int, text: str) -> None:
    assert ask(play(entry("bingx", **changes))) == (200, {"code": code, "msg": text, "timestamp": NOW})


def test_missing_signature_is_named(play: Play) -> None:
    data = told(play(entry("bingx")).base_urls["bingx"], (f"{PATH}?timestamp={NOW}", ID))[1]
    assert data["code"] == 100412


def test_time_comes_in_an_envelope(play: Play) -> None:
    data = told(play(entry("bingx")).base_urls["bingx"], ("/openApi/swap/v2/server/time", {}))[1]
    assert data == {"code": 0, "msg": "", "timestamp": NOW, "data": {"serverTime": NOW}}


def test_account_tells_its_id(play: Play) -> None:
    assert ask(play(entry("bingx", account="16844999")), UID)[1] == {
        "code": 0,
        "msg": "",
        "timestamp": NOW,
        "data": {"uid": 16844999},
    }


def test_keys_of_an_account_are_listed_with_masked_ids(play: Play) -> None:
    sandbox = play(entry("bingx"), entry("bingx", **SUB))
    (own,) = ask(sandbox, LIST)[1]["data"]["apiInfos"]
    assert own["apiKey"] == "Zs*******zU"
    data = ask(sandbox, LIST.replace("100000001", "100000002"))[1]["data"]
    assert data == {
        "apiInfos": [
            {
                "apiKey": "zF*******zQ",
                "note": "grid-bot",
                "permissions": [2, 3],
                "ipAddresses": [""],
                "status": 0,
                "createTime": 1719830400000,
                "updateTime": 1719830400000,
            }
        ]
    }
    assert ask(sandbox, f"{LIST}&apiKey=none")[1]["data"]["apiInfos"] == []


def test_main_account_lists_its_sub_accounts(play: Play) -> None:
    other = entry("bingx", **SUB | {"api_key": "two", "account": "3", "account_name": "desk2"})
    sandbox = play(entry("bingx"), entry("bingx", **SUB), other)
    row = {"note": "", "freeze": False, "createTime": 1719830400000}
    assert ask(sandbox, f"{ACCOUNTS}?page=1&limit=1")[1]["data"] == {
        "result": [{"subUid": 100000002, "subAccountString": "desk1", **row}],
        "pageId": 1,
        "total": 2,
    }
    (last,) = ask(sandbox, f"{ACCOUNTS}?page=2&limit=1")[1]["data"]["result"]
    assert last["subAccountString"] == "desk2"


@pytest.mark.parametrize(
    ("target", "changes", "code"),
    [
        (ACCOUNTS, {}, 100400),
        (f"{ACCOUNTS}?page=1&limit=1", {"main_account": "9"}, 100004),
        (LIST.partition("?")[0], {}, 100400),
        (LIST, {"account": "9"}, 100004),
    ],
)
def test_listing_that_is_not_for_this_key_is_refused(
    play: Play, target: str, changes: dict[str, Any], code: int
) -> None:
    assert ask(play(entry("bingx", **changes)), target)[1]["code"] == code


def test_unknown_path_is_an_error_with_status_200(play: Play) -> None:
    assert ask(play(entry("bingx")), "/openApi/nowhere") == (
        200,
        {"code": 100400, "msg": "this api is not exist", "timestamp": NOW},
    )


def test_hostile_right_is_a_boolean_among_booleans(play: Play) -> None:
    assert ask(play(entry("bingx"), faults=["hostile_text"]), FLAGS)[1][f"enable{HOSTILE}"] is True
