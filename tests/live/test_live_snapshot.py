"""`keylint snapshot`, and `diff --snapshot`: what was seen there is judged here as it would have been there."""

import json
import os
import re
import stat
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylint.cli import snapshot as snapshot_module
from keylint.load.declaration import key_decl
from keylint.load.facts import facts_of
from keylint.load.files import read_file
from keylint.load.schema import Schema
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal, UsageError
from keylint.model.finding import Reason
from keylint.model.key_id import digest, is_same, shortened, stored
from keylint.model.live import UNKNOWN, LiveKey, State
from keylint.resources import schema_text
from keylint.sandbox.server import system_clock
from keylint.snapshot.entry import Observation, Outcome, differences, observation, plain
from keylint.snapshot.files import read_snapshot
from keylint.snapshot.merge import Merged
from tests.live.five import FIVE
from tests.live.test_live_bitmex import BITMEX, OTHER
from tests.live.test_live_secrets import assert_clean, random_text
from tests.live.world import CREDENTIALS, LIVE, World, key_name
from tests.running import NOW, Ran, keylint


def take(world: World, *words: str, target: str = "seen.json") -> Ran:
    return keylint("snapshot", *world.write(), "-o", target, *words)


def seen(world: World, name: str = "seen.json") -> Any:
    return json.loads((world.folder / name).read_text())


def entry(world: World, name: str) -> Any:
    (found,) = [item for item in seen(world)["keys"] if item["name"] == name]
    return found


def recall(world: World, *files: str, words: tuple[str, ...] = (), now: str | None = None) -> Ran:
    """Judge snapshots, with nobody to ask and no credentials."""
    world.write()
    return keylint(
        "diff",
        "keylint.yaml",
        f"--now={now or datetime.now(UTC).isoformat()}",
        "--policy=live.policy.yaml",
        *(f"--snapshot={name}" for name in files or ("seen.json",)),
        *words,
    )


@pytest.fixture
def more_rules(world: World) -> None:
    """Judge by more rules that look at live keys."""
    text = (world.folder / "live.policy.yaml").read_text()
    for rule in ("snapshot-stale", "snapshot-conflict", "label-mismatch", "account-mismatch", "expiry-mismatch"):
        text = text.replace(f"  {rule}: off\n", "")
    for rule in ("no-withdraw", "max-age", "ip-too-wide", "live-idle", "unverifiable", "expired"):
        text = text.replace(f"  {rule}: off\n", "")
    for rule in ("key-still-alive", "clock-skew", "credential-file-open", "read-only-flag"):
        text = text.replace(f"  {rule}: off\n", "")
    (world.folder / "live.policy.yaml").write_text(text)


# Faults of the declaration, of the live key, of the exchange, and of the way there.
MATRIX: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "in sync, binance": ("binance", {}, {}, {}),
    "in sync, kraken": ("kraken", {}, {}, {}),
    "extra right": ("kraken", {}, {"permissions": ["query-funds", "modify-trades", "withdraw-funds"]}, {}),
    "missing right": ("binance", {"permissions": ["read", "trade.futures"]}, {}, {}),
    "unknown right": ("kraken", {}, {"answer": {"permissions": ["query-funds", "fly-to-the-moon"]}}, {}),
    "addresses": ("kraken", {}, {"ip_allowlist": ["203.0.113.10", "198.51.100.0/20"]}, {}),
    "open": ("kraken", {}, {"ip_allowlist": []}, {}),
    "open, by a flag": ("binance", {}, {"ip_allowlist": []}, {}),
    "silent about addresses": ("binance", {}, {"omit": ["ipRestrict"]}, {}),
    "silent about rights": ("binance", {}, {"omit": ["enableWithdrawals", "enableFutures"]}, {}),
    "other day": ("kraken", {}, {"created": "2026-10-01T08:00:00.000Z"}, {}),
    "no day": ("kraken", {}, {"answer": {"createdTime": "0"}}, {}),
    "end": ("kraken", {"expires": "2027-01-01"}, {"expires": "2026-12-01T00:00:00Z"}, {}),
    "end of a right": ("binance", {}, {"answer": {"tradingAuthorityExpirationTime": 1796000000000}}, {}),
    "label": ("kraken", {"label": "my-bot"}, {"label": "\x1b[31mred\u202e ::error::"}, {}),
    "account": ("kraken", {"account_id": "AA11N84GFK3QBPVA"}, {"answer": {"iban": "AA11 N84G WOAV WM2M"}}, {}),
    "idle": ("kraken", {}, {"answer": {"lastUsed": "1700000000"}}, {}),
    "gone": ("kraken", {}, {"api_key": "0" * 56}, {}),
    "ambiguous": ("binance", {}, {"api_key": "0" * 64}, {}),
    "another address": ("binance", {}, {"client_address": "198.51.100.9"}, {}),
    "another address, and a clock": (
        "binance",
        {},
        {"client_address": "198.51.100.9", "faults": [{"clock_skew": {"seconds": -90}}]},
        {},
    ),
    "wrong types": ("kraken", {}, {}, {"faults": ["wrong_types"]}),
    "html": ("binance", {}, {}, {"faults": ["html"]}),
    "maintenance": ("kraken", {}, {}, {"faults": [{"server_error": {"status": 503}}]}),
    "rate limited": ("binance", {}, {}, {"faults": [{"rate_limited": {"retry_after": 0}}]}),
    "hostile text": ("kraken", {}, {}, {"faults": ["hostile_text"]}),
    "echo": ("kraken", {}, {}, {"faults": [{"echo": {"status": 200}}]}),
    "planned": ("binance", {"status": "planned"}, {}, {}),
    "revoked and alive": ("binance", {"status": "revoked"}, {}, {}),
    "revoked and somewhere": ("binance", {"status": "revoked"}, {"client_address": "198.51.100.9"}, {}),
    "clock ahead": ("binance", {}, {}, {"faults": [{"clock_skew": {"seconds": 90}}]}),
    "revoked and gone": ("kraken", {"status": "revoked"}, {"api_key": "0" * 56}, {}),
    "testnet": ("binance", {"environment": "testnet"}, {}, {}),
    "no such site": ("binance", {"site": "mars"}, {}, {}),
    "lists, and cannot": ("kraken", {"lists": True}, {}, {}),
    "no such exchange": ("kraken", {"exchange": "krakn"}, {}, {}),
}


