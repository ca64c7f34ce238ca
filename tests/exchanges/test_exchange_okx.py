"""OKX: signing by the vectors, and reading whatever comes."""

from typing import Any

import pytest

from keylint.exchanges import okx
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_607_418_537_715
SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
PATH = "/api/v5/account/config"
GIVEN = {"api_key": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "api_secret": SECRET, "passphrase": "Pass phrase1!"}
# The example of the exchange's page, with what concerns a key.
EXAMPLE: dict[str, Any] = {
    "uid": "500000000000000001",
    "mainUid": "500000000000000001",
    "type": "0",
    "label": "gridbot",
    "ip": "203.0.113.7,203.0.113.8",
    "perm": "read_only,trade",
    "kycLv": "2",
    "acctLv": "2",
    "autoLoan": False,
    "roleType": "0",
    "traderInsts": [],
    "opAuth": "0",
    "enableSpotBorrow": False,
    "settleCcyList": ["USDT", "USDC"],
}


def credentials(**values: str) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()})


def read(**fields: Any) -> LiveKey:
    facts = facts_of("okx")
    assert facts
    data = {name: value for name, value in {**EXAMPLE, **fields}.items() if value is not ...}
    return okx.read({"code": "0", "msg": "", "data": [data]}, facts)


@pytest.mark.parametrize(
    ("now_ms", "expected"),
    [
        (NOW_MS, "2020-12-08T09:08:57.715Z"),
        (1_607_418_537_000, "2020-12-08T09:08:57.000Z"),
        (1_607_418_537_005, "2020-12-08T09:08:57.005Z"),
        (1_607_418_537_999, "2020-12-08T09:08:57.999Z"),
    ],
)
def test_timestamp_has_three_digits_of_milliseconds(now_ms: int, expected: str) -> None:
    assert okx.timestamp(now_ms) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (PATH, "Kr/8IrbDYujS4cg2KkmB+tO2HMUXxyayG6ZwNb4H/yA="),
        ("/api/v5/users/subaccount/apikey?subAcct=desk1", "Ta21K7IPxlpqgTXLCOA/y/O5YApXsumyqOF8EScAkxs="),
    ],
)
def test_signature_follows_our_own_vector(target: str, expected: str) -> None:
    text = okx.payload(okx.timestamp(NOW_MS), "GET", target)
    assert text == f"2020-12-08T09:08:57.715ZGET{target}"
    assert okx.signature(text, SECRET) == expected


def test_body_is_signed_behind_the_path() -> None:
    assert okx.payload("t", "POST", "/p", '{"a":1}') == 'tPOST/p{"a":1}'


def test_request_carries_what_was_signed() -> None:
    request = okx.sign("GET", PATH, credentials(**GIVEN), NOW_MS)
    assert (request.method, request.path, request.query, request.body) == ("GET", PATH, "", b"")
    assert request.headers == {
        "OK-ACCESS-KEY": GIVEN["api_key"],
        "OK-ACCESS-SIGN": "Kr/8IrbDYujS4cg2KkmB+tO2HMUXxyayG6ZwNb4H/yA=",
        "OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z",
        "OK-ACCESS-PASSPHRASE": "Pass phrase1!",
    }


@pytest.mark.parametrize("name", ["api_key", "api_secret", "passphrase"])
@pytest.mark.parametrize("value", ["", None])
def test_missing_credential_is_named(name: str, value: str | None) -> None:
    given = {**GIVEN, name: value}
    with pytest.raises(Refusal) as caught:
        okx.sign("GET", PATH, credentials(**{key: text for key, text in given.items() if text is not None}), NOW_MS)
    assert (caught.value.reason, caught.value.message, caught.value.hint) == (
        Reason.NO_CREDENTIALS,
        f"`{name}` is missing",
        f"add `{name}:` under `credentials`",
    )


