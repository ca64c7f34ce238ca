"""The simulated Binance, asked over real sockets."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from keylint.sandbox.server import Sandbox

Start = Callable[..., Sandbox]
Ask = Callable[..., tuple[int, dict[str, str], bytes]]

NOW = 1_499_827_319_559
KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
PATH = "/sapi/v1/account/apiRestrictions"
OWN = "82f4e72e95e63d666b6da651e82a701722ad8a785a169318d91f36f279c55821"
OWN_QUERY = "recvWindow=5000&timestamp=1499827319559"
NON_ASCII = "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96"
ORDER = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"


def signed(payload: str) -> str:
    return f"{payload}&signature={hmac.digest(SECRET.encode(), payload.encode(), 'sha256').hex()}"


@pytest.fixture
def judge(ask: Ask) -> Callable[..., tuple[int, Any]]:
    """Asks for the key's restrictions with a given query; returns status and data."""

    def judge(sandbox: Sandbox, query: str, key: str | None = KEY) -> tuple[int, Any]:
        headers = {} if key is None else {"X-MBX-APIKEY": key}
        status, _, body = ask(sandbox.base_urls["binance"], "GET", f"{PATH}?{query}", headers)
        return status, json.loads(body)

    return judge


Judge = Callable[..., tuple[int, Any]]


def test_own_vector_gets_the_whole_answer(start: Start, judge: Judge) -> None:
    sandbox = start(
        {
            "permissions": ["enableReading", "enableSpotAndMarginTrading"],
            "ip_allowlist": ["203.0.113.7"],
            "created": "2024-07-01T10:40:00Z",
        }
    )
    assert judge(sandbox, f"{OWN_QUERY}&signature={OWN}") == (
        200,
        {
            "ipRestrict": True,
            "createTime": 1719830400000,
            "enableReading": True,
            "enableSpotAndMarginTrading": True,
            "enableWithdrawals": False,
            "enableInternalTransfer": False,
            "permitsUniversalTransfer": False,
            "enableMargin": False,
            "enableFutures": False,
            "enableVanillaOptions": False,
            "enablePortfolioMarginTrading": False,
            "enableFixApiTrade": False,
            "enableFixReadOnly": False,
        },
    )


@pytest.mark.parametrize(
    "query",
    [
        f"symbol=LTCBTC&{ORDER}&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71",
        f"{NON_ASCII}&{ORDER}&signature=e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        f"{OWN_QUERY}&signature={OWN.upper()}",
    ],
    ids=["official", "official-non-ascii", "hex-in-capitals"],
)
def test_good_signature_is_accepted(start: Start, judge: Judge, query: str) -> None:
    assert judge(start(), query)[0] == 200


