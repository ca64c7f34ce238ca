"""A proxy is used only when it is asked for, and sees where a request goes and nothing of it."""

import asyncio
import base64
import contextlib
import os
import select
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import pytest

from keylint.exchanges import http
from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.http import Door
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal, UsageError
from keylint.model.finding import Reason
from keylint.model.secret import Secret
from tests.exchanges.wire import Wire, certificate, reply
from tests.live.test_live_isolation import many
from tests.live.world import World
from tests.running import keylint

ASK = Request("GET", "/sapi/v1/account/apiRestrictions", "timestamp=1", {"X-MBX-APIKEY": "the-key"})
ROOT = Path(__file__).parent.parent.parent


class Tunnel:
    """A proxy that connects to one address whatever it is asked for, and keeps what it was told before that."""

    def __init__(self, port: int, answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> None:
        self._to, self._answer = port, answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        self.passed = b""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, socket.create_connection(("127.0.0.1", self._to)) as server:
            self.heard.append(client.recv(65_536))
            client.sendall(self._answer)
            while True:
                for source in select.select([client, server], [], [])[0]:
                    if not (data := source.recv(65_536)):
                        return
                    self.passed += data
                    (server if source is client else client).sendall(data)


def send(base: str, proxy: str, *requests: Request) -> list[Answer]:
    facts = facts_of("binance")
    assert facts

    async def all_of_them() -> list[Answer]:
        door = Door(facts, base, 5, proxy=Secret(proxy))
        try:
            return [await door.send(request) for request in requests]
        finally:
            await door.close()

    return asyncio.run(all_of_them())


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    file, context = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setattr(http, "_tls", lambda: ssl.create_default_context(cafile=str(file)))
    return context


def test_proxy_sees_the_host_and_nothing_of_the_request(trusted: ssl.SSLContext) -> None:
    with Wire(reply(b'{"a": 1}'), tls=trusted) as wire, Tunnel(wire.port) as tunnel:
        answers = send(wire.base, f"http://127.0.0.1:{tunnel.port}", ASK, ASK)
        assert [answer.data for answer in answers] == [{"a": 1}] * 2
        assert (len(wire.received), len(tunnel.heard)) == (2, 1)
        assert tunnel.heard[0].startswith(f"CONNECT 127.0.0.1:{wire.port} HTTP/1.1\r\n".encode())
        assert b"the-key" in wire.received[0]
        assert b"the-key" not in tunnel.heard[0] + tunnel.passed
        assert b"authorization" not in tunnel.heard[0].lower()


def test_proxy_gets_the_name_and_the_password_that_it_was_given(trusted: ssl.SSLContext) -> None:
    with Wire(tls=trusted) as wire, Tunnel(wire.port) as tunnel:
        send(wire.base, f"http://me:p%40ss@127.0.0.1:{tunnel.port}", ASK)
        told = base64.b64encode(b"me:p@ss")
        assert b"Proxy-Authorization: Basic " + told in tunnel.heard[0]
        assert b"authorization" not in wire.received[0].lower()


def test_proxy_that_refuses_is_told(trusted: ssl.SSLContext) -> None:
    with (
        Wire(tls=trusted) as wire,
        Tunnel(wire.port, b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as tunnel,
        pytest.raises(Refusal) as caught,
    ):
        send(wire.base, f"http://me:hunter2@127.0.0.1:{tunnel.port}", ASK)
    assert (caught.value.reason, caught.value.message) == (Reason.UNREACHABLE, "the proxy refuses to go there")
    assert "hunter2" not in repr(caught.value) + caught.value.hint


def test_certificate_is_checked_through_a_proxy_too(tmp_path: Path) -> None:
    _, context = certificate(tmp_path, "127.0.0.1")
    with (
        Wire(tls=context) as wire,
        Tunnel(wire.port) as tunnel,
        pytest.raises(Refusal) as caught,
    ):
        send(wire.base, f"http://127.0.0.1:{tunnel.port}", ASK)
    assert caught.value.reason is Reason.TLS
    assert wire.received == []


def test_what_is_on_this_machine_goes_through_no_proxy() -> None:
    with Wire() as wire, Wire() as proxy:
        send(wire.base, proxy.base, ASK)
        assert (len(wire.received), proxy.connections) == (1, 0)


@pytest.mark.parametrize(
    "url", ["", "proxy", "proxy:3128", "ftp://proxy", "http://", "http://p:0", "http://p:x", "http://p/a", "http://a b"]
)
@pytest.mark.parametrize("way", ["option", "variable"])
def test_what_is_no_proxy_is_refused_and_not_quoted(
    world: World, monkeypatch: pytest.MonkeyPatch, url: str, way: str
) -> None:
    world.serve()
    if way == "variable" and not url:
        return  # an empty variable is one that is not set
    if way == "variable":
        monkeypatch.setenv("KEYLINT_PROXY", url)
    with pytest.raises(UsageError) as caught:
        world.diff(*([f"--proxy={url}"] if way == "option" else []))
    origin = "--proxy" if way == "option" else "KEYLINT_PROXY"
    assert str(caught.value) == f"{origin}: write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT"


@pytest.mark.parametrize("command", ["diff", "snapshot", "import"])
def test_every_command_that_asks_takes_a_proxy(command: str) -> None:
    assert "--proxy URL" in keylint(command, "--help").out


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no terminals of this kind here")
@pytest.mark.parametrize(("is_terminal", "words"), [(True, []), (True, ["-q"]), (False, [])])
def test_progress_is_shown_on_a_terminal_only(world: World, is_terminal: bool, words: list[str]) -> None:
    world.play(many(world, "binance", 20))
    command = [sys.executable, "-m", "keylint", "diff", *world.write(), "--policy=live.policy.yaml", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    ours, theirs = os.openpty()
    ran = subprocess.run(
        [*command, "--now=2026-11-22"],
        cwd=world.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=theirs if is_terminal else subprocess.PIPE,
        check=False,
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):
        while piece := os.read(ours, 65_536):
            shown += piece
    os.close(ours)
    shown = shown if is_terminal else ran.stderr
    assert (b"20/20" in shown) == (is_terminal and not words)
    assert b"asking" not in ran.stdout
    assert bool(shown) == (is_terminal and not words)
