"""`diff` of Deribit keys against the simulated exchange: the list, and what signing in tells where it is closed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.http import Door
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey, State
from keylint.sandbox.server import system_clock
from tests.live.canary import TALKATIVE, assert_nothing_comes_out, run_everywhere_with_any_end
from tests.live.test_live_secrets import assert_clean, random_text
from tests.live.trial import SKEWS, Trial
from tests.live.world import World
from tests.running import keylint

AUTH = "/api/v2/public/auth"
DERIBIT = Trial(
    "deribit",
    {"api_key": "1aBcD2eF", "api_secret": "SjM57m1T2CfXZ4vZ76X1APjqRlJdtzHI8IwVXoQnfoM"},
    {
        "permissions": ["account:read", "trade:read_write", "wallet:read"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01",
    },
    {
        "permissions": ["account:read", "trade:read_write", "wallet:read"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01T08:00:00Z",
        "label": "mm_eu",
    },
    "/api/v2/private/list_api_keys",
    "/api/v2/public/get_time",
)
CODES = {
    "13009": "ambiguous-refusal",
    "13004": "bad-credentials",
    "10000": "bad-signature",
    "13021": "permission-denied",
    "13403": "permission-denied",
    "13003": "unsupported",
    "12998": "rate-limited",
    "12999": "unsupported",
    "10028": "rate-limited",
    "9999": "permission-denied",
    "13012": "permission-denied",
    "13002": "permission-denied",
    "12005": "geo-blocked",
    "-32602": "bad-answer",
    "-32601": "bad-answer",
}


# An area has one level: where it is another than declared, one right is there and one is not.
OTHER_LEVEL = {"permission-extra", "permission-missing"}


def pem(kind: str) -> str:
    key = rsa.generate_private_key(65_537, 2048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


KEYS = {kind: pem(kind) for kind in ("rsa", "ed25519")}


def test_agreeing_key_is_in_sync_and_shown_whole(world: World) -> None:
    sandbox = DERIBIT.put(world)
    assert DERIBIT.shown(world)._replace(skew_ms=None) == LiveKey(
        rights=("account:read", "trade:read_write", "wallet:read"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        label="mm_eu",
        key_id="1aBcD2eF",
    )
    assert DERIBIT.paths(sandbox) == [DERIBIT.time, DERIBIT.inspect]


@pytest.mark.parametrize("kind", KEYS)
def test_private_key_signs_in_and_asks_with_a_token(world: World, kind: str) -> None:
    sandbox = DERIBIT.put(world, live={"api_secret": None, "private_key": KEYS[kind]}, declared={"algorithm": kind})
    world.given[DERIBIT.name] = {"api_key": "1aBcD2eF", "private_key": KEYS[kind]}
    assert DERIBIT.shown(world).rights == ("account:read", "trade:read_write", "wallet:read")
    assert DERIBIT.paths(sandbox) == [DERIBIT.time, AUTH, DERIBIT.inspect]


def test_private_key_of_another_is_told(world: World) -> None:
    DERIBIT.put(world, live={"api_secret": None, "private_key": KEYS["ed25519"]})
    world.given[DERIBIT.name] = {"api_key": "1aBcD2eF", "private_key": pem("ed25519")}
    assert DERIBIT.refused(world).reason is Reason.BAD_CREDENTIALS


def test_other_keys_of_the_account_do_not_count(world: World) -> None:
    DERIBIT.put(world)
    own = {**DERIBIT.given, **DERIBIT.live, "exchange": "deribit"}
    other = {**own, "api_key": "other-key", "permissions": ["account:read"], "ip_allowlist": []}
    world.play([other, own])
    assert DERIBIT.states(world) == [State.IN_SYNC]


# What closes the list to a key.
CLOSED: dict[str, dict[str, Any]] = {
    "no scope": {"permissions": ["trade:read_write", "wallet:read"]},
    "one-time code": {"otp": "123456"},
}


@pytest.mark.parametrize("kind", ["hmac", "ed25519"])
@pytest.mark.parametrize("how", CLOSED)
def test_closed_list_leaves_the_scope_which_is_no_proof(world: World, how: str, kind: str) -> None:
    given = DERIBIT.given if kind == "hmac" else {"api_key": "1aBcD2eF", "private_key": KEYS[kind]}
    live = {"api_secret": None, **CLOSED[how]} if kind != "hmac" else CLOSED[how]
    declared = {"permissions": CLOSED[how].get("permissions", DERIBIT.declared["permissions"]), "algorithm": kind}
    sandbox = DERIBIT.put(world, live={**given, **live}, declared=declared)
    world.given[DERIBIT.name] = dict(given)
    result = world.ask()
    assert result.findings == []
    (key,) = result.keys
    assert key.state is State.UNCHECKED
    assert key.live
    assert {"trade:read_write", "wallet:read"} <= set(key.live.rights)
    assert {"wallet:read_write", "custody:read_write"} <= set(key.live.unreported)
    assert (key.live.ip_allowlist, key.live.key_id) == (UNKNOWN, UNKNOWN)
    (entry,) = result.unchecked
    assert entry.message.startswith("the answer is silent about ")
    assert "the address list" in entry.message
    calls = [DERIBIT.inspect, AUTH] if kind == "hmac" else [AUTH, DERIBIT.inspect]
    assert DERIBIT.paths(sandbox) == [DERIBIT.time, *calls]


def test_right_that_the_scope_shows_is_found_all_the_same(world: World) -> None:
    DERIBIT.put(world, live={"permissions": ["trade:read_write", "block_trade:read_write"]})
    assert "permission-extra" in {item.rule for item in world.ask().findings}


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({"permissions": ["account:read", "trade:read_write", "wallet:read_write"]}, OTHER_LEVEL),
        ({"permissions": ["account:read_write", "trade:read_write", "wallet:read"]}, OTHER_LEVEL),
        ({"permissions": ["account:read", "trade:read", "wallet:read"]}, OTHER_LEVEL),
        ({"permissions": ["account:read", "trade:read_write"]}, {"permission-missing"}),
        (
            {"answer": {"max_scope": "account:read trade:read_write wallet:read vault:read_write"}},
            {"unknown-live-permission"},
        ),
        ({"ip_allowlist": []}, {"ip-open"}),
        ({"ip_allowlist": ["203.0.113.10", "203.0.113.11"]}, {"ip-mismatch"}),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: set[str]) -> None:
    sandbox = DERIBIT.put(world, live=live)
    result = world.ask()
    assert ({item.rule for item in result.findings}, result.unchecked) == (found, [])
    assert [key.state for key in result.keys] == [State.DRIFT]
    assert sandbox.forbidden == ()


@pytest.mark.parametrize("kind", ["hmac", "ed25519"])
def test_key_that_lists_finds_keys_that_nobody_declared(world: World, kind: str) -> None:
    """The list shows secrets, and none of them comes out."""
    given = DERIBIT.given if kind == "hmac" else {"api_key": "1aBcD2eF", "private_key": KEYS[kind]}
    DERIBIT.put(world, declared={"lists": True, "algorithm": kind})
    world.given[DERIBIT.name] = dict(given)
    own = {**given, **DERIBIT.live, "exchange": "deribit"}
    secret = random_text(43)
    other = {**DERIBIT.live, "exchange": "deribit", "api_key": "9zYxW8vU", "api_secret": secret}
    sandbox = world.play([own, {**other, "permissions": ["account:read", "wallet:read"]}])
    result = world.ask(rules=["unmanaged-key"])
    (found,) = result.findings
    assert found.rule == "unmanaged-key"
    assert "9zYxW8vU" not in found.message  # shortened, as the id of a key that is whole
    assert set(DERIBIT.paths(sandbox)) == {DERIBIT.time, DERIBIT.inspect, *([AUTH] if kind != "hmac" else [])}
    assert_clean([repr(result)], [secret, DERIBIT.given["api_secret"]])


def test_list_that_asks_for_a_code_is_told(world: World) -> None:
    DERIBIT.put(world, declared={"lists": True}, live=CLOSED["one-time code"])
    entries = world.ask(rules=["unmanaged-key"]).unchecked
    (entry,) = [entry for entry in entries if entry.reason is Reason.UNSUPPORTED]
    assert "one-time code" in entry.message


def test_list_of_scopes_is_read_as_the_text_is(world: World) -> None:
    scopes = ["account:read", "trade:read_write", "wallet:read", "custody:none"]
    DERIBIT.put(world, live={"answer": {"max_scope": scopes}})
    assert DERIBIT.shown(world).rights == ("account:read", "trade:read_write", "wallet:read")


def test_absent_address_list_is_unknown(world: World) -> None:
    DERIBIT.put(world, live={"omit": ["ip_whitelist"]})
    (entry,) = world.ask().unchecked
    assert entry.message == "the answer is silent about the address list"


def test_every_documented_error_is_tried() -> None:
    errors = DERIBIT.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
def test_documented_error_has_its_reason(world: World, code: str) -> None:
    DERIBIT.assert_documented(world, code, CODES[code], 400)


def test_wrong_secret_is_told(world: World) -> None:
    DERIBIT.put(world)
    world.given[DERIBIT.name]["api_secret"] = "w" * 43
    assert DERIBIT.refused(world).reason is Reason.BAD_CREDENTIALS


def test_unknown_key_is_told(world: World) -> None:
    DERIBIT.put(world, live={"api_key": "other-key"})
    assert DERIBIT.refused(world).reason is Reason.BAD_CREDENTIALS


@pytest.mark.parametrize(("algorithm", "field"), [("hmac", "api_secret"), ("rsa", "private_key")])
def test_missing_credential_is_named_and_nothing_is_sent_with_the_key(world: World, algorithm: str, field: str) -> None:
    sandbox = DERIBIT.put(world, declared={"algorithm": algorithm})
    del world.given[DERIBIT.name]["api_secret"]
    entry = DERIBIT.refused(world)
    assert (entry.reason, entry.message) == (Reason.NO_CREDENTIALS, f"`{field}` is missing")
    assert set(DERIBIT.paths(sandbox)) <= {DERIBIT.time}


def test_address_off_the_list_is_refused(world: World) -> None:
    """How the exchange says so is not documented."""
    DERIBIT.put(world, live={"client_address": "192.0.2.1"})
    assert DERIBIT.refused(world).reason is Reason.AMBIGUOUS_REFUSAL


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_wrong_clock_is_corrected(world: World, skew_ms: int) -> None:
    DERIBIT.assert_clock_is_followed(world, skew_ms)


@pytest.mark.parametrize("field", ["max_scope", "ip_whitelist", "name"])
def test_wrong_type_is_a_bad_answer_that_names_it(world: World, field: str) -> None:
    DERIBIT.put(world, live={"answer": {field: {"value": 1}}})
    entry = DERIBIT.refused(world)
    assert entry.reason is Reason.BAD_ANSWER
    assert field in entry.message


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    DERIBIT.put(world, live={"faults": ["wrong_types"]})
    assert DERIBIT.refused(world).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(("environment", "host"), [("production", "www"), ("testnet", "test")])
def test_show_calls_names_every_call_of_each_environment(world: World, environment: str, host: str) -> None:
    world.declare("kraken", DERIBIT.name, **{"exchange": "deribit", **DERIBIT.declared, "environment": environment})
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls")
    base = f"https://{host}.deribit.com"
    assert {line.split("  # ")[0] for line in ran.out.splitlines()} == {
        f"GET {base}{DERIBIT.inspect}",
        f"GET {base}{DERIBIT.time}",
        f"POST {base}{AUTH}",
    }


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
@pytest.mark.parametrize("scopes", [["account:read", "trade:read_write"], ["trade:read_write"]], ids=str)
def test_nothing_secret_comes_out(
    world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any], scopes: list[str]
) -> None:
    """Where the list is closed, what signs in is a secret too: its signature, and the tokens that it brings."""
    made: list[str] = []
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        answer: Answer = await original(self, request)
        if request.body:
            made.append(request.body.decode().partition('"signature": "')[2].partition('"')[0])
            result = answer.data.get("result") if isinstance(answer.data, dict) else None
            made.extend(str(result[name]) for name in ("access_token", "refresh_token") if isinstance(result, dict))
        return answer

    monkeypatch.setattr(Door, "send", send)
    live = {"client_secret": ..., "name": ..., "ip_whitelist": [], "public_key": ...}
    trial = replace(DERIBIT, live={**DERIBIT.live, "permissions": scopes})
    assert_nothing_comes_out(world, trial, monkeypatch, faults, live)
    if scopes == ["trade:read_write"] and not faults:
        assert len(made) >= 3
    shown = "\n".join(file.read_text() for file in world.folder.glob("out.*"))
    assert shown
    assert_clean([shown], [value for value in made if value])


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_of_a_private_key_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    made: set[str] = set()
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        made.update(value for value in request.headers.values() if value.startswith("Bearer "))
        made.add(request.body.decode().partition('"signature": "')[2].partition('"')[0])
        answer: Answer = await original(self, request)
        return answer

    monkeypatch.setattr(Door, "send", send)
    given = {"api_key": random_text(24), "private_key": pem("ed25519")}
    DERIBIT.put(world, live={"api_secret": None, **given}, clock=system_clock, faults=faults)
    world.given[DERIBIT.name] = given
    out = run_everywhere_with_any_end(world)
    made.discard("")
    assert made
    secrets = ["".join(given["private_key"].split("-----")[2].split()), given["api_key"]]
    assert_clean(out, [*secrets, *made])
