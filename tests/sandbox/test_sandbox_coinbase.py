"""The simulated Coinbase, asked over real sockets."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import INSPECT, KID, NOW, SEED, b64url, claims, entry, send, token

Play = Callable[..., Sandbox]

PATH = INSPECT["coinbase"]
BARE_KID = "22222222-2222-4222-8222-222222222222"
ED = ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(SEED)[:32])
EC = ec.generate_private_key(ec.SECP256R1())
PEM = EC.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()


def es256(text: bytes) -> bytes:
    r, s = utils.decode_dss_signature(EC.sign(text, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def ask(sandbox: Sandbox, bearer: str, target: str = PATH, scheme: str = "Bearer") -> tuple[int, bytes]:
    status, _, body = send(sandbox.base_urls["coinbase"], "GET", target, {"Authorization": f"{scheme} {bearer}"})
    return status, body


def test_own_vector_gets_the_whole_answer(play: Play) -> None:
    sandbox = play(entry("coinbase", permissions=["can_view", "can_trade", "Export", "Manage"]))
    head = {"alg": "EdDSA", "kid": KID, "nonce": "00112233445566778899aabbccddeeff", "typ": "JWT"}
    said = {
        "sub": KID,
        "iss": "cdp",
        "nbf": 1700000000,
        "exp": 1700000120,
        "uri": "GET api.coinbase.com/api/v3/brokerage/key_permissions",
    }
    parts = [b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, said)]
    sign = "MRPtpPBefONVLNIa1b1gDKavI0AlMOK9AXtK4iTk2RuPeX8U37CHrGYupZoY3FqFEuHyjs9rYdjx5bsNWnuyBw"
    status, body = ask(sandbox, ".".join((*parts, sign)))
    assert status == 200
    assert json.loads(body) == {
        "can_view": True,
        "can_trade": True,
        "can_transfer": False,
        "can_receive": False,
        "portfolio_uuid": "33333333-3333-4333-8333-333333333333",
        "portfolio_type": "DEFAULT",
    }
    assert [(record.key, record.outcome) for record in sandbox.requests] == [("2222", "ok")]


def test_shapes_vary(play: Play) -> None:
    account = "44444444-4444-4444-8444-444444444444"
    sandbox = play(entry("coinbase", account=account, answer={"portfolio_type": "INTX"}, omit=["can_receive"]))
    data = json.loads(ask(sandbox, token(ED.sign, claims(PATH)))[1])
    assert (data["portfolio_uuid"], data["portfolio_type"], "can_receive" in data) == (account, "INTX", False)


@pytest.mark.parametrize("kid", [KID, BARE_KID])
@pytest.mark.parametrize("private", [PEM, SEED, base64.b64encode(base64.b64decode(SEED)[:32]).decode()])
def test_every_form_of_key_and_name_is_served(play: Play, kid: str, private: str) -> None:
    sandbox = play(entry("coinbase", api_key=kid, private_key=private))
    is_ec = private is PEM
    signed = token(es256 if is_ec else ED.sign, claims(PATH, sub=kid), "ES256" if is_ec else "EdDSA")
    assert ask(sandbox, signed)[0] == 200
    for bad in (signed[:-4] + "AAAA", token(ED.sign if is_ec else es256, claims(PATH, sub=kid), "EdDSA")):
        assert ask(sandbox, bad) == (401, b"Unauthorized\n")


def test_signature_in_der_is_refused(play: Play) -> None:
    sandbox = play(entry("coinbase", private_key=PEM))
    der = lambda text: EC.sign(text, ec.ECDSA(hashes.SHA256()))  # noqa: E731 - one line beside the one that uses it
    assert ask(sandbox, token(der, claims(PATH), "ES256"))[0] == 401
    assert ask(sandbox, token(lambda text: es256(text) + b"\0", claims(PATH), "ES256"))[0] == 401


@pytest.mark.parametrize(
    ("nbf", "exp", "status"),
    [
        (0, 120, 200),
        (0, 1, 200),
        (-119, 1, 200),
        (-120, 0, 401),
        (1, 120, 401),
        (0, 121, 401),
        (0.0, 120, 401),
        (None, 120, 401),
        ("now", 120, 401),
        (True, 120, 401),
    ],
)
def test_lifetime_is_exact(play: Play, nbf: Any, exp: int, status: int) -> None:
    begin = nbf if nbf is None or isinstance(nbf, str | bool) else NOW // 1000 + nbf
    sandbox = play(entry("coinbase"))
    assert ask(sandbox, token(ED.sign, claims(PATH, nbf=begin, exp=NOW // 1000 + exp)))[0] == status


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "other"},
        {"iss": "someone"},
        {"uri": f"GET https://api.coinbase.com{PATH}"},
        {"uri": f"GET api.coinbase.com{PATH}?a=1"},
        {"uri": f"POST api.coinbase.com{PATH}"},
        {"uri": "GET api.coinbase.com/api/v3/brokerage/accounts"},
        {"uri": f"GET other.example{PATH}"},
        {"uri": None, "uris": [f"GET api.coinbase.com{PATH}"]},
    ],
)
def test_wrong_claim_is_refused(play: Play, changes: dict[str, Any]) -> None:
    said = claims(PATH) | changes
    assert ask(play(entry("coinbase")), token(ED.sign, said, kid=KID)) == (401, b"Unauthorized\n")


@pytest.mark.parametrize(
    "changes",
    [{"alg": "none"}, {"alg": "ES256"}, {"typ": "jwt"}, {"nonce": ""}, {"nonce": "not hex"}, {"kid": BARE_KID}],
)
def test_wrong_header_is_refused(play: Play, changes: dict[str, Any]) -> None:
    assert ask(play(entry("coinbase")), token(ED.sign, claims(PATH), **changes)) == (401, b"Unauthorized\n")


def test_older_issuer_and_own_name_are_accepted(play: Play) -> None:
    sandbox = play(entry("coinbase"))
    place = urlsplit(sandbox.base_urls["coinbase"]).netloc
    for changes in ({"iss": "coinbase-cloud"}, {"uri": f"GET {place}{PATH}"}, {"uri": f"GET 127.0.0.1{PATH}"}):
        assert ask(sandbox, token(ED.sign, claims(PATH) | changes), PATH + "?a=1")[0] == 200


@pytest.mark.parametrize(
    "bearer", ["", "x", "a.b", "a.b.c", "e30.e30.e30", "W10.W10.W10", "A.A.A", "ÿ.ÿ.ÿ", "e30=.e30=.e30="]
)
def test_what_is_no_token_is_refused(play: Play, bearer: str) -> None:
    assert ask(play(entry("coinbase")), bearer) == (401, b"Unauthorized\n")


def test_padded_or_deep_or_foreign_token_is_refused(play: Play) -> None:
    sandbox = play(entry("coinbase"))
    good = token(ED.sign, claims(PATH))
    head, said, sign = good.split(".")
    deep = b64url(b"[" * 20_000)
    for bad in (f"{head}.{said}.{sign}==", f"{deep}.{said}.{sign}", f"{head}.{deep}.{sign}", f"{good}.x"):
        assert ask(sandbox, bad)[0] == 401
    assert ask(sandbox, good, scheme="Basic")[0] == 401
    assert ask(sandbox, good)[0] == 200


def test_one_answer_hides_the_address_and_another_names_the_right(play: Play) -> None:
    signed = token(ED.sign, claims(PATH))
    away = play(entry("coinbase", ip_allowlist=["203.0.113.7"], client_address="203.0.113.8"))
    assert ask(away, signed) == (401, b"Unauthorized\n")
    status, body = ask(play(entry("coinbase", permissions=["can_trade"])), signed)
    assert status == 403
    assert json.loads(body) == {
        "error": "PERMISSION_DENIED",
        "code": 7,
        "message": "Missing required scopes",
        "details": [],
    }


def test_time_is_given_thrice(play: Play) -> None:
    _, _, body = send(play(entry("coinbase")).base_urls["coinbase"], "GET", "/api/v3/brokerage/time")
    assert json.loads(body) == {
        "iso": "2023-11-14T22:13:20.000Z",
        "epochSeconds": "1700000000",
        "epochMillis": "1700000000000",
    }
