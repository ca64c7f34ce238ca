"""No key lives longer than a year, whatever the policy says.

A policy may raise `max-age`; this ceiling stays: `days` can be set lower and not higher. 366 days is the most that
GitHub allows a fine-grained token by default, and nobody remembers where a key of that age was copied to.

To mend it: make a new key at the exchange, move the program to it, and delete the old one.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2025-11-01  # <- finding

With:

    days: 180

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2026-05-25  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2025-11-21

Source: GitHub, fine-grained personal access tokens, default maximum lifetime
"""

from collections.abc import Iterator
from datetime import timedelta
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """The age in days that no key may pass; a policy may lower it."""

    LOOSER = MappingProxyType({"days": "more"})
    days: int = 366


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that is older than the ceiling."""
    days = context.options.days
    if key.created is not None and context.now - key.created > timedelta(days=days):
        yield Problem(
            key.at("created"),
            f"key {key.name!r} is {(context.now - key.created).days} days old, no key may live for more than {days}",
            "replace the key now; this limit cannot be waived",
            key.written("created"),
        )


RULE = Rule(
    "absolute-age", Severity.ERROR, __doc__, check, options=Options, mandatory=True, active_only=True, judges_live=True
)
