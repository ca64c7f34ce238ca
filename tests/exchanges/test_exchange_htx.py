"""HTX: each stage of signing by our own vector of the facts page, and every shape of an answer."""

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges import htx
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_700_000_000_000
FACTS = facts_of("htx")
QUERY = (
    "AccessKeyId=demo-key&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp=2023-11-14T22%3A13%3A20&uid=63628520"
)
LINES = f"GET\napi.huobi.pro\n/v2/user/api-key\n{QUERY}"
VECTOR = "QpVA7sNIp5dYaEm2mDl35p/HlmLnn6DLEaBFK+rbCqY="


def credentials(values: dict[str, str], algorithm: str | None = None) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()}, algorithm)


HMAC = credentials({"api_key": "demo-key", "api_secret": "keylint-demo-secret"})


def pem(key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_stages_follow_our_own_vector() -> None:
    assert htx.parameters("demo-key", "hmac", NOW_MS, {"uid": "63628520"}) == QUERY
    assert htx.payload("GET", "/v2/user/api-key", QUERY) == LINES
    assert htx.signature(LINES, "hmac", "keylint-demo-secret") == VECTOR


def test_request_ends_with_the_encoded_signature() -> None:
    request = htx.sign("GET", "/v2/user/api-key", HMAC, NOW_MS, {"uid": "63628520"})
    assert request.query == f"{QUERY}&Signature=QpVA7sNIp5dYaEm2mDl35p%2FHlmLnn6DLEaBFK%2BrbCqY%3D"
    assert (request.headers, request.body) == ({}, b"")


def test_names_are_sorted_with_capitals_first_and_values_are_encoded() -> None:
    query = htx.parameters("a b", "ed25519", NOW_MS + 999, {"accessKey": "a/b", "uid": "1"})
    assert query == (
        "AccessKeyId=a%20b&SignatureMethod=Ed25519&SignatureVersion=2&Timestamp=2023-11-14T22%3A13%3A20"
        "&accessKey=a%2Fb&uid=1"
    )


@pytest.mark.parametrize("algorithm", [None, "ed25519"])
def test_ed25519_signature_is_verified_by_the_public_key(algorithm: str | None) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    request = htx.sign("GET", "/v2/user/uid", credentials({"api_key": "k", "private_key": pem(key)}, algorithm), NOW_MS)
    query, _, signature = request.query.rpartition("&Signature=")
    raw = base64.b64decode(unquote(signature), validate=True)
    assert "SignatureMethod=Ed25519" in query
    key.public_key().verify(raw, htx.payload("GET", "/v2/user/uid", query).encode())


@pytest.mark.parametrize(
    ("values", "algorithm", "reason", "message"),
    [
        ({}, None, Reason.NO_CREDENTIALS, "`api_secret` is missing"),
        ({}, "ed25519", Reason.NO_CREDENTIALS, "`private_key` is missing"),
        (
            {"private_key": pem(ec.generate_private_key(ec.SECP256R1()))},
            None,
            Reason.BAD_CREDENTIALS,
            "HTX takes Ed25519 keys, not ECDSA",
        ),
        (
            {"private_key": pem(ed25519.Ed25519PrivateKey.generate())},
            "hmac",
            Reason.BAD_CREDENTIALS,
            "the private key is ed25519, the declaration says hmac",
        ),
    ],
)
def test_credentials_that_cannot_sign_are_refused(
    values: dict[str, str], algorithm: str | None, reason: Reason, message: str
) -> None:
    with pytest.raises(Refusal) as caught:
        htx.sign("GET", "/x", credentials({"api_key": "k", **values}, algorithm), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (reason, message)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"status": "error", "err-code": "api-signature-not-valid", "err-msg": "Verification failure", "data": None},
            Error("api-signature-not-valid", "Verification failure"),
        ),
        ({"status": "error", "err-code": "login-required"}, Error("login-required")),
        ({"code": 1003, "message": "invalid signature"}, Error("1003", "invalid signature")),
        ({"code": "1002", "message": None}, Error("1002")),
        ({"code": 200, "data": 5}, None),
        ({"code": "200", "data": 5}, None),
        ({"code": True}, None),
        ({"status": "ok", "data": 1}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_has_the_forms_of_both_versions(data: Any, expected: Error | None) -> None:
    assert htx.error(Answer(200, {}, data)) == expected


@pytest.mark.parametrize(
    ("code", "header", "expected"), [(1006, "1500", 1500), (1006, "x", None), (1006, "9" * 12, None), (1003, "1", None)]
)
def test_limit_says_in_a_header_when_to_ask_again(code: int, header: str, expected: int | None) -> None:
    said = htx.error(Answer(200, {"x-hb-ratelimit-requests-expire": header}, {"code": code, "message": ""}))
    assert said
    assert said.wait_ms == expected


ROW = {
    "accessKey": "demo-key",
    "status": "normal",
    "note": "bot",
    "permission": "readOnly,trade",
    "ipAddresses": "203.0.113.10,198.51.100.0/24",
    "validDays": -1,
    "createTime": 1_615_192_704_000,
    "updateTime": 1_623_030_338_000,
}


def read(row: Any, now_ms: Any = NOW_MS) -> LiveKey:
    assert FACTS
    return htx.read({"key": row, "account": "7", "now_ms": now_ms}, FACTS)


def test_answer_is_read() -> None:
    assert read(ROW) == LiveKey(
        rights=("readOnly", "trade"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10", "198.51.100.0/24"),
        created=datetime.fromtimestamp(1_615_192_704, UTC),
        expires=None,
        label="bot",
        key_id="demo-key",
        account_id="7",
    )


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"permission": "trade,readOnly"}, "rights", ("trade", "readOnly")),
        ({"permission": ["readOnly"]}, "rights", ("readOnly",)),
        ({"permission": "readOnly,lend"}, "unmapped", ("lend",)),
        ({"ipAddresses": ""}, "ip_restricted", False),
        ({"ipAddresses": [""]}, "ip_allowlist", ()),
        ({"ipAddresses": None}, "ip_restricted", UNKNOWN),
        ({"validDays": 7}, "expires", datetime.fromtimestamp(NOW_MS / 1000 + 7 * 86_400, UTC)),
        ({"validDays": "7"}, "expires", datetime.fromtimestamp(NOW_MS / 1000 + 7 * 86_400, UTC)),
        ({"validDays": None}, "expires", UNKNOWN),
        ({"createTime": "1615192704000"}, "created", datetime.fromtimestamp(1_615_192_704, UTC)),
        ({"createTime": None}, "created", UNKNOWN),
        ({"note": ""}, "label", ""),
        ({"note": None}, "label", UNKNOWN),
    ],
)
def test_other_shapes_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(read({**ROW, **fields}), attribute) == expected


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        {**ROW, "permission": ""},
        {**ROW, "permission": None},
        {**ROW, "permission": 7},
        {**ROW, "ipAddresses": 7},
        {**ROW, "validDays": []},
        {**ROW, "createTime": {}},
        {**ROW, "note": 1},
    ],
)
def test_answer_without_sense_is_refused(row: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(row)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_own_entry_is_chosen_among_all_keys_of_the_account() -> None:
    other = {**ROW, "accessKey": "other", "permission": "readOnly,withdraw"}
    assert htx.own({"code": 200, "data": [other, ROW]}, "demo-key") == ROW
    assert htx.own({"code": 200, "data": ROW}, "demo-key") == ROW


@pytest.mark.parametrize("data", [None, [], {}, {"data": []}, {"data": [{**ROW, "accessKey": "other"}]}, {"data": [7]}])
def test_answer_without_the_own_entry_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        htx.own(data, "demo-key")
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("account", [{"code": 200, "data": 63_628_520}, {"code": 200, "data": "63628520"}])
def test_account_comes_first_and_enters_the_second_call(account: Any) -> None:
    steps = htx.steps(HMAC, NOW_MS)
    assert next(steps).use == "account"
    step = steps.send(account)
    assert step.use == "key"
    assert step.sign
    query = step.sign("GET", "/v2/user/api-key", HMAC, NOW_MS).query
    assert "&accessKey=demo-key&uid=63628520&Signature=" in query
    with pytest.raises(StopIteration) as caught:
        steps.send({"code": 200, "data": [ROW]})
    assert caught.value.value == {"key": ROW, "account": "63628520", "now_ms": NOW_MS}


@pytest.mark.parametrize("account", [None, {"code": 200}, {"data": "x"}, {"data": -1}, {"data": True}])
def test_account_that_is_no_number_is_refused(account: Any) -> None:
    steps = htx.steps(HMAC, NOW_MS)
    next(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(account)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_server_time_is_the_data_itself() -> None:
    assert htx.server_time({"status": "ok", "data": NOW_MS}) == NOW_MS
    unlike: list[Any] = [{}, [], {"data": "x"}]
    for data in unlike:
        with pytest.raises(Refusal):
            htx.server_time(data)
