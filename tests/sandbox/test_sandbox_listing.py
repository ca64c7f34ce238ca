"""What a key of the main account is told of other keys, wherever an exchange has a call for it."""

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.faults import FAULTS
from keylint.sandbox.server import Sandbox
from keylint.sandbox.simulation import SIMULATED
from keylint.sandbox.state import Key
from tests.sandbox.hands import BELOW, DESK, ENTRIES, HANDS, NOW, binance, entry, send, texts, told, whitebit

Play = Callable[..., Sandbox]

FACTS = Path(__file__).parents[2] / "keylint" / "facts"
MAIN_POCKET = "9ca023a5-851b-4fec-9f0a-48cd83c2eaae"


class Listing(NamedTuple):
    """The call that lists a sub-account's keys; what makes a key one of that account; what the lister needs."""

    target: str
    sub: dict[str, Any]
    main: dict[str, Any] = {}  # noqa: RUF012 - nothing changes it
    field: str = "list."
    """What stands before a raw field under `answer`."""


DESK1 = {"account": "100000002", "main_account": "100000001", "account_name": "desk1"}
LISTINGS = {
    "binance": Listing(
        "/sapi/v1/sub-account/subAccountApi?email=desk1%40example.test",
        DESK1 | {"account_name": "desk1@example.test"},
    ),
    "okx": Listing("/api/v5/users/subaccount/apikey?subAcct=desk1", DESK1),
    "bybit": Listing("/v5/user/sub-apikeys?subMemberId=100000002", DESK1),
    "kucoin": Listing("/api/v1/sub/api-key?subName=desk1", DESK1),
    "mexc": Listing("/api/v3/sub-account/apiKey?subAccount=desk1", DESK1),
    "gate": Listing("/api/v4/sub_accounts/100000002/keys", DESK1),
    "htx": Listing("/v2/user/api-key?uid=100000002", {"account": "100000002", "main_account": "100000001"}, {}, ""),
    "bitget": Listing(
        "/api/v2/user/virtual-subaccount-apikey-list?subAccountUid=100000002", DESK1, {"ip_allowlist": ["203.0.113.7"]}
    ),
    "bingx": Listing("/openApi/account/v1/apiKey/query?uid=100000002", DESK1),
    "upbit": Listing(
        f"/v1/pockets/api_keys?uuids[]={DESK}",
        {"account": DESK, "main_account": MAIN_POCKET, "permissions": ["주문하기"]},
        {"account": MAIN_POCKET},
    ),
    "whitebit": Listing("/api/v4/sub-account/api-key/list", dict(BELOW["whitebit"]), {}, ""),
}
EACH = pytest.mark.parametrize("exchange", LISTINGS)
# A fault -> what it does; those of how an answer is sent are the same for all calls.
SAID = ("rate_limited", "banned", "server_error", "html", "not_an_object", "deep_json", "gzip", "echo", "wrong_types")

# Names of fields that a row has: the first that occurs is left out of it.
FIELDS = ("ipAddresses", "allowed_ips", "apiName", "remark", "ips", "ip", "ip_whitelist", "ipList", "isEnabled")

_numbers = itertools.count(1)


def main(exchange: str, **changes: Any) -> dict[str, Any]:
    return entry(exchange, **{"label": "main", **LISTINGS[exchange].main, **changes})


def sub(exchange: str, last: str = "2", **changes: Any) -> dict[str, Any]:
    key = f"{str(ENTRIES[exchange]['api_key'])[:-1]}{last}"
    return {**entry(exchange, label="below"), **LISTINGS[exchange].sub, "api_key": key, **changes}


def ask(sandbox: Sandbox, exchange: str, key: Any = None, target: str = "") -> tuple[int, bytes]:
    """Send the listing call, each time with a nonce of its own."""
    key, target = key or main(exchange), target or LISTINGS[exchange].target
    number, base = next(_numbers), sandbox.base_urls[exchange]
    if exchange == "whitebit":
        body = json.dumps({"request": target, "nonce": NOW + number}).encode()
        status, _, said = send(base, "POST", *whitebit(key, target, body), body)
    else:
        options = {"nonce": str(number)} if exchange == "upbit" else {}
        status, _, said = send(base, "GET", *HANDS[exchange](key, target, **options))
    return status, said


def shown(exchange: str, key: str) -> str:
    """Return an id as the listing shows it."""
    return f"{key[:2]}*******{key[-2:]}" if exchange == "bingx" else key


@EACH
def test_listing_holds_the_keys_of_the_asked_account_and_no_others(play: Play, exchange: str) -> None:
    listing = LISTINGS[exchange]
    far = {"account": listing.sub["account"][:-1] + "9", "main_account": listing.sub["main_account"][:-1] + "8"}
    keys = [main(exchange), sub(exchange), sub(exchange, "3"), sub(exchange, "4", **far)]
    sandbox = play(*keys)
    status, body = ask(sandbox, exchange)
    said = texts(json.loads(body))
    ids = [shown(exchange, key["api_key"]) for key in keys]
    assert (status, [name in said for name in ids]) == (200, [False, True, True, False])
    assert "main" not in said
    assert sandbox.forbidden == ()


