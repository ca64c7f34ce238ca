"""What an environment adds to each request, and what a status line says where there is no body."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.exchanges import adapter, gate
from keylint.exchanges.exchange import Answer, Error, Request
from keylint.exchanges.http import Door
from keylint.exchanges.refusal import refusal
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.live import LiveKey
from tests.exchanges.test_exchange_bybit import EXAMPLE as BYBIT
from tests.exchanges.test_exchange_gate import EXAMPLE as GATE
from tests.exchanges.test_exchange_kucoin import EXAMPLE as KUCOIN
from tests.exchanges.test_exchange_okx import EXAMPLE as OKX
from tests.exchanges.wire import Wire, reply


def facts(name: str) -> Facts:
    found = facts_of(name)
    assert found
    return found


def sent(wire: Wire, request: Request, headers: tuple[tuple[str, str], ...]) -> Answer:
    async def once() -> Answer:
        door = Door(facts("okx"), wire.base, 5, headers)
        try:
            return await door.send(request)
        finally:
            await door.close()

    return asyncio.run(once())


ASK = Request("GET", "/api/v5/account/config", headers={"OK-ACCESS-KEY": "a"})


def test_headers_of_the_environment_go_with_every_request() -> None:
    assert facts("okx").headers == {"demo": (("x-simulated-trading", "1"),)}
    assert facts("bybit").headers == {}
    with Wire(reply()) as wire:
        for path in ("/api/v5/public/time", "/api/v5/account/config"):
            sent(wire, Request("GET", path), facts("okx").headers["demo"])
        sent(wire, ASK, ())
    assert [b"\r\nx-simulated-trading: 1\r\n" in request for request in wire.received] == [True, True, False]
    assert b"\r\nOK-ACCESS-KEY: a\r\n" in wire.received[2]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("200 OK", "OK"),
        ("401 API key is invalid.", "API key is invalid."),
        ("401", ""),
        ("401 ", ""),
        ("401 caf\xe9", "caf\ufffd\ufffd"),
    ],
)
def test_words_of_the_status_line_are_kept(status: str, reason: str) -> None:
    with Wire(reply(b"", status)) as wire:
        answer = sent(wire, ASK, ())
    assert (answer.status, answer.reason, answer.data) == (int(status[:3]), reason, None)
    assert "invalid" not in repr(answer)


@pytest.mark.parametrize(
    ("reason", "text", "is_gone"),
    [
        ("API key is invalid.", None, True),
        ("api KEY is INVALID", None, True),
        ("Unauthorized", None, False),
        ("", None, False),
        ("API key is invalid.", "some other words", False),
        ("Unauthorized", "API key is invalid.", True),
    ],
)
def test_words_settle_what_a_status_means(reason: str, text: str | None, is_gone: bool) -> None:
    error = None if text is None else Error("HTTP 401", text)
    told = refusal(Answer(401, {}, None, "an empty body", reason), error, facts("bybit"), [])
    assert told
    assert (told.reason, told.gone) == (Reason.BAD_CREDENTIALS, is_gone)
    assert told.message == (
        "bybit HTTP 401: the request's authentication is not accepted; there may be no body, only the status line"
    )


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
WHOLE: dict[str, Any] = {"bybit": BYBIT, "okx": OKX, "kucoin": KUCOIN, "gate": GATE}


def enveloped(name: str, fields: Any) -> Any:
    envelopes = {
        "bybit": {"retCode": 0, "result": fields},
        "okx": {"code": "0", "data": [fields]},
        "kucoin": {"code": "200000", "data": fields},
    }
    return envelopes.get(name, fields)


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_whatever_comes_is_a_state_or_a_bad_answer(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    some = data.draw(st.dictionaries(st.sampled_from(sorted(whole)), ANYTHING, max_size=3))
    fields: Any = {**whole, **some}
    if name == "bybit" and data.draw(st.booleans()):
        values = st.lists(st.text(max_size=8), max_size=3) | ANYTHING
        fields["permissions"] = data.draw(st.dictionaries(st.sampled_from(["Spot", "Wallet", "New"]), values))
    if name == "gate" and data.draw(st.booleans()):
        fields["perms"] = data.draw(st.lists(st.fixed_dictionaries({"name": ANYTHING, "read_only": ANYTHING})))
    exchange = adapter(name)
    answer = enveloped(name, data.draw(st.just(fields) | ANYTHING))
    exchange.error(Answer(200, {}, data.draw(st.just(answer) | ANYTHING)))
    live = state_of(lambda: exchange.read(answer, facts(name)))
    if live:
        assert set(live.rights) <= facts(name).rights.keys()
        assert len(set(live.rights)) == len(live.rights)
        assert not set(live.unmapped) & facts(name).rights.keys()
        assert not set(live.unreported) & set(live.rights)
        assert live.ip_restricted or not isinstance(live.ip_allowlist, tuple) or live.ip_allowlist == ()
    state_of(lambda: exchange.server_time(answer))


@given(st.lists(st.fixed_dictionaries({"key": ANYTHING | st.just("0a1b2c3d4e5f*****")}) | ANYTHING) | ANYTHING)
def test_any_list_of_keys_is_an_entry_or_a_bad_answer(data: Any) -> None:
    found = state_of(lambda: gate.own(data, "0a1b2c3d4e5f60718293a4b5c6d7e8f9"))
    assert found is None or isinstance(found, dict)


def state_of(read: Any) -> Any:
    """Return what was read; None for a bad answer, and for nothing else."""
    try:
        found: LiveKey | int | dict[str, Any] = read()
    except Refusal as refused:
        reason = refused.reason
    else:
        return found
    assert reason is Reason.BAD_ANSWER
    return None
