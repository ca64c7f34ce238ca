"""What `diff` says of credentials, of the clock, of revoked keys and of what an exchange does not show."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keylint.model.finding import Finding, Reason, Severity
from keylint.model.live import State
from keylint.model.shape import Fault
from keylint.rules.drift import credential_shape
from keylint.sandbox.server import system_clock
from tests.live.five import COINBASE
from tests.live.test_live_bybit import BYBIT
from tests.live.world import BINANCE_KEY, BINANCE_SECRET, INSPECT, KRAKEN_SECRET, LIVE, NOW_MS, World
from tests.running import keylint

RULES = (
    "credential-shape",
    "credential-file-open",
    "key-still-alive",
    "clock-skew",
    "read-only-flag",
    "unverifiable",
    "permission-extra",
    "permission-missing",
    "key-gone",
)


def found(findings: list[Finding]) -> list[tuple[str, tuple[str | int, ...], str]]:
    return [(item.rule, item.path, item.message) for item in findings]


# Shapes.


def test_key_with_a_bad_shape_is_a_finding_and_is_not_asked_for(world: World) -> None:
    sandbox = world.serve("kraken")
    world.given["kraken-bot"]["api_secret"] = KRAKEN_SECRET[:-3]
    result = world.ask(rules=RULES)
    message = "`api_secret` has not the form that it has at kraken"
    assert found(result.findings) == [
        (
            "credential-shape",
            ("keys", "kraken-bot", "credentials", "api_secret"),
            f"key 'kraken-bot' cannot be asked for: {message}",
        )
    ]
    assert [(item.reason, item.message) for item in result.unchecked] == [(Reason.BAD_CREDENTIALS, message)]
    assert [key.state for key in result.keys] == [State.UNCHECKED]
    assert sandbox.requests == ()


def test_policy_that_is_silent_on_shapes_does_not_send_them(world: World) -> None:
    sandbox = world.serve("kraken")
    world.given["kraken-bot"]["api_key"] = "two words"
    result = world.ask(rules=("permission-extra",))
    assert (result.findings, [item.reason for item in result.unchecked]) == ([], [Reason.BAD_CREDENTIALS])
    assert sandbox.requests == ()


# Files.


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
@pytest.mark.parametrize(
    ("mode", "is_open"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o700, True), (0o644, True)]
)
def test_file_that_others_can_read_is_told_at_its_reference(world: World, mode: int, is_open: bool) -> None:
    world.serve("binance", clock=system_clock)
    world.given = {}
    folder = world.folder / "vault"
    folder.mkdir()
    for name, text, bits in (("key", BINANCE_KEY, 0o600), ("secret", BINANCE_SECRET, mode)):
        (folder / name).write_text(text)
        (folder / name).chmod(bits)
    references = {"api_key": "file:vault/key", "api_secret": "file:vault/secret"}
    world.keys["binance-bot"]["credentials"] = references
    (world.folder / "files.policy.yaml").write_text("version: 1\nname: files\nrules: {credential-file-open: warning}\n")
    ran = world.diff("--format=json", "--policy=files.policy.yaml")
    assert [key["state"] for key in ran.json["keys"]] == ["in-sync"]
    said = [item for item in ran.json["findings"] if item["rule"] == "credential-file-open"]
    assert [(item["path"][2:], item["message"]) for item in said] == (
        [
            (
                ["credentials", "api_secret"],
                f"the file with `api_secret` of key 'binance-bot' has mode {mode:04o}, wider than 0600",
            )
        ]
        if is_open
        else []
    )


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_file_is_judged_where_a_link_leads(world: World, tmp_path: Path) -> None:
    world.serve("binance", clock=system_clock)
    world.given = {}
    for name, text, bits in (("key", BINANCE_KEY, 0o600), ("secret", BINANCE_SECRET, 0o644)):
        (tmp_path / f"real-{name}").write_text(text)
        (tmp_path / f"real-{name}").chmod(bits)
        (tmp_path / name).symlink_to(tmp_path / f"real-{name}")
    references = {"api_key": f"file:{tmp_path}/key", "api_secret": f"file:{tmp_path}/secret"}
    world.keys["binance-bot"]["credentials"] = references
    (world.folder / "files.policy.yaml").write_text("version: 1\nname: files\nrules: {credential-file-open: warning}\n")
    ran = world.diff("--format=json", "--policy=files.policy.yaml")
    said = [item["path"][3] for item in ran.json["findings"] if item["rule"] == "credential-file-open"]
    assert said == ["api_secret"]


# Revoked keys.


def test_revoked_key_that_answers_is_an_error_that_nothing_switches_off(world: World) -> None:
    world.serve(
        "kraken", keys=[{**LIVE["kraken"], "permissions": ["query-funds", "withdraw-funds"]}], clock=system_clock
    )
    world.keys["kraken-bot"]["status"] = "revoked"
    ran = world.diff("--format=json")
    (finding,) = ran.json["findings"]
    assert (finding["rule"], finding["severity"], finding["path"][2:], finding["message"]) == (
        "key-still-alive",
        "error",
        ["status"],
        "key 'kraken-bot' is declared revoked and lives at kraken, with query-funds, withdraw-funds",
    )
    (key,) = ran.json["keys"]
    assert (ran.code, key["state"], ran.json["unchecked"]) == (1, "drift", [])
    assert key["live"]["capabilities"] == ["read", "transfer.internal", "withdraw", "withdraw.cancel"]


def test_revoked_key_that_the_exchange_does_not_know_is_as_it_should_be(world: World) -> None:
    sandbox = world.serve("kraken", keys=[{**LIVE["kraken"], "api_key": "0" * 56}])
    world.keys["kraken-bot"]["status"] = "revoked"
    result = world.ask(rules=RULES)
    assert (result.findings, result.unchecked, [key.state for key in result.keys]) == ([], [], [State.ABSENT])
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"server_error": {"status": 503}}, Reason.MAINTENANCE),
        ({"rate_limited": {"retry_after": 0}}, Reason.RATE_LIMITED),
        ({"refuse": {"code": "EGeneral:Permission denied"}}, Reason.PERMISSION_DENIED),
        ("close", Reason.UNREACHABLE),
    ],
)
def test_any_other_refusal_is_no_proof_and_the_key_is_tried_once(
    world: World, fault: str | dict[str, Any], reason: Reason
) -> None:
    sandbox = world.serve("kraken", keys=[{**LIVE["kraken"], "faults": [fault]}])
    world.keys["kraken-bot"]["status"] = "revoked"
    result = world.ask(rules=RULES)
    (entry,) = result.unchecked
    assert (entry.reason, result.findings, [key.state for key in result.keys]) == (reason, [], [State.UNCHECKED])
    assert entry.message.startswith("it is declared revoked, and this is no proof: ")
    assert entry.hint.endswith("see in the exchange's list that it is gone, then remove its `credentials`")
    assert [record.path for record in sandbox.requests].count(INSPECT["kraken"][1]) == 1


def test_revoked_key_whose_credentials_are_not_at_hand_is_no_proof_either(world: World) -> None:
    world.serve("kraken")
    world.given = {}
    world.keys["kraken-bot"] |= {"status": "revoked", "credentials": {"api_key": "env:NO_SUCH_KEY"}}
    (entry,) = world.ask(rules=RULES).unchecked
    assert entry.reason is Reason.NO_CREDENTIALS


def test_revoked_key_without_credentials_is_absent_and_sends_nothing(world: World) -> None:
    sandbox = world.serve("kraken")
    world.given = {}
    world.keys["kraken-bot"]["status"] = "revoked"
    result = world.ask(rules=RULES)
    assert ([key.state for key in result.keys], result.unchecked, sandbox.requests) == ([State.ABSENT], [], ())


def test_requests_for_a_revoked_key_are_shown_where_it_has_credentials(world: World) -> None:
    world.declare("kraken", "old", {}, status="revoked", credentials={"api_key": "env:OLD_KEY"})
    world.declare("kraken", "older", {}, status="revoked")
    (world.folder / "keylint.yaml").write_text(world.text)
    lines = keylint("diff", "keylint.yaml", "--show-calls").out.splitlines()
    assert [line.partition("  # ")[2] for line in lines] == ["key, kraken, old", "time, kraken, old"]


def test_defect_of_a_rule_on_credentials_costs_one_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.serve("kraken")

    def broken(*_: object) -> Iterator[Fault]:
        raise ZeroDivisionError(KRAKEN_SECRET)

    monkeypatch.setattr(credential_shape, "faults", broken)
    result = world.ask(rules=RULES)
    (entry,) = result.unchecked
    assert entry.message.startswith("a defect in keylint: ZeroDivisionError at rules/drift/credential_shape.py:")
    assert KRAKEN_SECRET not in str(result)


# The clock.


@pytest.mark.parametrize(
    ("behind_ms", "severity"),
    [(0, None), (400, None), (-400, None), (700, Severity.WARNING), (-700, Severity.WARNING), (61_000, Severity.ERROR)],
)
def test_difference_of_the_clocks_is_told_once_for_each_exchange(
    world: World, behind_ms: int, severity: Severity | None
) -> None:
    world.serve("binance")
    world.declare("binance", "another")
    result = world.ask(clock=lambda: NOW_MS - behind_ms, rules=RULES)
    assert [key.state for key in result.keys] == [State.IN_SYNC, State.IN_SYNC]
    if severity is None:
        assert result.findings == []
        return
    order = "behind" if behind_ms > 0 else "ahead of"
    (finding,) = result.findings
    assert (finding.rule, finding.severity, finding.path) == ("clock-skew", severity, ("keys", "another"))
    assert finding.message == f"this machine's clock is {abs(behind_ms) / 1000:.1f} seconds {order} that of binance"


def test_clock_that_was_not_measured_is_not_judged(world: World) -> None:
    world.serve("kraken", exchanges={"kraken": {"faults": [{"server_error": {"status": 503, "times": 1}}]}})
    (key,) = world.ask(rules=RULES).keys
    assert key.live
    assert (key.state, key.live.skew_ms) == (State.IN_SYNC, None)


@pytest.mark.parametrize(
    ("behind_ms", "severity"),
    [(900, Severity.WARNING), (-900, None), (-1500, Severity.WARNING), (-2500, Severity.ERROR)],
)
def test_time_in_whole_seconds_proves_less(world: World, behind_ms: int, severity: Severity | None) -> None:
    """Kraken's time call has no milliseconds: what is less than a second ahead may be together."""
    world.serve("kraken")
    found = world.ask(clock=lambda: NOW_MS - behind_ms, rules=RULES).findings
    assert [item.severity for item in found] == ([severity] if severity else [])


