"""Keys that list others: who is who, what is not declared, what is gone, and what a failed listing leaves open."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from keylint.diff.comparing import Comparison
from keylint.diff.listing import Listed, Listings, covers, fits, masked
from keylint.diff.standing import Compared
from keylint.exchanges.exchange import Request
from keylint.exchanges.http import allowed
from keylint.judge import Judge
from keylint.lint import Declared, Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.errors import ForbiddenCall, Refusal
from keylint.model.finding import Reason
from keylint.model.key_id import digest, shortened
from keylint.model.live import UNKNOWN, LiveKey, State
from keylint.model.secret import Secret
from keylint.model.source import Source
from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.server import Sandbox, system_clock
from keylint.secrets import Limits
from tests.live.canary import run_everywhere_with_any_end
from tests.live.five import FIVE
from tests.live.test_live_bitmex import BITMEX
from tests.live.test_live_bybit import BYBIT
from tests.live.test_live_deribit import DERIBIT
from tests.live.test_live_gate import GATE
from tests.live.test_live_kucoin import KUCOIN
from tests.live.test_live_okx import OKX
from tests.live.test_live_secrets import assert_clean, random_text
from tests.live.test_live_whitebit import GIVEN as WHITEBIT
from tests.live.test_live_whitebit import SUB as WHITEBIT_SUB
from tests.live.trial import Trial
from tests.live.world import CREDENTIALS, DECLARED, LIVE, LIVE_RULES, World
from tests.running import NOW, RULES, active, keylint

MASTER = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
SUB = "aaaabbbb-1111-4111-8111-ccccddddeeee"
OTHER = "99998888-2222-4222-8222-777766665555"
NOBODY = Limits(demanded=True, env=(), roots=())
OF_LISTINGS = (*LIVE_RULES, "key-still-alive", "unverifiable")


# Ids.


@pytest.mark.parametrize(
    ("known", "shown", "whole", "expected"),
    [
        (SUB, SUB, True, True),
        (SUB, OTHER, True, False),
        (SUB, SUB[:12], True, False),
        ("aaaa…eeee", SUB, True, True),
        ("aaaa...eeee", SUB, True, True),
        ("aaab…eeee", SUB, True, False),
        (f"sha256:{digest(SUB)}", SUB, True, True),
        (f"sha256:{digest(SUB).upper()}", SUB, True, True),
        (f"sha256:{digest(OTHER)}", SUB, True, False),
        # Gate shows the first twelve characters, others stars.
        (SUB, "aaaabbbb-111", False, True),
        (SUB, "aaaabbbb-112", False, False),
        (SUB, "aaaa****eeee", False, True),
        (SUB, "aaaa****eeef", False, False),
        (SUB, "aa**ee", False, True),
        (SUB, "a*e", False, False),
        (SUB, "****", False, False),
        (SUB, "", False, False),
        ("aaaabb…ddeeee", "aaaa****eeee", False, True),
        ("aaaabb…ddeeee", "aaaabbbb-111", False, True),
        ("aaaabb…ddeeee", "aaaac****eeee", False, False),
        ("aaaabb…ddeeee", "****", False, False),
        # A mask in an answer of which whole ids were expected.
        ("aaaabb…ddeeee", "aaaa****eeee", True, True),
        # Of a part there is no hash.
        (f"sha256:{digest(SUB)}", "aaaabbbb-111", False, False),
        # A short id cannot overlap with itself.
        ("abcdef", "abcd**cdef", False, False),
    ],
)
def test_ids_fit_as_far_as_they_are_shown(known: str, shown: str, whole: bool, expected: bool) -> None:
    assert fits(known, shown, whole=whole) is expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (SUB, "aaaabb…ddeeee"),
        ("shortone", f"sha256:{digest('shortone')}"),
        ("aaaabbbb****ddddeeee", "aaaabbbb…ddddeeee"),
        ("aaaabbbb1111***ccccddddeeee", "aaaabbbb…ddddeeee"),
        ("aaaabbbb***", "aaaabbbb…"),
    ],
)
def test_listed_id_is_shown_by_its_ends(shown: str, expected: str) -> None:
    assert masked(shown) == expected


# The driver, without any exchange.


class Desk:
    """OKX keys, what came of each, and what the listers listed."""

    def __init__(self, **keys: Mapping[str, Any]) -> None:
        given = {"exchange": "okx", "permissions": ["read"]}
        self.keys = {name.replace("_", "-"): {**given, **fields} for name, fields in keys.items()}
        self.given: dict[str, dict[str, Secret]] = {"master": {"api_key": Secret(MASTER)}}
        self.rules: tuple[str, ...] = OF_LISTINGS

    def judge(
        self, listed: Listed | None = None, *, only: str = "", interrupted: bool = False, **told: LiveKey | Refusal
    ) -> Compared:
        """Tell a comparison what came of each key; the others have no credentials. `listed` is what `master` lists."""
        text = json.dumps({"version": 1, "keys": self.keys}, indent=1)
        judge = Judge([active(RULES[name], {}) for name in self.rules], NOW, vocabulary(), {})
        declared = list(lint([Source("keylint.yaml", text.encode())], judge, Linted()))
        wanted = [item for item in declared if only in item.key.name]
        result = Compared(interrupted=interrupted)
        comparison = Comparison(judge, result, Listings(declared, wanted, NOBODY, self.given))
        for item in wanted:
            name = item.key.name
            nothing = Refusal(Reason.NO_CREDENTIALS, "it has no credentials")
            comparison.tell(item, told.get(name.replace("-", "_")) or self.state(item) or nothing)
            if name == "master" and listed is not None:
                comparison.tell_listed(item, listed)
        comparison.finish()
        return result

    def state(self, item: Declared) -> LiveKey | State | None:
        if item.key.status in ("planned", "revoked"):
            return State.ABSENT
        return live(MASTER) if item.key.name == "master" else None


def live(key_id: str | None = None, **fields: Any) -> LiveKey:
    given = {"rights": ("read_only",), "ip_restricted": False, "ip_allowlist": (), **fields}
    return LiveKey(key_id=UNKNOWN if key_id is None else key_id, **given)


def listed(key_id: str | None = None, **fields: Any) -> LiveKey:
    return live(key_id, listed=True, **fields)


LISTER = {"lists": True, "account": "main", "account_type": "main"}
DEPENDENT = {"account": "desk-1", "account_type": "sub", "key_id": "aaaabb…ddeeee"}


def states(result: Compared) -> dict[str, str]:
    return {key.name: key.state.value for key in result.keys}


def rules(result: Compared) -> list[str]:
    return sorted(item.rule for item in result.findings)


@pytest.mark.parametrize(
    "key_id", ["aaaabb…ddeeee", "aaaa...eeee", f"sha256:{digest(SUB)}", SUB], ids=["…", "...", "hash", "whole"]
)
def test_listed_key_is_compared_like_one_that_shows_itself(key_id: str) -> None:
    desk = Desk(master=LISTER, bot={**DEPENDENT, "key_id": key_id})
    result = desk.judge((listed(SUB),))
    assert (states(result), result.findings, result.unchecked) == ({"master": "in-sync", "bot": "in-sync"}, [], [])
    result = desk.judge((listed(SUB, rights=("read_only", "withdraw")),))
    assert (states(result), rules(result)) == ({"master": "in-sync", "bot": "drift"}, ["permission-extra"])
    (key,) = [item for item in result.keys if item.name == "bot"]
    assert key.live
    assert key.live.rights == ("read_only", "withdraw")


def test_key_with_credentials_of_its_own_is_recognised_and_judged_once() -> None:
    desk = Desk(master=LISTER, bot={"account": "desk-1"})
    desk.given["bot"] = {"api_key": Secret(SUB)}
    result = desk.judge((listed(SUB, rights=("withdraw",)),), bot=live(SUB))
    assert (states(result), result.findings, result.unchecked) == ({"master": "in-sync", "bot": "in-sync"}, [], [])


def test_key_that_nothing_declares_is_told_at_the_lister_without_its_id() -> None:
    desk = Desk(master=LISTER, bot=DEPENDENT)
    result = desk.judge((listed(SUB), listed(OTHER, label="test 2", rights=("read_only", "trade"), unmapped=("new",))))
    (finding,) = result.findings
    assert (finding.rule, finding.path, finding.message, finding.hint) == (
        "unmanaged-key",
        ("keys", "master", "lists"),
        "the account of 'master' has a key that is not declared: 999988…665555, labelled 'test 2', "
        "with read_only, trade, 'new'",
        "find out who made it; delete it at okx, or declare it with `key_id: 999988…665555`",
    )
    assert finding.snippet is not None
    assert '"lists": true' in finding.snippet
    assert OTHER not in str(result.findings)
    other = desk.judge((listed(SUB), listed(MASTER.replace("0", "1"))))
    assert other.findings[0].fingerprint != finding.fingerprint


def test_key_that_two_listers_show_is_told_once() -> None:
    desk = Desk(master=LISTER, deputy=LISTER)
    result = desk.judge((listed(OTHER), listed(OTHER)))
    assert rules(result) == ["unmanaged-key"]


def test_declared_key_of_another_environment_is_another_key() -> None:
    desk = Desk(master=LISTER, bot={**DEPENDENT, "environment": "demo"})
    result = desk.judge((listed(SUB),))
    assert rules(result) == ["unmanaged-key"]
    assert [(item.key, item.reason) for item in result.unchecked] == [("bot", Reason.NO_CREDENTIALS)]


def test_filter_hides_no_declaration_from_a_listing() -> None:
    desk = Desk(master=LISTER, bot=DEPENDENT)
    result = desk.judge((listed(SUB),), only="master")
    assert (states(result), result.findings) == ({"master": "in-sync"}, [])


@pytest.mark.parametrize(
    ("fields", "is_gone"),
    [
        ({}, True),
        ({"status": "retiring"}, True),
        ({"account_type": None}, True),
        # A listing of sub-accounts says nothing of the main account, nor of an account that nobody named.
        ({"account_type": "main"}, False),
        ({"account": "main", "account_type": None}, False),
        ({"account": None, "account_type": None}, False),
    ],
)
def test_key_that_a_whole_listing_lacks_is_gone(fields: Mapping[str, Any], is_gone: bool) -> None:
    entry = {name: value for name, value in {**DEPENDENT, **fields}.items() if value is not None}
    result = Desk(master=LISTER, bot=entry).judge(())
    if not is_gone:
        assert (states(result)["bot"], rules(result)) == ("unchecked", [])
        return
    (finding,) = result.findings
    assert (finding.rule, finding.message, states(result)["bot"]) == (
        "key-gone",
        "okx does not know key 'bot' (it is not among the keys that 'master' lists)",
        "drift",
    )


def test_main_accounts_of_one_team_are_looked_at_together() -> None:
    desk = Desk(master=LISTER, second={**LISTER, "account": "other"}, bot=DEPENDENT)
    desk.given["second"] = {"api_key": Secret("second")}
    result = desk.judge((), second=Refusal(Reason.TIMEOUT, "no answer within 5 seconds"))
    (entry,) = [item for item in result.unchecked if item.key == "bot"]
    assert (entry.reason, entry.message) == (
        Reason.TIMEOUT,
        "only 'second' can show it, and could not list keys: no answer within 5 seconds",
    )
    assert rules(result) == []


def test_failed_listing_leaves_open_what_depended_on_it() -> None:
    desk = Desk(master=LISTER, bot=DEPENDENT, old={**DEPENDENT, "key_id": "ffff…0000", "status": "revoked"})
    result = desk.judge(Refusal(Reason.PERMISSION_DENIED, "okx 50120: no", "ask"))
    assert [(item.key, item.reason, item.message, item.hint) for item in result.unchecked] == [
        ("master", Reason.PERMISSION_DENIED, "the keys that it may list were not seen: okx 50120: no", "ask"),
        ("bot", Reason.PERMISSION_DENIED, "only 'master' can show it, and could not list keys: okx 50120: no", "ask"),
    ]
    assert (states(result), rules(result)) == ({"master": "unchecked", "bot": "unchecked", "old": "absent"}, [])


def test_lister_that_is_refused_itself_is_told_once() -> None:
    desk = Desk(master=LISTER, bot=DEPENDENT)
    refusal = Refusal(Reason.TIMEOUT, "no answer within 5 seconds", "try again")
    result = desk.judge(None, master=refusal)
    assert [(item.key, item.reason) for item in result.unchecked] == [
        ("master", Reason.TIMEOUT),
        ("bot", Reason.TIMEOUT),
    ]


@pytest.mark.parametrize(
    ("fields", "keys", "message"),
    [
        ({"key_id": "9999…5555"}, (OTHER, f"9999{OTHER}5555"), "more than one key fits its `key_id` among those"),
        ({"key_id": None}, (SUB,), "no `key_id` that can be compared with those"),
    ],
)
def test_key_that_cannot_be_told_from_others_is_unchecked(
    fields: Mapping[str, Any], keys: Sequence[str], message: str
) -> None:
    entry = {name: value for name, value in {**DEPENDENT, **fields}.items() if value is not None}
    result = Desk(master=LISTER, bot=entry).judge(tuple(map(listed, keys)))
    (item,) = result.unchecked
    assert (item.key, item.reason, item.message) == (
        "bot",
        Reason.NO_CREDENTIALS,
        f"it has no credentials, and {message} that 'master' lists",
    )


def test_two_declared_keys_that_one_listed_key_fits_are_both_unchecked() -> None:
    desk = Desk(master=LISTER, bot=DEPENDENT, twin={**DEPENDENT, "key_id": "aaaa…eeee"})
    result = desk.judge((listed(SUB),))
    assert (states(result), rules(result)) == ({"master": "in-sync", "bot": "unchecked", "twin": "unchecked"}, [])


def test_listing_without_ids_proves_nothing() -> None:
    result = Desk(master=LISTER, bot=DEPENDENT).judge((listed(None, label="x"),))
    assert [(item.key, item.message) for item in result.unchecked] == [
        ("bot", "'master' lists keys without their ids: it may be one of them")
    ]
    assert [item.message for item in result.findings] == [
        "the account of 'master' has a key that is not declared: without an id, labelled 'x', with read_only"
    ]


def test_revoked_key_that_is_listed_lives_and_one_that_is_not_is_absent() -> None:
    desk = Desk(master=LISTER, bot={**DEPENDENT, "status": "revoked"})
    result = desk.judge((listed(SUB),))
    assert (rules(result), states(result)["bot"]) == (["key-still-alive"], "drift")
    assert result.findings[0].path == ("keys", "bot", "status")
    result = desk.judge(())
    assert (result.findings, result.unchecked, states(result)["bot"]) == ([], [], "absent")


def test_planned_key_waits_for_nobody() -> None:
    result = Desk(master=LISTER, bot={**DEPENDENT, "status": "planned"}).judge((listed(SUB),))
    assert (result.findings, states(result)["bot"]) == ([], "absent")


def test_interrupted_run_says_nothing_of_what_was_not_listed() -> None:
    result = Desk(master=LISTER, bot=DEPENDENT).judge(None, interrupted=True)
    assert (states(result), result.unchecked) == ({"master": "in-sync"}, [])


def test_policy_that_wants_no_word_of_keys_that_are_gone_leaves_them_unchecked() -> None:
    desk = Desk(master=LISTER, bot=DEPENDENT)
    desk.rules = ("permission-extra",)
    result = desk.judge((listed(OTHER),))
    assert (rules(result), states(result)["bot"]) == ([], "unchecked")


def test_rights_of_which_a_listing_is_silent_by_nature_make_the_key_unverifiable() -> None:
    desk = Desk()
    fields = {"exchange": "binance", "permissions": ["trade.spot"]}
    desk.keys = {"master": {**fields, **LISTER}, "bot": {**fields, **DEPENDENT}}
    hidden = ("enableReading", "enableWithdrawals")
    shown = ("enableSpotAndMarginTrading",)
    master = live(MASTER, rights=shown)
    result = desk.judge((listed(SUB, rights=shown, unreported=hidden),), master=master)
    assert (states(result)["bot"], result.unchecked) == ("unverifiable", [])
    assert [item.message for item in result.findings] == [
        "binance does not show whether live key 'bot' has enableReading, enableWithdrawals"
    ]
    result = desk.judge((listed(SUB, rights=shown, unreported=("enableFutures",)),), master=master)
    assert (states(result)["bot"], [item.reason for item in result.unchecked]) == ("unchecked", [Reason.BAD_ANSWER])


@pytest.mark.parametrize(
    ("exchange", "fields", "expected"),
    [
        ("bitmex", {"account": "main", "account_type": "main"}, True),
        ("bitmex", {"account": "main"}, True),
        ("bitmex", {"account": "desk-1", "account_type": "sub"}, False),
        ("bitmex", {"account": "main", "account_type": "sub"}, False),
        ("bitmex", {}, False),
        ("okx", {"account": "main", "account_type": "main"}, False),
        ("okx", {"account": "desk-1", "account_type": "sub"}, True),
        ("htx", {"account": "main", "account_type": "main"}, True),
        ("htx", {"account": "desk-1", "account_type": "sub"}, True),
        ("kraken", {"account": "main", "account_type": "main"}, False),
    ],
)
def test_listings_reach_as_far_as_the_facts_say(exchange: str, fields: dict[str, Any], expected: bool) -> None:
    entry = {"exchange": exchange, "permissions": []}
    keys = {"master": {**entry, **LISTER}, "bot": {**entry, **fields}}
    text = json.dumps({"version": 1, "keys": keys})
    judge = Judge([], NOW, vocabulary(), {})
    master, bot = (item.key for item in lint([Source("k", text.encode())], judge, Linted()))
    assert covers(master, bot) is expected


# End to end, against simulated exchanges.

OKX_MASTER = {"api_key": MASTER, "api_secret": "22582BD0CFF14C41EDBF1AB98506286D", "passphrase": "Pass phrase 1!"}
OKX_SUB = {"api_secret": "33582BD0CFF14C41EDBF1AB98506286D", "passphrase": "Other words 2!"}
OF_SUB = {"account": "100000002", "main_account": "100000001", "account_name": "desk1"}
OKX_KEY = {"exchange": "okx", "permissions": ["read_only", "trade"], "ip_allowlist": ["203.0.113.10"]}


def okx(world: World, *subs: Mapping[str, Any], **master: Any) -> Sandbox:
    """Play a main account's key and sub-account keys, and declare `master`, which lists, and `bot`."""
    declared = {"exchange": "okx", "permissions": ["read", "trade.spot"], "ip_allowlist": ["203.0.113.10"]}
    world.keys["master"] = {**declared, **LISTER}
    world.given["master"] = dict(OKX_MASTER)
    world.keys["bot"] = {**declared, **DEPENDENT}
    mine = {**OKX_KEY, **OKX_MASTER, "label": "master", **master}
    return world.play([mine, *({**OKX_KEY, **OKX_SUB, **OF_SUB, **sub} for sub in subs)])


