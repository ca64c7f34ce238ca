"""A key may not withdraw.

A leaked key that can withdraw empties the account, and a withdrawal cannot be taken back. Bots, trackers and tax tools
never need it. In May 2019 attackers took 7,000 BTC from Binance with the help of stolen API keys and 2FA codes.

To mend it: untick withdrawals at the exchange and remove the permission here. Where a key must withdraw (a treasury
sweep), waive this rule for that one key, with a reason and an end.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, withdraw]  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions:
          - query-funds
          - withdraw-funds  # <- finding

Live:

    permissions: [enableReading, enableWithdrawals]
    ip_restricted: true

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.spot]

Source: cointelegraph and cryptoglobe on the Binance theft of 2019-05-07
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that may withdraw."""
    if "withdraw" in key.capabilities:
        path, name = key.giving("withdraw")
        brings = "" if name == "withdraw" else f" ({name} gives it)"
        yield Problem(
            path,
            f"key {key.name!r} may withdraw funds{brings}",
            f"remove it here and untick it at {key.exchange}; a key that must withdraw needs a waiver",
            name,
        )


RULE = Rule("no-withdraw", Severity.ERROR, __doc__, check, judges_live=True)
