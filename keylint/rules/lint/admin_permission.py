"""A key cannot change keys, sub-accounts or settings.

A key that makes keys widens its own reach: who steals it makes another one that may withdraw, and keeps it after the
stolen one is deleted. In March 2018 attackers had made trading keys on the accounts of Binance customers and waited two
months before they used them. At Deribit the scope `account:read_write` is enough to make keys.

To mend it: untick the right at the exchange and remove it here. Manage keys by hand, or by a key that only the team's
key management holds, with a waiver.

Bad:

    version: 1
    keys:
      desk:
        exchange: deribit
        permissions: [trade:read_write, account:read_write]  # <- finding

Live:

    permissions: [isAuditor, Administrator]

Bad:

    version: 1
    keys:
      desk:
        exchange: gemini
        permissions: [read]  # <- finding

Good:

    version: 1
    keys:
      desk:
        exchange: deribit
        permissions: [trade:read_write, account:read]

Source: cryptoglobe.com and viralriff.com on the Binance and Viacoin incident of 2018-03-07; docs.deribit.com
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.granted import by_permission, chosen


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each permission with which the key could widen its own reach."""
    powers = context.vocabulary.members["admin"]
    if key.capabilities.isdisjoint(powers):
        return
    found = chosen(key, context, powers)
    for path, what, capabilities in by_permission(key, found, context.vocabulary):
        yield Problem(
            path,
            f"key {key.name!r} can widen its own reach: {what}",
            f"remove it here and untick it at {key.exchange}; a key that must have it needs a waiver",
            capabilities,
        )


RULE = Rule("admin-permission", Severity.ERROR, __doc__, check, judges_live=True)