def test_sub_account_s_keys_are_seen_through_the_main_account_s(world: World) -> None:
    sandbox = okx(world, {"api_key": SUB, "label": "bot"})
    result = world.ask(rules=OF_LISTINGS)
    assert (states(result), result.findings, result.unchecked) == ({"master": "in-sync", "bot": "in-sync"}, [], [])
    assert [record.path for record in sandbox.requests] == [
        "/api/v5/public/time",
        "/api/v5/account/config",
        "/api/v5/users/subaccount/list",
        "/api/v5/users/subaccount/apikey",
    ]
    assert sandbox.forbidden == ()


def test_sub_account_s_keys_are_judged_and_others_found(world: World) -> None:
    okx(
        world,
        {"api_key": SUB, "permissions": ["read_only", "trade", "withdraw"], "label": "bot"},
        {"api_key": OTHER, "permissions": ["read_only"], "label": "old"},
    )
    result = world.ask(rules=OF_LISTINGS)
    assert rules(result) == ["permission-extra", "unmanaged-key"]
    assert states(result) == {"master": "in-sync", "bot": "drift"}


def test_sub_account_s_key_that_was_deleted_is_gone(world: World) -> None:
    okx(world, {"api_key": OTHER})
    assert rules(world.ask(rules=OF_LISTINGS)) == ["key-gone", "unmanaged-key"]