# A flag over all rights.


@pytest.mark.parametrize(
    ("permissions", "read_only", "rules"),
    [
        (["read"], True, []),
        (["read", "trade.spot"], False, []),
        (["read"], False, ["permission-extra", "read-only-flag"]),
        (["read", "trade.spot"], True, ["permission-missing", "read-only-flag"]),
    ],
)
def test_read_only_flag_says_what_the_declaration_says(
    world: World, permissions: list[str], read_only: bool, rules: list[str]
) -> None:
    BYBIT.put(world, declared={"permissions": permissions}, live={"read_only": read_only})
    result = world.ask(rules=RULES)
    assert sorted(item.rule for item in result.findings) == rules
    assert [key.state for key in result.keys] == [State.DRIFT if rules else State.IN_SYNC]


# What nobody can look at.


@pytest.mark.parametrize(
    ("exchange", "fields", "message"),
    [
        ("phemex", {}, "phemex shows key 'bot' to nobody: nothing of it was compared"),
        (
            "binance",
            {"environment": "testnet"},
            "binance (testnet) shows key 'bot' to nobody: nothing of it was compared",
        ),
        ("binance", {"site": "us"}, "binance (us) shows key 'bot' to nobody: nothing of it was compared"),
        ("whitebit", {}, "whitebit shows key 'bot' only to another key of its account: nothing of it was compared"),
    ],
)
def test_key_that_cannot_be_looked_at_is_said_and_fails_where_the_policy_demands_it(
    world: World, exchange: str, fields: dict[str, Any], message: str
) -> None:
    world.keys["bot"] = {"exchange": exchange, "permissions": ["read"], **fields}
    off = (world.folder / "live.policy.yaml").read_text()
    for severity, code in (("note", 0), ("error", 1)):
        policy = off.replace("  unverifiable: off\n", f"  unverifiable: {severity}\n")
        (world.folder / "asked.policy.yaml").write_text(policy)
        ran = keylint("diff", *world.write(), "--now=2026-11-22", "--format=json", "--policy=asked.policy.yaml")
        assert [(item["rule"], item["message"]) for item in ran.json["findings"]] == [("unverifiable", message)]
        assert ([key["state"] for key in ran.json["keys"]], ran.code) == (["unverifiable"], code)


