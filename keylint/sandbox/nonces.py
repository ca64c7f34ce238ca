"""The nonces that a key has used."""

import threading
from typing import Literal


class Nonces:
    """Nonces that must rise: each above the highest so far, or unused in the `window` below it."""

    def __init__(self, last: int, window: int = 0) -> None:
        self.highest = last
        self._window = window
        self._used = {last}
        self._lock = threading.Lock()

    def fault(self, nonce: int) -> Literal["used", "low"] | None:
        """Take a nonce, or say what is wrong with it."""
        with self._lock:
            if nonce in self._used:
                return "used"
            if nonce < self.highest - self._window:
                return "low"
            self.highest = max(self.highest, nonce)
            self._used = {used for used in (*self._used, nonce) if used >= self.highest - self._window}
            return None