def test_refused_listing_is_told_for_all_that_depended_on_it(world: World) -> None:
    okx(world, {"api_key": SUB}, main_account="100000009")  # a sub-account's key may list nothing
    result = world.ask(rules=OF_LISTINGS)
    assert {item.key for item in result.unchecked} == {"master", "bot"}
    assert states(result) == {"master": "unchecked", "bot": "unchecked"}


@pytest.mark.parametrize("faults", [[], ["echo"], ["hostile_text"], ["wrong_types"], ["echo", "hostile_text"]], ids=str)
def test_nothing_secret_and_no_whole_id_comes_out(world: World, faults: list[str]) -> None:
    """The listed key's id and the credentials are canaries; a name that steers a terminal is no more than a text."""
    stranger = f"{random_text(8)}-1111-4111-8111-{random_text(12)}"
    secrets = {"api_secret": random_text(32), "passphrase": random_text(24)}
    okx(world)
    state = [{**OKX_KEY, **OKX_MASTER, "faults": faults}, {**OKX_KEY, **OF_SUB, **secrets, "api_key": stranger}]
    world.play([{**key, "label": HOSTILE} for key in state], clock=system_clock)
    texts = run_everywhere_with_any_end(world)
    assert_clean(texts, [OKX_MASTER["api_secret"], OKX_MASTER["passphrase"], *secrets.values()])
    assert not [text for text in texts if stranger in text or "\x1b" in text]
    assert ("has a key that is not declared" in texts[0]) is (faults in ([], ["hostile_text"]))


