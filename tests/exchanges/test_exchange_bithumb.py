"""Bithumb: tokens by our own vector of the facts page, because none is published, and every shape of an answer."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from keylint.exchanges import bithumb
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.exchanges.refusal import refusal
from keylint.exchanges.signing import hmac_token
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import LiveKey
from keylint.model.secret import Secret

FACTS = facts_of("bithumb")
NOW_MS = 1_700_000_000_000
NONCE = "6f5570df-d8bc-4daf-85b4-976733feb624"
KEY_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69"
SECRET = "keylint-demo-secret"
ROW = {"access_key": KEY_ID, "expire_at": "2027-06-11T09:00:00+09:00"}
GIVEN = Credentials({"api_key": Secret(KEY_ID), "api_secret": Secret(SECRET)})


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_token_follows_our_own_vector() -> None:
    """Not an official one: the exchange publishes none."""
    said = bithumb.claims("demo-access", NONCE, NOW_MS)
    assert said == {"access_key": "demo-access", "nonce": NONCE, "timestamp": NOW_MS}
    head, payload, signature = hmac_token(said, SECRET).split(".")
    assert decoded(head) == b'{"alg":"HS256","typ":"JWT"}'
    assert decoded(payload) == f'{{"access_key":"demo-access","nonce":"{NONCE}","timestamp":{NOW_MS}}}'.encode()
    assert signature == "YaUZxU7jZ0nBF4Wl9qMYqlE-SaPX_dBwAjUO6aAdvzI"


def test_request_carries_the_time_and_a_nonce_of_its_own() -> None:
    made = [bithumb.sign("GET", "/v1/api_keys", GIVEN, NOW_MS) for _ in range(20)]
    said = [json.loads(decoded(request.headers["Authorization"].split(".")[1])) for request in made]
    assert {entry["timestamp"] for entry in said} == {NOW_MS}
    assert len({UUID(entry["nonce"]) for entry in said}) == 20
    assert {(request.method, request.path, request.query, request.body) for request in made} == {
        ("GET", "/v1/api_keys", "", b"")
    }


def test_secret_must_be_there() -> None:
    with pytest.raises(Refusal) as caught:
        bithumb.sign("GET", "/x", Credentials({"api_key": Secret("k")}), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


def test_own_entry_shows_its_end_and_nothing_else() -> None:
    assert FACTS
    steps = bithumb.steps(GIVEN, NOW_MS)
    assert next(steps).use == "key"
    with pytest.raises(StopIteration) as ended:
        steps.send([{**ROW, "access_key": "f" * 46}, ROW])
    assert bithumb.read(ended.value.value, FACTS) == LiveKey(
        (), expires=datetime(2027, 6, 11, tzinfo=UTC), key_id=KEY_ID
    )


def test_richer_answer_of_some_summaries_adds_nothing() -> None:
    """The official example has two fields; what else is said to stand there is not relied on."""
    assert FACTS
    rich = {**ROW, "name": "bot", "permissions": ["withdraw"], "ips": ["203.0.113.1"]}
    assert bithumb.read(rich, FACTS) == bithumb.read(ROW, FACTS)


@pytest.mark.parametrize("data", [None, {}, [], [7], [{**ROW, "access_key": "f" * 46}]])
def test_answer_without_the_own_entry_is_refused(data: Any) -> None:
    steps = bithumb.steps(GIVEN, NOW_MS)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(data)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"error": {"name": "NotAllowIP", "message": "no"}}, Error("NotAllowIP", "no")),
        ({"status": "5300", "message": "Invalid Apikey"}, Error("5300", "Invalid Apikey")),
        (
            {"status": "5600", "message": "Method Not Allowed.(Access IP) 192.0.2.1"},
            Error("Method Not Allowed.(Access IP)", "Method Not Allowed.(Access IP) 192.0.2.1"),
        ),
        ({"status": "0000"}, None),
        ({"status": 1}, None),
        ([ROW], None),
        (None, None),
    ],
)
def test_refusal_has_the_forms_of_both_versions(data: Any, expected: Error | None) -> None:
    assert bithumb.error(Answer(400, {}, data)) == expected


@pytest.mark.parametrize(
    ("status", "name", "reason", "is_gone"),
    [
        (401, "invalid_access_key", Reason.BAD_CREDENTIALS, True),
        (401, "jwt_verification", Reason.AMBIGUOUS_REFUSAL, False),
        (401, "expired_jwt", Reason.CLOCK_SKEW, False),
        (401, "invalid_query_payload", Reason.BAD_SIGNATURE, False),
        (401, "NotAllowIP", Reason.IP_NOT_ALLOWED, False),
        (401, "out_of_scope", Reason.PERMISSION_DENIED, False),
        (403, "blocked_member_id", Reason.PERMISSION_DENIED, False),
    ],
)
def test_documented_refusal_has_its_reason(status: int, name: str, reason: Reason, is_gone: bool) -> None:
    assert FACTS
    answer = Answer(status, {}, {"error": {"name": name, "message": "no"}})
    refused = refusal(answer, bithumb.error(answer), FACTS, [SECRET])
    assert refused
    assert (refused.reason, refused.gone) == (reason, is_gone)


@pytest.mark.parametrize(
    ("status", "words", "reason", "is_gone"),
    [
        ("5100", "Bad Request.(Auth Data)", Reason.BAD_CREDENTIALS, False),
        ("5300", "Invalid Apikey", Reason.BAD_CREDENTIALS, True),
        ("5600", "something", Reason.AMBIGUOUS_REFUSAL, False),
        ("5600", "Method Not Allowed.(Access IP)", Reason.IP_NOT_ALLOWED, False),
    ],
)
def test_refusal_of_the_older_api_has_its_reason(status: str, words: str, reason: Reason, is_gone: bool) -> None:
    assert FACTS
    answer = Answer(200, {}, {"status": status, "message": words})
    refused = refusal(answer, bithumb.error(answer), FACTS, [SECRET])
    assert refused
    assert (refused.reason, refused.gone) == (reason, is_gone)


def test_there_is_no_time_call() -> None:
    assert FACTS
    assert not [call for call in FACTS.calls if call.use == "time"]
    with pytest.raises(Refusal):
        bithumb.server_time({"time": 1})
