"""BitMEX: the published vectors of «API Keys Usage», and every shape of an answer."""

import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.exchanges import bitmex
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_518_064_236_999
FOUND = facts_of("bitmex")
assert FOUND
FACTS = FOUND

# The pair and the requests of www.bitmex.com/app/apiKeysUsage.
KEY = "LAqUlngMIQkIUjXMUreyu3qn"
SECRET = "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"
GIVEN = Credentials({"api_key": Secret(KEY), "api_secret": Secret(SECRET)})
ORDER = '{"symbol":"XBTM15","price":219.0,"clOrdID":"mm_bitmex_1a/oemUeQ4CAJZgP3fjHsA","orderQty":98}'


@pytest.mark.parametrize(
    ("method", "path", "expires", "body", "expected"),
    [
        (
            "GET",
            "/api/v1/instrument",
            1_518_064_236,
            "",
            "c7682d435d0cfe87c16098df34ef2eb5a549d4c5a3c2b1f0f77b8af73423bf00",
        ),
        (
            "GET",
            "/api/v1/instrument?filter=%7B%22symbol%22%3A+%22XBTM15%22%7D",
            1_518_064_237,
            "",
            "e2f422547eecb5b3cb29ade2127e21b858b235b386bfa45e1c1756eb3383919f",
        ),
        (
            "POST",
            "/api/v1/order",
            1_518_064_238,
            ORDER,
            "1749cd2ccae4aa49048ae09f0b95110cee706e0944e6a14ad0b3a8cb45bd336b",
        ),
    ],
)
def test_published_vectors(method: str, path: str, expires: int, body: str, expected: str) -> None:
    assert bitmex.signature(bitmex.payload(method, path, expires, body), SECRET) == expected


def test_request_carries_its_end_in_seconds_and_nothing_in_the_query() -> None:
    request = bitmex.sign("GET", "/api/v1/apiKey", GIVEN, NOW_MS)
    signed = hmac.new(SECRET.encode(), b"GET/api/v1/apiKey1518064296", hashlib.sha256).hexdigest()
    assert request.headers == {"api-key": KEY, "api-expires": "1518064296", "api-signature": signed}
    assert (request.query, request.body) == ("", b"")


def test_missing_secret_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        bitmex.sign("GET", "/x", Credentials({"api_key": Secret(KEY)}), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"error": {"message": "Signature not valid.", "name": "HTTPError"}},
            Error("Signature not valid.", "Signature not valid."),
        ),
        (
            {"error": {"message": "This request has expired - `expires` is in the past. Current time: 1516534870"}},
            Error(
                "This request has expired - `expires` is in the past.",
                "This request has expired - `expires` is in the past. Current time: 1516534870",
            ),
        ),
        ({"error": "Forbidden"}, Error("Forbidden", "Forbidden")),
        ({"error": {"message": ""}}, None),
        ({"error": {"message": 7}}, None),
        ({"error": {}}, None),
        ({"error": None}, None),
        ([], None),
        ([{"error": {"message": "x"}}], None),
        (None, None),
    ],
)
def test_error_is_the_first_sentence(data: Any, expected: Error | None) -> None:
    assert bitmex.error(Answer(401, {}, data)) == expected


ROW = {
    "id": KEY,
    "secret": "never-to-be-kept",
    "name": "bot",
    "nonce": 0,
    "cidr": "203.0.113.10/32",
    "cidrs": ["203.0.113.10/32", "198.51.100.0/24"],
    "permissions": ["order"],
    "enabled": True,
    "userId": 12_345,
    "created": "2026-01-02T03:04:05.678Z",
}


