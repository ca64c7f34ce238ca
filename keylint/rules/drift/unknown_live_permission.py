"""A live key has no right that keylint does not know.

Exchanges add rights without notice. What a new right can do is unknown, so it is taken for the worst until it has been
looked up: new rights fail closed.

To mend it: untick the right at the exchange if nobody needs it. If it is meant, update keylint, or tell us of it.

Live:

    permissions: [enableReading]
    unmapped: [enableAlphaWithdrawals]
    ip_restricted: false

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]  # <- finding

Live:

    permissions: [enableReading]
    ip_restricted: false

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each live right without an entry in the facts."""
    for right in live.unmapped:
        yield Problem(
            key.at("permissions"),
            f"live key {key.name!r} has {right!r}, a right of {key.exchange} that keylint does not know",
            f"untick it at {key.exchange} unless you know what it does",
            right,
        )


RULE = Rule("unknown-live-permission", Severity.ERROR, __doc__, check_live=check, is_drift=True)
