"""A declaration says what the key may do.

A key without a single permission is either useless or not fully declared: then every right that it has is a surprise,
and all that rules say of rights is silent. Some exchanges let every key read; that is written as `read`.

To mend it: list what the key may do, or delete the key at the exchange if nobody needs it.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: []  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: deribit
        permissions: ["account:none", "trade:none"]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: bitmex
        permissions: [read]

Source: ccxt#5158, ccxt#25807, BitMEX/api-connectors#97: nobody can tell what a key can do
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that may do nothing at all."""
    if key.capabilities or key.declared.unknown:
        return
    always = ", ".join(sorted(key.facts.always)) if key.facts else ""
    hint = f"every key of {key.exchange} can {always}: write that" if always else "list what the key may do"
    yield Problem(key.at("permissions"), f"key {key.name!r} is declared to do nothing", hint)


RULE = Rule("empty-permissions", Severity.WARNING, __doc__, check)
