"""Deribit: the published vectors of signing in, expectations of our own for the rest, and every shape of an answer."""

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges import deribit
from keylint.exchanges.exchange import Answer, Credentials, Error, Request, Step
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_700_000_000_000
FOUND = facts_of("deribit")
assert FOUND
FACTS = FOUND
LIST, AUTH = "/api/v2/private/list_api_keys", "/api/v2/public/auth"
RSA_KEY = rsa.generate_private_key(65_537, 2048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()
Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def credentials(values: dict[str, str], algorithm: str | None = None) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()}, algorithm)


def pem(key: Private) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


HMAC = credentials({"api_key": "1aBcD2eF", "api_secret": "keylint-demo-secret"})
ED = credentials({"api_key": "1aBcD2eF", "private_key": pem(ED_KEY)})


@pytest.mark.parametrize(
    ("now_ms", "nonce", "secret", "expected"),
    [
        # docs.deribit.com, API v2.1.1, «signature credentials (WebSocket API)».
        (
            1_576_074_319_000,
            "1iqt2wls",
            "AMANDASECRECT",
            "56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1",
        ),
        # github.com/deribit/deribit-api-clients, python/README.md.
        (
            1_554_883_365_000,
            "fdbmmz79",
            "ABCD",
            "e20c9cd5639d41f8bbc88f4d699c4baf94a4f0ee320e9a116b72743c449eb994",
        ),
    ],
)
def test_published_vectors_of_signing_in(now_ms: int, nonce: str, secret: str, expected: str) -> None:
    assert deribit.signature(deribit.login(now_ms, nonce), secret) == expected


def test_signature_of_a_request_follows_our_own_vector() -> None:
    """The exchange prints signatures of requests without the time and the nonce that they belong to."""
    text = deribit.payload(NOW_MS, "abcd1234", "GET", LIST)
    assert text == f"1700000000000\nabcd1234\nGET\n{LIST}\n\n"
    expected = "33d582cec0c6af25683a91edc3c461758bb955f13f3eef342345454c6b273a1f"
    assert deribit.signature(text, "keylint-demo-secret") == expected


def test_request_is_signed_in_its_header_with_a_nonce_of_its_own() -> None:
    first, second = (deribit.sign("GET", LIST, HMAC, NOW_MS) for _ in range(2))
    assert (first.query, first.body, list(first.headers)) == ("", b"", ["Authorization"])
    found = re.fullmatch(
        r"deri-hmac-sha256 id=1aBcD2eF,ts=1700000000000,sig=([0-9a-f]{64}),nonce=([0-9a-f]{16})",
        first.headers["Authorization"],
    )
    assert found
    text = f"1700000000000\n{found[2]}\nGET\n{LIST}\n\n"
    assert found[1] == hmac.new(b"keylint-demo-secret", text.encode(), hashlib.sha256).hexdigest()
    assert first.headers != second.headers


def parameters(request: Request) -> dict[str, Any]:
    assert (request.method, request.path, request.query) == ("POST", AUTH, "")
    assert request.headers == {"Content-Type": "application/json"}
    body = json.loads(request.body)
    assert (body["jsonrpc"], body["method"]) == ("2.0", "public/auth")
    return dict(body["params"])


def test_secret_signs_in_without_being_sent() -> None:
    request = deribit.sign_in("POST", AUTH, HMAC, NOW_MS)
    sent = parameters(request)
    signed = hmac.new(b"keylint-demo-secret", f"1700000000000\n{sent['nonce']}\n".encode(), hashlib.sha256)
    assert sent == {
        "grant_type": "client_signature",
        "client_id": "1aBcD2eF",
        "timestamp": NOW_MS,
        "nonce": sent["nonce"],
        "data": "",
        "signature": signed.hexdigest(),
    }
    assert b"keylint-demo-secret" not in request.body


