"""MEXC: each stage of signing by the published vectors, and every shape of an answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.exchanges import mexc
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

SECRET = "45d0b3c26f2644f19bfb98b07741b2f5"
NOW_MS = 1_790_000_000_000
FACTS = facts_of("mexc")


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        pytest.param(
            "",
            "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=11&recvWindow=5000&timestamp=1644489390087",
            "fd3e4e8543c5188531eb7279d68ae7d26a573d0fc5ab0d18eb692451654d837a",
            id="official-body",
        ),
        pytest.param(
            "symbol=BTCUSDT&side=BUY&type=LIMIT",
            "quantity=1&price=11&recvWindow=5000&timestamp=1644489390087",
            "d1a676610ceb39174c8039b3f548357994b2a34139a8addd33baadba65684592",
            id="official-mixed",
        ),
    ],
)
def test_signature_follows_the_vector(query: str, body: str, expected: str) -> None:
    assert mexc.signature(query, body, SECRET) == expected


def test_request_names_the_key_and_ends_with_the_signature_of_what_stands_before() -> None:
    given = Credentials({"api_key": Secret("mx0a+b"), "api_secret": Secret(SECRET)})
    request = mexc.sign("GET", "/api/v3/apiKeyInfo", given, 1_644_489_390_087)
    signed, _, signature = request.query.rpartition("&signature=")
    assert signed == mexc.payload({"accessKey": "mx0a+b"}, 1_644_489_390_087)
    assert signed == "accessKey=mx0a%2Bb&recvWindow=5000&timestamp=1644489390087"
    assert signature == mexc.signature(signed, "", SECRET) == signature.lower()
    assert (request.headers, request.body) == ({"X-MEXC-APIKEY": "mx0a+b"}, b"")


def test_secret_that_is_missing_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        mexc.sign("GET", "/x", Credentials({"api_key": Secret("k")}), 1)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


@pytest.mark.parametrize(
    ("status", "data", "expected"),
    [
        (400, {"code": 10072, "msg": "Api key info invalid"}, Error("10072", "Api key info invalid")),
        (400, {"code": "700002", "msg": "no"}, Error("700002", "no")),
        (400, {"code": 401, "message": "no authority"}, Error("401", "no authority")),
        (200, {"code": 700006, "msg": "IP [1.2.3.4]"}, Error("700006", "IP [1.2.3.4]")),
        (200, {"code": 200, "msg": "ok"}, None),
        (200, {"code": 0, "msg": ""}, None),
        (400, {"code": 0, "msg": ""}, Error("0", "")),
        (400, {"code": 10072}, None),
        (400, {"code": True, "msg": ""}, None),
        (400, {"code": None, "msg": ""}, None),
        (400, {"msg": "no"}, None),
        (200, {"permissions": ""}, None),
        (400, [], None),
        (400, None, None),
    ],
)
def test_error_is_code_and_message(status: int, data: Any, expected: Error | None) -> None:
    assert mexc.error(Answer(status, {}, data)) == expected


WHOLE = {
    "note": "bot",
    "accessKey": "mx0EXAMPLEexample1",
    "createTime": "2026-09-14T18:53:36.000+00:00",
    "permissions": "SPOT_ACCOUNT_READ,SPOT_DEAL_READ,SPOT_DEAL_WRITE",
    "remainingValidity": 82,
    "ipWhiteList": "",
    "status": "VALID",
}
CREATED = datetime(2026, 9, 14, 18, 53, 36, tzinfo=UTC)


def read(data: Any, now_ms: Any = NOW_MS) -> LiveKey:
    assert FACTS
    return mexc.read({"key": data, "now_ms": now_ms}, FACTS)


def test_answer_is_read() -> None:
    assert read(WHOLE) == LiveKey(
        rights=("SPOT_ACCOUNT_READ", "SPOT_DEAL_READ", "SPOT_DEAL_WRITE"),
        ip_restricted=False,
        ip_allowlist=(),
        created=CREATED,
        expires=datetime.fromtimestamp(NOW_MS / 1000 + 82 * 86_400, UTC),
        label="bot",
        key_id="mx0EXAMPLEexample1",
    )


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"ipWhiteList": "203.0.113.1, 203.0.113.2"}, "ip_allowlist", ("203.0.113.1", "203.0.113.2")),
        ({"ipWhiteList": ["203.0.113.1"]}, "ip_restricted", True),
        ({"ipWhiteList": [""]}, "ip_restricted", False),
        ({"ipWhiteList": None}, "ip_restricted", UNKNOWN),
        ({"permissions": ["SPOT_DEAL_WRITE"]}, "rights", ("SPOT_DEAL_WRITE",)),
        ({"permissions": "read_only"}, "rights", ("read_only",)),
        ({"permissions": ""}, "rights", ()),
        ({"permissions": "EARN_WRITE"}, "unmapped", ("EARN_WRITE",)),
        ({"canTrade": True, "canWithdraw": True}, "unmapped", ()),
        ({"createTime": 1_789_412_016_000}, "created", datetime.fromtimestamp(1_789_412_016, UTC)),
        ({"createTime": "1789412016000"}, "created", datetime.fromtimestamp(1_789_412_016, UTC)),
        ({"createTime": "2026-09-14T20:53:36+02:00"}, "created", CREATED),
        ({"createTime": None}, "created", UNKNOWN),
        ({"remainingValidity": "82"}, "expires", datetime.fromtimestamp(NOW_MS / 1000 + 82 * 86_400, UTC)),
        ({"remainingValidity": 0}, "expires", datetime.fromtimestamp(NOW_MS / 1000, UTC)),
        ({"remainingValidity": -1}, "expires", UNKNOWN),
        ({"remainingValidity": None}, "expires", UNKNOWN),
        ({"note": None}, "label", UNKNOWN),
        ({"accessKey": None}, "key_id", UNKNOWN),
    ],
)
def test_other_shapes_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(read({**WHOLE, **fields}), attribute) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"permissions": None},
        {"permissions": 7},
        {"permissions": [1]},
        {"ipWhiteList": 7},
        {"createTime": "yesterday"},
        {"createTime": {}},
        {"createTime": True},
        {"remainingValidity": "soon"},
        {"remainingValidity": 1.5},
        {"remainingValidity": True},
        {"remainingValidity": 10**12},
        {"note": 7},
        {"accessKey": []},
    ],
)
def test_wrong_types_are_a_bad_answer(fields: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        read({**WHOLE, **fields})
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("data", [None, [], "x", {}])
def test_answer_of_another_shape_is_refused(data: Any) -> None:
    with pytest.raises(Refusal):
        read(data)
    assert FACTS
    with pytest.raises(Refusal):
        mexc.read(data, FACTS)


def test_server_time_is_a_number() -> None:
    assert mexc.server_time({"serverTime": NOW_MS}) == NOW_MS
    unlike: list[Any] = [{}, [], {"serverTime": "x"}, {"serverTime": True}]
    for data in unlike:
        with pytest.raises(Refusal):
            mexc.server_time(data)
