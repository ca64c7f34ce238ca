"""Every field of every answer in every odd shape: a state that claims no more than was said, or a bad answer."""

import asyncio
import copy
import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, cast

import pytest

from keylint.exchanges import EXCHANGES, adapter, pacing
from keylint.exchanges.exchange import Answer, Credentials, Request
from keylint.exchanges.http import Door
from keylint.exchanges.inspect import Venue, inspect, list_keys
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret
from keylint.sandbox.load import state_from
from keylint.sandbox.simulation import Simulation
from keylint.sandbox.wire import Request as Received
from keylint.sandbox.wire import message
from tests.live.world import LIVE, NOW_MS
from tests.sandbox.hands import BELOW, entry

Place = tuple[int, tuple[str | int, ...]]
"""Which answer, and where in it."""

GONE = object()
SHAPES: tuple[Any, ...] = (
    *(GONE, None, True, False, 0, 1, -1, 1.5, 10**30, "", "0", "1", "true", "TRUE", "false", "x", "*", ",", "  "),
    *([], {}, [""], ["*"], ["x"], [None], [[]], {"a": 1}, "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9" * 30),
)
OPEN: tuple[Any, ...] = ("", ",", "*", "0.0.0.0/0", [], [""], ["*"], ["0.0.0.0/0"], ["203.0.113.10", "*"], ["::/0"])
"""Lists of addresses that bind a key to nothing."""

ABSENT_IS_NONE = {"kucoin"}
"""Where the exchange leaves the list out of an answer about a key that has none."""

ADDRESSES = {"ipAddresses", "ips", "cidrs", "ip_whitelist", "ipAllowlist", "allowedCidrBlocks", "ipWhitelist", "ip"}
ADDRESSES |= {"ipWhiteList"}


class Replay:
    """A door behind which the given answers stand; without any, the simulated exchange does."""

    def __init__(self, exchange: str, answers: Sequence[Answer] = ()) -> None:
        keys = [played(exchange), *([{**played(exchange), **BELOW[exchange]}] if exchange in BELOW else [])]
        self._simulation = Simulation(exchange, state_from({"keys": keys}, "live.yaml"), lambda: NOW_MS)
        self.answers, self._given = list[Answer](), list(answers)

    async def send(self, request: Request) -> Answer:
        if not self._given:
            target = f"{request.path}?{request.query}" if request.query else request.path
            headers = {name.lower(): value for name, value in request.headers.items()}
            reaction = self._simulation.react(Received(request.method, target, headers, request.body))
            body = message(reaction.answer, NOW_MS, close=False).body
            self.answers.append(Answer(reaction.answer.status, {}, json.loads(body)))
        else:
            self.answers.append(self._given.pop(0) if len(self._given) > 1 else self._given[0])
        return self.answers[-1]


def played(exchange: str) -> dict[str, Any]:
    key = dict(LIVE["kraken"]) if exchange == "kraken" else entry(exchange, label="bot")
    if exchange == "hyperliquid":
        return {**key, "expires": "2027-02-15T16:47:48Z"}
    older = {"omit": ["cidr"]} if exchange == "bitmex" else {}
    return {**key, "ip_allowlist": ["203.0.113.10", "198.51.100.7"], "created": "2026-09-01T08:00:00Z", **older}


def asked(exchange: str, door: Replay) -> LiveKey | None:
    """Return what comes of asking; None for a bad answer, and for nothing else."""
    facts, key = facts_of(exchange), played(exchange)
    assert facts
    fields = ("api_key", "api_secret", "passphrase", "private_key")
    values = {name: Secret(key[name]) for name in fields if name in key}
    if exchange == "hyperliquid":
        values = {"address": values["api_key"]}

    async def ask() -> LiveKey:
        venue = Venue(facts, adapter(exchange), lambda: NOW_MS, offset_ms=0)
        venue.pace = pacing.Pace(None)
        credentials = Credentials(values)
        if facts.inspection == "listing":
            return (await list_keys(venue, cast("Door", door), credentials, 5))[0]
        return await inspect(venue, cast("Door", door), credentials, 5)

    try:
        return asyncio.run(ask())
    except Refusal as refused:
        reason, gone = refused.reason, refused.gone
    except IndexError:  # no key is listed at all
        return None
    assert (reason, gone) == (Reason.BAD_ANSWER, False)
    return None


