"""The listings of nine exchanges against the simulated ones, which were written apart from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from tests.live.listed import listed, played
from tests.live.trial import SKEWS
from tests.sandbox.hands import DESK, entry

CREATED = datetime(2026, 9, 1, 8, tzinfo=UTC)
SUB = {
    "account": "100000002",
    "main_account": "100000001",
    "account_name": "desk1",
    "ip_allowlist": ["203.0.113.10"],
    "created": "2026-09-01T08:00:00Z",
    "label": "grid-bot",
}
KEY = LiveKey(
    (),
    ip_restricted=True,
    ip_allowlist=("203.0.113.10",),
    created=CREATED,
    label="grid-bot",
    account_id="100000002",
)


@dataclass(frozen=True)
class Shown:
    """`live`: a sub-account's key, as it is; `key`: as the listing shows it. `own`: the main account's are listed."""

    live: Mapping[str, Any]
    key: LiveKey
    main: Mapping[str, Any] = field(default_factory=dict)
    own: bool = False
    exchange: str = ""


_BYBIT_SILENT = (
    "FiatP2P.FiatP2POrder",
    "FiatP2P.Advertising",
    "FiatBitPay.FaitPayOrder",
    "FiatConvertBroker.FiatConvertBrokerOrder",
    "BitCard.BitCard",
    "ByXPost.ByXPost",
    "Affiliate.Affiliate",
)
EXCHANGES = {
    "okx": Shown({"permissions": ["read_only", "trade"]}, KEY._replace(rights=("read_only", "trade"))),
    "bybit": Shown(
        {"permissions": ["Spot.SpotTrade"]},
        KEY._replace(rights=("Spot.SpotTrade",), unreported=_BYBIT_SILENT, expires=None, read_only=False),
        main={"permissions": ["Wallet.AccountTransfer"]},
    ),
    "kucoin": Shown({"permissions": ["General", "Spot"]}, KEY._replace(rights=("General", "Spot"))),
    "mexc": Shown(
        {"permissions": ["SPOT_ACCOUNT_READ", "SPOT_DEAL_WRITE"]},
        KEY._replace(rights=("SPOT_ACCOUNT_READ", "SPOT_DEAL_WRITE")),
    ),
    "htx": Shown(
        {"permissions": ["readOnly", "trade"], "account_name": None},
        KEY._replace(rights=("readOnly", "trade"), expires=None),
        own=True,
    ),
    "bitget": Shown(
        {"permissions": ["stor", "stow"]},
        KEY._replace(rights=("read", "spot_trade"), created=UNKNOWN),
        main={"ip_allowlist": ["203.0.113.7"]},
    ),
    "bitget-unified": Shown(
        {"permissions": ["uta_trade.read-and-write"], "unified": True},
        KEY._replace(rights=("uta_trade.read-and-write",), created=UNKNOWN),
        main={"permissions": ["uta_mgt.read-and-write"], "unified": True, "ip_allowlist": ["203.0.113.7"]},
        exchange="bitget",
    ),
    "bingx": Shown(
        {"permissions": ["enableReading", "enableSpotAndMarginTrading"]},
        KEY._replace(rights=("enableReading", "enableSpotAndMarginTrading"), unreported=("Manage Subaccounts",)),
        own=True,
    ),
    "binance": Shown(
        {"permissions": ["enableReading", "enableSpotAndMarginTrading"], "account_name": "desk1@example.test"},
        KEY._replace(
            rights=("enableSpotAndMarginTrading",),
            unreported=(
                "enableReading",
                "enablePortfolioMarginTrading",
                "enableInternalTransfer",
                "enableWithdrawals",
                "enableFixApiTrade",
                "enableFixReadOnly",
            ),
            created=UNKNOWN,
        ),
    ),
    "upbit": Shown(
        {"permissions": ["자산조회", "주문하기"], "account": DESK, "account_name": None, "label": None}
        | {"main_account": "9ca023a5-851b-4fec-9f0a-48cd83c2eaae", "expires": "2027-05-27T15:17:51+09:00"},
        KEY._replace(
            rights=("자산조회", "주문하기"),
            label=UNKNOWN,
            expires=datetime(2027, 5, 27, 6, 17, 51, tzinfo=UTC),
            account_id=DESK,
        ),
        main={"permissions": ["포켓관리"], "account": "9ca023a5-851b-4fec-9f0a-48cd83c2eaae"},
        own=True,
    ),
    "gate": Shown(
        {"permissions": ["spot.read_write"], "last_used": "2026-11-20T08:00:00Z"},
        KEY._replace(
            rights=("spot.read_write",),
            unreported=("withdrawal.read_write",),
            last_used=datetime(2026, 11, 20, 8, tzinfo=UTC),
        ),
        own=True,
    ),
}
EACH = pytest.mark.parametrize("name", EXCHANGES)


def main(name: str) -> dict[str, Any]:
    shown = EXCHANGES[name]
    return entry(shown.exchange or name, **shown.main)


def sub(name: str, last: str = "2") -> dict[str, Any]:
    shown = EXCHANGES[name]
    key_id = f"{main(name)['api_key'][:-1]}{last}"
    return entry(shown.exchange or name, **{**SUB, **shown.live, "api_key": key_id})


def given(key: Mapping[str, Any]) -> dict[str, str]:
    return {name: key[name] for name in ("api_key", "api_secret", "passphrase") if name in key}


def masked(name: str, key_id: str) -> str:
    return f"{key_id[:2]}*******{key_id[-2:]}" if name == "bingx" else key_id


@EACH
@pytest.mark.parametrize("skew_ms", SKEWS[2:5])
def test_keys_of_sub_accounts_are_shown(name: str, skew_ms: int) -> None:
    shown = EXCHANGES[name]
    exchange = shown.exchange or name
    with played(main(name), sub(name), sub(name, "3")) as sandbox:
        found = listed(sandbox, exchange, given(main(name)), skew_ms)
        assert sandbox.forbidden == ()
    ids = [masked(name, sub(name, last)["api_key"]) for last in "23"]
    of_sub = [live for live in found if live.key_id in ids]
    assert of_sub == [shown.key._replace(key_id=key_id) for key_id in ids]
    facts = facts_of(exchange)
    assert facts
    # A listing that is complete is silent about nothing else than the facts say.
    assert all(facts.never_shown(listed=True) >= set(live.unreported) for live in found)
    assert len(found) == len(ids) + shown.own


@EACH
def test_account_without_sub_accounts_has_no_keys_of_any(name: str) -> None:
    shown = EXCHANGES[name]
    with played(main(name)) as sandbox:
        assert len(listed(sandbox, shown.exchange or name, given(main(name)))) == shown.own


@pytest.mark.parametrize("name", sorted(EXCHANGES.keys() - {"bingx"}))  # there they may ask about their own account
def test_key_of_a_sub_account_may_not_list(name: str) -> None:
    shown = EXCHANGES[name]
    with played(main(name), sub(name)) as sandbox, pytest.raises(Refusal) as caught:
        listed(sandbox, shown.exchange or name, given(sub(name)))
    assert caught.value.reason in (Reason.PERMISSION_DENIED, Reason.AMBIGUOUS_REFUSAL, Reason.BAD_ANSWER)


@EACH
@pytest.mark.parametrize("fault", ["not_an_object", "html", "wrong_types", "hostile_text", "echo"])
def test_answer_without_sense_costs_the_listing_and_nothing_else(name: str, fault: str) -> None:
    shown = EXCHANGES[name]
    with played({**main(name), "faults": [fault]}, sub(name)) as sandbox:
        try:
            found = listed(sandbox, shown.exchange or name, given(main(name)))
        except Refusal as refused:
            told = f"{refused.message} {refused.hint}"
        else:
            told = repr(found)
            assert fault == "hostile_text"
    for field_name, value in given(main(name)).items():
        assert value not in told or (field_name == "api_key" and shown.own)
