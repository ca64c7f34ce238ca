"""BitMEX, Deribit, Kraken Futures, Bitfinex and Gemini: whatever comes is a state, a refusal or a bad answer."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.exchanges import adapter
from keylint.exchanges.exchange import Answer, Error, Listing, Step, Steps, Stepwise
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from tests.exchanges import test_exchange_bitfinex as bitfinex
from tests.exchanges import test_exchange_bitmex as bitmex
from tests.exchanges import test_exchange_deribit as deribit
from tests.exchanges import test_exchange_gemini as gemini
from tests.exchanges import test_exchange_kraken_futures as kraken_futures
from tests.exchanges.test_exchange_five import ANYTHING, state_of

FACTS: dict[str, Facts] = {
    "bitmex": bitmex.FACTS,
    "deribit": deribit.FACTS,
    "kraken-futures": kraken_futures.FACTS,
    "bitfinex": bitfinex.FACTS,
    "gemini": gemini.FACTS,
}
WHOLE: dict[str, dict[str, Any]] = {
    "bitmex": bitmex.ROW,
    "deribit": deribit.ROW,
    "kraken-futures": kraken_futures.FULL,
    "gemini": gemini.ROLES,
}
# What an inspection takes for an answer.
TOLD: dict[str, list[Any]] = {
    "bitmex": [[bitmex.ROW]],
    "deribit": [deribit.SESSION, deribit.CODE_ASKED, {"result": [deribit.ROW]}],
    "gemini": [gemini.SMALL, gemini.LATE, gemini.ROLES],
}
LISTERS = sorted(name for name in FACTS if isinstance(adapter(name), Listing))


def shaped(name: str, some: Any) -> Any:
    """Return some fields inside of a whole answer; what is no object stands in its place."""
    if not isinstance(some, dict):
        return some
    if name == "bitfinex":
        return [*bitfinex.ROWS, *([scope, value, value] for scope, value in some.items())]
    fields = {**WHOLE[name], **some}
    return {"roles": fields, "of_account": True} if name == "gemini" else fields


@given(st.sampled_from(sorted(FACTS)), st.data())
def test_whatever_comes_is_a_state_or_a_bad_answer(name: str, data: st.DataObject) -> None:
    exchange, facts = adapter(name), FACTS[name]
    fields = st.sampled_from(sorted({*WHOLE.get(name, {}), *facts.rights, "scope", "error", "reason", "orders"}))
    some = data.draw(st.dictionaries(fields | st.text(max_size=12), ANYTHING, max_size=6) | ANYTHING)
    live = state_of(lambda: exchange.read(shaped(name, some), facts))
    if live:
        assert set(live.rights) <= facts.rights.keys()
        assert not set(live.unmapped) & facts.rights.keys()
        assert not set(live.rights) & set(live.unreported)
        assert (live.ip_restricted is True) == (live.ip_allowlist not in ((), live.ip_restricted))
    assert isinstance(exchange.error(Answer(data.draw(st.sampled_from([200, 400, 401, 500])), {}, some)), Error | None)
    assert isinstance(state_of(lambda: exchange.server_time(some)), int | None)


def end_of(walk: Callable[[], Steps], told: list[Any], uses: tuple[str, ...]) -> Any:
    """Answer the calls of a walk; return what it kept, None for a bad answer, and for nothing else."""
    steps = walk()
    step = next(steps)
    for data in told:
        assert isinstance(step, Step)
        assert step.use in uses
        try:
            step = steps.send(data)
        except StopIteration as end:
            return end.value
        except Refusal as refused:
            reason = refused.reason
            assert reason in (Reason.BAD_ANSWER, Reason.UNSUPPORTED)
            return None
    pytest.fail("an inspection takes three calls at most")


@given(st.sampled_from(sorted(TOLD)), st.data())
def test_whatever_comes_between_calls_ends(name: str, data: st.DataObject) -> None:
    exchange = adapter(name)
    assert isinstance(exchange, Stepwise)
    keys = {"bitmex": [bitmex.GIVEN], "gemini": [gemini.credentials()], "deribit": [deribit.HMAC, deribit.ED]}
    credentials = data.draw(st.sampled_from(keys[name]))
    answers = ANYTHING | st.sampled_from([*TOLD[name], Error("x")])
    told = data.draw(st.lists(answers, min_size=3, max_size=3))
    kept = end_of(lambda: exchange.steps(credentials, gemini.NOW_MS), told, exchange.USES)
    assert "never" not in repr(kept)
    if isinstance(exchange, Listing):
        lister = exchange
        listed = end_of(lambda: lister.listing(credentials, gemini.NOW_MS), told, lister.LISTS)
        assert "never" not in repr(listed)
        assert isinstance(state_of(lambda: lister.read_listing(listed, FACTS[name])), tuple | None)


@pytest.mark.parametrize("name", FACTS)
def test_calls_of_an_adapter_stand_in_the_facts(name: str) -> None:
    exchange, facts = adapter(name), facts_of(name)
    assert facts
    uses = exchange.USES if isinstance(exchange, Stepwise) else ("key",)
    lists = exchange.LISTS if isinstance(exchange, Listing) else ()
    assert {*uses, *lists} == {call.use for call in facts.calls} - {"time"}


def test_those_whose_facts_have_a_listing_list() -> None:
    assert [name for name in sorted(FACTS) if FACTS[name].raw["listing"]] == LISTERS == ["bitmex", "deribit"]
