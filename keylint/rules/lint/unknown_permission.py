"""A permission is one of keylint's capabilities or one of the exchange's own rights.

A misspelt permission means nothing, so nothing could be compared with the live key.

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
"""

from collections.abc import Iterator
from difflib import get_close_matches

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each name that is in neither vocabulary."""
    if not key.declared.unknown or key.facts is None:
        return
    capabilities, rights = list(context.vocabulary.classes), list(key.facts.rights)
    folded = {name.lower(): name for name in (*rights, *capabilities)}
    for position, name in key.declared.unknown:
        near = get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
        hint = (
            f"did you mean `{folded[near[0]]}`?"
            if near
            else f"use capabilities such as read or trade.spot, or {key.facts.title}'s own names: {', '.join(rights)}"
        )
        yield Problem(key.at("permissions", position), f"{name!r} is no permission of {key.exchange}", hint, name)


RULE = Rule("unknown-permission", Severity.ERROR, __doc__, check)
