"""`keylint import`: a first declaration from what an exchange shows."""

import os
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.cli import import_ as import_module
from keylint.exchanges import EXCHANGES
from keylint.load.facts import facts_of
from keylint.model.errors import UsageError
from keylint.model.live import UNKNOWN, LiveKey
from keylint.reports.escape import visible_lines
from keylint.sandbox.server import system_clock
from keylint.sandbox.simulation import SIMULATED
from keylint.snapshot.draft import Draft, declaration, names, permissions, quoted, scalar, slug
from tests.live import test_live_listed as listings
from tests.live.test_live_bitmex import BITMEX, OTHER
from tests.live.test_live_secrets import assert_clean, random_text
from tests.live.world import CREDENTIALS, KRAKEN_KEY, LIVE, World
from tests.running import Ran, found, keylint
from tests.sandbox.hands import BELOW, entry

FIELDS = ("api_key", "api_secret", "passphrase", "private_key", "address")
SHOWN_BY_ANOTHER = {"whitebit"}
ITSELF = sorted(EXCHANGES.keys() & SIMULATED.keys() - SHOWN_BY_ANOTHER)


def references(monkeypatch: pytest.MonkeyPatch, key: dict[str, Any]) -> list[str]:
    """Put a key's credentials into the environment; return the options that refer to them."""
    words = []
    for field in FIELDS:
        if field in key:
            monkeypatch.setenv(f"IMPORTED_{field.upper()}", key[field])
            words.append(f"--{field.replace('_', '-')}=env:IMPORTED_{field.upper()}")
    return words


def bases(world: World) -> list[str]:
    return [f"--base-url={name}={url}" for name, url in world.bases.items()]


def imported(world: World, exchange: str, *words: str) -> Ran:
    return keylint("import", exchange, *bases(world), "--now=2026-11-22", *words)


def form(text: str) -> list[tuple[str, str]]:
    """Return what is wrong with a declaration's form, and what stands in it that should not."""
    always = {"schema", "yaml", "secret-in-declaration", "full-key-id", "unknown-permission", "ip-malformed"}
    return [(item.rule, item.message) for item in found(text, [])] + [
        (item["rule"], item["message"])
        for item in keylint("check", "-", "--policy=baseline", "--format=json", stdin=text).json["findings"]
        if item["rule"] in always
    ]


def drift(world: World, text: str) -> tuple[set[str], set[str]]:
    """Return the rules of `diff` that speak of the live keys, and the states of these."""
    (world.folder / "imported.yaml").write_text(text)
    ran = keylint("diff", "imported.yaml", *bases(world), "--policy=live.policy.yaml", "--format=json")
    return {item["rule"] for item in ran.json["findings"]}, {key["state"] for key in ran.json["keys"]}


@pytest.mark.parametrize("exchange", ITSELF)
def test_round_trip_of_every_exchange(world: World, monkeypatch: pytest.MonkeyPatch, exchange: str) -> None:
    key = dict(LIVE["kraken"]) if exchange == "kraken" else entry(exchange)
    world.play([key], system_clock)
    given = {"address": key["api_key"]} if exchange == "hyperliquid" else key  # nothing there is secret
    ran = imported(world, exchange, *references(monkeypatch, given))
    assert (ran.code, ran.err) == (0, "")
    assert form(ran.out) == []
    rules, states = drift(world, ran.out)
    assert rules <= {"live-expiring"}
    assert states <= {"in-sync", "unverifiable"}
    assert all(value not in ran.out for field in FIELDS if (value := key.get(field)))


