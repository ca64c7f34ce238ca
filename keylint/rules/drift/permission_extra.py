"""A live key can do no more than was declared.

A right that nobody declared is a right that nobody reviewed; people ask again and again how to tell whether a key can
withdraw at all. It is judged on the exchange's own rights: what a coarse right brings beyond the declaration is shown
and is no drift.

To mend it: untick the right at the exchange, or declare it if it is meant.

Live:

    permissions: [enableReading, enableFutures]
    ip_restricted: false

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]  # <- finding

Live:

    permissions: [enableReading, enableSpotAndMarginTrading]
    ip_restricted: false

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.spot]

Source: ccxt/ccxt#5158, ccxt/ccxt#25807
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.permission import compare
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each live right that no declared capability needs."""
    if key.facts is None:
        return
    for right in compare(key.declared, live.rights, live.unreported, key.facts).extra:
        gives = ", ".join(sorted(key.facts.rights[right].gives)) or "nothing that keylint has a word for"
        yield Problem(
            key.at("permissions"),
            f"live key {key.name!r} has {right}, which was not declared (it gives {gives})",
            f"untick it at {key.exchange}, or add it to `permissions`",
            right,
        )


RULE = Rule("permission-extra", Severity.ERROR, __doc__, check_live=check, is_drift=True)
