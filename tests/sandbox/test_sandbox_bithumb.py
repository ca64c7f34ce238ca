"""The simulated Bithumb, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import ENTRIES, INSPECT, NONCE, NOW, bithumb, entry, told, with_secret

Play = Callable[..., Sandbox]

KEY = ENTRIES["bithumb"]
PATH = INSPECT["bithumb"]
# The own vector of the description.
DEMO = {"api_key": "demo-access", "api_secret": "keylint-demo-secret"}
VECTOR = "YaUZxU7jZ0nBF4Wl9qMYqlE-SaPX_dBwAjUO6aAdvzI"


def ask(sandbox: Sandbox, target: str = PATH, key: Any = KEY, **options: Any) -> tuple[int, Any]:
    return told(sandbox.base_urls["bithumb"], bithumb(key, target, **options))


def error(name: str, message: str) -> dict[str, Any]:
    return {"error": {"name": name, "message": message}}


JWT = error("jwt_verification", "Jwt 토큰 검증에 실패했습니다.")
EXPIRED = error("expired_jwt", "Jwt가 만료되었습니다.")
UNKNOWN = error("invalid_access_key", "잘못된 엑세스 키입니다.")


def test_own_vector_is_accepted(play: Play) -> None:
    sandbox = play(entry("bithumb", **DEMO))
    sent = bithumb(DEMO, PATH)
    assert sent[1]["Authorization"].endswith(f".{VECTOR}")
    assert told(sandbox.base_urls["bithumb"], sent)[0] == 200
    assert [record.key for record in sandbox.requests] == ["cess"]


def test_answer_holds_the_ends_of_the_accounts_keys(play: Play) -> None:
    other = entry("bithumb", api_key="other", expires="2023-11-01")
    sandbox = play(entry("bithumb"), other, entry("bithumb", api_key="far", account="2"))
    assert ask(sandbox) == (
        200,
        [
            {"access_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69", "expire_at": "2027-06-11T09:00:00+09:00"},
            {"access_key": "other", "expire_at": "2023-11-01T09:00:00+09:00"},
        ],
    )


@pytest.mark.parametrize(
    "options",
    [{"algorithm": "HS512"}, {"algorithm": "none"}, {"key": {**KEY, "api_secret": "other"}}, {"nonce": ""}],
)
def test_bad_token_is_refused(play: Play, options: dict[str, Any]) -> None:
    assert ask(play(entry("bithumb")), **options) == (401, JWT)


@pytest.mark.parametrize(
    "claims", [{"nonce": NONCE}, {"nonce": NONCE, "timestamp": str(NOW)}, {"nonce": NONCE, "timestamp": True}]
)
def test_timestamp_must_be_a_number(play: Play, claims: dict[str, Any]) -> None:
    base = play(entry("bithumb")).base_urls["bithumb"]
    assert told(base, (PATH, with_secret(KEY, claims)[1])) == (401, JWT)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer a.b.c"}, {"Api-Key": "k", "Api-Sign": "s"}])
def test_request_without_a_token_is_refused(play: Play, headers: dict[str, str]) -> None:
    assert told(play(entry("bithumb")).base_urls["bithumb"], (PATH, headers)) == (401, JWT)


@pytest.mark.parametrize(("off", "status"), [(20_000, 200), (-20_000, 200), (20_001, 401), (-20_001, 401)])
def test_window_is_exact(play: Play, off: int, status: int) -> None:
    got, data = ask(play(entry("bithumb")), now=NOW + off)
    assert got == status
    assert status == 200 or data == EXPIRED


def test_nonce_is_used_once(play: Play) -> None:
    sandbox = play(entry("bithumb"))
    assert ask(sandbox)[0] == 200
    assert ask(sandbox) == (401, JWT)
    assert ask(sandbox, nonce="another")[0] == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"api_key": "another"}, UNKNOWN),
        ({"expires": "2023-11-14T22:13:20Z"}, UNKNOWN),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"},
            error("NotAllowIP", "not allowed client IP"),
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], said: dict[str, Any]) -> None:
    assert ask(play(entry("bithumb", **changes))) == (401, said)


def test_query_must_be_covered_by_its_hash(play: Play) -> None:
    sandbox = play(entry("bithumb"))
    assert ask(sandbox, f"{PATH}?a=1&b=%2B")[0] == 200
    headers = bithumb(KEY, PATH, nonce="2")[1]
    status, data = told(sandbox.base_urls["bithumb"], (f"{PATH}?a=1", headers))
    assert (status, data["error"]["name"]) == (401, "invalid_query_payload")


def test_blocked_member_is_refused_with_403(play: Play) -> None:
    sandbox = play(entry("bithumb", faults=[{"refuse": {"code": "blocked_member_id"}}]))
    assert ask(sandbox)[0] == 403
