"""Serves simulated exchanges on loopback, each on a port of its own.

    with Sandbox(state) as sandbox:
        sandbox.base_urls["kraken"]  # http://127.0.0.1:41233

Not a prefix for each exchange: that would change the path that is signed.
"""

import contextlib
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from keylint.model.errors import UsageError
from keylint.sandbox.simulation import SIMULATED, Clock, Reaction, Record, Simulation
from keylint.sandbox.state import State
from keylint.sandbox.wire import Request, message

_LONGEST_LINE = 65_536
_LARGEST_BODY = 1_000_000
_JOIN_SECONDS = 0.4


def system_clock() -> int:
    """Return the time in Unix milliseconds."""
    return time.time_ns() // 1_000_000


class Sandbox:
    """Running exchanges; they stop when the `with` block ends, also while a fault keeps clients waiting.

    Only those run that the state names.
    `clock` is the time of all exchanges. `latency_ms` delays each answer, in place of the state's own value.
    Raises UsageError where a fixed port is taken.
    """

    def __init__(
        self, state: State, clock: Clock = system_clock, bind: str = "127.0.0.1", latency_ms: int | None = None
    ) -> None:
        self._records: list[Record] = []
        self._servers: dict[str, _Server] = {}
        delay = (state.latency_ms if latency_ms is None else latency_ms) / 1000
        for name in (name for name in SIMULATED if name in state.exchanges):
            simulation = Simulation(name, state, clock)
            address = (bind, state.ports.get(name, 0))
            try:
                self._servers[name] = _Server(address, simulation, self._records, delay)
            except (OSError, OverflowError):
                self.close()
                raise UsageError(
                    f"{name} cannot be served at {address[0]}:{address[1]}: the port is not free"
                ) from None
        for server in self._servers.values():
            server.start()

    @property
    def base_urls(self) -> Mapping[str, str]:
        """Exchange -> base URL."""
        return {name: f"http://{server.server_name}:{server.server_port}" for name, server in self._servers.items()}

    @property
    def requests(self) -> tuple[Record, ...]:
        """All requests so far, in the order in which they were judged."""
        return tuple(self._records)

    @property
    def forbidden(self) -> tuple[Record, ...]:
        """Those that are neither the documented inspection nor the time call."""
        return tuple(record for record in self.requests if record.is_forbidden)

    def close(self) -> None:
        """Stop listening and drop every connection."""
        for server in self._servers.values():
            server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def serve(state: State) -> Sandbox:
    """Start the state's exchanges, by the system's clock; the caller closes the sandbox, best by `with`."""
    return Sandbox(state)


class _Server(ThreadingHTTPServer):
    """One exchange on one port. It knows its connections, so that it can end them."""

    request_queue_size = 256
    timeout = 0.5  # for a missed wake-up call, see `stop`

    def __init__(
        self, address: tuple[str, int], simulation: Simulation, records: list[Record], delay_seconds: float
    ) -> None:
        self.stopped = threading.Event()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._loop = threading.Thread(target=self._accept, daemon=True)
        self._simulation = simulation
        self._records = records
        self._delay_seconds = delay_seconds
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)
        host, self.server_port = self.socket.getsockname()[:2]
        self.server_name = str(host)

    def start(self) -> None:
        """Begin to accept."""
        self._loop.start()

    def stop(self) -> None:
        """Accept no more, wake every handler and wait for it."""
        self.stopped.set()
        if self._loop.is_alive():
            with contextlib.suppress(OSError):  # a connection of our own wakes the loop; `serve_forever` would poll
                socket.create_connection((self.server_name, self.server_port), _JOIN_SECONDS).close()
            self._loop.join()
        self.server_close()
        waiting = dict(self._connections)
        for connection in waiting.values():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + _JOIN_SECONDS
        for thread in waiting:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _accept(self) -> None:
        while not self.stopped.is_set():
            self.handle_request()

    def verify_request(self, request: object, client_address: object) -> bool:
        """Turn away whoever comes after the end."""
        del request, client_address
        return not self.stopped.is_set()

    def react(self, request: Request) -> Reaction:
        """Judge a request, keep the record, and wait as long as answers take here."""
        reaction = self._simulation.react(request)
        self._records.append(reaction.record)
        if self._delay_seconds:
            self.stopped.wait(self._delay_seconds)
        return reaction

    def process_request(self, request: "socket.socket | tuple[bytes, socket.socket]", client_address: object) -> None:
        """Handle a connection in a thread of its own."""
        assert isinstance(request, socket.socket)
        thread = threading.Thread(target=self._handle, args=(request, client_address), daemon=True)
        self._connections[thread] = request
        thread.start()

    def handle_error(self, request: "socket.socket | tuple[bytes, socket.socket]", client_address: object) -> None:
        """Report a defect of ours, and no client that went away."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def _handle(self, connection: socket.socket, client_address: object) -> None:
        try:
            self.process_request_thread(connection, client_address)
        finally:
            self._connections.pop(threading.current_thread(), None)


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads requests, asks the exchange, sends what it says. It prints nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_one_request(self) -> None:
        """Read and answer one request; a client that goes away ends the connection and nothing else."""
        try:
            self.raw_requestline = self.rfile.readline(_LONGEST_LINE + 1)
            if not self.raw_requestline or len(self.raw_requestline) > _LONGEST_LINE:
                self.close_connection = True
            elif self.parse_request() and (body := self._body()) is not None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                self._send(self.server.react(Request(self.command, self.path, headers, body)))
        except OSError:
            self.close_connection = True

    def _body(self) -> bytes | None:
        """Read the request's body; None where its length is not given as it must be, which has then been said."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self.send_error(411)
        elif not (length.isascii() and length.isdigit()):
            self.send_error(400)
        elif len(length) > len(str(_LARGEST_BODY)) or int(length) > _LARGEST_BODY:
            self.send_error(413)
        else:
            return self.rfile.read(int(length))
        return None

    def _send(self, reaction: Reaction) -> None:
        if reaction.delivery:
            self.close_connection = True
        reply = message(reaction.answer, reaction.now_ms, close=self.close_connection)
        if reaction.delivery:
            reaction.delivery.deliver(_Line(self), reply)
        elif self.command == "HEAD":
            self.connection.sendall(reply.head(len(reply.body)))
        else:
            for piece in reply.pieces():
                self.connection.sendall(piece)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no proper request; unlike the standard page this quotes nothing of it."""
        del message, explain
        self.close_connection = True
        self.connection.sendall(b"HTTP/1.1 %d \r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % code)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is inherited
        """Print nothing: a request line holds a signature."""


class _Line:
    """The way back to one client; see `deliveries.Line`."""

    def __init__(self, handler: _Handler) -> None:
        self._handler = handler
        self._stopped = handler.server.stopped

    def send(self, data: bytes) -> None:
        self._handler.connection.sendall(data)

    def pause(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise ConnectionAbortedError

    def wait(self) -> None:
        self._stopped.wait()

    def reset(self) -> None:
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.rfile.close()
        self._handler.connection.close()