@EACH
def test_listing_shows_no_secret_and_not_the_passphrase(play: Play, exchange: str) -> None:
    body = ask(play(main(exchange), sub(exchange)), exchange)[1].decode()
    for name in ("api_secret", "passphrase"):
        assert ENTRIES[exchange].get(name, "…") not in body


@EACH
def test_listing_is_for_the_main_account_alone(play: Play, exchange: str) -> None:
    below = sub(exchange)
    sandbox = play(main(exchange), below)
    ask(sandbox, exchange, below)
    # An account of BingX may be asked about by its own keys.
    assert (sandbox.requests[0].outcome == "ok") == (exchange == "bingx")


@EACH
def test_raw_fields_of_the_listing_replace_add_and_vanish(play: Play, exchange: str) -> None:
    before = LISTINGS[exchange].field
    plain = texts(json.loads(ask(play(main(exchange), sub(exchange)), exchange)[1]))
    name = next(word for word in FIELDS if word in plain)
    changed = sub(exchange, answer={f"{before}secret": "c4n4ry"}, omit=[f"{before}{name}"])
    said = texts(json.loads(ask(play(main(exchange), changed), exchange)[1]))
    assert "c4n4ry" in said
    assert plain.count(name) - said.count(name) == 1


@EACH
def test_every_fault_of_what_is_said_strikes_a_listing(play: Play, exchange: str) -> None:
    good = ask(play(main(exchange), sub(exchange)), exchange)
    for fault in SAID:
        assert fault in FAULTS
        sandbox = play(main(exchange, faults=[fault]), sub(exchange))
        assert ask(sandbox, exchange) != good
        assert sandbox.requests[0].faults == (fault,)


@EACH
def test_hostile_text_stands_in_a_listing(play: Play, exchange: str) -> None:
    said = texts(json.loads(ask(play(main(exchange), sub(exchange), faults=["hostile_text"]), exchange)[1]))
    assert any(HOSTILE in text for text in said)
    assert "below" not in said


@EACH
def test_address_of_the_lister_is_checked(play: Play, exchange: str) -> None:
    bound = {"ip_allowlist": ["203.0.113.7"], "client_address": "203.0.113.8"}
    sandbox = play(main(exchange, **bound), sub(exchange))
    ask(sandbox, exchange)
    assert sandbox.requests[0].outcome != "ok"


def test_every_listing_of_the_facts_is_here() -> None:
    facts = {name: yaml.safe_load((FACTS / f"{name}.yaml").read_text("utf-8")) for name in SIMULATED}
    listing = {name for name, known in facts.items() if any(call["use"] == "list" for call in known["calls"])}
    assert listing <= LISTINGS.keys()


# Binance

BINANCE: dict[str, Any] = {
    "account_name": "desk1@example.test",
    "label": "desk1-bot",
    "created": "2024-07-01T10:40:00Z",
    "permissions": ["enableReading", "enableSpotAndMarginTrading"],
}
LIST = LISTINGS["binance"].target
ACCOUNTS = "/sapi/v1/sub-account/list"
ADDRESSES = "/sapi/v1/sub-account/subAccountApi/ipRestriction?email=desk1%40example.test&subAccountApiKey="


def asked(sandbox: Sandbox, target: str, key: Any = None) -> tuple[int, Any]:
    return told(sandbox.base_urls["binance"], binance(key or main("binance"), target))


def test_binance_shows_the_flags_that_a_sub_key_may_have(play: Play) -> None:
    below = sub("binance", **BINANCE)
    assert asked(play(main("binance"), below), LIST) == (
        200,
        {
            "total": 1,
            "rows": [
                {
                    "email": "desk1@example.test",
                    "apiName": "desk1-bot",
                    "apikey": below["api_key"],
                    "canTrade": True,
                    "canMarginLoanRepay": False,
                    "canFuturesTrade": False,
                    "canUniversalTransfer": False,
                    "canVanillaOptions": False,
                    "timestamp": 1719830400000,
                }
            ],
        },
    )
    rights = ["enableMargin", "enableFutures", "permitsUniversalTransfer", "enableVanillaOptions", "enableWithdrawals"]
    (row,) = asked(play(main("binance"), sub("binance", permissions=rights)), LIST)[1]["rows"]
    assert [name for name, value in row.items() if value is True] == [
        "canMarginLoanRepay",
        "canFuturesTrade",
        "canUniversalTransfer",
        "canVanillaOptions",
    ]


