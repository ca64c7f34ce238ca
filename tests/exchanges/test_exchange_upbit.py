"""Upbit: tokens by an expectation of our own, as no vector with a secret is published, and every answer's shape."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.exchanges import adapter, upbit
from keylint.exchanges.exchange import Answer, Credentials, Error, Listing, Step
from keylint.exchanges.refusal import refusal
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret
from tests.exchanges.test_exchange_five import ANYTHING, state_of

FACTS = facts_of("upbit")
KEY_ID = "a7Xd92LmQW3vBtRzYpMj5CxNKeT1HuVs0fFgJcAw"
SECRET = "keylint-demo-secret"
ROW = {"access_key": KEY_ID, "expire_at": "2027-03-09T12:39:39+09:00"}
OTHER = {"access_key": "b" * 40, "expire_at": "2027-04-01T00:00:00+09:00"}
END = datetime(2027, 3, 9, 3, 39, 39, tzinfo=UTC)
GROUPS = ("자산조회", "주문조회", "주문하기", "입금조회", "입금하기", "출금조회", "출금하기", "자산이전", "포켓관리")


def credentials(**values: str) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()})


GIVEN = credentials(api_key=KEY_ID, api_secret=SECRET)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_token_is_signed_as_the_page_describes_it() -> None:
    """No vector with a secret is published: the signature is computed here by the standard library alone."""
    request = upbit.sign("GET", "/v1/api_keys", GIVEN, 0)
    assert (request.method, request.path, request.query, request.body) == ("GET", "/v1/api_keys", "", b"")
    assert list(request.headers) == ["Authorization"]
    scheme, _, token = request.headers["Authorization"].partition(" ")
    head, said, signature = token.split(".")
    fields = json.loads(decoded(said))
    assert (scheme, json.loads(decoded(head))) == ("Bearer", {"alg": "HS256", "typ": "JWT"})
    assert fields == {"access_key": KEY_ID, "nonce": str(UUID(fields["nonce"]))}
    assert decoded(signature) == hmac.new(SECRET.encode(), f"{head}.{said}".encode(), hashlib.sha256).digest()
    assert "=" not in token


def test_secret_is_used_as_it_is_written() -> None:
    """The page says that it is not base64, also where it looks so."""
    looks_so = base64.b64encode(b"secret").decode()
    token = upbit.sign("GET", "/x", credentials(api_key="k", api_secret=looks_so), 0).headers["Authorization"][7:]
    signed, _, signature = token.rpartition(".")
    assert decoded(signature) == hmac.new(looks_so.encode(), signed.encode(), hashlib.sha256).digest()


def test_each_request_has_a_nonce_of_its_own() -> None:
    made = {upbit.sign("GET", "/x", GIVEN, 0).headers["Authorization"] for _ in range(20)}
    assert len(made) == 20


def test_secret_must_be_there() -> None:
    with pytest.raises(Refusal) as caught:
        upbit.sign("GET", "/x", credentials(api_key="k"), 0)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


def told(data: Any) -> Any:
    steps = upbit.steps(GIVEN, 0)
    assert next(steps).use == "key"
    with pytest.raises(StopIteration) as ended:
        steps.send(data)
    return ended.value.value


def test_own_entry_is_chosen_among_all_keys_of_the_account() -> None:
    assert told([OTHER, ROW]) == ROW
    masked = {**ROW, "access_key": f"{KEY_ID[:6]}{'*' * 28}{KEY_ID[-6:]}"}
    assert told([masked, OTHER]) == masked


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "it is not a list"),
        ({}, "it is not a list"),
        ([7], "an entry of it is not an object"),
        ([], "this key is not in it"),
        ([OTHER], "this key is not in it"),
        ([{**ROW, "access_key": None}], "this key is not in it"),
        ([{**ROW, "access_key": 7}], "this key is not in it"),
        ([{**ROW, "access_key": f"{KEY_ID[:3]}***{KEY_ID[-4:]}"}], "this key is not in it"),
        ([{**ROW, "access_key": f"{KEY_ID[:8]}***"}] * 2, "2 of its keys may be this one"),
    ],
)
def test_answer_without_the_own_entry_is_refused(data: Any, message: str) -> None:
    steps = upbit.steps(GIVEN, 0)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(data)
    assert (caught.value.reason, caught.value.message) == (
        Reason.BAD_ANSWER,
        f"the answer makes no sense: {message}",
    )


def read(row: Any) -> LiveKey:
    assert FACTS
    return upbit.read(row, FACTS)


def test_end_is_read_and_of_rights_and_addresses_nothing_is_claimed() -> None:
    assert read(ROW) == LiveKey((), unreported=GROUPS, expires=END, key_id=KEY_ID)


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"expire_at": "2027-03-09T03:39:39Z"}, "expires", END),
        ({"expire_at": None}, "expires", UNKNOWN),
        ({"access_key": f"{KEY_ID[:8]}***"}, "key_id", UNKNOWN),
    ],
)
def test_other_shapes_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(read({**ROW, **fields}), attribute) == expected


@pytest.mark.parametrize(
    "row", [None, [], {**ROW, "expire_at": 7}, {**ROW, "expire_at": "soon"}, {**ROW, "access_key": 7}]
)
def test_answer_without_sense_is_refused(row: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(row)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"error": {"name": "jwt_verification", "message": "no"}}, Error("jwt_verification", "no")),
        ({"error": {"name": "out_of_scope"}}, Error("out_of_scope")),
        ({"error": {"name": 404, "message": None}}, Error("404")),
        ({"error": {"name": True}}, None),
        ({"error": "x"}, None),
        ({}, None),
        ([ROW], None),
        (None, None),
    ],
)
def test_refusal_has_a_name(data: Any, expected: Error | None) -> None:
    assert upbit.error(Answer(401, {}, data)) == expected


@pytest.mark.parametrize(
    ("name", "reason", "is_gone"),
    [
        ("invalid_access_key", Reason.BAD_CREDENTIALS, True),
        ("expired_access_key", Reason.BAD_CREDENTIALS, True),
        ("invalid_jwt", Reason.BAD_SIGNATURE, False),
        ("jwt_verification", Reason.BAD_SIGNATURE, False),
        ("invalid_query_payload", Reason.BAD_SIGNATURE, False),
        ("no_authorization_token", Reason.BAD_CREDENTIALS, False),
        ("nonce_used", Reason.CLOCK_SKEW, False),
        ("no_authorization_ip", Reason.IP_NOT_ALLOWED, False),
        ("no_authorization_i_p", Reason.IP_NOT_ALLOWED, False),
        ("out_of_scope", Reason.PERMISSION_DENIED, False),
        ("thirdparty_agreement_required", Reason.PERMISSION_DENIED, False),
        ("new_name", Reason.BAD_CREDENTIALS, False),
    ],
)
def test_documented_refusal_has_its_reason(name: str, reason: Reason, is_gone: bool) -> None:
    assert FACTS
    answer = Answer(401, {}, {"error": {"name": name, "message": "no"}})
    refused = refusal(answer, upbit.error(answer), FACTS, [SECRET])
    assert refused
    assert (refused.reason, refused.gone) == (reason, is_gone)


@pytest.mark.parametrize("status", [418, 429])
def test_too_many_requests_are_told_by_the_status(status: int) -> None:
    assert FACTS
    refused = refusal(Answer(status, {}, None), None, FACTS, [])
    assert refused
    assert refused.reason is Reason.RATE_LIMITED


POCKET = "9ca023a5-851b-4fec-9f0a-48cd83c2eaae"
LISTED = {
    "access_key": KEY_ID,
    "permissions": ["view_account", "make_orders", "withdraw", "deposit", "transfer", "manage_pockets", "fly"],
    "allowed_ips": ["203.0.113.10"],
    "created_at": "2026-05-28T15:17:51+09:00",
    "expired_at": "2027-03-09T12:39:39+09:00",
    "secret_key": "canary",
}


def listed(data: Any) -> tuple[Any, tuple[LiveKey, ...]]:
    assert FACTS
    steps = upbit.listing(GIVEN, 0)
    assert next(steps) == Step("list")
    try:
        steps.send(data)
    except StopIteration as end:
        kept = end.value
    return kept, upbit.read_listing(kept, FACTS)


def test_list_of_pockets_names_rights_and_addresses() -> None:
    assert isinstance(upbit, Listing)
    data, keys = listed([{"uuid": POCKET, "keys": [LISTED]}, {"uuid": "other", "keys": []}])
    assert "canary" not in repr(data)
    assert keys == (
        LiveKey(
            ("자산조회", "주문하기", "출금하기", "입금하기", "자산이전", "포켓관리"),
            unmapped=("fly",),
            ip_restricted=True,
            ip_allowlist=("203.0.113.10",),
            created=datetime(2026, 5, 28, 6, 17, 51, tzinfo=UTC),
            expires=END,
            key_id=KEY_ID,
            account_id=POCKET,
        ),
    )


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        [7],
        [{"uuid": POCKET}],
        [{"uuid": POCKET, "keys": []}],
        [{"keys": [7]}],
        [{"keys": [{**LISTED, "permissions": None}]}],
        [{"keys": [{**LISTED, "permissions": "withdraw"}]}],
        [{"keys": [{**LISTED, "allowed_ips": [7]}]}],
        [{"keys": [{**LISTED, "created_at": 7}]}],
        [{"keys": [{**LISTED, "expired_at": "soon"}]}],
        [{"keys": [{**LISTED, "access_key": 7}]}],
        [{"uuid": 7, "keys": [LISTED]}],
    ],
)
def test_list_of_pockets_without_sense_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        listed(data)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_there_is_no_time_call() -> None:
    assert FACTS
    assert not [call for call in FACTS.calls if call.use == "time"]
    with pytest.raises(Refusal):
        upbit.server_time({"time": 1})


@pytest.mark.parametrize("name", ["upbit", "bithumb"])
@given(data=ANYTHING, fields=st.dictionaries(st.sampled_from(["access_key", "expire_at", "x"]), ANYTHING))
def test_whatever_comes_is_a_state_or_a_bad_answer(name: str, data: Any, fields: dict[str, Any]) -> None:
    exchange, facts = adapter(name), facts_of(name)
    assert facts
    for row in (data, {**ROW, **fields}):
        live = state_of(partial(exchange.read, row, facts))
        assert isinstance(live, LiveKey | None)
        assert live is None or live.rights == live.unmapped == ()
        assert state_of(partial(upbit.own, [row], KEY_ID)) in (None, row)
        assert isinstance(exchange.error(Answer(401, {}, row)), Error | None)