@pytest.mark.parametrize("exchange", ITSELF)
def test_hostile_names_of_every_exchange_do_no_harm(
    world: World, monkeypatch: pytest.MonkeyPatch, exchange: str
) -> None:
    text = "\x1b]0;owned\x07\n  evil: {exchange: kraken}\n::error::x\u202e #&*!"
    key = dict(LIVE["kraken"]) if exchange == "kraken" else entry(exchange)
    shown = text[:16] if exchange == "hyperliquid" else text  # names are no longer there
    world.play([{**key, "label": shown}], system_clock)
    given = {"address": key["api_key"]} if exchange == "hyperliquid" else key
    ran = imported(world, exchange, *references(monkeypatch, given))
    assert (ran.code, form(ran.out)) == (0, [])
    assert len(yaml.safe_load(ran.out)["keys"]) == 1
    assert visible_lines(ran.out + ran.err) == ran.out + ran.err


LISTING = sorted(listings.EXCHANGES)
LOOK_ALIKE = {"bingx", "gate", "upbit"}
"""Exchanges that show the same part of the ids of the two keys."""


@pytest.mark.parametrize("name", LISTING)
def test_keys_that_another_one_lists(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    main, one, two = listings.main(name), listings.sub(name), listings.sub(name, "3")
    exchange = main["exchange"]
    texts = []
    for keys in ([main, one, two], [two, one, main]):
        world.play(keys, system_clock)
        ran = imported(world, exchange, *references(monkeypatch, main), "--list", "--account-type=main")
        assert (ran.code, ran.err) == (0, "")
        texts.append(ran.out)
    assert texts[0] == texts[1]
    assert form(texts[0]) == []
    keys = yaml.safe_load(texts[0])["keys"]
    assert len(keys) == 3
    assert [key.get("lists") for key in keys.values()] == [True, None, None]
    assert all(key["api_key"] not in texts[0] for key in (main, one, two))
    rules, states = drift(world, texts[0])
    assert rules <= {"live-expiring"}
    assert "unchecked" not in states or exchange in LOOK_ALIKE


@pytest.mark.parametrize("name", LISTING)
def test_snapshot_of_what_was_imported_is_judged_as_the_live_keys_are(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    main, one, unknown = listings.main(name), listings.sub(name), listings.sub(name, "3")
    exchange = main["exchange"]
    world.play([main, one], system_clock)
    text = imported(world, exchange, *references(monkeypatch, main), "--list", "--account-type=main").out
    (world.folder / "imported.yaml").write_text(text)
    world.play([main, {**one, "ip_allowlist": ["198.51.100.7"]}, unknown], system_clock)
    words = ("--policy=baseline", f"--now={datetime.now(UTC).isoformat()}", "--format=json")
    asked = keylint("diff", "imported.yaml", *bases(world), *words)
    assert keylint("snapshot", "imported.yaml", *bases(world), "-o", "seen.json").code == 0
    assert all(key["api_key"] not in (world.folder / "seen.json").read_text() for key in (main, one, unknown))
    recalled = keylint("diff", "imported.yaml", "--snapshot=seen.json", *words)
    assert recalled.json == asked.json
    rules = {item["rule"] for item in asked.json["findings"]}
    assert exchange in LOOK_ALIKE or {"ip-mismatch", "unmanaged-key"} <= rules


KRAKEN = """\
# yaml-language-server: $schema=.keylint/declaration.schema.json
# written by keylint import on 2026-11-22: what Kraken shows; what only you know is TODO
version: 1

keys:
  grid-bot:
    exchange: kraken
    account: desk-1
    account_id: "AA12 B3C4 D5E6 F7G8"
    key_id: "Ab1/Cd…MnOpQr"
    label: grid-bot
    # owner:  # TODO: the team that answers for the key
    # holder:  # TODO: the one program or vendor that has the secret
    # purpose:  # TODO: what it is for: `keylint explain spot-trading` and its like say what each needs
    permissions: [read, trade.spot, trade.margin]
    ip_allowlist: [203.0.113.10, 203.0.113.20]
    created: 2026-09-01
    credentials:
      api_key: "env:IMPORTED_API_KEY"
      api_secret: "env:IMPORTED_API_SECRET"
    # Kraken sets it no end
"""


def test_whole_text(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.play([LIVE["kraken"]], system_clock)
    words = references(monkeypatch, CREDENTIALS["kraken"])
    assert imported(world, "kraken", *words, "--account=desk-1").out == KRAKEN
    assert "\n  my-bot:\n" in imported(world, "kraken", *words, "--name=my-bot").out


def test_file_is_written_and_never_overwritten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = world.play([LIVE["kraken"]], system_clock)
    words = (*references(monkeypatch, CREDENTIALS["kraken"]), "-o", "new.yaml")
    ran = imported(world, "kraken", *words)
    assert (ran.code, ran.out, ran.err) == (0, "written: new.yaml\n", "")
    assert (world.folder / "new.yaml").read_text() == KRAKEN.replace("    account: desk-1\n", "")
    before = len(sandbox.requests)
    with pytest.raises(UsageError, match=r"new.yaml: exists already; nothing was written"):
        imported(world, "kraken", *words)
    assert len(sandbox.requests) == before
    with pytest.raises(UsageError, match=r"there/new.yaml: there is no folder there"):
        imported(world, "kraken", *words[:-1], "there/new.yaml")
    with pytest.raises(UsageError, match=r".: exists already"):
        imported(world, "kraken", *words[:-1], "")
    assert len(sandbox.requests) == before


def test_file_that_came_in_the_meantime_is_not_overwritten(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.play([LIVE["kraken"]], system_clock)

    def late(*args: Any) -> str:
        (world.folder / "new.yaml").write_text("mine")
        return declaration(*args)

    monkeypatch.setattr(import_module, "declaration", late)
    with pytest.raises(UsageError, match=r"new.yaml: exists already; nothing was written"):
        imported(world, "kraken", *references(monkeypatch, CREDENTIALS["kraken"]), "-o", "new.yaml")
    assert (world.folder / "new.yaml").read_text() == "mine"


def test_keys_of_a_file_with_credentials_keep_their_names(world: World) -> None:
    other = {**LIVE["kraken"], "api_key": KRAKEN_KEY[::-1], "label": "two"}
    world.play([LIVE["kraken"], other], system_clock)
    world.declare("kraken", "one-bot")
    world.declare("kraken", "two-bot", {**CREDENTIALS["kraken"], "api_key": KRAKEN_KEY[::-1]})
    world.write()
    ran = imported(world, "kraken", "--credentials=credentials.json")
    keys = yaml.safe_load(ran.out)["keys"]
    assert [(name, key["label"], "credentials" in key) for name, key in keys.items()] == [
        ("one-bot", "grid-bot", False),
        ("two-bot", "two", False),
    ]
    assert "# credentials:  # TODO: references" in ran.out


def test_what_could_not_be_read_is_said_and_the_rest_is_written(world: World) -> None:
    world.play([LIVE["kraken"]], system_clock)
    world.declare("kraken", "one-bot")
    for name in ("gone-bot", "also-gone-bot", "z-gone-bot"):
        world.declare("kraken", name, {**CREDENTIALS["kraken"], "api_key": "0" * 56})
    world.write()
    ran = imported(world, "kraken", "--credentials=credentials.json")
    assert re.findall(r"# not read: key '(.*)' at", ran.out) == ["also-gone-bot", "gone-bot", "z-gone-bot"]
    why = "key 'gone-bot' at kraken: bad-credentials: kraken EAPI:Invalid key: the key is unknown"
    assert ran.code == 3
    assert why in ran.err
    assert f"# not read: {why}; (1) the key was deleted; (2)" in ran.out
    assert form(ran.out) == []
    assert list(yaml.safe_load(ran.out)["keys"]) == ["one-bot"]


def test_nothing_is_written_where_nothing_could_be_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.play([{**LIVE["kraken"], "faults": ["html"]}], system_clock)
    ran = imported(world, "kraken", *references(monkeypatch, CREDENTIALS["kraken"]), "-o", "new.yaml")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("key 'imported' at kraken: bad-answer: the answer makes no sense: an HTML page")
    assert ran.err.endswith("\nnothing could be read, and new.yaml was not written\n")
    assert not (world.folder / "new.yaml").exists()


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        ("hyperliquid", ["it works from any address: Hyperliquid has no address lists"]),
        ("bithumb", ["TODO: Bithumb does not show what it may do: write that into `permissions`"]),
        ("upbit", ["TODO: Upbit does not show what it may do: write that into `permissions`"]),
        ("coinbase", ["Coinbase does not show whether it has Export, Manage"]),
    ],
)
def test_what_an_exchange_has_no_way_to_show_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch, exchange: str, expected: list[str]
) -> None:
    key = entry(exchange)
    world.play([key], system_clock)
    given = {"address": key["api_key"]} if exchange == "hyperliquid" else key
    text = imported(world, exchange, *references(monkeypatch, given)).out
    said = re.findall(r"# (.*(?:any address|what it may do|whether it has).*)", text)
    assert said == expected


@pytest.mark.parametrize(
    ("exchange", "given", "expected"),
    [
        ("kraken", {}, "{api_key: env:NAME, api_secret: file:/run/secrets/name}"),
        ("okx", {}, "{api_key: env:NAME, api_secret: file:/run/secrets/name, passphrase: file:/run/secrets/name}"),
        ("binance", {"algorithm": "rsa"}, "{api_key: env:NAME, private_key: file:/run/secrets/name}"),
        ("hyperliquid", {}, "{address: env:NAME}"),
    ],
)
def test_references_to_add_are_those_of_the_exchange(exchange: str, given: dict[str, str], expected: str) -> None:
    facts = facts_of(exchange)
    assert facts
    text = declaration([Draft(LiveKey(()), given=given)], facts, date(2026, 11, 22))
    assert f"\n    # credentials:  # TODO: references, such as {expected}\n" in text


def test_listing_that_fails_costs_the_listed_keys_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.play([LIVE["kraken"]], system_clock)
    ran = imported(world, "kraken", *references(monkeypatch, CREDENTIALS["kraken"]), "--list")
    why = "the keys that key 'imported' at kraken lists: unsupported: keylint cannot list keys of kraken"
    assert (ran.code, ran.err.startswith(why)) == (3, True)
    assert f"# not read: {why}" in ran.out
    assert list(yaml.safe_load(ran.out)["keys"]) == ["grid-bot"]


def test_addresses_that_are_not_shown_are_to_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.play([LIVE["binance"]], system_clock)
    ran = imported(world, "binance", *references(monkeypatch, CREDENTIALS["binance"]))
    assert "    # TODO: it is bound to addresses that Binance does not show: copy them into `ip_allowlist`\n" in ran.out
    assert drift(world, ran.out) == ({"ip-mismatch"}, {"drift"})


def test_key_that_shows_others_and_not_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    main = entry("whitebit")
    world.play([main, entry("whitebit", **BELOW["whitebit"], permissions=["type.1"])], system_clock)
    words = references(monkeypatch, main)
    alone = imported(world, "whitebit", *words)
    assert (alone.code, alone.out) == (3, "")
    assert alone.err == "key 'imported': whitebit does not show it to itself; --list shows those that it lists\n"
    ran = imported(world, "whitebit", *words, "--list")
    assert (ran.code, ran.err, form(ran.out)) == (0, "", [])
    assert [key.get("lists") for key in yaml.safe_load(ran.out)["keys"].values()] == [True, None]
    assert "# WhiteBIT does not show whether it has type.1, type.2\n" in ran.out


@pytest.mark.parametrize("exchange", ["backpack", "bitstamp"])
def test_exchange_that_shows_nothing_is_said(exchange: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPORTED_API_KEY", "a")
    ran = keylint("import", exchange, "--api-key=env:IMPORTED_API_KEY")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("key 'imported'")


def test_own_key_in_its_own_list_comes_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.play([{"exchange": "bitmex", **BITMEX.given, **BITMEX.live}, OTHER], system_clock)
    ran = imported(world, "bitmex", *references(monkeypatch, dict(BITMEX.given)), "--list")
    keys = yaml.safe_load(ran.out)["keys"]
    assert [(name, key["key_id"], key.get("lists")) for name, key in keys.items()] == [
        ("bot", "LAqUln…eyu3qn", True),
        ("bot-2", "anothe…chars-", None),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "say where the key is: --credentials FILE, or --api-key env:NAME and its like"),
        (("--api-key=env:A", "--credentials=c.json"), "say where the key is: either --credentials or references"),
        (("--credentials=c.json", "--name=a"), "--name is for references"),
        (("--api-key=a-secret-that-was-pasted",), "is not a reference; write env:NAME or file:PATH"),
        (("--api-key=env:A", "--environment=mars"), "`environment` cannot be 'mars'"),
        (("--api-key=env:A", "--site=mars"), "mars"),
        (("--api-key=env:A", "--name=My Bot"), "bad name 'My Bot'"),
    ],
)
def test_options_that_cannot_be(world: World, words: tuple[str, ...], message: str) -> None:
    (world.folder / "c.json").write_text('{"a": {"api_key": "b"}}')
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        imported(world, "kraken", *words)
    assert "pasted" not in str(caught.value)


