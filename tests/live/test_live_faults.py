"""Every way to misbehave that the sandbox knows, and every refusal that the exchanges document: one reason each."""

import time
from typing import Any

import pytest

from keylint.load.facts import facts_of
from keylint.model.finding import Reason, Unchecked
from keylint.model.live import State
from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.faults import FAULTS
from keylint.sandbox.server import system_clock
from tests.live.trial import as_documented
from tests.live.world import INSPECT, LIVE, World, key_name

BOTH = pytest.mark.parametrize("exchange", ["binance", "kraken"])
CHANGED = "the exchange may have changed its answer; nothing was concluded from it"
BETWEEN = "something may stand between keylint and the exchange"
AGAIN = "try again, or allow more with --timeout"
NO_SENSE = "the answer makes no sense: "

USED_UP = (
    "(1) another program at this address uses up the limit; (2) the address was banned for ignoring an earlier 429"
)
BAN = "it asks to wait 120 seconds; nothing more was sent to it"
FAULTY = "try again later; see its status page"
Fault = str | dict[str, Any]
Told = tuple[Reason, str, str]
SAME: list[tuple[Fault | list[Fault], Told]] = [
    (
        {"server_error": {"status": 503}},
        (Reason.MAINTENANCE, "the exchange has a fault (HTTP 503)", FAULTY),
    ),
    (
        {"server_error": {"status": 520}},
        (Reason.MAINTENANCE, "the exchange has a fault (HTTP 520)", FAULTY),
    ),
    ("html", (Reason.BAD_ANSWER, NO_SENSE + "an HTML page instead of JSON", BETWEEN)),
    (
        {"html": {"status": 502}},
        (Reason.MAINTENANCE, "the exchange has a fault (HTTP 502)", FAULTY),
    ),
    (
        {"html": {"status": 404}},
        (
            Reason.BAD_ANSWER,
            "there is no such call at this address (HTTP 404)",
            "check --base-url, and the environment of the key",
        ),
    ),
    (
        {"html": {"status": 451}},
        (Reason.GEO_BLOCKED, "not served in this region (HTTP 451)", "run keylint where the exchange is available"),
    ),
    ("not_an_object", (Reason.BAD_ANSWER, NO_SENSE + "it is not an object", CHANGED)),
    ({"not_an_object": {"value": None}}, (Reason.BAD_ANSWER, NO_SENSE + "null", BETWEEN)),
    ("deep_json", (Reason.BAD_ANSWER, NO_SENSE + "no proper JSON", BETWEEN)),
    ("big_body", (Reason.BAD_ANSWER, NO_SENSE + "it is longer than 1 MB", CHANGED)),
    ("gzip", (Reason.BAD_ANSWER, NO_SENSE + "it is compressed, which was not asked for", CHANGED)),
    (["gzip", "big_body"], (Reason.BAD_ANSWER, NO_SENSE + "it is compressed, which was not asked for", CHANGED)),
    (
        {"redirect": {"to": "http://127.0.0.1:1/"}},
        (Reason.BAD_ANSWER, NO_SENSE + "a redirect, which is never followed (HTTP 302)", BETWEEN),
    ),
    (
        {"redirect": {"to": "http://127.0.0.1:1/", "status": 307}},
        (Reason.BAD_ANSWER, NO_SENSE + "a redirect, which is never followed (HTTP 307)", BETWEEN),
    ),
    ("cut", (Reason.BAD_ANSWER, NO_SENSE + "no proper JSON", BETWEEN)),
    ({"cut": {"content_length": "too-large"}}, (Reason.BAD_ANSWER, NO_SENSE + "it is not whole, or no HTTP", CHANGED)),
    ("endless_body", (Reason.BAD_ANSWER, NO_SENSE + "it is longer than 1 MB", CHANGED)),
    ("endless_headers", (Reason.BAD_ANSWER, NO_SENSE + "it is not whole, or no HTTP", CHANGED)),
    ("slow_headers", (Reason.TIMEOUT, "no answer within 0.25 seconds", AGAIN)),
    ("slow_body", (Reason.TIMEOUT, "no answer within 0.25 seconds", AGAIN)),
    ("hang", (Reason.TIMEOUT, "no answer within 0.25 seconds", AGAIN)),
    ("reset", (Reason.UNREACHABLE, "the connection was cut", "try again; a firewall on the way may cut it")),
    ("close", (Reason.UNREACHABLE, "the connection was cut", "try again; a firewall on the way may cut it")),
]
OWN: list[tuple[str, Fault, Told]] = [
    (
        "binance",
        {"rate_limited": {"retry_after": 0}},
        (
            Reason.RATE_LIMITED,
            "binance -1003: too many requests from this address",
            USED_UP,
        ),
    ),
    (
        "kraken",
        {"rate_limited": {"retry_after": 0}},
        (Reason.RATE_LIMITED, "kraken EAPI:Rate limit exceeded: the call counter is full", "wait for it to decay"),
    ),
    (
        "binance",
        "banned",
        (
            Reason.RATE_LIMITED,
            f"binance -1003: too many requests from this address; {BAN}",
            USED_UP,
        ),
    ),
    (
        "kraken",
        "banned",
        (
            Reason.RATE_LIMITED,
            f"kraken EGeneral:Too many requests: too many requests from this address; {BAN}",
            "wait",
        ),
    ),
    (
        "binance",
        {"html": {"status": 403}},
        (
            Reason.GEO_BLOCKED,
            "binance HTTP 403: the exchange's firewall refused the request",
            "(1) the exchange does not serve this region; (2) the traffic pattern was taken for an attack",
        ),
    ),
    (
        "kraken",
        {"html": {"status": 403}},
        (
            Reason.GEO_BLOCKED,
            "the request was blocked (HTTP 403)",
            "the exchange may not serve this region, or its firewall acted",
        ),
    ),
    (
        "binance",
        {"wrong_types": {"fields": ["ipRestrict"]}},
        (Reason.BAD_ANSWER, NO_SENSE + "ipRestrict is not true or false", CHANGED),
    ),
    (
        "kraken",
        {"wrong_types": {"fields": ["permissions"]}},
        (Reason.BAD_ANSWER, NO_SENSE + "permissions is not a list of texts", CHANGED),
    ),
    ("binance", "wrong_types", (Reason.BAD_ANSWER, NO_SENSE + "enableReading is not true or false", CHANGED)),
    (
        "kraken",
        "echo",
        (
            Reason.BAD_ANSWER,
            "kraken EGeneral:Invalid arguments: the exchange did not accept the request's arguments",
            "the exchange changed this call",
        ),
    ),
]
CASES = [
    *(pytest.param(name, fault, told, id=f"{name}-{fault}") for name in LIVE for fault, told in SAME),
    *(pytest.param(name, fault, told, id=f"{name}-{fault}") for name, fault, told in OWN),
]


