"""The simulated Kraken, asked over real sockets."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox

Start = Callable[..., Sandbox]
Ask = Callable[..., tuple[int, dict[str, str], bytes]]
Told = Callable[[Sandbox, str], Any]

KEY = "Ab1/CdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQr"
SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
PATH = "/0/private/GetApiKeyInfo"
FORM = "application/x-www-form-urlencoded"


def sign(path: str, nonce: str, body: str) -> str:
    digest = hashlib.sha256((nonce + body).encode()).digest()
    return base64.b64encode(hmac.digest(base64.b64decode(SECRET), path.encode() + digest, "sha512")).decode()


@pytest.fixture
def judge(ask: Ask) -> Callable[..., Any]:
    """Asks for the key's description, correctly signed unless told otherwise; returns the errors or the result."""

    def judge(sandbox: Sandbox, nonce: str, body: str | None = None, target: str = PATH, **headers: str) -> Any:
        body = f"nonce={nonce}" if body is None else body
        sent = {"API-Key": KEY, "API-Sign": sign(PATH, nonce, body), "Content-Type": FORM}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        status, _, answer = ask(sandbox.base_urls["kraken"], "POST", target, sent, body.encode("latin-1"))
        assert status == 200
        data = json.loads(answer)
        return data["error"] or data["result"]

    return judge


Judge = Callable[..., Any]


def test_the_tests_sign_as_published() -> None:
    body = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    assert sign("/0/private/AddOrder", "1616492376594", body) == (
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    )


def test_own_vector_gets_the_whole_answer(start: Start, told: Told) -> None:
    sandbox = start(
        kraken={
            "ip_allowlist": ["203.0.113.7", "198.51.100.0/24"],
            "created": "2026-03-03T13:01:40Z",
            "expires": "2027-01-01",
            "nonce_window": 10,
            "last_used": "2026-08-29T12:00:01Z",
        }
    )
    assert told(sandbox, "kraken") == {
        "error": [],
        "result": {
            "apiKeyName": "grid-bot",
            "apiKey": KEY,
            "nonce": "1616492376594",
            "nonceWindow": 10,
            "permissions": ["query-funds", "modify-trades"],
            "iban": "AA12 B3C4 D5E6 F7G8",
            "validUntil": "1798761600",
            "queryFrom": "0",
            "queryTo": "0",
            "createdTime": "1772542900",
            "modifiedTime": "1772542900",
            "ipAllowlist": ["203.0.113.7", "198.51.100.0/24"],
            "lastUsed": "1788004801",
        },
    }


def test_what_is_not_set_is_zero_null_or_empty(start: Start, told: Told) -> None:
    result = told(start(), "kraken")["result"]
    assert [result[name] for name in ("validUntil", "nonceWindow", "ipAllowlist", "lastUsed")] == ["0", 0, [], None]


def test_fields_can_be_left_out(start: Start, told: Told) -> None:
    assert "lastUsed" not in told(start(kraken={"omit": ["lastUsed"]}), "kraken")["result"]


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({"API_Key": ""}, "EAPI:Invalid key"),
        ({"API_Key": KEY[::-1]}, "EAPI:Invalid key"),
        ({"API_Key": KEY[:-1]}, "EAPI:Invalid key"),
        ({"API_Sign": ""}, "EAPI:Invalid signature"),
        ({"API_Sign": "\xff"}, "EAPI:Invalid signature"),
        ({"API_Sign": sign(PATH, "8", "nonce=7")}, "EAPI:Invalid signature"),
        ({"API_Sign": sign("/0/private/Balance", "7", "nonce=7")}, "EAPI:Invalid signature"),
        ({"API_Sign": sign(PATH, "7", "nonce=7").lower()}, "EAPI:Invalid signature"),
        ({"Content_Type": "text/plain"}, "EGeneral:Invalid arguments"),
    ],
)
def test_bad_request_is_refused_and_uses_no_nonce(
    start: Start, judge: Judge, headers: dict[str, str], error: str
) -> None:
    sandbox = start()
    assert judge(sandbox, "7", **headers) == [error]
    assert judge(sandbox, "7")["nonce"] == "7"
    assert [record.outcome for record in sandbox.requests] == [error, "ok"]


