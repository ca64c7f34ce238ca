"""Carries httpcore's bytes by asyncio alone.

httpcore's own way is anyio, which runs under trio as well; what that takes is a fifth to a third of the CPU time of a
request, and with a hundred at once it is CPU time that keys wait for (docs/performance.md).
"""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

_MOST = 1 << 18
"""How many bytes may lie here unread before the other side has to wait."""
_NEXT_ADDRESS = 0.25
"""Seconds until another address of a host is tried beside the first. Source: RFC 8305."""


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection. How long anything takes is the caller's to limit: the timeouts of the interface are not used."""

    def __init__(self) -> None:
        """Begin without a transport: asyncio brings it."""
        self._transport: asyncio.Transport | None = None
        self._data = bytearray()
        self._error: Exception | None = None
        self._is_over = False
        self._is_paused = False
        self._waiting: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what came until it is read."""
        self._data += data
        if len(self._data) > _MOST and not self._is_paused and self._transport:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Take the end of what the other side sends for the end of the connection."""
        self._is_over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember why."""
        self._is_over = True
        self._error = exc
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - see the class
        """Return what has come, up to a number of bytes; b"" at the end. ReadError for a connection that was cut."""
        while not self._data and not self._is_over:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        data = bytes(self._data[:max_bytes])
        del self._data[:max_bytes]
        if self._is_paused and len(self._data) <= _MOST and self._transport and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()
        if not data and self._error:
            raise httpcore.ReadError("the connection was cut") from self._error
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - see the class
        """Send bytes; WriteError where the connection is over. A request is small: nothing waits for room."""
        if self._transport is None or self._transport.is_closing():
            raise httpcore.WriteError("the connection was cut") from self._error
        self._transport.write(buffer)

    async def aclose(self) -> None:
        """End the connection at once: all that was wanted of it was read."""
        if self._transport:
            self._transport.abort()

    def get_extra_info(self, info: str) -> Any:
        """Tell what httpcore asks: the TLS of a connection, and whether an idle one is over or was sent anything."""
        if info == "is_readable":
            return self._is_over or bool(self._data)
        return self._transport.get_extra_info(info) if self._transport else None

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002 - it is the one that the connection was made with
        server_hostname: str | None = None,  # noqa: ARG002 - the same
        timeout: float | None = None,  # noqa: ARG002 - see the class
    ) -> httpcore.AsyncNetworkStream:
        """Return this stream: it began with TLS."""
        return self


class Streams(httpcore.AsyncNetworkBackend):
    """Makes connections to one host, all by TLS or none."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        """Take what every connection is secured with."""
        self._tls = tls

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - see `Stream`
        local_address: str | None = None,  # noqa: ARG002 - never given here
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - never given here
    ) -> httpcore.AsyncNetworkStream:
        """Connect, by TLS where that is wanted; ConnectError with its cause where it cannot be."""
        try:
            _, stream = await asyncio.get_running_loop().create_connection(
                Stream,
                host,
                port,
                ssl=self._tls,
                server_hostname=host if self._tls else None,
                happy_eyeballs_delay=_NEXT_ADDRESS,
            )
        except (OSError, UnicodeError) as error:  # also every fault of TLS, and a name that no host can have
            raise httpcore.ConnectError("no connection") from error
        return stream

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