def test_lister_of_an_exchange_that_lists_nothing_is_told(world: World) -> None:
    world.serve("kraken")
    world.keys["kraken-bot"]["lists"] = True
    (entry,) = world.ask(rules=OF_LISTINGS).unchecked
    assert (entry.key, entry.reason, entry.message) == (
        "kraken-bot",
        Reason.UNSUPPORTED,
        "the keys that it may list were not seen: keylint cannot list keys of kraken",
    )


def test_show_calls_names_the_calls_of_a_listing(world: World) -> None:
    sandbox = okx(world)
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls", f"--base-url=okx={world.bases['okx']}")
    lines = [line.partition("  # ")[2] for line in ran.out.splitlines()]
    assert [line for line in lines if line.endswith("master")] == [
        "key, okx, master",
        "list-accounts, okx, master",
        "list, okx, master",
        "time, okx, master",
    ]
    assert [line for line in lines if line.endswith("bot")] == ["key, okx, bot"]
    assert sandbox.requests == ()


# Every exchange that lists, against its simulated side: one key more than is declared, and one less.

BINANCE = Trial("binance", CREDENTIALS["binance"], DECLARED["binance"], LIVE["binance"], "", "")
BYBIT_MAIN = {"permissions": ["Spot.SpotTrade", "Wallet.AccountTransfer"]}
LISTERS: Mapping[str, tuple[Trial, Mapping[str, Any], Mapping[str, Any]]] = {
    # trial; how the main account's key differs, live and declared
    "binance": (BINANCE, {}, {}),
    "bitget": (FIVE["bitget"], {}, {}),
    "bitmex": (BITMEX, {}, {}),
    "bingx": (FIVE["bingx"], {}, {}),
    "bybit": (BYBIT, BYBIT_MAIN, {"permissions": ["read", *BYBIT_MAIN["permissions"]]}),
    "deribit": (DERIBIT, {}, {}),
    "gate": (GATE, {}, {}),
    "htx": (FIVE["htx"], {}, {}),
    "kucoin": (KUCOIN, {}, {}),
    "mexc": (FIVE["mexc"], {}, {}),
    "okx": (OKX, {}, {}),
}
ONE_ACCOUNT = {"bitmex", "deribit"}
"""Where a key lists those of its own account only."""