def test_example_is_read_whole() -> None:
    assert read() == LiveKey(
        rights=("read_only", "trade"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.7", "203.0.113.8"),
        label="gridbot",
        account_id="500000000000000001",
    )


@pytest.mark.parametrize(
    ("perm", "rights", "unmapped"),
    [
        ("read_only", ("read_only",), ()),
        ("read_only,withdraw,trade", ("read_only", "withdraw", "trade"), ()),
        ("trade, read_only ,trade", ("trade", "read_only"), ()),
        (["read_only", "trade"], ("read_only", "trade"), ()),
        ("read_only,earn_only", ("read_only",), ("earn_only",)),
        ("READ_ONLY", (), ("READ_ONLY",)),
        ("", (), ()),
    ],
)
def test_rights_are_a_set_in_any_order(perm: object, rights: tuple[str, ...], unmapped: tuple[str, ...]) -> None:
    live = read(perm=perm)
    assert (live.rights, live.unmapped, live.unreported) == (rights, unmapped, ())


@pytest.mark.parametrize(
    ("value", "restricted", "listed"),
    [
        ("", False, ()),
        ([], False, ()),
        ("203.0.113.7", True, ("203.0.113.7",)),
        ("203.0.113.0/24, 2001:db8::1", True, ("203.0.113.0/24", "2001:db8::1")),
        (["203.0.113.7", "203.0.113.8"], True, ("203.0.113.7", "203.0.113.8")),
        (None, UNKNOWN, UNKNOWN),
        (..., UNKNOWN, UNKNOWN),
    ],
)
def test_address_list(value: object, restricted: object, listed: object) -> None:
    live = read(ip=value)
    assert (live.ip_restricted, live.ip_allowlist) == (restricted, listed)


def test_what_is_not_told_is_unknown() -> None:
    live = read(label=None, uid=...)
    assert (live.label, live.account_id) == (UNKNOWN, UNKNOWN)
    assert live.unknown == ("created", "expires")
    assert read(uid=5).account_id == "5"


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("perm", None, "it holds no perm"),
        ("perm", ..., "it holds no perm"),
        ("perm", {"trade": True}, "perm is not a list of texts"),
        ("perm", [True], "perm is not a list of texts"),
        ("perm", 1, "perm is not a list of texts"),
        ("ip", 7, "ip is not a list of texts"),
        ("label", [], "label is not a text"),
        ("uid", {}, "uid is not a text"),
        ("uid", False, "uid is not a text"),
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
        ({}, "data is not a list of one"),
        ({"data": []}, "data is not a list of one"),
        ({"data": [{}, {}]}, "data is not a list of one"),
        ({"data": {"perm": "trade"}}, "data is not a list of one"),
        ({"data": ["x"]}, "data[0] is not an object"),
    ],
)
def test_answer_of_another_shape_is_refused(data: object, what: str) -> None:
    facts = facts_of("okx")
    assert facts
    with pytest.raises(Refusal) as caught:
        okx.read(data, facts)
    assert caught.value.message == f"the answer makes no sense: {what}"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"code": "0", "msg": "", "data": []}, None),
        ({"code": 0, "msg": ""}, None),
        ({"code": "50119", "msg": "API key doesn't exist"}, Error("50119", "API key doesn't exist")),
        ({"code": 50119, "msg": None}, Error("50119", "")),
        ({"code": True, "msg": ""}, None),
        ({"code": None}, None),
        ({"data": []}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_is_the_code(data: object, expected: Error | None) -> None:
    assert okx.error(Answer(401, {}, data)) == expected


@pytest.mark.parametrize("value", ["1597026383085", 1597026383085])
def test_server_time_is_in_milliseconds(value: object) -> None:
    assert okx.server_time({"code": "0", "msg": "", "data": [{"ts": value}]}) == 1597026383085


@pytest.mark.parametrize("data", [None, {}, {"data": []}, {"data": [{}]}, {"data": [{"ts": "soon"}]}, {"data": [7]}])
def test_server_time_of_another_shape_is_refused(data: object) -> None:
    with pytest.raises(Refusal) as caught:
        okx.server_time(data)
    assert caught.value.reason is Reason.BAD_ANSWER
