"""Listings: which calls they take and what each asks, what is kept of the answers, and what they refuse."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.exchanges import binance, bingx, bitget, bybit, gate, htx, kucoin, mexc, okx, upbit, whitebit
from keylint.exchanges.exchange import Answer, Credentials, Error, Listing, Request, Step, Steps
from keylint.exchanges.listing import MOST_CALLS, bounded, pages
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_700_000_000_000
SECRET = "keylint-demo-secret"
CANARY = "a-secret-that-nothing-may-keep"
GIVEN = Credentials({"api_key": Secret("demo-key"), "api_secret": Secret(SECRET), "passphrase": Secret("Passphrase1")})
# What goes along with every request, whatever it asks.
_FIXED = {"recvWindow", "timestamp", "signature", "AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp"}
_FIXED |= {"Signature"}
CREATED = datetime.fromtimestamp(1_719_830_400, UTC)
Asked = tuple[str, dict[str, str]]
"""The use of a call, and what it asks; a filled-in path stands under `path`."""


@dataclass(frozen=True)
class World:
    """An exchange that answers: `answers` holds what each call gets; `keys` is what its listing must show."""

    module: ModuleType
    answers: Mapping[str, Any]
    calls: list[Asked]
    keys: tuple[LiveKey, ...]
    rows: str = ""

    @property
    def facts(self) -> Facts:
        found = facts_of(self.module.__name__.rpartition(".")[2])
        assert found
        return found


def request_of(world_facts: Facts, module: ModuleType, step: Step) -> Request:
    """Return the request of a call as the driver makes it."""
    (call,) = [call for call in world_facts.calls if call.use == step.use]
    made: Request = (step.sign or module.sign)(call.method, call.path, GIVEN, NOW_MS)
    return made


def asked_of(facts: Facts, module: ModuleType, step: Step) -> Asked:
    request = request_of(facts, module, step)
    said = {name: value for name, value in parse_qsl(request.query) if name not in _FIXED}
    (call,) = [call for call in facts.calls if call.use == step.use]
    if "{" in call.path:
        said["path"] = request.path
    return step.use, said


def answer_of(answers: Mapping[str, Any], asked: Asked) -> Any:
    """Return the answer to a call: by its use and one of the values that it asks with, else by its use alone."""
    use, said = asked
    keyed = [f"{use} {value}" for value in reversed(said.values())]
    return deepcopy(next((answers[name] for name in keyed if name in answers), answers.get(use)))


def walk(world: World, answers: Mapping[str, Any] | None = None) -> tuple[list[Asked], Any]:
    """Take a whole listing; return the calls and the data."""
    steps: Steps = world.module.listing(GIVEN, NOW_MS)
    calls: list[Asked] = []
    told: Any = None
    while True:
        try:
            step = steps.send(told)
        except StopIteration as end:
            return calls, end.value
        assert step.use in world.module.LISTS
        calls.append(asked_of(world.facts, world.module, step))
        told = answer_of(world.answers if answers is None else answers, calls[-1])
        assert not isinstance(told, Error) or told.code in step.accepts


def secretly(node: Any) -> Any:
    """Return an answer in which every object but the groups of rights holds secrets, under the names that they have."""
    if isinstance(node, dict):
        names = ("secret", "secretKey", "apiSecret", "api_secret", "client_secret", "passphrase")
        whole = {name: inner if name == "permissions" else secretly(inner) for name, inner in node.items()}
        return {**whole, **dict.fromkeys(names, CANARY)}
    return [secretly(inner) for inner in node] if isinstance(node, list) else node


def okx_data(*rows: Any) -> dict[str, Any]:
    return {"code": "0", "msg": "", "data": list(rows)}


def bybit_data(**result: Any) -> dict[str, Any]:
    return {"retCode": 0, "retMsg": "", "result": result}


OKX = World(
    okx,
    {
        "list-accounts": okx_data({"subAcct": "desk 1", "uid": "7", "ts": "1"}, {"subAcct": "empty", "uid": "8"}),
        "list desk 1": okx_data(
            {
                "label": "bot",
                "apiKey": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
                "perm": "read_only,trade,new",
                "ip": "203.0.113.7",
                "ts": "1719830400000",
            }
        ),
        "list empty": Error("59506", "API key doesn't exist"),
    },
    [
        ("list-accounts", {"limit": "100"}),
        ("list", {"subAcct": "desk 1"}),
        ("list", {"subAcct": "empty"}),
    ],
    (
        LiveKey(
            ("read_only", "trade"),
            unmapped=("new",),
            ip_restricted=True,
            ip_allowlist=("203.0.113.7",),
            created=CREATED,
            label="bot",
            key_id="0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
            account_id="7",
        ),
    ),
    "list desk 1/data",
)

_BYBIT_ROW = {
    "id": "3000002",
    "ips": ["203.0.113.7"],
    "apiKey": "ZyXwVuTsRqPoNmLkJi",
    "note": "desk1",
    "status": 1,
    "expiredAt": "1970-01-01T00:00:00Z",
    "createdAt": "2024-07-01T10:40:00Z",
    "type": 1,
    "permissions": {"ContractTrade": ["Order"], "Spot": [], "Wallet": ["SubMemberTransferList"], "New": ["X"]},
    "secret": "******",
    "readOnly": False,
    "deadlineDay": -1,
    "flag": "hmac",
}
_BYBIT_GROUPS = {"ContractTrade", "Spot", "Wallet", "New"}
_BYBIT_RIGHTS = facts_of("bybit")
assert _BYBIT_RIGHTS
_BYBIT_SILENT = tuple(name for name in _BYBIT_RIGHTS.rights if name.partition(".")[0] not in _BYBIT_GROUPS)
_BYBIT_KEY = LiveKey(
    ("ContractTrade.Order", "Wallet.SubMemberTransferList"),
    unmapped=("New.X",),
    unreported=_BYBIT_SILENT,
    ip_restricted=True,
    ip_allowlist=("203.0.113.7",),
    created=CREATED,
    expires=None,
    label="desk1",
    key_id="ZyXwVuTsRqPoNmLkJi",
    account_id="100000001",
    read_only=False,
)
BYBIT = World(
    bybit,
    {
        "list-accounts": bybit_data(subMembers=[{"uid": "100000001", "username": "desk1"}], nextCursor="77"),
        "list-accounts 77": bybit_data(subMembers=[{"uid": "100000002"}], nextCursor="0"),
        "list 100000001": bybit_data(result=[_BYBIT_ROW], nextPageCursor="next/1"),
        "list next/1": bybit_data(result=[{**_BYBIT_ROW, "readOnly": True, "apiKey": "k2"}], nextPageCursor=""),
        "list 100000002": bybit_data(result=[], nextPageCursor=None),
    },
    [
        ("list-accounts", {"pageSize": "100"}),
        ("list-accounts", {"pageSize": "100", "nextCursor": "77"}),
        ("list", {"subMemberId": "100000001", "limit": "20"}),
        ("list", {"subMemberId": "100000001", "limit": "20", "cursor": "next/1"}),
        ("list", {"subMemberId": "100000002", "limit": "20"}),
    ],
    (_BYBIT_KEY, _BYBIT_KEY._replace(rights=(), unmapped=(), unreported=(), key_id="k2", read_only=True)),
    "list 100000001/result/result",
)

KUCOIN = World(
    kucoin,
    {
        "list-accounts 1": {
            "code": "200000",
            "data": {"currentPage": 1, "totalPage": 2, "items": [{"subName": "desk1", "uid": 9, "userId": "x"}]},
        },
        "list-accounts 2": {"code": "200000", "data": {"currentPage": 2, "totalPage": 2, "items": []}},
        "list desk1": {
            "code": "200000",
            "data": [
                {
                    "remark": "bot",
                    "apiKey": "66828780d4e5f60718293a4b",
                    "apiVersion": 3,
                    "permission": "General,Transfer,New",
                    "ipWhitelist": "203.0.113.7",
                    "createdAt": 1_719_830_400_000,
                    "isMaster": False,
                    "subName": "desk1",
                }
            ],
        },
    },
    [
        ("list-accounts", {"currentPage": "1", "pageSize": "100"}),
        ("list-accounts", {"currentPage": "2", "pageSize": "100"}),
        ("list", {"subName": "desk1"}),
    ],
    (
        LiveKey(
            ("General", "Transfer"),
            unmapped=("New",),
            ip_restricted=True,
            ip_allowlist=("203.0.113.7",),
            created=CREATED,
            label="bot",
            key_id="66828780d4e5f60718293a4b",
            account_id="9",
        ),
    ),
    "list desk1/data",
)

MEXC = World(
    mexc,
    {
        "list-accounts": {"subAccounts": [{"subAccount": "desk1", "isFreeze": False, "createTime": 1}]},
        "list desk1": {
            "subAccount": [
                {
                    "note": "bot",
                    "apiKey": "mx0EXAMPLEexample1",
                    "permissions": "SPOT_ACCOUNT_READ,read_only,SPOT_NEW_WRITE",
                    "ip": "",
                    "creatTime": 1_719_830_400_000,
                }
            ]
        },
    },
    [("list-accounts", {"page": "1", "limit": "100"}), ("list", {"subAccount": "desk1"})],
    (
        LiveKey(
            ("SPOT_ACCOUNT_READ", "read_only"),
            unmapped=("SPOT_NEW_WRITE",),
            ip_restricted=False,
            ip_allowlist=(),
            created=CREATED,
            label="bot",
            key_id="mx0EXAMPLEexample1",
        ),
    ),
    "list desk1/subAccount",
)

_GATE_ROW = {
    "state": 1,
    "mode": 1,
    "name": "bot-eu",
    "user_id": 10001,
    "perms": [{"name": "spot", "read_only": False}, {"name": "new", "read_only": False}],
    "ip_whitelist": ["203.0.113.10"],
    "currency_pairs": [],
    "key": "0a1b2c3d4e5f*****",
    "created_at": 1_719_830_400,
    "update_at": 1_756_300_567,
    "last_access": 1_767_000_000,
}
_GATE_KEY = LiveKey(
    ("spot.read_write",),
    unmapped=("new.read_write",),
    unreported=("withdrawal.read_write",),
    ip_restricted=True,
    ip_allowlist=("203.0.113.10",),
    created=CREATED,
    last_used=datetime.fromtimestamp(1_767_000_000, UTC),
    label="bot-eu",
    key_id="0a1b2c3d4e5f*****",
    account_id="10001",
)
GATE = World(
    gate,
    {
        "key": [_GATE_ROW],
        "list-accounts": [{"user_id": 10002, "login_name": "desk1"}],
        "list": [{**_GATE_ROW, "key": "ab" * 16, "user_id": None}, {**_GATE_ROW, "key": {"mode": 1}}],
    },
    [
        ("key", {}),
        ("list-accounts", {}),
        ("list", {"path": "/api/v4/sub_accounts/10002/keys"}),
    ],
    (
        _GATE_KEY,
        _GATE_KEY._replace(key_id="ab" * 16, account_id=UNKNOWN),
        _GATE_KEY._replace(key_id=UNKNOWN),
    ),
    "list",
)

_HTX_ROW = {
    "accessKey": "1a2b3c4d-5e6f7a8b-9c0d1e2f-ab12c",
    "status": "normal",
    "note": "bot",
    "permission": "readOnly,trade",
    "ipAddresses": "",
    "validDays": 7,
    "createTime": 1_719_830_400_000,
}
_HTX_KEY = LiveKey(
    ("readOnly", "trade"),
    ip_restricted=False,
    ip_allowlist=(),
    created=CREATED,
    expires=datetime.fromtimestamp(NOW_MS / 1000 + 7 * 86_400, UTC),
    label="bot",
    key_id="1a2b3c4d-5e6f7a8b-9c0d1e2f-ab12c",
    account_id="1",
)
HTX = World(
    htx,
    {
        "account": {"code": 200, "data": 1},
        "key 1": {"code": 200, "data": [_HTX_ROW]},
        "list-accounts": {"code": 200, "data": [{"uid": 2, "userState": "normal"}], "nextId": 55},
        "list-accounts 55": {"code": 200, "data": [{"uid": 3, "userState": "lock"}]},
        "key 2": {"code": 200, "data": [{**_HTX_ROW, "accessKey": "k2", "permission": "readOnly,lend"}]},
        "key 3": {"code": 200, "data": []},
    },
    [
        ("account", {}),
        ("key", {"uid": "1"}),
        ("list-accounts", {}),
        ("list-accounts", {"fromId": "55"}),
        ("key", {"uid": "2"}),
        ("key", {"uid": "3"}),
    ],
    (_HTX_KEY, _HTX_KEY._replace(rights=("readOnly",), unmapped=("lend",), key_id="k2", account_id="2")),
    "key 2/data",
)

BITGET = World(
    bitget,
    {
        "list-accounts": {
            "code": "00000",
            "data": {
                "endId": 51,
                "subAccountList": [
                    {"subAccountUid": "7000", "status": "del"},
                    {"subAccountUid": "7001", "label": "mySub01", "status": "normal"},
                ],
            },
        },
        "list 7001": {
            "code": "00000",
            "data": [
                {
                    "subAccountUid": "7001",
                    "subAccountApiKey": "bg_1",
                    "label": "bot",
                    "permList": ["read", "spot_trade", "new"],
                    "ipList": ["203.0.113.7"],
                }
            ],
        },
    },
    [("list-accounts", {"limit": "100"}), ("list", {"subAccountUid": "7001"})],
    (
        LiveKey(
            ("read", "spot_trade"),
            unmapped=("new",),
            ip_restricted=True,
            ip_allowlist=("203.0.113.7",),
            label="bot",
            key_id="bg_1",
            account_id="7001",
        ),
    ),
    "list 7001/data",
)
_UNIFIED_ROW = {
    "apiKey": "bg_2",
    "type": "read_write",
    "note": "bot",
    "permissions": ["uta_mgt", "new"],
    "ips": [],
    "ts": "1719830400000",
}
BITGET_UNIFIED = World(
    bitget,
    {
        "list-accounts": Error("40085", "unified"),
        "list-accounts-unified": {
            "code": "00000",
            "data": {"list": [{"subUid": "8001"}], "hasNext": False, "cursor": "1"},
        },
        "list-unified 8001": {
            "code": "00000",
            "data": {"items": [_UNIFIED_ROW, {**_UNIFIED_ROW, "type": "read_only", "apiKey": "bg_3"}]},
        },
    },
    [
        ("list-accounts", {"limit": "100"}),
        ("list-accounts-unified", {"limit": "100"}),
        ("list-unified", {"subUid": "8001", "limit": "100"}),
    ],
    (
        LiveKey(
            ("uta_mgt.read-and-write",),
            unmapped=("new.read-and-write",),
            ip_restricted=False,
            ip_allowlist=(),
            label="bot",
            key_id="bg_2",
            account_id="8001",
        ),
        LiveKey(
            ("uta_mgt.read-only",),
            unmapped=("new.read-only",),
            ip_restricted=False,
            ip_allowlist=(),
            label="bot",
            key_id="bg_3",
            account_id="8001",
        ),
    ),
    "list-unified 8001/data/items",
)

_BINGX_ROW = {
    "apiKey": "zF*******zQ",
    "note": "bot",
    "permissions": [1, 2, 6],
    "ipAddresses": ["203.0.113.10"],
    "status": 0,
    "createTime": 1_719_830_400_000,
    "updateTime": 1_719_830_400_001,
}
_BINGX_KEY = LiveKey(
    ("enableReading", "enableSpotAndMarginTrading"),
    unmapped=("6",),
    unreported=("Manage Subaccounts",),
    ip_restricted=True,
    ip_allowlist=("203.0.113.10",),
    created=CREATED,
    label="bot",
    key_id="zF*******zQ",
    account_id="1",
)
BINGX = World(
    bingx,
    {
        "account": {"code": 0, "data": {"uid": 1}},
        "list 1": {"code": 0, "data": {"apiInfos": [_BINGX_ROW]}},
        "list-accounts 1": {"code": 0, "data": {"total": 1, "result": [{"subUid": 2, "freeze": False}]}},
        "list-accounts 2": {"code": 0, "data": {"total": 1, "result": []}},
        "list 2": {"code": 0, "data": {"apiKeyList": [{**_BINGX_ROW, "ipAddresses": [""]}]}},
    },
    [
        ("account", {}),
        ("list", {"uid": "1"}),
        ("list-accounts", {"limit": "100", "page": "1"}),
        ("list-accounts", {"limit": "100", "page": "2"}),
        ("list", {"uid": "2"}),
    ],
    # A list that holds nothing but an empty text is none; that the key is bound to none is then known, too.
    (_BINGX_KEY, _BINGX_KEY._replace(ip_restricted=False, ip_allowlist=(), account_id="2")),
    "list 2/data/apiKeyList",
)

_BINANCE_ROW = {
    "email": "desk1+a@example.test",
    "apiName": "desk1-bot",
    "apikey": "AbCdEf",
    "canTrade": True,
    "canMarginLoanRepay": False,
    "canFuturesTrade": False,
    "canUniversalTransfer": True,
    "canVanillaOptions": False,
    "canFly": True,
    "timestamp": 1_719_830_400_000,
}
_BINANCE_KEY = LiveKey(
    ("enableSpotAndMarginTrading", "permitsUniversalTransfer"),
    unmapped=("canFly",),
    unreported=(
        "enableReading",
        "enablePortfolioMarginTrading",
        "enableInternalTransfer",
        "enableWithdrawals",
        "enableFixApiTrade",
        "enableFixReadOnly",
    ),
    ip_restricted=True,
    ip_allowlist=("203.0.113.7", "203.0.113.8"),
    label="desk1-bot",
    key_id="AbCdEf",
    account_id="12",
)
BINANCE = World(
    binance,
    {
        "list-accounts": {"subAccounts": [{"email": "desk1+a@example.test", "subUserId": 12}]},
        "list": {"total": 2, "rows": [_BINANCE_ROW, {**_BINANCE_ROW, "apikey": "open", "canTrade": None}]},
        "list-addresses AbCdEf": {"ipRestrict": "true", "ipList": ["203.0.113.7", "203.0.113.8"], "apiKey": "AbCdEf"},
        "list-addresses open": {"ipRestrict": "false", "apiKey": "open"},
    },
    [
        ("list-accounts", {"page": "1", "limit": "100"}),
        ("list", {"email": "desk1+a@example.test", "page": "1", "size": "100"}),
        ("list-addresses", {"email": "desk1+a@example.test", "subAccountApiKey": "AbCdEf"}),
        ("list-addresses", {"email": "desk1+a@example.test", "subAccountApiKey": "open"}),
    ],
    (
        _BINANCE_KEY,
        _BINANCE_KEY._replace(
            rights=("permitsUniversalTransfer",),
            unreported=("enableReading", "enableSpotAndMarginTrading", *_BINANCE_KEY.unreported[1:]),
            ip_restricted=False,
            ip_allowlist=(),
            key_id="open",
        ),
    ),
    "list/rows",
)

WORLDS = {
    "okx": OKX,
    "bybit": BYBIT,
    "kucoin": KUCOIN,
    "mexc": MEXC,
    "gate": GATE,
    "htx": HTX,
    "bitget": BITGET,
    "bitget-unified": BITGET_UNIFIED,
    "bingx": BINGX,
    "binance": BINANCE,
}
EACH = pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)


@EACH
def test_calls_are_those_of_the_facts_and_every_key_is_shown(world: World) -> None:
    assert isinstance(world.module, Listing)
    calls, data = walk(world)
    assert calls == world.calls
    assert set(world.module.LISTS) <= {call.use for call in world.facts.calls}
    assert world.module.read_listing(data, world.facts) == world.keys


@EACH
def test_secrets_are_dropped_at_the_door(world: World) -> None:
    answers = {
        name: answer if isinstance(answer, Error) else secretly(answer) for name, answer in world.answers.items()
    }
    _, data = walk(world, answers)
    assert CANARY not in repr(data)
    assert world.module.read_listing(data, world.facts) == world.keys


@EACH
def test_nothing_but_fields_of_a_key_is_kept(world: World) -> None:
    """What the exchange says of the person, such as an e-mail address, is no fact of a key."""
    assert "@" not in repr(walk(world)[1])


def rows_in(answers: Mapping[str, Any], path: str) -> list[Any]:
    """Return the list at a place in the answers."""
    name, *fields = path.split("/")
    node = answers[name]
    for field in fields:
        node = node[field]
    assert isinstance(node, list)
    return node


@EACH
@pytest.mark.parametrize("row", [7, None, "x", []], ids=repr)
def test_row_that_is_no_object_is_refused(world: World, row: Any) -> None:
    answers = dict(deepcopy(dict(world.answers)))
    rows_in(answers, world.rows)[0] = row
    with pytest.raises(Refusal) as caught:
        walk(world, answers)
    assert caught.value.reason is Reason.BAD_ANSWER


def kept_rows(data: Any) -> list[dict[str, Any]]:
    """Return the rows of the sub-accounts, as a listing hands them on."""
    rows = data if isinstance(data, list) else data.get("keys") or data["sub-accounts"]
    assert isinstance(rows, list)
    return rows


@EACH
def test_wrong_type_of_any_field_is_refused(world: World) -> None:
    _, data = walk(world)
    for field in kept_rows(data)[0]:
        broken = deepcopy(data)
        if field == "canFly":
            continue  # what may be a right is reported, whatever it looks like
        kept_rows(broken)[0][field] = [[7]]
        with pytest.raises(Refusal) as caught:
            world.module.read_listing(broken, world.facts)
        assert caught.value.reason is Reason.BAD_ANSWER
        assert "[7]" not in caught.value.message


@EACH
def test_listing_of_another_shape_is_refused(world: World) -> None:
    for data in (None, 7, "x", {"keys": 7}, [7], {"account": [], "sub-accounts": [7]}):
        with pytest.raises(Refusal) as caught:
            world.module.read_listing(data, world.facts)
        assert caught.value.reason is Reason.BAD_ANSWER


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(WORLDS)), st.data())
def test_whatever_an_answer_is_the_end_is_keys_or_a_refusal(name: str, data: st.DataObject) -> None:
    world = WORLDS[name]
    answers = dict(world.answers)
    answers[data.draw(st.sampled_from(sorted(answers)))] = data.draw(ANYTHING)
    try:
        keys = world.module.read_listing(walk(world, answers)[1], world.facts)
    except Refusal as refused:
        reason = refused.reason
        assert reason is Reason.BAD_ANSWER
    else:
        assert all(isinstance(key, LiveKey) for key in keys)


MANY: dict[str, tuple[str, Callable[[list[Any]], Any], Callable[[int], Any]]] = {
    "okx": ("list-accounts", lambda rows: okx_data(*rows), lambda number: {"subAcct": str(number)}),
    "bybit": (
        "list-accounts",
        lambda rows: bybit_data(subMembers=rows, nextCursor="0"),
        lambda number: {"uid": str(number)},
    ),
    "kucoin": (
        "list-accounts 1",
        lambda rows: {"code": "200000", "data": {"totalPage": 1, "items": rows}},
        lambda number: {"subName": str(number)},
    ),
    "mexc": ("list-accounts", lambda rows: {"subAccounts": rows}, lambda number: {"subAccount": str(number)}),
    "gate": ("list-accounts", lambda rows: rows, lambda number: {"user_id": number}),
    "htx": ("list-accounts", lambda rows: {"code": 200, "data": rows}, lambda number: {"uid": number}),
    "bitget": (
        "list-accounts",
        lambda rows: {"data": {"subAccountList": rows}},
        lambda number: {"subAccountUid": str(number)},
    ),
    "bitget-unified": (
        "list-accounts-unified",
        lambda rows: {"data": {"list": rows}},
        lambda number: {"subUid": str(number)},
    ),
    "bingx": (
        "list-accounts 1",
        lambda rows: {"data": {"result": rows}},
        lambda number: {"subUid": number},
    ),
    "binance": (
        "list-accounts",
        lambda rows: {"subAccounts": rows},
        lambda number: {"email": f"{number}@example.test"},
    ),
}


def too_many(world: World, answers: Mapping[str, Any]) -> tuple[int, str]:
    """Take a listing that is refused; return how many calls were made, and why it ended."""
    steps: Steps = world.module.listing(GIVEN, NOW_MS)
    calls, told = 0, None
    while True:
        try:
            step = steps.send(told)
        except Refusal as refused:
            end = refused
            break
        calls += 1
        told = answer_of(answers, asked_of(world.facts, world.module, step))
    assert end.reason is Reason.UNSUPPORTED
    assert end.hint
    return calls, end.message


@pytest.mark.parametrize("name", MANY)
def test_more_sub_accounts_than_calls_are_refused_before_they_are_asked_for(name: str) -> None:
    world = WORLDS[name]
    use, wrap, row = MANY[name]
    answers = {**world.answers, use: wrap([row(number) for number in range(MOST_CALLS)])}
    calls, message = too_many(world, answers)
    assert calls == [call[0] for call in world.calls].index(use.partition(" ")[0]) + 1
    assert message == "to list its keys takes more than 100 calls"


def test_list_whose_end_is_not_documented_is_refused_when_more_follows() -> None:
    answers = {**BITGET_UNIFIED.answers, "list-unified 8001": {"data": {"list": [_UNIFIED_ROW], "hasNext": True}}}
    assert too_many(BITGET_UNIFIED, answers) == (3, "to list its keys takes more than 100 calls")


def test_binance_allows_fewer_calls_in_a_minute() -> None:
    rows = [{"email": f"{number}@example.test"} for number in range(70)]
    answers = {"list-accounts": {"subAccounts": rows}, "list": {"rows": []}}
    assert too_many(BINANCE, answers) == (60, "to list its keys takes more than 60 calls")


def test_cursor_without_an_end_is_refused() -> None:
    answers = {**BYBIT.answers, "list 100000001": bybit_data(result=[], nextPageCursor="again")}
    answers["list again"] = bybit_data(result=[], nextPageCursor="again")
    assert too_many(BYBIT, answers) == (100, "to list its keys takes more than 100 calls")


def test_limit_counts_calls_and_lets_the_last_one_end() -> None:
    def three() -> Steps:
        for _ in range(3):
            yield Step("list")
        return "done"

    steps = bounded(three(), 3)
    assert [steps.send(None).use for _ in range(3)] == ["list"] * 3
    with pytest.raises(StopIteration) as ended:
        steps.send(None)
    assert ended.value.value == "done"
    steps = bounded(three(), 2)
    assert [steps.send(None).use for _ in range(2)] == ["list"] * 2
    with pytest.raises(Refusal):
        steps.send(None)


def test_pages_stop_at_too_many_rows() -> None:
    steps = pages(lambda mark: Step("list", None, (mark,)), lambda data, mark: (data, f"{mark}x"), "x")
    assert next(steps) == Step("list", None, ("x",))
    assert steps.send([{}] * 60) == Step("list", None, ("xx",))
    with pytest.raises(Refusal) as caught:
        steps.send([{}] * 60)
    assert caught.value.reason is Reason.UNSUPPORTED


def sha256(text: str) -> bytes:
    return hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest()


def test_okx_signs_the_query_by_our_own_vector() -> None:
    given = Credentials(
        {
            "api_key": Secret("k"),
            "api_secret": Secret("22582BD0CFF14C41EDBF1AB98506286D"),
            "passphrase": Secret("p"),
        }
    )
    request = okx.sign("GET", "/api/v5/users/subaccount/apikey", given, 1_607_418_537_715, {"subAcct": "desk1"})
    assert request.query == "subAcct=desk1"
    assert request.headers["OK-ACCESS-SIGN"] == "Ta21K7IPxlpqgTXLCOA/y/O5YApXsumyqOF8EScAkxs="


def test_bybit_signs_the_query_by_our_own_vector() -> None:
    given = Credentials({"api_key": Secret("k" * 18), "api_secret": Secret("s" * 36)})
    asked = {"subMemberId": "100000001", "limit": "20"}
    request = bybit.sign("GET", "/v5/user/sub-apikeys", given, NOW_MS, asked)
    assert request.query == "subMemberId=100000001&limit=20"
    expected = "b5a523c717eb1cb684c4666ddc5e586e44a037578ab65c2b246e0fb955388784"
    assert request.headers["X-BAPI-SIGN"] == expected


@pytest.mark.parametrize("asked", [{"subName": "desk1"}, {"subName": "a b/c+d&e=é"}])
def test_kucoin_and_bitget_sign_the_query_before_it_is_encoded(asked: dict[str, str]) -> None:
    """Computed here by the standard library alone, as the pages describe it: no vector with a query is published."""
    plain = f"subName={asked['subName']}"
    request = kucoin.sign("GET", "/x", GIVEN, NOW_MS, asked)
    assert unquote(request.query) == plain
    assert request.query.isascii()
    assert " " not in request.query
    assert base64.b64decode(request.headers["KC-API-SIGN"]) == sha256(f"{NOW_MS}GET/x?{plain}")
    request = bitget.sign("GET", "/x", GIVEN, NOW_MS, asked)
    assert unquote(request.query) == plain
    assert base64.b64decode(request.headers["ACCESS-SIGN"]) == sha256(f"{NOW_MS}GET/x?{plain}")


@pytest.mark.parametrize(("module", "name"), [(mexc, "subAccount"), (binance, "email")])
def test_mexc_and_binance_sign_the_query_as_it_is_sent(module: ModuleType, name: str) -> None:
    request = module.sign("GET", "/x", GIVEN, NOW_MS, {name: "a b+c@example.test"})
    text, _, signature = request.query.rpartition("&signature=")
    assert text == f"{name}=a%20b%2Bc%40example.test&recvWindow=5000&timestamp={NOW_MS}"
    assert signature == sha256(text).hex()


def test_bingx_signs_the_query_by_name() -> None:
    request = bingx.sign("GET", "/x", GIVEN, NOW_MS, {"uid": "7", "page": "1"})
    text, _, signature = request.query.rpartition("&signature=")
    assert text == f"page=1&recvWindow=5000&timestamp={NOW_MS}&uid=7"
    assert signature == sha256(text).hex()


def test_gate_signs_the_path_with_the_account_in_it() -> None:
    path = "/api/v4/sub_accounts/{user_id}/keys"
    request = gate.sign("GET", path, GIVEN, NOW_MS, user_id="10002")
    assert request.path == "/api/v4/sub_accounts/10002/keys"
    text = f"GET\n{request.path}\n\n{hashlib.sha512(b'').hexdigest()}\n{NOW_MS // 1000}"
    assert request.headers["SIGN"] == hmac.new(SECRET.encode(), text.encode(), hashlib.sha512).hexdigest()


@pytest.mark.parametrize(
    ("world", "use", "empty"),
    [
        (GATE, "key", []),
        (HTX, "key 1", {"code": 200, "data": []}),
        (BINGX, "list 1", {"code": 0, "data": {"apiInfos": []}}),
    ],
)
def test_list_of_the_own_account_holds_the_asking_key_at_least(world: World, use: str, empty: Any) -> None:
    """Else every key that is declared there would seem to be gone."""
    with pytest.raises(Refusal) as caught:
        walk(world, {**world.answers, use: empty})
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("uid", ["..", "1/../../spot", "", None, -1, True, [1]])
def test_id_that_goes_into_a_path_is_a_number(uid: Any) -> None:
    with pytest.raises(Refusal) as caught:
        walk(GATE, {**GATE.answers, "list-accounts": [{"user_id": uid}]})
    assert caught.value.reason is Reason.BAD_ANSWER


def test_row_without_any_right_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        binance.read_listing([{"apikey": "k", "apiName": "bot"}], BINANCE.facts)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_every_module_that_lists_is_tested_here_or_beside_its_own_inspection() -> None:
    named = {world.module for world in WORLDS.values()}
    assert all(isinstance(module, Listing) for module in (*named, upbit, whitebit))


def test_refusals_of_a_listing_are_those_of_the_exchange() -> None:
    """A key of a sub-account, or one without the right, is told apart from an account without sub-accounts."""
    told = okx.error(Answer(200, {}, {"code": "59500", "msg": "Only the APIKey of the main account has permission."}))
    assert told
    assert OKX.facts.error(told.code)
