"""The simulated Kraken Futures, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, entry, kraken_futures, told

Play = Callable[..., Sandbox]

KEY = ENTRIES["kraken-futures"]
PATH = INSPECT["kraken-futures"]


def ask(sandbox: Sandbox, target: str = PATH, key: Any = KEY, **options: Any) -> tuple[int, Any]:
    return told(sandbox.base_urls["kraken-futures"], kraken_futures(key, target, **options))


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": code, "message": message, "suberror": None}


REFUSED = (401, error("authenticationError", "API key is not found or request signature is invalid"))
LOW = (401, error("nonceBelowThreshold", "nonce is below the threshold"))
USED = (401, error("nonceDuplicate", "nonce was used before"))


@pytest.mark.parametrize(
    ("nonce", "signature"),
    [
        ("", "KvTmnhSqbm47hRuaeW18jbWq3AtLpeBdt1QrUNpdvX7z1p06E4rBRJLmmoVaOaC43yq6G+qhczb2a7/chSCqfQ=="),
        ("1616492376594", "Bu3v5ecenzhqNL8TNcUUbXq7/6b2UOQnvcVZLd6VZryCRQUAw4FJR9x6svY7pfMh8z5TPmFdIsgCMotnrI/hzg=="),
    ],
)
def test_own_vectors_are_accepted(play: Play, nonce: str, signature: str) -> None:
    sent = (PATH, {"APIKey": KEY["api_key"], "Authent": signature, "Nonce": nonce})
    sandbox = play(entry("kraken-futures"))
    assert told(sandbox.base_urls["kraken-futures"], sent)[0] == 200
    assert sandbox.requests[0].key == "QrSt"


def test_answer_has_no_envelope(play: Play) -> None:
    own = entry(
        "kraken-futures",
        ip_allowlist=["203.0.113.7", "198.51.100.0/24"],
        created="2026-03-01T12:00:00Z",
        account="22222222-2222-4333-8444-555555555555",
    )
    assert ask(play(own)) == (
        200,
        {
            "apiKey": KEY["api_key"],
            "accountUid": "22222222-2222-4333-8444-555555555555",
            "iiban": "AA12 B3C4 D5E6 F7G8",
            "createdAt": "2026-03-01T12:00:00.000Z",
            "permissions": {"general": "FULL_ACCESS", "transfer": "NO_ACCESS"},
            "allowedCidrBlock": None,
            "allowedCidrBlocks": ["203.0.113.7/32", "198.51.100.0/24"],
        },
    )


def test_any_valid_key_is_told_about_itself(play: Play) -> None:
    data = ask(play(entry("kraken-futures", permissions=[])))[1]
    assert (data["permissions"], data["allowedCidrBlocks"]) == ({"general": "NO_ACCESS", "transfer": "NO_ACCESS"}, [])


def test_older_shape_has_one_block(play: Play) -> None:
    older = entry(
        "kraken-futures", answer={"allowedCidrBlock": "203.0.113.7/32", "iiban": None}, omit=["allowedCidrBlocks"]
    )
    data = ask(play(older))[1]
    assert (data["allowedCidrBlock"], data["iiban"]) == ("203.0.113.7/32", None)
    assert "allowedCidrBlocks" not in data


@pytest.mark.parametrize(
    "key", [{**KEY, "api_key": "other"}, {**KEY, "api_key": ""}, {**KEY, "api_secret": KEY["api_secret"][::-1][2:]}]
)
def test_unknown_key_and_wrong_signature_get_one_answer(play: Play, key: Any) -> None:
    if not key["api_secret"].endswith("=="):
        key = {**key, "api_secret": key["api_secret"] + "=="}
    assert ask(play(entry("kraken-futures")), key=key) == REFUSED


@pytest.mark.parametrize(("name", "value"), [("Nonce", "7"), ("Authent", ""), ("Authent", "\xff")])
def test_what_was_signed_must_be_sent(play: Play, name: str, value: str) -> None:
    target, headers = kraken_futures(KEY, PATH)
    base = play(entry("kraken-futures")).base_urls["kraken-futures"]
    assert told(base, (target, {**headers, name: value})) == REFUSED


def test_query_is_signed_as_sent(play: Play) -> None:
    base = play(entry("kraken-futures")).base_urls["kraken-futures"]
    assert told(base, kraken_futures(KEY, f"{PATH}?a=b%20c"))[0] == 200
    assert told(base, (f"{PATH}?a=b+c", kraken_futures(KEY, f"{PATH}?a=b%20c")[1])) == REFUSED


def test_nonce_may_be_left_out_again_and_again(play: Play) -> None:
    sandbox = play(entry("kraken-futures", last_nonce=10))
    assert [ask(sandbox)[0] for _ in range(2)] == [200, 200]


@pytest.mark.parametrize(
    ("window", "nonces", "answers"),
    [(0, ["10", "9", "11", "11"], [USED, LOW, 200, USED]), (3, ["8", "8", "6", "20"], [200, USED, LOW, 200])],
)
def test_nonce_must_be_new(play: Play, window: int, nonces: list[str], answers: list[Any]) -> None:
    sandbox = play(entry("kraken-futures", last_nonce=10, nonce_window=window))
    got = [ask(sandbox, nonce=nonce) for nonce in nonces]
    assert [200 if status == 200 else (status, data) for status, data in got] == answers


def test_nonce_that_is_no_number_is_refused(play: Play) -> None:
    assert ask(play(entry("kraken-futures")), nonce="now") == LOW


def test_refused_request_uses_up_no_nonce(play: Play) -> None:
    sandbox = play(entry("kraken-futures"))
    target, headers = kraken_futures(KEY, PATH, "7")
    base = sandbox.base_urls["kraken-futures"]
    assert told(base, (target, {**headers, "Authent": "x"})) == REFUSED
    assert told(base, (target, headers))[0] == 200


def test_address_that_is_not_allowed_is_refused(play: Play) -> None:
    key = entry("kraken-futures", ip_allowlist=["203.0.113.0/24"], client_address="198.51.100.1")
    assert ask(play(key)) == REFUSED


@pytest.mark.parametrize(
    ("code", "status"), [("apiLimitExceeded", 429), ("unavailable", 503), ("accountInactive", 401)]
)
def test_errors_have_their_statuses(play: Play, code: str, status: int) -> None:
    sandbox = play(entry("kraken-futures"), faults=[{"refuse": {"code": code, "message": "told"}}])
    assert ask(sandbox) == (status, error(code, "told"))


def test_other_paths_are_not_found(play: Play) -> None:
    base = play(entry("kraken-futures")).base_urls["kraken-futures"]
    sent = kraken_futures(KEY, "/derivatives/api/v3/accounts")
    assert told(base, sent) == (404, error("notFound", "no such endpoint"))