@pytest.mark.parametrize(
    ("nonce", "body", "error"),
    [
        ("", "", "EAPI:Invalid nonce"),
        ("x", "nonce=x", "EAPI:Invalid nonce"),
        ("-1", "nonce=-1", "EAPI:Invalid nonce"),
        ("1.5", "nonce=1.5", "EAPI:Invalid nonce"),
        (str(2**64), f"nonce={2**64}", "EAPI:Invalid nonce"),
        ("7", "nonce=7&nonce=7", "EGeneral:Invalid arguments"),
        ("7", "nonce", "EGeneral:Invalid arguments"),
        ("7", "nonce=\xff", "EGeneral:Invalid arguments"),
    ],
)
def test_bad_body_is_refused(start: Start, judge: Judge, nonce: str, body: str, error: str) -> None:
    assert judge(start(), nonce, body) == [error]


def test_query_beside_the_body_is_refused(start: Start, judge: Judge) -> None:
    assert judge(start(), "7", target=f"{PATH}?nonce=7") == ["EGeneral:Invalid arguments"]


@pytest.mark.parametrize(
    ("body", "accepted"), [('{"nonce": 7}', True), ('{"nonce": "7"}', True), ("[7]", False), ("[" * 100_000, False)]
)
def test_json_body_is_read_too(start: Start, judge: Judge, body: str, accepted: bool) -> None:
    got = judge(start(), "7", body, Content_Type="application/json; charset=utf-8")
    assert got == ["EGeneral:Invalid arguments"] or (accepted and got["nonce"] == "7")
    assert accepted == isinstance(got, dict)


@pytest.mark.parametrize(
    ("window", "nonces", "accepted"),
    [
        (0, [10, 10, 9, 11], [True, False, False, True]),
        (0, [2**64 - 1, 1], [True, False]),
        (3, [10, 7, 7, 6, 9, 14, 10, 11, 11], [True, True, False, False, True, True, False, True, False]),
    ],
)
def test_nonce_must_rise(start: Start, judge: Judge, window: int, nonces: list[int], accepted: list[bool]) -> None:
    sandbox = start(kraken={"nonce_window": window})
    answers = [judge(sandbox, str(nonce)) for nonce in nonces]
    assert [isinstance(answer, dict) for answer in answers] == accepted
    assert all(answer == ["EAPI:Invalid nonce"] for answer in answers if isinstance(answer, list))


def test_nonce_must_lie_above_the_last_one_of_the_file(start: Start, judge: Judge) -> None:
    sandbox = start(kraken={"last_nonce": 100})
    assert judge(sandbox, "100") == ["EAPI:Invalid nonce"]
    assert judge(sandbox, "101")["nonce"] == "101"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"expires": "2017-07-12T02:41:59Z"}, "EAPI:Invalid key"),
        ({"ip_allowlist": ["198.51.100.0/24"], "client_address": "203.0.113.7"}, "EGeneral:Permission denied"),
        ({"otp": "123456"}, "EAPI:Invalid signature"),
    ],
)
def test_key_that_may_not_be_used_is_refused(start: Start, judge: Judge, changes: dict[str, Any], error: str) -> None:
    assert judge(start(kraken=changes), "7") == [error]


def test_one_time_password_is_accepted(start: Start, judge: Judge) -> None:
    assert judge(start(kraken={"otp": "123456"}), "7", "nonce=7&otp=123456")["nonce"] == "7"


def test_time_needs_no_key(start: Start, ask: Ask) -> None:
    status, _, body = ask(start().base_urls["kraken"], "GET", "/0/public/Time")
    assert (status, json.loads(body)) == (
        200,
        {"error": [], "result": {"unixtime": 1499827319, "rfc1123": "Wed, 12 Jul 17 02:41:59 +0000"}},
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PATH, 200),
        ("POST", "/0/private/AddOrder", 200),
        ("GET", "/0/public/SystemStatus", 200),
        ("GET", "/derivatives/api/v3/accounts", 404),
    ],
)
def test_any_other_call_is_forbidden_and_recorded(start: Start, ask: Ask, method: str, path: str, status: int) -> None:
    sandbox = start()
    got, _, body = ask(sandbox.base_urls["kraken"], method, path, {"API-Key": KEY})
    assert (got, json.loads(body)) == (status, {"error": ["EGeneral:Unknown method"]})
    (record,) = sandbox.forbidden
    assert (record.exchange, record.method, record.path, record.key) == ("kraken", method, path, "OpQr")
