"""Declared against live, key by key: states, drift rules, and what the reports say of them."""

import json
from datetime import datetime
from typing import Any

import jsonschema
import pytest

from keylint.exchanges import EXCHANGES
from keylint.model.finding import Reason, Unchecked
from keylint.model.live import State
from keylint.resources import schema_text
from keylint.sandbox.server import system_clock
from tests.live.world import LIVE, LIVE_RULES, World, said

BOTH = pytest.mark.parametrize("exchange", ["binance", "kraken"])


def test_agreeing_keys_are_in_sync(world: World) -> None:
    sandbox = world.serve()
    result = world.ask()
    assert (result.findings, result.unchecked, result.interrupted) == ([], [], False)
    assert {key.name: key.state for key in result.keys} == {
        "binance-bot": State.IN_SYNC,
        "kraken-bot": State.IN_SYNC,
    }
    assert sandbox.forbidden == ()


# exchange, what is declared differently, what is live differently, and what is found: rule, place, message, hint
DRIFT: list[tuple[str, dict[str, Any], dict[str, Any], tuple[str, list[str | int], str, str]]] = [
    (
        "binance",
        {},
        {"permissions": ["enableReading", "enableSpotAndMarginTrading", "enableWithdrawals"]},
        (
            "permission-extra",
            ["permissions"],
            "live key 'binance-bot' has enableWithdrawals, which was not declared (it gives withdraw)",
            "untick it at binance, or add it to `permissions`",
        ),
    ),
    (
        "kraken",
        {},
        {"permissions": ["query-funds", "modify-trades", "withdraw-funds"]},
        (
            "permission-extra",
            ["permissions"],
            (
                "live key 'kraken-bot' has withdraw-funds, which was not declared "
                "(it gives transfer.internal, withdraw, withdraw.cancel)"
            ),
            "untick it at kraken, or add it to `permissions`",
        ),
    ),
    (
        "binance",
        {"permissions": ["read", "trade.spot", "trade.futures"]},
        {},
        (
            "permission-missing",
            ["permissions", 2],
            "live key 'binance-bot' lacks trade.futures",
            "tick enableFutures or enablePortfolioMarginTrading at binance, or remove it from `permissions`",
        ),
    ),
    (
        "kraken",
        {"permissions": ["query-funds", "modify-trades", "export-data"]},
        {},
        (
            "permission-missing",
            ["permissions", 2],
            "live key 'kraken-bot' lacks export-data",
            "tick it at kraken, or remove it from `permissions`",
        ),
    ),
    (
        "binance",
        {},
        {"answer": {"enableAlphaWithdrawals": True}},
        (
            "unknown-live-permission",
            ["permissions"],
            "live key 'binance-bot' has 'enableAlphaWithdrawals', a right of binance that keylint does not know",
            "untick it at binance unless you know what it does",
        ),
    ),
    (
        "kraken",
        {},
        {"answer": {"permissions": ["query-funds", "modify-trades", "futures-access"]}},
        (
            "unknown-live-permission",
            ["permissions"],
            "live key 'kraken-bot' has 'futures-access', a right of kraken that keylint does not know",
            "untick it at kraken unless you know what it does",
        ),
    ),
    (
        "kraken",
        {},
        {"ip_allowlist": ["203.0.113.10", "203.0.113.20", "198.51.100.7"]},
        (
            "ip-mismatch",
            ["ip_allowlist"],
            "live key 'kraken-bot' also accepts 198.51.100.7, which was not declared",
            "remove it at kraken, or add it to `ip_allowlist`",
        ),
    ),
    (
        "kraken",
        {},
        {"ip_allowlist": ["203.0.113.10"]},
        (
            "ip-mismatch",
            ["ip_allowlist", 1],
            "live key 'kraken-bot' does not accept 203.0.113.20",
            "add it at kraken, or remove it here",
        ),
    ),
    (
        "binance",
        {"ip_allowlist": None},
        {},
        (
            "ip-mismatch",
            ["ip_allowlist"],
            "live key 'binance-bot' is bound to addresses, none are declared",
            "copy the addresses from binance into `ip_allowlist`",
        ),
    ),
    (
        "binance",
        {},
        {"ip_allowlist": []},
        (
            "ip-open",
            ["ip_allowlist"],
            "live key 'binance-bot' can be used from any address",
            "enter the declared addresses at binance: 203.0.113.10",
        ),
    ),
    (
        "kraken",
        {},
        {"ip_allowlist": []},
        (
            "ip-open",
            ["ip_allowlist"],
            "live key 'kraken-bot' can be used from any address",
            "enter the declared addresses at kraken: 203.0.113.10, 203.0.113.20",
        ),
    ),
    (
        "binance",
        {},
        {"created": "2026-10-20T00:00:00Z"},
        (
            "created-mismatch",
            ["created"],
            "live key 'binance-bot' was created on 2026-10-20, not on 2026-09-01",
            "if you replaced it, write `created: 2026-10-20`; if nobody did, find out who",
        ),
    ),
    (
        "kraken",
        {},
        {"created": "2026-08-01T00:00:00Z"},
        (
            "created-mismatch",
            ["created"],
            "live key 'kraken-bot' was created on 2026-08-01, not on 2026-09-01",
            "if you replaced it, write `created: 2026-08-01`; if nobody did, find out who",
        ),
    ),
    (
        "binance",
        {},
        {"api_key": "0" * 64},
        (
            "key-gone",
            [],
            "binance does not know key 'binance-bot' (binance -2008: the key id is not valid)",
            "(1) the key was deleted; (2) the key belongs to the testnet",
        ),
    ),
    (
        "kraken",
        {},
        {"api_key": "0" * 56},
        (
            "key-gone",
            [],
            "kraken does not know key 'kraken-bot' (kraken EAPI:Invalid key: the key is unknown)",
            (
                "(1) the key was deleted; (2) the key id is malformed (a stray newline, a missing character); "
                "(3) the key belongs to another (sub-)account or to Kraken's futures platform"
            ),
        ),
    ),
]