def measured(text: str) -> str:
    """Return a report without the tenths of a second by which clocks differ: each run measures anew."""
    return re.sub(r"[0-9]+\.[0-9] seconds", "some seconds", text)


@pytest.mark.usefixtures("more_rules")
@pytest.mark.parametrize("case", MATRIX)
@pytest.mark.parametrize("form", ["json", "text"])
def test_snapshot_is_judged_as_the_live_key_is(world: World, case: str, form: str) -> None:
    exchange, declared, live, top = MATRIX[case]
    world.serve(exchange, keys=[{**LIVE[exchange], **live}], clock=system_clock, **top)
    world.declare(exchange, **declared)
    now = (f"--now={(datetime.now(UTC) + timedelta(seconds=30)).isoformat()}", f"--format={form}")
    asked = world.diff(*now)
    taken = take(world)
    jsonschema.validate(seen(world), json.loads(schema_text("snapshot")))
    recalled = recall(world, words=now)
    assert (recalled.code, recalled.err) == (asked.code, "")
    assert measured(recalled.out) == measured(asked.out)
    assert taken.code == (3 if asked.code == 3 and "silent" not in case else 0)


@pytest.mark.usefixtures("more_rules")
def test_revoked_key_that_is_alive_and_a_clock_that_is_wrong_are_told_from_afar(world: World) -> None:
    world.serve("kraken", clock=system_clock, faults=[{"clock_skew": {"seconds": -90}}])
    world.keys["kraken-bot"]["status"] = "revoked"
    assert take(world).code == 0
    ran = recall(world, words=("--format=json",))
    assert (ran.code, [item["rule"] for item in ran.json["findings"]]) == (1, ["clock-skew", "key-still-alive"])


@pytest.mark.parametrize("name", FIVE)
def test_other_exchanges_are_the_same(world: World, name: str) -> None:
    trial = FIVE[name]
    trial.put(world, clock=system_clock)
    now = (f"--now={datetime.now(UTC).isoformat()}", "--format=json")
    asked = world.diff(*now)
    assert take(world).code == 0
    assert recall(world, words=now).json == asked.json


def put_accounts(world: World, *, lists: bool = True, **top: Any) -> None:
    """Play one account with three keys: one that lists, one that is declared by its id, and one that nobody knows."""
    third = {**OTHER, "api_key": "a-key-that-nobody-knows-", "label": "\x1b[31mnobody's"}
    world.play([{"exchange": "bitmex", **BITMEX.given, **BITMEX.live}, OTHER, third], system_clock, **top)
    common = {"exchange": "bitmex", **BITMEX.declared}
    world.declare("kraken", "lister", BITMEX.given, **common, **({"lists": True} if lists else {}))
    world.declare("kraken", "other", **common, key_id="anothe…chars-", label="bot")
    world.declare("kraken", "missing", **common, key_id="missin…chars-")
    for name in ("other", "missing"):
        del world.given[name]
    policy = world.folder / "live.policy.yaml"
    policy.write_text(policy.read_text().replace("  unmanaged-key: off\n", ""))


@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("form", ["json", "text"])
def test_keys_that_another_one_lists_are_the_same(world: World, form: str, *, lists: bool) -> None:
    put_accounts(world, lists=lists)
    now = (f"--now={datetime.now(UTC).isoformat()}", f"--format={form}")
    asked = world.diff(*now)
    assert take(world).code == (0 if lists else 3)
    assert "-key-that-nobody-" not in (world.folder / "seen.json").read_text()
    recalled = recall(world, words=now)
    assert recalled.code == asked.code == (1 if lists else 3)
    assert recalled.out == asked.out
    assert ("unmanaged-key" in recalled.out) is lists


def test_list_that_could_not_be_seen_is_said(world: World) -> None:
    put_accounts(world)
    take(world)
    data = seen(world)
    (lister,) = [key for key in data["keys"] if key["name"] == "lister"]
    assert [key["key_id"]["shown"] for key in lister["listed"]["keys"]] == [
        "LAqUln…eyu3qn",
        "anothe…chars-",
        "a-key-…knows-",
    ]
    del lister["listed"]["keys"]
    lister["listed"] |= {"status": "unchecked", "reason": "timeout", "message": "no answer", "hint": ""}
    (world.folder / "seen.json").write_text(json.dumps(data))
    ran = recall(world, words=("--format=json",))
    assert [(item["key"], item["reason"], item["message"]) for item in ran.json["unchecked"]] == [
        ("lister", "timeout", "the keys that it may list were not seen: no answer"),
        ("missing", "timeout", "only 'lister' can show it, and could not list keys: no answer"),
        ("other", "timeout", "only 'lister' can show it, and could not list keys: no answer"),
    ]
    del lister["listed"]
    (world.folder / "seen.json").write_text(json.dumps(data))
    assert {item["reason"] for item in recall(world, words=("--format=json",)).json["unchecked"]} == {"not-in-snapshot"}


@pytest.mark.skipif(os.name != "posix", reason="there are no such modes")
def test_file_with_a_credential_that_others_can_read_is_told_from_afar(world: World) -> None:
    world.serve("kraken", clock=system_clock)
    policy = world.folder / "live.policy.yaml"
    policy.write_text(policy.read_text().replace("  credential-file-open: off\n", ""))
    for field, value in world.given.pop("kraken-bot").items():
        path = world.folder / field
        path.write_text(value)
        path.chmod(0o640 if field == "api_secret" else 0o600)
    world.keys["kraken-bot"]["credentials"] = {"api_key": "file:api_key", "api_secret": "file:api_secret"}
    now = (f"--now={datetime.now(UTC).isoformat()}", "--format=json")
    asked = world.diff(*now)
    assert [item["message"] for item in asked.json["findings"]] == [
        "the file with `api_secret` of key 'kraken-bot' has mode 0640, wider than 0600"
    ]
    assert take(world).code == 0
    for field in ("api_key", "api_secret"):
        (world.folder / field).unlink()
    assert recall(world, words=now).json == asked.json


