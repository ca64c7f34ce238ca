"""The exchange is one that keylint knows.

Of an unknown exchange nothing can be said: neither what its permissions mean nor whether the key is as declared.

To mend it: correct the name; `keylint exchanges` lists those that keylint knows. If the name is right, look twice: in
November 2022 people gave keys to sites that only looked like 3Commas and Skyrex.

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

Source: fxstreet.com, 2022-11-14, on the look-alike sites
"""

from collections.abc import Iterator

from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.model.wording import nearest


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key of an exchange without facts."""
    if key.facts is None:
        hint = nearest(key.exchange, EXCHANGE_NAMES) or f"known are: {', '.join(EXCHANGE_NAMES)}"
        yield Problem(key.at("exchange"), f"unknown exchange {key.exchange!r}", hint, key.exchange)


RULE = Rule("exchange-unknown", Severity.ERROR, __doc__, check)