@pytest.mark.parametrize(("exchange", "declared", "live", "found"), DRIFT, ids=lambda value: str(value)[:20])
def test_drift_is_found_in_every_report(
    world: World,
    exchange: str,
    declared: dict[str, Any],
    live: dict[str, Any],
    found: tuple[str, list[str | int], str, str],
) -> None:
    world.declare(exchange, **declared)
    world.play([{**LIVE[exchange], **live}], clock=system_clock)
    rule, path, message, hint = found
    ran = world.diff("--format=json")
    (finding,) = [item for item in ran.json["findings"] if item["rule"] in LIVE_RULES]
    assert (finding["rule"], finding["path"], finding["message"], finding["hint"]) == (
        rule,
        ["keys", f"{exchange}-bot", *path],
        message,
        hint,
    )
    (key,) = ran.json["keys"]
    is_error = finding["severity"] == "error"
    assert (ran.code, key["state"], ran.json["unchecked"], ran.err) == (int(is_error), "drift", [], "")
    line = world.text.split("\n")[finding["line"] - 1]
    assert (path[0] if path and str(path[0]) in world.text else f"{exchange}-bot") in line or path[1:] == [
        finding["path"][-1]
    ]
    text = world.diff()
    assert f"{finding['severity']}[{rule}]: {message}\n" in text.out
    assert f"  drift  {exchange}-bot  {exchange}\n" in text.out


def test_end_of_a_live_key_is_a_warning_and_near_it_an_error(world: World) -> None:
    for end, severity, code in (("2026-12-01T00:00:00Z", "warning", 0), ("2026-11-24T00:00:00Z", "error", 1)):
        world.declare("kraken")
        world.play([{**LIVE["kraken"], "answer": {"validUntil": _seconds(end)}}], clock=system_clock)
        ran = world.diff("--format=json")
        (finding,) = ran.json["findings"]
        assert (ran.code, finding["rule"], finding["severity"]) == (code, "live-expiring", severity)
        days = {"warning": 9, "error": 2}[severity]
        assert finding["message"] == f"live key 'kraken-bot' ends on {end[:10]}, in {days} days"
        assert ran.json["keys"][0]["live"]["expires"] == end
        assert ran.json["keys"][0]["state"] == "in-sync"


