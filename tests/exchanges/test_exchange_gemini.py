"""Gemini: the vector of the exchange's documentation, the order of its nonces, and every shape of an answer."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from keylint.exchanges import gemini
from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_700_000_000_999
FOUND = facts_of("gemini")
assert FOUND
FACTS = FOUND
PATH = "/v1/roles"
KEY = "account-0123456789abcdefABCD"


def credentials(key_id: str = KEY) -> Credentials:
    return Credentials({"api_key": Secret(key_id), "api_secret": Secret("keylint-demo-secret")})


def test_published_vector() -> None:
    """The example of the documentation's «Private API invocation», as it stood there for years."""
    encoded = (
        "ewogICAgInJlcXVlc3QiOiAiL3YxL29yZGVyL3N0YXR1cyIsCiAgICAibm9uY2Ui"
        "OiAxMjM0NTYsCgogICAgIm9yZGVyX2lkIjogMTg4MzQKfQo="
    )
    expected = "337cc8b4ea692cfe65b4a85fcc9f042b2e3f702ac956fd098d600ab15705775017beae402be773ceee10719ff70d710f"
    assert gemini.signature(encoded, "1234abcd") == expected


def test_stages_follow_our_own_vector() -> None:
    text = gemini.body(PATH, 1_700_000_000)
    assert text == '{"request":"/v1/roles","nonce":1700000000}'
    assert gemini.payload(text) == "eyJyZXF1ZXN0IjoiL3YxL3JvbGVzIiwibm9uY2UiOjE3MDAwMDAwMDB9"
    expected = "157624c772e1623029d281cc713614943139622eeb0c2057f415d1eb41ecbda9c617103a5099863a9977e3de3503cabd"
    assert gemini.signature(gemini.payload(text), "keylint-demo-secret") == expected


def nonce(request: Request) -> int:
    """Check the signature of a request, whose body is empty, and return its nonce."""
    headers = dict(request.headers)
    encoded = headers.pop("X-GEMINI-PAYLOAD")
    signed = hmac.new(b"keylint-demo-secret", encoded.encode(), hashlib.sha384).hexdigest()
    assert headers.pop("X-GEMINI-SIGNATURE") == signed
    assert headers == {"X-GEMINI-APIKEY": KEY, "Content-Type": "text/plain", "Cache-Control": "no-cache"}
    assert (request.method, request.path, request.query, request.body) == ("POST", PATH, "", b"")
    asked = json.loads(base64.b64decode(encoded, validate=True))
    assert set(asked) == {"request", "nonce"}
    assert asked["request"] == PATH
    return int(asked["nonce"])


@pytest.mark.parametrize(
    ("make", "expected"),
    [(gemini.sign, 1_700_000_000), (gemini.ahead, 1_700_000_060), (gemini.fine, NOW_MS)],
)
def test_request_is_signed_in_its_headers(make: Any, expected: int) -> None:
    assert nonce(make("POST", PATH, credentials(), NOW_MS)) == expected


