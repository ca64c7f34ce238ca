"""The simulated HTX, asked over real sockets."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, b64, entry, htx, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["htx"]
PATH = INSPECT["htx"]
SUB = {"api_key": "sub-key", "account": "100000002", "main_account": "100000001", "label": "desk1"}
KEY_ERROR = "Signature not valid: Incorrect Access key [Access key错误]"
SIGN_ERROR = "Signature not valid: Verification failure [校验失败]"
TIME_ERROR = "Signature not valid: Invalid submission time or incorrect time format [无效的提交时间,或时间格式错误]"


def ask(sandbox: Sandbox, target: str = PATH, key: Any = KEY, **options: Any) -> tuple[int, Any]:
    return told(sandbox.base_urls["htx"], htx(key, target, **options))


def catch_all(text: str) -> dict[str, Any]:
    return {"status": "error", "err-code": "api-signature-not-valid", "err-msg": text, "data": None}


def test_own_vector_is_accepted(play: Play) -> None:
    sandbox = play(entry("htx", api_key="demo-key", account="63628520"))
    signature = quote("QpVA7sNIp5dYaEm2mDl35p/HlmLnn6DLEaBFK+rbCqY=", safe="")
    fields = "SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=2023-11-14T22%3A13%3A20"
    query = f"AccessKeyId=demo-key&{fields}&uid=63628520"
    for target in (f"{query}&Signature={signature}", f"Signature={signature}&{query}"):
        assert told(sandbox.base_urls["htx"], (f"/v2/user/api-key?{target}", {}))[1]["code"] == 200
    assert {record.key for record in sandbox.requests} == {"-key"}


def test_answer_holds_all_keys_of_the_account(play: Play) -> None:
    own = entry("htx", label="bot", ip_allowlist=["203.0.113.10", "198.51.100.0/24"], created="2021-03-08T08:38:24Z")
    other = entry("htx", api_key="other", permissions=["trade", "readOnly", "withdraw"], expires="2023-11-22")
    over = entry("htx", api_key="over", expires="2023-11-01")
    sandbox = play(own, other, over, entry("htx", **SUB))
    status, data = ask(sandbox)
    assert (status, data["code"], data["message"], data["ok"]) == (200, 200, "success", True)
    assert data["data"][0] == {
        "accessKey": "1a2b3c4d-5e6f7a8b-9c0d1e2f-ab12c",
        "status": "normal",
        "note": "bot",
        "permission": "readOnly,trade",
        "ipAddresses": "203.0.113.10,198.51.100.0/24",
        "validDays": -1,
        "createTime": 1615192704000,
        "updateTime": 1615192704000,
    }
    assert [(row["accessKey"], row["status"], row["validDays"]) for row in data["data"][1:]] == [
        ("other", "normal", 7),
        ("over", "expired", 0),
    ]
    assert (data["data"][1]["ipAddresses"], data["data"][1]["permission"]) == ("", "trade,readOnly,withdraw")
    assert [row["accessKey"] for row in ask(sandbox, PATH + "&accessKey=other")[1]["data"]] == ["other"]
    assert ask(sandbox, PATH + "&accessKey=none")[1]["data"] == []


def test_main_account_lists_the_keys_of_a_sub_account(play: Play) -> None:
    sandbox = play(entry("htx"), entry("htx", **SUB))
    (row,) = ask(sandbox, "/v2/user/api-key?uid=100000002")[1]["data"]
    assert (row["accessKey"], row["note"]) == ("sub-key", "desk1")


def test_account_tells_its_id(play: Play) -> None:
    sub = entry("htx", **SUB)
    assert ask(play(entry("htx")), "/v2/user/uid") == (200, {"code": 200, "data": 100000001})
    assert ask(play(sub), "/v2/user/uid", key=sub)[1]["data"] == 100000002


def test_signature_of_an_ed25519_key_is_checked(play: Play) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    sandbox = play(entry("htx", api_secret=None, private_key=pem))

    def sign(text: str) -> str:
        return b64(private.sign(text.encode()))

    assert ask(sandbox, sign=sign)[1]["code"] == 200
    assert ask(sandbox, sign=lambda text: sign(text + "x"))[1] == catch_all(SIGN_ERROR)
    assert ask(sandbox, sign=sign, SignatureMethod="HmacSHA256")[1] == catch_all(SIGN_ERROR)
    assert ask(sandbox)[1] == catch_all(SIGN_ERROR)


@pytest.mark.parametrize(
    ("host", "is_accepted"),
    [
        ("api-aws.huobi.pro", True),
        ("127.0.0.1", True),
        ("API.HUOBI.PRO", False),
        ("api.huobi.pro:443", False),
        ("other.example", False),
    ],
)
def test_host_is_part_of_the_text(play: Play, host: str, is_accepted: bool) -> None:
    data = ask(play(entry("htx")), host=host)[1]
    assert (data.get("code") == 200) == is_accepted
    assert is_accepted or data == catch_all(SIGN_ERROR)


def test_port_is_not_part_of_the_text(play: Play) -> None:
    sandbox = play(entry("htx"))
    assert ask(sandbox, host=sandbox.base_urls["htx"].removeprefix("http://"))[1] == catch_all(SIGN_ERROR)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"AccessKeyId": "other"}, KEY_ERROR),
        ({"SignatureVersion": "1"}, SIGN_ERROR),
        ({"SignatureMethod": "HmacSHA1"}, SIGN_ERROR),
        ({"Timestamp": "1700000000"}, TIME_ERROR),
        ({"Timestamp": "2023-11-14T22:13:20Z"}, TIME_ERROR),
        ({"Timestamp": "2023-11-31T22:13:20"}, TIME_ERROR),
        ({"now": NOW + 301_000}, TIME_ERROR),
        ({"now": NOW - 301_000}, TIME_ERROR),
    ],
)
def test_bad_request_is_refused(play: Play, options: dict[str, Any], text: str) -> None:
    assert ask(play(entry("htx")), **options) == (200, catch_all(text))


@pytest.mark.parametrize("off", [300_000, -300_000])
def test_window_is_five_minutes(play: Play, off: int) -> None:
    assert ask(play(entry("htx")), now=NOW + off)[1]["code"] == 200


@pytest.mark.parametrize("cut", ["Signature", "AccessKeyId"])
def test_request_without_credentials_must_log_in(play: Play, cut: str) -> None:
    target, _ = htx(KEY, PATH)
    data = told(play(entry("htx")).base_urls["htx"], (target.replace(f"{cut}=", f"{cut}=&x="), {}))[1]
    assert data == {"status": "error", "err-code": "login-required", "err-msg": "Login is required.", "data": None}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"api_secret": "other"}, SIGN_ERROR),
        ({"expires": "2023-11-14T22:13:20Z"}, KEY_ERROR),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "104.128.67.45"},
            "Signature not valid: Incorrect IP address [IP地址错误]:104.128.67.45",
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], text: str) -> None:
    assert ask(play(entry("htx", **changes))) == (200, catch_all(text))


@pytest.mark.parametrize(
    ("target", "changes", "data"),
    [
        ("/v2/user/api-key", {}, {"code": 2003, "message": "missing mandatory field uid"}),
        ("/v2/user/api-key?uid=9", {}, {"code": 2002, "message": "invalid field value in uid"}),
        (PATH, {"main_account": "9"}, {"code": 1002, "message": "forbidden"}),
    ],
)
def test_account_that_is_not_for_this_key_is_refused(
    play: Play, target: str, changes: dict[str, Any], data: dict[str, Any]
) -> None:
    assert ask(play(entry("htx", **changes)), target) == (200, data)


def test_time_and_unknown_path_are_of_the_first_version(play: Play) -> None:
    base = play(entry("htx")).base_urls["htx"]
    assert told(base, ("/v1/common/timestamp", {})) == (200, {"status": "ok", "data": NOW})
    status, data = told(base, ("/v1/order/orders", {}))
    assert (status, data["err-code"]) == (405, "method-not-allowed")