def test_binance_pages_its_lists(play: Play) -> None:
    others = [sub("binance", letter) for letter in "abc"]
    other = sub("binance", "d", account="7", account_name="desk2@example.test")
    sandbox = play(main("binance"), *others, other)
    for query, keys in [("&size=2", others[:2]), ("&size=2&page=2", others[2:]), ("&page=9", [])]:
        data = asked(sandbox, LIST + query)[1]
        assert (data["total"], [row["apikey"] for row in data["rows"]]) == (3, [key["api_key"] for key in keys])
    data = asked(sandbox, f"{LIST}&subAccountApiKey={others[1]['api_key']}")[1]
    assert [row["apikey"] for row in data["rows"]] == [others[1]["api_key"]]
    for query, emails in [
        ("", ["desk1@example.test"]),
        ("?page=2", ["desk2@example.test"]),
        ("?limit=200", ["desk1@example.test", "desk2@example.test"]),
        ("?limit=200&email=desk2%40example.test", ["desk2@example.test"]),
        ("?limit=200&isFreeze=true", []),
    ]:
        assert [row["email"] for row in asked(sandbox, ACCOUNTS + query)[1]["subAccounts"]] == emails


def test_binance_describes_a_sub_account(play: Play) -> None:
    below = sub("binance", created="2018-12-10T09:15:28Z", account_name="")
    assert asked(play(main("binance"), below), ACCOUNTS) == (
        200,
        {
            "subAccounts": [
                {
                    "subUserId": 100000002,
                    "email": "sub100000002@example.test",
                    "remark": "",
                    "isFreeze": False,
                    "createTime": 1544433328000,
                    "isManagedSubAccount": False,
                    "isAssetManagementSubAccount": False,
                }
            ]
        },
    )


def test_binance_tells_the_addresses_of_a_sub_key_with_a_text_for_the_switch(play: Play) -> None:
    bound = sub("binance", ip_allowlist=["203.0.113.7", "203.0.113.8"], created="2024-07-01T10:40:00Z")
    free = sub("binance", "3", omit=["list-addresses.ipList"], answer={"list-addresses.ipRestrict": False})
    sandbox = play(main("binance"), bound, free)
    assert asked(sandbox, ADDRESSES + bound["api_key"]) == (
        200,
        {
            "ipRestrict": "true",
            "ipList": ["203.0.113.7", "203.0.113.8"],
            "updateTime": 1719830400000,
            "apiKey": bound["api_key"],
        },
    )
    data = asked(sandbox, ADDRESSES + free["api_key"])[1]
    assert (data["ipRestrict"], "ipList" in data) == (False, False)


@pytest.mark.parametrize(
    ("target", "changes", "code"),
    [
        (LIST, {"main_account": "9", "account": "8"}, -1002),
        (LIST, {"permissions": ["enableFutures"]}, -2015),
        (LIST.partition("?")[0], {}, -1102),
        (ADDRESSES.partition("&")[0], {}, -1102),
        (ADDRESSES + "another", {}, -1099),
    ],
)
def test_binance_refuses_a_listing_that_is_not_for_this_key(
    play: Play, target: str, changes: dict[str, Any], code: int
) -> None:
    status, data = asked(play(main("binance", **changes), sub("binance")), target)
    assert (status, data["code"]) == (400, code)


def test_binance_has_no_keys_for_an_account_that_is_not_below(play: Play) -> None:
    sandbox = play(main("binance"), sub("binance"))
    assert asked(sandbox, LIST.replace("desk1", "desk9")) == (200, {"total": 0, "rows": []})


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"account_name": "desk1"}, "account_name must be an e-mail address"),
        ({"account": "desk1@example.test"}, "account must be a number in quotes"),
    ],
)
def test_binance_wants_numbers_and_an_address_of_a_sub_account(changes: dict[str, str], complaint: str) -> None:
    key = Key("binance", str(ENTRIES["binance"]["api_key"]), **changes)  # type: ignore[arg-type] # texts, all of them
    assert SIMULATED["binance"].problem(key) == complaint


# HTX


def test_htx_lists_sub_users_by_their_ids_in_pages(play: Play) -> None:
    subs = [sub("htx", f"-{number}", account=str(number)) for number in range(200, 98, -1)]
    sandbox = play(main("htx"), *subs)
    data = json.loads(ask(sandbox, "htx", target="/v2/sub-user/user-list")[1])
    assert data["data"] == [{"uid": number, "userState": "normal"} for number in range(99, 199)]
    assert (data["code"], data["nextId"]) == (200, 199)
    data = json.loads(ask(sandbox, "htx", target="/v2/sub-user/user-list?fromId=199")[1])
    assert data == {"code": 200, "data": [{"uid": uid, "userState": "normal"} for uid in (199, 200)]}


# Gate


def test_gate_spells_the_last_change_in_two_ways(play: Play) -> None:
    sandbox = play(main("gate"), sub("gate"))
    (own,) = json.loads(ask(sandbox, "gate", target="/api/v4/account/main_keys")[1])
    (below,) = json.loads(ask(sandbox, "gate")[1])
    assert ("update_at" in own, "updated_at" in own) == (True, False)
    assert ("update_at" in below, "updated_at" in below) == (False, True)
