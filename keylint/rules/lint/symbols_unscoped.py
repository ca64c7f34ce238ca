"""A key that may trade is bound to its instruments where the exchange can do that.

A stolen key that may only trade is used to pump a thin market with its owner's funds: in the 3Commas leak of 2022 that
was DMG on FTX, in March 2018 Viacoin on Binance. A key that is bound to the instruments of its bot is of no use for it.

To mend it: list the instruments at the exchange and in `symbols`. The rule is silent where keys cannot be bound so.

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: gate
        permissions: [read, trade.spot]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: gate
        permissions: [read, trade.spot]
        symbols: [BTC_USDT]
      other-bot:
        exchange: binance
        permissions: [read, trade.spot]

Source: decrypt.co/117826 and oodaloop.com on 3Commas; cryptoglobe.com on Viacoin
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule

# Neither names an instrument.
_WITHOUT = frozenset({"trade.cancel", "convert"})


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that may trade everything although it could be bound."""
    if key.symbols or key.facts is None or not key.facts.symbols:
        return
    if key.capabilities.isdisjoint(context.vocabulary.members["trade"] - _WITHOUT):
        return
    yield Problem(
        key.at("symbols"),
        f"key {key.name!r} may trade every instrument",
        f"list those of its program at {key.exchange}, and here in `symbols`",
    )


RULE = Rule("symbols-unscoped", Severity.NOTE, __doc__, check)
