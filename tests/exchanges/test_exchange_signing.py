"""Each stage of signing, by the published vectors, our own vectors of the facts pages, and generated keys."""

import base64
import sys
from collections.abc import Mapping
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from keylint.exchanges import binance, kraken
from keylint.exchanges.exchange import Credentials
from keylint.exchanges.signing import decode_base64, hmac_sha256_hex, hmac_sha512_base64
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.secret import Secret
from tests.live.world import BINANCE_KEY, BINANCE_SECRET, KRAKEN_KEY, KRAKEN_SECRET

NOW_MS = 1_499_827_319_559
NONCE = 1_616_492_376_594
ORDER = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | x25519.X25519PrivateKey


def credentials(values: Mapping[str, str], algorithm: str | None = None) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()}, algorithm)


def pem(key: Private, passphrase: str = "") -> str:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def refused(values: Mapping[str, str], algorithm: str | None = None) -> tuple[Reason, str, str]:
    with pytest.raises(Refusal) as caught:
        binance.signature("recvWindow=5000&timestamp=1", credentials(values, algorithm))
    assert caught.value.__cause__ is None
    return caught.value.reason, caught.value.message, caught.value.hint


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param(
            f"symbol=LTCBTC&{ORDER}", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71", id="official"
        ),
        pytest.param(
            f"symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&{ORDER}",
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
            id="official-not-ascii",
        ),
        pytest.param(
            "recvWindow=5000&timestamp=1499827319559",
            "82f4e72e95e63d666b6da651e82a701722ad8a785a169318d91f36f279c55821",
            id="own",
        ),
    ],
)
def test_binance_hmac_follows_the_vector(payload: str, expected: str) -> None:
    assert hmac_sha256_hex(BINANCE_SECRET, payload.encode()) == expected
    assert binance.signature(payload, credentials({"api_secret": BINANCE_SECRET})) == expected


def test_binance_payload_is_window_and_time() -> None:
    assert binance.payload(NOW_MS) == "recvWindow=5000&timestamp=1499827319559"


def test_binance_request_ends_with_the_signature_of_what_stands_before_it() -> None:
    given = credentials({"api_key": BINANCE_KEY, "api_secret": BINANCE_SECRET})
    request = binance.sign("GET", "/sapi/v1/account/apiRestrictions", given, NOW_MS)
    assert (request.method, request.path, request.body) == ("GET", "/sapi/v1/account/apiRestrictions", b"")
    assert request.query == (
        "recvWindow=5000&timestamp=1499827319559"
        "&signature=82f4e72e95e63d666b6da651e82a701722ad8a785a169318d91f36f279c55821"
    )
    assert request.headers == {"X-MBX-APIKEY": BINANCE_KEY}


def test_kraken_stages_follow_the_official_vector() -> None:
    form = "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    secret = decode_base64(KRAKEN_SECRET, "`api_secret`")
    digest = kraken.digest(NONCE, form)
    expected = "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    assert hmac_sha512_base64(secret, b"/0/private/AddOrder" + digest) == expected
    assert kraken.signature("/0/private/AddOrder", NONCE, form, secret) == expected


