"""Coinbase: tokens by our own vector of the facts page and by the public half, and every shape of an answer."""

import base64
import json
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges import coinbase
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.exchanges.signing import decode_base64, load_ed25519_seed
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret
from tests.live.five import COINBASE, KEY_ID, PORTFOLIO, SDK_SECRET

NOW_MS = 1_700_000_000_999
NONCE = "00112233445566778899aabbccddeeff"
HEAD = f'{{"alg":"EdDSA","kid":"{KEY_ID}","nonce":"{NONCE}","typ":"JWT"}}'
CLAIMS = (
    f'{{"sub":"{KEY_ID}","iss":"cdp","nbf":1700000000,"exp":1700000120,'
    '"uri":"GET api.coinbase.com/api/v3/brokerage/key_permissions"}'
)
FACTS = facts_of("coinbase")
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def credentials(private: str | None, algorithm: str | None = None) -> Credentials:
    values = {"api_key": Secret(KEY_ID)} | ({"private_key": Secret(private)} if private else {})
    return Credentials(values, algorithm)


def pem(key: Private, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_header_and_claims_follow_our_own_vector() -> None:
    assert coinbase.header(KEY_ID, "ed25519", NONCE) == HEAD
    assert coinbase.claims(KEY_ID, "GET", "/api/v3/brokerage/key_permissions", NOW_MS) == CLAIMS


def test_token_follows_our_own_vector() -> None:
    key = load_ed25519_seed(decode_base64(SDK_SECRET, "it"))
    head, said, signature = coinbase.token(key, HEAD, CLAIMS).split(".")
    assert f"{head}.{said}" == coinbase.payload(HEAD, CLAIMS)
    assert (decoded(head).decode(), decoded(said).decode()) == (HEAD, CLAIMS)
    assert signature == "MRPtpPBefONVLNIa1b1gDKavI0AlMOK9AXtK4iTk2RuPeX8U37CHrGYupZoY3FqFEuHyjs9rYdjx5bsNWnuyBw"


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [
        (SDK_SECRET, None),
        (SDK_SECRET, "ed25519"),
        (base64.b64encode(base64.b64decode(SDK_SECRET)[:32]).decode(), "ed25519"),
        (pem(ED25519), "ed25519"),
        (pem(P256), None),
        (pem(P256, PrivateFormat.TraditionalOpenSSL), "ecdsa"),
        (pem(P256, PrivateFormat.TraditionalOpenSSL).replace("\n", "\\n"), "ecdsa"),
    ],
)
def test_every_form_of_a_private_key_signs_and_its_public_half_verifies(private: str, algorithm: str | None) -> None:
    given = credentials(private, algorithm)
    request = coinbase.sign("GET", COINBASE.inspect, given, NOW_MS)
    assert (request.method, request.path, request.query, request.body) == ("GET", COINBASE.inspect, "", b"")
    scheme, _, token = request.headers["Authorization"].partition(" ")
    head, said, signature = token.split(".")
    key, kind = coinbase.private_key(given)
    fields = json.loads(decoded(head))
    assert scheme == "Bearer"
    assert fields == {
        "alg": {"ed25519": "EdDSA", "ecdsa": "ES256"}[kind],
        "kid": KEY_ID,
        "nonce": fields["nonce"],
        "typ": "JWT",
    }
    assert len(bytes.fromhex(fields["nonce"])) == 16
    assert decoded(said).decode() == CLAIMS
    raw, signed = decoded(signature), f"{head}.{said}".encode()
    assert len(raw) == 64
    assert "=" not in token
    if kind == "ed25519":
        key.public_key().verify(raw, signed)
    else:
        r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
        key.public_key().verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))


def test_each_request_has_a_nonce_of_its_own() -> None:
    made = {coinbase.sign("GET", "/x", credentials(SDK_SECRET), NOW_MS).headers["Authorization"] for _ in range(20)}
    assert len(made) == 20


