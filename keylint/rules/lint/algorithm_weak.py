"""A key signs with a private key where the exchange offers that.

A shared secret (HMAC) is shown by the exchange, copied by hand into a file, and known to both sides. A private key is
made where it is used and never leaves: what the exchange has cannot sign. Binance lets a shared-secret key that is
bound to no address only read.

To mend it: make a key pair, register its public half at the exchange, and write `algorithm` here. Where `algorithm` is
absent, a declared `api_secret` tells.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        algorithm: hmac  # <- finding
        permissions: [read]

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        credentials:
          api_key: env:MM_BOT_API_KEY
          api_secret: env:MM_BOT_API_SECRET  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        algorithm: ed25519
        permissions: [read]
      other-bot:
        exchange: kraken
        algorithm: hmac
        permissions: [read]

Source: ccxt#18459; developers.binance.com
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key with a shared secret that could be a private key."""
    algorithm = key.algorithm
    path: tuple[str, ...] = ("algorithm",)
    if algorithm is None and key.credentials and "api_secret" in key.credentials:
        algorithm, path = "hmac", ("credentials", "api_secret")
    if algorithm is None or key.facts is None or not key.facts.algorithms.get(algorithm):
        return
    better = ", ".join(name for name, is_weak in key.facts.algorithms.items() if not is_weak)
    yield Problem(
        key.at(*path),
        f"key {key.name!r} signs with a shared secret ({algorithm})",
        f"{key.exchange} also takes {better}: make a key pair and register its public half",
        algorithm,
    )


RULE = Rule("algorithm-weak", Severity.NOTE, __doc__, check)
