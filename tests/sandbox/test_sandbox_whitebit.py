"""The simulated WhiteBIT, asked over real sockets."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import BELOW, DESK, ENTRIES, NOW, entry, send, whitebit

Play = Callable[..., Sandbox]

KEY = ENTRIES["whitebit"]
ACCOUNTS = "/api/v4/sub-account/list"
LIST = "/api/v4/sub-account/api-key/list"
ADDRESSES = "/api/v4/sub-account/api-key/ip-address/list"
OTHER = "00000000-0000-4000-8000-000000000002"
SUB: dict[str, Any] = {
    **BELOW["whitebit"],
    "account_name": "trading_bot",
    "label": "bot",
    "permissions": ["type.2"],
    "ip_allowlist": ["203.0.113.7", "203.0.113.8"],
    "last_used": "2025-12-29T09:20:00Z",
}
# The own vector of the description.
BODY = b'{"id":1,"request":"/api/v4/sub-account/api-key/list","nonce":1700000000000}'
PAYLOAD = "eyJpZCI6MSwicmVxdWVzdCI6Ii9hcGkvdjQvc3ViLWFjY291bnQvYXBpLWtleS9saXN0Iiwibm9uY2UiOjE3MDAwMDAwMDAwMDB9"
SIGNATURE = (
    "9fbb61e74575343f915fcf7606818c208cd74f9b1974ea4d8b0a729ccd6f8a25"
    "4525d522237d6f7d22400500ff230631668a5b8776aad2a2538b95d0299ac68b"
)


def body(path: str = LIST, **fields: Any) -> bytes:
    return json.dumps({"request": path, "nonce": NOW, **fields}).encode()


def ask(sandbox: Sandbox, path: str = LIST, key: Any = KEY, **fields: Any) -> tuple[int, Any]:
    return post(sandbox, path, body(path, **fields), key)


def post(sandbox: Sandbox, path: str, sent: bytes, key: Any = KEY, **headers: str) -> tuple[int, Any]:
    target, signed = whitebit(key, path, sent, **headers)
    status, _, data = send(sandbox.base_urls["whitebit"], "POST", target, signed, sent)
    return status, json.loads(data)


def error(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "errors": {}, "message": message}


CLOSED = error(2, "This action is unauthorized. Enable your key in API settings")
TOO_MANY = error(0, "Too many requests.")


def test_own_vector_is_accepted(play: Play) -> None:
    sandbox = play(entry("whitebit"))
    _, headers = whitebit(KEY, LIST, BODY)
    assert (headers["X-TXC-PAYLOAD"], headers["X-TXC-SIGNATURE"]) == (PAYLOAD, SIGNATURE)
    assert post(sandbox, LIST, BODY) == (200, {"limit": 30, "offset": 0, "data": []})


def test_listing_holds_the_keys_of_sub_accounts_and_no_own_one(play: Play) -> None:
    sandbox = play(entry("whitebit"), entry("whitebit", **SUB))
    status, data = ask(sandbox)
    assert (status, data["limit"], data["offset"]) == (200, 30, 0)
    (row,) = data["data"]
    assert len(row.pop("id")) == 36
    assert row == {
        "subAccountId": DESK,
        "title": "bot",
        "isEnabled": True,
        "apiKey": "fedcba9876543210fedcba9876543210",
        "apiSecret": "",
        "type": 2,
        "lastActivity": 1767000000,
        "restrictAccess": True,
        "accessEndpoints": [],
    }


def test_listing_is_narrowed_and_paged(play: Play) -> None:
    other = {**SUB, "api_key": "e" * 32, "account": OTHER}
    sandbox = play(entry("whitebit"), entry("whitebit", **SUB), entry("whitebit", **other))
    asked: list[tuple[dict[str, Any], list[str]]] = [
        ({"subAccountId": OTHER}, ["e" * 32]),
        ({"subAccountId": "none"}, []),
        ({"limit": 1}, [SUB["api_key"]]),
        ({"limit": 1, "offset": 1}, ["e" * 32]),
    ]
    for number, (fields, keys) in enumerate(asked):
        data = ask(sandbox, nonce=NOW + number, **fields)[1]
        assert [row["apiKey"] for row in data["data"]] == keys


def test_addresses_are_told_by_the_id_of_a_key(play: Play) -> None:
    sandbox = play(entry("whitebit"), entry("whitebit", **SUB))
    (row,) = ask(sandbox)[1]["data"]
    assert ask(sandbox, ADDRESSES, nonce=NOW + 1, apiKeyId=row["id"]) == (
        200,
        {"data": ["203.0.113.7", "203.0.113.8"]},
    )
    assert ask(sandbox, ADDRESSES, nonce=NOW + 2, apiKeyId=SUB["api_key"]) == (422, error(0, "Validation failed"))


def test_sub_accounts_are_listed(play: Play) -> None:
    sandbox = play(entry("whitebit"), entry("whitebit", **SUB))
    data = ask(sandbox, ACCOUNTS)[1]
    assert [(row["id"], row["alias"], row["status"]) for row in data["data"]] == [(DESK, "trading_bot", "active")]
    assert ask(sandbox, ACCOUNTS, nonce=NOW + 1, search="other")[1]["data"] == []


def test_hostile_text_stands_in_label_and_type_and_alias(play: Play) -> None:
    sandbox = play(entry("whitebit"), entry("whitebit", **SUB), faults=["hostile_text"])
    (row,) = ask(sandbox)[1]["data"]
    assert (row["title"], row["type"]) == (HOSTILE, HOSTILE)
    assert ask(sandbox, ACCOUNTS, nonce=NOW + 1)[1]["data"][0]["alias"] == HOSTILE
    assert ask(sandbox, ADDRESSES, nonce=NOW + 2, apiKeyId=row["id"])[1] == {"data": ["203.0.113.7", "203.0.113.8"]}


def test_shapes_vary(play: Play) -> None:
    sandbox = play(entry("whitebit"), entry("whitebit", **SUB, answer={"type": "trade"}, omit=["restrictAccess"]))
    (row,) = ask(sandbox)[1]["data"]
    assert row["type"] == "trade"
    assert "restrictAccess" not in row


@pytest.mark.parametrize(
    "fields", [{"limit": 0}, {"limit": 101}, {"limit": "30"}, {"limit": True}, {"offset": -1}, {"offset": 10_001}]
)
def test_page_beyond_its_bounds_is_refused(play: Play, fields: dict[str, Any]) -> None:
    assert ask(play(entry("whitebit")), **fields) == (422, error(0, "Validation failed"))


def test_nonce_must_rise_and_a_stale_one_is_told_as_load(play: Play) -> None:
    sandbox = play(entry("whitebit", last_nonce=NOW - 1))
    said = [ask(sandbox, nonce=nonce) for nonce in (NOW - 1, NOW, NOW, str(NOW + 5), NOW + 4, NOW + 6)]
    assert [status for status, _ in said] == [429, 200, 429, 200, 429, 200]
    assert said[0][1] == TOO_MANY


def test_nonce_in_the_window_is_a_time_and_new(play: Play) -> None:
    sandbox = play(entry("whitebit", last_nonce=NOW + 10**9))
    far = error(0, "Your nonce is more than 5 seconds lesser than the current nonce")
    said = [
        ask(sandbox, nonceWindow=True, nonce=nonce)
        for nonce in (NOW, NOW, NOW - 1, NOW - 5000, NOW + 5000, NOW - 5001, NOW + 5001)
    ]
    assert [status for status, _ in said] == [200, 429, 200, 200, 200, 400, 400]
    assert [said[5][1], said[6][1]] == [far, far]
    assert ask(sandbox, nonceWindow=False)[0] == 429


@pytest.mark.parametrize(
    ("sent", "headers", "status", "said"),
    [
        (body(), {"X-TXC-APIKEY": ""}, 401, error(0, "Key not provided.")),
        (body(), {"X-TXC-APIKEY": "other"}, 401, CLOSED),
        (body(), {"X-TXC-PAYLOAD": ""}, 400, error(0, "Payload not provided.")),
        (body(), {"X-TXC-PAYLOAD": "e30="}, 400, error(9, "Invalid payload")),
        (body(), {"X-TXC-PAYLOAD": "?"}, 400, error(9, "Invalid payload")),
        (b"[]", {}, 400, error(9, "Invalid payload")),
        (b"nonce=1", {}, 400, error(9, "Invalid payload")),
        (body(ACCOUNTS), {}, 400, error(9, "Invalid payload")),
        (body(), {"X-TXC-SIGNATURE": "0" * 128}, 401, error(10, "Unauthorized request.")),
        (body(), {"X-TXC-SIGNATURE": ""}, 401, error(10, "Unauthorized request.")),
        (b'{"nonce":1}', {}, 400, error(0, "Request not provided.")),
        (b'{"request":"%s"}' % LIST.encode(), {}, 400, error(0, "Nonce not provided.")),
        (body(nonce="now"), {}, 400, error(0, "Invalid nonce.")),
        (body(nonceWindow=1), {}, 400, error(0, "Invalid nonceWindow.")),
    ],
)
def test_bad_request_is_refused(
    play: Play, sent: bytes, headers: dict[str, str], status: int, said: dict[str, Any]
) -> None:
    assert post(play(entry("whitebit")), LIST, sent, **headers) == (status, said)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"api_secret": "other"}, 401, error(10, "Unauthorized request.")),
        ({"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"}, 401, CLOSED),
        (
            {"account": DESK, "main_account": "9"},
            403,
            error(4, "This API Key is not authorized to perform this action."),
        ),
    ],
)
def test_key_that_may_not_list_is_refused(
    play: Play, changes: dict[str, Any], status: int, said: dict[str, Any]
) -> None:
    assert ask(play(entry("whitebit", **changes))) == (status, said)


def test_time_is_in_seconds(play: Play) -> None:
    sandbox = play(entry("whitebit"))
    assert send(sandbox.base_urls["whitebit"], "GET", "/api/v4/public/time")[2] == b'{"time":1700000000}'


def test_changing_a_key_is_forbidden(play: Play) -> None:
    sandbox = play(entry("whitebit"))
    assert ask(sandbox, "/api/v4/sub-account/api-key/delete")[0] == 404
    assert [record.path for record in sandbox.forbidden] == ["/api/v4/sub-account/api-key/delete"]