# The file.


def test_file_is_as_its_schema_says_and_for_its_owner_only(world: World) -> None:
    world.serve(clock=system_clock)
    world.declare("kraken", "revoked-bot", status="revoked")
    del world.given["revoked-bot"]
    world.declare("binance", "test-bot", environment="testnet")
    world.declare("kraken", "poor-bot", {})
    ran = take(world)
    assert (ran.code, ran.err) == (3, "")
    assert ran.out == (
        "unchecked[no-credentials]: key 'poor-bot' at kraken: it has no credentials\n"
        "  = help: add `credentials:` with env:NAME or file:PATH, or hand them over with --credentials\n"
        "5 keys: 1 absent, 2 observed, 1 unchecked, 1 unverifiable\n"
    )
    path = world.folder / "seen.json"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    data = seen(world)
    jsonschema.validate(data, json.loads(schema_text("snapshot")))
    assert list(data) == ["version", "tool", "command", "taken", "keys"]
    assert [key["name"] for key in data["keys"]] == ["binance-bot", "kraken-bot", "poor-bot", "revoked-bot", "test-bot"]
    kraken = entry(world, "kraken-bot")
    moment = datetime.fromisoformat(kraken.pop("observed"))
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    assert kraken == {
        "name": "kraken-bot",
        "exchange": "kraken",
        "environment": "production",
        "key_id": kraken["live"]["key_id"],
        "status": "observed",
        "live": {
            "rights": ["query-funds", "modify-trades"],
            "unmapped": [],
            "unreported": [],
            "ip_restricted": True,
            "ip_allowlist": ["203.0.113.10", "203.0.113.20"],
            "created": "2026-09-01T08:00:00Z",
            "expires": None,
            "last_used": None,
            "label": "grid-bot",
            **{name: kraken["live"][name] for name in ("account_id", "skew_ms") if name in kraken["live"]},
            "key_id": {"shown": "Ab1/Cd…MnOpQr", "sha256": kraken["live"]["key_id"]["sha256"]},
        },
    }
    assert "ip_allowlist" not in entry(world, "binance-bot")["live"]  # a flag is all that binance shows


def test_schema_command_prints_it() -> None:
    ran = keylint("schema", "snapshot")
    assert (ran.code, json.loads(ran.out)["title"]) == (0, "A snapshot of keylint")


def test_standard_output_is_the_file_and_the_rest_goes_to_standard_error(world: World) -> None:
    world.serve("kraken", clock=system_clock)
    ran = take(world, target="-")
    assert [key["name"] for key in ran.json["keys"]] == ["kraken-bot"]
    assert (ran.code, ran.err) == (0, "1 key: 1 observed\n")
    assert take(world, "-q", target="-").err == ""
    assert not (world.folder / "-").exists()


def test_file_must_be_named(world: World) -> None:
    with pytest.raises(click.UsageError, match="name the file to write with -o FILE"):
        keylint("snapshot", *world.write())


def test_foreign_file_is_not_overwritten_and_nothing_is_asked(world: World) -> None:
    sandbox = world.serve("kraken", clock=system_clock)
    (world.folder / "seen.json").write_text('{"mine": true}')
    with pytest.raises(UsageError, match=r"seen.json: exists and was not written by keylint; use --force"):
        take(world)
    assert sandbox.requests == ()
    assert (world.folder / "seen.json").read_text() == '{"mine": true}'
    assert take(world, "--force").code == 0
    assert take(world).code == 0
    assert sorted(path.name for path in world.folder.iterdir()) == [
        "credentials.json",
        "keylint.yaml",
        "live.policy.yaml",
        "seen.json",
    ]