# A refusal that says several things.

ADDRESS, DELETED, LACKS = (
    "this machine's address is not in the key's list",
    "the key was deleted or is not the one that was meant",
    "the key has no reading permission",
)


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        (
            {},
            f"(1) {ADDRESS} [likelier: the key is bound to 203.0.113.10]; (2) {DELETED}; "
            f"(3) {LACKS} [ruled out: reading is declared (declared: read, trade.spot)]",
        ),
        (
            {"ip_allowlist": None, "expires": "2026-11-01", "created": "2026-11-20"},
            # An exchange's own rule for such keys is a cause too.
            f"(1) {DELETED} [likelier: its declared end has passed (2026-11-01)]; "
            "(2) a key without an address list that is not used for 30 days is removed "
            "[likelier: no allowlist is declared; the day depends on what is not declared]; "
            f"(3) {ADDRESS} [ruled out: no allowlist is declared]; "
            f"(4) {LACKS} [ruled out: reading is declared (declared: read, trade.spot)]",
        ),
        (
            {"permissions": ["trade.spot"]},
            f"(1) {ADDRESS} [likelier: the key is bound to 203.0.113.10]; "
            f"(2) {LACKS} [likelier: no reading permission is declared (declared: trade.spot)]; (3) {DELETED}",
        ),
    ],
)
def test_causes_of_an_ambiguous_refusal_are_ranked_by_what_is_declared(
    world: World, fields: dict[str, Any], hint: str
) -> None:
    world.serve("binance", keys=[{**LIVE["binance"], "client_address": "192.0.2.1"}])
    for name, value in fields.items():
        world.keys["binance-bot"][name] = value
        if value is None:
            del world.keys["binance-bot"][name]
    (entry,) = world.ask(rules=RULES).unchecked
    assert (entry.reason, entry.message, entry.hint) == (
        Reason.AMBIGUOUS_REFUSAL,
        "binance -2015: invalid key, address or permission; one code for three causes",
        hint,
    )


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ("203.0.113.99", "the message names 203.0.113.99, which is not among the declared 203.0.113.10"),
        ("203.0.113.10", "the message names 203.0.113.10, which is declared: the list at the exchange is another one"),
    ],
)
def test_address_that_the_exchange_saw_is_weighed(world: World, seen: str, why: str) -> None:
    refuse = {"code": "-2015", "message": f"Invalid API-key, IP, or permissions for action, request ip: {seen}"}
    world.serve("binance", keys=[{**LIVE["binance"], "faults": [{"refuse": refuse}]}])
    (entry,) = world.ask(rules=RULES).unchecked
    assert entry.hint.startswith(f"(1) {ADDRESS} [likelier: {why}]; (2) ")
    assert entry.hint.endswith(f"; the exchange saw the address {seen}")


