"""A folder of its own for each test, simulated exchanges, and no long pauses between attempts."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from keylint.exchanges import inspect, pacing
from tests.live.world import World


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(pacing, "SLACK", 0.0)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What keylint listens to in the environment of this machine, and of whatever builds it."""
    names = ("CI", "KEYLINT_ALLOW_ENV", "KEYLINT_ALLOW_FILE", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH")
    others = ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "SYSTEM_PULLREQUEST_ISFORK", "CIRCLE_PR_REPONAME")
    bases = ("KEYLINT_BASE_URL_BINANCE", "KEYLINT_BASE_URL_KRAKEN")
    for name in (*names, *others, *bases):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may reach an exchange."""
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        assert host in (None, "127.0.0.1", b"127.0.0.1", "localhost"), f"a test looked up {host!r}"
        return original(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def world(empty_folder: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(empty_folder, stack)