@cache
def told(exchange: str) -> tuple[tuple[Answer, ...], LiveKey]:
    """Return what the simulated exchange answers, and what that says."""
    door = Replay(exchange)
    live = asked(exchange, door)
    assert live
    return tuple(door.answers), live


def places(exchange: str) -> Iterator[Place]:
    """Yield every place in the answers; of a list the first one or two will do."""

    def within(data: Any, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
        yield at
        inner = data.items() if isinstance(data, dict) else enumerate(data[:2]) if isinstance(data, list) else ()
        for name, value in inner:
            yield from within(value, (*at, name))

    for number, answer in enumerate(told(exchange)[0]):
        yield from ((number, at) for at in within(answer.data, ()))


def with_shape(exchange: str, place: Place, shape: Any) -> LiveKey | None:
    """Ask, with one value of the answers in another shape."""
    number, at = place
    answers = list(told(exchange)[0])
    whole = {"data": copy.deepcopy(answers[number].data)}
    holder: Any = whole
    for step in ("data", *at)[:-1]:
        holder = holder[step]
    last = ("data", *at)[-1]
    if shape is GONE:
        del holder[last]
    else:
        holder[last] = shape
    answers[number] = Answer(answers[number].status, {}, whole.get("data"))
    return asked(exchange, Replay(exchange, answers))


@pytest.mark.parametrize("exchange", sorted(EXCHANGES))
def test_no_shape_is_a_defect_or_claims_more_than_was_said(exchange: str) -> None:
    base = told(exchange)[1]
    for place in places(exchange):
        is_field = bool(place[1]) and isinstance(place[1][-1], str)
        for shape in SHAPES:
            live = with_shape(exchange, place, shape)
            if live is None:
                continue
            assert set(live.rights) | set(live.unreported) <= set(adapter_rights(exchange)), (place, shape)
            assert not set(live.rights) & set(live.unreported), (place, shape)
            assert (live.ip_allowlist == ()) == (live.ip_restricted is False) or live.ip_restricted is UNKNOWN, place
            if is_field and (shape is GONE or shape is None):
                # What is not said is unknown: no right is off, no key open, because of it.
                lost = set(base.rights) - {*live.rights, *live.unreported}
                assert not lost or set(live.rights) - set(base.rights) or live.unmapped, (place, shape)
                is_open = live.ip_restricted is False and base.ip_restricted is not False
                assert not is_open or exchange in ABSENT_IS_NONE, (place, shape)


def adapter_rights(exchange: str) -> Sequence[str]:
    facts = facts_of(exchange)
    assert facts
    return tuple(facts.rights)


BOUND = sorted(name for name in EXCHANGES if isinstance(told(name)[1].ip_allowlist, tuple))


@pytest.mark.parametrize("exchange", BOUND)
def test_list_that_binds_to_nothing_is_an_open_key_and_a_masked_one_is_unknown(exchange: str) -> None:
    found = [place for place in places(exchange) if place[1] and place[1][-1] in ADDRESSES]
    if exchange == "whitebit":  # a call of its own, which has no other field
        found = [(1, ("data",))]
    assert found
    for place in found:
        for shape in OPEN:
            live = with_shape(exchange, place, shape)
            assert live is None or live.ip_restricted is not True or live.ip_allowlist is UNKNOWN, (place, shape)
        for masked in ("203.0.113.*", ["203.**.113", "198.51.100.7"]):
            live = with_shape(exchange, place, masked)
            assert live is None or live.ip_allowlist is UNKNOWN, (place, masked)


def test_exchanges_that_show_addresses_are_all_tried() -> None:
    facts = {name: found for name in EXCHANGES if (found := facts_of(name))}
    assert [name for name in sorted(facts) if facts[name].addresses.shown == "list"] == BOUND
