"""Asks exchanges what a key really is: read-only, through one door."""

from importlib import import_module
from typing import Any

from keylint.exchanges.exchange import Exchange

# exchange -> module; written out, imported when a key of that exchange is asked for.
EXCHANGES = {
    "binance": "keylint.exchanges.binance",
    "bingx": "keylint.exchanges.bingx",
    "bitget": "keylint.exchanges.bitget",
    "bybit": "keylint.exchanges.bybit",
    "coinbase": "keylint.exchanges.coinbase",
    "gate": "keylint.exchanges.gate",
    "htx": "keylint.exchanges.htx",
    "kraken": "keylint.exchanges.kraken",
    "kucoin": "keylint.exchanges.kucoin",
    "mexc": "keylint.exchanges.mexc",
    "okx": "keylint.exchanges.okx",
}


def adapter(name: str) -> Exchange:
    """Return the adapter of one of `EXCHANGES`."""
    module: Any = import_module(EXCHANGES[name])
    exchange: Exchange = module
    return exchange
