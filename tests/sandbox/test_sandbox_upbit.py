"""The simulated Upbit, asked over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest

from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import DESK, ENTRIES, INSPECT, NONCE, Sent, entry, send, told, upbit, with_secret

Play = Callable[..., Sandbox]

KEY = ENTRIES["upbit"]
PATH = INSPECT["upbit"]
LIST = "/v1/pockets/api_keys"
MAIN = "9ca023a5-851b-4fec-9f0a-48cd83c2eaae"
SUB = {
    "api_key": "pocket-key",
    "account": DESK,
    "main_account": MAIN,
    "permissions": ["주문조회", "자산이전"],
    "ip_allowlist": ["203.0.113.10", "198.51.100.25"],
    "created": "2026-05-28T06:17:51Z",
}
# The own vector of the description.
DEMO = {"api_key": "demo-access", "api_secret": "keylint-demo-secret"}
VECTOR = "FL3WfEzL7b3RkJihAUL_vLnbQtn2-KSSLf6WSnp0t90khochgVjLTS3GQah24PPeaqujgknHMn0U4T57tE9jeA"


def ask(sandbox: Sandbox, target: str = PATH, key: Any = KEY, **options: Any) -> tuple[int, Any]:
    return told(sandbox.base_urls["upbit"], upbit(key, target, **options))


def error(name: str, message: str) -> dict[str, Any]:
    return {"error": {"name": name, "message": message}}


JWT = error("jwt_verification", "Jwt 토큰 검증에 실패했습니다.")
QUERY = error("invalid_query_payload", "Jwt의 query를 검증하는데 실패하였습니다.")


def test_own_vector_is_accepted(play: Play) -> None:
    sandbox = play(entry("upbit", **DEMO))
    sent = upbit(DEMO, PATH, algorithm="HS512")
    assert sent[1]["Authorization"].endswith(f".{VECTOR}")
    assert told(sandbox.base_urls["upbit"], sent)[0] == 200
    assert [record.key for record in sandbox.requests] == ["cess"]


def test_answer_holds_the_ends_of_the_pockets_keys(play: Play) -> None:
    other = entry("upbit", api_key="other", expires="2023-11-01", answer={"access_key": "oth**"})
    sandbox = play(entry("upbit"), other, entry("upbit", **SUB))
    assert ask(sandbox) == (
        200,
        [
            {"access_key": "8f3a2c1d9b7e6a5c4d3f2e1a0b9c8d7e6f5a4b3c", "expire_at": "2027-05-27T15:17:51+09:00"},
            {"access_key": "oth**", "expire_at": "2023-11-01T09:00:00+09:00"},
        ],
    )
    assert [row["access_key"] for row in ask(sandbox, key=entry("upbit", **SUB))[1]] == ["pocket-key"]


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_signature_is_checked(play: Play, algorithm: str) -> None:
    sandbox = play(entry("upbit"))
    assert ask(sandbox, algorithm=algorithm)[0] == 200
    assert ask(sandbox, key={**KEY, "api_secret": "other"}, algorithm=algorithm) == (401, JWT)


@pytest.mark.parametrize("algorithm", ["HS384", "none", ""])
def test_other_algorithms_are_refused(play: Play, algorithm: str) -> None:
    assert ask(play(entry("upbit")), algorithm=algorithm) == (401, JWT)


@pytest.mark.parametrize("token", ["Bearer", "Bearer a.b.c", "Bearer e30.e30.AA", "Basic a.b.c", "Bearer a.b"])
def test_unreadable_token_is_refused(play: Play, token: str) -> None:
    sent: Sent = (PATH, {"Authorization": token})
    status, data = told(play(entry("upbit")).base_urls["upbit"], sent)
    assert (status, data["error"]["name"]) == (401, "invalid_jwt")


def test_missing_token_and_nonce_are_refused(play: Play) -> None:
    base = play(entry("upbit")).base_urls["upbit"]
    status, data = told(base, (PATH, {}))
    assert (status, data["error"]["name"]) == (401, "no_authorization_token")
    status, data = told(base, (PATH, with_secret(KEY, {})[1]))
    assert (status, data["error"]["name"]) == (401, "invalid_jwt")


def test_nonce_is_used_once_by_each_key(play: Play) -> None:
    other = {**KEY, "api_key": "other"}
    sandbox = play(entry("upbit"), entry("upbit", api_key="other"))
    assert [ask(sandbox)[0], ask(sandbox, key=other)[0]] == [200, 200]
    status, data = ask(sandbox)
    assert (status, data["error"]["name"]) == (401, "nonce_used")
    assert ask(sandbox, nonce=NONCE[::-1])[0] == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"api_key": "another"}, error("invalid_access_key", "잘못된 엑세스 키입니다.")),
        ({"expires": "2023-11-14T22:13:20Z"}, error("expired_access_key", "This key has expired.")),
        (
            {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"},
            error("no_authorization_ip", "This is not a verified IP."),
        ),
    ],
)
def test_key_that_may_not_be_used_is_refused(play: Play, changes: dict[str, Any], said: dict[str, Any]) -> None:
    assert ask(play(entry("upbit", **changes))) == (401, said)


def test_query_must_be_covered_by_its_hash(play: Play) -> None:
    sandbox = play(entry("upbit"))
    base = sandbox.base_urls["upbit"]
    good = upbit(KEY, f"{LIST}?uuids[]={MAIN}", nonce="1")[1]
    encoded = f"{LIST}?uuids%5B%5D={MAIN}"
    assert told(base, (encoded, good))[0] == 200
    for number, (target, claims) in enumerate(
        [
            (f"{LIST}?uuids[]={MAIN}", {}),
            (f"{LIST}?uuids[]={MAIN}", {"query_hash": "0" * 128, "query_hash_alg": "SHA512"}),
            (PATH, {"query_hash": "0" * 128, "query_hash_alg": "SHA512"}),
        ]
    ):
        assert told(base, (target, with_secret(KEY, {"nonce": f"n{number}", **claims})[1])) == (401, QUERY)


def test_main_pocket_lists_the_keys_of_pockets_with_rights_and_addresses(play: Play) -> None:
    ended = entry("upbit", **SUB | {"api_key": "ended", "expires": "2023-11-01"})
    sandbox = play(entry("upbit", account=MAIN, created="2026-05-28T06:17:51Z"), entry("upbit", **SUB), ended)
    main = {
        "access_key": "8f3a2c1d9b7e6a5c4d3f2e1a0b9c8d7e6f5a4b3c",
        "permissions": ["view_account", "make_orders", "manage_pockets"],
        "allowed_ips": [],
        "created_at": "2026-05-28T15:17:51+09:00",
        "expired_at": "2027-05-27T15:17:51+09:00",
    }
    sub = {
        "access_key": "pocket-key",
        "permissions": ["view_orders", "transfer"],
        "allowed_ips": ["203.0.113.10", "198.51.100.25"],
        "created_at": "2026-05-28T15:17:51+09:00",
        "expired_at": "2027-05-27T15:17:51+09:00",
    }
    whole = [{"uuid": MAIN, "keys": [main]}, {"uuid": DESK, "keys": [sub]}]
    assert ask(sandbox, LIST) == (200, whole)
    assert ask(sandbox, f"{LIST}?uuids[]={DESK}&include_expired=false", nonce="2") == (200, whole[1:])
    data = ask(sandbox, f"{LIST}?include_expired=true", nonce="3")[1]
    assert [[row["access_key"] for row in group["keys"]] for group in data] == [
        [main["access_key"]],
        ["pocket-key", "ended"],
    ]


def test_listing_needs_the_right_to_manage_pockets(play: Play) -> None:
    said = error("out_of_scope", "권한이 부족합니다.")
    assert ask(play(entry("upbit", permissions=["자산조회"])), LIST) == (403, said)


def test_listing_can_be_changed_apart_from_the_own_answer(play: Play) -> None:
    sandbox = play(entry("upbit", answer={"list.permissions": ["new_right"]}, omit=["list.allowed_ips"]))
    ((row,),) = [group["keys"] for group in ask(sandbox, LIST)[1]]
    assert row["permissions"] == ["new_right"]
    assert "allowed_ips" not in row
    assert ask(sandbox, nonce="2")[1][0].keys() == {"access_key", "expire_at"}


def test_limit_is_told_in_the_header(play: Play) -> None:
    sandbox = play(entry("upbit"), faults=["rate_limited"])
    status, headers, _ = send(sandbox.base_urls["upbit"], "GET", *upbit(KEY, PATH))
    assert (status, headers["remaining-req"]) == (429, "group=default; min=1800; sec=0")
    assert sandbox.requests[0].outcome == "too_many_requests"
