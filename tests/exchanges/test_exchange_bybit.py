"""Bybit: signing by the vectors, and reading whatever comes."""

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges import bybit
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_700_000_000_000
KEY, SECRET = "k" * 18, "s" * 36
PATH = "/v5/user/query-api"
# The example of the exchange's page.
EXAMPLE: dict[str, Any] = {
    "id": "3000001",
    "note": "grid-bot",
    "apiKey": "AbCdEfGhIjKlMnOpQr",
    "readOnly": 0,
    "secret": "",
    "permissions": {
        "ContractTrade": ["Order", "Position"],
        "Spot": ["SpotTrade"],
        "Wallet": ["AccountTransfer"],
        "Options": [],
        "Derivatives": ["DerivativesTrade"],
        "CopyTrading": [],
        "BlockTrade": [],
        "Exchange": [],
        "NFT": [],
        "Affiliate": [],
        "Earn": [],
        "FiatP2P": [],
        "FiatConvertBroker": [],
        "FiatGlobalPay": [],
        "FiatBitPay": [],
        "BitCard": [],
        "ByXPost": [],
    },
    "ips": ["*"],
    "type": 1,
    "deadlineDay": 62,
    "expiredAt": "2026-12-01T08:00:00Z",
    "createdAt": "2026-09-02T08:00:00Z",
    "unified": 0,
    "uta": 1,
    "userID": 100000001,
    "inviterID": 0,
    "vipLevel": "No VIP",
    "mktMakerLevel": "0",
    "affiliateID": 0,
    "rsaPublicKey": "",
    "isMaster": True,
    "parentUid": "0",
    "kycLevel": "LEVEL_1",
    "kycRegion": "DEU",
}
ON = (
    "ContractTrade.Order",
    "ContractTrade.Position",
    "Spot.SpotTrade",
    "Wallet.AccountTransfer",
    "Derivatives.DerivativesTrade",
)


def credentials(algorithm: str | None = None, **values: str) -> Credentials:
    return Credentials({name: Secret(value) for name, value in values.items()}, algorithm)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def read(permissions: Any = EXAMPLE["permissions"], **fields: Any) -> LiveKey:
    facts = facts_of("bybit")
    assert facts
    whole = {**EXAMPLE, **fields, "permissions": permissions}
    result = {name: value for name, value in whole.items() if value is not ...}
    return bybit.read({"retCode": 0, "retMsg": "", "result": result, "time": 1790000000000}, facts)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "4e2371674e7c97dae76f2f76826f63fe222827923c5e6fcb5a1deb2a40e9ffff"),
        ("subMemberId=100000001&limit=20", "b5a523c717eb1cb684c4666ddc5e586e44a037578ab65c2b246e0fb955388784"),
    ],
)
def test_signature_follows_our_own_vector(query: str, expected: str) -> None:
    text = bybit.payload(NOW_MS, KEY, query)
    assert text == f"1700000000000{KEY}5000{query}"
    assert bybit.signature(text, credentials(api_secret=SECRET)) == expected


def test_request_carries_what_was_signed() -> None:
    request = bybit.sign("GET", PATH, credentials(api_key=KEY, api_secret=SECRET), NOW_MS)
    assert (request.method, request.path, request.query, request.body) == ("GET", PATH, "", b"")
    assert request.headers == {
        "X-BAPI-API-KEY": KEY,
        "X-BAPI-TIMESTAMP": "1700000000000",
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": "4e2371674e7c97dae76f2f76826f63fe222827923c5e6fcb5a1deb2a40e9ffff",
    }


def test_rsa_signature_is_base64_and_fits() -> None:
    key = rsa.generate_private_key(65537, 2048)
    request = bybit.sign("GET", PATH, credentials("rsa", api_key=KEY, private_key=pem(key)), NOW_MS)
    signed = base64.b64decode(request.headers["X-BAPI-SIGN"], validate=True)
    key.public_key().verify(signed, f"1700000000000{KEY}5000".encode(), padding.PKCS1v15(), SHA256())


