"""Lists keys at a simulated exchange, as `diff` does."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from keylint.exchanges import adapter
from keylint.exchanges.exchange import Credentials
from keylint.exchanges.http import Door
from keylint.exchanges.inspect import Venue, list_keys
from keylint.load.facts import facts_of
from keylint.model.live import LiveKey
from keylint.model.secret import Secret
from keylint.sandbox.load import state_from
from keylint.sandbox.server import Sandbox
from tests.live.world import NOW_MS


@contextmanager
def played(*keys: Mapping[str, Any]) -> Iterator[Sandbox]:
    """Play an exchange with these keys."""
    with ExitStack() as stack:
        state = state_from({"keys": [dict(key) for key in keys]}, "live.yaml")
        yield stack.enter_context(Sandbox(state, clock=lambda: NOW_MS))


def listed(sandbox: Sandbox, exchange: str, given: Mapping[str, str], skew_ms: int = 0) -> tuple[LiveKey, ...]:
    """Return the keys that a key lists; how well the clocks agree is no part of it."""
    facts = facts_of(exchange)
    assert facts
    credentials = Credentials({name: Secret(value) for name, value in given.items()})

    async def ask() -> tuple[LiveKey, ...]:
        door = Door(facts, sandbox.base_urls[exchange], 5)
        try:
            return await list_keys(Venue(facts, adapter(exchange), lambda: NOW_MS + skew_ms), door, credentials, 5)
        finally:
            await door.close()

    found = asyncio.run(ask())
    assert all(live.listed for live in found)
    return tuple(live._replace(listed=False, skew_ms=None) for live in found)