def test_interrupted_run_writes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.serve("kraken", clock=system_clock)

    def interrupted(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(snapshot_module, "ask", interrupted)
    with pytest.raises(click.Abort):
        take(world)
    assert not (world.folder / "seen.json").exists()


def test_options_of_asking_mean_what_they_mean_in_diff(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = world.serve(clock=system_clock)
    shown = keylint("snapshot", *world.write(), "--show-calls", "--key", "kraken*")
    assert (shown.code, shown.out) == (0, world.diff("--show-calls", "--key", "kraken*").out)
    assert (sandbox.requests, [line.split()[0] for line in shown.out.splitlines()]) == ((), ["POST", "GET"])
    take(world, "--exchange", "binance")
    assert [key["name"] for key in seen(world)["keys"]] == ["binance-bot"]
    with pytest.raises(UsageError, match="no key matches nobody"):
        take(world, "--key", "nobody")
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    with pytest.raises(UsageError, match="pull request from a fork"):
        take(world)
    assert take(world, "--allow-untrusted").code == 0


def test_declaration_that_cannot_be_read_whole_is_said(world: World) -> None:
    world.serve(clock=system_clock)
    world.declare("kraken", "bad-bot", permissions="read")
    ran = take(world)
    assert ran.code == 1
    assert "error[schema] `permissions` is a text, not a list: 'read'" in ran.err
    assert [key["name"] for key in seen(world)["keys"]] == ["binance-bot", "kraken-bot"]


def test_policy_need_not_be_there_and_is_not_read(world: World) -> None:
    world.serve("kraken", clock=system_clock)
    (world.folder / "keylint.policy.yaml").write_text("broken: [")
    assert take(world).code == 0


def test_secret_and_whole_key_id_never_come_out_whatever_the_exchange_does(world: World) -> None:
    given = {"api_key": random_text(56), "api_secret": CREDENTIALS["kraken"]["api_secret"], "otp": random_text(12)}
    echoed = {"apiKeyName": f"bot {given['otp']} {given['api_key']}", "iban": given["otp"]}
    for faults in ([], ["echo"], [{"echo": {"status": 200}}], [{"echo": {"status": 401}}], ["hostile_text"]):
        live = {**LIVE["kraken"], **{name: given[name] for name in ("api_key", "api_secret")}, "answer": echoed}
        world.play([live], system_clock, faults=faults)
        world.declare("kraken", given=given, label=given["api_secret"])
        ran = take(world, "--force")
        assert_clean([ran.out, ran.err, (world.folder / "seen.json").read_text()], given.values())


def test_secret_that_was_given_as_the_key_is_not_shown_by_its_ends(world: World) -> None:
    world.serve("binance", clock=system_clock)
    swapped = {"api_key": CREDENTIALS["binance"]["api_secret"], "api_secret": CREDENTIALS["binance"]["api_key"]}
    world.declare("binance", given=swapped)
    assert "-2008: the key id is not valid" in take(world).out
    text = (world.folder / "seen.json").read_text()
    assert swapped["api_key"][:6] not in text
    assert entry(world, "binance-bot")["key_id"] == {
        "shown": f"sha256:{digest(swapped['api_key'])}",
        "sha256": digest(swapped["api_key"]),
    }


def test_secret_in_a_name_is_concealed(world: World) -> None:
    world.serve("kraken", clock=system_clock)
    name = random_text(40).lower()
    world.declare("kraken", name, account=random_text(40))
    take(world)
    assert name not in (world.folder / "seen.json").read_text()
    assert sorted(key["name"] for key in seen(world)["keys"]) == ["kraken-bot", "«concealed»"]


# Every field of a live key.

LIVES = st.builds(
    LiveKey,
    rights=st.lists(st.sampled_from(["query-funds", "modify-trades", "withdraw-funds"]), unique=True).map(tuple),
    unmapped=st.lists(st.sampled_from(["fly", "swim"]), unique=True).map(tuple),
    unreported=st.lists(st.sampled_from(["query-ledger", "earn-funds"]), unique=True).map(tuple),
    ip_restricted=st.sampled_from([UNKNOWN, True, False]),
    ip_allowlist=st.sampled_from([UNKNOWN, (), ("203.0.113.10",), ("2001:db8::/48", "not an address")]),
    created=(times := st.one_of(st.sampled_from([UNKNOWN, None]), st.datetimes(timezones=st.just(UTC)))),
    expires=times,
    last_used=times,
    label=st.sampled_from([UNKNOWN, "", "a bot", "\x1b[31m\u202e\n::error::"]),
    key_id=st.just(UNKNOWN),
    account_id=st.sampled_from([UNKNOWN, "123456", "0x" + "ab" * 20]),
    rights_expire=st.dictionaries(st.just("modify-trades"), st.datetimes(timezones=st.just(UTC))),
    read_only=st.sampled_from([UNKNOWN, True, False]),
    listed=st.booleans(),
    skew_ms=st.sampled_from([None, 0, -1500, 1500]),
    observed_at=st.none(),
    conflicts=st.just({}),
)


TOP = {"version": 1, "tool": "keylint 0.1.0", "command": "snapshot", "taken": "2026-11-22T00:00:00Z"}
SCHEMA = Schema("snapshot")


def key_named(name: str = "a", **fields: object) -> KeyDecl:
    return key_decl(name, {"exchange": "kraken", "permissions": ["read"], **fields})


def carried(live: Outcome, at: datetime = NOW, file: str = "a.json") -> Observation:
    """Take an outcome through the text of a file."""
    text = json.dumps(plain(key_named(), live, at))
    assert SCHEMA.is_valid({**TOP, "keys": [json.loads(text)]})
    return observation(json.loads(text), facts_of("kraken"), file)


@settings(deadline=None)
@given(live=LIVES)
def test_live_key_comes_back_as_it_was(live: LiveKey) -> None:
    assert carried(live).outcome == live._replace(observed_at=NOW)
    assert differences(live, live) == ()


def test_what_ranks_the_causes_of_a_refusal_comes_back() -> None:
    told = Refusal(Reason.AMBIGUOUS_REFUSAL, "no", "look", code="-2015", address="198.51.100.9")
    told.skew_ms = -1200
    found = carried(told).outcome
    assert isinstance(found, Refusal)
    assert vars(found) == vars(told)


def test_no_field_of_a_live_key_is_forgotten() -> None:
    full = LiveKey(
        ("query-funds",), ("fly",), ("earn-funds",), True, ("203.0.113.10",), NOW, NOW, NOW, "a", "k" * 30, "b",
        {"query-funds": NOW}, NOW, {}, True, True, 7,
    )  # fmt: skip
    found = carried(full).outcome
    assert isinstance(found, LiveKey)
    assert len(full) == len(LiveKey._fields)
    assert found._replace(key_id=full.key_id) == full
    assert found.key_id == f"kkkkkk…kkkkkk sha256:{digest('k' * 30)}"


@pytest.mark.parametrize(
    ("exchange", "key_id", "shown", "read"),
    [
        ("bybit", "k" * 18, {"shown": "kkkk…kkkk", "sha256": digest("k" * 18)}, f"kkkk…kkkk sha256:{digest('k' * 18)}"),
        ("gate", "aaaabbbb-111", {"shown": "aaaabbbb-111"}, "aaaabbbb-111"),
        ("bingx", "zF*******ey", {"shown": "zF…ey"}, "zF…ey"),
        ("bingx", "a" * 20 + "***" + "b" * 20, {"shown": f"{'a' * 12}…{'b' * 12}"}, f"{'a' * 12}…{'b' * 12}"),
        (
            "deribit",
            "1aBcD2eF",
            {"shown": (short := f"sha256:{digest('1aBcD2eF')}"), "sha256": short[7:]},
            f"{short} {short}",
        ),
    ],
)
def test_listed_id_is_kept_as_far_as_it_can_be_shown(
    exchange: str, key_id: str, shown: dict[str, str], read: str
) -> None:
    listed = (LiveKey((), key_id=key_id, listed=True),)
    entry = plain(key_named(exchange=exchange), LIVE_KEY, NOW, listed=listed)
    assert entry["listed"]["keys"][0]["key_id"] == shown
    found = observation(json.loads(json.dumps(entry)), facts_of(exchange), "a.json").listed
    assert isinstance(found, tuple)
    assert found[0].key_id == read


WHOLE = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
KEPT = stored(shortened(WHOLE), digest(WHOLE))
BRIEF = stored(shortened("1aBcD2eF"), digest("1aBcD2eF"))


@pytest.mark.parametrize(
    ("declared", "live", "expected"),
    [
        (WHOLE, KEPT, True),
        (WHOLE[::-1], KEPT, False),
        (KEPT, KEPT, True),
        (KEPT, WHOLE, True),
        (KEPT, BRIEF, False),
        (f"sha256:{digest(WHOLE)}", KEPT, True),
        (f"sha256:{digest('a')}", KEPT, False),
        ("0f1e…e1f0", KEPT, True),
        ("0f1e2d3c…c3d2e1f0", KEPT, True),
        ("0f1e2d3c...c3d2e1f0", KEPT, True),
        ("0f1e…e1f1", KEPT, False),
        ("1f1e…e1f0", KEPT, False),
        ("1aBc…D2eF", BRIEF, False),
        ("1aBcD2eF", BRIEF, True),
    ],
)
def test_stored_id_is_compared_as_the_whole_one_is(declared: str, live: str, *, expected: bool) -> None:
    assert is_same(declared, live) is expected


def test_rights_are_placed_by_the_facts_of_whoever_reads() -> None:
    newer = plain(
        key_named(), LiveKey(("query-funds", "teleport"), ("modify-trades", "fly"), ("swim", "export-data")), NOW
    )
    found = observation(newer, facts_of("kraken"), "a.json").outcome
    assert isinstance(found, LiveKey)
    assert (found.rights, found.unmapped) == (("query-funds", "modify-trades"), ("teleport", "fly"))
    assert found.unreported == ("export-data",)
    nowhere = observation({**newer, "exchange": "krakn"}, None, "a.json").outcome
    assert isinstance(nowhere, LiveKey)
    assert nowhere.rights == ()


# Many snapshots.

LIVE_KEY = LiveKey(("query-funds",), ip_restricted=True, ip_allowlist=("203.0.113.10",), label="bot", created=NOW)
TIMEOUT = Refusal(Reason.TIMEOUT, "no answer", "try again")
GONE = Refusal(Reason.BAD_CREDENTIALS, "kraken does not know it", gone=True)
HOUR = timedelta(hours=1)


def merged(*items: Observation) -> Outcome:
    return Merged(items, NOW).outcome(key_named())


@pytest.mark.parametrize("order", [1, -1])
def test_answer_counts_more_than_none_and_then_the_newest(order: int) -> None:
    wide = LIVE_KEY._replace(last_used=NOW)
    items = [carried(wide, NOW - HOUR), carried(LIVE_KEY, NOW - 2 * HOUR), carried(TIMEOUT, NOW)]
    assert merged(*items[::order]) == wide._replace(observed_at=NOW - HOUR)
    assert merged(*[carried(GONE, NOW - HOUR), carried(TIMEOUT, NOW)][::order]).gone  # type: ignore[union-attr]  # a refusal
    late = Refusal(Reason.UNREACHABLE, "the connection was cut")
    told = merged(*[carried(TIMEOUT, NOW - HOUR), carried(late, NOW)][::order])
    assert isinstance(told, Refusal)
    assert told.reason is Reason.UNREACHABLE


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("rights", ("query-funds", "withdraw-funds"), "permissions"),
        ("unmapped", ("fly",), "permissions"),
        ("ip_restricted", False, "ip_restricted"),
        ("ip_allowlist", ("203.0.113.11",), "ip_allowlist"),
        ("created", NOW - HOUR, "created"),
        ("created", None, "created"),
        ("expires", NOW, "expires"),
        ("expires", None, "expires"),
        ("label", "other", "label"),
        ("account_id", "2", "account_id"),
        ("key_id", "z" * 40, "key_id"),
        ("read_only", True, "read_only"),
    ],
)
def test_states_that_disagree_are_told_with_the_file(order: int, field: str, value: object, named: str) -> None:
    full = LIVE_KEY._replace(
        expires=NOW + timedelta(days=30), account_id="1", key_id="a" * 40, read_only=False, last_used=NOW
    )
    changed: dict[str, Any] = {field: value}
    items = [carried(full, NOW, "a.json"), carried(full._replace(**changed), NOW - HOUR, "b.json")]
    found = merged(*items[::order])
    assert isinstance(found, LiveKey)
    assert (found.conflicts, found.observed_at) == ({named: "b.json"}, NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"label": UNKNOWN, "created": UNKNOWN, "ip_restricted": UNKNOWN, "ip_allowlist": UNKNOWN},
        {"last_used": NOW},
        {"rights_expire": {"query-funds": NOW}},
        {"expires": NOW + timedelta(days=31)},
        {"rights": ("query-funds",), "skew_ms": 700, "listed": True},
    ],
)
def test_what_is_no_disagreement(fields: dict[str, Any]) -> None:
    full = LIVE_KEY._replace(expires=NOW + timedelta(days=30))
    found = merged(carried(full, NOW), carried(full._replace(**fields), NOW - HOUR))
    assert isinstance(found, LiveKey)
    assert found.conflicts == {}


