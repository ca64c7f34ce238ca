"""Answers like Binance after a fixed delay, and counts connections: as light as it can be, to be no bottleneck.

    python bench/live_server.py 0.05

Prints its port. It judges nothing: every key is fine. `GET /count` tells, at once, how many connections were open
together and how many requests came since it was last asked.
"""

import asyncio
import json
import socket
import sys
import time
from datetime import datetime

from bench.declarations import LIVE_CREATED, LIVE_RIGHTS

_KEY_PATH = b"GET /sapi/v1/account/apiRestrictions?"
_TIME_PATH = b"GET /api/v3/time "
_END = b"\r\n\r\n"
_BACKLOG = 1024


def _http(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _restrictions() -> bytes:
    created = int(datetime.fromisoformat(f"{LIVE_CREATED}T00:00:00Z").timestamp()) * 1000
    rights = (
        "enableReading enableSpotAndMarginTrading enableWithdrawals enableInternalTransfer permitsUniversalTransfer "
        "enableMargin enableFutures enableVanillaOptions enablePortfolioMarginTrading enableFixApiTrade "
        "enableFixReadOnly"
    )
    flags = {name: name in LIVE_RIGHTS for name in rights.split()}
    return _http(json.dumps({"ipRestrict": True, "createTime": created, **flags}).encode())


class Counts:
    """What the server saw."""

    def __init__(self) -> None:
        self.open = self.most = self.requests = 0

    def take(self) -> bytes:
        """Return the counts and start again; the connection that asks does not count."""
        told = json.dumps({"connections": self.most, "requests": self.requests}).encode()
        self.most, self.requests = 0, 0
        return told


class Answering(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay: float, counts: Counts, restrictions: bytes) -> None:
        """Take what all connections share."""
        self._delay, self._counts, self._restrictions = delay, counts, restrictions
        self._received = b""
        self._is_client = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        """Answer each whole request after the delay. Requests have no body here."""
        self._received += data
        while _END in self._received:
            head, _, self._received = self._received.partition(_END)
            if head.startswith(b"GET /count "):
                self._transport.write(_http(self._counts.take()))
                continue
            self._count()
            if head.startswith(_KEY_PATH):
                answer = self._restrictions
            elif head.startswith(_TIME_PATH):
                answer = b""
            else:
                answer = _http(b"{}").replace(b"200 OK", b"404 Not Found")
            self._loop.call_later(self._delay, self._answer, answer)

    def _count(self) -> None:
        self._counts.requests += 1
        if not self._is_client:
            self._is_client = True
            self._counts.open += 1
            self._counts.most = max(self._counts.most, self._counts.open)

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer or _http(b'{"serverTime": %d}' % (time.time_ns() // 1_000_000)))

    def connection_lost(self, _error: Exception | None) -> None:
        """Count it out."""
        self._counts.open -= self._is_client


async def serve(delay: float) -> None:
    """Serve on a free port until the process is ended."""
    counts, restrictions = Counts(), _restrictions()
    server = await asyncio.get_running_loop().create_server(
        lambda: Answering(delay, counts, restrictions), "127.0.0.1", 0, family=socket.AF_INET, backlog=_BACKLOG
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
