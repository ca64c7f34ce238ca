"""`diff` of OKX keys against the simulated exchange."""

from typing import Any

import pytest

from keylint.model.finding import Reason, Unchecked
from keylint.model.live import LiveKey, State
from tests.live.canary import TALKATIVE, assert_nothing_comes_out
from tests.live.trial import SKEWS, Trial
from tests.live.world import World

OKX = Trial(
    "okx",
    {
        "api_key": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "api_secret": "22582BD0CFF14C41EDBF1AB98506286D",
        "passphrase": "Pass phrase 1!",
    },
    {"permissions": ["read", "trade.spot"], "ip_allowlist": ["203.0.113.10"], "created": None},
    {"permissions": ["read_only", "trade"], "ip_allowlist": ["203.0.113.10"], "label": "gridbot"},
    "/api/v5/account/config",
    "/api/v5/public/time",
)
CODES = {
    "50001": "maintenance",
    "50011": "rate-limited",
    "50013": "maintenance",
    "50026": "maintenance",
    "50030": "permission-denied",
    "50035": "permission-denied",
    "50038": "unsupported",
    "50100": "permission-denied",
    "50101": "bad-credentials",
    "50102": "clock-skew",
    "50103": "bad-credentials",
    "50104": "bad-credentials",
    "50105": "bad-credentials",
    "50106": "bad-credentials",
    "50107": "bad-credentials",
    "50110": "ip-not-allowed",
    "50111": "bad-credentials",
    "50112": "clock-skew",
    "50113": "bad-signature",
    "50114": "bad-credentials",
    "50118": "ip-not-allowed",
    "50119": "gone",
    "50120": "permission-denied",
    "50121": "geo-blocked",
    "59500": "permission-denied",
    "59501": "unsupported",
    "59502": "unsupported",
    "59503": "unsupported",
    "59504": "permission-denied",
    "59506": "gone",
    "59510": "permission-denied",
}
WAITED_FOR = {"50011", "50013"}
"""With their own status, 429, they are asked for again after a second."""


def test_agreeing_key_is_in_sync_and_shown_whole(world: World) -> None:
    sandbox = OKX.put(world)
    assert OKX.shown(world) == LiveKey(
        rights=("read_only", "trade"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        label="gridbot",
        account_id="100000001",
    )
    assert OKX.paths(sandbox) == [OKX.time, OKX.inspect]


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ({"permissions": ["read_only", "trade", "withdraw"]}, ["permission-extra"]),
        ({"permissions": ["read_only"]}, ["permission-missing"]),
        ({"ip_allowlist": []}, ["ip-open"]),
        ({"ip_allowlist": ["203.0.113.0/24"]}, ["ip-mismatch", "ip-mismatch"]),
        ({"answer": {"perm": "read_only,trade,borrow"}}, ["unknown-live-permission"]),
        ({"api_key": "00000000-4b5a-6978-8796-a5b4c3d2e1f0"}, ["key-gone"]),
    ],
)
def test_drift_is_found(world: World, live: dict[str, Any], found: list[str]) -> None:
    sandbox = OKX.put(world, live=live)
    result = world.ask()
    assert ([item.rule for item in result.findings], result.unchecked) == (found, [])
    assert sandbox.forbidden == ()


@pytest.mark.parametrize("site", [None, "eea"])
def test_demo_key_is_asked_for_with_its_header(world: World, site: str | None) -> None:
    OKX.put(world, declared={"environment": "demo", "site": site}, live={"environment": "demo"})
    assert OKX.states(world) == [State.IN_SYNC]


@pytest.mark.parametrize(("declared", "live"), [("demo", "production"), ("production", "demo")])
def test_key_of_the_other_environment_is_told(world: World, declared: str, live: str) -> None:
    OKX.put(world, declared={"environment": declared}, live={"environment": live})
    entry = OKX.refused(world)
    assert (entry.reason, entry.message) == (
        Reason.BAD_CREDENTIALS,
        "okx 50101: the key does not belong to this environment",
    )


def test_live_and_demo_keys_side_by_side_have_their_own_headers(world: World) -> None:
    demo = {**OKX.given, "api_key": "11111111-4b5a-6978-8796-a5b4c3d2e1f0"}
    world.declare("kraken", "live-bot", OKX.given, exchange="okx", **OKX.declared)
    world.declare("kraken", "demo-bot", demo, exchange="okx", environment="demo", **OKX.declared)
    common = {"exchange": "okx", **OKX.live}
    sandbox = world.play([{**common, **OKX.given}, {**common, **demo, "environment": "demo"}])
    assert OKX.states(world, jobs=1) == [State.IN_SYNC, State.IN_SYNC]
    assert sorted(OKX.paths(sandbox)) == sorted([OKX.time, OKX.inspect] * 2)