def test_kraken_request_follows_our_own_vector() -> None:
    given = credentials({"api_key": KRAKEN_KEY, "api_secret": KRAKEN_SECRET})
    request = kraken.sign("POST", "/0/private/GetApiKeyInfo", given, NONCE)
    assert (request.method, request.path, request.query) == ("POST", "/0/private/GetApiKeyInfo", "")
    assert request.body == b"nonce=1616492376594"
    assert request.headers == {
        "API-Key": KRAKEN_KEY,
        "API-Sign": "0hXh9q5/fK8xgzNfiExbUyhEvsv1gAYGgL/5PWy8Xo8kFGhpI/ZwAnHB1eC0SYtlYiywFcypDRuBP/GjHp+ojA==",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def test_kraken_one_time_password_is_encoded_and_signed() -> None:
    form = kraken.body(NONCE, "1 2&3")
    assert form == "nonce=1616492376594&otp=1+2%263"
    given = credentials({"api_key": KRAKEN_KEY, "api_secret": KRAKEN_SECRET, "otp": "1 2&3"})
    request = kraken.sign("POST", "/0/private/GetApiKeyInfo", given, NONCE)
    assert request.body == form.encode()
    secret = base64.b64decode(KRAKEN_SECRET)
    assert request.headers["API-Sign"] == kraken.signature("/0/private/GetApiKeyInfo", NONCE, form, secret)


@pytest.mark.parametrize("algorithm", [None, "rsa"])
@pytest.mark.parametrize("passphrase", ["", "correct horse é"])
def test_rsa_signature_is_verified_by_the_public_key(
    rsa_key: rsa.RSAPrivateKey, algorithm: str | None, passphrase: str
) -> None:
    values = {"api_key": BINANCE_KEY, "private_key": pem(rsa_key, passphrase)}
    if passphrase:
        values["private_key_passphrase"] = passphrase
    request = binance.sign("GET", "/x", credentials(values, algorithm), NOW_MS)
    text, _, signature = request.query.rpartition("&signature=")
    assert not set("+/=") & set(signature)
    raw = base64.b64decode(unquote(signature), validate=True)
    rsa_key.public_key().verify(raw, text.encode(), padding.PKCS1v15(), SHA256())


@pytest.mark.parametrize("algorithm", [None, "ed25519"])
def test_ed25519_signature_is_verified_by_the_public_key(
    ed25519_key: ed25519.Ed25519PrivateKey, algorithm: str | None
) -> None:
    given = credentials({"api_key": BINANCE_KEY, "private_key": pem(ed25519_key)}, algorithm)
    text, _, signature = binance.sign("GET", "/x", given, NOW_MS).query.rpartition("&signature=")
    ed25519_key.public_key().verify(base64.b64decode(unquote(signature), validate=True), text.encode())


def test_encrypted_pem_without_passphrase_says_where_to_put_it(ed25519_key: ed25519.Ed25519PrivateKey) -> None:
    assert refused({"private_key": pem(ed25519_key, "horse")}) == (
        Reason.BAD_CREDENTIALS,
        "the private key is encrypted",
        "say where its passphrase is: `private_key_passphrase: env:NAME` or file:PATH",
    )


def test_needless_passphrase_is_said(ed25519_key: ed25519.Ed25519PrivateKey) -> None:
    assert refused({"private_key": pem(ed25519_key), "private_key_passphrase": "horse"}) == (
        Reason.BAD_CREDENTIALS,
        "the private key is not encrypted",
        "remove `private_key_passphrase`",
    )


DAMAGED = (
    Reason.BAD_CREDENTIALS,
    "the private key cannot be read: it is no PEM, damaged, or its passphrase is wrong",
    "it starts with -----BEGIN PRIVATE KEY----- and keeps its line ends",
)


def test_wrong_passphrase_is_said(ed25519_key: ed25519.Ed25519PrivateKey) -> None:
    assert refused({"private_key": pem(ed25519_key, "horse"), "private_key_passphrase": "mule"}) == DAMAGED


@pytest.mark.parametrize("damage", ["cut", "one line", "letter", "no pem", "public", "not utf-8", "nul"])
def test_damaged_pem_is_refused_without_its_text(rsa_key: rsa.RSAPrivateKey, damage: str) -> None:
    whole = pem(rsa_key)
    text = {
        "cut": whole[:400],
        "one line": whole.replace("\n", "\\n"),
        "letter": whole.replace("M", "*", 5),
        "no pem": BINANCE_SECRET,
        "public": rsa_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "not utf-8": whole + "\udcff",
        "nul": "\0",
    }[damage]
    assert refused({"private_key": text}) == DAMAGED


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "Binance takes RSA and Ed25519 keys, not ECDSA"),
        (x25519.X25519PrivateKey.generate(), "the private key is of a kind that keylint does not use"),
    ],
    ids=["ecdsa", "x25519"],
)
def test_key_of_another_kind_is_refused(key: Private, message: str) -> None:
    assert refused({"private_key": pem(key)}) == (Reason.BAD_CREDENTIALS, message, "")


def test_key_of_another_algorithm_than_declared_is_refused(ed25519_key: ed25519.Ed25519PrivateKey) -> None:
    assert refused({"private_key": pem(ed25519_key)}, "rsa") == (
        Reason.BAD_CREDENTIALS,
        "the private key is ed25519, the declaration says rsa",
        "correct `algorithm`, or give the other key",
    )


@pytest.mark.parametrize(
    ("algorithm", "needed"), [(None, "api_secret"), ("hmac", "api_secret"), ("rsa", "private_key")]
)
def test_missing_half_is_named(algorithm: str | None, needed: str) -> None:
    assert refused({"api_key": BINANCE_KEY}, algorithm) == (
        Reason.NO_CREDENTIALS,
        f"`{needed}` is missing",
        f"add `{needed}:` under `credentials`",
    )


@pytest.mark.parametrize("missing", ["cryptography.exceptions", "cryptography.hazmat.primitives.serialization"])
def test_without_cryptography_the_install_line_is_said(
    ed25519_key: ed25519.Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    text = pem(ed25519_key)
    monkeypatch.setitem(sys.modules, missing, None)
    assert refused({"private_key": text}) == (
        Reason.UNSUPPORTED,
        "keys that sign with a private key need cryptography",
        'install it with: pip install "keylint[asymmetric]"',
    )


@pytest.mark.parametrize(
    "secret", ["not base64!", KRAKEN_SECRET[:-1], f"{KRAKEN_SECRET[:20]} {KRAKEN_SECRET[20:]}", "ä"]
)
def test_kraken_secret_that_is_no_base64_is_refused_without_its_text(secret: str) -> None:
    with pytest.raises(Refusal) as caught:
        kraken.sign("POST", "/x", credentials({"api_key": KRAKEN_KEY, "api_secret": secret}), NONCE)
    assert (caught.value.reason, caught.value.message, caught.value.hint) == (
        Reason.BAD_CREDENTIALS,
        "`api_secret` is not base64",
        "copy it again, whole and without blanks",
    )


def test_kraken_secret_that_is_missing_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        kraken.sign("POST", "/x", credentials({"api_key": KRAKEN_KEY}), NONCE)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")
