"""Bitget: each stage of signing by our own vectors of the facts page, and every shape of an answer."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges import bitget
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_700_000_000_000
FACTS = facts_of("bitget")
RSA = rsa.generate_private_key(65537, 2048)
BASE = {"api_key": "bg_k", "passphrase": "Phrase 1"}


def credentials(values: dict[str, str], algorithm: str | None = None) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()}, algorithm)


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_payload_follows_the_official_text() -> None:
    text = bitget.payload(16_273_667_805_456, "GET", "/api/mix/v2/market/depth", "limit=20&symbol=BTCUSDT")
    assert text == "16273667805456GET/api/mix/v2/market/depth?limit=20&symbol=BTCUSDT"
    assert bitget.payload(1, "POST", "/x", body="{}") == "1POST/x{}"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v3/account/info", "H8SsDLWqD2HDkBx1Ms0r3NOSwG09Zc/I9fSUr0poO+U="),
        ("/api/v2/spot/account/info", "tNtDiz8CY6IAp0WGLQB1sP6CWJB97UaOsF5w5dcJnIk="),
    ],
)
def test_request_follows_our_own_vector(path: str, expected: str) -> None:
    given = credentials({**BASE, "api_secret": "keylint-demo-secret"})
    assert bitget.signature(f"{NOW_MS}GET{path}", given) == expected
    request = bitget.sign("GET", path, given, NOW_MS)
    assert (request.method, request.path, request.query, request.body) == ("GET", path, "", b"")
    assert request.headers == {
        "ACCESS-KEY": "bg_k",
        "ACCESS-SIGN": expected,
        "ACCESS-TIMESTAMP": "1700000000000",
        "ACCESS-PASSPHRASE": "Phrase 1",
    }


@pytest.mark.parametrize("algorithm", [None, "rsa"])
def test_rsa_signature_is_verified_by_the_public_key(algorithm: str | None) -> None:
    request = bitget.sign("GET", "/x", credentials({**BASE, "private_key": pem(RSA)}, algorithm), NOW_MS)
    raw = base64.b64decode(request.headers["ACCESS-SIGN"], validate=True)
    RSA.public_key().verify(raw, f"{NOW_MS}GET/x".encode(), padding.PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    ("values", "algorithm", "reason", "message"),
    [
        (BASE, None, Reason.NO_CREDENTIALS, "`api_secret` is missing"),
        (BASE, "rsa", Reason.NO_CREDENTIALS, "`private_key` is missing"),
        ({"api_key": "k", "api_secret": "s"}, None, Reason.NO_CREDENTIALS, "`passphrase` is missing"),
        ({"api_key": "k", "private_key": pem(RSA)}, "rsa", Reason.NO_CREDENTIALS, "`passphrase` is missing"),
        (
            {**BASE, "private_key": pem(ed25519.Ed25519PrivateKey.generate())},
            None,
            Reason.BAD_CREDENTIALS,
            "Bitget takes RSA keys, not ed25519",
        ),
        (
            {**BASE, "private_key": pem(RSA)},
            "hmac",
            Reason.BAD_CREDENTIALS,
            "the private key is rsa, the declaration says hmac",
        ),
    ],
)
def test_credentials_that_cannot_sign_are_refused(
    values: dict[str, str], algorithm: str | None, reason: Reason, message: str
) -> None:
    with pytest.raises(Refusal) as caught:
        bitget.sign("GET", "/x", credentials(values, algorithm), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (reason, message)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"code": "40037", "msg": "Apikey does not exist", "data": None}, Error("40037", "Apikey does not exist")),
        ({"code": 40009, "msg": None}, Error("40009")),
        ({"code": "00000", "msg": "success", "data": {}}, None),
        ({"code": None}, None),
        ({"code": True}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_is_the_code_unless_it_is_five_zeros(data: Any, expected: Error | None) -> None:
    assert bitget.error(Answer(400, {}, data)) == expected


CLASSIC = {
    "userId": "7001002003",
    "inviterId": None,
    "ips": "203.0.113.10,203.0.113.11",
    "authorities": ["coor", "cpor", "stor", "stow"],
    "parentId": 0,
    "traderType": "not_trader",
    "channelCode": "",
    "channel": "",
    "regisTime": "1650000000000",
}
UNIFIED = {
    "userId": "7001002003",
    "inviterId": None,
    "parentId": None,
    "ips": "",
    "permType": "read-only",
    "permissions": ["uta_mgt", "uta_trade"],
    "regisTime": "1650000000000",
}


def read(data: Any) -> LiveKey:
    assert FACTS
    return bitget.read({"code": "00000", "msg": "success", "requestTime": 1, "data": data}, FACTS)


def test_classic_answer_is_read_and_the_age_of_the_account_is_not_that_of_the_key() -> None:
    assert read(CLASSIC) == LiveKey(
        rights=("coor", "cpor", "stor", "stow"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10", "203.0.113.11"),
        account_id="7001002003",
    )


def test_unified_answer_is_read() -> None:
    assert read(UNIFIED) == LiveKey(
        rights=("uta_mgt.read-only", "uta_trade.read-only"),
        ip_restricted=False,
        ip_allowlist=(),
        account_id="7001002003",
    )


@pytest.mark.parametrize(
    ("whole", "fields", "attribute", "expected"),
    [
        (CLASSIC, {"ips": ["203.0.113.10"]}, "ip_allowlist", ("203.0.113.10",)),
        (CLASSIC, {"ips": [""]}, "ip_restricted", False),
        (CLASSIC, {"ips": []}, "ip_restricted", False),
        (CLASSIC, {"ips": None}, "ip_allowlist", UNKNOWN),
        (CLASSIC, {"authorities": ["trade", "readonly"]}, "rights", ("trade", "readonly")),
        (CLASSIC, {"authorities": "stor,stow"}, "rights", ("stor", "stow")),
        (CLASSIC, {"authorities": ["stor", "zzow"]}, "unmapped", ("zzow",)),
        (CLASSIC, {"authorities": []}, "rights", ()),
        (CLASSIC, {"userId": 7}, "account_id", "7"),
        (CLASSIC, {"parentId": "5"}, "rights", ("coor", "cpor", "stor", "stow")),
        (UNIFIED, {"permType": "read_only"}, "rights", ("uta_mgt.read-only", "uta_trade.read-only")),
        (UNIFIED, {"permType": "read_and_write"}, "rights", ("uta_mgt.read-and-write", "uta_trade.read-and-write")),
        (UNIFIED, {"permType": "all"}, "unmapped", ("uta_mgt.all", "uta_trade.all")),
        (UNIFIED, {"permissions": ["uta_loan"]}, "unmapped", ("uta_loan.read-only",)),
        (UNIFIED, {"permissions": []}, "rights", ()),
        (UNIFIED, {"parentId": 12, "userId": None}, "account_id", UNKNOWN),
    ],
)
def test_other_shapes_are_read(whole: dict[str, Any], fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(read({**whole, **fields}), attribute) == expected


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {**CLASSIC, "authorities": None},
        {**CLASSIC, "authorities": 7},
        {**CLASSIC, "authorities": [7]},
        {**CLASSIC, "ips": 7},
        {**CLASSIC, "userId": []},
        {**UNIFIED, "permType": None},
        {**UNIFIED, "permType": ["read-only"]},
        {**UNIFIED, "permissions": None},
        {**UNIFIED, "permissions": 7},
    ],
)
def test_answer_without_sense_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_answer_without_an_envelope_is_refused() -> None:
    assert FACTS
    unlike: list[Any] = [None, [], "x", CLASSIC]
    for data in unlike:
        with pytest.raises(Refusal):
            bitget.read(data, FACTS)


def test_server_time_is_a_text_in_the_data() -> None:
    assert bitget.server_time({"code": "00000", "data": {"serverTime": str(NOW_MS)}}) == NOW_MS
    unlike: list[Any] = [{}, [], {"data": {}}, {"data": {"serverTime": "x"}}]
    for data in unlike:
        with pytest.raises(Refusal):
            bitget.server_time(data)