@pytest.mark.parametrize("algorithm", [None, "named"])
@pytest.mark.parametrize("key", [RSA_KEY, ED_KEY], ids=["rsa", "ed25519"])
def test_private_key_signs_in_and_the_public_key_verifies_it(key: Private, algorithm: str | None) -> None:
    """No vector is published: a verifier of the signature stands in its place."""
    name = ("rsa" if key is RSA_KEY else "ed25519") if algorithm else None
    given = credentials({"api_key": "1aBcD2eF", "private_key": pem(key)}, name)
    sent = parameters(deribit.sign_in("POST", AUTH, given, NOW_MS))
    assert re.fullmatch("[A-Za-z0-9_-]+", sent["signature"])
    raw = base64.urlsafe_b64decode(sent["signature"] + "=" * (-len(sent["signature"]) % 4))
    text = f"1700000000000\n{sent['nonce']}\n".encode()
    if isinstance(key, rsa.RSAPrivateKey):
        key.public_key().verify(raw, text, padding.PKCS1v15(), SHA256())
    else:
        assert isinstance(key, ed25519.Ed25519PrivateKey)
        key.public_key().verify(raw, text)


@pytest.mark.parametrize(
    ("values", "algorithm", "reason", "message"),
    [
        ({}, None, Reason.NO_CREDENTIALS, "`api_secret` is missing"),
        ({}, "hmac", Reason.NO_CREDENTIALS, "`api_secret` is missing"),
        ({}, "rsa", Reason.NO_CREDENTIALS, "`private_key` is missing"),
        ({}, "ed25519", Reason.NO_CREDENTIALS, "`private_key` is missing"),
        (
            {"private_key": pem(ec.generate_private_key(ec.SECP256R1()))},
            None,
            Reason.BAD_CREDENTIALS,
            "Deribit takes Ed25519 and RSA keys, not ECDSA",
        ),
        (
            {"private_key": pem(ED_KEY)},
            "rsa",
            Reason.BAD_CREDENTIALS,
            "the private key is ed25519, the declaration says rsa",
        ),
    ],
)
def test_credentials_that_cannot_sign_are_refused(
    values: dict[str, str], algorithm: str | None, reason: Reason, message: str
) -> None:
    with pytest.raises(Refusal) as caught:
        deribit.sign_in("POST", AUTH, credentials({"api_key": "k", **values}, algorithm), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (reason, message)


def test_token_goes_in_a_header() -> None:
    request = deribit.bear("GET", LIST, HMAC, NOW_MS, Secret("1.abc.DEF"))
    assert (request.headers, request.query, request.body) == ({"Authorization": "Bearer 1.abc.DEF"}, "", b"")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"jsonrpc": "2.0", "error": {"code": 13_004, "message": "invalid_credentials"}},
            Error("13004", "invalid_credentials"),
        ),
        (
            {"error": {"code": 13_009, "message": "unauthorized", "data": {"reason": "invalid_token"}}},
            Error("13009", "unauthorized invalid_token"),
        ),
        ({"error": {"code": "-32602", "message": None, "data": {"param": "x"}}}, Error("-32602")),
        ({"error": {"code": True}}, None),
        ({"error": {"message": "x"}}, None),
        ({"error": None, "result": []}, None),
        ({"error": "x"}, None),
        ({"result": []}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_has_a_code_and_words(data: Any, expected: Error | None) -> None:
    assert deribit.error(Answer(400, {}, data)) == expected


ROW = {
    "id": 3,
    "client_id": "1aBcD2eF",
    "client_secret": "never-to-be-kept",
    "name": "mm_eu",
    "max_scope": "account:read trade:read_write wallet:none",
    "enabled": True,
    "default": False,
    "timestamp": 1_721_816_749_587,
    "enabled_features": [],
    "ip_whitelist": ["203.0.113.10"],
    "public_key": "-----BEGIN PUBLIC KEY-----",
}
KEPT = {name: ROW[name] for name in ("client_id", "name", "max_scope", "ip_whitelist")}


def test_entry_is_read() -> None:
    """Whether `timestamp` is the time of the creation or of the last change is nowhere said: it is not read."""
    assert deribit.read(ROW, FACTS) == LiveKey(
        rights=("account:read", "trade:read_write"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        label="mm_eu",
        key_id="1aBcD2eF",
    )


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"max_scope": ["account:read", "trade:none", "wallet:read"]}, "rights", ("account:read", "wallet:read")),
        ({"max_scope": []}, "rights", ()),
        ({"max_scope": ""}, "rights", ()),
        ({"max_scope": "  account:read   account:read "}, "rights", ("account:read",)),
        ({"max_scope": "account:read vault:read_write"}, "unmapped", ("vault:read_write",)),
        ({"max_scope": "account:write"}, "unmapped", ("account:write",)),
        ({"max_scope": "mainaccount connection session:x expires:9 ip:1.2.3.4"}, "unmapped", ()),
        ({"max_scope": "trade:read"}, "unreported", ()),
        ({"ip_whitelist": []}, "ip_restricted", False),
        ({"ip_whitelist": []}, "ip_allowlist", ()),
        ({"ip_whitelist": None}, "ip_restricted", UNKNOWN),
        ({"ip_whitelist": None}, "ip_allowlist", UNKNOWN),
        ({"name": ""}, "label", ""),
        ({"name": None}, "label", UNKNOWN),
    ],
)
def test_other_shapes_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(deribit.read({**ROW, **fields}, FACTS), attribute) == expected