def test_site_that_does_not_exist_is_told_for_a_demo_key_too(world: World) -> None:
    OKX.put(world, declared={"environment": "demo", "site": "mars"})
    assert OKX.refused(world) == Unchecked(
        "okx-bot",
        "okx",
        Reason.UNSUPPORTED,
        "keylint knows no site or environment 'mars' of okx",
        "known are: us, eea",
    )


def test_every_documented_error_is_tried() -> None:
    errors = OKX.facts.raw["errors"]
    assert isinstance(errors, dict)
    assert errors.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("status", [None, 400])
def test_documented_error_has_its_reason(world: World, code: str, status: int | None) -> None:
    OKX.assert_documented(world, code, CODES[code], 200 if code in WAITED_FOR and not status else status)


def test_limit_whose_end_the_key_does_not_live_to_see_is_not_waited_for(world: World) -> None:
    sandbox = OKX.put(world, live={"faults": [{"rate_limited": {"retry_after": None}}]})
    entry = OKX.refused(world, timeout=0.9)
    assert (entry.reason, entry.message) == (Reason.RATE_LIMITED, "okx 50011: too many requests")
    assert OKX.paths(sandbox) == [OKX.time, OKX.inspect]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"api_secret": "0" * 32}, Reason.BAD_SIGNATURE),
        ({"passphrase": "other"}, Reason.BAD_CREDENTIALS),
        ({"api_key": "short"}, Reason.BAD_CREDENTIALS),
    ],
)
def test_wrong_credential_is_told(world: World, given: dict[str, str], reason: Reason) -> None:
    OKX.put(world, given=None)
    world.given[OKX.name] = {**OKX.given, **given}
    assert OKX.refused(world).reason is reason


def test_missing_passphrase_is_named_and_nothing_is_sent_with_the_key(world: World) -> None:
    sandbox = OKX.put(world)
    del world.given[OKX.name]["passphrase"]
    entry = OKX.refused(world)
    assert (entry.reason, entry.message, entry.hint) == (
        Reason.NO_CREDENTIALS,
        "`passphrase` is missing",
        "add `passphrase:` under `credentials`",
    )
    assert OKX.inspect not in OKX.paths(sandbox)


@pytest.mark.parametrize("passphrase", ["line\nend", "blank behind ", " blank before", "é", "tab\t"])
def test_passphrase_that_no_header_can_carry_is_told_and_not_shown(world: World, passphrase: str) -> None:
    sandbox = OKX.put(world)
    world.given[OKX.name]["passphrase"] = passphrase
    entry = OKX.refused(world)
    assert entry.reason is Reason.BAD_CREDENTIALS
    assert passphrase.strip() not in entry.message + entry.hint
    assert sandbox.requests == ()


def test_address_off_the_list_is_named(world: World) -> None:
    OKX.put(world, live={"client_address": "192.0.2.1"})
    entry = OKX.refused(world)
    assert entry.reason is Reason.IP_NOT_ALLOWED
    assert entry.hint.endswith("; the exchange saw the address 192.0.2.1")


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_wrong_clock_is_corrected(world: World, skew_ms: int) -> None:
    OKX.assert_clock_is_followed(world, skew_ms)


@pytest.mark.parametrize("field", ["perm", "ip", "label", "uid"])
def test_wrong_type_is_a_bad_answer(world: World, field: str) -> None:
    # The fault makes a list of a text, which `perm` and `ip` may be: an object is no shape of theirs.
    wrong: dict[str, Any] = {field: {"value": 1}}
    OKX.put(world, live={"answer": wrong})
    entry = OKX.refused(world)
    assert entry.reason is Reason.BAD_ANSWER
    assert field in entry.message


def test_wrong_types_everywhere_are_a_bad_answer(world: World) -> None:
    OKX.put(world, live={"faults": ["wrong_types"]})
    assert OKX.refused(world).reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("faults", TALKATIVE, ids=str)
def test_nothing_secret_comes_out(world: World, monkeypatch: pytest.MonkeyPatch, faults: list[Any]) -> None:
    assert_nothing_comes_out(world, OKX, monkeypatch, faults, {"label": ..., "uid": ..., "ip": ...})
