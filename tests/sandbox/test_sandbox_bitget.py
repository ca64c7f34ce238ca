"""The simulated Bitget, classic and unified, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, b64, bitget, entry, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["bitget"]
PATH = INSPECT["bitget"]
PATH_UNIFIED = "/api/v3/account/info"
ACCOUNTS = "/api/v2/user/virtual-subaccount-list"
ACCOUNTS_UNIFIED = "/api/v3/user/sub-list"
LIST = "/api/v2/user/virtual-subaccount-apikey-list?subAccountUid=100000002"
LIST_UNIFIED = "/api/v3/user/sub-api-list?subUid=100000002"
UNIFIED = {"unified": True, "permissions": ["uta_mgt.read-only", "uta_trade.read-only"]}
SUB = {
    "api_key": "bg_sub",
    "account": "100000002",
    "main_account": "100000001",
    "account_name": "desk1",
    "label": "desk-key",
    "created": "2023-04-28T05:15:00Z",
    "ip_allowlist": ["127.0.0.1"],
}


def ask(
    sandbox: Sandbox, target: str = PATH, now: int = NOW, key: Any = KEY, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    path, signed = bitget(key, target, now)
    return told(sandbox.base_urls["bitget"], (path, signed | (headers or {})))


@pytest.mark.parametrize(
    ("target", "changes", "signature"),
    [
        (PATH, {}, "tNtDiz8CY6IAp0WGLQB1sP6CWJB97UaOsF5w5dcJnIk="),
        (PATH_UNIFIED, UNIFIED, "H8SsDLWqD2HDkBx1Ms0r3NOSwG09Zc/I9fSUr0poO+U="),
    ],
)
def test_own_vector_is_accepted(play: Play, target: str, changes: dict[str, Any], signature: str) -> None:
    headers = {
        "ACCESS-KEY": KEY["api_key"],
        "ACCESS-TIMESTAMP": "1700000000000",
        "ACCESS-PASSPHRASE": KEY["passphrase"],
        "ACCESS-SIGN": signature,
    }
    sandbox = play(entry("bitget", **changes))
    assert told(sandbox.base_urls["bitget"], (target, headers))[1]["code"] == "00000"


def test_classic_key_is_told_its_account(play: Play) -> None:
    sandbox = play(entry("bitget", account="7001002003", ip_allowlist=["203.0.113.10", "203.0.113.11"]))
    assert ask(sandbox) == (
        200,
        {
            "code": "00000",
            "msg": "success",
            "requestTime": NOW,
            "data": {
                "userId": "7001002003",
                "inviterId": None,
                "ips": "203.0.113.10,203.0.113.11",
                "authorities": ["coor", "stor", "stow"],
                "parentId": 0,
                "traderType": "not_trader",
                "channelCode": "",
                "channel": "",
                "regisTime": "1650000000000",
            },
        },
    )


def test_unified_key_is_told_its_account(play: Play) -> None:
    sandbox = play(entry("bitget", **UNIFIED))
    assert ask(sandbox, PATH_UNIFIED)[1]["data"] == {
        "userId": "100000001",
        "inviterId": None,
        "parentId": None,
        "channelCode": "",
        "channel": "",
        "ips": "",
        "permType": "read-only",
        "permissions": ["uta_mgt", "uta_trade"],
        "regisTime": "1650000000000",
    }


def test_shapes_vary(play: Play) -> None:
    rights = {"unified": True, "permissions": ["uta_mgt.read-and-write"], "main_account": "5"}
    data = ask(play(entry("bitget", **rights)), PATH_UNIFIED)[1]["data"]
    assert (data["permType"], data["parentId"]) == ("read-and-write", "5")
    raw = {"permType": "read_and_write", "ips": ["203.0.113.10"], "parentId": 5}
    data = ask(play(entry("bitget", **rights, answer=raw)), PATH_UNIFIED)[1]["data"]
    assert {name: data[name] for name in raw} == raw
    classic = ask(play(entry("bitget", main_account="5", permissions=["trade", "readonly"])))[1]["data"]
    assert (classic["parentId"], classic["authorities"]) == (5, ["trade", "readonly"])


def test_signature_of_an_rsa_key_is_checked(play: Play) -> None:
    private = rsa.generate_private_key(65537, 2048)
    pem = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    sandbox = play(entry("bitget", api_secret=None, public_key=pem.decode()))

    def sign(text: str) -> str:
        return b64(private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))

    base = sandbox.base_urls["bitget"]
    assert told(base, bitget(KEY, PATH, sign=sign))[1]["code"] == "00000"
    assert told(base, bitget(KEY, PATH, sign=lambda text: sign(text)[::-1]))[1]["code"] == "40009"
    assert told(base, bitget(KEY, PATH))[1]["code"] == "40009"


@pytest.mark.parametrize(
    ("headers", "code", "text"),
    [
        ({"ACCESS-KEY": ""}, "40001", "ACCESS_KEY cannot be empty"),
        ({"ACCESS-SIGN": ""}, "40003", "Signature cannot be empty"),
        ({"ACCESS-PASSPHRASE": ""}, "40011", "ACCESS_PASSPHRASE cannot be empty"),
        ({"ACCESS-TIMESTAMP": ""}, "40005", "Invalid ACCESS_TIMESTAMP"),
        ({"ACCESS-TIMESTAMP": "2023-11-14T22:13:20Z"}, "40005", "Invalid ACCESS_TIMESTAMP"),
        ({"ACCESS-TIMESTAMP": str(NOW // 1000)}, "40008", "Request timestamp expired"),
        ({"ACCESS-KEY": "bg_other"}, "40037", "Apikey does not exist"),
        ({"ACCESS-PASSPHRASE": "other"}, "40012", "apikey/password is incorrect"),
        ({"ACCESS-SIGN": "AAAA"}, "40009", "sign signature error"),
        ({"paptrading": "1"}, "40099", "exchange environment is incorrect"),
    ],
)
def test_bad_request_is_refused(play: Play, headers: dict[str, str], code: str, text: str) -> None:
    data = {"code": code, "msg": text, "requestTime": NOW, "data": None}
    assert ask(play(entry("bitget")), headers=headers) == (400, data)


@pytest.mark.parametrize(
    ("off", "code"), [(30_000, "00000"), (-30_000, "00000"), (30_001, "40008"), (-30_001, "40008")]
)
def test_window_is_thirty_seconds(play: Play, off: int, code: str) -> None:
    assert ask(play(entry("bitget")), now=NOW + off)[1]["code"] == code


@pytest.mark.parametrize(
    ("target", "changes", "code"),
    [
        (PATH, {"api_secret": "other"}, "40009"),
        (PATH, {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"}, "40018"),
        (PATH, UNIFIED, "40085"),
        (PATH_UNIFIED, {}, "40084"),
        (PATH_UNIFIED, {"unified": True, "permissions": ["uta_trade.read-only"]}, "40014"),
        (ACCOUNTS, {}, "40014"),
        (ACCOUNTS, {"ip_allowlist": ["203.0.113.7"], "main_account": "9"}, "40014"),
        (LIST, {}, "40014"),
        (LIST.partition("?")[0], {"ip_allowlist": ["203.0.113.7"]}, "40017"),
        (ACCOUNTS_UNIFIED, {**UNIFIED, "main_account": "9"}, "40014"),
        (LIST_UNIFIED.partition("?")[0], UNIFIED, "400172"),
        (LIST_UNIFIED, {}, "40084"),
        (LIST, UNIFIED, "40085"),
    ],
)
def test_key_that_may_not_ask_is_refused(play: Play, target: str, changes: dict[str, Any], code: str) -> None:
    status, data = ask(play(entry("bitget", **changes)), target)
    assert (status, data["code"], data["data"]) == (400, code, None)


def test_demo_key_asks_for_its_header(play: Play) -> None:
    sandbox = play(entry("bitget", environment="demo"))
    assert ask(sandbox)[1]["code"] == "40099"
    assert ask(sandbox, headers={"paptrading": "1"})[1]["code"] == "00000"


def test_time_is_a_text(play: Play) -> None:
    data = told(play(entry("bitget")).base_urls["bitget"], ("/api/v2/public/time", {}))[1]
    assert data == {"code": "00000", "msg": "success", "requestTime": NOW, "data": {"serverTime": str(NOW)}}


def test_classic_main_account_lists_sub_accounts_and_their_keys(play: Play) -> None:
    sub = entry("bitget", **SUB, permissions=["stor", "stow", "coow", "cpow", "smow", "wtow", "chow"])
    words = ["read", "spot_trade", "contract_trade", "margin_trade", "transfer", "chow"]
    other = entry("bitget", **SUB | {"api_key": "bg_two", "account": "3", "account_name": "desk2"})
    sandbox = play(entry("bitget", ip_allowlist=["203.0.113.7"]), sub, other)
    assert ask(sandbox, LIST)[1]["data"] == [
        {
            "subAccountUid": "100000002",
            "subAccountApiKey": "bg_sub",
            "label": "desk-key",
            "permList": words,
            "ipList": ["127.0.0.1"],
        }
    ]
    data = ask(sandbox, f"{ACCOUNTS}?limit=1")[1]["data"]
    times = {"cTime": "1682658900000", "uTime": "1682658900000"}
    named = {"subAccountUid": "100000002", "subAccountName": "desk1", "status": "normal", "label": "desk-key"}
    assert data == {"endId": "100000002", "subAccountList": [{**named, **times, "permList": words}]}
    data = ask(sandbox, f"{ACCOUNTS}?limit=1&idLessThan=100000002")[1]["data"]
    assert [row["subAccountName"] for row in data["subAccountList"]] == ["desk2"]
    assert ask(sandbox, f"{ACCOUNTS}?idLessThan=3")[1]["data"] == {"endId": None, "subAccountList": []}
    assert ask(sandbox, LIST.replace("100000002", "9"))[1]["data"] == []


def test_unified_main_account_lists_sub_accounts_and_their_keys(play: Play) -> None:
    sub = entry("bitget", **SUB, unified=True, permissions=["uta_trade.read-and-write"], omit=["list.ts"])
    other = entry("bitget", **SUB | UNIFIED | {"api_key": "bg_two"})
    sandbox = play(entry("bitget", **UNIFIED), sub, other)
    data = ask(sandbox, f"{LIST_UNIFIED}&limit=1")[1]["data"]
    row = {"type": "read_write", "note": "desk-key", "permissions": ["uta_trade"], "ips": ["127.0.0.1"]}
    assert data == {"list": [{"apiKey": "bg_sub", **row}], "hasNext": True, "cursor": "1"}
    data = ask(sandbox, f"{LIST_UNIFIED}&limit=1&cursor=1")[1]["data"]
    row = {"type": "read_only", "note": "desk-key", "permissions": ["uta_mgt", "uta_trade"], "ips": ["127.0.0.1"]}
    assert data == {"list": [{"apiKey": "bg_two", **row, "ts": "1682658900000"}], "hasNext": False, "cursor": ""}
    assert ask(sandbox, ACCOUNTS_UNIFIED)[1]["data"] == {
        "list": [
            {
                "subUid": "100000002",
                "username": "desk1",
                "status": "normal",
                "accountMode": "unified",
                "type": "virtual",
                "note": "",
                "createdTime": "1682658900000",
                "updatedTime": "1682658900000",
            }
        ],
        "hasNext": False,
        "cursor": "",
    }
    assert ask(sandbox, LIST_UNIFIED.replace("100000002", "9"))[1]["data"]["list"] == []
