"""Exchanges whose environments differ by nothing but the host."""

from collections.abc import Mapping

from keylint.sandbox.state import Key
from keylint.sandbox.wire import Request


def is_known_at(key: Key, request: Request, hosts: Mapping[str, str]) -> bool:
    """Say whether a key exists at the host that was called; `hosts`: host -> environment.

    Under every other name, as the sandbox's own, all keys exist.
    """
    called = request.header("host").partition(":")[0].lower()
    return hosts.get(called, key.environment) == key.environment
