"""The exchanges that keylint knows, by their names; each has a file in keylint/facts/."""

EXCHANGE_NAMES = ("binance", "kraken")
