"""Coinbase, MEXC, HTX, Bitget and BingX: whatever comes is a state, a refusal of the exchange or a bad answer."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.exchanges import adapter
from keylint.exchanges.exchange import Answer, Error, Step, Stepwise
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from tests.exchanges.test_exchange_bingx import FLAGS, KEY
from tests.exchanges.test_exchange_bitget import CLASSIC, UNIFIED
from tests.exchanges.test_exchange_htx import HMAC, NOW_MS, ROW
from tests.exchanges.test_exchange_mexc import WHOLE
from tests.live.five import FIVE

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PERMISSIONS = {"can_view": True, "can_trade": False, "portfolio_uuid": "x"}
SHAPES: dict[str, list[Callable[[Any], Any]]] = {
    "coinbase": [lambda some: {**PERMISSIONS, **some}],
    "mexc": [lambda some: {"key": {**WHOLE, **some}, "now_ms": NOW_MS}, lambda some: {"key": some, **some}],
    "htx": [lambda some: {"key": {**ROW, **some}, "account": "7", "now_ms": NOW_MS}],
    "bitget": [lambda some: {"data": {**CLASSIC, **some}}, lambda some: {"data": {**UNIFIED, **some}}],
    "bingx": [lambda some: {"key": {**KEY, **some}, "flags": FLAGS}, lambda some: {"key": KEY, "flags": some}],
}


def fields_of(name: str) -> list[str]:
    whole: list[dict[str, Any]] = [PERMISSIONS, WHOLE, ROW, CLASSIC, UNIFIED, KEY, FLAGS]
    facts = facts_of(name)
    assert facts
    return sorted({field for fields in whole for field in fields} | {*facts.rights, "code", "msg", "error", "errors"})


def state_of(read: Callable[[], Any]) -> Any:
    """Return what was read; None for a bad answer, and for nothing else."""
    try:
        return read()
    except Refusal as refused:
        reason = refused.reason
    assert reason is Reason.BAD_ANSWER
    return None


@given(st.sampled_from(sorted(FIVE)), st.data())
def test_whatever_comes_is_a_state_or_a_bad_answer(name: str, data: st.DataObject) -> None:
    exchange, facts = adapter(name), facts_of(name)
    assert facts
    some = data.draw(
        st.dictionaries(st.sampled_from(fields_of(name)) | st.text(max_size=12), ANYTHING, max_size=6) | ANYTHING
    )
    shape = data.draw(st.sampled_from(SHAPES[name])) if isinstance(some, dict) else lambda other: other
    live = state_of(lambda: exchange.read(shape(some), facts))
    if live:
        assert set(live.rights) <= facts.rights.keys()
        assert not set(live.unmapped) & facts.rights.keys()
    assert isinstance(exchange.error(Answer(data.draw(st.sampled_from([200, 400, 401, 429])), {}, some)), Error | None)
    assert isinstance(state_of(lambda: exchange.server_time(some)), int | None)


@given(st.sampled_from(sorted(FIVE)), st.lists(ANYTHING | st.just(Error("x")), min_size=3, max_size=3))
def test_whatever_comes_between_two_calls_ends_in_data_or_a_bad_answer(name: str, told: list[Any]) -> None:
    exchange = adapter(name)
    assert isinstance(exchange, Stepwise)
    steps = exchange.steps(HMAC, NOW_MS)
    assert isinstance(next(steps), Step)
    for data in told:
        try:
            use = steps.send(data).use
        except StopIteration:
            return
        except Refusal as refused:
            reason = refused.reason
            break
        assert use in exchange.USES
    else:
        pytest.fail("an inspection takes three calls at most")
    assert reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("name", FIVE)
def test_calls_of_an_inspection_stand_in_the_facts(name: str) -> None:
    exchange, facts = adapter(name), facts_of(name)
    assert facts
    assert isinstance(exchange, Stepwise)
    assert set(exchange.USES) <= {call.use for call in facts.calls if call.method == "GET"}