def test_same_addresses_in_another_order_agree() -> None:
    turned = LIVE_KEY._replace(ip_allowlist=("198.51.100.7", "203.0.113.10"))
    found = merged(carried(turned), carried(turned._replace(ip_allowlist=turned.ip_allowlist[::-1])))  # type: ignore[index]  # known
    assert isinstance(found, LiveKey)
    assert found.conflicts == {}


def test_key_that_was_gone_before_is_a_disagreement_and_one_that_is_gone_now_is_gone() -> None:
    back = merged(carried(LIVE_KEY, NOW), carried(GONE, NOW - HOUR, "b.json"))
    assert isinstance(back, LiveKey)
    assert back.conflicts == {"existence": "b.json"}
    gone = merged(carried(LIVE_KEY, NOW - HOUR), carried(GONE, NOW))
    assert isinstance(gone, Refusal)
    assert gone.gone


def test_snapshot_from_the_future_is_not_believed() -> None:
    ahead = merged(carried(LIVE_KEY, NOW + timedelta(minutes=5)))
    assert isinstance(ahead, LiveKey)
    told = merged(carried(LIVE_KEY, NOW + timedelta(minutes=6), "hosts/b.json"))
    assert isinstance(told, Refusal)
    assert (told.reason, told.message) == (
        Reason.CLOCK_SKEW,
        "hosts/b.json says that it was seen at 2026-11-22 00:06 UTC, which is yet to come",
    )
    found = merged(carried(LIVE_KEY._replace(rights=()), NOW + HOUR), carried(LIVE_KEY, NOW - HOUR))
    assert found == LIVE_KEY._replace(observed_at=NOW - HOUR)


