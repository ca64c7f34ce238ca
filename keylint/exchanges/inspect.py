"""Asks one exchange for one key: signs, sends, tries again where that can help, reads."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import chain
from typing import Any
from urllib.parse import unquote

from keylint.exchanges.credentials import check
from keylint.exchanges.exchange import (
    Answer,
    Credentials,
    Error,
    Exchange,
    Listing,
    Request,
    Sign,
    Step,
    Steps,
    Stepwise,
)
from keylint.exchanges.http import Door, too_late
from keylint.exchanges.pacing import Pace
from keylint.exchanges.refusal import clean, refusal
from keylint.model.errors import Refusal
from keylint.model.facts import Call, Facts
from keylint.model.finding import Reason
from keylint.model.live import LiveKey

ATTEMPTS = 3
FIRST_PAUSE = 0.2
LONGEST_WAIT = 10.0
LONGEST_HARMLESS = 5
"""Of a header: a version or a window is no secret, and would blot out digits everywhere."""
LARGEST_SKEW_MS = 31 * 86_400_000
_LONG_WORD = re.compile(r"[\w+/=-]{20,}")
"""In a body: what may be a signature. Names of methods and fields are shorter."""

_AGAIN = (Reason.UNREACHABLE, Reason.MAINTENANCE)
_BANNED, _TOO_MANY = 418, 429


@dataclass(slots=True)
class Venue:
    """What a run knows of one exchange at one address, shared by all its workers.

    `offset_ms`: the exchange's clock minus ours, None until it was measured. `skew_ms`: what of it is certain, None
    where it was not measured. `ended`: why nothing more is asked there.
    `not_before`: the loop's time until which everybody waits, because of `slowed`.
    """

    facts: Facts
    exchange: Exchange
    clock: Callable[[], int]
    offset_ms: int | None = None
    skew_ms: int | None = None
    ended: Refusal | None = None
    not_before: float = 0.0
    slowed: Refusal | None = None
    last_ms: int = 0
    measuring: asyncio.Lock = field(default_factory=asyncio.Lock)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    pace: Pace = field(init=False)
    walk: Callable[[Credentials, int], Steps] = field(init=False)

    def __post_init__(self) -> None:
        """Take the pace from the facts, and the way to show a key from the exchange."""
        self.pace = Pace(self.facts.rate)
        self.walk = self.exchange.steps if isinstance(self.exchange, Stepwise) else _one_step

    def end(self, why: Refusal) -> None:
        """Ask nothing more there; whoever waits for a turn learns it at once."""
        self.ended = why
        self.over.set()

    async def wait(self, seconds: float) -> None:
        """Wait that long, or until nothing more is asked there."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.over.wait()

    def call(self, use: str) -> Call | None:
        """Return the call of the facts for a use, None where there is none."""
        return next((call for call in self.facts.calls if call.use == use), None)

    def now_ms(self) -> int:
        """Return the exchange's time as far as we know it."""
        return self.clock() + (self.offset_ms or 0)

    def stamp_ms(self) -> int:
        """Return the same for a request, never a value twice: it is a nonce too."""
        self.last_ms = max(self.now_ms(), self.last_ms + 1)
        return self.last_ms

    async def turn(self, limit: asyncio.Timeout) -> None:
        """Wait until a request may be sent; Refusal where that is too late, or never."""
        loop, deadline = asyncio.get_running_loop(), _end(limit)
        while True:
            if self.ended:
                raise self.ended.with_traceback(None)
            if (wait := self.not_before - loop.time()) <= 0:
                return
            if self.slowed and self.not_before >= deadline:
                raise self.slowed.with_traceback(None)
            await self.wait(wait)

    def slow_down(self, refused: Refusal, seconds: float | None, status: int) -> None:
        """Let everybody wait as long as the exchange asks; end the run there if that is long, or after a ban."""
        if status == _BANNED or (seconds or 0) > LONGEST_WAIT:
            asked = f"; it asks to wait {seconds:.0f} seconds" if seconds else ""
            message = f"{refused.message}{asked}; nothing more was sent to it"
            self.end(Refusal(refused.reason, message, refused.hint))
        elif seconds is not None:
            self.not_before = max(self.not_before, asyncio.get_running_loop().time() + seconds)
            self.slowed = refused


