"""Keeps the calls of a run to the rate that an exchange documents."""

import asyncio
from collections import deque

from keylint.model.facts import Rate

SLACK = 1.05
"""Calls do not arrive as evenly as they leave."""


class Pace:
    """The turns at one exchange: as many calls of one path as it takes in its time, for each account or for all."""

    def __init__(self, rate: Rate | None) -> None:
        """Take the documented rate; without one, or where it is of one key, nobody waits: a key is asked once."""
        self._rate = rate if rate and rate.of != "key" else None
        self._turns: dict[tuple[str, str], deque[float]] = {}

    def delay(self, account: str, path: str) -> float:
        """Take the next turn for a call and return in how many seconds it comes."""
        if self._rate is None:
            return 0.0
        now = asyncio.get_running_loop().time()
        group = account if self._rate.of == "account" else ""
        turns = self._turns.setdefault((group, path), deque(maxlen=self._rate.requests))
        is_free = len(turns) < self._rate.requests
        turn = now if is_free else max(now, turns[0] + self._rate.seconds * SLACK)
        turns.append(turn)
        return turn - now