def test_missing_secret_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        gemini.sign("POST", PATH, Credentials({"api_key": Secret(KEY)}), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


ROLES = {"isAuditor": False, "isFundManager": False, "isTrader": True}
SMALL = Error("InvalidNonce", "Nonce '1700000000' has not increased since your last call to the Gemini API.")
LATE = Error("InvalidNonce", "Nonce '1700000000' is not within 30 seconds of server time '1700003600'")


def taken(*told: Any) -> tuple[list[int], list[Step], Any]:
    """Answer the calls of an inspection; return their nonces, the calls and the data."""
    steps = gemini.steps(credentials(), NOW_MS)
    calls = [next(steps), *(steps.send(data) for data in told[:-1])]
    with pytest.raises(StopIteration) as caught:
        steps.send(told[-1])
    nonces = [nonce((call.sign or gemini.sign)("POST", PATH, credentials(), NOW_MS)) for call in calls]
    return nonces, calls, caught.value.value


@pytest.mark.parametrize(
    ("told", "nonces"),
    [
        ([ROLES], [1_700_000_000]),
        ([SMALL, ROLES], [1_700_000_000, 1_700_000_060]),
        ([SMALL, SMALL, ROLES], [1_700_000_000, 1_700_000_060, NOW_MS]),
        ([LATE, ROLES], [1_700_000_000, 1_700_003_600]),
    ],
)
def test_nonce_is_the_smallest_that_the_key_takes(told: list[Any], nonces: list[int]) -> None:
    found, calls, data = taken(*told)
    assert (found, data) == (nonces, {"roles": ROLES, "of_account": True})
    # A refusal that another nonce cannot mend is one.
    assert [call.accepts for call in calls[:-1]] == [("InvalidNonce",)] * (len(calls) - 1)
    assert all(call.use == "key" for call in calls)
    if len(calls) == 3 or LATE in told:
        assert calls[-1].accepts == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"result": "error", "reason": "InvalidSignature", "message": "InvalidSignature"},
            Error("InvalidSignature", "InvalidSignature"),
        ),
        ({"result": "error", "reason": "MissingRole", "message": None}, Error("MissingRole")),
        ({"result": "error", "reason": 7}, None),
        ({"result": "error"}, None),
        ({"result": "ok", "reason": "x"}, None),
        (ROLES, None),
        ([], None),
        (None, None),
    ],
)
def test_error_is_a_word(data: Any, expected: Error | None) -> None:
    assert gemini.error(Answer(400, {}, data)) == expected


def read(roles: Any, *, of_account: Any = True) -> LiveKey:
    return gemini.read({"roles": roles, "of_account": of_account}, FACTS)


def test_answer_is_read() -> None:
    assert read(ROLES) == LiveKey(rights=("isTrader",))


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"isFundManager": True}, "rights", ("isTrader", "isFundManager")),
        ({"isTrader": False, "isAuditor": True}, "rights", ("isAuditor",)),
        ({"isTrader": False}, "rights", ()),
        ({"isTrader": "true", "isAuditor": "false"}, "rights", ("isTrader",)),
        ({"isTrader": 1, "isAuditor": 0}, "rights", ("isTrader",)),
        ({"isFundManager": None}, "unreported", ("isFundManager",)),
        ({"isAccountAdmin": True}, "unmapped", ("isAccountAdmin",)),
        ({"isAccountAdmin": "true"}, "unmapped", ("isAccountAdmin",)),
        ({"isAccountAdmin": False}, "unmapped", ()),
        ({"canWithdraw": True}, "unmapped", ("canWithdraw",)),
        ({"counterparty_id": "EMONNYXI"}, "unmapped", ()),
        ({"counterparty_id": None}, "unmapped", ()),
    ],
)
def test_other_shapes_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(read({**ROLES, **fields}), attribute) == expected


@pytest.mark.parametrize("key_id", ["master-0123456789abcdefABCD", "wujB3szN54gtJ4QDhqRJ"])
def test_key_that_may_be_one_of_the_group_may_have_the_role_that_is_never_named(key_id: str) -> None:
    steps = gemini.steps(credentials(key_id), NOW_MS)
    next(steps)
    with pytest.raises(StopIteration) as caught:
        steps.send(ROLES)
    assert gemini.read(caught.value.value, FACTS).unreported == ("Administrator",)


def test_addresses_and_times_are_never_told() -> None:
    live = read(ROLES)
    assert (live.ip_restricted, live.ip_allowlist, live.created, live.expires) == (UNKNOWN,) * 4


@pytest.mark.parametrize(
    "roles",
    [
        None,
        [],
        ["Trader"],
        "Trader",
        {},
        {"result": "ok"},
        {**ROLES, "isTrader": 2},
        {**ROLES, "isTrader": "Trader"},
        {**ROLES, "isAuditor": []},
    ],
)
def test_answer_without_sense_is_refused(roles: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(roles)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_there_is_no_time_call() -> None:
    assert "time" not in {call.use for call in FACTS.calls}
    with pytest.raises(Refusal) as caught:
        gemini.server_time({"timestampms": 1})
    assert caught.value.reason is Reason.BAD_ANSWER