def _seconds(moment: str) -> str:
    return str(int(datetime.fromisoformat(moment).timestamp()))


def test_end_of_a_live_right_names_the_right(world: World) -> None:
    world.declare("binance")
    end = int(_seconds("2026-11-30T00:00:00Z")) * 1000
    world.play([{**LIVE["binance"], "answer": {"tradingAuthorityExpirationTime": end}}])
    (finding,) = world.ask().findings
    assert finding.message == "enableSpotAndMarginTrading of live key 'binance-bot' ends on 2026-11-30, in 8 days"


def test_difference_of_a_day_is_a_time_zone(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "created": "2026-09-02T23:59:59Z"}])
    assert world.ask().findings == []


def test_key_without_a_day_of_creation_is_not_compared_by_it(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "answer": {"createdTime": "0"}}])
    (key,) = world.ask().keys
    assert key.live
    assert (key.state, key.live.created) == (State.IN_SYNC, None)


def test_same_addresses_in_other_words_are_the_same(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "ip_allowlist": ["203.0.113.20/32", "::ffff:203.0.113.10"]}])
    assert world.ask().findings == []


def test_json_is_as_the_contract_says(world: World) -> None:
    live = {**LIVE["binance"], "permissions": ["enableReading", "enableVanillaOptions", "enableSpotAndMarginTrading"]}
    world.serve("binance", "kraken", keys=[live, LIVE["kraken"]], clock=system_clock)
    world.declare("kraken", "no-credentials", {})
    world.declare("kraken", "revoked-bot", {}, status="revoked")
    world.declare("binance", "test-bot", environment="testnet")
    ran = world.diff("--format=json")
    assert ran.code == 1
    data = ran.json
    jsonschema.validate(data, json.loads(schema_text("report")))
    assert list(data) == [
        "version",
        "tool",
        "command",
        "now",
        "summary",
        "findings",
        "keys",
        "unchecked",
        "interrupted",
    ]
    assert (data["version"], data["command"], data["now"]) == (1, "diff", "2026-11-22T00:00:00Z")
    assert {name: data["summary"][name] for name in ("files", "keys", "error", "waived", "unchecked")} == {
        "files": 1,
        "keys": 5,
        "error": 1,
        "waived": 0,
        "unchecked": 1,
    }
    perhaps = "cannot move funds out, unless it can manage keys and sub-accounts (not settled)"
    assert [key.pop("reach") for key in data["keys"]] == [
        f"only from 203.0.113.10: trade spot/margin/options; {perhaps}; "
        "addresses as declared, binance does not show them",
        "only from 2 addresses: trade spot and margin; cannot move funds out",
        "as declared: only from 2 addresses: trade spot and margin; cannot move funds out",
        None,
        f"as declared: only from 203.0.113.10: trade spot and margin (testnet: no real money); {perhaps}",
    ]
    assert data["keys"] == [
        {
            "name": "binance-bot",
            "exchange": "binance",
            "state": "drift",
            "live": {
                "permissions": ["enableReading", "enableSpotAndMarginTrading", "enableVanillaOptions"],
                "capabilities": ["read", "trade.margin", "trade.options", "trade.spot"],
                "ip_restricted": True,
                "ip_allowlist": None,
                "created": "2026-09-01T08:00:00Z",
                "expires": None,
            },
            "unknown": ["ip_allowlist", "expires"],
            "implied": ["trade.margin"],
        },
        {
            "name": "kraken-bot",
            "exchange": "kraken",
            "state": "in-sync",
            "live": {
                "permissions": ["query-funds", "modify-trades"],
                "capabilities": ["read", "trade.margin", "trade.spot"],
                "ip_restricted": True,
                "ip_allowlist": ["203.0.113.10", "203.0.113.20"],
                "created": "2026-09-01T08:00:00Z",
                "expires": None,
            },
            "unknown": [],
            "implied": ["trade.margin"],
        },
        {
            "name": "no-credentials",
            "exchange": "kraken",
            "state": "unchecked",
            "live": None,
            "unknown": [],
            "implied": [],
        },
        {"name": "revoked-bot", "exchange": "kraken", "state": "absent", "live": None, "unknown": [], "implied": []},
        {
            "name": "test-bot",
            "exchange": "binance",
            "state": "unverifiable",
            "live": None,
            "unknown": [],
            "implied": [],
        },
    ]
    assert data["unchecked"] == [
        {
            "key": "no-credentials",
            "exchange": "kraken",
            "reason": "no-credentials",
            "message": "it has no credentials",
            "hint": "add `credentials:` with env:NAME or file:PATH, or hand them over with --credentials",
        }
    ]
    assert data["interrupted"] is False


