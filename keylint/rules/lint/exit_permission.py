"""A key has no way to move value out beside withdrawing, such as selling to third parties, payments or a card.

Withdrawal is watched everywhere; the side doors are not. With one key Bybit can let a program sell coins to third
parties, pay, convert to fiat money and manage a card, each by a right of its own.

To mend it: untick the right at the exchange and remove it here. A key that must have it needs a waiver, with a reason
and an end. Withdrawal itself is `no-withdraw`; what a right for something else brings in any case is `implied-reach`.

Bad:

    version: 1
    keys:
      desk:
        exchange: bybit
        permissions: [read, p2p]  # <- finding

Bad:

    version: 1
    keys:
      desk:
        exchange: bybit
        permissions:
          - Spot.SpotTrade
          - FiatBitPay.FaitPayOrder  # <- finding
          - BitCard.BitCard  # <- finding

Live:

    permissions: [query-funds, add-withdraw-address]

Bad:

    version: 1
    keys:
      tracker:
        exchange: kraken
        permissions: [read]  # <- finding

Good:

    version: 1
    keys:
      desk:
        exchange: okx
        permissions: [read, trade.spot]

Source: bybit-exchange.github.io/docs/v5/user/apikey-info
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.granted import by_permission, chosen

# What `no-withdraw` judges, and what only stops it.
_WITHDRAWAL = frozenset({"withdraw", "withdraw.cancel"})


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each permission that lets value leave the account in another way than withdrawal."""
    exits = context.vocabulary.members["exit"]
    if key.capabilities.isdisjoint(exits):
        return
    found = chosen(key, context, exits - _WITHDRAWAL)
    for path, what, capabilities in by_permission(key, found, context.vocabulary):
        yield Problem(
            path,
            f"key {key.name!r} can let value leave the account: {what}",
            f"remove it here and untick it at {key.exchange}; a key that must have it needs a waiver",
            capabilities,
        )


RULE = Rule("exit-permission", Severity.ERROR, __doc__, check, judges_live=True)
