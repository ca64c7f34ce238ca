"""The simulated Gate, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, entry, gate, gate_text, mac, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["gate"]
PATH = INSPECT["gate"]
DETAIL = "/api/v4/account/detail"
ACCOUNTS = "/api/v4/sub_accounts"
LIST = "/api/v4/sub_accounts/100000002/keys"
OTHER = {"api_key": "f" * 32, "label": "other", "permissions": ["withdrawal.read_write", "wallet.read_only"]}
SUB = {"api_key": "e" * 32, "account": "100000002", "main_account": "100000001", "account_name": "desk1"}


def ask(
    sandbox: Sandbox, target: str = PATH, now: int = NOW, headers: dict[str, str] | None = None, **options: Any
) -> tuple[int, Any]:
    path, signed = gate(KEY, target, now, **options)
    return told(sandbox.base_urls["gate"], (path, signed | (headers or {})))


@pytest.mark.parametrize(
    ("method", "target", "body", "signature"),
    [
        (
            "GET",
            "/api/v4/futures/orders?contract=BTC_USD&status=finished&limit=50",
            "",
            (
                "55f84ea195d6fe57ce62464daaa7c3c02fa9d1dde954e4c898289c9a2407a3d6"
                "fb3faf24deff16790d726b66ac9f74526668b13bd01029199cc4fcc522418b8a"
            ),
        ),
        (
            "POST",
            "/api/v4/futures/orders",
            '{"contract":"BTC_USD","type":"limit","size":100,"price":6800,"time_in_force":"gtc"}',
            (
                "eae42da914a590ddf727473aff25fc87d50b64783941061f47a3fdb92742541f"
                "c4c2c14017581b4199a1418d54471c269c03a38d788d802e2c306c37636389f0"
            ),
        ),
    ],
)
def test_the_tests_sign_as_published(method: str, target: str, body: str, signature: str) -> None:
    assert mac("secret", gate_text(method, target, body, "1541993715"), "sha512").hex() == signature


def test_key_sees_all_keys_of_the_account_with_masked_ids(play: Play) -> None:
    own = entry(
        "gate",
        label="bot-eu",
        created="2025-07-20T16:48:49Z",
        last_used="2025-12-29T09:20:00Z",
        ip_allowlist=["203.0.113.10"],
    )
    sandbox = play(own, entry("gate", **OTHER, unified=True), entry("gate", **SUB))
    assert ask(sandbox) == (
        200,
        [
            {
                "state": 1,
                "mode": 1,
                "name": "bot-eu",
                "user_id": 100000001,
                "perms": [{"name": "spot", "read_only": False}, {"name": "account", "read_only": True}],
                "ip_whitelist": ["203.0.113.10"],
                "currency_pairs": [],
                "key": "0a1b2c3d4e5f*****",
                "created_at": 1753030129,
                "update_at": 1753030129,
                "last_access": 1767000000,
            },
            {
                "state": 1,
                "mode": 2,
                "name": "other",
                "user_id": 100000001,
                "perms": [{"name": "wallet", "read_only": True}],
                "ip_whitelist": [],
                "currency_pairs": [],
                "key": "ffffffffffff*****",
                "created_at": 1767225600,
                "update_at": 1767225600,
                "last_access": 1767225600,
            },
        ],
    )


def test_key_sees_its_own_addresses(play: Play) -> None:
    sandbox = play(entry("gate", ip_allowlist=["203.0.113.10"], permissions=["spot.read_only"], unified=True))
    assert ask(sandbox, DETAIL) == (
        200,
        {
            "user_id": 100000001,
            "ip_whitelist": ["203.0.113.10"],
            "currency_pairs": [],
            "tier": 0,
            "key": {"mode": 2},
            "copy_trading_role": 0,
        },
    )


def test_shapes_vary(play: Play) -> None:
    raw = {
        "key": {"mode": 1},
        "updated_at": "1756300567",
        "perms": [{"name": "withdraw", "read_only": False}],
        "key-detail.currency_pairs": ["BTC_USDT"],
    }
    sandbox = play(entry("gate", answer=raw, omit=["update_at", "key-detail.tier"]))
    (row,) = ask(sandbox)[1]
    assert (row["key"], row["updated_at"], row["perms"][0]["name"]) == ({"mode": 1}, "1756300567", "withdraw")
    assert "update_at" not in row
    detail = ask(sandbox, DETAIL)[1]
    assert (detail["currency_pairs"], "tier" in detail, row["currency_pairs"]) == (["BTC_USDT"], False, [])
    single = play(entry("gate"), faults=[{"not_an_object": {"value": row}}])
    assert ask(single)[1] == row


@pytest.mark.parametrize(
    ("headers", "status", "label", "text"),
    [
        ({"KEY": ""}, 400, "MISSING_REQUIRED_HEADER", "Missing required header: KEY"),
        ({"SIGN": ""}, 400, "MISSING_REQUIRED_HEADER", "Missing required header: SIGN"),
        ({"Timestamp": ""}, 400, "MISSING_REQUIRED_HEADER", "Missing required header: Timestamp"),
        (
            {"Timestamp": "1699999000", "KEY": "0" * 32},
            403,
            "REQUEST_EXPIRED",
            (
                "gap between request Timestamp and server time exceeds 60"
                " current_time:1700000000 header.timestamp:1699999000"
            ),
        ),
        ({"KEY": "0" * 32}, 401, "INVALID_KEY", "Invalid key provided"),
        ({"SIGN": "0" * 128}, 401, "INVALID_SIGNATURE", "Signature mismatch"),
    ],
)
def test_bad_request_is_refused(play: Play, headers: dict[str, str], status: int, label: str, text: str) -> None:
    assert ask(play(entry("gate")), headers=headers) == (status, {"label": label, "message": text})


@pytest.mark.parametrize(
    ("timestamp", "status"),
    [
        ("1700000060", 200),
        ("1699999940", 200),
        ("1700000000.123456", 200),
        ("1700000061", 403),
        ("1699999939", 403),
        ("1699999939.9", 403),
        ("1700000000000", 403),
        ("now", 403),
        ("1e9", 403),
    ],
)
def test_window_is_a_minute(play: Play, timestamp: str, status: int) -> None:
    assert ask(play(entry("gate")), timestamp=timestamp)[0] == status


@pytest.mark.parametrize(
    ("changes", "status", "label"),
    [
        ({"api_secret": "b" * 64}, 401, "INVALID_SIGNATURE"),
        ({"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"}, 401, "IP_FORBIDDEN"),
        ({"expires": "2023-11-14T22:13:20Z"}, 401, "INVALID_KEY"),
        ({"permissions": ["spot.read_write"]}, 403, "FORBIDDEN"),
        ({"main_account": "9"}, 403, "FORBIDDEN"),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], status: int, label: str) -> None:
    got, data = ask(play(entry("gate", **changes)))
    assert (got, data["label"]) == (status, label)
    assert ("203.0.113.8" in data["message"]) == (label == "IP_FORBIDDEN")


def test_query_is_signed_as_it_was_before_encoding(play: Play) -> None:
    assert ask(play(entry("gate")), f"{PATH}?a=x%2Fy")[0] == 200


def test_time_is_in_milliseconds(play: Play) -> None:
    assert told(play(entry("gate")).base_urls["gate"], ("/api/v4/spot/time", {})) == (200, {"server_time": NOW})


def test_main_account_lists_sub_accounts_and_their_keys(play: Play) -> None:
    sandbox = play(entry("gate"), entry("gate", **SUB, last_used="2026-02-01"))
    (row,) = ask(sandbox, LIST)[1]
    assert (row["key"], row["user_id"], row["last_access"]) == ("e" * 32, 100000002, 1769904000)
    (account,) = ask(sandbox, ACCOUNTS)[1]
    assert account == {
        "remark": "",
        "login_name": "desk1",
        "user_id": 100000002,
        "state": 1,
        "create_time": 1767225600,
        "type": 1,
    }
    assert sandbox.forbidden == ()


@pytest.mark.parametrize(
    ("target", "changes", "status", "label"),
    [
        (ACCOUNTS, {"permissions": []}, 403, "FORBIDDEN"),
        (LIST, {"main_account": "9"}, 403, "FORBIDDEN"),
        (LIST, {"account": "9"}, 400, "SUB_ACCOUNT_NOT_FOUND"),
        (f"{LIST}/{'e' * 32}", {}, 404, "INVALID_REQUEST_PATH"),
    ],
)
def test_listing_that_is_not_for_this_key_is_refused(
    play: Play, target: str, changes: dict[str, Any], status: int, label: str
) -> None:
    got, data = ask(play(entry("gate", **changes), entry("gate", **SUB)), target)
    assert (got, data["label"]) == (status, label)
