"""The simulated Bybit, asked over real sockets."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, b64, bybit, entry, send, status_line, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["bybit"]
PATH = INSPECT["bybit"]
LIST = "/v5/user/sub-apikeys?subMemberId=100000002"
ACCOUNTS = "/v5/user/submembers"
SUB = {
    "api_key": "ZyXwVuTsRqPoNmLkJi",
    "account": "100000002",
    "main_account": "100000001",
    "account_name": "desk1",
    "label": "desk1",
    "permissions": ["ContractTrade.Order", "ContractTrade.Position", "Derivatives.DerivativesTrade"],
    "ip_allowlist": ["203.0.113.7"],
    "created": "2026-05-01T09:30:00Z",
}


def ask(sandbox: Sandbox, target: str = PATH, key: Any = KEY, **options: Any) -> tuple[int, Any]:
    return told(sandbox.base_urls["bybit"], bybit(key, target, **options))


@pytest.mark.parametrize(
    ("target", "signature"),
    [
        (PATH, "4e2371674e7c97dae76f2f76826f63fe222827923c5e6fcb5a1deb2a40e9ffff"),
        (
            "/v5/user/sub-apikeys?subMemberId=100000001&limit=20",
            "b5a523c717eb1cb684c4666ddc5e586e44a037578ab65c2b246e0fb955388784",
        ),
    ],
)
def test_own_vector_is_accepted(play: Play, target: str, signature: str) -> None:
    sandbox = play(entry("bybit", account="7"), entry("bybit", **SUB | {"account": "100000001", "main_account": "7"}))
    headers = {
        "X-BAPI-API-KEY": "k" * 18,
        "X-BAPI-TIMESTAMP": "1700000000000",
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": signature,
    }
    assert told(sandbox.base_urls["bybit"], (target, headers))[1]["retCode"] == 0
    upper = headers | {"X-BAPI-SIGN": signature.upper()}
    assert told(sandbox.base_urls["bybit"], (target, upper))[1]["retCode"] == 10004


def test_key_is_told_all_of_itself(play: Play) -> None:
    sandbox = play(
        entry(
            "bybit",
            permissions=["ContractTrade.Order", "ContractTrade.Position", "Spot.SpotTrade", "Wallet.AccountTransfer"],
            created="2023-09-02T08:00:00Z",
            expires="2023-12-01T08:00:00Z",
            unified=True,
        )
    )
    status, data = ask(sandbox)
    assert status == 200
    assert data == {
        "retCode": 0,
        "retMsg": "",
        "result": {
            "id": "3000001",
            "note": "grid-bot",
            "apiKey": "k" * 18,
            "readOnly": 0,
            "secret": "",
            "permissions": {
                "ContractTrade": ["Order", "Position"],
                "Spot": ["SpotTrade"],
                "Wallet": ["AccountTransfer"],
                "Options": [],
                "Derivatives": [],
                "CopyTrading": [],
                "BlockTrade": [],
                "Exchange": [],
                "NFT": [],
                "Affiliate": [],
                "Earn": [],
                "FiatP2P": [],
                "FiatConvertBroker": [],
                "FiatGlobalPay": [],
                "FiatBitPay": [],
                "BitCard": [],
                "ByXPost": [],
            },
            "ips": ["*"],
            "type": 1,
            "deadlineDay": 16,
            "expiredAt": "2023-12-01T08:00:00Z",
            "createdAt": "2023-09-02T08:00:00Z",
            "unified": 0,
            "uta": 1,
            "userID": 100000001,
            "inviterID": 0,
            "vipLevel": "No VIP",
            "mktMakerLevel": "0",
            "affiliateID": 0,
            "rsaPublicKey": "",
            "isMaster": True,
            "parentUid": "0",
            "kycLevel": "LEVEL_1",
            "kycRegion": "DEU",
        },
        "retExtInfo": {},
        "time": NOW,
    }


def test_key_without_end_says_1970(play: Play) -> None:
    result = ask(play(entry("bybit", ip_allowlist=["203.0.113.7"], read_only=True)))[1]["result"]
    assert (result["expiredAt"], result["deadlineDay"]) == ("1970-01-01T00:00:00Z", -2)
    assert (result["ips"], result["readOnly"], result["uta"]) == (["203.0.113.7"], 1, 0)


def test_key_of_a_sub_account_names_its_main_account(play: Play) -> None:
    sub = entry("bybit", **SUB)
    result = ask(play(sub), key=sub)[1]["result"]
    assert (result["isMaster"], result["userID"], result["parentUid"]) == (False, 100000002, "100000001")


def test_signature_of_an_rsa_key_is_checked(play: Play) -> None:
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    sandbox = play(entry("bybit", api_secret=None, private_key=pem))

    def sign(text: str) -> str:
        return b64(private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))

    result = ask(sandbox, sign=sign)[1]["result"]
    assert result["rsaPublicKey"].startswith("-----BEGIN PUBLIC KEY-----")
    for change in (lambda good: good[1:], lambda good: good[::-1], lambda _: "e" * 64, lambda _: "\xff"):
        assert ask(sandbox, sign=lambda text, change=change: change(sign(text)))[1]["retCode"] == 10004


@pytest.mark.parametrize(
    ("now", "window", "code"),
    [
        (NOW + 999, "5000", 0),
        (NOW + 1000, "5000", 10002),
        (NOW - 5000, "5000", 0),
        (NOW - 5001, "5000", 10002),
        (NOW - 5000, "", 0),
        (NOW - 5001, "", 10002),
        (NOW - 60_000, "60000", 0),
    ],
)
def test_window_is_exact(play: Play, now: int, window: str, code: int) -> None:
    status, data = ask(play(entry("bybit")), now=now, window=window)
    assert (status, data["retCode"]) == (200, code)
    if code:
        window = window or "5000"
        assert data["retMsg"].endswith(f"req_timestamp[{now}],server_timestamp[{NOW}],recv_window[{window}]")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"X-BAPI-API-KEY": "z" * 18}, "API key is invalid."),
        ({"X-BAPI-API-KEY": ""}, "API key is invalid."),
        ({"X-BAPI-SIGN": ""}, "Unauthorized"),
        ({"X-BAPI-TIMESTAMP": "now"}, "Unauthorized"),
        ({"X-BAPI-RECV-WINDOW": "-1"}, "Unauthorized"),
    ],
)
def test_bad_credentials_get_a_status_line_and_nothing_else(play: Play, headers: dict[str, str], reason: str) -> None:
    sandbox = play(entry("bybit"))
    sent = (PATH, bybit(KEY, PATH)[1] | headers)
    assert status_line(sandbox.base_urls["bybit"], sent) == (401, reason, b"")
    assert sandbox.requests[0].outcome == "HTTP 401"


def test_status_line_can_be_hostile_and_still_ends(play: Play) -> None:
    sandbox = play(entry("bybit"), faults=["hostile_text"])
    status, reason, body = status_line(sandbox.base_urls["bybit"], (PATH, {}))
    assert (status, body) == (401, b"")
    assert "::error::owned" in reason
    assert "<script>" in reason


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"api_secret": "t" * 36}, 10004, f"error sign! origin_string[{NOW}{'k' * 18}5000]"),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"},
            10010,
            "Unmatched IP, please check your API key's bound IP addresses.",
        ),
        ({"expires": "2023-11-14T22:13:20Z"}, 33004, "Your api key has expired."),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], code: int, message: str) -> None:
    assert ask(play(entry("bybit", **changes))) == (
        200,
        {"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}, "time": NOW},
    )


def test_get_with_a_body_is_refused(play: Play) -> None:
    sandbox = play(entry("bybit"))
    assert send(sandbox.base_urls["bybit"], "GET", PATH, bybit(KEY, PATH)[1], b"{}")[0] == 403


def test_time_has_seconds_and_nanoseconds(play: Play) -> None:
    _, _, body = send(play(entry("bybit")).base_urls["bybit"], "GET", "/v5/market/time")
    assert json.loads(body) == {
        "retCode": 0,
        "retMsg": "OK",
        "result": {"timeSecond": "1700000000", "timeNano": "1700000000000000000"},
        "retExtInfo": {},
        "time": NOW,
    }


def test_main_account_lists_the_keys_of_a_sub_account(play: Play) -> None:
    sandbox = play(entry("bybit"), entry("bybit", **SUB), entry("bybit", **SUB | {"api_key": "z" * 18}))
    data = ask(sandbox, LIST + "&limit=1")[1]
    assert data["result"] == {
        "result": [
            {
                "id": "3000002",
                "ips": ["203.0.113.7"],
                "apiKey": "ZyXwVuTsRqPoNmLkJi",
                "note": "desk1",
                "status": 1,
                "expiredAt": "1970-01-01T00:00:00Z",
                "createdAt": "2026-05-01T09:30:00Z",
                "type": 1,
                "permissions": {
                    "ContractTrade": ["Order", "Position"],
                    "Spot": [],
                    "Wallet": [],
                    "Options": [],
                    "Derivatives": ["DerivativesTrade"],
                    "CopyTrading": [],
                    "BlockTrade": [],
                    "Exchange": [],
                    "NFT": [],
                    "Earn": [],
                },
                "secret": "******",
                "readOnly": False,
                "deadlineDay": -1,
                "flag": "hmac",
            }
        ],
        "nextPageCursor": "1",
    }
    last = ask(sandbox, LIST + "&limit=1&cursor=1")[1]["result"]
    assert ([row["apiKey"] for row in last["result"]], last["nextPageCursor"]) == (["z" * 18], "")


@pytest.mark.parametrize(
    ("expires", "status", "days"),
    [("2023-11-14T22:13:20Z", 2, 0), ("2023-11-21T22:13:19Z", 4, 6), ("2023-11-21T22:13:20Z", 3, 7)],
)
def test_listing_tells_how_far_the_end_is(play: Play, expires: str, status: int, days: int) -> None:
    sub = entry("bybit", **SUB, expires=expires, read_only=True, answer={"list.note": "other", "note": "own"})
    (row,) = ask(play(entry("bybit"), sub), LIST)[1]["result"]["result"]
    assert (row["status"], row["deadlineDay"], row["expiredAt"]) == (status, days, expires)
    assert (row["readOnly"], row["note"]) == (True, "other")


def test_main_account_lists_its_sub_accounts(play: Play) -> None:
    subs = [entry("bybit", **SUB | {"api_key": f"{n:018}", "account": str(n + 5)}, unified=True) for n in range(3)]
    sandbox = play(entry("bybit", permissions=["Wallet.AccountTransfer"]), *subs)
    data = ask(sandbox, ACCOUNTS + "?pageSize=2")[1]["result"]
    member = {"username": "desk1", "memberType": 1, "status": 1, "remark": "", "accountMode": 5}
    assert data == {"subMembers": [{"uid": "5", **member}, {"uid": "6", **member}], "nextCursor": "2"}
    data = ask(sandbox, ACCOUNTS + "?pageSize=2&nextCursor=2")[1]["result"]
    assert ([row["uid"] for row in data["subMembers"]], data["nextCursor"]) == (["7"], "0")


@pytest.mark.parametrize(
    ("target", "changes", "code"),
    [
        (ACCOUNTS, {}, 10005),
        (ACCOUNTS, {"permissions": ["Wallet.SubMemberTransferList"]}, 10005),
        (ACCOUNTS, {"main_account": "9"}, 10005),
        (LIST, {"main_account": "9"}, 10005),
        (LIST, {"account": "9"}, 500010),
        (LIST.partition("?")[0], {}, 10001),
    ],
)
def test_listing_that_is_not_for_this_key_is_refused(
    play: Play, target: str, changes: dict[str, Any], code: int
) -> None:
    sandbox = play(entry("bybit", **changes), entry("bybit", **SUB))
    assert ask(sandbox, target)[1]["retCode"] == code