def test_key_of_another_exchange_or_environment_is_another_key() -> None:
    items = [carried(LIVE_KEY)]
    for fields in ({"exchange": "okx"}, {"environment": "testnet"}, {"site": "eea"}):
        told = Merged(items, NOW).outcome(key_named(**fields))
        assert isinstance(told, Refusal)
        assert (told.reason, told.message) == (
            Reason.NOT_IN_SNAPSHOT,
            "only a key of this name at kraken, production is in a snapshot",
        )


def test_key_that_was_not_asked_for_then_is_told_as_such() -> None:
    told = Merged([carried(State.ABSENT)], NOW).outcome(key_named())
    assert isinstance(told, Refusal)
    assert (told.reason, told.message) == (
        Reason.NOT_IN_SNAPSHOT,
        "it was planned, revoked or shown to nobody when the snapshot was taken, and not asked for",
    )


# The whole command.


@pytest.mark.usefixtures("more_rules")
def test_many_hosts_are_one_report(world: World) -> None:
    world.serve(clock=system_clock)
    (world.folder / "hosts").mkdir()
    for exchange in ("binance", "kraken"):
        assert take(world, "--key", key_name(exchange), target=f"hosts/{exchange}.json").code == 0
    assert recall(world, "hosts").code == 0
    assert recall(world, "hosts/binance.json", "hosts/kraken.json").code == 0
    one = recall(world, "hosts/kraken.json", words=("--format=json",))
    assert one.code == 3
    assert one.json["unchecked"] == [
        {
            "key": "binance-bot",
            "exchange": "binance",
            "reason": "not-in-snapshot",
            "message": "it is in no snapshot",
            "hint": "take one where the key may be used: `keylint snapshot -o FILE`",
        }
    ]
    assert recall(world, "hosts/kraken.json", words=("--key=kraken-bot",)).code == 0


@pytest.mark.usefixtures("more_rules")
def test_disagreement_is_drift(world: World) -> None:
    world.serve("kraken", clock=system_clock)
    take(world, target="a.json")
    world.serve("kraken", keys=[{**LIVE["kraken"], "ip_allowlist": ["203.0.113.10"]}], clock=system_clock)
    take(world, target="b.json")
    take(world, target="c.json")
    ran = recall(world, "a.json", "b.json", "c.json", words=("--format=json",))
    assert [(item["rule"], item["severity"]) for item in ran.json["findings"]] == [
        ("live-idle", "warning"),
        ("snapshot-conflict", "error"),
        ("ip-mismatch", "error"),
    ]
    assert ran.json["findings"][1]["message"] == (
        "snapshots disagree about live key 'kraken-bot': ip_allowlist (a.json); the newest one was judged"
    )
    assert (ran.code, ran.json["keys"][0]["state"]) == (1, "drift")


def test_stale_snapshot_is_a_warning(world: World) -> None:
    policy = world.folder / "live.policy.yaml"
    policy.write_text(policy.read_text().replace("  snapshot-stale: off\n", ""))
    world.serve("kraken", clock=system_clock)
    take(world)
    data = seen(world)
    data["keys"][0]["observed"] = "2026-11-20T23:59:59Z"
    (world.folder / "seen.json").write_text(json.dumps(data))
    ran = recall(world, now="2026-11-22", words=("--format=json",))
    (finding,) = ran.json["findings"]
    assert (finding["rule"], finding["severity"], finding["message"]) == (
        "snapshot-stale",
        "warning",
        "live key 'kraken-bot' was last seen on 2026-11-20 at 23:59 UTC, 24 hours ago",
    )
    assert (ran.code, ran.json["keys"][0]["state"]) == (0, "in-sync")
    assert recall(world, now="2026-11-22", words=("--fail-on=warning",)).code == 1
    assert recall(world, now="2026-11-21T23:59:59Z", words=("--fail-on=note",)).code == 0
    early = recall(world, now="2026-11-20", words=("--format=json",))
    assert (early.code, early.json["unchecked"][0]["reason"]) == (3, "clock-skew")


def test_keys_that_are_not_declared_are_named_and_not_judged(world: World) -> None:
    world.serve("kraken", clock=system_clock)
    world.declare("kraken", "old\x1b[31m-bot")
    world.declare("kraken", "other-bot")
    take(world)
    for name in (*world.keys,):
        if name != "kraken-bot":
            del world.keys[name]
    ran = recall(world)
    assert (ran.code, ran.err) == (0, "not declared here, and not judged: old\\x1b[31m-bot, other-bot\n")
    assert recall(world, words=("--key=kraken-bot",)).err == ""


