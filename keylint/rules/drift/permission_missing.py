"""A live key can do what was declared.

A bot whose right is missing finds out when it needs it: an exit that fails, a stop-loss that could not be sent.

To mend it: tick the right at the exchange, or remove it from the declaration.

Live:

    permissions: [enableReading]
    ip_restricted: false

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, trade.futures]  # <- finding

Live:

    permissions: [query-funds, modify-trades]
    ip_allowlist: []

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read, trade.spot]

Source: freqtrade/freqtrade#6783, a lapsed right and a loss of 89 % behind a 25 % stop
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.permission import compare
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each declared permission that no live right gives."""
    if key.facts is None:
        return
    for name in compare(key.declared, live.rights, live.unreported, key.facts).missing:
        position = key.permissions.index(name) if name in key.permissions else None
        givers = [right for right, fact in key.facts.rights.items() if name in fact.gives]
        where = f"tick {' or '.join(givers)} at {key.exchange}" if givers else f"tick it at {key.exchange}"
        yield Problem(
            key.at("permissions") if position is None else key.at("permissions", position),
            f"live key {key.name!r} lacks {name}",
            f"{where}, or remove it from `permissions`",
            name,
        )


RULE = Rule("permission-missing", Severity.ERROR, __doc__, check_live=check, is_drift=True)
