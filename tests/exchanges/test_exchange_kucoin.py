"""KuCoin: signing by the vectors, and reading whatever comes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.exchanges import kucoin
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_547_015_186_532
SECRET = "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3"
PASSPHRASE = "Ab12345678)(*&^%$#@"
PATH = "/api/v1/user/api-key"
GIVEN = {"api_key": "66828780d4e5f60718293a4b", "api_secret": SECRET, "passphrase": PASSPHRASE}
# The example of the exchange's page.
EXAMPLE: dict[str, Any] = {
    "remark": "gridbot",
    "apiKey": "66828780d4e5f60718293a4b",
    "apiVersion": 3,
    "permission": "General,Spot",
    "ipWhitelist": "203.0.113.7,203.0.113.8",
    "createdAt": 1719830400000,
    "uid": 100000001,
    "isMaster": True,
}
CREATED = datetime(2024, 7, 1, 10, 40, tzinfo=UTC)


def credentials(**values: str) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()})


def read(**fields: Any) -> LiveKey:
    facts = facts_of("kucoin")
    assert facts
    data = {name: value for name, value in {**EXAMPLE, **fields}.items() if value is not ...}
    return kucoin.read({"code": "200000", "data": data}, facts)


@pytest.mark.parametrize(
    ("method", "endpoint", "body", "expected"),
    [
        pytest.param(
            "POST",
            "/api/v1/deposit-addresses",
            '{"currency":"BTC"}',
            "7QP/oM0ykidMdrfNEUmng8eZjg/ZvPafjIqmxiVfYu4=",
            id="official",
        ),
        pytest.param("GET", PATH, "", "pmU7prytKlTtZ5ufMjF8cnJrVBcrxBY2soFXmQbfIW4=", id="own"),
    ],
)
def test_signature_follows_the_vector(method: str, endpoint: str, body: str, expected: str) -> None:
    text = kucoin.payload(NOW_MS, method, endpoint, body)
    assert text == f"1547015186532{method}{endpoint}{body}"
    assert kucoin.signature(text, SECRET) == expected


def test_passphrase_is_signed() -> None:
    assert kucoin.signed_passphrase(PASSPHRASE, SECRET) == "F2p2bNS1bBehHvC/Z4YkB7l1Wd0Pq2iV/oLHM/DyE+I="


def test_request_carries_what_was_signed_and_no_passphrase() -> None:
    request = kucoin.sign("GET", PATH, credentials(**GIVEN), NOW_MS)
    assert (request.method, request.path, request.query, request.body) == ("GET", PATH, "", b"")
    assert request.headers == {
        "KC-API-KEY": GIVEN["api_key"],
        "KC-API-SIGN": "pmU7prytKlTtZ5ufMjF8cnJrVBcrxBY2soFXmQbfIW4=",
        "KC-API-TIMESTAMP": "1547015186532",
        "KC-API-PASSPHRASE": "F2p2bNS1bBehHvC/Z4YkB7l1Wd0Pq2iV/oLHM/DyE+I=",
        "KC-API-KEY-VERSION": "2",
    }


@pytest.mark.parametrize("name", ["api_key", "api_secret", "passphrase"])
@pytest.mark.parametrize("value", ["", None])
def test_missing_credential_is_named(name: str, value: str | None) -> None:
    given = {**GIVEN, name: value}
    with pytest.raises(Refusal) as caught:
        kucoin.sign("GET", PATH, credentials(**{key: text for key, text in given.items() if text is not None}), NOW_MS)
    assert (caught.value.reason, caught.value.message, caught.value.hint) == (
        Reason.NO_CREDENTIALS,
        f"`{name}` is missing",
        f"add `{name}:` under `credentials`",
    )


def test_example_is_read_whole() -> None:
    assert read() == LiveKey(
        rights=("General", "Spot"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.7", "203.0.113.8"),
        created=CREATED,
        label="gridbot",
        key_id="66828780d4e5f60718293a4b",
        account_id="100000001",
    )


def test_key_of_the_broker_programme_is_read_whole() -> None:
    facts = facts_of("kucoin")
    assert facts
    data = {
        "uid": "100000002",
        "label": "client-a",
        "apiKey": "66828780d4e5f60718293a4c",
        "apiVersion": 3,
        "permissions": ["General", "Spot"],
        "ipWhitelist": ["203.0.113.7"],
        "createdAt": 1719830400000,
    }
    assert kucoin.read({"code": "200000", "data": data}, facts) == LiveKey(
        rights=("General", "Spot"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.7",),
        created=CREATED,
        label="client-a",
        key_id="66828780d4e5f60718293a4c",
        account_id="100000002",
    )


@pytest.mark.parametrize(
    ("permission", "rights", "unmapped"),
    [
        ("General", ("General",), ()),
        ("Spot, General ,Spot", ("Spot", "General"), ()),
        ("General,Transfer,InnerTransfer", ("General", "Transfer", "InnerTransfer"), ()),
        ("General,Withdrawal,FlexTransfers", ("General", "Transfer", "InnerTransfer"), ()),
        ("General,Transfer,Withdrawal", ("General", "Transfer"), ()),
        ("General,LeadtradeFutures,Unified", ("General",), ("LeadtradeFutures", "Unified")),
        ("general", (), ("general",)),
        ("General,Trade", ("General", "Trade"), ()),
        ("", (), ()),
    ],
)
def test_rights_are_a_set_in_any_order(permission: str, rights: tuple[str, ...], unmapped: tuple[str, ...]) -> None:
    live = read(permission=permission)
    assert (live.rights, live.unmapped, live.unreported) == (rights, unmapped, ())


@pytest.mark.parametrize(
    ("value", "restricted", "listed"),
    [
        (..., False, ()),
        (None, False, ()),
        ("", False, ()),
        ([], False, ()),
        ([""], False, ()),
        ("203.0.113.7", True, ("203.0.113.7",)),
        ("203.0.113.7, 203.0.113.8", True, ("203.0.113.7", "203.0.113.8")),
        ("203.**.154", True, UNKNOWN),
        ("203.0.113.7,198.**.7", True, UNKNOWN),
    ],
)
def test_address_list_may_be_missing_empty_or_masked(value: object, restricted: object, listed: object) -> None:
    live = read(ipWhitelist=value)
    assert (live.ip_restricted, live.ip_allowlist) == (restricted, listed)


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"createdAt": "1719830400000"}, "created", CREATED),
        ({"createdAt": 0}, "created", None),
        ({"createdAt": None}, "created", UNKNOWN),
        ({"createdAt": ...}, "created", UNKNOWN),
        ({"uid": "7"}, "account_id", "7"),
        ({"uid": None}, "account_id", UNKNOWN),
        ({"remark": None}, "label", UNKNOWN),
        ({"remark": ""}, "label", ""),
        ({"remark": None, "label": "x"}, "label", "x"),
        ({"apiKey": ...}, "key_id", UNKNOWN),
        ({}, "expires", UNKNOWN),
        ({}, "last_used", UNKNOWN),
    ],
)
def test_other_fields(fields: dict[str, object], name: str, expected: object) -> None:
    assert getattr(read(**fields), name) == expected


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("permission", None, "it holds no permission"),
        ("permission", ..., "it holds no permission"),
        ("permission", {"Spot": True}, "permission is not a list of texts"),
        ("permission", [7], "permission is not a list of texts"),
        ("permission", True, "permission is not a list of texts"),
        ("ipWhitelist", 7, "ipWhitelist is not a list of texts"),
        ("createdAt", "soon", "createdAt is not a time"),
        ("createdAt", -1, "createdAt is not a time"),
        ("createdAt", {}, "createdAt is not a time"),
        ("remark", [], "remark is not a text"),
        ("apiKey", 7, "apiKey is not a text"),
        ("uid", [], "uid is not a text"),
    ],
)
def test_wrong_type_is_named_and_its_value_is_not_shown(field: str, value: object, what: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(**{field: value})
    assert (caught.value.reason, caught.value.message) == (Reason.BAD_ANSWER, f"the answer makes no sense: {what}")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ([], "it is not an object"),
        ({}, "data is not an object"),
        ({"data": []}, "data is not an object"),
        ({"data": [EXAMPLE]}, "data is not an object"),
        ({"data": {}}, "it holds no permission"),
    ],
)
def test_answer_of_another_shape_is_refused(data: object, what: str) -> None:
    facts = facts_of("kucoin")
    assert facts
    with pytest.raises(Refusal) as caught:
        kucoin.read(data, facts)
    assert caught.value.message == f"the answer makes no sense: {what}"


WAIT = {"gw-ratelimit-reset": "1500"}


@pytest.mark.parametrize(
    ("data", "headers", "expected"),
    [
        ({"code": "200000", "data": {}}, WAIT, None),
        ({"code": 200000, "data": {}}, WAIT, None),
        ({"code": "400003", "msg": "KC-API-KEY not exists"}, WAIT, Error("400003", "KC-API-KEY not exists")),
        ({"code": "429000", "msg": "Too many requests"}, {}, Error("429000", "Too many requests")),
        ({"code": "429000", "msg": "x"}, WAIT, Error("429000", "x", wait_ms=1500)),
        ({"code": "429000", "msg": "x"}, {"gw-ratelimit-reset": "-1"}, Error("429000", "x")),
        ({"code": "429000", "msg": "x"}, {"gw-ratelimit-reset": "9" * 12}, Error("429000", "x")),
        ({"code": 400001}, {}, Error("400001", "")),
        ({"code": False}, {}, None),
        ({"code": {}}, {}, None),
        ({"data": {}}, {}, None),
        ([], {}, None),
        (None, {}, None),
    ],
)
def test_error_is_the_code(data: object, headers: dict[str, str], expected: Error | None) -> None:
    assert kucoin.error(Answer(401, headers, data)) == expected


@pytest.mark.parametrize("value", ["1719830400123", 1719830400123])
def test_server_time_is_in_milliseconds(value: object) -> None:
    assert kucoin.server_time({"code": "200000", "data": value}) == 1719830400123


@pytest.mark.parametrize("data", [None, {}, {"data": None}, {"data": {}}, {"data": "soon"}, {"data": True}])
def test_server_time_of_another_shape_is_refused(data: object) -> None:
    with pytest.raises(Refusal) as caught:
        kucoin.server_time(data)
    assert caught.value.reason is Reason.BAD_ANSWER