def test_snapshots_need_neither_credentials_nor_network_nor_trust(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = world.serve("kraken", clock=system_clock)
    take(world)
    count = len(sandbox.requests)
    world.declare("kraken", credentials={"api_key": "env:NO_SUCH_KEY", "api_secret": "file:/no/such/file"})
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert recall(world).code == 0
    assert len(sandbox.requests) == count
    for option in ("--credentials=credentials.json", "--show-calls"):
        with pytest.raises(UsageError, match=f"{option.partition('=')[0]} cannot be with --snapshot"):
            recall(world, words=(option,))


# A snapshot is untrusted input.

KEY = {
    "name": "kraken-bot",
    "exchange": "kraken",
    "environment": "production",
    "status": "observed",
    "observed": "2026-11-22T00:00:00Z",
    "live": {"rights": ["query-funds"]},
}
REFUSED = {"status": "unchecked", "reason": "timeout", "message": "no answer", "hint": ""}


def file_of(*keys: object, **top: object) -> bytes:
    return json.dumps({**TOP, "keys": keys, **top}).encode()


def with_live(**fields: object) -> bytes:
    return file_of({**KEY, "live": {"rights": [], **fields}})


HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", ":1:1: no JSON: expecting value"),
    "cut": (file_of(KEY)[:-9], ":1:258: no JSON: unterminated string starting at"),
    "two lines": (b'{\n "a": }', ":2:7: no JSON: expecting value"),
    "not UTF-8": (b'{"a": "\xff"}', ": no UTF-8 at byte 7"),
    "deep": (b"[" * 200_000, ": nested too deep"),
    "NaN": (b'{"a": NaN}', ": NaN is no JSON"),
    "digits": (b'{"a": ' + b"9" * 5000 + b"}", ": Exceeds the limit"),
    "twice": (file_of(KEY)[:-1] + b', "keys": []}', ": `keys` stands twice in one mapping"),
    "no text": (file_of({**KEY, "\ud800": 1}), ": `\ud800` is no text"),
    "a list": (b"[]", ": is no snapshot; `keylint snapshot -o FILE` writes one"),
    "a report": (b'{"version": 1, "tool": "keylint 0.1.0", "command": "diff"}', ": is no snapshot"),
    "newer": (file_of(version=2), ": version: 2 is of a newer keylint than this one; update it here"),
    "much newer": (file_of(version=10**3000), f": version: 1{'0' * 38}… is of a newer keylint than this one"),
    "older": (file_of(version=0), ": version: `version` is not as it should be: 0"),
    "no number": (file_of(version="1"), ": version: `version` is not as it should be: '1'"),
    "no keys": (json.dumps(TOP).encode(), ": `keys` is missing"),
    "keys are a mapping": (file_of(keys={}), ": keys: `keys` is a mapping, not a list"),
    "key is a text": (file_of("a"), ": keys[0]: this entry is a text, not a mapping: 'a'"),
    "no status": (file_of(KEY, {"name": "x"}), ": keys[1]: `exchange` is missing"),
    "status": (file_of({**KEY, "status": "fine"}), ": keys[0].status: `status` cannot be 'fine'"),
    "observed without live": (file_of({**KEY, "live": None}), ": keys[0].live: `live` is empty, not a mapping"),
    "live is missing": (file_of({k: v for k, v in KEY.items() if k != "live"}), ": keys[0]: `live` is missing"),
    "reason is missing": (file_of({**KEY, "status": "gone"}), ": keys[0]: `reason` is missing"),
    "reason": (file_of({**KEY, **REFUSED, "reason": "tired"}), ": keys[0].reason: `reason` cannot be 'tired'"),
    "not-in-snapshot": (file_of({**KEY, **REFUSED, "reason": "not-in-snapshot"}), ": keys[0].reason: `reason` cannot"),
    "name": (file_of({**KEY, "name": 7}), ": keys[0].name: `name` is a number, not a text: 7"),
    "empty name": (file_of({**KEY, "name": ""}), ": keys[0].name: `name` is empty"),
    "long name": (file_of({**KEY, "name": "x" * 301}), ": keys[0].name: `name` is not as it should be"),
    "unknown field": (file_of({**KEY, "\x1b[31m": 1}), ": keys[0].\x1b[31m: unknown field"),
    "long field": (file_of({**KEY, "x" * 10_000: 1}), f": keys[0].{'x' * 39}…: unknown field 'xxx"),
    "taken never": (file_of(KEY, taken="2026-13-45T00:00:00Z"), ": taken: holds a time that does not exist"),
    "rights": (with_live(rights="all"), ": keys[0].live.rights: `rights` is a text, not a list: 'all'"),
    "a right": (with_live(rights=["a", 1]), ": keys[0].live.rights[1]: this entry is a number, not a text: 1"),
    "many rights": (with_live(rights=["a"] * 1001), ": keys[0].live.rights: `rights` is not as it should be"),
    "flag": (with_live(ip_restricted="no"), ": keys[0].live.ip_restricted: `ip_restricted` is a text, not true or"),
    "null flag": (with_live(ip_restricted=None), ": keys[0].live.ip_restricted: `ip_restricted` is empty, not true"),
    "time": (with_live(created="yesterday"), ": keys[0].live.created: `created`"),
    "no such time": (with_live(created="2026-02-30T00:00:00Z"), ": keys[0]: holds a time that does not exist"),
    "offset": (with_live(created="2026-02-03T00:00:00+01:00"), ": keys[0].live.created: `created`"),
    "whole key id": (with_live(key_id="abcdefgh" * 5), ": keys[0].live.key_id: `key_id` is a text, not a mapping"),
    "rather deep": (with_live(label=None)[:-4] + b"," + b'"x":' + b"[" * 400 + b"]" * 400 + b"}}]}", ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_file_that_is_no_snapshot_is_told_with_its_place(world: World, case: str) -> None:
    data, message = HOSTILE[case]
    world.declare("kraken")
    (world.folder / "seen.json").write_bytes(data)
    with pytest.raises(UsageError) as caught:
        recall(world)
    first = str(caught.value).split("\n")[0]
    assert first.startswith(f"seen.json{message}")
    assert len(str(caught.value)) < 3000


def test_many_faults_are_told_in_part(world: World) -> None:
    world.declare("kraken")
    (world.folder / "seen.json").write_bytes(file_of(*[{**KEY, "name": 1}] * 50))
    with pytest.raises(UsageError) as caught:
        recall(world)
    assert str(caught.value).split("\n")[4:] == ["seen.json: keys[4].name: `name` is a number, not a text: 1", "…"]


@pytest.mark.parametrize(
    ("keys", "first", "last"),
    [
        ([{}] * 100_000, "keys[0]: `name` is missing", "…"),
        ([{}] * 200_001, "keys: there are more than 200000", "keys: there are more than 200000"),
        (
            [KEY, {**KEY, "live": {"rights": [1] * 300_000}}],
            *["keys[1]: is not as `keylint schema snapshot` has it, and too large to say where"] * 2,
        ),
    ],
    ids=["many", "too many", "large"],
)
def test_many_faults_cost_no_more_than_few(world: World, keys: list[Any], first: str, last: str) -> None:
    """jsonschema-rs takes a minute and gigabytes to name all of them."""
    (world.folder / "seen.json").write_bytes(file_of(*keys))
    begun = time.process_time()
    with pytest.raises(UsageError) as caught:
        read_snapshot(read_file(world.folder / "seen.json"))
    assert time.process_time() - begun < 10
    lines = [line.removeprefix(f"{world.folder.as_posix()}/seen.json: ") for line in str(caught.value).split("\n")]
    assert (lines[0], lines[-1]) == (first, last)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.json", "none.json: no such file or directory"),
        ("", "--snapshot: '' cannot be a path"),
        ("x" * 5000, "x+: file name too long"),
        ("a\0b", r"--snapshot: 'a\\x00b' cannot be a path"),
        ("empty", "empty: no \\*.json file in this folder"),
    ],
)
def test_file_that_is_not_there(world: World, name: str, message: str) -> None:
    world.declare("kraken")
    (world.folder / "empty").mkdir()
    with pytest.raises(UsageError, match=f"^{message}$"):
        recall(world, name)