def test_exchange_that_nobody_knows_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no exchange 'krakne'; did you mean `kraken`"):
        keylint("import", "krakne")


def test_options_of_asking_mean_what_they_mean_in_diff(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = world.play([LIVE["kraken"]], system_clock)
    ran = imported(world, "kraken", "--show-calls")
    assert [line.split()[0] for line in ran.out.splitlines()] == ["POST", "GET"]
    words = references(monkeypatch, CREDENTIALS["kraken"])
    monkeypatch.setenv("CI", "true")
    refused = imported(world, "kraken", *words)
    assert (refused.code, "IMPORTED_API_KEY, which is not allowed" in refused.err) == (3, True)
    assert imported(world, "kraken", *words, "--allow-env=IMPORTED_*").code == 0
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    before = len(sandbox.requests)
    with pytest.raises(UsageError, match="pull request from a fork"):
        imported(world, "kraken", *words, "--allow-env=IMPORTED_*")
    assert len(sandbox.requests) == before


def test_secret_and_whole_key_id_never_come_out_whatever_the_exchange_does(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"api_key": random_text(56), "api_secret": CREDENTIALS["kraken"]["api_secret"]}
    monkeypatch.setenv("IMPORTED_OTP", random_text(12))
    words = [*references(monkeypatch, key), "--otp=env:IMPORTED_OTP"]
    values = [*key.values(), os.environ["IMPORTED_OTP"]]
    echoed = {"apiKeyName": f"bot {values[2]} {values[0]}", "iban": values[1], "ipAllowlist": [values[0], values[2]]}
    for faults in ([], ["echo"], [{"echo": {"status": 200}}], [{"echo": {"status": 401}}], ["hostile_text"]):
        world.play([{**LIVE["kraken"], **key, "answer": echoed}], system_clock, faults=faults)
        ran = imported(world, "kraken", *words)
        assert_clean([ran.out, ran.err], values)
        assert ran.out == "" or form(ran.out) == []


# The text.

FACTS = facts_of("kraken")
assert FACTS
AWKWARD = [
    *(
        "yes",
        "null",
        "~",
        "1e3",
        "012",
        "0x1f",
        "1:30",
        "2026-09-01",
        "a: b",
        "a #b",
        "- a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
    ),
    *("|", ">", "{a", "[a", "'a", '"a', "a\n  evil: true", "\x1b[31m", "\u202e", "\ufeff", "\ud800", "😀", "x" * 400),
    *("«concealed»", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "   ", "\u2028", "\x85", "=", "<<", "a:", "##[error]"),
]
HOSTILE = st.one_of(st.text(max_size=80), st.sampled_from(AWKWARD))
LIVES = st.builds(
    LiveKey,
    rights=st.lists(st.sampled_from(sorted(FACTS.rights)), unique=True).map(tuple),
    unmapped=st.lists(HOSTILE, max_size=3).map(tuple),
    unreported=st.lists(st.sampled_from(sorted(FACTS.rights)), unique=True, max_size=2).map(tuple),
    ip_restricted=st.sampled_from([UNKNOWN, True, False]),
    ip_allowlist=st.one_of(
        st.just(UNKNOWN), st.lists(st.one_of(HOSTILE, st.ip_addresses().map(str)), max_size=4).map(tuple)
    ),
    created=(times := st.one_of(st.sampled_from([UNKNOWN, None]), st.datetimes(timezones=st.just(UTC)))),
    expires=times,
    last_used=st.just(UNKNOWN),
    label=st.one_of(st.just(UNKNOWN), HOSTILE),
    key_id=st.just(UNKNOWN),
    account_id=st.one_of(st.just(UNKNOWN), HOSTILE),
    rights_expire=st.just({}),
    read_only=st.just(UNKNOWN),
    listed=st.booleans(),
    skew_ms=st.none(),
    observed_at=st.none(),
    conflicts=st.just({}),
)


@settings(deadline=None, max_examples=60)
@given(lives=st.lists(LIVES, min_size=1, max_size=3), missed=st.lists(HOSTILE, max_size=2))
def test_any_answer_makes_a_valid_declaration(lives: list[LiveKey], missed: list[str]) -> None:
    assert FACTS
    text = declaration([Draft(live) for live in lives], FACTS, date(2026, 11, 22), missed)
    assert [(item.rule, item.message) for item in found(text, [])] == []
    keys = yaml.safe_load(text)["keys"]
    assert len(keys) == len(lives)
    labels = {live.label.strip() for live in lives if live.label is not UNKNOWN}
    assert {key["label"] for key in keys.values() if "label" in key} <= labels
    assert visible_lines(text) == text


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("My Bot #1", "my-bot-1"),
        ("Überwachung", "uberwachung"),
        ("ключ", ""),
        ("--- ", ""),
        ("a" * 100, "a" * 60),
        ("..hidden", "hidden"),
        pytest.param(random_text(40), "", id="a secret"),
    ],
)
def test_names_come_of_labels(label: str, expected: str) -> None:
    assert slug(label) == expected