def test_text_says_what_is_not_shown_and_verbose_what_is_implied(world: World) -> None:
    world.serve(clock=system_clock)
    assert world.diff().out == (
        "keys:\n"
        "  in-sync  binance-bot  binance\n"
        "           reach: only from 203.0.113.10: trade spot and margin; cannot move funds out, unless it can manage "
        "keys and sub-accounts (not settled); addresses as declared, binance does not show them\n"
        "           not shown by binance: ip_allowlist, expires\n"
        "  in-sync  kraken-bot   kraken\n"
        "           reach: only from 2 addresses: trade spot and margin; cannot move funds out\n"
        "\n"
        "2 keys in 1 file: no findings; 2 in-sync\n"
    )
    assert (
        "  in-sync  kraken-bot   kraken\n"
        "           reach: only from 2 addresses: trade spot and margin; cannot move funds out\n"
        "           rights: query-funds, modify-trades\n"
        "           implied: trade.margin\n"
    ) in world.diff("-v").out


@pytest.mark.parametrize(
    ("exchange", "fields", "state", "entry"),
    [
        ("binance", {"status": "planned"}, State.ABSENT, None),
        ("binance", {"status": "retiring"}, State.IN_SYNC, None),
        ("binance", {"environment": "testnet"}, State.UNVERIFIABLE, None),
        ("binance", {"environment": "demo"}, State.UNVERIFIABLE, None),
        ("binance", {"site": "us"}, State.UNVERIFIABLE, None),
        (
            "binance",
            {"site": "mars"},
            State.UNCHECKED,
            (Reason.UNSUPPORTED, "keylint knows no site or environment 'mars' of binance", "known are: us"),
        ),
        (
            "kraken",
            {"environment": "testnet"},
            State.UNCHECKED,
            (
                Reason.UNSUPPORTED,
                "keylint knows no site or environment 'testnet' of kraken",
                "known are: production",
            ),
        ),
        (
            "kraken",
            {"site": "eea"},
            State.UNCHECKED,
            (Reason.UNSUPPORTED, "keylint knows no site or environment 'eea' of kraken", "leave it out"),
        ),
        (
            "kraken",
            {"exchange": "krakn"},
            State.UNCHECKED,
            (Reason.UNSUPPORTED, "keylint does not know the exchange 'krakn'", ""),
        ),
        (
            "kraken",
            {"exchange": "okx", "permissions": ["read"]},
            State.UNCHECKED,
            (Reason.UNSUPPORTED, "keylint cannot ask okx yet", "check it by hand"),
        ),
    ],
)
def test_key_that_is_not_asked_for_says_so(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    exchange: str,
    fields: dict[str, Any],
    state: State,
    entry: tuple[Reason, str, str] | None,
) -> None:
    monkeypatch.setattr("keylint.diff.targets.EXCHANGES", {name: EXCHANGES[name] for name in LIVE})
    sandbox = world.serve(exchange)
    world.declare(exchange, **fields)
    result = world.ask()
    assert [key.state for key in result.keys] == [state]
    where = fields.get("exchange", exchange)
    assert result.unchecked == ([Unchecked(f"{exchange}-bot", where, *entry)] if entry else [])
    assert bool(sandbox.requests) == (state is State.IN_SYNC)


