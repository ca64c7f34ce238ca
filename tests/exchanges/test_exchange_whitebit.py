"""WhiteBIT: each stage of signing by our own vector of the facts page, and every shape of the two answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.exchanges import whitebit
from keylint.exchanges.exchange import Answer, Credentials, Error, Listing, Step, Steps
from keylint.exchanges.refusal import refusal
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

FACTS = facts_of("whitebit")
NOW_MS = 1_700_000_000_000
LIST, ADDRESSES = "/api/v4/sub-account/api-key/list", "/api/v4/sub-account/api-key/ip-address/list"
GIVEN = Credentials({"api_key": Secret("demo-key"), "api_secret": Secret("keylint-demo-secret")})
SUB = "8e667b4a-0b71-4988-8af5-9474dbfaeb51"
ROW = {
    "subAccountId": SUB,
    "id": "a1b2c3d4-0000-4000-8000-000000000001",
    "title": "bot",
    "isEnabled": True,
    "apiKey": "EXAMPLE",
    "apiSecret": "",
    "type": 1,
    "lastActivity": 1_767_000_000,
    "restrictAccess": True,
    "accessEndpoints": [{"name": "/api/v4/order/new", "title": "New order"}],
}
KEY = LiveKey(
    ("type.1",),
    ip_restricted=True,
    ip_allowlist=("127.10.10.255", "192.168.1.1"),
    last_used=datetime.fromtimestamp(1_767_000_000, UTC),
    label="bot",
    key_id="EXAMPLE",
    account_id=SUB,
)


def test_stages_follow_our_own_vector() -> None:
    """Not an official one: the exchange publishes none."""
    text = '{"id":1,"request":"/api/v4/sub-account/api-key/list","nonce":1700000000000}'
    encoded = "eyJpZCI6MSwicmVxdWVzdCI6Ii9hcGkvdjQvc3ViLWFjY291bnQvYXBpLWtleS9saXN0Iiwibm9uY2UiOjE3MDAwMDAwMDAwMDB9"
    assert whitebit.payload(text) == encoded
    assert whitebit.signature(encoded, "keylint-demo-secret") == (
        "9fbb61e74575343f915fcf7606818c208cd74f9b1974ea4d8b0a729ccd6f8a25"
        "4525d522237d6f7d22400500ff230631668a5b8776aad2a2538b95d0299ac68b"
    )


def test_body_is_sent_as_it_was_signed() -> None:
    request = whitebit.sign("POST", LIST, GIVEN, NOW_MS, {"limit": 1})
    assert request.body == f'{{"limit":1,"request":"{LIST}","nonce":{NOW_MS},"nonceWindow":true}}'.encode()
    encoded = whitebit.payload(request.body.decode())
    assert (request.method, request.path, request.query) == ("POST", LIST, "")
    assert request.headers == {
        "X-TXC-APIKEY": "demo-key",
        "X-TXC-PAYLOAD": encoded,
        "X-TXC-SIGNATURE": whitebit.signature(encoded, "keylint-demo-secret"),
        "Content-Type": "application/json",
    }


def test_secret_must_be_there() -> None:
    with pytest.raises(Refusal) as caught:
        whitebit.sign("POST", LIST, Credentials({"api_key": Secret("k")}), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


def asked(step: Step) -> dict[str, Any]:
    """Return what a call asks, without what every call says."""
    assert step.sign
    path = {"list": LIST, "list-addresses": ADDRESSES}[step.use]
    said = json.loads(step.sign("POST", path, GIVEN, NOW_MS).body)
    assert (said.pop("request"), said.pop("nonce"), said.pop("nonceWindow")) == (path, NOW_MS, True)
    return dict(said)


def walk(answer: Callable[[str, dict[str, Any]], Any], most: int = 200) -> tuple[list[Any], Any]:
    """Take a whole listing with a function that answers; return the calls and the data."""
    steps: Steps = whitebit.listing(GIVEN, NOW_MS)
    calls: list[Any] = []
    told: Any = None
    while len(calls) < most:
        try:
            step = steps.send(told)
        except StopIteration as end:
            return calls, end.value
        calls.append((step.use, asked(step)))
        told = answer(*calls[-1])
    pytest.fail("it does not end")


def page(*rows: Any) -> dict[str, Any]:
    return {"limit": 100, "offset": 0, "data": list(rows)}


def listed(row: Any, addresses: Any = ("127.10.10.255", "192.168.1.1")) -> LiveKey:
    assert FACTS
    told = {"list": page(row), "list-addresses": {"data": list(addresses) if addresses is not None else None}}
    (key,) = whitebit.read_listing(walk(lambda use, _: told[use])[1], FACTS)
    return key


def test_keys_are_listed_and_then_the_addresses_of_each() -> None:
    assert FACTS
    assert isinstance(whitebit, Listing)
    second = {**ROW, "id": "two", "apiKey": "SECOND", "type": 2}
    told = {ROW["id"]: ["127.10.10.255", "192.168.1.1"], "two": []}
    calls, data = walk(lambda use, said: page(ROW, second) if use == "list" else {"data": told[said["apiKeyId"]]})
    assert calls == [
        ("list", {"limit": 100}),
        ("list-addresses", {"apiKeyId": ROW["id"]}),
        ("list-addresses", {"apiKeyId": "two"}),
    ]
    assert whitebit.read_listing(data, FACTS) == (
        KEY,
        KEY._replace(rights=("type.2",), ip_restricted=False, ip_allowlist=(), key_id="SECOND"),
    )


def test_secret_is_dropped_at_the_door() -> None:
    """The field is documented to be empty; nothing keeps it if it is not."""
    _, data = walk(lambda use, _: page({**ROW, "apiSecret": "canary"}) if use == "list" else {"data": []})
    assert "canary" not in str(data)


def test_more_keys_than_calls_are_refused_at_once() -> None:
    """A full page: more may follow, and so would a call for each key."""
    steps = whitebit.listing(GIVEN, NOW_MS)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(page(*([ROW] * 100)))
    assert (caught.value.reason, caught.value.message) == (
        Reason.UNSUPPORTED,
        "to list its keys takes more than 100 calls",
    )


def test_as_many_keys_as_calls_allow_are_listed() -> None:
    calls, data = walk(lambda use, _: page(*([ROW] * 99)) if use == "list" else {"data": []})
    assert (len(calls), len(data)) == (100, 99)


@pytest.mark.parametrize(
    ("kind", "rights", "unmapped"),
    [
        (1, ("type.1",), ()),
        ("1", ("type.1",), ()),
        ("2", ("type.2",), ()),
        ("trade", (), ("trade",)),
        (3, (), ("3",)),
    ],
)
def test_type_is_a_number_or_a_text(kind: Any, rights: tuple[str, ...], unmapped: tuple[str, ...]) -> None:
    key = listed({**ROW, "type": kind})
    assert (key.rights, key.unmapped) == (rights, unmapped)


EXIT = "/api/v4/main-account/withdraw"


@pytest.mark.parametrize(
    ("kind", "endpoints", "unmapped"),
    [
        (1, ["/api/v4/order/new"], ()),
        (1, ["/api/v4/order/new", EXIT], (EXIT,)),
        (1, [EXIT, f"{EXIT}-pay", EXIT], (EXIT, f"{EXIT}-pay")),
        ("trade", [EXIT], ("trade", EXIT)),
        (2, [EXIT], ()),
        (1, [], ()),
        (1, None, ()),
    ],
)
def test_endpoint_that_lets_value_out_counts_whatever_the_type(
    kind: Any, endpoints: list[str] | None, unmapped: tuple[str, ...]
) -> None:
    """The list of endpoints is the finer permission model; a type alone would make such a key look harmless."""
    listed_endpoints = None if endpoints is None else [{"name": name, "title": "x"} for name in endpoints]
    assert listed({**ROW, "type": kind, "accessEndpoints": listed_endpoints}).unmapped == unmapped


@pytest.mark.parametrize(
    ("addresses", "restricted", "expected"),
    [
        (["192.0.2.1"], True, (True, ("192.0.2.1",))),
        (["192.0.2.1"], False, (UNKNOWN, ("192.0.2.1",))),
        (["192.0.2.1"], None, (UNKNOWN, ("192.0.2.1",))),
        ([], True, (False, ())),
        ([], False, (False, ())),
        (None, True, (UNKNOWN, UNKNOWN)),
    ],
)
def test_list_counts_for_sure_where_access_is_restricted(addresses: Any, restricted: Any, expected: Any) -> None:
    key = listed({**ROW, "restrictAccess": restricted}, addresses)
    assert (key.ip_restricted, key.ip_allowlist) == expected


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"lastActivity": 0}, "last_used", None),
        ({"lastActivity": None}, "last_used", UNKNOWN),
        ({"title": None}, "label", UNKNOWN),
        ({"apiKey": None}, "key_id", UNKNOWN),
        ({"subAccountId": None}, "account_id", UNKNOWN),
    ],
)
def test_other_shapes_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(listed({**ROW, **fields}), attribute) == expected


@pytest.mark.parametrize(
    ("row", "addresses"),
    [
        (7, []),
        ({**ROW, "id": None}, []),
        ({**ROW, "id": []}, []),
        ({**ROW, "type": None}, []),
        ({**ROW, "type": []}, []),
        ({**ROW, "type": True}, []),
        ({**ROW, "apiKey": 7}, []),
        ({**ROW, "title": []}, []),
        ({**ROW, "lastActivity": "soon"}, []),
        ({**ROW, "subAccountId": 7}, []),
        ({**ROW, "restrictAccess": []}, ["192.0.2.1"]),
        ({**ROW, "accessEndpoints": "all"}, []),
        ({**ROW, "accessEndpoints": [EXIT]}, []),
        ({**ROW, "accessEndpoints": [{"name": 7}]}, []),
        (ROW, [7]),
    ],
)
def test_answer_without_sense_is_refused(row: Any, addresses: Any) -> None:
    with pytest.raises(Refusal) as caught:
        listed(row, addresses)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("data", [None, [], {}, {"data": {}}, {"data": None}])
def test_list_without_sense_is_refused(data: Any) -> None:
    steps = whitebit.listing(GIVEN, NOW_MS)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(data)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("data", [None, {}, {"x": 1}])
def test_list_of_another_shape_is_refused(data: Any) -> None:
    assert FACTS
    with pytest.raises(Refusal) as caught:
        whitebit.read_listing(data, FACTS)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"code": 0, "message": "Too many requests.", "errors": []}, Error("Too many requests.", "Too many requests.")),
        ({"code": 10, "message": "Unauthorized request."}, Error("10", "Unauthorized request.")),
        ({"message": "Invalid payload"}, Error("Invalid payload", "Invalid payload")),
        ({"code": 1}, None),
        (page(ROW), None),
        ([], None),
        (None, None),
    ],
)
def test_error_is_told_by_a_code_or_by_words(data: Any, expected: Error | None) -> None:
    assert whitebit.error(Answer(422, {}, data)) == expected


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (0, "Too many requests.", Reason.RATE_LIMITED),
        (
            0,
            "This action is unauthorized. Enable your key in API settings",
            Reason.AMBIGUOUS_REFUSAL,
        ),
        (0, "You don't have permission to use this endpoint.", Reason.PERMISSION_DENIED),
        (0, "Unauthorized request.", Reason.BAD_SIGNATURE),
        (10, "Unauthorized request.", Reason.BAD_SIGNATURE),
        (4, "This API Key is not authorized to perform this action.", Reason.PERMISSION_DENIED),
        (0, "This API Key is not authorized to perform this action.", Reason.PERMISSION_DENIED),
        (0, "Invalid payload", Reason.BAD_ANSWER),
        (0, "Your nonce is more than 5 seconds lesser than the current nonce", Reason.CLOCK_SKEW),
        (0, "Payload not provided.", Reason.BAD_ANSWER),
        (0, "Nonce not provided.", Reason.BAD_ANSWER),
        (0, "Request not provided.", Reason.BAD_ANSWER),
        (0, "Invalid nonceWindow.", Reason.BAD_ANSWER),
        (0, "Validation failed", Reason.BAD_ANSWER),
    ],
)
def test_documented_refusal_has_its_reason(code: int, words: str, reason: Reason) -> None:
    assert FACTS
    answer = Answer(422, {}, {"code": code, "message": words, "errors": {}})
    refused = refusal(answer, whitebit.error(answer), FACTS, [])
    assert refused
    assert refused.reason is reason


def test_server_time_is_in_seconds() -> None:
    assert whitebit.server_time({"time": 1_631_451_591}) == 1_631_451_591_000
    unlike: list[Any] = [{}, [], {"time": "x"}, {"time": True}]
    for data in unlike:
        with pytest.raises(Refusal):
            whitebit.server_time(data)
