"""A permission is one of keylint's capabilities or one of the exchange's own rights.

A misspelt permission means nothing, so nothing could be compared with the live key.

To mend it: take the name that the hint says, or one that `keylint exchanges NAME` lists; boxes at the exchange are
often called otherwise than the rights in its answers.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.spott]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [enableReading, trade.spot]

Source: ccxt#5158, ccxt#25807, BitMEX/api-connectors#97: nobody can tell what a key can do
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.model.wording import nearest


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each name that is in neither vocabulary."""
    if not key.declared.unknown or key.facts is None:
        return
    facts, capabilities = key.facts, list(context.vocabulary.classes)
    rights = ", ".join(name for name, right in facts.rights.items() if not right.alternate)
    own = f", or {facts.title}'s own names: {rights}" if rights else ""
    for position, name in key.declared.unknown:
        hint = nearest(name, (*facts.names, *capabilities)) or f"use capabilities such as read or trade.spot{own}"
        yield Problem(key.at("permissions", position), f"{name!r} is no permission of {key.exchange}", hint, name)


RULE = Rule("unknown-permission", Severity.ERROR, __doc__, check)
