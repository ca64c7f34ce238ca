"""Asks exchanges what a key really is: read-only, through one door."""

from importlib import import_module
from typing import Any

from keylint.exchanges.exchange import Exchange

# exchange -> module; written out, imported when a key of that exchange is asked for.
EXCHANGES = {
    "binance": "keylint.exchanges.binance",
    "bingx": "keylint.exchanges.bingx",
    "bitfinex": "keylint.exchanges.bitfinex",
    "bitget": "keylint.exchanges.bitget",
    "bithumb": "keylint.exchanges.bithumb",
    "bitmex": "keylint.exchanges.bitmex",
    "bybit": "keylint.exchanges.bybit",
    "coinbase": "keylint.exchanges.coinbase",
    "deribit": "keylint.exchanges.deribit",
    "gate": "keylint.exchanges.gate",
    "gemini": "keylint.exchanges.gemini",
    "htx": "keylint.exchanges.htx",
    "hyperliquid": "keylint.exchanges.hyperliquid",
    "kraken": "keylint.exchanges.kraken",
    "kraken-futures": "keylint.exchanges.kraken_futures",
    "kucoin": "keylint.exchanges.kucoin",
    "mexc": "keylint.exchanges.mexc",
    "okx": "keylint.exchanges.okx",
    "upbit": "keylint.exchanges.upbit",
    "whitebit": "keylint.exchanges.whitebit",
}


def adapter(name: str) -> Exchange:
    """Return the adapter of one of `EXCHANGES`."""
    module: Any = import_module(EXCHANGES[name])
    exchange: Exchange = module
    return exchange