async def inspect(
    venue: Venue, door: Door, credentials: Credentials, timeout: float, attempts: int = ATTEMPTS, account: str = ""
) -> LiveKey:
    """Return a key's live state, in `timeout` seconds at most; Refusal says why there is none.

    `account`: whose key it is, as far as that is declared. The time that the exchange's documented rate makes it wait
    does not count.
    """
    data = await _ask(venue, door, credentials, timeout, venue.walk, attempts, account)
    return clean(venue.exchange.read(data, venue.facts), credentials)._replace(skew_ms=venue.skew_ms)


async def list_keys(
    venue: Venue, door: Door, credentials: Credentials, timeout: float, account: str = ""
) -> tuple[LiveKey, ...]:
    """Return all keys that a key may list, in `timeout` seconds at most; Refusal says why it cannot."""
    exchange = venue.exchange
    if not isinstance(exchange, Listing):
        raise Refusal(Reason.UNSUPPORTED, f"keylint cannot list keys of {venue.facts.exchange}", "leave `lists` out")
    data = await _ask(venue, door, credentials, timeout, exchange.listing, ATTEMPTS, account)
    listed = exchange.read_listing(data, venue.facts)
    return tuple(clean(live, credentials)._replace(listed=True, skew_ms=venue.skew_ms) for live in listed)


async def _ask(
    venue: Venue,
    door: Door,
    credentials: Credentials,
    timeout: float,
    walk: Callable[[Credentials, int], Steps],
    attempts: int,
    account: str,
) -> Any:
    """Take calls one after the other and return what they show together."""
    check(credentials, venue.facts)
    sent = [secret.reveal() for secret in credentials.values.values()]
    try:
        async with asyncio.timeout(timeout) as limit:
            await _measure(venue, door, timeout / 4)
            return await _walk(venue, door, walk, credentials, sent, limit, attempts, account)
    except TimeoutError:
        raise too_late(timeout) from None


async def _walk(
    venue: Venue,
    door: Door,
    walk: Callable[[Credentials, int], Steps],
    credentials: Credentials,
    sent: list[str],
    limit: asyncio.Timeout,
    attempts: int,
    account: str,
) -> Any:
    """Take calls one after the other and return what they show together."""
    exchange, steps = venue.exchange, walk(credentials, venue.now_ms())
    told: Any = None
    while True:
        try:
            step = steps.send(told)
        except StopIteration as end:
            return end.value
        call = venue.call(step.use)
        if call is None:
            raise Refusal(Reason.UNSUPPORTED, f"keylint cannot ask {venue.facts.exchange} for a key yet")
        make = partial(_signed, venue, step.sign or exchange.sign, call, credentials)
        delay = partial(venue.pace.delay, account, call.path)
        told = await _send(venue, door, make, sent, limit, attempts, step.accepts, delay)


def _one_step(credentials: Credentials, now_ms: int) -> Steps:  # noqa: ARG001 - as `Stepwise.steps`
    """Take the one call that shows a key at most exchanges."""
    return (yield Step("key"))


def _signed(venue: Venue, sign: Sign, call: Call, credentials: Credentials) -> Request:
    return sign(call.method, call.path, credentials, venue.stamp_ms())