def another(text: str, number: int) -> str:
    """Return a text of the same form: each character is moved on within its kind."""
    kinds = ("0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ")
    moved = {old: kind[(place + number) % len(kind)] for kind in kinds for place, old in enumerate(kind)}
    return "".join(moved.get(char, char) for char in text)


@pytest.mark.parametrize("exchange", sorted(LISTERS))
@pytest.mark.parametrize("case", ["agrees", "differs", "more", "gone"])
def test_every_listing_is_compared(world: World, exchange: str, case: str) -> None:
    trial, main_live, main_declared = LISTERS[exchange]
    one = exchange in ONE_ACCOUNT
    place = {} if one else {"account": "100000002", "main_account": "100000001", "account_name": "desk1@example.test"}
    if exchange != "binance":
        place.pop("account_name", None)
    subs = [{name: another(text, number) for name, text in trial.given.items()} for number in (1, 2)]
    fields = {"exchange": exchange, **{name: value for name, value in trial.declared.items() if value is not None}}
    where = {"account": "main", "account_type": "main"} if one else {"account": "desk-1", "account_type": "sub"}
    world.keys["master"] = {**fields, **main_declared, **LISTER}
    world.given["master"] = dict(trial.given)
    world.keys["bot"] = {**fields, **where, "key_id": shortened(subs[0]["api_key"])}
    if case == "differs":
        world.keys["bot"]["ip_allowlist"] = [*fields["ip_allowlist"], "203.0.113.99"]
    live = {"exchange": exchange, **trial.live}
    listed_keys = {"agrees": subs[:1], "differs": subs[:1], "more": subs, "gone": []}[case]
    # An account without keys is none to a simulated exchange.
    sandbox = world.play([{**live, **trial.given, **main_live}, *({**live, **sub, **place} for sub in listed_keys)])
    result = world.ask(rules=LIVE_RULES)
    expected = {"agrees": set(), "differs": {"ip-mismatch"}, "more": {"unmanaged-key"}, "gone": {"key-gone"}}
    assert {item.rule for item in result.findings} == expected[case]
    assert {item.key for item in result.findings} == (
        {"master"} if case == "more" else {"bot"} if expected[case] else set()
    )
    hidden = {"bingx", "gate", "binance", "bybit"}
    state = "unverifiable" if exchange in hidden else "in-sync"
    assert states(result)["bot"] == ("drift" if case in ("differs", "gone") else state)
    assert result.unchecked == []
    assert sandbox.forbidden == ()
    for secret in (value for sub in subs for name, value in sub.items() if len(value) > 12):
        assert secret not in f"{result.findings}{result.unchecked}"


