"""A key that can trade on borrowed funds or in derivatives says what it is for.

With leverage a thief or a faulty bot loses more than lies in the account within minutes. In the 3Commas leak of 2022
keys that could only trade were enough: 44 verified victims lost 14.8 million dollars. Where the key has a purpose that
the policy knows, `exceeds-purpose` judges it; this rule speaks where there is none.

To mend it: add `purpose:`, or untick margin, futures, options and borrowing at the exchange.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.futures]  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        purpose: future-trading
        permissions: [read, trade.futures]  # <- finding

Good:

    version: 1
    keys:
      futures-bot:
        exchange: binance
        purpose: futures-trading
        permissions: [read, trade.futures]
      spot-bot:
        exchange: binance
        permissions: [read, trade.spot]

Source: decrypt.co/117826 on 3Commas
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.granted import by_permission

_LEVERAGE = frozenset({"trade.margin", "trade.futures", "trade.options", "margin.borrow", "loan"})


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each permission with leverage of a key without a known purpose."""
    if key.capabilities.isdisjoint(_LEVERAGE):
        return
    if key.purpose is not None and (key.purpose in context.purposes or not context.purposes):
        return
    for path, what, capabilities in by_permission(key, key.capabilities & _LEVERAGE, context.vocabulary):
        yield Problem(
            path,
            f"key {key.name!r} can lose more than its own funds, and has no known purpose: {what}",
            "add `purpose:` with a profile that allows it, such as futures-trading, or remove the permission",
            capabilities,
        )


RULE = Rule("leverage-needs-purpose", Severity.WARNING, __doc__, check)