@pytest.mark.parametrize("half", ["private_key", "public_key"])
@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_asymmetric_signature_is_checked(start: Start, judge: Judge, algorithm: str, half: str) -> None:
    payload = f"timestamp={NOW}"
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    if algorithm == "rsa":
        key = rsa.generate_private_key(65537, 2048)
        raw = key.sign(payload.encode(), padding.PKCS1v15(), hashes.SHA256())
    else:
        key = ed25519.Ed25519PrivateKey.generate()
        raw = key.sign(payload.encode())
    if half == "private_key":
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    else:
        pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    sandbox = start({"api_secret": None, half: pem.decode()})
    signature = base64.b64encode(raw).decode()
    assert judge(sandbox, f"{payload}&signature={quote(signature, safe='')}")[0] == 200
    wrong = base64.b64encode(raw[::-1]).decode()
    for bad in (signature, quote(wrong, safe=""), quote(signature[1:], safe=""), OWN):
        assert judge(sandbox, f"{payload}&signature={bad}")[1]["code"] == -1022


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        (f"{OWN_QUERY}&signature={'0' * 64}", -1022, "Signature for this request is not valid."),
        (f"{OWN_QUERY}&signature=%FF", -1022, "Signature for this request is not valid."),
        (f"signature={OWN}&{OWN_QUERY}", -1022, "Signature for this request is not valid."),
        (f"recvWindow=5000&signature={OWN}&timestamp={NOW}", -1022, "Signature for this request is not valid."),
        (signed(f"symbol=A+B&{OWN_QUERY}"), -1022, "Signature for this request is not valid."),
        (signed(f"symbol=A:B&{OWN_QUERY}"), -1022, "Signature for this request is not valid."),
        (signed(f"symbol=%4&{OWN_QUERY}"), -1022, "Signature for this request is not valid."),
        (
            OWN_QUERY,
            -1102,
            "Mandatory parameter 'signature' was not sent, was empty/null, or malformed.",
        ),
        (
            signed("recvWindow=5000"),
            -1102,
            "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.",
        ),
        (signed(f"{OWN_QUERY}&timestamp={NOW}"), -1101, "Duplicate values for a parameter detected."),
        (signed("timestamp=now"), -1100, "Illegal characters found in parameter 'timestamp'."),
        (signed(f"timestamp={NOW}&recvWindow=-1"), -1100, "Illegal characters found in parameter 'recvWindow'."),
        (signed(f"timestamp={NOW}&recvWindow=60000.001"), -1131, "recvWindow must be less than 60000."),
        (
            signed(f"timestamp={NOW - 5001}"),
            -1021,
            "Timestamp for this request is outside of the recvWindow.",
        ),
        (
            signed(f"timestamp={NOW + 1000}"),
            -1021,
            "Timestamp for this request was 1000ms ahead of the server's time.",
        ),
    ],
)
def test_bad_request_is_refused(start: Start, judge: Judge, query: str, code: int, text: str) -> None:
    sandbox = start()
    assert judge(sandbox, query) == (400, {"code": code, "msg": text})
    assert [record.outcome for record in sandbox.requests] == [str(code)]


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (f"timestamp={NOW + 999}", 200),
        (f"timestamp={NOW - 5000}", 200),
        (f"timestamp={NOW - 60000}&recvWindow=60000", 200),
        (f"timestamp={NOW - 60001}&recvWindow=60000", 400),
        (f"timestamp={NOW}000", 200),
        (f"timestamp={NOW - 3}000&recvWindow=2.999", 400),
        (f"timestamp={NOW - 3}000&recvWindow=3.000", 200),
        (f"timestamp={(NOW + 1000) * 1000 - 1}", 200),
        (f"timestamp={(NOW + 1000) * 1000}", 400),
    ],
)
def test_window_is_exact(start: Start, judge: Judge, payload: str, status: int) -> None:
    assert judge(start(), signed(payload))[0] == status


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, -2014), (KEY[:-1], -2014), (f'"{KEY[2:]}"', -2014), (KEY[::-1], -2008)],
    ids=["missing", "cut-off", "quoted", "unknown"],
)
def test_bad_key_is_refused(start: Start, judge: Judge, key: str | None, code: int) -> None:
    status, data = judge(start(), signed(OWN_QUERY), key)
    assert (status, data["code"]) == (400, code)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"permissions": ["enableFutures"]}, 400),
        ({"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"}, 400),
        ({"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.7"}, 200),
        ({"ip_allowlist": ["203.0.113.0/24"], "client_address": "203.0.113.8"}, 200),
        ({"client_address": "203.0.113.8"}, 200),
    ],
)
def test_address_and_right_are_checked(start: Start, judge: Judge, changes: dict[str, Any], status: int) -> None:
    got, data = judge(start(changes), signed(OWN_QUERY))
    assert got == status
    if status == 400:
        assert data == {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}


def test_time_needs_no_key(start: Start, ask: Ask) -> None:
    status, headers, body = ask(start().base_urls["binance"], "GET", "/api/v3/time")
    assert (status, body) == (200, b'{"serverTime":1499827319559}')
    assert (headers["content-type"], headers["date"]) == ("application/json", "Wed, 12 Jul 2017 02:41:59 GMT")


def test_raw_fields_replace_add_and_vanish(start: Start, judge: Judge) -> None:
    sandbox = start(
        {
            "answer": {"enableAlphaWithdrawals": True, "enableReading": "yes", "enableMargin": None},
            "omit": ["enableFixApiTrade", "enableFixReadOnly"],
        }
    )
    data = judge(sandbox, signed(OWN_QUERY))[1]
    assert (data["enableAlphaWithdrawals"], data["enableReading"], data["enableMargin"]) == (True, "yes", None)
    assert not {"enableFixApiTrade", "enableFixReadOnly"} & data.keys()


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", PATH),
        ("POST", "/api/v3/order"),
        ("GET", "/api/v3/account"),
        ("DELETE", "/api/v3/time"),
        ("GET", "/sapi/v1/account/apiRestrictions/"),
    ],
)
def test_any_other_call_is_forbidden_and_recorded(start: Start, ask: Ask, method: str, target: str) -> None:
    sandbox = start()
    status, _, body = ask(sandbox.base_urls["binance"], method, f"{target}?signature=s", {"X-MBX-APIKEY": KEY})
    assert (status, json.loads(body)) == (404, {"status": 404, "error": "Not Found"})
    (record,) = sandbox.forbidden
    assert (record.exchange, record.method, record.path) == ("binance", method, target)
    assert (record.key, record.outcome) == ("Eh8A", "forbidden")


def test_documented_calls_are_recorded_without_secrets(start: Start, ask: Ask, judge: Judge) -> None:
    sandbox = start()
    judge(sandbox, signed(OWN_QUERY))
    ask(sandbox.base_urls["binance"], "GET", "/api/v3/time")
    assert [(r.method, r.path, r.key, r.outcome, r.status) for r in sandbox.requests] == [
        ("GET", PATH, "Eh8A", "ok", 200),
        ("GET", "/api/v3/time", "", "ok", 200),
    ]
    assert sandbox.forbidden == ()
    for secret in (KEY, SECRET, OWN):
        assert secret not in repr(sandbox.requests)
