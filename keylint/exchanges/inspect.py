"""Asks one exchange for one key: signs, sends, tries again where that can help, reads."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from keylint.exchanges.exchange import Answer, Credentials, Error, Exchange, Request
from keylint.exchanges.fields import bad_answer
from keylint.exchanges.http import Door, too_late
from keylint.exchanges.refusal import refusal, scrub
from keylint.model.errors import Refusal
from keylint.model.facts import Call, Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

ATTEMPTS = 3
FIRST_PAUSE = 0.2
LONGEST_WAIT = 10.0
MOST_NAMES = 500
LARGEST_SKEW_MS = 31 * 86_400_000
_AGAIN = (Reason.UNREACHABLE, Reason.MAINTENANCE)
_BANNED, _TOO_MANY = 418, 429


@dataclass(slots=True)
class Venue:
    """What a run knows of one exchange at one address, shared by all its workers.

    `offset_ms`: the exchange's clock minus ours, None until it was measured. `ended`: why nothing more is asked there.
    `not_before`: the loop's time until which everybody waits, because of `slowed`.
    """

    facts: Facts
    exchange: Exchange
    clock: Callable[[], int]
    offset_ms: int | None = None
    ended: Refusal | None = None
    not_before: float = 0.0
    slowed: Refusal | None = None
    last_ms: int = 0
    measuring: asyncio.Lock = field(default_factory=asyncio.Lock)

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

    async def turn(self, deadline: float) -> None:
        """Wait until a request may be sent; Refusal where that is too late, or never."""
        loop = asyncio.get_running_loop()
        while True:
            if self.ended:
                raise self.ended.with_traceback(None)
            if (wait := self.not_before - loop.time()) <= 0:
                return
            if self.slowed and self.not_before >= deadline:
                raise self.slowed.with_traceback(None)
            await asyncio.sleep(wait)

    def slow_down(self, refused: Refusal, seconds: float | None, status: int) -> None:
        """Let everybody wait as long as the exchange asks; end the run there if that is long, or after a ban."""
        if status == _BANNED or (seconds or 0) > LONGEST_WAIT:
            asked = f"; it asks to wait {seconds:.0f} seconds" if seconds else ""
            message = f"{refused.message}{asked}; nothing more was sent to it"
            self.ended = Refusal(refused.reason, message, refused.hint)
        elif seconds is not None:
            self.not_before = max(self.not_before, asyncio.get_running_loop().time() + seconds)
            self.slowed = refused


async def inspect(venue: Venue, door: Door, credentials: Credentials, timeout: float) -> LiveKey:
    """Return a key's live state, in `timeout` seconds at most; Refusal says why there is none."""
    _check_shape(credentials)
    call = venue.call("key")
    if call is None:
        raise Refusal(Reason.UNSUPPORTED, f"keylint cannot ask {venue.facts.exchange} for a key yet")

    def sign() -> Request:
        return venue.exchange.sign(call.method, call.path, credentials, venue.stamp_ms())

    sent = [secret.reveal() for secret in credentials.values.values()]
    deadline = asyncio.get_running_loop().time() + timeout
    try:
        async with asyncio.timeout_at(deadline):
            await _measure(venue, door, timeout / 4)
            answer = await _send(venue, door, sign, sent, deadline)
    except TimeoutError:
        raise too_late(timeout) from None
    return _clean(venue.exchange.read(answer.data, venue.facts), sent)


async def _measure(venue: Venue, door: Door, timeout: float) -> None:
    """Measure the exchange's clock once a run, and go by it from then on. Without an answer ours is taken."""
    async with venue.measuring:
        call = venue.call("time")
        if venue.offset_ms is not None or call is None:
            return
        venue.offset_ms = 0
        deadline, before = asyncio.get_running_loop().time() + timeout, venue.clock()
        try:
            async with asyncio.timeout_at(deadline):
                answer = await _send(venue, door, lambda: Request(call.method, call.path), [], deadline, attempts=1)
            theirs = venue.exchange.server_time(answer.data)
        except (Refusal, TimeoutError):
            return  # the request for the key itself will tell what is wrong
        after, step = venue.clock(), venue.exchange.TIME_STEP_MS
        if before - step <= theirs <= after:
            return  # the clocks agree, as far as the time that the answer took lets us see
        # Not half a step more: a nonce ahead of the time would lock out the key's other users until then.
        offset = theirs - (before + after) // 2
        if abs(offset) > LARGEST_SKEW_MS:
            # A nonce of that day could lock the key's other users out for good.
            days = abs(offset) / 86_400_000
            message = f"this machine's clock and that of {venue.facts.exchange} are {days:.0f} days apart"
            venue.ended = Refusal(Reason.CLOCK_SKEW, message, "set this machine's clock")
        venue.offset_ms = offset


async def _send(
    venue: Venue,
    door: Door,
    make: Callable[[], Request],
    sent: list[str],
    deadline: float,
    attempts: int = ATTEMPTS,
) -> Answer:
    """Send a request, made anew for each attempt, until there is an answer or no use in trying again.

    What only hurts when it is repeated is not: after a rate limit that names no end there is no second attempt.
    """
    attempt = 0
    while True:
        attempt += 1
        await venue.turn(deadline)
        request = make()
        asked = None
        try:
            answer = await door.send(request)
        except Refusal as failed:
            refused = failed
        else:
            values = [*sent, *request.headers.values(), request.query.rpartition("signature=")[2]] if sent else []
            error = venue.exchange.error(answer)
            told = refusal(answer, error, venue.facts, values)
            if told is None:
                return answer
            refused, asked = told, _wait_asked(answer, error, venue.now_ms())
            venue.slow_down(refused, asked, answer.status)
        if venue.ended:
            raise venue.ended.with_traceback(None)
        if attempt == attempts or (asked is None and refused.reason not in _AGAIN):
            raise refused
        if asked is None:
            await asyncio.sleep(FIRST_PAUSE * 2 ** (attempt - 1))


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
    return 1.0 if answer.status == _TOO_MANY else None


def _clean(live: LiveKey, sent: list[str]) -> LiveKey:
    """Return a state whose texts hold nothing of what was sent and are short enough to be shown."""
    addresses = live.ip_allowlist
    if len(live.unmapped) > MOST_NAMES or (addresses is not UNKNOWN and len(addresses) > MOST_NAMES):
        raise bad_answer(f"it lists more than {MOST_NAMES} names")
    return live._replace(
        unmapped=tuple(scrub(name, sent) for name in live.unmapped),
        ip_allowlist=UNKNOWN if addresses is UNKNOWN else tuple(scrub(text, sent) for text in addresses),
    )


def _check_shape(credentials: Credentials) -> None:
    """Refuse, before any call, credentials that cannot be right, without showing them."""
    if not credentials.get("api_key"):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_key` is missing", "add `api_key:` under `credentials`")
    for name in ("api_key", "api_secret", "otp"):
        value = credentials.get(name) or ""
        if "-----BEGIN" in value:
            hint = "a private key in PEM belongs under `private_key`"
            raise Refusal(Reason.BAD_CREDENTIALS, f"`{name}` holds a PEM text", hint)
        if not (value.isascii() and value.isprintable()) or " " in value:
            hint = "copy it again; a file may end with one line end, and holds nothing else"
            raise Refusal(Reason.BAD_CREDENTIALS, f"`{name}` holds blanks or characters that no credential has", hint)