@pytest.mark.parametrize(("exchange", "fault", "told"), CASES)
def test_fault_has_its_reason_and_costs_the_other_exchange_nothing(
    world: World, exchange: str, fault: Fault | list[Fault], told: Told
) -> None:
    faults = fault if isinstance(fault, list) else [fault]
    keys = [{**key, "faults": faults} if name == exchange else key for name, key in LIVE.items()]
    sandbox = world.serve(keys=keys)
    began = time.monotonic()
    result = world.ask(timeout=0.25 if told[0] is Reason.TIMEOUT else 5)
    assert time.monotonic() - began < 3
    other = next(name for name in LIVE if name != exchange)
    assert {key.name: key.state for key in result.keys} == {
        key_name(exchange): State.UNCHECKED,
        key_name(other): State.IN_SYNC,
    }
    assert result.unchecked == [Unchecked(key_name(exchange), exchange, *told)]
    assert result.findings == []
    assert sandbox.forbidden == ()


def test_every_fault_of_the_sandbox_is_tried() -> None:
    tried = {name for fault, _ in SAME for name in (fault if isinstance(fault, list | dict) else [fault])}
    tried |= {name for _, fault, _ in OWN for name in (fault if isinstance(fault, dict) else [fault])}
    elsewhere = {"clock_skew", "refuse", "hostile_text"}
    assert {str(name) for name in tried} | elsewhere == set(FAULTS)


