"""Custom rules that speak of `live`: judged in `diff` only, on what the exchange shows; what it hides is absent."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from keylint.diff.standing import observed
from keylint.judge import Judge, finding
from keylint.lint import Linted, lint
from keylint.load.facts import vocabulary
from keylint.load.policy import load_policy
from keylint.model.live import LiveKey
from keylint.model.source import Source
from keylint.rules.custom import compile_rules
from keylint.sandbox.server import system_clock
from tests.live.world import World
from tests.policy.desk import line, lines, only, run, waiver, write
from tests.running import NOW

HEAD = only()
FIRST = HEAD.count("\n") + 2
BOT = """\
version: 1
keys:
  bot:
    exchange: binance
    permissions: [read]
    ip_allowlist: [8.8.8.8]
"""
CREATED, EXPIRES = datetime(2026, 9, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def policy(folder: Path, demand: str, **fields: str) -> None:
    every = {"rule": "mine", "description": "Ours.", "message": "key {name} is bad", **fields, "assert": demand}
    rule = "".join(f"    {name}: {json.dumps(value)}\n" for name, value in every.items())
    write(folder, p=f"{HEAD}custom:\n  -{rule[3:]}")


def said(folder: Path, live: LiveKey, demand: str, **fields: str) -> list[str]:
    """Return what one custom rule says of the live key."""
    policy(folder, demand, **fields)
    judge, result = Judge(compile_rules(load_policy(["p.yaml"]).custom), NOW, vocabulary()), Linted()
    (item,) = lint([Source("keylint.yaml", BOT.encode())], judge, result)
    assert result.findings == []
    problems = judge.bench(item.source).live(item.key, live, observed(item.key, live))
    found = [finding(rule, problem, item.source, item.span(problem.path)) for rule, problem in problems]
    return [f"{made.span.line}:{made.span.column}: {made.severity.value} {made.message}; {made.hint}" for made in found]


ALL = LiveKey(
    rights=("enableReading", "enableSpotAndMarginTrading"),
    unmapped=("enableMagic",),
    ip_restricted=True,
    ip_allowlist=("8.8.8.8",),
    created=CREATED,
    expires=EXPIRES,
)
NONE = LiveKey(rights=())


@pytest.mark.parametrize(
    "expression",
    [
        "live.permissions == ['enableReading', 'enableSpotAndMarginTrading', 'enableMagic']",
        "live.capabilities == ['read', 'trade.margin', 'trade.spot']",
        "live.ip_restricted",
        "live.ip_allowlist == ['8.8.8.8']",
        "live.created == timestamp('2026-09-01T08:00:00Z')",
        "live.expires - now < duration('240h')",
        "live.unknown == []",
        "live.capabilities.exists(c, !(c in key.capabilities))",
        "live.ip_allowlist.all(ip, ip in key.ip_allowlist)",
    ],
)
def test_every_fact_of_the_live_key_is_known(empty_folder: Path, expression: str) -> None:
    assert said(empty_folder, ALL, expression) == []
    assert said(empty_folder, ALL, f"!({expression})") == ["3:3: error key bot is bad; Ours."]


OPTIONAL = ("ip_restricted", "ip_allowlist", "created", "expires")


@pytest.mark.parametrize("fact", OPTIONAL)
def test_unknown_fact_is_absent_and_never_empty(empty_folder: Path, fact: str) -> None:
    assert said(empty_folder, ALL, f"has(live.{fact})") == []
    assert said(empty_folder, NONE, f"has(live.{fact}) || !('{fact}' in live.unknown)") == [
        "3:3: error key bot is bad; Ours."
    ]
    for expression in (f"live.{fact} == live.{fact}", f"!(live.{fact} == live.{fact})"):
        assert said(empty_folder, NONE, expression, severity="note") == [
            f"3:3: error key 'bot' could not be evaluated: `live.{fact}` is absent; ask has(live.{fact}) first"
        ]


def test_no_end_is_absent_and_not_unknown(empty_folder: Path) -> None:
    endless = NONE._replace(expires=None, created=None)
    expression = "!has(live.expires) && !has(live.created) && live.unknown == ['ip_restricted', 'ip_allowlist']"
    assert said(empty_folder, endless, expression) == []


def test_known_and_empty_is_present(empty_folder: Path) -> None:
    opened = NONE._replace(ip_restricted=False, ip_allowlist=())
    expression = "has(live.ip_restricted) && !live.ip_restricted && has(live.ip_allowlist) && live.ip_allowlist == []"
    assert said(empty_folder, opened, expression) == []
    assert said(empty_folder, NONE, "has(live.permissions) && live.permissions == []") == []


def test_presence_of_a_flag_is_not_its_value(empty_folder: Path) -> None:
    opened = NONE._replace(ip_restricted=False)
    for expression in ("has(live.ip_restricted)", "has( live . ip_restricted )", "has(\n live.ip_restricted\n)"):
        assert said(empty_folder, opened, expression) == []


def test_condition_alone_may_speak_of_live(empty_folder: Path) -> None:
    assert said(empty_folder, ALL, "has(key.owner)", when="'trade.spot' in live.capabilities") == [
        "3:3: error key bot is bad; Ours."
    ]
    assert said(empty_folder, NONE, "has(key.owner)", when="'trade.spot' in live.capabilities") == []


@pytest.mark.parametrize(
    ("live", "filled"),
    [
        (ALL, "bot|enableMagic, enableReading, enableSpotAndMarginTrading|2026-12-01|{live.zzz}"),
        (NONE, "bot|||{live.zzz}"),
    ],
)
def test_message_tells_live_facts(empty_folder: Path, live: LiveKey, filled: str) -> None:
    message = "{name}|{live.permissions}|{live.expires}|{live.zzz}"
    found = said(empty_folder, live, "live.permissions == ['x']", message=message)
    assert found == [f"3:3: error {filled}; Ours."]


def test_finding_points_at_the_declared_field(empty_folder: Path) -> None:
    assert said(empty_folder, ALL, "!live.ip_restricted", at="ip_allowlist") == ["6:19: error key bot is bad; Ours."]


def test_rule_that_only_looks_like_it_speaks_of_live_is_judged_in_a_check(empty_folder: Path) -> None:
    write(empty_folder, keylint=BOT)
    for demand in (
        "'live.permissions' == ''",
        "!['x'].exists(live, live.startsWith('x'))",
        "false // live.permissions",
    ):
        policy(empty_folder, demand)
        assert [item["rule"] for item in run().json["findings"]] == ["mine"]


# On the command line.


def test_check_compiles_and_leaves_live_rules_to_diff(empty_folder: Path) -> None:
    write(empty_folder, keylint=BOT)
    policy(empty_folder, "live.ip_restricted")
    assert lines(run()) == []
    assert "mine" not in run("--format", "sarif").out


def test_waiver_of_a_live_rule_is_not_unused_in_a_check(empty_folder: Path) -> None:
    write(empty_folder, keylint=BOT)
    policy(empty_folder, "live.ip_restricted")
    text = (empty_folder / "p.yaml").read_text()
    write(empty_folder, p=f"{text}waivers:\n{waiver(rule='mine', key='bot', accepts='12345678ab')}")
    assert lines(run()) == []


def diff(world: World) -> Any:
    return run(*[word for word in world.write() if word != "keylint.yaml"], command="diff").json


def test_diff_judges_each_live_key(world: World) -> None:
    world.serve(clock=system_clock)
    policy(world.folder, "has(live.ip_allowlist)", when="live.ip_restricted", at="ip_allowlist")
    report = diff(world)
    assert [line(item) for item in report["findings"] if item["rule"] == "mine"] == [
        "keylint.yaml:10:4: error[mine] key binance-bot is bad; Ours."
    ]
    assert [(key["name"], key["state"]) for key in report["keys"]] == [
        ("binance-bot", "in-sync"),
        ("kraken-bot", "in-sync"),
    ]


def test_rules_without_live_are_judged_once_in_a_diff(world: World) -> None:
    world.serve("binance", clock=system_clock)
    policy(world.folder, "key.exchange == 'kraken'")
    assert [item["rule"] for item in diff(world)["findings"]] == ["mine"]


def test_waiver_of_a_live_rule_holds_in_a_diff(world: World) -> None:
    world.serve("binance", clock=system_clock)
    policy(world.folder, "!live.ip_restricted")
    (found,) = diff(world)["findings"]
    text = (world.folder / "p.yaml").read_text()
    accepted = waiver(rule="mine", key="binance-bot", accepts=f'"{found["fingerprint"]}"')
    write(world.folder, p=f"{text}waivers:\n{accepted}")
    assert [(item["rule"], item["waived"]) for item in diff(world)["findings"]] == [("mine", "nightly sweep")]
    stale = waiver(rule="mine", key="binance-bot", accepts='"0123456789abcdef"')
    write(world.folder, p=f"{text}waivers:\n{stale}")
    assert [item["rule"] for item in diff(world)["findings"]] == ["mine", "waiver-void"]


def test_waiver_of_a_drift_rule_holds_in_a_diff_and_is_unused_where_nothing_drifts(world: World) -> None:
    world.serve("binance", clock=system_clock)
    world.declare("binance", permissions=["read"])
    write(world.folder, p=only("permission-extra"))
    (found,) = diff(world)["findings"]
    accepted = waiver(rule="permission-extra", key="binance-bot", accepts=f'"{found["fingerprint"]}"')
    write(world.folder, p=f"{only('permission-extra')}waivers:\n{accepted}")
    assert [(item["rule"], item["waived"]) for item in diff(world)["findings"]] == [
        ("permission-extra", "nightly sweep")
    ]
    world.declare("binance")
    assert [item["rule"] for item in diff(world)["findings"]] == ["waiver-unused"]


def test_waiver_of_a_key_that_could_not_be_asked_is_not_unused(world: World) -> None:
    world.serve("binance", clock=system_clock)
    world.given.clear()
    accepted = waiver(rule="permission-extra", key="binance-bot", accepts='"0123456789abcdef"')
    write(world.folder, p=f"{only('permission-extra')}waivers:\n{accepted}")
    assert [item["rule"] for item in diff(world)["findings"]] == []


def test_waivers_of_keys_that_were_not_chosen_are_left_alone(world: World) -> None:
    world.serve(clock=system_clock)
    accepted = waiver(rule="permission-extra", key="kraken-bot", accepts='"0123456789abcdef"')
    write(world.folder, p=f"{only('permission-extra')}waivers:\n{accepted}")
    words = [word for word in world.write() if word != "keylint.yaml"]
    assert lines(run(*words, "--key", "binance-bot", command="diff")) == []
    assert [item["rule"] for item in run(*words, command="diff").json["findings"]] == ["waiver-unused"]
