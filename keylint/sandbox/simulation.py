"""One simulated exchange with its faults and its memory: a request in, a reaction out; no sockets."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from keylint.sandbox.answers import Change, Instead
from keylint.sandbox.binance import Binance
from keylint.sandbox.bingx import BingX
from keylint.sandbox.bitfinex import Bitfinex
from keylint.sandbox.bitget import Bitget
from keylint.sandbox.bithumb import Bithumb
from keylint.sandbox.bitmex import BitMex
from keylint.sandbox.bybit import Bybit
from keylint.sandbox.coinbase import Coinbase
from keylint.sandbox.deliveries import Delivery
from keylint.sandbox.deribit import Deribit
from keylint.sandbox.faults import FAULT_NAMES, ClockSkew, Fault
from keylint.sandbox.gate import Gate
from keylint.sandbox.gemini import Gemini
from keylint.sandbox.htx import Htx
from keylint.sandbox.hyperliquid import Hyperliquid
from keylint.sandbox.kraken import Kraken
from keylint.sandbox.kraken_futures import KrakenFutures
from keylint.sandbox.kucoin import KuCoin
from keylint.sandbox.mexc import Mexc
from keylint.sandbox.okx import Okx
from keylint.sandbox.state import Key, State
from keylint.sandbox.upbit import Upbit
from keylint.sandbox.whitebit import Whitebit
from keylint.sandbox.wire import Answer, Exchange, Request

Clock = Callable[[], int]
"""The time in Unix milliseconds."""


class Played(Exchange, Protocol):
    """What a simulated exchange is to the reader of a file of live keys, beside what it is to the server."""

    rights: ClassVar[tuple[str, ...]]
    """The native names of its rights, as `keylint/facts` has them."""

    fields: ClassVar[frozenset[str]]
    """The fields of a key that not every exchange has."""

    algorithms: ClassVar[tuple[str, ...]]
    """What its keys sign requests with, of `hmac`, `rsa`, `ed25519` and `ecdsa`; none where everything is public."""

    def __init__(self, keys: Sequence[Key]) -> None:
        """Take the keys that exist there."""

    @staticmethod
    def problem(key: Key) -> str | None:
        """Return what makes a described key impossible here: a field and what it must be; no value is quoted."""


SIMULATED: Final[Mapping[str, type[Played]]] = {
    "binance": Binance,
    "kraken": Kraken,
    "bybit": Bybit,
    "okx": Okx,
    "coinbase": Coinbase,
    "kucoin": KuCoin,
    "bitget": Bitget,
    "gate": Gate,
    "htx": Htx,
    "mexc": Mexc,
    "bingx": BingX,
    "kraken-futures": KrakenFutures,
    "bitmex": BitMex,
    "deribit": Deribit,
    "bitfinex": Bitfinex,
    "gemini": Gemini,
    "upbit": Upbit,
    "bithumb": Bithumb,
    "whitebit": Whitebit,
    "hyperliquid": Hyperliquid,
}


@dataclass(frozen=True, slots=True)
class Record:
    """One request that came in; nothing in it is secret.

    `key` is the end of the key id. `outcome`: `ok`, `forbidden`, the exchange's error code, or the name of the fault
    that answered. `faults`: the names of all faults that struck.
    """

    exchange: str
    method: str
    path: str
    key: str
    outcome: str
    status: int
    is_forbidden: bool
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """What is to be sent; without a `delivery` it goes out as usual. `now_ms` is the exchange's own time."""

    answer: Answer
    delivery: Delivery | None
    now_ms: int
    record: Record


class _Armed:
    """A fault and how often it may still strike."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._left = fault.times
        self._lock = threading.Lock()

    def strikes(self) -> bool:
        """Use up one of its times, where there is one left."""
        if self._left is None:
            return True
        with self._lock:
            self._left -= 1
            return self._left >= 0


class Simulation:
    """An exchange, its faults and what it has been asked."""

    def __init__(self, name: str, state: State, clock: Clock) -> None:
        self._exchange = SIMULATED[name](state.of(name))
        self._clock = clock
        self._general = _armed((*state.exchange_faults.get(name, ()), *state.faults))
        self._own = {key.api_key: _armed(key.faults) for key in state.of(name)}

    def react(self, request: Request) -> Reaction:
        """Judge one request, with all faults that concern it."""
        exchange = self._exchange
        key_id = exchange.key_id(request)
        armed = (*self._own.get(key_id, ()), *self._general)
        struck = _striking(armed)
        now_ms = self._clock() + sum(round(fault.seconds * 1000) for fault in struck if isinstance(fault, ClockSkew))
        instead = next((fault for fault in struck if isinstance(fault, Instead)), None)
        answer = instead.answer(request, exchange, now_ms) if instead else exchange.answer(request, now_ms)
        for fault in struck:
            if isinstance(fault, Change):
                answer = fault.change(answer, exchange)
        record = Record(
            exchange.name,
            request.method,
            request.path,
            key_id[-4:],
            answer.outcome,
            answer.status,
            not request.is_in(exchange.calls),
            tuple(FAULT_NAMES[type(fault)] for fault in struck),
        )
        delivery = next((fault for fault in struck if isinstance(fault, Delivery)), None)
        return Reaction(answer, delivery, now_ms, record)


def _striking(armed: Iterable[_Armed]) -> tuple[Fault, ...]:
    """Return the faults that strike now: of each exclusive kind the first that has times left, and all changes."""
    found: list[Fault] = []
    for entry in armed:
        kind = next((kind for kind in (ClockSkew, Instead, Delivery) if isinstance(entry.fault, kind)), None)
        if kind and any(isinstance(fault, kind) for fault in found):
            continue
        if entry.strikes():
            found.append(entry.fault)
    return tuple(found)


def _armed(faults: Iterable[Fault]) -> tuple[_Armed, ...]:
    return tuple(_Armed(fault) for fault in faults)