def test_scope_of_signing_in_is_only_a_lower_bound() -> None:
    live = deribit.read({"scope": ["mainaccount", "trade:read_write", "wallet:read", "x:y"]}, FACTS)
    assert (live.rights, live.unmapped) == (("trade:read_write", "wallet:read"), ("x:y",))
    assert live.unreported == (
        "account:read",
        "account:read_write",
        "wallet:read_write",
        "block_trade:read",
        "block_trade:read_write",
        "block_rfq:read",
        "block_rfq:read_write",
        "custody:read",
        "custody:read_write",
    )
    assert (live.ip_restricted, live.key_id, live.created) == (UNKNOWN, UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        {**ROW, "max_scope": None},
        {**ROW, "max_scope": 7},
        {**ROW, "max_scope": [7]},
        {**ROW, "ip_whitelist": "203.0.113.10"},
        {**ROW, "ip_whitelist": [7]},
        {**ROW, "name": 7},
        {**ROW, "client_id": 7},
        {"scope": None},
        {"scope": 7},
    ],
)
def test_entry_without_sense_is_refused(row: Any) -> None:
    with pytest.raises(Refusal) as caught:
        deribit.read(row, FACTS)
    assert caught.value.reason is Reason.BAD_ANSWER


CODE_ASKED = {
    "jsonrpc": "2.0",
    "result": {
        "security_keys": [{"type": "tfa", "name": "tfa"}],
        "security_key_authorization_required": True,
        "rp_id": "test.deribit.com",
        "challenge": "+Di4SKN9VykrSoHlZO2KF3LEyEZF4ih9CZXVuudQiKQ=",
    },
}
SESSION = {
    "result": {
        "access_token": "1.never.KEPT",
        "refresh_token": "2.never.KEPT",
        "scope": "connection trade:read_write",
        "token_type": "bearer",
    }
}


def taken(steps: Any, *told: Any) -> tuple[list[Step], Any]:
    """Answer the calls of an inspection or a listing; return them and what was kept."""
    calls = [next(steps), *(steps.send(data) for data in told[:-1])]
    with pytest.raises(StopIteration) as caught:
        steps.send(told[-1])
    return calls, caught.value.value


def uses(calls: list[Step]) -> list[str]:
    return [call.use for call in calls]


