"""A key that trades belongs to a sub-account where the exchange has them.

A stolen key can lose all that its account holds. The keys that leaked from 3Commas could only trade, and that was
enough: thin markets were pumped with the victims' funds. A sub-account holds what one program needs and no more.

To mend it: make a sub-account at the exchange, move the program's funds there, make the key there, and say
`account_type: sub`.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        account_type: main  # <- finding
        permissions: [read, trade.spot]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        account_type: sub
        permissions: [read, trade.spot]
      tracker:
        exchange: binance
        account_type: main
        permissions: [read]
      derivatives:
        exchange: kraken-futures
        account_type: main
        permissions: [read, trade.futures]

Source: decrypt.co/117826 and forklog.com on 3Commas
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key of a main account that trades though there could be a sub-account."""
    if key.account_type != "main" or key.status == "revoked" or key.facts is None:
        return
    trades = context.vocabulary.of_class("trade", key.capabilities)
    if trades and key.facts.sub_accounts:
        yield Problem(
            key.at("account_type"),
            f"key {key.name!r} can {', '.join(trades)} on the main account",
            f"make the key in a sub-account at {key.exchange} that holds what this program needs",
            ",".join(trades),
        )


RULE = Rule("main-account-trading", Severity.NOTE, __doc__, check, judges_live=True)