async def _measure(venue: Venue, door: Door, timeout: float) -> None:
    """Measure the exchange's clock once a run, and go by it from then on. Without an answer ours is taken."""
    async with venue.measuring:
        call = venue.call("time")
        if venue.offset_ms is not None or call is None:
            return
        venue.offset_ms = 0
        before = venue.clock()
        try:
            async with asyncio.timeout(timeout) as limit:
                data = await _send(venue, door, lambda: Request(call.method, call.path), [], limit, attempts=1)
            theirs = venue.exchange.server_time(data)
        except (Refusal, TimeoutError):
            return  # the request for the key itself will tell what is wrong
        after, step = venue.clock(), venue.exchange.TIME_STEP_MS
        venue.skew_ms = max(0, theirs - after) or min(0, theirs + step - before)
        if before - step <= theirs <= after:
            return  # the clocks agree, as far as the time that the answer took lets us see
        # Not half a step more: a nonce ahead of the time would lock out the key's other users until then.
        offset = theirs - (before + after) // 2
        if abs(offset) > LARGEST_SKEW_MS:
            # A nonce of that day could lock the key's other users out for good.
            days = abs(offset) / 86_400_000
            message = f"this machine's clock and that of {venue.facts.exchange} are {days:.0f} days apart"
            venue.end(Refusal(Reason.CLOCK_SKEW, message, "set this machine's clock"))
        venue.offset_ms = offset


async def _send(
    venue: Venue,
    door: Door,
    make: Callable[[], Request],
    sent: list[str],
    limit: asyncio.Timeout,
    attempts: int = ATTEMPTS,
    accepts: tuple[str, ...] = (),
    delay: Callable[[], float] = float,
) -> Any:
    """Send a request, made anew for each attempt, until there is an answer or no use in trying again; return its data.

    `delay` takes a turn for an attempt and returns in how many seconds it comes; to wait for it takes no time of a key.
    A refusal with one of the codes in `accepts` is an answer too, and returned as the `Error` that it is.
    What only hurts when it is repeated is not: after a rate limit that names no end there is no second attempt.
    """
    attempt = 0
    while True:
        attempt += 1
        if not venue.ended and (seconds := delay()):
            limit.reschedule(_end(limit) + seconds)
            await venue.wait(seconds)
        await venue.turn(limit)
        request = make()
        asked = None
        try:
            answer = await door.send(request)
        except Refusal as failed:
            refused = failed
        else:
            values = chain(sent, _told(request)) if sent else ()
            error = venue.exchange.error(answer)
            if error and error.code in accepts:
                return error
            refusing = refusal(answer, error, venue.facts, values)
            if refusing is None:
                return answer.data
            refused, asked = refusing, _wait_asked(answer, error, venue.now_ms())
            venue.slow_down(refused, asked, answer.status)
        if venue.ended:
            raise venue.ended.with_traceback(None)
        pause = FIRST_PAUSE * 2 ** (attempt - 1) if asked is None else 0.0
        is_late = asyncio.get_running_loop().time() + pause >= _end(limit)
        if attempt == attempts or is_late or (asked is None and refused.reason not in _AGAIN):
            raise refused
        await asyncio.sleep(pause)


def _end(limit: asyncio.Timeout) -> float:
    """Return the loop's time at which a limit strikes."""
    end = limit.when()
    assert end is not None
    return end


def _told(request: Request) -> Iterator[str]:
    """Yield what an answer must not repeat of a request: headers, signatures, and the long words of a body."""
    yield from (value for value in request.headers.values() if len(value) > LONGEST_HARMLESS)
    yield from _LONG_WORD.findall(request.body.decode("latin-1"))
    for name, _, value in (pair.partition("=") for pair in request.query.split("&")):
        if name.lower() == "signature":
            yield from (value, unquote(value))


def _wait_asked(answer: Answer, error: Error | None, now_ms: int) -> float | None:
    """Return the seconds that an answer asks to wait, by its header or its own words; None where it does not."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:  # noqa: PLR2004 - years
        return float(text)
    until_ms = error.until_ms if error else None
    if text:
        try:
            until_ms = round(parsedate_to_datetime(text).timestamp() * 1000)
        except (ValueError, OverflowError):
            until_ms = None
    if until_ms is not None:
        return max(0.0, (until_ms - now_ms) / 1000)
    if error and error.wait_ms is not None:
        return error.wait_ms / 1000
    return 1.0 if answer.status == _TOO_MANY else None