@pytest.mark.parametrize(
    ("algorithm", "values", "reason", "message"),
    [
        (None, {}, Reason.NO_CREDENTIALS, "`api_secret` is missing"),
        ("hmac", {"api_secret": ""}, Reason.NO_CREDENTIALS, "`api_secret` is missing"),
        ("rsa", {}, Reason.NO_CREDENTIALS, "`private_key` is missing"),
        (None, {"private_key": "ecdsa"}, Reason.BAD_CREDENTIALS, "Bybit takes RSA keys, not ecdsa"),
        (
            "rsa",
            {"private_key": "ecdsa"},
            Reason.BAD_CREDENTIALS,
            "the private key is ecdsa, the declaration says rsa",
        ),
    ],
)
def test_credentials_that_cannot_sign_are_refused(
    algorithm: str | None, values: dict[str, str], reason: Reason, message: str
) -> None:
    if "private_key" in values:
        values = {"private_key": pem(ec.generate_private_key(ec.SECP256R1()))}
    with pytest.raises(Refusal) as caught:
        bybit.sign("GET", PATH, credentials(algorithm, api_key=KEY, **values), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (reason, message)


def test_example_is_read_whole() -> None:
    assert read() == LiveKey(
        rights=ON,
        ip_restricted=False,
        ip_allowlist=(),
        created=datetime(2026, 9, 2, 8, tzinfo=UTC),
        expires=datetime(2026, 12, 1, 8, tzinfo=UTC),
        label="grid-bot",
        key_id="AbCdEfGhIjKlMnOpQr",
        account_id="100000001",
        read_only=False,
    )


@pytest.mark.parametrize("value", [1, True, "1", "true"])
def test_read_only_overrides_the_groups(value: object) -> None:
    live = read(readOnly=value)
    assert (live.rights, live.unmapped, live.unreported) == ((), (), ())
    live = read({"New": ["Thing"]}, readOnly=value)
    assert (live.rights, live.unmapped, live.unreported) == ((), (), ())


@pytest.mark.parametrize("value", [0, False, "0", "false", None, ...])
def test_key_that_is_not_said_to_be_read_only_is_not(value: object) -> None:
    assert read(readOnly=value).rights == ON


def test_group_that_is_absent_or_null_is_unreported() -> None:
    groups = {name: values for name, values in EXAMPLE["permissions"].items() if name != "Wallet"}
    live = read({**groups, "FiatP2P": None})
    assert live.unreported == (
        "Wallet.AccountTransfer",
        "Wallet.SubMemberTransfer",
        "Wallet.SubMemberTransferList",
        "Wallet.Withdraw",
        "FiatP2P.FiatP2POrder",
        "FiatP2P.Advertising",
    )


def test_rights_that_nobody_knows_are_kept() -> None:
    groups = {**EXAMPLE["permissions"], "Spot": ["SpotTrade", "New"], "FiatGlobalPay": ["Pay"], "NFT": ["NFTQuery"]}
    live = read(groups)
    assert live.rights == ON
    assert live.unmapped == ("Spot.New", "NFT.NFTQuery", "FiatGlobalPay.Pay")


def test_list_may_be_a_text() -> None:
    live = read({**EXAMPLE["permissions"], "ContractTrade": "Order, Position"}, ips="203.0.113.7,203.0.113.8")
    assert live.rights == ON
    assert (live.ip_restricted, live.ip_allowlist) == (True, ("203.0.113.7", "203.0.113.8"))


@pytest.mark.parametrize(
    ("ips", "restricted", "listed"),
    [
        (["*"], False, ()),
        ("*", False, ()),
        ([], False, ()),
        ("", False, ()),
        (["203.0.113.7", "*"], False, ()),
        (["203.0.113.7"], True, ("203.0.113.7",)),
        (None, UNKNOWN, UNKNOWN),
        (..., UNKNOWN, UNKNOWN),
    ],
)
def test_address_list(ips: object, restricted: object, listed: object) -> None:
    live = read(ips=ips)
    assert (live.ip_restricted, live.ip_allowlist) == (restricted, listed)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1970-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00.000Z", None),
        ("1970-01-01", None),
        ("2026-12-01T08:00:00Z", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("2026-12-01T08:00:00.000+00:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("2026-12-01T10:00:00+02:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("2026-12-01 08:00:00", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        (None, UNKNOWN),
        (..., UNKNOWN),
    ],
)
def test_end_is_read_and_the_days_beside_it_are_not(value: object, expected: object) -> None:
    for days in (62, -2, -1, 0, "x", ...):
        assert read(expiredAt=value, deadlineDay=days).expires == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"userID": "100000001"}, "100000001"),
        ({"userID": 0, "userIDInt64": "100000001"}, "100000001"),
        ({"userID": ..., "userIDInt64": "100000001"}, "100000001"),
        ({"userID": 100000001, "userIDInt64": "0"}, "100000001"),
        ({"userID": ...}, UNKNOWN),
    ],
)
def test_account(fields: dict[str, object], expected: object) -> None:
    assert read(**fields).account_id == expected


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("permissions", [], "permissions is not an object"),
        ("permissions", "Spot", "permissions is not an object"),
        ("permissions", None, "it holds no permissions"),
        ("permissions", ..., "it holds no permissions"),
        ("permissions", {"Spot": {"SpotTrade": True}}, "permissions.Spot is not a list of texts"),
        ("permissions", {"Spot": [1]}, "permissions.Spot is not a list of texts"),
        ("permissions", {"Spot": True}, "permissions.Spot is not a list of texts"),
        ("permissions", {"Whatever": 1}, "a group of permissions is not a list of texts"),
        ("readOnly", 2, "readOnly is not true or false"),
        ("readOnly", "yes", "readOnly is not true or false"),
        ("readOnly", [], "readOnly is not true or false"),
        ("readOnly", 1.0, "readOnly is not true or false"),
        ("ips", 7, "ips is not a list of texts"),
        ("ips", [None], "ips is not a list of texts"),
        ("expiredAt", 1790000000, "expiredAt is not a text"),
        ("expiredAt", "soon", "expiredAt is not a time"),
        ("createdAt", "0000-00-00", "createdAt is not a time"),
        ("createdAt", "0001-01-01T00:00:00+14:00", "createdAt is not a time"),
        ("note", 5, "note is not a text"),
        ("apiKey", ["x"], "apiKey is not a text"),
        ("userID", 1.5, "userID is not a text"),
        ("userID", True, "userID is not a text"),
    ],
)
def test_wrong_type_is_named_and_its_value_is_not_shown(field: str, value: object, what: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(**{field: value})
    assert (caught.value.reason, caught.value.message) == (Reason.BAD_ANSWER, f"the answer makes no sense: {what}")


@pytest.mark.parametrize("data", [[], None, {}, {"result": []}, {"retCode": 0, "result": None}, "x"])
def test_answer_of_another_shape_is_refused(data: object) -> None:
    facts = facts_of("bybit")
    assert facts
    with pytest.raises(Refusal) as caught:
        bybit.read(data, facts)
    assert caught.value.reason is Reason.BAD_ANSWER


RESET = {"x-bapi-limit-reset-timestamp": "1790000001000"}


@pytest.mark.parametrize(
    ("data", "headers", "expected"),
    [
        ({"retCode": 0, "retMsg": "OK"}, RESET, None),
        ({"retCode": "0", "retMsg": "success"}, RESET, None),
        ({"retCode": 10003, "retMsg": "API key is invalid."}, RESET, Error("10003", "API key is invalid.")),
        ({"retCode": "10003", "retMsg": None}, {}, Error("10003", "")),
        ({"retCode": 10006, "retMsg": "Too many visits."}, {}, Error("10006", "Too many visits.")),
        ({"retCode": 10006, "retMsg": "x"}, RESET, Error("10006", "x", 1790000001000)),
        ({"retCode": 10006, "retMsg": "x"}, {"x-bapi-limit-reset-timestamp": "soon"}, Error("10006", "x")),
        ({"retCode": 10006, "retMsg": "x"}, {"x-bapi-limit-reset-timestamp": "9" * 30}, Error("10006", "x")),
        ({"retCode": True, "retMsg": "x"}, {}, None),
        ({"retCode": [], "retMsg": "x"}, {}, None),
        ({"result": {}}, {}, None),
        ([], {}, None),
        (None, {}, None),
    ],
)
def test_error_is_the_code(data: object, headers: dict[str, str], expected: Error | None) -> None:
    assert bybit.error(Answer(200, headers, data)) == expected


@pytest.mark.parametrize("value", ["1790000000123456789", 1790000000123456789])
def test_server_time_is_in_milliseconds(value: object) -> None:
    assert bybit.server_time({"retCode": 0, "result": {"timeSecond": "1", "timeNano": value}}) == 1790000000123


@pytest.mark.parametrize("value", [None, True, 1.5, "x", -1, [], {}])
def test_server_time_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(Refusal) as caught:
        bybit.server_time({"result": {"timeNano": value}})
    assert caught.value.reason is Reason.BAD_ANSWER
