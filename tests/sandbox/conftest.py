"""Requests by hand, from the published vectors; nothing of keylint's own signing is used."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from keylint.sandbox.load import state_from
from keylint.sandbox.server import Sandbox
from tests.sandbox.hands import NOW, Reply, send

NOW_MS = 1_499_827_319_559
BINANCE_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
BINANCE_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
KRAKEN_KEY = "Ab1/CdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQr"
KRAKEN_SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="

# Own vectors of the descriptions, computed apart from this code.
BINANCE_SIGNATURE = "82f4e72e95e63d666b6da651e82a701722ad8a785a169318d91f36f279c55821"
KRAKEN_SIGNATURE = "0hXh9q5/fK8xgzNfiExbUyhEvsv1gAYGgL/5PWy8Xo8kFGhpI/ZwAnHB1eC0SYtlYiywFcypDRuBP/GjHp+ojA=="


def exchange_data(binance: dict[str, Any], kraken: dict[str, Any], **top: Any) -> dict[str, Any]:
    keys = [
        {
            "exchange": "binance",
            "api_key": BINANCE_KEY,
            "api_secret": BINANCE_SECRET,
            "permissions": ["enableReading"],
            **binance,
        },
        {
            "exchange": "kraken",
            "api_key": KRAKEN_KEY,
            "api_secret": KRAKEN_SECRET,
            "permissions": ["query-funds", "modify-trades"],
            "label": "grid-bot",
            **kraken,
        },
    ]
    return {"keys": [{k: v for k, v in key.items() if v is not None} for key in keys], **top}


@pytest.fixture
def start() -> Iterator[Callable[..., Sandbox]]:
    """Starts a sandbox with one key per exchange at a fixed time; `binance` and `kraken` change the keys."""
    with contextlib.ExitStack() as stack:

        def start(
            binance: dict[str, Any] | None = None,
            kraken: dict[str, Any] | None = None,
            now_ms: int = NOW_MS,
            latency_ms: int | None = None,
            **top: Any,
        ) -> Sandbox:
            state = state_from(exchange_data(binance or {}, kraken or {}, **top), "live.yaml")
            return stack.enter_context(Sandbox(state, clock=lambda: now_ms, latency_ms=latency_ms))

        yield start


@pytest.fixture
def play() -> Iterator[Callable[..., Sandbox]]:
    """Starts a sandbox with the given keys (YAML) at a fixed time; `top` are the other fields of its file."""
    with contextlib.ExitStack() as stack:

        def play(*keys: dict[str, Any], now_ms: int = NOW, **top: Any) -> Sandbox:
            state = state_from({"keys": list(keys), **top}, "live.yaml")
            return stack.enter_context(Sandbox(state, clock=lambda: now_ms))

        yield play


@pytest.fixture
def ask() -> Callable[..., Reply]:
    """Sends one request on a connection of its own: base URL, method, target, headers, body."""
    return send


@pytest.fixture
def inspect() -> Callable[[Sandbox, str], Reply]:
    """Sends the own vector of an exchange's description."""

    def inspect(sandbox: Sandbox, exchange: str) -> Reply:
        base = sandbox.base_urls[exchange]
        if exchange == "binance":
            query = f"recvWindow=5000&timestamp=1499827319559&signature={BINANCE_SIGNATURE}"
            return send(base, "GET", f"/sapi/v1/account/apiRestrictions?{query}", {"X-MBX-APIKEY": BINANCE_KEY})
        headers = {
            "API-Key": KRAKEN_KEY,
            "API-Sign": KRAKEN_SIGNATURE,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return send(base, "POST", "/0/private/GetApiKeyInfo", headers, b"nonce=1616492376594")

    return inspect


@pytest.fixture
def told(inspect: Callable[[Sandbox, str], Reply]) -> Callable[[Sandbox, str], Any]:
    """Sends the own vector and returns the body's data."""
    return lambda sandbox, exchange: json.loads(inspect(sandbox, exchange)[2])