@pytest.mark.parametrize(
    ("private", "algorithm", "reason", "message"),
    [
        (None, None, Reason.NO_CREDENTIALS, "`private_key` is missing"),
        ("not base64!", None, Reason.BAD_CREDENTIALS, "`private_key` is not base64"),
        (
            base64.b64encode(b"x" * 64).decode(),
            None,
            Reason.BAD_CREDENTIALS,
            "the private key is neither PEM nor an Ed25519 key in base64",
        ),
        (
            base64.b64encode(b"x" * 31).decode(),
            None,
            Reason.BAD_CREDENTIALS,
            "the private key is neither PEM nor an Ed25519 key in base64",
        ),
        (
            pem(rsa.generate_private_key(65537, 2048)),
            None,
            Reason.BAD_CREDENTIALS,
            "Coinbase takes Ed25519 and ECDSA keys, not RSA",
        ),
        (
            pem(ec.generate_private_key(ec.SECP384R1())),
            None,
            Reason.BAD_CREDENTIALS,
            "the private key is not on the curve P-256, which ES256 demands",
        ),
        (pem(P256), "ed25519", Reason.BAD_CREDENTIALS, "the private key is ecdsa, the declaration says ed25519"),
        (SDK_SECRET, "ecdsa", Reason.BAD_CREDENTIALS, "the private key is ed25519, the declaration says ecdsa"),
    ],
)
def test_private_key_that_cannot_sign_is_refused(
    private: str | None, algorithm: str | None, reason: Reason, message: str
) -> None:
    with pytest.raises(Refusal) as caught:
        coinbase.sign("GET", "/x", credentials(private, algorithm), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (reason, message)


def test_without_cryptography_the_install_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    with pytest.raises(Refusal) as caught:
        coinbase.sign("GET", "/x", credentials(SDK_SECRET), NOW_MS)
    assert (caught.value.reason, caught.value.hint) == (
        Reason.UNSUPPORTED,
        'install it with: pip install "keylint[asymmetric]"',
    )


@pytest.mark.parametrize(
    ("status", "data", "headers", "expected"),
    [
        (401, None, {}, Error("HTTP 401")),
        (401, {"a": 1}, {}, Error("HTTP 401")),
        (401, "Unauthorized", {}, Error("Unauthorized")),
        (
            403,
            {"error": "PERMISSION_DENIED", "code": 7, "message": "Missing required scopes", "details": []},
            {},
            Error("PERMISSION_DENIED", "Missing required scopes"),
        ),
        (403, {"error": "unknown", "error_details": "no"}, {}, Error("unknown", "no")),
        (401, {"errors": [{"id": "invalid_token", "message": "gone"}]}, {}, Error("invalid_token", "gone")),
        (401, {"errors": []}, {}, Error("HTTP 401")),
        (401, {"error": "unauthorized", "message": "no"}, {}, Error("HTTP 401", "no")),
        (401, {"error": "invalid_token", "error_description": "old"}, {}, Error("invalid_token", "old")),
        (
            429,
            {"error": "rate_limit_exceeded", "message": "x"},
            {"x-ratelimit-reset": "3"},
            Error("rate_limit_exceeded", "x", wait_ms=3000),
        ),
        (
            429,
            {"error": "rate_limit_exceeded", "message": "x"},
            {"x-ratelimit-reset": "soon"},
            Error("rate_limit_exceeded", "x"),
        ),
        (403, None, {}, None),
        (200, {"can_view": True}, {}, None),
        (200, [], {}, None),
    ],
)
def test_refusal_has_many_forms(status: int, data: Any, headers: dict[str, str], expected: Error | None) -> None:
    assert coinbase.error(Answer(status, headers, data)) == expected


def read(data: Any) -> LiveKey:
    assert FACTS
    return coinbase.read(data, FACTS)


def test_answer_is_read() -> None:
    whole = {
        "can_view": True,
        "can_trade": True,
        "can_transfer": False,
        "can_receive": False,
        "portfolio_uuid": PORTFOLIO,
        "portfolio_type": "DEFAULT",
    }
    expected = LiveKey(("can_view", "can_trade"), unreported=("Export", "Manage"), account_id=PORTFOLIO)
    assert read(whole) == expected
    assert read({**whole, "can_withdraw": False, "portfolio_type": None, "can_x": None}) == expected
    assert read({**whole, "can_withdraw": True}).unmapped == ("can_withdraw",)
    assert read({**whole, "can_x": "yes"}).unmapped == ("can_x",)


def test_right_that_is_absent_or_null_is_unreported() -> None:
    assert read({"can_view": True}).unreported == ("can_trade", "can_transfer", "can_receive", "Export", "Manage")
    assert read({"can_view": True, "can_receive": None}).account_id is UNKNOWN


@pytest.mark.parametrize(
    "data", [None, [], "x", {}, {"portfolio_uuid": PORTFOLIO}, {"can_view": 1}, {"can_view": "true"}]
)
def test_answer_without_sense_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_server_time_is_a_text() -> None:
    whole = {"iso": "2023-11-14T22:13:20Z", "epochSeconds": "1700000000", "epochMillis": "1700000000999"}
    assert coinbase.server_time(whole) == 1_700_000_000_999
    assert coinbase.server_time({"epochSeconds": "1700000000"}) == 1_700_000_000_000
    unlike: list[Any] = [{}, [], {"epochMillis": "x"}, {"epochMillis": True}]
    for data in unlike:
        with pytest.raises(Refusal):
            coinbase.server_time(data)
