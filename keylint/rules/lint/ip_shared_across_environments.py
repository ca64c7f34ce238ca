"""A machine that uses keys of a test environment uses none of production.

Where experiments run, code is young and people are many. When the same address may use a production key, a mistake or a
break-in there reaches real funds, and a wrong host or a swapped key is one slip away. testnet and demo count as one.

To mend it: run tests elsewhere, and remove the address from one of the two allowlists.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        ip_allowlist: [203.0.113.10]
      mm-bot-test:
        exchange: binance
        environment: testnet
        permissions: [read]
        ip_allowlist: [203.0.113.10]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        ip_allowlist: [203.0.113.10]
      tracker:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10]
      mm-bot-test:
        exchange: binance
        environment: testnet
        permissions: [read]
        ip_allowlist: [203.0.113.20]

Source: binance/binance-connector-python#155 and sammchardy/python-binance#1336, keys at the wrong host
"""

from collections.abc import Iterator
from functools import lru_cache

from keylint.model.address import network
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each entry that a key on the other side has too."""
    if not key.ip_allowlist:
        return
    seen = context.memory
    if not seen:
        seen["production"], seen["test"] = {}, {}
    is_live = key.environment == "production"
    mine: dict[str, str] = seen["production" if is_live else "test"]
    others: dict[str, str] = seen["test" if is_live else "production"]
    for position, entry in enumerate(key.ip_allowlist):
        address = _plain(entry) if "/" in entry or ":" in entry else entry
        mine.setdefault(address, key.name)
        if address in others:
            side = "a test environment" if is_live else "production"
            yield Problem(
                key.at("ip_allowlist", position),
                f"{entry} may use key {key.name!r} of {key.environment} and key {others[address]!r} of {side}",
                "run tests elsewhere, and remove the address from one of the two lists",
                address,
                other=others[address],
            )


@lru_cache(maxsize=4096)
def _plain(entry: str) -> str:
    """Return an entry in the one form that it shares with all others that mean the same."""
    parsed = network(entry)
    if parsed is None:
        return entry
    return str(parsed.network_address) if parsed.num_addresses == 1 else str(parsed)


RULE = Rule("ip-shared-across-environments", Severity.WARNING, __doc__, check, active_only=True)
