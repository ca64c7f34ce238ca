"""The simulated MEXC, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, entry, mac, mexc, send, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["mexc"]
ID = {"X-MEXC-APIKEY": str(KEY["api_key"])}
PATH = INSPECT["mexc"]
LIST = "/api/v3/sub-account/apiKey?subAccount=desk1"
ACCOUNTS = "/api/v3/sub-account/list"
ORDER = "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=11&recvWindow=5000&timestamp=1644489390087"
PUBLISHED = "fd3e4e8543c5188531eb7279d68ae7d26a573d0fc5ab0d18eb692451654d837a"
SUB = {
    "api_key": "mx0sub",
    "account": "100000002",
    "main_account": "100000001",
    "account_name": "desk1",
    "label": "desk",
    "created": "2024-07-01T10:40:00Z",
}


def ask(sandbox: Sandbox, target: str = PATH, now: int = NOW, key: Any = KEY) -> tuple[int, Any]:
    return told(sandbox.base_urls["mexc"], mexc(key, target, now))


def query(sandbox: Sandbox, text: str, signature: str | None = None) -> tuple[int, Any]:
    signature = mac(str(KEY["api_secret"]), text).hex() if signature is None else signature
    return told(sandbox.base_urls["mexc"], (f"/api/v3/apiKeyInfo?{text}&signature={signature}", ID))


def test_the_tests_sign_as_published() -> None:
    assert mac(str(KEY["api_secret"]), ORDER).hex() == PUBLISHED
    mixed = ORDER.replace("LIMIT&quantity", "LIMITquantity")
    assert mac(str(KEY["api_secret"]), mixed).hex() == (
        "d1a676610ceb39174c8039b3f548357994b2a34139a8addd33baadba65684592"
    )


def test_official_vector_passes_the_signature(play: Play) -> None:
    sandbox = play(entry("mexc"), now_ms=1_644_489_390_087)
    assert query(sandbox, ORDER, PUBLISHED)[1]["msg"] == (
        "Mandatory parameter 'accessKey' was not sent, was empty/null, or malformed."
    )
    misprint = "323c96ab85a745712e95e63cad28903dd8292e4a905e99c4ee3932023843a117"
    for bad in (misprint, PUBLISHED.upper(), PUBLISHED[:-1]):
        assert query(sandbox, ORDER, bad) == (
            400,
            {"code": 700002, "msg": "Signature for this request is not valid."},
        )


def test_key_is_told_all_of_itself_without_an_envelope(play: Play) -> None:
    rights = ["SPOT_ACCOUNT_READ", "SPOT_DEAL_READ", "SPOT_DEAL_WRITE"]
    sandbox = play(entry("mexc", label="bot", permissions=rights, created="2023-09-14T18:53:36Z", expires="2024-02-05"))
    assert ask(sandbox) == (
        200,
        {
            "note": "bot",
            "accessKey": "mx0aBYs33eIilxBWC5",
            "createTime": "2023-09-14T18:53:36.000+00:00",
            "permissions": "SPOT_ACCOUNT_READ,SPOT_DEAL_READ,SPOT_DEAL_WRITE",
            "remainingValidity": 82,
            "ipWhiteList": "",
            "status": "VALID",
        },
    )


def test_shapes_vary(play: Play) -> None:
    data = ask(play(entry("mexc", ip_allowlist=["203.0.113.7", "203.0.113.8"], answer={"status": "EXPIRED"})))[1]
    assert (data["ipWhiteList"], data["status"], data["remainingValidity"]) == (
        "203.0.113.7,203.0.113.8",
        "EXPIRED",
        -1,
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"accessKey={KEY['api_key']}", 700004),
        (f"accessKey={KEY['api_key']}&timestamp=now", 700004),
        (f"accessKey={KEY['api_key']}&timestamp={NOW}&recvWindow=-1", 700004),
        (f"accessKey={KEY['api_key']}&timestamp={NOW}&recvWindow=60001", 700005),
        (f"timestamp={NOW}", 700004),
        (f"accessKey=mx0sub&timestamp={NOW}", 10072),
    ],
)
def test_bad_parameter_is_refused(play: Play, text: str, code: int) -> None:
    status, data = query(play(entry("mexc"), entry("mexc", **SUB)), text)
    assert (status, data["code"]) == (400, code)


def test_missing_signature_is_named(play: Play) -> None:
    assert query(play(entry("mexc")), f"timestamp={NOW}", "")[1] == {
        "code": 700004,
        "msg": "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
    }


@pytest.mark.parametrize(
    ("off", "window", "code"),
    [
        (999, "", None),
        (1000, "", 700003),
        (-5000, "", None),
        (-5001, "", 700003),
        (-60_000, "&recvWindow=60000", None),
        (-60_001, "&recvWindow=60000", 700003),
    ],
)
def test_window_is_exact(play: Play, off: int, window: str, code: int | None) -> None:
    text = f"accessKey={KEY['api_key']}{window}&timestamp={NOW + off}"
    assert query(play(entry("mexc")), text)[1].get("code") == code


@pytest.mark.parametrize(
    ("key", "code", "text"),
    [(None, 400, "api key required"), ("mx0other", 10072, "Api key info invalid")],
)
def test_bad_key_is_refused(play: Play, key: str | None, code: int, text: str) -> None:
    headers = {} if key is None else {"X-MEXC-APIKEY": key}
    target, _ = mexc(KEY, PATH)
    status, _, _ = send(play(entry("mexc")).base_urls["mexc"], "GET", target, headers)
    assert told(play(entry("mexc")).base_urls["mexc"], (target, headers)) == (400, {"code": code, "msg": text})
    assert status == 400


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"api_secret": "0" * 32}, 700002, "Signature for this request is not valid."),
        ({"expires": "2023-11-14T22:13:20Z"}, 700002, "Signature for this request is not valid."),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"},
            700006,
            "IP [203.0.113.8] not in the ip white list",
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], code: int, text: str) -> None:
    assert ask(play(entry("mexc", **changes))) == (400, {"code": code, "msg": text})


def test_time_needs_no_key(play: Play) -> None:
    assert told(play(entry("mexc")).base_urls["mexc"], ("/api/v3/time", {})) == (200, {"serverTime": NOW})


def test_changing_a_key_is_forbidden(play: Play) -> None:
    sandbox = play(entry("mexc"))
    target, headers = mexc(KEY, PATH)
    assert send(sandbox.base_urls["mexc"], "POST", target, headers)[0] == 404
    assert [(record.method, record.path) for record in sandbox.forbidden] == [("POST", "/api/v3/apiKeyInfo")]


def test_main_account_lists_sub_accounts_and_their_keys(play: Play) -> None:
    other = entry("mexc", **SUB | {"api_key": "mx0two", "account": "3", "account_name": "desk2"})
    sandbox = play(entry("mexc"), entry("mexc", **SUB, ip_allowlist=["203.0.113.7"]), other)
    assert ask(sandbox, LIST)[1] == {
        "subAccount": [
            {
                "note": "desk",
                "apiKey": "mx0sub",
                "permissions": "SPOT_ACCOUNT_READ,SPOT_DEAL_WRITE",
                "ip": "203.0.113.7",
                "creatTime": 1719830400000,
            }
        ]
    }
    rows = [
        {"subAccount": "desk1", "isFreeze": False, "createTime": 1719830400000, "uid": "100000002"},
        {"subAccount": "desk2", "isFreeze": False, "createTime": 1719830400000, "uid": "3"},
    ]
    for asked, wanted in [
        ("", rows),
        ("?limit=1", rows[:1]),
        ("?page=2&limit=1", rows[1:]),
        ("?subAccount=desk2", rows[1:]),
        ("?isFreeze=True", []),
    ]:
        assert ask(sandbox, ACCOUNTS + asked)[1] == {"subAccounts": wanted}


@pytest.mark.parametrize(
    ("target", "changes", "code"),
    [
        (ACCOUNTS, {"main_account": "9"}, 700007),
        (LIST, {"permissions": ["SPOT_DEAL_READ"]}, 700007),
        (LIST.partition("?")[0], {}, 730600),
        (LIST, {"account": "9"}, 730002),
    ],
)
def test_listing_that_is_not_for_this_key_is_refused(
    play: Play, target: str, changes: dict[str, Any], code: int
) -> None:
    status, data = ask(play(entry("mexc", **changes), entry("mexc", **SUB)), target)
    assert (status, data["code"]) == (400, code)
