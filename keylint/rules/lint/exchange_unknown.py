"""The exchange is one that keylint knows.

Of an unknown exchange nothing can be said: neither what its permissions mean nor whether the key is as declared.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binanse  # <- finding
        permissions: [read]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
"""

from collections.abc import Iterator
from difflib import get_close_matches

from keylint.exchange_names import EXCHANGE_NAMES
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key of an exchange without facts."""
    if key.facts is None:
        near = get_close_matches(key.exchange, EXCHANGE_NAMES, n=1, cutoff=0.6)
        hint = f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(EXCHANGE_NAMES)}"
        yield Problem(key.at("exchange"), f"unknown exchange {key.exchange!r}", hint, key.exchange)


RULE = Rule("exchange-unknown", Severity.ERROR, __doc__, check)
