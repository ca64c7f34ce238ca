"""Kraken Futures: no vector is published, so expectations from the description; and every shape of an answer."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.exchanges import kraken_futures
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

FOUND = facts_of("kraken-futures")
assert FOUND
FACTS = FOUND
CHECK = "/api/auth/v1/api-keys/v3/check"
KEY = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrSt"
# That of the exchange's example for spot keys, which have the same form.
SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
GIVEN = Credentials({"api_key": Secret(KEY), "api_secret": Secret(SECRET)})


@pytest.mark.parametrize(
    ("nonce", "expected"),
    [
        ("", "KvTmnhSqbm47hRuaeW18jbWq3AtLpeBdt1QrUNpdvX7z1p06E4rBRJLmmoVaOaC43yq6G+qhczb2a7/chSCqfQ=="),
        ("1616492376594", "Bu3v5ecenzhqNL8TNcUUbXq7/6b2UOQnvcVZLd6VZryCRQUAw4FJR9x6svY7pfMh8z5TPmFdIsgCMotnrI/hzg=="),
    ],
)
def test_signature_follows_our_own_vectors(nonce: str, expected: str) -> None:
    hashed = kraken_futures.digest(CHECK, "", nonce)
    assert kraken_futures.signature(hashed, base64.b64decode(SECRET)) == expected


def test_what_is_sent_comes_first_and_trading_calls_lose_their_first_segment() -> None:
    """As the authentication page describes it: data, nonce, and the path without /derivatives."""
    expected = hashlib.sha256(b"symbol=PF_XBTUSD&limit=5" + b"42" + b"/api/v3/orderbook").digest()
    assert kraken_futures.digest("/derivatives/api/v3/orderbook", "symbol=PF_XBTUSD&limit=5", "42") == expected
    assert kraken_futures.digest(CHECK) == hashlib.sha256(CHECK.encode()).digest()


@pytest.mark.parametrize("now_ms", [0, 1_700_000_000_000])
def test_request_has_no_nonce_and_nothing_else_that_changes(now_ms: int) -> None:
    request = kraken_futures.sign("GET", CHECK, GIVEN, now_ms)
    raw = hmac.new(base64.b64decode(SECRET), hashlib.sha256(CHECK.encode()).digest(), hashlib.sha512).digest()
    assert request.headers == {"APIKey": KEY, "Authent": base64.b64encode(raw).decode()}
    assert (request.method, request.path, request.query, request.body) == ("GET", CHECK, "", b"")


@pytest.mark.parametrize(
    ("secret", "reason", "message"),
    [
        ("", Reason.NO_CREDENTIALS, "`api_secret` is missing"),
        ("not base64!", Reason.BAD_CREDENTIALS, "`api_secret` is not base64"),
    ],
)
def test_secret_that_cannot_sign_is_refused(secret: str, reason: Reason, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        kraken_futures.sign("GET", CHECK, Credentials({"api_key": Secret(KEY), "api_secret": Secret(secret)}), 0)
    assert (caught.value.reason, caught.value.message) == (reason, message)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"result": "error", "error": "authenticationError", "serverTime": "2026-01-01T00:00:00Z"},
            Error("authenticationError", "authenticationError"),
        ),
        (
            {"error": "UNAUTHORIZED", "message": "no such key", "suberror": "notFound"},
            Error("UNAUTHORIZED", "UNAUTHORIZED no such key notFound"),
        ),
        ({"error": "x", "message": None, "suberror": 7}, Error("x", "x")),
        ({"error": ""}, None),
        ({"error": None}, None),
        ({"error": 7}, None),
        ({"apiKey": KEY}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_is_a_word(data: Any, expected: Error | None) -> None:
    assert kraken_futures.error(Answer(401, {}, data)) == expected


FULL = {
    "apiKey": KEY,
    "accountUid": "11111111-2222-4333-8444-555555555555",
    "iiban": "AA12 B3C4 D5E6 F7G8",
    "createdAt": "2026-03-01T12:00:00.000Z",
    "permissions": {"general": "FULL_ACCESS", "transfer": "NO_ACCESS"},
    "allowedCidrBlock": None,
    "allowedCidrBlocks": ["203.0.113.7/32"],
}
TRANSFERS = ("transfer.READ_ONLY", "transfer.FULL_ACCESS")


def test_answer_is_read() -> None:
    assert kraken_futures.read(FULL, FACTS) == LiveKey(
        rights=("general.FULL_ACCESS",),
        ip_restricted=True,
        ip_allowlist=("203.0.113.7/32",),
        created=datetime(2026, 3, 1, 12, tzinfo=UTC),
        key_id=KEY,
        account_id="11111111-2222-4333-8444-555555555555",
    )


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        (
            {"permissions": {"general": "READ_ONLY", "transfer": "FULL_ACCESS"}},
            "rights",
            ("general.READ_ONLY", "transfer.FULL_ACCESS"),
        ),
        ({"permissions": {"general": "NO_ACCESS", "transfer": "NO_ACCESS"}}, "rights", ()),
        ({"permissions": {"general": "NO_ACCESS", "transfer": "NO_ACCESS"}}, "unmapped", ()),
        ({"permissions": {"general": "NO_ACCESS", "transfer": "NO_ACCESS"}}, "unreported", ()),
        ({"permissions": {"general": "READ_ONLY"}}, "unreported", TRANSFERS),
        ({"permissions": {"general": "READ_ONLY", "transfer": None}}, "unreported", TRANSFERS),
        (
            {"permissions": {"general": "TRADE_ONLY", "transfer": "NO_ACCESS"}},
            "unmapped",
            ("general.TRADE_ONLY",),
        ),
        (
            {"permissions": {"general": "READ_ONLY", "transfer": "NO_ACCESS", "staking": "FULL_ACCESS"}},
            "unmapped",
            ("staking.FULL_ACCESS",),
        ),
        (
            {"permissions": {"general": "READ_ONLY", "transfer": "NO_ACCESS", "staking": "NO_ACCESS"}},
            "unmapped",
            (),
        ),
        ({"allowedCidrBlocks": []}, "ip_restricted", False),
        ({"allowedCidrBlocks": []}, "ip_allowlist", ()),
        ({"allowedCidrBlocks": [], "allowedCidrBlock": "203.0.113.7/32"}, "ip_allowlist", ("203.0.113.7/32",)),
        ({"allowedCidrBlocks": None, "allowedCidrBlock": "203.0.113.7/32"}, "ip_allowlist", ("203.0.113.7/32",)),
        ({"allowedCidrBlock": "203.0.113.7/32"}, "ip_allowlist", ("203.0.113.7/32",)),
        (
            {"allowedCidrBlock": "198.51.100.0/24"},
            "ip_allowlist",
            ("203.0.113.7/32", "198.51.100.0/24"),
        ),
        ({"allowedCidrBlock": ""}, "ip_allowlist", ("203.0.113.7/32",)),
        ({"allowedCidrBlock": "0.0.0.0/0"}, "ip_restricted", False),
        ({"allowedCidrBlocks": ["::/0"]}, "ip_allowlist", ()),
        ({"allowedCidrBlocks": None}, "ip_restricted", UNKNOWN),
        ({"allowedCidrBlocks": None}, "ip_allowlist", UNKNOWN),
        ({"createdAt": None}, "created", UNKNOWN),
        ({"accountUid": None}, "account_id", UNKNOWN),
        ({"iiban": None}, "key_id", KEY),
    ],
)
def test_other_shapes_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(kraken_futures.read({**FULL, **fields}, FACTS), attribute) == expected


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {**FULL, "permissions": None},
        {**FULL, "permissions": []},
        {**FULL, "permissions": {}},
        {**FULL, "permissions": {"staking": "FULL_ACCESS"}},
        {**FULL, "permissions": {"general": None, "transfer": None}},
        {**FULL, "permissions": {"general": True, "transfer": "NO_ACCESS"}},
        {**FULL, "allowedCidrBlocks": "203.0.113.7/32"},
        {**FULL, "allowedCidrBlocks": [7]},
        {**FULL, "allowedCidrBlock": 7},
        {**FULL, "createdAt": 7},
        {**FULL, "createdAt": "soon"},
        {**FULL, "apiKey": 7},
        {**FULL, "accountUid": 7},
    ],
)
def test_answer_without_sense_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        kraken_futures.read(data, FACTS)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_name_that_nobody_knows_is_not_repeated() -> None:
    with pytest.raises(Refusal) as caught:
        kraken_futures.read({**FULL, "permissions": {"general": "READ_ONLY", KEY: 7}}, FACTS)
    assert KEY not in caught.value.message


def test_there_is_no_time_call() -> None:
    assert "time" not in {call.use for call in FACTS.calls}
    with pytest.raises(Refusal) as caught:
        kraken_futures.server_time({"serverTime": "2026-01-01T00:00:00Z"})
    assert caught.value.reason is Reason.BAD_ANSWER
