"""Asks for many keys at once, and hands over each answer as it comes."""

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from keylint.diff.targets import Place, Target, Tell
from keylint.exchanges import adapter
from keylint.lint import Declared
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from keylint.model.secret import Secret

TellListed = Callable[[Declared, tuple[LiveKey, ...] | Refusal], None]
T = TypeVar("T")


class How(NamedTuple):
    """How exchanges are asked in a run: at most `jobs` keys at once, each `timeout` seconds long.

    `clock`: this machine's time in milliseconds. `proxy`: the URL of the proxy that the operator asked for. `advance`
    is called with 1 after each key.
    """

    jobs: int
    timeout: float
    clock: Callable[[], int]
    proxy: Secret | None = None
    advance: Callable[[int], None] = lambda _keys: None


async def ask(wanted: Sequence[Target], how: How, tell: Tell, tell_listed: TellListed | None = None) -> None:
    """Ask for every key; `tell` is called with each answer as it comes.

    `tell_listed` is called with what a key lists of others, after its own state; without it nothing is listed. A key
    that was refused is not asked for others either.
    """
    from keylint.exchanges.http import Door  # noqa: PLC0415 - httpcore takes longer to import than a `--show-calls` run
    from keylint.exchanges.inspect import ATTEMPTS, Venue, inspect, list_keys  # noqa: PLC0415 - the same

    queues: dict[Place, list[Target]] = {}
    for target in reversed(wanted):
        queues.setdefault((target.facts.exchange, target.base, target.headers), []).append(target)
    venues = {place: Venue(queue[0].facts, adapter(place[0]), how.clock) for place, queue in queues.items()}
    workers: Counter[Place] = Counter()

    async def one(venue: Venue, door: Door, target: Target) -> None:
        account = target.declared.key.account or ""
        outcome: LiveKey | Refusal | State = State.UNVERIFIABLE
        if target.shows_itself:
            attempts = 1 if target.is_revoked else ATTEMPTS
            outcome = await _guarded(inspect(venue, door, target.credentials, how.timeout, attempts, account))
            if isinstance(outcome, Refusal):
                outcome.skew_ms = venue.skew_ms
        tell(target.declared, outcome)
        if target.lists and tell_listed and not isinstance(outcome, Refusal):
            tell_listed(
                target.declared, await _guarded(list_keys(venue, door, target.credentials, how.timeout, account))
            )

    async def work() -> None:
        while place := busiest(queues, workers):
            workers[place] += 1
            door = Door(venues[place].facts, place[1], how.timeout, place[2], how.proxy)
            try:
                while queues[place]:
                    await one(venues[place], door, queues[place].pop())
                    how.advance(1)
            finally:
                await door.close()
            workers[place] -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(min(how.jobs, len(wanted))):
            group.create_task(work())


async def _guarded(asking: Awaitable[T]) -> T | Refusal:
    """Return what comes of asking, or why nothing did."""
    try:
        return await asking
    except Refusal as refusal:
        return refusal
    except Exception as error:  # noqa: BLE001 - one key's defect must not hide the other keys
        return defect(error)


def busiest(queues: Mapping[Place, Sequence[Target]], workers: Mapping[Place, int]) -> Place | None:
    """Return where the next free worker is needed most, None where nothing is left to do.

    First where nobody is yet, so that a slow exchange does not delay the others; then where there are the most keys for
    each worker.
    """
    waiting = [place for place, queue in queues.items() if queue]
    return max(
        waiting,
        key=lambda place: (not workers[place], len(queues[place]) / (workers[place] + 1)),
        default=None,
    )


def defect(error: Exception) -> Refusal:
    """Return the refusal for a fault of our own: its place, and no word of its text, which may hold a secret."""
    package = Path(__file__).parents[1]
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    places = [f"{file.relative_to(package).as_posix()}:{line}" for file, line in frames if package in file.parents]
    message = f"a defect in keylint: {type(error).__name__} at {''.join(places[-1:])}"
    return Refusal(Reason.UNSUPPORTED, message, "please report it; its text is left out because it may hold a secret")
