"""Asks one exchange for one key: signs, sends, tries again where that can help, reads."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from keylint.exchanges.exchange import Answer, Credentials, Exchange, Request
from keylint.exchanges.http import Door
from keylint.exchanges.refusal import refusal
from keylint.model.errors import Refusal
from keylint.model.facts import Call, Facts
from keylint.model.finding import Reason
from keylint.model.live import LiveKey

ATTEMPTS = 3
FIRST_PAUSE = 0.2
LONGEST_WAIT = 10.0
_AGAIN = (Reason.RATE_LIMITED, Reason.UNREACHABLE, Reason.MAINTENANCE)
_BANNED = 418


@dataclass(slots=True)
class Venue:
    """What a run knows of one exchange at one address, shared by all its workers.

    `offset_ms`: the exchange's clock minus ours, None until it was measured. `ended`: why nothing more is asked there.
    `not_before`: the loop's time until which everybody waits, as the exchange asked.
    """

    facts: Facts
    base: str
    exchange: Exchange
    clock: Callable[[], int]
    offset_ms: int | None = None
    ended: Refusal | None = None
    not_before: float = 0.0
    last_ms: int = 0
    measuring: asyncio.Lock = field(default_factory=asyncio.Lock)

    def call(self, use: str) -> Call | None:
        """Return the call of the facts for a use, None where there is none."""
        return next((call for call in self.facts.calls if call.use == use), None)

    def now_ms(self) -> int:
        """Return the exchange's time as far as we know it; never the same twice, because it is a nonce too."""
        self.last_ms = max(self.clock() + (self.offset_ms or 0), self.last_ms + 1)
        return self.last_ms


async def inspect(venue: Venue, door: Door, credentials: Credentials) -> LiveKey:
    """Return a key's live state; Refusal says why there is none."""
    _check_shape(credentials)
    call = venue.call("key")
    if call is None:
        raise Refusal(Reason.UNSUPPORTED, f"keylint cannot ask {venue.facts.exchange} for a key yet")
    await _measure(venue, door)

    def sign() -> Request:
        return venue.exchange.sign(call.method, call.path, credentials, venue.now_ms())

    sent = [secret.reveal() for secret in credentials.values.values()]
    answer = await _send(venue, door, sign, sent)
    return venue.exchange.read(answer.data, venue.facts)


async def _measure(venue: Venue, door: Door) -> None:
    """Measure the exchange's clock once a run, and go by it from then on. Without an answer ours is taken."""
    async with venue.measuring:
        call = venue.call("time")
        if venue.offset_ms is not None or call is None:
            return
        venue.offset_ms = 0
        if venue.ended:
            return
        before = venue.clock()
        try:
            answer = await _send(venue, door, lambda: Request(call.method, call.path), [], attempts=1)
            theirs = venue.exchange.server_time(answer.data)
        except Refusal:
            return  # the request for the key itself will tell what is wrong
        after, step = venue.clock(), venue.exchange.TIME_STEP_MS
        offset = theirs + step // 2 - (before + after) // 2
        if abs(offset) > step:
            venue.offset_ms = offset


async def _send(
    venue: Venue, door: Door, make: Callable[[], Request], sent: list[str], attempts: int = ATTEMPTS
) -> Answer:
    """Send a request, made anew for each attempt, until there is an answer or no use in trying again."""
    loop = asyncio.get_running_loop()
    attempt = 0
    while True:
        attempt += 1
        if venue.ended:
            raise venue.ended
        if (wait := venue.not_before - loop.time()) > 0:
            await asyncio.sleep(wait)
        request = make()
        answer = None
        try:
            answer = await door.send(request)
            values = [*sent, *request.headers.values(), request.query.rpartition("signature=")[2]] if sent else []
            refused = refusal(answer, venue.exchange.error(answer), venue.facts, values)
        except Refusal as failed:
            refused = failed
        if refused is None:
            assert answer is not None
            return answer
        if answer is not None and answer.status == _BANNED:
            venue.ended = refused
        if refused.reason not in _AGAIN or attempt == attempts or venue.ended:
            raise refused
        asked = _retry_after(answer) if answer else None
        if asked is not None and asked > LONGEST_WAIT:
            message = f"{refused.message}; it asks to wait {asked:.0f} seconds"
            venue.ended = Refusal(refused.reason, message, refused.hint)
            raise venue.ended
        if asked is None:
            await asyncio.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
        else:
            venue.not_before = max(venue.not_before, loop.time() + asked)


def _retry_after(answer: Answer) -> float | None:
    """Return the seconds that `Retry-After` asks for; None where it is absent or no number."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - years


def _check_shape(credentials: Credentials) -> None:
    """Refuse, before any call, credentials that cannot be right, without showing them."""
    if not credentials.get("api_key"):
        raise Refusal(Reason.NO_CREDENTIALS, "`api_key` is missing", "add `api_key:` under `credentials`")
    for name, secret in credentials.values.items():
        value = secret.reveal()
        if name != "private_key" and not (value.isascii() and value.isprintable()):
            hint = "copy it again; a file may end with one line end, and holds nothing else"
            raise Refusal(Reason.BAD_CREDENTIALS, f"`{name}` holds characters that no credential has", hint)
        if name in ("api_key", "api_secret") and " " in value and "-----BEGIN" not in value:
            raise Refusal(Reason.BAD_CREDENTIALS, f"`{name}` holds blanks", "copy it again without blanks")
