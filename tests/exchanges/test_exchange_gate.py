"""Gate: signing by the vectors, finding a key in the list, and reading whatever comes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.exchanges import gate
from keylint.exchanges.exchange import Answer, Credentials, Error, Step
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

SECONDS = 1_541_993_715
NO_BODY = (
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
)
PATH = "/api/v4/account/main_keys"
KEY = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
# The example of the exchange's page.
EXAMPLE: dict[str, Any] = {
    "state": 1,
    "mode": 1,
    "name": "bot-eu",
    "user_id": 10001,
    "perms": [{"name": "spot", "read_only": False}, {"name": "account", "read_only": True}],
    "ip_whitelist": ["203.0.113.10"],
    "currency_pairs": [],
    "key": "0a1b2c3d4e5f*****",
    "created_at": 1753030929,
    "update_at": 1756300567,
    "last_access": 1767000000,
}
CREATED = datetime(2025, 7, 20, 17, 2, 9, tzinfo=UTC)
SILENT = ("withdrawal.read_write",)


def credentials(**values: str) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()})


def entry(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in {**EXAMPLE, **fields}.items() if value is not ...}


def read(**fields: Any) -> LiveKey:
    facts = facts_of("gate")
    assert facts
    return gate.read(entry(**fields), facts)


@pytest.mark.parametrize(
    ("method", "query", "body", "expected"),
    [
        (
            "GET",
            "contract=BTC_USD&status=finished&limit=50",
            b"",
            (
                "55f84ea195d6fe57ce62464daaa7c3c02fa9d1dde954e4c898289c9a2407a3d6"
                "fb3faf24deff16790d726b66ac9f74526668b13bd01029199cc4fcc522418b8a"
            ),
        ),
        (
            "POST",
            "",
            b'{"contract":"BTC_USD","type":"limit","size":100,"price":6800,"time_in_force":"gtc"}',
            (
                "eae42da914a590ddf727473aff25fc87d50b64783941061f47a3fdb92742541f"
                "c4c2c14017581b4199a1418d54471c269c03a38d788d802e2c306c37636389f0"
            ),
        ),
    ],
)
def test_signature_follows_the_official_vectors(method: str, query: str, body: bytes, expected: str) -> None:
    text = gate.payload(method, "/api/v4/futures/orders", query, gate.digest(body), SECONDS)
    assert gate.signature(text, "secret") == expected


def test_text_that_is_signed_has_five_lines() -> None:
    assert gate.payload("GET", PATH, "", gate.digest(), SECONDS) == f"GET\n{PATH}\n\n{NO_BODY}\n1541993715"


def test_request_carries_what_was_signed_and_the_time_in_seconds() -> None:
    request = gate.sign("GET", PATH, credentials(api_key=KEY, api_secret="secret"), SECONDS * 1000 + 999)
    assert (request.method, request.path, request.query, request.body) == ("GET", PATH, "", b"")
    text = f"GET\n{PATH}\n\n{NO_BODY}\n1541993715"
    assert request.headers == {"KEY": KEY, "Timestamp": "1541993715", "SIGN": gate.signature(text, "secret")}


@pytest.mark.parametrize("values", [{}, {"api_secret": ""}])
def test_missing_secret_is_named(values: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        gate.sign("GET", PATH, credentials(api_key=KEY, **values), SECONDS * 1000)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


OTHER = {**EXAMPLE, "key": "ffffffffffff*****"}
UNNAMED = {**EXAMPLE, "key": {"mode": 1}}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([EXAMPLE], EXAMPLE),
        (EXAMPLE, EXAMPLE),
        ([OTHER, EXAMPLE], EXAMPLE),
        ([{**EXAMPLE, "key": KEY}, OTHER], {**EXAMPLE, "key": KEY}),
        ([{**EXAMPLE, "key": "0a1b2c3d4e5f60*"}, OTHER], {**EXAMPLE, "key": "0a1b2c3d4e5f60*"}),
        ([UNNAMED], UNNAMED),
        (UNNAMED, UNNAMED),
        ([UNNAMED, EXAMPLE], EXAMPLE),
    ],
)
def test_key_is_found_in_the_list(data: Any, expected: Mapping[str, Any]) -> None:
    assert gate.own(data, KEY) == expected
    steps = gate.steps(credentials(api_key=KEY), 0)
    assert next(steps) == Step("key")
    with pytest.raises(StopIteration) as ended:
        steps.send(data)
    assert ended.value.value == expected
    assert gate.USES == ("key",)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ([], "this key is not in it"),
        ([OTHER], "this key is not in it"),
        (OTHER, "this key is not in it"),
        ([EXAMPLE, EXAMPLE], "2 of its keys may be this one"),
        ([{**EXAMPLE, "key": KEY[:-1]}], "this key is not in it"),
        ([{**EXAMPLE, "key": "0a1b*****"}], "this key is not in it"),
        ([{**EXAMPLE, "key": "*****"}], "this key is not in it"),
        ([{**EXAMPLE, "key": ""}], "this key is not in it"),
        ([UNNAMED, UNNAMED], "this key is not in it"),
        ([EXAMPLE, 7], "a key of the list is not an object"),
        (None, "a key of the list is not an object"),
        ("x", "a key of the list is not an object"),
    ],
)
def test_key_that_is_not_found_or_not_alone_is_a_bad_answer(data: object, what: str) -> None:
    with pytest.raises(Refusal) as caught:
        gate.own(data, KEY)
    assert (caught.value.reason, caught.value.message) == (Reason.BAD_ANSWER, f"the answer makes no sense: {what}")


def test_example_is_read_whole() -> None:
    assert read() == LiveKey(
        rights=("spot.read_write", "account.read_only"),
        unreported=SILENT,
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        created=CREATED,
        last_used=datetime(2025, 12, 29, 9, 20, tzinfo=UTC),
        label="bot-eu",
        account_id="10001",
    )


@pytest.mark.parametrize(
    ("perms", "rights", "unmapped", "unreported"),
    [
        ([], (), (), SILENT),
        ([{"name": "withdrawal", "read_only": False}], ("withdrawal.read_write",), (), ()),
        ([{"name": "withdraw", "read_only": False}], ("withdrawal.read_write",), (), ()),
        ([{"name": "withdraw", "read_only": True}], ("withdrawal.read_only",), (), ()),
        ([{"name": "spot", "read_only": "true"}], ("spot.read_only",), (), SILENT),
        ([{"name": "spot", "read_only": 0}], ("spot.read_write",), (), SILENT),
        ([{"name": "spot", "read_only": None}], ("spot.read_write",), (), SILENT),
        ([{"name": "spot"}], ("spot.read_write",), (), SILENT),
        ([{"name": ["spot", "wallet"], "read_only": True}], ("spot.read_only", "wallet.read_only"), (), SILENT),
        ({"name": ["spot"], "read_only": False}, ("spot.read_write",), (), SILENT),
        ([{"name": "tradfi", "read_only": False}], (), ("tradfi.read_write",), SILENT),
        ([{"name": "tradfi", "read_only": True}], (), ("tradfi.read_only",), SILENT),
        (
            [{"name": "spot", "read_only": True}, {"name": "spot", "read_only": False}],
            ("spot.read_only", "spot.read_write"),
            (),
            SILENT,
        ),
    ],
)
def test_rights_are_areas_that_read_or_write(
    perms: object, rights: tuple[str, ...], unmapped: tuple[str, ...], unreported: tuple[str, ...]
) -> None:
    live = read(perms=perms)
    assert (live.rights, live.unmapped, live.unreported) == (rights, unmapped, unreported)


@pytest.mark.parametrize(
    ("value", "restricted", "listed"),
    [
        ([], False, ()),
        ("", False, ()),
        (["203.0.113.10", "203.0.113.11"], True, ("203.0.113.10", "203.0.113.11")),
        ("203.0.113.10,203.0.113.11", True, ("203.0.113.10", "203.0.113.11")),
        (None, UNKNOWN, UNKNOWN),
        (..., UNKNOWN, UNKNOWN),
    ],
)
def test_address_list(value: object, restricted: object, listed: object) -> None:
    live = read(ip_whitelist=value)
    assert (live.ip_restricted, live.ip_allowlist) == (restricted, listed)


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"created_at": "1753030929"}, "created", CREATED),
        ({"created_at": "2025-07-20T17:02:09Z"}, "created", CREATED),
        ({"created_at": "1970-01-01T00:00:00Z"}, "created", None),
        ({"created_at": 0}, "created", None),
        ({"created_at": ...}, "created", UNKNOWN),
        ({"last_access": "0"}, "last_used", None),
        ({"last_access": None}, "last_used", UNKNOWN),
        ({"name": None}, "label", UNKNOWN),
        ({"user_id": "10001"}, "account_id", "10001"),
        ({"key": KEY}, "key_id", KEY),
        ({"key": {"mode": 1}}, "key_id", UNKNOWN),
        ({"key": ...}, "key_id", UNKNOWN),
        ({}, "expires", UNKNOWN),
    ],
)
def test_other_fields(fields: dict[str, object], name: str, expected: object) -> None:
    assert getattr(read(**fields), name) == expected


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("perms", None, "it holds no perms"),
        ("perms", ..., "it holds no perms"),
        ("perms", "spot", "an entry of perms is not an object"),
        ("perms", ["spot"], "an entry of perms is not an object"),
        ("perms", [{"read_only": False}], "an entry of perms has no name"),
        ("perms", [{"name": 7}], "name is not a list of texts"),
        ("perms", [{"name": "spot", "read_only": "yes"}], "read_only is not true or false"),
        ("ip_whitelist", 7, "ip_whitelist is not a list of texts"),
        ("created_at", "soon", "created_at is not a time"),
        ("created_at", "not-a-time", "created_at is not a time"),
        ("last_access", -1, "last_access is not a time"),
        ("last_access", {}, "last_access is not a time"),
        ("name", 7, "name is not a text"),
        ("user_id", [], "user_id is not a text"),
        ("key", 7, "key is not a text"),
    ],
)
def test_wrong_type_is_named_and_its_value_is_not_shown(field: str, value: object, what: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(**{field: value})
    assert (caught.value.reason, caught.value.message) == (Reason.BAD_ANSWER, f"the answer makes no sense: {what}")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([EXAMPLE], None),
        (EXAMPLE, None),
        ({"label": "INVALID_KEY", "message": "Invalid key provided"}, Error("INVALID_KEY", "Invalid key provided")),
        ({"label": "FORBIDDEN", "detail": "no"}, Error("FORBIDDEN", "no")),
        ({"label": "FORBIDDEN", "message": None}, Error("FORBIDDEN", "")),
        ({"label": 7, "message": "x"}, None),
        ({"message": "x"}, None),
        (None, None),
    ],
)
def test_error_is_the_label(data: object, expected: Error | None) -> None:
    assert gate.error(Answer(401, {}, data)) == expected


@pytest.mark.parametrize("value", ["1719830400123", 1719830400123])
def test_server_time_is_in_milliseconds(value: object) -> None:
    assert gate.server_time({"server_time": value}) == 1719830400123


@pytest.mark.parametrize("data", [None, [], {}, {"server_time": None}, {"server_time": "soon"}, {"server_time": True}])
def test_server_time_of_another_shape_is_refused(data: object) -> None:
    with pytest.raises(Refusal) as caught:
        gate.server_time(data)
    assert caught.value.reason is Reason.BAD_ANSWER