def test_echo_of_binance_is_shown_without_what_was_sent(world: World) -> None:
    world.serve("binance", keys=[{**LIVE["binance"], "faults": ["echo"]}])
    entry = world.refused("binance")
    assert entry.reason is Reason.BAD_ANSWER
    assert entry.message == "binance -1102: a parameter is malformed, missing or not expected"
    assert "signature" not in entry.hint


def test_hostile_text_in_a_right_is_a_right_that_nobody_knows(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "faults": ["hostile_text"]}])
    result = world.ask()
    assert [item.rule for item in result.findings] == ["unknown-live-permission"]
    (key,) = result.keys
    assert key.live
    assert key.live.unmapped == (HOSTILE,)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"])
@pytest.mark.parametrize("code", [None, "unknown"])
@BOTH
def test_hostile_text_steers_no_terminal_and_no_build_log(
    world: World, exchange: str, form: str, code: str | None
) -> None:
    words = {"binance": "-7777", "kraken": "EFoo:Bar"}[exchange]
    faults: list[Fault] = ["hostile_text", *([{"refuse": {"code": words}}] if code else [])]
    world.serve(exchange, keys=[{**LIVE[exchange], "faults": faults}], clock=system_clock)
    ran = world.diff(f"--format={form}", "-v")
    assert ran.code == (3 if code else 1)
    assert not set("\x1b\x07\x00\u202e\u2066\u200b") & set(ran.out + ran.err)
    assert not [line for line in ran.out.split("\n") if line.startswith(("::set-output", "::error::owned"))]
    if form in ("html", "junit", "markdown"):
        assert "<script>" not in ran.out


# What the exchanges' pages say of their errors; `gone` is a finding of `key-gone`.
CODES = {
    "binance": {
        "-1002": "permission-denied",
        "-1003": "rate-limited",
        "-1008": "maintenance",
        "-1016": "maintenance",
        "-1021": "clock-skew",
        "-1022": "bad-signature",
        "-1099": "bad-credentials",
        "-2008": "gone",
        "-2014": "bad-credentials",
        "-2015": "ambiguous-refusal",
        "-2017": "permission-denied",
        "-9000": "unsupported",
        **dict.fromkeys(("-1100", "-1101", "-1102", "-1103", "-1104", "-1105", "-1106"), "bad-answer"),
    },
    "kraken": {
        "EAPI:Invalid key": "gone",
        "EAPI:Invalid signature": "bad-signature",
        "EAPI:Invalid nonce": "clock-skew",
        "EGeneral:Permission denied": "permission-denied",
        "EGeneral:Temporary lockout": "rate-limited",
        "EAPI:Rate limit exceeded": "rate-limited",
        "EService:Throttled": "rate-limited",
        "EGeneral:Too many requests": "rate-limited",
        "EService:Unavailable": "maintenance",
        "EService:Busy": "maintenance",
        "EGeneral:Internal error": "maintenance",
        "EGeneral:Invalid arguments": "bad-answer",
        "EAuth:Rate limit exceeded": "rate-limited",
        "EAuth:Too many requests": "rate-limited",
        "EAuth:Account temporary disabled": "permission-denied",
        "EAccount:Invalid permissions": "permission-denied",
        "EService:Market in cancel_only mode": "maintenance",
        "EService:Market in post_only mode": "maintenance",
    },
}


@BOTH
def test_every_documented_error_is_tried(exchange: str) -> None:
    facts = facts_of(exchange)
    assert facts
    errors = facts.raw["errors"]
    assert isinstance(errors, dict)
    assert {code for code in errors if not code.startswith("HTTP ")} == set(CODES[exchange])