def test_own_entry_is_kept_without_what_is_no_fact() -> None:
    calls, kept = taken(deribit.steps(HMAC, NOW_MS), {"result": [{**ROW, "client_id": "other"}, ROW]})
    assert (uses(calls), kept) == (["key"], KEPT)


def test_private_key_signs_in_first_and_asks_with_the_token() -> None:
    calls, kept = taken(deribit.steps(ED, NOW_MS), SESSION, {"result": [ROW]})
    assert (uses(calls), kept) == (["key-scope", "key"], KEPT)
    assert calls[0].sign is deribit.sign_in
    assert calls[1].sign
    assert calls[1].sign("GET", LIST, ED, NOW_MS).headers == {"Authorization": "Bearer 1.never.KEPT"}


@pytest.mark.parametrize("closed", [CODE_ASKED, *(Error(code) for code in ("13009", "13021", "13003", "13403"))])
def test_closed_list_leaves_the_scope_and_nothing_of_the_tokens(closed: Any) -> None:
    calls, kept = taken(deribit.steps(HMAC, NOW_MS), closed, SESSION)
    assert (uses(calls), kept) == (["key", "key-scope"], {"scope": ["connection", "trade:read_write"]})
    if isinstance(closed, Error):
        assert closed.code in calls[0].accepts
    calls, kept = taken(deribit.steps(ED, NOW_MS), SESSION, closed)
    assert (uses(calls), kept) == (["key-scope", "key"], {"scope": ["connection", "trade:read_write"]})


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"result": None},
        {"result": {}},
        {"result": {"security_key_authorization_required": False}},
        {"result": [7]},
        {"result": []},
        {"result": [{**ROW, "client_id": "other"}]},
    ],
)
def test_list_without_sense_is_refused(told: Any) -> None:
    steps = deribit.steps(HMAC, NOW_MS)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(told)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"result": []},
        {"result": {"scope": "x"}},
        {"result": {"access_token": "x"}},
        {"result": {"access_token": 7, "scope": "x"}},
        {"result": {"access_token": "", "scope": "x"}},
        {"result": {"access_token": "a\r\nX-Other: b", "scope": "x"}},
        {"result": {"access_token": "é", "scope": "x"}},
    ],
)
def test_session_without_sense_is_refused(told: Any) -> None:
    steps = deribit.steps(ED, NOW_MS)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(told)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(("given", "before"), [(HMAC, ()), (ED, (SESSION,))])
def test_listing_returns_every_key_and_no_secret(given: Credentials, before: tuple[Any, ...]) -> None:
    other = {**ROW, "client_id": "other", "max_scope": "wallet:read_write", "enabled": False}
    calls, kept = taken(deribit.listing(given, NOW_MS), *before, {"result": [ROW, other]})
    assert "never" not in repr(kept)
    assert set(uses(calls)) <= set(deribit.LISTS)
    assert all(call.accepts == () for call in calls)
    keys = deribit.read_listing(kept, FACTS)
    assert [(key.key_id, key.rights) for key in keys] == [
        ("1aBcD2eF", ("account:read", "trade:read_write")),
        ("other", ("wallet:read_write",)),
    ]


def test_listing_that_asks_for_a_code_is_unsupported() -> None:
    steps = deribit.listing(HMAC, NOW_MS)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(CODE_ASKED)
    assert caught.value.reason is Reason.UNSUPPORTED
    assert "one-time code" in caught.value.message


@pytest.mark.parametrize("data", [None, {}, [7], [{**KEPT, "client_id": None}], [{**KEPT, "max_scope": None}]])
def test_listing_without_sense_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        deribit.read_listing(data, FACTS)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_server_time_is_the_result() -> None:
    assert deribit.server_time({"jsonrpc": "2.0", "result": NOW_MS, "usIn": 1, "testnet": False}) == NOW_MS
    unlike: list[Any] = [{}, [], {"result": "x"}, {"result": None}]
    for data in unlike:
        with pytest.raises(Refusal):
            deribit.server_time(data)