def test_keys_of_an_exchange_where_none_shows_itself_are_seen_through_the_main_account_s(world: World) -> None:
    main = {"exchange": "whitebit", "permissions": ["type.1"], **WHITEBIT}
    sub = {**WHITEBIT_SUB, "main_account": "100000001"}
    sandbox = world.play([main, sub])
    fields = {"exchange": "whitebit", "permissions": ["type.2"], "ip_allowlist": sub["ip_allowlist"]}
    world.keys = {
        "master": {**fields, **LISTER},
        "bot": {**fields, **DEPENDENT, "key_id": shortened(sub["api_key"])},
        "with-credentials": {**fields, "account": "desk-2", "account_type": "sub"},
        "lonely": {**fields, "account": "main", "account_type": "main"},
    }
    world.given = {"master": WHITEBIT, "with-credentials": {"api_key": "3" * 32, "api_secret": "4" * 32}}
    result = world.ask(rules=OF_LISTINGS)
    assert states(result) == {
        "master": "unverifiable",
        "bot": "in-sync",
        "with-credentials": "drift",
        "lonely": "unverifiable",
    }
    assert [(item.rule, item.key) for item in result.findings if item.rule != "unverifiable"] == [
        ("key-gone", "with-credentials")
    ]
    assert sandbox.forbidden == ()


@pytest.mark.parametrize(
    ("path", "is_sent"),
    [
        ("/api/v4/sub_accounts/10002/keys", True),
        ("/api/v4/sub_accounts/12345678901234567890/keys", True),
        ("/api/v4/sub_accounts/123456789012345678901/keys", False),
        ("/api/v4/sub_accounts/a-b_C/keys", False),
        ("/api/v4/sub_accounts//keys", False),
        ("/api/v4/sub_accounts/../keys", False),
        ("/api/v4/sub_accounts/1%2F2/keys", False),
        ("/api/v4/sub_accounts/1/2/keys", False),
        ("/api/v4/sub_accounts/1/keys/lock", False),
        ("/api/v4/sub_accounts/{user_id}/keys", False),
        ("/api/v4/sub_accounts/" + "1" * 65 + "/keys", False),
    ],
)
def test_name_in_a_path_of_the_facts_stands_for_one_id(path: str, is_sent: bool) -> None:
    if is_sent:
        allowed(Request("GET", path), GATE.facts)
        return
    with pytest.raises(ForbiddenCall):
        allowed(Request("GET", path), GATE.facts)
