"""A key that moves funds between wallets and accounts says in `notes` what for.

A transfer carries funds to where another, wider key can reach them, and the names of such rights mislead: KuCoin's
`Transfer` and Coinbase's `can_transfer` are withdrawal. One sentence shows whoever reviews the key that the right is
meant, and which one.

To mend it: write in `notes` why the key moves funds, or untick the right at the exchange and remove it here.

Bad:

    version: 1
    keys:
      arb-bot:
        exchange: binance
        permissions: [read, trade.spot, transfer.internal]  # <- finding

Good:

    version: 1
    keys:
      arb-bot:
        exchange: binance
        permissions: [read, trade.spot, transfer.internal]
        notes: keeps the margin of the futures wallet topped up from spot

Source: docs.cdp.coinbase.com, key permissions
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.granted import by_permission, chosen


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each permission that moves funds, where no note says why."""
    transfers = context.vocabulary.members["transfer"]
    if key.capabilities.isdisjoint(transfers) or key.written("notes").strip():
        return
    found = chosen(key, context, transfers)
    for path, what, capabilities in by_permission(key, found, context.vocabulary):
        yield Problem(
            path,
            f"key {key.name!r} can move funds, and no `notes` say what for: {what}",
            "add `notes:` with the reason, or remove the permission",
            capabilities,
        )


RULE = Rule("transfer-needs-reason", Severity.WARNING, __doc__, check)
