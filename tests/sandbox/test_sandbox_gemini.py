"""The simulated Gemini, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NOW, b64, entry, gemini, mac, send, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["gemini"]
PATH = INSPECT["gemini"]
SECONDS = NOW // 1000


def ask(sandbox: Sandbox, key: Any = KEY, **payload: Any) -> tuple[int, Any]:
    return told(sandbox.base_urls["gemini"], gemini(key, PATH, **payload), b"")


def error(reason: str, message: str) -> dict[str, str]:
    return {"result": "error", "reason": reason, "message": message}


def low(nonce: object) -> tuple[int, dict[str, str]]:
    words = f"Nonce '{nonce}' has not increased since your last call to the Gemini API."
    return 400, error("InvalidNonce", words)


UNKNOWN = (400, error("InvalidApiKey", "Invalid API key"))
WRONG = (400, error("InvalidSignature", "InvalidSignature"))


def test_the_tests_sign_as_published() -> None:
    payload = (
        "ewogICAgInJlcXVlc3QiOiAiL3YxL29yZGVyL3N0YXR1cyIsCiAgICAibm9uY2Ui"
        "OiAxMjM0NTYsCgogICAgIm9yZGVyX2lkIjogMTg4MzQKfQo="
    )
    assert mac("1234abcd", payload, "sha384").hex() == (
        "337cc8b4ea692cfe65b4a85fcc9f042b2e3f702ac956fd098d600ab15705775017beae402be773ceee10719ff70d710f"
    )


def test_own_vector_is_accepted(play: Play) -> None:
    sandbox = play(entry("gemini"))
    headers = {
        "X-GEMINI-APIKEY": KEY["api_key"],
        "X-GEMINI-PAYLOAD": "eyJyZXF1ZXN0IjoiL3YxL3JvbGVzIiwibm9uY2UiOjE3MDAwMDAwMDB9",
        "X-GEMINI-SIGNATURE": (
            "157624c772e1623029d281cc713614943139622eeb0c2057f415d1eb41ecbda9c617103a5099863a9977e3de3503cabd"
        ),
    }
    assert told(sandbox.base_urls["gemini"], (PATH, headers), b"")[0] == 200
    assert sandbox.requests[0].key == "GHIJ"


@pytest.mark.parametrize(
    ("permissions", "flags"),
    [
        (["isTrader"], (False, False, True)),
        (["isTrader", "isFundManager"], (False, True, True)),
        (["isAuditor"], (True, False, False)),
    ],
)
def test_answer_is_one_object(play: Play, permissions: list[str], flags: tuple[bool, ...]) -> None:
    status, data = ask(play(entry("gemini", permissions=permissions)))
    assert status == 200
    assert data == dict(zip(("isAuditor", "isFundManager", "isTrader"), flags, strict=True))


def test_master_key_may_show_more(play: Play) -> None:
    key = entry("gemini", api_key="master-x", permissions=["Administrator"], answer={"isAccountAdmin": True})
    assert ask(play(key), key=key)[1] == {
        "isAuditor": False,
        "isFundManager": False,
        "isTrader": False,
        "isAccountAdmin": True,
    }


def test_key_without_a_role_is_told_what_it_lacks(play: Play) -> None:
    status, data = ask(play(entry("gemini", permissions=[])))
    assert (status, data["reason"]) == (403, "MissingRole")
    assert data["message"].endswith(
        "assign one of these roles [Auditor, FundManager, Trader] to API key account-0123456789ABCDEFGHIJ"
        " which currently has roles []"
    )


def test_nonce_must_rise(play: Play) -> None:
    sandbox = play(entry("gemini", last_nonce=100))
    assert ask(sandbox, nonce=100) == low(100)
    assert ask(sandbox, nonce="101")[0] == 200
    assert ask(sandbox, nonce=101) == low(101)
    assert ask(sandbox, nonce=NOW)[0] == 200
    assert ask(sandbox) == low(SECONDS)


@pytest.mark.parametrize("nonce", ["", "now", -5, 1.5, None])
def test_nonce_must_be_a_number(play: Play, nonce: Any) -> None:
    assert ask(play(entry("gemini")), nonce=nonce) == low(nonce)


@pytest.mark.parametrize(
    ("nonce", "is_accepted"),
    [
        (SECONDS, True),
        (SECONDS - 30, True),
        (SECONDS + 30, True),
        (SECONDS - 31, False),
        (SECONDS + 31, False),
        (NOW, False),
    ],
)
def test_nonce_can_be_the_time(play: Play, nonce: int, is_accepted: bool) -> None:
    sandbox = play(entry("gemini", nonce_window=30))
    refusal = (400, error("InvalidNonce", f"Nonce '{nonce}' is not within 30 seconds of server time '{SECONDS}'"))
    for _ in range(2):
        got = ask(sandbox, nonce=nonce)
        assert got[0] == 200 if is_accepted else got == refusal


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("X-GEMINI-APIKEY", "MissingApikeyHeader"),
        ("X-GEMINI-PAYLOAD", "MissingPayloadHeader"),
        ("X-GEMINI-SIGNATURE", "MissingSignatureHeader"),
    ],
)
def test_missing_header_is_named(play: Play, header: str, reason: str) -> None:
    target, headers = gemini(KEY, PATH)
    del headers[header]
    got = told(play(entry("gemini")).base_urls["gemini"], (target, headers), b"")
    assert got == (400, error(reason, f"The {header} header was missing"))


@pytest.mark.parametrize(("changes", "refusal"), [({"api_key": "other"}, UNKNOWN), ({"api_secret": "other"}, WRONG)])
def test_wrong_credentials_are_refused_and_use_no_nonce(play: Play, changes: dict[str, str], refusal: Any) -> None:
    sandbox = play(entry("gemini"))
    assert ask(sandbox, key={**KEY, **changes}) == refusal
    assert ask(sandbox)[0] == 200


@pytest.mark.parametrize("payload", ["{}x", b64(b"[1]"), b64(b"{"), b64(b"[" * 20_000)])
def test_payload_must_be_an_object(play: Play, payload: str) -> None:
    target, headers = gemini(KEY, PATH)
    signature = mac(KEY["api_secret"], payload, "sha384").hex()
    sent = (target, {**headers, "X-GEMINI-PAYLOAD": payload, "X-GEMINI-SIGNATURE": signature})
    got = told(play(entry("gemini")).base_urls["gemini"], sent, b"")
    assert got == (400, error("InvalidJson", "The JSON provided is invalid"))


def test_payload_must_name_the_path(play: Play) -> None:
    status, data = ask(play(entry("gemini")), request="/v1/balances")
    assert (status, data["reason"]) == (400, "EndpointMismatch")


def test_address_that_is_not_allowed_is_refused(play: Play) -> None:
    key = entry("gemini", ip_allowlist=["203.0.113.0/24"], client_address="198.51.100.1")
    target, headers = gemini(KEY, PATH)
    status, _, body = send(play(key).base_urls["gemini"], "POST", target, headers, b"")
    assert (status, body) == (403, b"")


@pytest.mark.parametrize(("code", "status"), [("RateLimit", 429), ("Maintenance", 503), ("MissingRole", 403)])
def test_errors_have_their_statuses(play: Play, code: str, status: int) -> None:
    sandbox = play(entry("gemini"), faults=[{"refuse": {"code": code, "message": "told"}}])
    assert ask(sandbox) == (status, error(code, "told"))


def test_other_paths_are_not_found(play: Play) -> None:
    base = play(entry("gemini")).base_urls["gemini"]
    got = told(base, gemini(KEY, "/v1/withdraw/btc"), b"")
    assert got == (404, error("EndpointNotFound", "no such endpoint: /v1/withdraw/btc"))