def test_entry_is_read() -> None:
    assert bitmex.read(ROW, FACTS) == LiveKey(
        rights=("order",),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10/32", "198.51.100.0/24"),
        created=datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC),
        label="bot",
        key_id=KEY,
        account_id="12345",
    )


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"permissions": []}, "rights", ()),
        ({"permissions": ""}, "rights", ()),
        ({"permissions": "order,withdraw"}, "rights", ("order", "withdraw")),
        ({"permissions": ["withdraw", "orderCancel", "withdraw"]}, "rights", ("withdraw", "orderCancel")),
        ({"permissions": ["order", "subTransfer"]}, "unmapped", ("subTransfer",)),
        ({"cidrs": []}, "ip_allowlist", ("203.0.113.10/32",)),
        ({"cidrs": None}, "ip_allowlist", ("203.0.113.10/32",)),
        ({"cidrs": [], "cidr": "0.0.0.0/0"}, "ip_allowlist", ()),
        ({"cidrs": [], "cidr": "0.0.0.0/0"}, "ip_restricted", False),
        ({"cidrs": ["0.0.0.0/0", "203.0.113.10/32"]}, "ip_restricted", False),
        ({"cidrs": ["203.0.113.10/32"], "cidr": "0.0.0.0/0"}, "ip_allowlist", ("203.0.113.10/32",)),
        ({"cidrs": [], "cidr": ""}, "ip_allowlist", ()),
        ({"cidrs": [], "cidr": None}, "ip_restricted", False),
        ({"cidrs": None, "cidr": ""}, "ip_restricted", False),
        ({"cidrs": None, "cidr": None}, "ip_restricted", UNKNOWN),
        ({"cidrs": None, "cidr": None}, "ip_allowlist", UNKNOWN),
        ({"created": None}, "created", UNKNOWN),
        ({"created": "2026-01-02T03:04:05+00:00"}, "created", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ({"name": ""}, "label", ""),
        ({"name": None}, "label", UNKNOWN),
        ({"userId": "12345"}, "account_id", "12345"),
        ({"userId": None}, "account_id", UNKNOWN),
        ({"targetAccountId": 7}, "account_id", "7"),
        ({"targetAccountId": None}, "account_id", "12345"),
    ],
)
def test_other_shapes_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(bitmex.read({**ROW, **fields}, FACTS), attribute) == expected


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        {**ROW, "permissions": None},
        {**ROW, "permissions": 7},
        {**ROW, "permissions": [{"name": "order"}]},
        {**ROW, "cidrs": "203.0.113.10/32"},
        {**ROW, "cidrs": [7]},
        {**ROW, "cidrs": [], "cidr": 7},
        {**ROW, "created": 7},
        {**ROW, "created": "soon"},
        {**ROW, "name": 7},
        {**ROW, "id": 7},
        {**ROW, "userId": True},
        {**ROW, "targetAccountId": []},
    ],
)
def test_entry_without_sense_is_refused(row: Any) -> None:
    with pytest.raises(Refusal) as caught:
        bitmex.read(row, FACTS)
    assert caught.value.reason is Reason.BAD_ANSWER


def ended(steps: Any, data: Any) -> Any:
    """Answer the one call of an inspection or a listing; return what it kept."""
    assert next(steps).use == "key"
    with pytest.raises(StopIteration) as caught:
        steps.send(data)
    return caught.value.value


def test_own_entry_is_kept_without_what_is_no_fact() -> None:
    other = {**ROW, "id": "another", "permissions": ["withdraw"]}
    assert ended(bitmex.steps(GIVEN, NOW_MS), [other, ROW]) == {
        name: value for name, value in ROW.items() if name not in ("secret", "nonce", "enabled")
    }


@pytest.mark.parametrize("data", [None, {}, [], [7], [{}], [{**ROW, "id": None}], [{**ROW, "id": "another"}]])
def test_answer_without_the_own_entry_is_refused(data: Any) -> None:
    steps = bitmex.steps(GIVEN, NOW_MS)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(data)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_listing_returns_every_key_and_no_secret() -> None:
    other = {**ROW, "id": "another", "permissions": ["withdraw"], "enabled": False}
    data = ended(bitmex.listing(GIVEN, NOW_MS), [ROW, other])
    assert "never-to-be-kept" not in repr(data)
    keys = bitmex.read_listing(data, FACTS)
    assert [(key.key_id, key.rights, key.account_id) for key in keys] == [
        (KEY, ("order",), "12345"),
        ("another", ("withdraw",), "12345"),
    ]


@pytest.mark.parametrize("data", [None, {}, [7], [{**ROW, "id": None}], [{**ROW, "permissions": None}]])
def test_listing_without_sense_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        bitmex.read_listing(data, FACTS)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_there_is_no_time_call() -> None:
    assert "time" not in {call.use for call in FACTS.calls}
    with pytest.raises(Refusal) as caught:
        bitmex.server_time({"timestamp": 1})
    assert caught.value.reason is Reason.BAD_ANSWER
