"""The simulated Deribit, asked over real sockets."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, TIME, b64, deribit, entry, mac, send, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["deribit"]
PATH = INSPECT["deribit"]
AUTH = "/api/v2/public/auth"
TIMES = {"testnet": False, "usIn": NOW * 1000, "usOut": NOW * 1000 + 250, "usDiff": 250}


def ask(sandbox: Sandbox, target: str = PATH, key: Any = KEY, **options: Any) -> tuple[int, Any]:
    return told(sandbox.base_urls["deribit"], deribit(key, target, **options))


def sign_in(sandbox: Sandbox, method: str = "public/auth", **params: Any) -> tuple[int, Any]:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    return told(sandbox.base_urls["deribit"], (AUTH, {"Content-Type": "application/json"}), body)


def signed(key: Any = KEY, now: int = NOW, nonce: str = "fdbmmz79", data: str = "", **changes: Any) -> dict[str, Any]:
    signature = mac(key["api_secret"], f"{now}\n{nonce}\n{data}").hex()
    said = {"grant_type": "client_signature", "client_id": key["api_key"], "timestamp": now, "nonce": nonce}
    return {**said, "data": data, "signature": signature, **changes}


def with_token(sandbox: Sandbox, token: str) -> tuple[int, Any]:
    return told(sandbox.base_urls["deribit"], (PATH, {"Authorization": f"Bearer {token}"}))


def error(code: int, message: str, **data: str) -> dict[str, Any]:
    said = {"message": message, **({"data": data} if data else {}), "code": code}
    return {"jsonrpc": "2.0", "error": said, **TIMES}


BAD = (400, error(13004, "invalid_credentials"))


def test_own_vector_of_the_header_is_accepted(play: Play) -> None:
    said = "id=1aBcD2eF,ts=1700000000000,nonce=abcd1234"
    signature = "33d582cec0c6af25683a91edc3c461758bb955f13f3eef342345454c6b273a1f"
    sandbox = play(entry("deribit"))
    sent = (PATH, {"Authorization": f"deri-hmac-sha256 {said},sig={signature}"})
    assert told(sandbox.base_urls["deribit"], sent)[0] == 200
    assert sandbox.requests[0].key == "D2eF"


def test_published_vector_of_a_session_is_accepted(play: Play) -> None:
    sandbox = play(entry("deribit", api_secret="ABCD"), now_ms=1554883365000)
    signature = "e20c9cd5639d41f8bbc88f4d699c4baf94a4f0ee320e9a116b72743c449eb994"
    params = signed(now=1554883365000, signature=signature)
    assert sign_in(sandbox, **params)[0] == 200


def test_second_published_vector_of_a_session_is_accepted(play: Play) -> None:
    key = {"api_key": "AMANDA", "api_secret": "AMANDASECRECT"}
    sandbox = play(entry("deribit", **key), now_ms=1576074319000)
    signature = "56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1"
    params = signed(key, now=1576074319000, nonce="1iqt2wls", signature=signature)
    assert sign_in(sandbox, **params)[0] == 200


def test_answer_holds_all_keys_of_the_account_with_their_secrets(play: Play) -> None:
    own = entry("deribit", ip_allowlist=["203.0.113.10"], created="2024-07-24T08:00:00Z", label="mm_eu")
    other = entry("deribit", api_key="other", api_secret="another secret", permissions=["trade:read"])
    foreign = entry("deribit", api_key="foreign", account="7", main_account="100000001")
    sandbox = play(own, other, foreign)
    status, data = ask(sandbox)
    assert (status, data["jsonrpc"], {name: data[name] for name in TIMES}) == (200, "2.0", TIMES)
    assert data["result"][0] == {
        "id": 1,
        "client_id": "1aBcD2eF",
        "client_secret": "keylint-demo-secret",
        "name": "mm_eu",
        "max_scope": "account:read trade:read_write wallet:none",
        "timestamp": 1721808000000,
        "enabled": True,
        "default": False,
        "enabled_features": [],
        "ip_whitelist": ["203.0.113.10"],
    }
    assert [(row["id"], row["client_secret"], row["max_scope"]) for row in data["result"][1:]] == [
        (2, "another secret", "account:none trade:read wallet:none")
    ]


@pytest.mark.parametrize(
    ("permissions", "is_shown"),
    [
        (["account:read", "trade:read_write"], True),
        (["account:read", "trade:read"], True),
        (["account:read_write"], False),
        (["block_rfq:read"], False),
    ],
)
def test_list_is_for_keys_that_can_do_all_that_the_others_can(
    play: Play, permissions: list[str], is_shown: bool
) -> None:
    other = entry("deribit", api_key="other", permissions=permissions)
    got = ask(play(entry("deribit"), other))
    assert got[0] == 200 if is_shown else got == (400, error(13403, "scope_exceeded"))


def test_areas_that_are_open_are_named(play: Play) -> None:
    key = entry("deribit", permissions=["account:read_write", "block_rfq:read"])
    (row,) = ask(play(key))[1]["result"]
    assert row["max_scope"] == "account:read_write trade:none wallet:none block_rfq:read"


@pytest.mark.parametrize(("secret", "is_accepted"), [("keylint-demo-secret", True), ("other", False), ("", False)])
def test_secret_can_stand_in_the_header(play: Play, secret: str, is_accepted: bool) -> None:
    sandbox = play(entry("deribit"))
    said = b64(f"1aBcD2eF:{secret}".encode())
    for scheme in ("Basic", "basic"):
        got = told(sandbox.base_urls["deribit"], (PATH, {"Authorization": f"{scheme} {said}"}))
        assert got[0] == 200 if is_accepted else got == BAD
    assert sandbox.requests[0].key == "D2eF"


@pytest.mark.parametrize("said", ["\xff", "abc", b64(bytes([255])), b64(b"nothing")])
def test_header_that_is_no_pair_is_refused(play: Play, said: str) -> None:
    assert told(play(entry("deribit")).base_urls["deribit"], (PATH, {"Authorization": f"Basic {said}"})) == BAD


def test_other_shapes_of_a_row_can_be_chosen(play: Play) -> None:
    shape = {"answer": {"max_scope": ["account:read"], "client_secret": ""}, "omit": ["ip_whitelist", "name"]}
    (row,) = ask(play(entry("deribit", **shape)))[1]["result"]
    assert (row["max_scope"], row["client_secret"]) == (["account:read"], "")
    assert not {"ip_whitelist", "name"} & row.keys()


@pytest.mark.parametrize(
    ("changes", "scope"),
    [
        ({}, "connection mainaccount account:read trade:read_write wallet:none"),
        ({"account": "7", "main_account": "8"}, "connection account:read trade:read_write wallet:none"),
        ({"answer": {"key-scope.scope": "connection wallet:read"}}, "connection wallet:read"),
    ],
)
def test_session_tells_its_scope(play: Play, changes: dict[str, Any], scope: str) -> None:
    sandbox = play(entry("deribit", **changes))
    status, data = sign_in(
        sandbox, grant_type="client_credentials", client_id=KEY["api_key"], client_secret=KEY["api_secret"]
    )
    result = data["result"]
    assert (status, result["token_type"], result["scope"], result["enabled_features"]) == (200, "bearer", scope, [])
    assert with_token(sandbox, result["access_token"])[1]["result"][0]["client_id"] == "1aBcD2eF"
    assert [record.key for record in sandbox.requests] == ["D2eF", "D2eF"]


def test_hostile_text_stands_in_the_scope(play: Play) -> None:
    data = sign_in(play(entry("deribit"), faults=["hostile_text"]), **signed())[1]
    assert data["result"]["scope"].endswith(f"wallet:none {HOSTILE}")


def test_session_ends(play: Play) -> None:
    sandbox = play(entry("deribit", faults=[{"clock_skew": {"seconds": -31_536_000, "times": 1}}]))
    result = sign_in(sandbox, **signed(now=NOW - 31_536_000_000))[1]["result"]
    assert result["expires_in"] == 31_536_000
    assert with_token(sandbox, result["access_token"]) == (401, error(13009, "unauthorized"))
    assert with_token(sandbox, "made-up") == (401, error(13009, "unauthorized"))


def test_nonce_counts_once(play: Play) -> None:
    sandbox = play(entry("deribit"))
    assert [ask(sandbox)[0], ask(sandbox), ask(sandbox, nonce="next")[0]] == [200, BAD, 200]
    assert [sign_in(sandbox, **signed())[0], sign_in(sandbox, **signed())] == [200, BAD]


@pytest.mark.parametrize(("off", "is_accepted"), [(60_000, True), (-60_000, True), (60_001, False), (-60_001, False)])
def test_window_is_a_minute(play: Play, off: int, is_accepted: bool) -> None:
    sandbox = play(entry("deribit"))
    assert (ask(sandbox, now=NOW + off)[0] == 200) == is_accepted
    assert (sign_in(sandbox, **signed(now=NOW + off))[0] == 200) == is_accepted


@pytest.mark.parametrize("key", [{**KEY, "api_secret": "other"}, {**KEY, "api_key": "other"}])
def test_wrong_credentials_are_refused_everywhere(play: Play, key: Any) -> None:
    sandbox = play(entry("deribit"))
    assert ask(sandbox, key=key) == BAD
    assert sign_in(sandbox, **signed(key)) == BAD
    secret = {"client_id": key["api_key"], "client_secret": key["api_secret"]}
    assert sign_in(sandbox, grant_type="client_credentials", **secret) == BAD


@pytest.mark.parametrize("name", ["timestamp", "nonce", "signature"])
def test_signature_needs_all_its_parts(play: Play, name: str) -> None:
    assert sign_in(play(entry("deribit")), **{**signed(), name: ""}) == BAD


def test_data_of_a_session_is_signed(play: Play) -> None:
    sandbox = play(entry("deribit"))
    assert sign_in(sandbox, **signed(data="some"))[0] == 200
    assert sign_in(sandbox, **signed(nonce="2", data="some") | {"data": "other"}) == BAD


def test_query_is_signed_as_sent(play: Play) -> None:
    base = play(entry("deribit")).base_urls["deribit"]
    assert told(base, (f"{PATH}?a=1", deribit(KEY, PATH)[1])) == BAD
    assert told(base, deribit(KEY, f"{PATH}?a=+%20b"))[0] == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Digest abc"}])
def test_request_without_signature_must_authorise(play: Play, headers: dict[str, str]) -> None:
    data = told(play(entry("deribit")).base_urls["deribit"], (PATH, headers))
    assert data == (400, error(10000, "authorization_required"))


@pytest.mark.parametrize("body", [b"", b"[1]", b"[" * 100_000, b'{"method":"public/auth","params":7}'])
def test_body_that_is_no_call_is_refused(play: Play, body: bytes) -> None:
    assert told(play(entry("deribit")).base_urls["deribit"], (AUTH, {}), body) == (400, error(-32602, "Invalid params"))


def test_method_of_the_body_must_be_that_of_the_path(play: Play) -> None:
    assert sign_in(play(entry("deribit")), "public/other", **signed()) == (400, error(-32602, "Invalid params"))


@pytest.mark.parametrize("permissions", [[], ["trade:read_write"]])
def test_list_needs_the_account_scope(play: Play, permissions: list[str]) -> None:
    sandbox = play(entry("deribit", permissions=permissions))
    assert ask(sandbox) == (400, error(13021, "forbidden"))
    assert sign_in(sandbox, **signed())[0] == 200


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"answer": {"enabled": False}}, BAD),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"},
            (401, error(13009, "unauthorized")),
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], refusal: Any) -> None:
    sandbox = play(entry("deribit", **changes))
    assert ask(sandbox) == refusal
    assert sign_in(sandbox, **signed()) == refusal


def test_second_factor_asks_for_a_code(play: Play) -> None:
    sandbox = play(entry("deribit", otp="602051"))
    status, data = ask(sandbox)
    challenge = data["result"].pop("challenge")
    assert (status, data["result"]) == (
        200,
        {
            "security_keys": [{"type": "tfa", "name": "tfa"}],
            "security_key_authorization_required": True,
            "rp_id": "www.deribit.com",
        },
    )
    with_code = f"{PATH}?authorization_data=602051&challenge={quote(challenge)}"
    assert ask(sandbox, with_code, nonce="1")[1]["result"][0]["client_id"] == "1aBcD2eF"
    again = ask(sandbox, with_code, nonce="2")
    assert again == (400, error(13668, "security_key_authorization_error", reason="challenge_timeout"))
    assert sign_in(sandbox, **signed(nonce="3"))[0] == 200


@pytest.mark.parametrize(("code", "reason"), [("000000", "tfa_code_not_matched"), ("", "tfa_code_is_required")])
def test_wrong_code_is_refused(play: Play, code: str, reason: str) -> None:
    sandbox = play(entry("deribit", otp="602051"))
    challenge = ask(sandbox)[1]["result"]["challenge"]
    target = f"{PATH}?authorization_data={code}&challenge={quote(challenge)}"
    assert ask(sandbox, target, nonce="2")[1] == error(13668, "security_key_authorization_error", reason=reason)


def pair(kind: str) -> tuple[str, Callable[[bytes], bytes]]:
    private: Any
    if kind == "rsa":
        private = rsa.generate_private_key(65537, 2048)
        sign = lambda text: private.sign(text, padding.PKCS1v15(), hashes.SHA256())  # noqa: E731 - one line beside the one that uses it
    else:
        private = ed25519.Ed25519PrivateKey.generate()
        sign = private.sign
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public.decode(), sign


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_signature_of_a_private_key_opens_a_session(play: Play, kind: str) -> None:
    public, sign = pair(kind)
    sandbox = play(entry("deribit", api_secret=None, public_key=public))
    for number, write in enumerate((base64.b64encode, base64.urlsafe_b64encode)):
        signature = write(sign(f"{NOW}\n{number}\n".encode())).decode()
        for said in (signature, signature.rstrip("=")):
            params = signed(nonce=str(number), signature=said)
            assert sign_in(play(entry("deribit", api_secret=None, public_key=public)), **params)[0] == 200
    assert sign_in(sandbox, **signed(signature="ab" * 32)) == BAD
    assert ask(sandbox) == BAD
    secret = {"client_id": KEY["api_key"], "client_secret": ""}
    assert sign_in(sandbox, grant_type="client_credentials", **secret) == BAD
    token = sign_in(sandbox, **signed(nonce="0", signature=base64.b64encode(sign(f"{NOW}\n0\n".encode())).decode()))
    (row,) = with_token(sandbox, token[1]["result"]["access_token"])[1]["result"]
    assert row["public_key"] == public
    assert row["client_secret"] == hashlib.md5(public.encode()).hexdigest()


def test_answer_tells_the_test_network(play: Play) -> None:
    key = entry("deribit", environment="demo", otp="602051")
    data = ask(play(key))[1]
    assert (data["testnet"], data["result"]["rp_id"]) == (True, "test.deribit.com")


def test_time_is_in_milliseconds_and_other_methods_are_unknown(play: Play) -> None:
    base = play(entry("deribit")).base_urls["deribit"]
    assert told(base, (TIME["deribit"], {}))[1]["result"] == NOW
    assert told(base, ("/api/v2/private/create_api_key", {})) == (400, error(-32601, "Method not found"))
    assert send(base, "POST", PATH)[0] == 400


def test_limit_is_a_code(play: Play) -> None:
    assert ask(play(entry("deribit"), faults=["rate_limited"])) == (429, error(10028, "too_many_requests"))
