"""The servers of the sandbox: connections, ports, shutdown, and what they print."""

import http.client
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from keylint.model.errors import UsageError
from keylint.sandbox.server import Sandbox, serve
from keylint.sandbox.simulation import Simulation
from keylint.sandbox.state import State

Start = Callable[..., Sandbox]
Ask = Callable[..., tuple[int, dict[str, str], bytes]]
Inspect = Callable[[Sandbox, str], tuple[int, dict[str, str], bytes]]


def connect(sandbox: Sandbox, exchange: str = "binance") -> socket.socket:
    address = urlsplit(sandbox.base_urls[exchange])
    assert address.hostname
    assert address.port
    return socket.create_connection((address.hostname, address.port), timeout=5)


def everything(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_each_exchange_has_its_own_port_on_loopback(start: Start) -> None:
    first, second = start().base_urls, start().base_urls
    assert set(first) == {"binance", "kraken"}
    assert len({*first.values(), *second.values()}) == 4
    assert all(url.startswith("http://127.0.0.1:") for url in first.values())


def test_connection_is_kept(start: Start) -> None:
    connection = http.client.HTTPConnection(urlsplit(start().base_urls["binance"]).netloc, timeout=5)
    for _ in range(3):
        connection.request("GET", "/api/v3/time")
        sock = connection.sock
        assert connection.getresponse().read() == b'{"serverTime":1499827319559}'
        assert connection.sock is sock is not None
    connection.close()


def test_close_is_obeyed_and_announced(start: Start) -> None:
    with connect(start()) as connection:
        connection.sendall(b"GET /api/v3/time HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert b"\r\nConnection: close\r\n" in everything(connection)


def test_head_has_no_body(start: Start) -> None:
    with connect(start()) as connection:
        connection.sendall(b"HEAD /api/v3/time HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert everything(connection).endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"nonsense\r\n\r\n", b"HTTP/1.1 400 "),
        (b"GET / HTTP/9.9\r\n\r\n", b"HTTP/1.1 505 "),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 400 "),
        (b"POST / HTTP/1.1\r\nContent-Length: 1000001\r\n\r\n", b"HTTP/1.1 413 "),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"HTTP/1.1 413 "),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 411 "),
        (b"GET /" + b"x" * 65_536, b""),
    ],
    ids=["nonsense", "version", "negative", "large", "huge", "chunked", "endless-line"],
)
def test_what_is_no_request_is_refused_and_the_next_one_served(
    start: Start, ask: Ask, sent: bytes, answer: bytes
) -> None:
    sandbox = start()
    with connect(sandbox) as connection:
        connection.sendall(sent)
        received = everything(connection)
    assert received.startswith(answer)
    assert bool(received) == bool(answer)
    assert ask(sandbox.base_urls["binance"], "GET", "/api/v3/time")[0] == 200
    assert len(sandbox.requests) == 1


def test_hundred_connections_at_once_are_served(start: Start, inspect: Inspect) -> None:
    sandbox = start()
    with ThreadPoolExecutor(100) as pool:
        statuses = list(pool.map(lambda _: inspect(sandbox, "binance")[0], range(300)))
    assert statuses == [200] * 300
    assert len(sandbox.requests) == 300


def test_latency_delays_each_answer(start: Start, inspect: Inspect) -> None:
    for sandbox in (start(latency_ms=50), start(latency_ms=50, exchanges={})):
        began = time.monotonic()
        inspect(sandbox, "binance")
        assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize(
    "fault", [None, "hang", "endless_body", "endless_headers", "slow_headers", "slow_body", "big_body"]
)
def test_shutdown_is_prompt(start: Start, fault: str | None) -> None:
    sandbox = start(faults=[fault] if fault else [])
    before = threading.active_count()
    connections = [connect(sandbox, exchange) for exchange in ("binance", "kraken") for _ in range(5)]
    for connection in connections:
        connection.sendall(b"GET /api/v3/time HTTP/1.1\r\n\r\n")
    while len(sandbox.requests) < len(connections):
        time.sleep(0.005)
    began = time.monotonic()
    sandbox.close()
    assert time.monotonic() - began < 1
    assert threading.active_count() == before - 2
    for connection in connections:
        connection.close()


def test_nothing_is_printed(start: Start, ask: Ask, inspect: Inspect, capfd: pytest.CaptureFixture[str]) -> None:
    sandbox = start()
    inspect(sandbox, "binance")
    ask(sandbox.base_urls["kraken"], "GET", "/nowhere")
    with connect(start(faults=["endless_body"])) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection.recv(10)
    sandbox.close()
    assert capfd.readouterr() == ("", "")


def test_defect_of_the_sandbox_is_shown(
    start: Start, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("defect")

    monkeypatch.setattr(Simulation, "react", broken)
    with connect(start()) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert everything(connection) == b""
    assert "LookupError: defect" in capfd.readouterr().err


def test_client_that_is_gone_before_it_is_handled_is_no_defect(
    start: Start, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def gone(*_: object) -> None:
        raise ConnectionResetError

    sandbox = start()
    monkeypatch.setattr(sandbox._servers["binance"], "finish_request", gone)
    with connect(sandbox) as connection:
        assert everything(connection) == b""
    assert capfd.readouterr().err == ""


def test_port_can_be_fixed_and_must_be_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"^kraken cannot be served at 127.0.0.1:{port}: the port is not free$"):
            Sandbox(State(ports={"kraken": port}))
    with Sandbox(State(ports={"kraken": port})) as sandbox:
        assert sandbox.base_urls["kraken"] == f"http://127.0.0.1:{port}"
    with pytest.raises(UsageError, match=r"^binance cannot be served at 127\.0\.0\.1:70000"):
        Sandbox(State(ports={"binance": 70_000}))


def test_serve_goes_by_the_real_clock(ask: Ask) -> None:
    with serve(State(exchange_faults={"binance": ()})) as sandbox:
        _, _, body = ask(sandbox.base_urls["binance"], "GET", "/api/v3/time")
    assert abs(int(body[len('{"serverTime":') : -1]) - time.time() * 1000) < 5000