def test_hostile_texts_of_a_snapshot_do_no_harm(world: World) -> None:
    """What a thief could write into the file is shown as what it is."""
    world.declare("kraken", label="my bot")
    text = "\x1b]0;owned\x07\n::error::x\u202e##vso[task.complete]"
    live = {"rights": [], "unmapped": [text], "label": text, "ip_restricted": True, "ip_allowlist": [text]}
    (world.folder / "seen.json").write_bytes(file_of({**KEY, "live": live}, {**KEY, "name": text}))
    world.write()
    ran = keylint("diff", "keylint.yaml", "--snapshot=seen.json", "--now=2026-11-22", "--policy=baseline")
    assert ran.code == 1
    shown = ran.out + ran.err
    assert r"\x1b]0;owned\x07\n::error::x\u202e" in shown
    assert [char for char in shown if not char.isprintable() and char != "\n"] == []
    assert not any(line.startswith("::") or "##vso[" in line for line in shown.splitlines())


@settings(deadline=None)
@given(data=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEY, *TOP, "keys", "rights"]), inner, max_size=4)
)), place=st.sampled_from([None, "keys", "live"]))  # fmt: skip
def test_anything_else_is_refused_and_never_a_traceback(data: Any, place: str | None, tmp_path_factory: Any) -> None:
    whole = {None: data, "keys": {**TOP, "keys": [data]}, "live": {**TOP, "keys": [{**KEY, "live": data}]}}[place]
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(whole))
    with suppress(UsageError):
        for item in read_snapshot(read_file(path)):
            assert isinstance(item, Observation)


def test_standard_input_is_a_snapshot_too(world: World) -> None:
    world.serve("kraken", clock=system_clock)
    text = take(world, target="-").out
    words = (f"--now={datetime.now(UTC).isoformat()}", "--policy=live.policy.yaml", "--snapshot=-")
    assert keylint("diff", "keylint.yaml", *words, stdin=text).code == 0
    with pytest.raises(UsageError, match=r"<stdin>:1:1: no JSON: expecting value"):
        keylint("diff", "keylint.yaml", *words, stdin="")
    with pytest.raises(UsageError, match="standard input cannot hold both a snapshot and a declaration"):
        keylint("diff", "-", *words, stdin=text)


# Whatever a valid snapshot says is judged, by every rule.

EXTREME = st.one_of(times, st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]))


@settings(deadline=None, max_examples=50)
@given(live=LIVES, extreme=EXTREME, text=st.text(max_size=60), skew=st.integers(-(10**13), 10**13))
def test_no_valid_snapshot_is_a_defect(
    live: LiveKey, extreme: Any, text: str, skew: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    strange = live._replace(
        created=extreme, expires=extreme, last_used=extreme, label=text, account_id=text or "0", skew_ms=skew,
        unmapped=(text,), ip_allowlist=(text,),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("any")
    fields = {"exchange": "kraken", "permissions": ["read"], "label": "a", "account_id": "1", "created": "2026-01-01"}
    (folder / "keylint.yaml").write_text(json.dumps({"version": 1, "keys": {"a": {**fields, "expires": "2027-01-01"}}}))
    (folder / "seen.json").write_text(json.dumps({**TOP, "keys": [plain(key_named(), strange, NOW)]}))
    words = (f"--snapshot={folder / 'seen.json'}", "--now=2026-11-22", "--policy=strict", "--format=json")
    ran = keylint("diff", str(folder / "keylint.yaml"), *words)
    assert [item["message"] for item in ran.json["unchecked"] if "defect" in item["message"]] == []


def test_large_file_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.declare("kraken")
    (world.folder / "seen.json").write_bytes(b" " * 10_001)
    world.write()
    monkeypatch.setattr("keylint.load.files.MAX_BYTES", 10_000)
    with pytest.raises(UsageError, match=r"seen.json: larger than"):
        recall(world)
