"""A replaced key is deleted soon after its successor was made.

As long as both live, a thief has two keys to look for and the owner one that nobody watches: the rotation has changed
nothing. Improper offboarding stands first in OWASP's list of what goes wrong with the identities of programs.

To mend it: make sure that no program uses the old key any more, delete it at the exchange, and say `status: revoked`
in its declaration.

Bad:

    version: 1
    keys:
      mm-bot-q3:
        exchange: binance
        permissions: [read]
        status: retiring
      mm-bot-q4:
        exchange: binance
        permissions: [read]
        created: 2026-11-14
        replaces: mm-bot-q3  # <- finding

With:

    days: 2

Bad:

    version: 1
    keys:
      mm-bot-q4:
        exchange: binance
        permissions: [read]
        created: 2026-11-19
        replaces: mm-bot-q3  # <- finding
      mm-bot-q3:
        exchange: binance
        permissions: [read]

Good:

    version: 1
    keys:
      mm-bot-q3:
        exchange: binance
        permissions: [read]
        status: retiring
      mm-bot-q4:
        exchange: binance
        permissions: [read]
        created: 2026-11-15
        replaces: mm-bot-q3
      tracker-q3:
        exchange: binance
        permissions: [read]
        status: revoked
      tracker-q4:
        exchange: binance
        permissions: [read]
        created: 2026-10-01
        replaces: tracker-q3

Source: OWASP Non-Human Identities Top 10 2025, NHI1
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.lifetime import is_longer
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions
from keylint.rules.named import MEMORY, remember


class Options(RuleOptions):
    """How many days after the new key's `created` the old one may still be active."""

    LOOSER = MappingProxyType({"days": "more"})
    days: int = 7


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that is no longer new and replaces one that is, or turns out to be, active still."""
    is_living = remember(key, context)
    old = key.replaces
    if old is None or old == key.name or key.created is None or not is_living[key.name]:
        return
    age = context.now - key.created
    if is_longer(age, context.options.days) and is_living.get(old, True):
        yield Problem(
            key.at("replaces"),
            f"key {old!r} is still active {age.days} days after {key.name!r} replaced it, "
            f"{context.options.days} are allowed",
            f"delete {old!r} at its exchange, then say `status: revoked` in its declaration",
            old,
            pending=None if old in is_living else lambda: is_living.get(old, False),
        )


RULE = Rule("rotation-overlap", Severity.WARNING, __doc__, check, options=Options, shares=MEMORY)
