"""A declaration says which program or vendor has the secret.

When a vendor is breached, the question is which keys it had. In November 2022 people gave their keys to copies of the
3Commas and Skyrex sites; whoever had written down where each key went could say in a minute which ones to delete.

To mend it: name the program, the machine or the firm that you pasted the secret into. If nobody knows, delete the key
at the exchange.

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: binance
        permissions: [read]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        holder: grid-bot on eu-1

Source: fxstreet.com, 2022-11-14, on the look-alike sites
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key of which nobody says who has it."""
    if not key.holders:
        yield Problem(
            key.at("holder"),
            f"key {key.name!r} does not say who holds its secret",
            "add `holder:` with the program or the vendor that uses it",
        )


RULE = Rule("holder-required", Severity.WARNING, __doc__, check)
