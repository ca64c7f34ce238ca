"""Sends the requests of a `diff` with other clients: the floor, and what one could have used instead.

    python bench/live_client.py raw|aiohttp|ccxt PORT REQUESTS JOBS

Prints, tab-separated, wall seconds and CPU seconds of the requests alone, without start-up and imports. aiohttp and
ccxt are imported by name, because they are there only in the peers' own environment.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from hashlib import sha256
from hmac import new
from importlib import import_module
from typing import Any

_HOST = "127.0.0.1"
_PATH = "/sapi/v1/account/apiRestrictions"
_KEY, _SECRET = "k" * 64, "s" * 64

Ask = Callable[[], Awaitable[object]]


def _target() -> str:
    query = f"recvWindow=5000&timestamp={time.time_ns() // 1_000_000}"
    return f"{_PATH}?{query}&signature={new(_SECRET.encode(), query.encode(), sha256).hexdigest()}"


async def raw(port: int, requests: int, jobs: int) -> None:
    """Use asyncio's streams, one connection a worker."""

    async def connect() -> tuple[Ask, Callable[[], Awaitable[object]]]:
        reader, writer = await asyncio.open_connection(_HOST, port)

        async def ask() -> None:
            writer.write(f"GET {_target()} HTTP/1.1\r\nHost: {_HOST}:{port}\r\nX-MBX-APIKEY: {_KEY}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split()[0]))

        async def close() -> None:
            writer.close()
            await writer.wait_closed()

        return ask, close

    await _work(connect, requests, jobs)


async def aiohttp(port: int, requests: int, jobs: int) -> None:
    """Use aiohttp: one session for all, with its own limit of connections."""
    library: Any = import_module("aiohttp")
    connector = library.TCPConnector(limit=jobs)
    async with library.ClientSession(connector=connector, headers={"X-MBX-APIKEY": _KEY}) as session:

        async def connect() -> tuple[Ask, Callable[[], Awaitable[object]]]:
            async def ask() -> None:
                async with session.get(f"http://{_HOST}:{port}{_target()}") as response:
                    await response.json()

            return ask, _nothing

        await _work(connect, requests, jobs)


async def ccxt(port: int, requests: int, jobs: int) -> None:
    """Use ccxt: one exchange object a worker, because each holds the credentials of one key."""
    library: Any = import_module("ccxt.async_support")

    async def connect() -> tuple[Ask, Callable[[], Awaitable[object]]]:
        exchange = library.binance({"apiKey": _KEY, "secret": _SECRET, "enableRateLimit": False})
        exchange.urls["api"]["sapi"] = f"http://{_HOST}:{port}/sapi/v1"
        return exchange.sapi_get_account_apirestrictions, exchange.close

    await _work(connect, requests, jobs)


async def _nothing() -> None:
    pass


async def _work(
    connect: Callable[[], Coroutine[Any, Any, tuple[Ask, Callable[[], Awaitable[object]]]]], requests: int, jobs: int
) -> None:
    """Share the requests out to workers that each connect once."""
    left = iter(range(requests))

    async def worker() -> None:
        ask, close = await connect()
        for _ in left:
            await ask()
        await close()

    async with asyncio.TaskGroup() as group:
        for _ in range(jobs):
            group.create_task(worker())


CLIENTS = {"raw": raw, "aiohttp": aiohttp, "ccxt": ccxt}


async def main(name: str, port: int, requests: int, jobs: int) -> None:
    """Time one client."""
    if name != "raw":
        import_module(name)
    wall, cpu = time.perf_counter(), sum(os.times()[:2])
    await CLIENTS[name](port, requests, jobs)
    print(time.perf_counter() - wall, sum(os.times()[:2]) - cpu, sep="\t")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5])))