def test_every_name_is_there_once() -> None:
    live = LiveKey((), label="bot")
    drafts = [Draft(live, "bot-2"), Draft(live), Draft(live), Draft(LiveKey(())), Draft(live._replace(label="?"))]
    assert names(drafts, "kraken") == ["bot-2", "bot", "bot-3", "kraken", "kraken-2"]


@pytest.mark.parametrize(
    "text", ["yes", "No", "on", "null", "y", "1e3", "012", "2026-09-01", "", "a b", "é", ".5", "-"]
)
def test_what_yaml_takes_for_something_else_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')
    assert yaml.safe_load(scalar(text)) == text


def test_what_is_not_printable_is_escaped_as_yaml_has_it() -> None:
    text = 'a\U0002ebe1\ud7fc\x85"\\é😀'
    assert quoted(text) == '"a\\U0002ebe1\\ud7fc\\u0085\\"\\\\é😀"'
    assert yaml.safe_load(quoted(text)) == text


@pytest.mark.parametrize(
    ("exchange", "rights", "expected"),
    [
        ("kraken", ("query-funds",), ("read",)),
        ("kraken", ("query-funds", "withdraw-funds"), ("read", "withdraw-funds")),
        ("okx", ("read_only", "trade"), ("read", "trade")),
        ("binance", ("enableReading", "enableFutures"), ("read", "trade.futures")),
        ("kraken", (), ()),
    ],
)
def test_capabilities_where_they_are_exact_else_native_names(
    exchange: str, rights: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    facts = facts_of(exchange)
    assert facts
    assert permissions(LiveKey(rights), facts) == expected