CLOCK = "this machine's clock is off by more than the two minutes that a token lives"


@pytest.mark.parametrize(
    ("behind_ms", "verdict"),
    [
        (0, f"{CLOCK} [ruled out: it agrees with the exchange's]"),
        (61_000, f"{CLOCK} [likelier: it is 61.0 seconds behind, which keylint allows for]"),
        (-61_000, f"{CLOCK} [likelier: it is 61.0 seconds ahead, which keylint allows for]"),
    ],
)
def test_clock_that_was_measured_is_weighed(world: World, behind_ms: int, verdict: str) -> None:
    COINBASE.put(world, live={"faults": [{"refuse": {"code": "Unauthorized", "times": 2}}]})
    (entry,) = world.ask(rules=RULES, clock=lambda: NOW_MS - behind_ms).unchecked
    assert verdict in entry.hint


def test_other_keys_are_weighed_too(world: World) -> None:
    world.serve("binance", keys=[{**LIVE["binance"], "client_address": "192.0.2.1"}])
    world.keys["heir"] = {
        "exchange": "binance",
        "permissions": ["read"],
        "status": "planned",
        "replaces": "binance-bot",
    }
    (entry,) = world.ask(rules=RULES).unchecked
    assert f"{DELETED} [likelier: heir replaces it]" in entry.hint
