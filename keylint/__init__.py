"""Policy as code for crypto-exchange API keys."""

__version__ = "0.1.0"
