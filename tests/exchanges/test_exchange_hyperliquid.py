"""Hyperliquid: what is asked of whom, and every shape of an answer. Nothing is signed, so there is no vector."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given

from keylint.exchanges import hyperliquid
from keylint.exchanges.exchange import Answer, Credentials, Error, Steps
from keylint.exchanges.refusal import refusal
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret
from tests.exchanges.test_exchange_five import ANYTHING, state_of

FACTS = facts_of("hyperliquid")
AGENT = "0x286edfa08c04f6899dab3bfdecf2dd133f9733b9"
MASTER = "0x0D1d9635D0640821d15e323ac8AdADfA9c111414"
# As the official SDK's test recorded it (test_extra_agents.yaml, 2025-09-04).
WALLET = {"name": "bot", "address": AGENT, "validUntil": 1_771_174_068_515}
END = datetime.fromtimestamp(1_771_174_068.515, UTC)
IS_AGENT = {"role": "agent", "data": {"user": MASTER}}


def credentials(address: str | None) -> Credentials:
    return Credentials({"address": Secret(address)} if address else {})


GIVEN = credentials(AGENT)


def sent(steps: Steps, data: Any = None) -> Any:
    """Return what the next call asks."""
    step = steps.send(data)
    assert step.use == "key"
    request = (step.sign or hyperliquid.sign)("POST", "/info", GIVEN, 0)
    assert (request.method, request.path, request.query) == ("POST", "/info", "")
    assert request.headers == {"Content-Type": "application/json"}
    return json.loads(request.body)


def result(steps: Steps, data: Any) -> Any:
    with pytest.raises(StopIteration) as ended:
        steps.send(data)
    return ended.value.value


def read(data: Any) -> LiveKey:
    assert FACTS
    return hyperliquid.read(data, FACTS)


def test_wallet_is_found_by_its_own_address() -> None:
    steps = hyperliquid.steps(GIVEN, 0)
    assert sent(steps) == {"type": "userRole", "user": AGENT}
    assert sent(steps, IS_AGENT) == {"type": "extraAgents", "user": MASTER}
    live = read(result(steps, [{**WALLET, "address": f"0x{'1' * 40}", "name": "other"}, WALLET]))
    assert live == LiveKey(("agent",), expires=END, label="bot", key_id=AGENT, account_id=MASTER)


def test_case_of_an_address_does_not_count() -> None:
    steps = hyperliquid.steps(GIVEN, 0)
    sent(steps)
    sent(steps, IS_AGENT)
    upper = f"0x{AGENT[2:].upper()}"
    assert read(result(steps, [{**WALLET, "address": upper}])).label == "bot"


@pytest.mark.parametrize("wallets", [[], [{**WALLET, "address": MASTER}], [{"name": "bot"}]])
def test_wallet_without_a_name_has_an_unknown_end(wallets: Any) -> None:
    steps = hyperliquid.steps(GIVEN, 0)
    sent(steps)
    sent(steps, IS_AGENT)
    live = read(result(steps, wallets))
    assert live == LiveKey(("agent",), key_id=AGENT, account_id=MASTER)
    assert live.expires is UNKNOWN


@pytest.mark.parametrize(
    ("told", "rights", "unmapped", "account"),
    [
        ({"role": "user"}, ("user",), (), AGENT),
        ({"role": "user", "data": None}, ("user",), (), AGENT),
        ({"role": "vault"}, (), ("vault",), UNKNOWN),
        ({"role": "subAccount", "data": {"master": MASTER}}, (), ("subAccount",), MASTER),
        ({"role": "validator", "data": {}}, (), ("validator",), UNKNOWN),
    ],
)
def test_any_other_role_takes_one_call(
    told: Any, rights: tuple[str, ...], unmapped: tuple[str, ...], account: Any
) -> None:
    steps = hyperliquid.steps(GIVEN, 0)
    sent(steps)
    live = read(result(steps, told))
    assert (live.rights, live.unmapped, live.account_id, live.expires) == (rights, unmapped, account, UNKNOWN)


@pytest.mark.parametrize(
    ("fields", "attribute", "expected"),
    [
        ({"validUntil": None}, "expires", None),
        ({"validUntil": "1771174068515"}, "expires", END),
        ({"name": None}, "label", UNKNOWN),
    ],
)
def test_other_shapes_of_a_wallet_are_read(fields: dict[str, Any], attribute: str, expected: Any) -> None:
    data = {"address": AGENT, "role": "agent", "account": MASTER, "wallet": {**WALLET, **fields}}
    assert getattr(read(data), attribute) == expected


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"role": 7},
        {"role": "agent"},
        {"role": "agent", "data": []},
        {"role": "agent", "data": {}},
        {"role": "agent", "data": {"user": "0x1"}},
        {"role": "agent", "data": {"user": 7}},
    ],
)
def test_role_without_sense_is_refused(told: Any) -> None:
    steps = hyperliquid.steps(GIVEN, 0)
    sent(steps)
    with pytest.raises(Refusal) as caught:
        steps.send(told)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("wallets", [None, {}, [7]])
def test_list_without_sense_is_refused(wallets: Any) -> None:
    steps = hyperliquid.steps(GIVEN, 0)
    sent(steps)
    sent(steps, IS_AGENT)
    with pytest.raises(Refusal) as caught:
        steps.send(wallets)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"role": "agent"},
        {"role": "agent", "wallet": {"validUntil": "soon"}},
        {"role": "agent", "wallet": {"validUntil": True}},
        {"role": "agent", "wallet": {"name": 7}},
        {"role": 7, "wallet": {}},
        {"role": "agent", "wallet": {}, "account": 7},
    ],
)
def test_answer_without_sense_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize(
    ("address", "reason", "message"),
    [
        (None, Reason.NO_CREDENTIALS, "`address` is missing"),
        ("0x" + "a" * 64, Reason.BAD_CREDENTIALS, "`address` is not an address"),
        ("a" * 40, Reason.BAD_CREDENTIALS, "`address` is not an address"),
        (AGENT + "\n", Reason.BAD_CREDENTIALS, "`address` is not an address"),
    ],
)
def test_what_is_no_address_is_never_sent(address: str | None, reason: Reason, message: str) -> None:
    """A private key that was put there by mistake above all."""
    refused = []
    for ask in (
        lambda: next(hyperliquid.steps(credentials(address), 0)),
        lambda: hyperliquid.sign("POST", "/info", credentials(address), 0),
    ):
        with pytest.raises(Refusal) as caught:
            ask()
        refused.append((caught.value.reason, caught.value.message))
        assert not address or address not in f"{caught.value.message}{caught.value.hint}"
    assert refused == [(reason, message)] * 2


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"role": "missing"}, Error("missing")),
        (
            {"status": "err", "response": f"User or API Wallet {AGENT} does not exist."},
            Error("User or API Wallet", f"User or API Wallet {AGENT} does not exist."),
        ),
        ({"status": "err", "response": "other"}, Error("err", "other")),
        ({"status": "ok", "response": "other"}, None),
        ({"status": "err", "response": 7}, None),
        ({"role": "user"}, None),
        ([WALLET], None),
        (None, None),
    ],
)
def test_refusals_are_told(data: Any, expected: Error | None) -> None:
    assert hyperliquid.error(Answer(200, {}, data)) == expected


@pytest.mark.parametrize(
    ("answer", "reason", "is_gone"),
    [
        (Answer(200, {}, {"role": "missing"}), Reason.BAD_CREDENTIALS, True),
        (
            Answer(200, {}, {"status": "err", "response": "User or API Wallet 0x does not exist."}),
            Reason.BAD_CREDENTIALS,
            True,
        ),
        (Answer(429, {}, None), Reason.RATE_LIMITED, False),
        (Answer(422, {}, None, "no proper JSON"), Reason.BAD_ANSWER, False),
    ],
)
def test_documented_refusal_has_its_reason(answer: Answer, reason: Reason, is_gone: bool) -> None:
    assert FACTS
    refused = refusal(answer, hyperliquid.error(answer), FACTS, [])
    assert refused
    assert (refused.reason, refused.gone) == (reason, is_gone)


def test_there_is_no_time_call() -> None:
    assert FACTS
    assert not [call for call in FACTS.calls if call.use == "time"]
    with pytest.raises(Refusal):
        hyperliquid.server_time({"time": 1})


@given(ANYTHING, ANYTHING)
def test_whatever_comes_is_a_state_or_a_bad_answer(told: Any, wallets: Any) -> None:
    for first in (told, IS_AGENT, {**IS_AGENT, "role": told}, {**IS_AGENT, "data": told}):
        assert isinstance(state_of(partial(whole, first, wallets)), LiveKey | None)
    assert isinstance(hyperliquid.error(Answer(200, {}, told)), Error | None)


def whole(told: Any, wallets: Any) -> LiveKey:
    """Take an inspection to its end."""
    steps = hyperliquid.steps(GIVEN, 0)
    next(steps)
    try:
        steps.send(told)
        steps.send(wallets)
    except StopIteration as end:
        return read(end.value)
    raise AssertionError("an inspection takes two calls at most")
