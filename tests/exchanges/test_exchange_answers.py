"""Reading what an exchange says of a key: three values, and nothing concluded from what makes no sense."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.exchanges import adapter, binance, kraken
from keylint.exchanges.exchange import Answer, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

T = TypeVar("T")
HINT = "the exchange may have changed its answer; nothing was concluded from it"
# The examples of the exchanges' own pages.
BINANCE: dict[str, Any] = {
    "ipRestrict": True,
    "createTime": 1719830400000,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "enableMargin": False,
    "enableFutures": True,
    "permitsUniversalTransfer": False,
    "enableVanillaOptions": False,
    "enableFixApiTrade": False,
    "enableFixReadOnly": True,
    "enableSpotAndMarginTrading": True,
    "enablePortfolioMarginTrading": False,
}
KRAKEN: dict[str, Any] = {
    "apiKeyName": "grid-bot",
    "apiKey": "Ab1/CdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQr",
    "nonce": "1788000000000",
    "nonceWindow": 0,
    "permissions": ["query-funds", "query-open-trades", "modify-trades", "close-trades"],
    "iban": "AA12 B3C4 D5E6 F7G8",
    "validUntil": "0",
    "queryFrom": "0",
    "queryTo": "0",
    "createdTime": "1772542900",
    "modifiedTime": "1772543095",
    "ipAllowlist": ["203.0.113.7", "198.51.100.0/24"],
    "lastUsed": "1788000001",
}


def facts(name: str) -> Facts:
    found = facts_of(name)
    assert found
    return found


def of_binance(**fields: Any) -> LiveKey:
    data = {name: value for name, value in {**BINANCE, **fields}.items() if value is not ...}
    return binance.read(data, facts("binance"))


def of_kraken(**fields: Any) -> LiveKey:
    data = {name: value for name, value in {**KRAKEN, **fields}.items() if value is not ...}
    return kraken.read({"error": [], "result": data}, facts("kraken"))


def test_binance_example_is_read_whole() -> None:
    assert of_binance() == LiveKey(
        rights=("enableReading", "enableSpotAndMarginTrading", "enableFutures", "enableFixReadOnly"),
        ip_restricted=True,
        created=datetime(2024, 7, 1, 10, 40, tzinfo=UTC),
    )


def test_binance_key_that_is_open_has_an_empty_list() -> None:
    live = of_binance(ipRestrict=False)
    assert (live.ip_restricted, live.ip_allowlist) == (False, ())
    assert live.unknown == ("expires",)


@pytest.mark.parametrize("value", [None, ...])
def test_binance_field_that_is_absent_or_null_is_unknown(value: object) -> None:
    live = of_binance(ipRestrict=value, createTime=value, enableWithdrawals=value, enableFixApiTrade=value)
    assert (live.ip_restricted, live.ip_allowlist, live.created) == (UNKNOWN, UNKNOWN, UNKNOWN)
    assert live.unreported == ("enableWithdrawals",)
    assert live.unknown == ("ip_restricted", "ip_allowlist", "created", "expires", "enableWithdrawals")


def test_binance_end_of_the_trading_right_is_read() -> None:
    live = of_binance(tradingAuthorityExpirationTime=1719830400000)
    assert live.rights_expire == {"enableSpotAndMarginTrading": datetime(2024, 7, 1, 10, 40, tzinfo=UTC)}
    assert live.expires is UNKNOWN
    for value in (0, None, ...):
        assert of_binance(tradingAuthorityExpirationTime=value).rights_expire == {}


@pytest.mark.parametrize(
    ("name", "value", "is_on"),
    [
        ("enableAlphaWithdrawals", True, True),
        ("enableAlphaWithdrawals", False, False),
        ("enableAlphaWithdrawals", "true", True),
        ("enableAlphaWithdrawals", "TRUE", True),
        ("enableAlphaWithdrawals", "false", False),
        ("enableAlphaWithdrawals", 1, True),
        ("enableAlphaWithdrawals", 0, False),
        ("enableAlphaWithdrawals", None, False),
        ("enableAlphaWithdrawals", {"on": True}, True),
        ("permitsAll", "yes", True),
        ("canWithdraw", "granted", True),
        ("stockTrading", True, True),
        ("stockTrading", False, False),
        ("stockTrading", "true", False),
        ("updateTime", 1719830400000, False),
    ],
)
def test_binance_right_that_nobody_documented_is_kept_when_it_is_on(name: str, value: object, is_on: bool) -> None:
    assert of_binance(**{name: value}).unmapped == ((name,) if is_on else ())


def test_kraken_example_is_read_whole() -> None:
    assert of_kraken() == LiveKey(
        rights=("query-funds", "query-open-trades", "modify-trades", "close-trades"),
        ip_restricted=True,
        ip_allowlist=("203.0.113.7", "198.51.100.0/24"),
        created=datetime(2026, 3, 3, 13, 1, 40, tzinfo=UTC),
        expires=None,
        last_used=datetime(2026, 8, 29, 10, 40, 1, tzinfo=UTC),
        label="grid-bot",
        key_id="Ab1/CdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQr",
        account_id="AA12 B3C4 D5E6 F7G8",
    )


def test_kraken_empty_list_is_an_open_key() -> None:
    live = of_kraken(ipAllowlist=[])
    assert (live.ip_restricted, live.ip_allowlist, live.unknown) == (False, (), ())


def test_kraken_absent_is_unknown_and_null_use_is_never() -> None:
    live = of_kraken(ipAllowlist=..., createdTime=None, validUntil=..., lastUsed=None, apiKeyName=..., iban=None)
    assert (live.ip_restricted, live.ip_allowlist, live.created, live.expires) == (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)
    assert (live.last_used, live.label, live.account_id) == (None, UNKNOWN, UNKNOWN)
    assert of_kraken(lastUsed=...).last_used is UNKNOWN
    assert live.unknown == ("ip_restricted", "ip_allowlist", "created", "expires")


def test_kraken_end_is_read() -> None:
    assert of_kraken(validUntil="1772542900").expires == datetime(2026, 3, 3, 13, 1, 40, tzinfo=UTC)


def test_kraken_unknown_rights_are_kept_and_repeated_ones_counted_once() -> None:
    live = of_kraken(permissions=["query-funds", "futures-access", "query-funds", "", "futures-access"])
    assert (live.rights, live.unmapped) == (("query-funds",), ("futures-access", ""))


def test_kraken_key_without_any_right_is_a_key() -> None:
    assert of_kraken(permissions=[]).rights == ()


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("ipRestrict", "true", "ipRestrict is not true or false"),
        ("enableReading", 1, "enableReading is not true or false"),
        ("enableWithdrawals", "yes", "enableWithdrawals is not true or false"),
        ("enableFutures", [], "enableFutures is not true or false"),
        ("createTime", "soon", "createTime is not a time"),
        ("createTime", -1, "createTime is not a time"),
        ("createTime", 1.5, "createTime is not a time"),
        ("createTime", True, "createTime is not a time"),
        ("createTime", 10**30, "createTime is not a time"),
        ("createTime", 10**400, "createTime is not a time"),
        ("tradingAuthorityExpirationTime", {}, "tradingAuthorityExpirationTime is not a time"),
    ],
)
def test_binance_wrong_type_is_named_and_its_value_is_not_shown(field: str, value: object, what: str) -> None:
    with pytest.raises(Refusal) as caught:
        of_binance(**{field: value})
    assert (caught.value.reason, caught.value.message, caught.value.hint) == (
        Reason.BAD_ANSWER,
        f"the answer makes no sense: {what}",
        HINT,
    )


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("permissions", "query-funds", "permissions is not a list of texts"),
        ("permissions", ["query-funds", 1], "permissions is not a list of texts"),
        ("permissions", {"query-funds": True}, "permissions is not a list of texts"),
        ("permissions", None, "it holds no permissions"),
        ("permissions", ..., "it holds no permissions"),
        ("ipAllowlist", "203.0.113.7", "ipAllowlist is not a list of texts"),
        ("ipAllowlist", [None], "ipAllowlist is not a list of texts"),
        ("validUntil", "never", "validUntil is not a time"),
        ("validUntil", "-1", "validUntil is not a time"),
        ("validUntil", "1e9", "validUntil is not a time"),
        ("validUntil", "٣", "validUntil is not a time"),
        ("validUntil", "9" * 30, "validUntil is not a time"),
        ("createdTime", "99999999999999999", "createdTime is not a time"),
        ("lastUsed", [], "lastUsed is not a time"),
        ("apiKeyName", 7, "apiKeyName is not a text"),
        ("apiKey", {}, "apiKey is not a text"),
        ("iban", 1, "iban is not a text"),
    ],
)
def test_kraken_wrong_type_is_named_and_its_value_is_not_shown(field: str, value: object, what: str) -> None:
    with pytest.raises(Refusal) as caught:
        of_kraken(**{field: value})
    assert (caught.value.reason, caught.value.message) == (
        Reason.BAD_ANSWER,
        f"the answer makes no sense: {what}",
    )


@pytest.mark.parametrize(
    ("exchange", "data", "what"),
    [
        (binance, [], "it is not an object"),
        (binance, None, "it is not an object"),
        (binance, {}, "it holds no right at all"),
        (binance, {"ipRestrict": True}, "it holds no right at all"),
        (kraken, "x", "it is not an object"),
        (kraken, {"error": []}, "result is not an object"),
        (kraken, {"result": []}, "result is not an object"),
        (kraken, {"error": "EAPI:Invalid key"}, "result is not an object"),
    ],
)
def test_answer_of_another_shape_is_refused(exchange: ModuleType, data: object, what: str) -> None:
    with pytest.raises(Refusal) as caught:
        exchange.read(data, facts(exchange.__name__.rpartition(".")[2]))
    assert caught.value.message == f"the answer makes no sense: {what}"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(["binance", "kraken"]), st.data())
def test_whatever_comes_is_a_state_or_a_bad_answer(name: str, data: st.DataObject) -> None:
    whole = BINANCE if name == "binance" else KRAKEN
    some = data.draw(st.dictionaries(st.sampled_from(sorted(whole)) | st.text(max_size=12), ANYTHING, max_size=6))
    answer: Any = {**whole, **some}
    if name == "kraken":
        answer = {"error": data.draw(st.just([]) | ANYTHING), "result": answer}
    if data.draw(st.booleans()):
        answer = data.draw(ANYTHING)
    exchange = adapter(name)
    exchange.error(Answer(200, {}, answer))
    live = state_of(lambda: exchange.read(answer, facts(name)))
    if live:
        assert set(live.rights) <= facts(name).rights.keys()
        assert not set(live.unmapped) & facts(name).rights.keys()
    assert isinstance(state_of(lambda: exchange.server_time(answer)), int | None)


def state_of(read: Callable[[], T]) -> T | None:
    """Return what was read; None for a bad answer, and for nothing else."""
    try:
        return read()
    except Refusal as refused:
        reason = refused.reason
    assert reason is Reason.BAD_ANSWER
    return None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"code": -2015, "msg": "no"}, Error("-2015", "no")),
        ({"code": 0, "msg": ""}, Error("0", "")),
        ({"code": "-2015", "msg": "no"}, None),
        ({"code": -2015}, None),
        ({"msg": "no"}, None),
        ({"enableReading": True}, None),
        ([], None),
        (None, None),
    ],
)
def test_binance_error_is_code_and_message(data: object, expected: Error | None) -> None:
    assert binance.error(Answer(400, {}, data)) == expected


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (["EAPI:Invalid key"], Error("EAPI:Invalid key", "EAPI:Invalid key")),
        (
            ["EService:Throttled: 1788000000"],
            Error("EService:Throttled", "EService:Throttled: 1788000000", 1788000000000),
        ),
        (["EService:Throttled: soon"], Error("EService:Throttled", "EService:Throttled: soon")),
        (
            ["EGeneral:Invalid arguments:nonce"],
            Error("EGeneral:Invalid arguments", "EGeneral:Invalid arguments:nonce"),
        ),
        (["WDatabase:No change", "EAPI:Invalid nonce"], Error("EAPI:Invalid nonce", "EAPI:Invalid nonce")),
        (["WDatabase:No change"], None),
        (["unlike"], Error("unlike", "unlike")),
        ([""], Error("", "")),
        ([{"a": 1}], Error("{'a': 1}", "{'a': 1}")),
        ([], None),
        ("EAPI:Invalid key", None),
        (None, None),
    ],
)
def test_kraken_error_is_the_first_serious_one(errors: object, expected: Error | None) -> None:
    assert kraken.error(Answer(200, {}, {"error": errors})) == expected


def test_server_times_are_milliseconds() -> None:
    assert binance.server_time({"serverTime": 1499827319559}) == 1499827319559
    assert kraken.server_time({"error": [], "result": {"unixtime": 1616336594}}) == 1616336594000
    assert binance.server_time({"serverTime": "1499827319559"}) == 1499827319559


@pytest.mark.parametrize("value", [None, "soon", True, 1.5, -1, 1 << 64, 10**4000, [], {}])
def test_server_time_that_is_no_number_is_refused(value: object) -> None:
    for exchange, data in ((binance, {"serverTime": value}), (kraken, {"result": {"unixtime": value}})):
        with pytest.raises(Refusal) as caught:
            exchange.server_time(data)
        assert caught.value.reason is Reason.BAD_ANSWER
