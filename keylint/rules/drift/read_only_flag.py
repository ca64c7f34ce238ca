"""An exchange's flag «read only» says what the declaration says.

Bybit has one flag over all rights: while it is on, the ticked groups are areas that may be read, and nothing more. A
key that is declared for reading and has the flag off is one tick away from trading, and on a main account some such
keys can add rights to themselves. A key that is declared for more and has the flag on can do none of it, although every
box is ticked.

To mend it: set the flag at the exchange («Read-Only» or «Read-Write»), or correct `permissions`.

Live:

    permissions: []
    read_only: false

Bad:

    version: 1
    keys:
      tracker:
        exchange: bybit
        permissions: [read]  # <- finding

Live:

    permissions: []
    read_only: true

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: bybit
        permissions: [read, trade.spot]  # <- finding

Live:

    permissions: []
    read_only: true

Good:

    version: 1
    keys:
      tracker:
        exchange: bybit
        permissions: [read]

Live:

    permissions: [Spot.SpotTrade]
    read_only: false

Good:

    version: 1
    keys:
      mm-bot:
        exchange: bybit
        permissions: [read, trade.spot]

Source: github.com/bybit-exchange/docs, docs/v5/user/apikey-info and modify-master-apikey, 2026-07
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem where the flag and the declaration contradict each other."""
    only_reads = key.capabilities <= context.vocabulary.harmless
    if live.read_only is UNKNOWN or live.read_only is only_reads or key.declared.unknown:
        return
    if only_reads:
        message = f"live key {key.name!r} is not set to read only, and nothing above reading is declared"
        hint = f"set it to read only at {key.exchange}: what somebody ticks later then grants nothing"
    else:
        message = f"live key {key.name!r} is set to read only: whatever is ticked, it can do no more"
        hint = f"set it to read and write at {key.exchange}, or declare reading only"
    yield Problem(key.at("permissions"), message, hint, "read only" if live.read_only else "read and write")


RULE = Rule("read-only-flag", Severity.ERROR, __doc__, check_live=check, is_drift=True)
