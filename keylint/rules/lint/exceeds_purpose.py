"""A key can do no more than its purpose allows.

A right that the program does not need helps nobody but the one who steals the key. Instructions of vendors often ask
for more than their program uses.

What the purpose needs and the exchange does not give with less is not held against the key: at Binance the flag for
spot trading also opens margin. What comes along in the classes transfer, admin and exit is `implied-reach`.

To mend it: untick the right at the exchange and remove it here, or give the key the purpose that it really has.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        purpose: spot-trading
        permissions: [read, trade.spot, trade.futures]  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: gate
        purpose: spot-trading
        permissions:
          - spot.read_write
          - unified.read_write  # <- finding

Live:

    permissions: [enableReading, enableSpotAndMarginTrading, enableFutures]
    ip_restricted: true

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        purpose: spot-trading
        permissions: [read, trade.spot]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        purpose: spot-trading
        permissions: [enableReading, enableSpotAndMarginTrading]
      tracker:
        exchange: kraken
        purpose: portfolio-tracking
        permissions: [read]

Source: hummingbot-site#424 and butor/blackbird#121, documentation that asked for more than was needed
"""

from collections.abc import Iterator
from functools import lru_cache

from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts, Vocabulary
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.granted import added, by_permission, written


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each permission that brings more than the key's profile allows."""
    purpose = context.purposes.get(key.purpose or "")
    if purpose is None or key.capabilities <= purpose.allow:
        return
    asked, reviewed = key.declared.asked, written(key, context.vocabulary).asked
    excess = _excess(key.capabilities, asked, reviewed, purpose.allow, purpose.need, key.facts, context.vocabulary)
    for path, what, capabilities in by_permission(key, excess, context.vocabulary):
        yield Problem(
            path,
            f"key {key.name!r} may {what}: more than {purpose.name} allows",
            f"remove it here and untick it at {key.exchange}; {purpose.name} allows {', '.join(sorted(purpose.allow))}",
            capabilities,
        )


@lru_cache(maxsize=4096)
def _excess(
    capabilities: frozenset[str],
    asked: frozenset[str],
    reviewed: frozenset[str],
    allow: frozenset[str],
    need: frozenset[str],
    facts: Facts | None,
    vocabulary: Vocabulary,
) -> frozenset[str]:
    """Return what is too much: all that was asked for as such, and what comes with rights that could be smaller.

    Excused is what comes with the profile's needs, and with what was reviewed and is allowed; the latter excuses no
    right that lets funds leave or the key widen itself.
    """
    allowed = allow | need
    beyond = capabilities - allowed
    if facts is None:
        return beyond
    excused = added(need | (reviewed & allowed), facts, vocabulary, allowed)
    excused -= vocabulary.members["exit"] | vocabulary.members["admin"]
    excused |= added(need, facts, vocabulary, allowed)
    return (beyond & asked) | (beyond - excused)


RULE = Rule("exceeds-purpose", Severity.ERROR, __doc__, check, judges_live=True)