@BOTH
def test_answer_that_is_silent_about_the_address_list_is_not_fine(world: World, exchange: str) -> None:
    field = {"binance": "ipRestrict", "kraken": "ipAllowlist"}[exchange]
    world.serve(exchange, keys=[{**LIVE[exchange], "omit": [field]}])
    result = world.ask()
    assert [key.state for key in result.keys] == [State.UNCHECKED]
    assert result.unchecked == [
        Unchecked(
            f"{exchange}-bot",
            exchange,
            Reason.BAD_ANSWER,
            "the answer is silent about the address list",
            f"look it up at {exchange}",
        )
    ]


def test_answer_that_is_silent_about_rights_is_not_fine_and_drift_beside_it_is_shown(world: World) -> None:
    live = {**LIVE["binance"], "omit": ["enableWithdrawals", "enableFutures", "enableFixApiTrade"]}
    world.serve("binance", keys=[live])
    entry = Unchecked(
        "binance-bot",
        "binance",
        Reason.BAD_ANSWER,
        "the answer is silent about enableFutures, enableWithdrawals",
        "look it up at binance",
    )
    result = world.ask()
    assert ([key.state for key in result.keys], said(result.findings)) == ([State.UNCHECKED], [])
    assert [(item.key, item.reason) for item in result.unchecked] == [(entry.key, entry.reason)]
    assert {*result.unchecked[0].message.removeprefix("the answer is silent about ").split(", ")} == {
        "enableWithdrawals",
        "enableFutures",
    }
    world.play([{**live, "ip_allowlist": []}])
    again = world.ask()
    assert [key.state for key in again.keys] == [State.DRIFT]
    assert [item.rule for item in again.findings] == ["ip-open"]
    assert len(again.unchecked) == 1


def test_right_that_only_perhaps_gives_what_was_declared_is_not_fine(world: World) -> None:
    world.serve("binance")
    world.declare("binance", permissions=["read", "trade.spot", "key.manage"])
    result = world.ask()
    assert [key.state for key in result.keys] == [State.UNCHECKED]
    assert [item.message for item in result.unchecked] == ["the answer is silent about key.manage"]


def test_live_key_is_judged_by_the_rules_for_declarations_too(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "permissions": ["query-funds", "modify-trades", "withdraw-funds"]}])
    result = world.ask(rules=("permission-extra", "no-withdraw", "max-age"))
    assert sorted((item.rule, item.message) for item in result.findings) == [
        ("no-withdraw", "live: key 'kraken-bot' may withdraw funds (withdraw-funds gives it)"),
        (
            "permission-extra",
            (
                "live key 'kraken-bot' has withdraw-funds, which was not declared "
                "(it gives transfer.internal, withdraw, withdraw.cancel)"
            ),
        ),
    ]


def test_key_gone_counts_as_bad_credentials_where_the_rule_is_off(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "api_key": "0" * 56}])
    result = world.ask(rules=())
    assert [(item.reason, item.message) for item in result.unchecked] == [
        (Reason.BAD_CREDENTIALS, "kraken EAPI:Invalid key: the key is unknown")
    ]
    assert [key.state for key in result.keys] == [State.UNCHECKED]


def test_two_keys_of_one_name_in_two_files_are_both_reported(world: World) -> None:
    world.serve("binance", clock=system_clock)
    words = world.write()
    (world.folder / "more.yaml").write_text(world.text)
    (world.folder / "again.yaml").write_text(
        world.text.replace("binance-bot", "binance-bot").replace("trade.spot", "otc")
    )
    ran = world.diff("more.yaml", "again.yaml", "--format=json")
    assert words[0] == "keylint.yaml"
    assert [key["state"] for key in ran.json["keys"]] == ["drift", "in-sync", "in-sync"]