@pytest.mark.parametrize(("exchange", "code"), [(exchange, code) for exchange in CODES for code in CODES[exchange]])
@pytest.mark.parametrize("status", [None, 400, 401])
def test_documented_error_has_its_reason_whatever_the_status(
    world: World, exchange: str, code: str, status: int | None
) -> None:
    facts = facts_of(exchange)
    assert facts
    fact = facts.error(code)
    assert fact
    fault = {"refuse": {"code": code, "message": "some words", **({"status": status} if status else {})}}
    sandbox = world.serve(exchange, keys=[{**LIVE[exchange], "faults": [fault]}])
    result = world.ask()
    reason = CODES[exchange][code]
    meaning = f"{exchange} {code}: {fact.meaning}"
    ranked = "; ".join(f"({rank}) {cause}" for rank, cause in enumerate(fact.causes, 1))
    hint = ranked if len(fact.causes) > 1 else fact.causes[0]
    if reason == "gone":
        (finding,) = result.findings
        assert (finding.rule, finding.message, finding.hint) == (
            "key-gone",
            f"{exchange} does not know key '{exchange}-bot' ({meaning})",
            hint,
        )
        assert ([key.state for key in result.keys], result.unchecked) == ([State.DRIFT], [])
    else:
        (entry,) = result.unchecked
        assert as_documented(entry, fact) == Unchecked(key_name(exchange), exchange, Reason(reason), meaning, hint)
        assert [key.state for key in result.keys] == [State.UNCHECKED]
    attempts = [record for record in sandbox.requests if record.path == INSPECT[exchange][1]]
    assert len(attempts) == (3 if reason == "maintenance" else 1)


def test_ambiguous_refusal_names_the_address_that_the_exchange_saw(world: World) -> None:
    words = "Invalid API-key, IP, or permissions for action, request ip: 203.0.113.77"
    fault = {"refuse": {"code": "-2015", "message": words}}
    world.serve("binance", keys=[{**LIVE["binance"], "faults": [fault]}], clock=system_clock)
    ran = world.diff()
    assert ran.code == 3
    assert (
        "unchecked[ambiguous-refusal]: key 'binance-bot' at binance: "
        "binance -2015: invalid key, address or permission; one code for three causes\n"
        "  = help: (1) this machine's address is not in the key's list [likelier: the message names 203.0.113.77, "
        "which is not among the declared 203.0.113.10]; (2) the key was deleted or is not the one that was meant; (3) "
        "the key has no reading permission [ruled out: reading is declared (declared: read, trade.spot)]; the exchange "
        "saw the address 203.0.113.77\n"
    ) in ran.out


def test_address_off_the_list_is_told_as_the_exchange_tells_it(world: World) -> None:
    keys = [{**key, "client_address": "192.0.2.1"} for key in LIVE.values()]
    world.serve(keys=keys)
    assert {item.key: item.reason for item in world.ask().unchecked} == {
        "binance-bot": Reason.AMBIGUOUS_REFUSAL,
        "kraken-bot": Reason.PERMISSION_DENIED,
    }


@BOTH
def test_wrong_secret_is_a_bad_signature(world: World, exchange: str) -> None:
    world.serve(exchange)
    world.given[key_name(exchange)]["api_secret"] = {"binance": "x" * 64, "kraken": "x" * 86 + "=="}[exchange]
    assert world.refused(exchange).reason is Reason.BAD_SIGNATURE


@BOTH
def test_answer_full_of_names_is_bounded(world: World, exchange: str) -> None:
    many = [f"enable{number}" for number in range(501)]
    answers = {
        "binance": dict.fromkeys(many, True),
        "kraken": {"permissions": many},
    }
    world.serve(exchange, keys=[{**LIVE[exchange], "answer": answers[exchange]}])
    assert world.refused(exchange).message == NO_SENSE + "it lists more than 500 names"
    if exchange == "kraken":
        world.play([{**LIVE["kraken"], "answer": {"ipAllowlist": [f"10.0.{n // 250}.{n % 250}" for n in range(501)]}}])
        assert world.refused(exchange).message == NO_SENSE + "it lists more than 500 names"


def test_long_name_of_a_right_is_shortened(world: World) -> None:
    world.serve(
        "kraken", keys=[{**LIVE["kraken"], "answer": {"permissions": ["query-funds", "modify-trades", "z" * 9000]}}]
    )
    (finding,) = world.ask().findings
    assert len(finding.message) < 300
