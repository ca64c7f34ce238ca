"""What holds of Coinbase, MEXC, HTX, Bitget and BingX alike, against the simulated exchanges."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.http import Door
from keylint.model.finding import Reason, Unchecked
from keylint.model.live import State
from keylint.sandbox.server import system_clock
from tests.live.canary import TALKATIVE, run_everywhere_with_any_end
from tests.live.five import BINGX, BITGET, CALLS, COINBASE, FIVE, HTX, MEXC, assert_agrees
from tests.live.test_live_secrets import assert_clean, random_text
from tests.live.trial import SKEWS, Trial
from tests.live.world import World
from tests.running import keylint

BARE = {"ip_allowlist": None, "created": None}
EACH = pytest.mark.parametrize("trial", FIVE.values(), ids=FIVE)


def codes() -> list[tuple[Trial, str, str]]:
    found = []
    for trial in FIVE.values():
        errors = trial.facts.raw["errors"]
        assert isinstance(errors, dict)
        found += [(trial, code, entry["reason"]) for code, entry in errors.items()]
    return found


CODES = codes()


@EACH
def test_agreeing_key_takes_the_calls_of_the_facts_and_no_other(world: World, trial: Trial) -> None:
    sandbox = trial.put(world)
    assert_agrees(world, trial)
    assert trial.paths(sandbox) == CALLS[trial.exchange]


@EACH
@pytest.mark.parametrize("skew_ms", SKEWS)
def test_wrong_clock_is_corrected(world: World, trial: Trial, skew_ms: int) -> None:
    sandbox = trial.put(world)
    assert_agrees(world, trial, clock_skew_ms=skew_ms)
    assert trial.paths(sandbox) == CALLS[trial.exchange]


@pytest.mark.parametrize(
    ("trial", "live", "found"),
    [
        (COINBASE, {"permissions": ["can_view", "can_trade", "can_transfer"]}, "permission-extra"),
        (COINBASE, {"permissions": ["can_view"]}, "permission-missing"),
        (COINBASE, {"answer": {"can_withdraw": True}}, "unknown-live-permission"),
        (MEXC, {"permissions": ["SPOT_ACCOUNT_READ", "SPOT_DEAL_WRITE", "SPOT_WITHDRAW_WRITE"]}, "permission-extra"),
        (MEXC, {"permissions": ["SPOT_ACCOUNT_READ"]}, "permission-missing"),
        (MEXC, {"answer": {"permissions": "SPOT_ACCOUNT_READ,SPOT_DEAL_WRITE,X_WRITE"}}, "unknown-live-permission"),
        (MEXC, {"ip_allowlist": []}, "ip-open"),
        (MEXC, {"ip_allowlist": ["203.0.113.10", "203.0.113.11"]}, "ip-mismatch"),
        (MEXC, {"created": "2026-05-01T00:00:00Z"}, "created-mismatch"),
        (MEXC, {"expires": "2026-11-25T00:00:00Z"}, "live-expiring"),
        (MEXC, {"api_key": "mx0another00000000"}, "key-gone"),
        (HTX, {"permissions": ["trade", "readOnly"]}, "permission-extra"),
        (HTX, {"answer": {"permission": "readOnly,lend"}}, "unknown-live-permission"),
        (HTX, {"ip_allowlist": []}, "ip-open"),
        (HTX, {"ip_allowlist": ["203.0.113.10"]}, "ip-mismatch"),
        (HTX, {"created": "2026-05-01T00:00:00Z"}, "created-mismatch"),
        (HTX, {"expires": "2026-11-25T00:00:00Z"}, "live-expiring"),
        (HTX, {"expires": "2026-11-21T00:00:00Z"}, "key-gone"),
        (HTX, {"api_key": "1a2b3c4d-5e6f7a8b-9c0d1e2f-00000"}, "key-gone"),
        (BITGET, {"permissions": ["stor", "stow", "wwow"]}, "permission-extra"),
        (BITGET, {"permissions": ["stor"]}, "permission-missing"),
        (BITGET, {"answer": {"authorities": ["stor", "stow", "zzow"]}}, "unknown-live-permission"),
        (BITGET, {"ip_allowlist": []}, "ip-open"),
        (BITGET, {"ip_allowlist": ["203.0.113.10", "203.0.113.11"]}, "ip-mismatch"),
        (BITGET, {"api_key": "bg_another"}, "key-gone"),
        (BINGX, {"answer": {"permissions": [1, 2, 5]}}, "permission-extra"),
        (BINGX, {"permissions": ["enableReading"]}, "permission-missing"),
        (BINGX, {"answer": {"permissions": [1, 2, 6]}}, "unknown-live-permission"),
        (BINGX, {"answer": {"key-flags.enableVanillaOptions": True}}, "unknown-live-permission"),
        (BINGX, {"ip_allowlist": [], "answer": {"ipAddresses": [""]}}, "ip-open"),
        (BINGX, {"ip_allowlist": ["203.0.113.10", "203.0.113.11"]}, "ip-mismatch"),
        (BINGX, {"created": "2026-05-01T00:00:00Z"}, "created-mismatch"),
        (BINGX, {"api_key": "another"}, "key-gone"),
    ],
)
def test_drift_is_found(world: World, trial: Trial, live: dict[str, Any], found: str) -> None:
    sandbox = trial.put(world, live=live)
    result = world.ask()
    assert {item.rule for item in result.findings} == {found}
    assert [key.state for key in result.keys] == [State.IN_SYNC if found == "live-expiring" else State.DRIFT]
    assert sandbox.forbidden == ()


@pytest.mark.parametrize(
    ("trial", "code", "reason"), CODES, ids=[f"{trial.exchange}-{code}" for trial, code, _ in CODES]
)
def test_documented_error_has_the_reason_of_the_facts(world: World, trial: Trial, code: str, reason: str) -> None:
    fact = trial.facts.error(code)
    assert fact
    fault = {"code": code, "message": "some words"}
    sandbox = trial.put(world, live={"faults": [{"refuse": fault}, {"rate_limited": {"retry_after": 0}}]})
    result = world.ask()
    shown = "HTTP 401" if code == "Unauthorized" else code
    meaning = f"{trial.exchange} {shown}: {fact.meaning}"
    if reason == "gone":
        assert [(item.rule, item.message) for item in result.findings] == [
            ("key-gone", f"{trial.exchange} does not know key {trial.name!r} ({meaning})")
        ]
        assert ([key.state for key in result.keys], result.unchecked) == ([State.DRIFT], [])
    else:
        (entry,) = result.unchecked
        assert (entry.reason, entry.message.removesuffix("; nothing more was sent to it")) == (Reason(reason), meaning)
        assert all(cause in entry.hint for cause in fact.causes)
        assert [key.state for key in result.keys] == [State.UNCHECKED]
    assert sandbox.forbidden == ()


@pytest.mark.parametrize(
    ("trial", "field", "reason"),
    [
        (COINBASE, "private_key", Reason.AMBIGUOUS_REFUSAL),
        (MEXC, "api_secret", Reason.BAD_SIGNATURE),
        (HTX, "api_secret", Reason.BAD_SIGNATURE),
        (BITGET, "api_secret", Reason.BAD_SIGNATURE),
        (BITGET, "passphrase", Reason.BAD_CREDENTIALS),
        (BINGX, "api_secret", Reason.BAD_SIGNATURE),
    ],
)
def test_wrong_secret_is_told_and_nothing_of_it_shown(world: World, trial: Trial, field: str, reason: Reason) -> None:
    wrong = another_ed25519() if field == "private_key" else "WrongWrongWrong1"
    sandbox = trial.put(world)
    world.given[trial.name] = {**trial.given, field: wrong}
    entry = trial.refused(world)
    assert entry.reason is reason
    assert trial.given["api_key"] not in entry.message + entry.hint
    # Coinbase refuses valid tokens now and then, so it alone is asked once more.
    assert len(sandbox.requests) == (3 if trial is COINBASE else 2)


def another_ed25519() -> str:
    private = ed25519.Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("trial", "field"),
    [
        (COINBASE, "private_key"),
        (MEXC, "api_secret"),
        (HTX, "api_secret"),
        (BITGET, "api_secret"),
        (BITGET, "passphrase"),
        (BINGX, "api_secret"),
        *((trial, "api_key") for trial in FIVE.values()),
    ],
)
def test_missing_credential_is_named_and_the_key_is_not_asked_for(world: World, trial: Trial, field: str) -> None:
    sandbox = trial.put(world)
    del world.given[trial.name][field]
    assert trial.refused(world) == Unchecked(
        trial.name,
        trial.exchange,
        Reason.NO_CREDENTIALS,
        f"`{field}` is missing",
        f"add `{field}:` under `credentials`",
    )
    assert set(trial.paths(sandbox)) <= {trial.time}


@EACH
def test_address_off_the_list_is_refused(world: World, trial: Trial) -> None:
    trial.put(world, live={"ip_allowlist": ["203.0.113.10"], "client_address": "192.0.2.1"})
    entry = trial.refused(world)
    if trial is COINBASE:
        assert entry.reason is Reason.AMBIGUOUS_REFUSAL
        assert "address is not in the key's list" in entry.hint
    else:
        assert entry.reason is Reason.IP_NOT_ALLOWED


@EACH
def test_wrong_types_everywhere_are_a_bad_answer(world: World, trial: Trial) -> None:
    trial.put(world, live={"faults": ["wrong_types"]})
    assert trial.refused(world).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    ("trial", "field"),
    [
        *((COINBASE, field) for field in ("can_view", "can_receive", "portfolio_uuid")),
        *((MEXC, field) for field in ("createTime", "remainingValidity", "note", "accessKey")),
        *((HTX, field) for field in ("note", "validDays", "createTime")),
        *((BITGET, field) for field in ("authorities", "userId")),
        *(
            (BINGX, field)
            for field in ("permissions", "ipAddresses", "ipRestrict", "createTime", "enableFutures", "note")
        ),
    ],
)
def test_wrong_type_of_one_field_is_a_bad_answer_that_names_it(world: World, trial: Trial, field: str) -> None:
    # The fault does not reach into the list of keys that HTX answers with.
    spoilt = {"answer": {field: {"value": 1}}} if trial is HTX else {"faults": [{"wrong_types": {"fields": [field]}}]}
    trial.put(world, live=spoilt)
    entry = trial.refused(world)
    assert entry.reason is Reason.BAD_ANSWER
    assert field in entry.message


@EACH
@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(
    world: World, trial: Trial, monkeypatch: pytest.MonkeyPatch, faults: list[Any]
) -> None:
    """Every credential is a canary, and so is every signature and token."""
    made: set[str] = set()
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        made.update(value for value in request.headers.values() if len(value) > 20)
        made.update(
            unquote(p.partition("=")[2]) for p in request.query.split("&") if p.lower().startswith("signature=")
        )
        answer: Answer = await original(self, request)
        return answer

    monkeypatch.setattr(Door, "send", send)
    given = {name: random_text(40) for name in trial.given}
    if trial is COINBASE:
        given = {"api_key": trial.given["api_key"], "private_key": another_ed25519()}
    stolen = {
        "mexc": {"note": given["api_key"]},
        "htx": {"note": given["api_key"]},
        "bingx": {"note": given["api_key"]},
    }
    answer = {"answer": stolen.get(trial.exchange, {})}
    trial.put(world, given=given, live={**given, **answer}, clock=system_clock, faults=faults)
    secrets = [value for value in given.values() if "BEGIN" not in value]
    secrets += ["".join(value.split("-----")[2].split()) for value in given.values() if "BEGIN" in value]
    out = run_everywhere_with_any_end(world)
    assert made
    assert_clean(out, [value for value in (*secrets, *made) if not value.startswith("organizations/")])
    assert given["api_key"] not in "\n".join(out)


def test_show_calls_names_every_call_of_an_inspection(world: World) -> None:
    for trial in FIVE.values():
        world.declare("kraken", trial.name, trial.given, **{"exchange": trial.exchange, **BARE, **trial.declared})
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls")
    shown = [line.split("  # ") for line in ran.out.splitlines()]
    for trial in FIVE.values():
        base = trial.facts.bases["production"]
        called = {call.removeprefix(f"GET {base}") for call, what in shown if what.endswith(f", {trial.name}")}
        unified = {"/api/v3/account/info"} if trial is BITGET else set()
        assert called == {*CALLS[trial.exchange], *unified}


@EACH
def test_clock_is_asked_for_once_however_many_keys_there_are(world: World, trial: Trial) -> None:
    others = [f"{trial.given['api_key'][:-1]}{number}" for number in range(5)]
    keys = [{"exchange": trial.exchange, **trial.given, **trial.live, "api_key": name} for name in others]
    sandbox = world.play(keys)
    for number, name in enumerate(others):
        given = {**trial.given, "api_key": name}
        world.declare("kraken", f"bot-{number}", given, **{"exchange": trial.exchange, **BARE, **trial.declared})
    result = world.ask()
    assert result.findings == []
    time, *shown = CALLS[trial.exchange]
    assert sorted(trial.paths(sandbox)) == sorted([time, *shown * 5])
