"""A key is replaced before it is too old.

The longer a key lives, the more copies of it lie in backups, logs and old laptops. 90 days is what the CIS benchmark
for AWS asks of access keys, and what AWS Config's rule `access-keys-rotated` takes by default.

To mend it: make a new key, let the program use it, delete the old one, then set `created`.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2026-06-01  # <- finding

With:

    days: 30

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2026-10-01  # <- finding

Live:

    permissions: [query-funds]
    created: 2025-11-30T12:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        created: 2026-11-01  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2026-08-24

Source: CIS AWS Foundations Benchmark 4.0.1, item 1.14; AWS Config, access-keys-rotated
"""

from collections.abc import Iterator
from datetime import timedelta
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """How many days a key may live; at exactly that age it is still accepted."""

    LOOSER = MappingProxyType({"days": "more"})
    days: int = 90


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that is older than the limit."""
    if key.created is None:
        return
    age = context.now - key.created
    if age > timedelta(days=context.options.days):
        yield Problem(
            key.at("created"),
            f"key {key.name!r} is {age.days} days old, {context.options.days} are allowed",
            "replace the key, delete the old one at the exchange, then set `created`",
            key.written("created"),
        )


RULE = Rule("max-age", Severity.ERROR, __doc__, check, options=Options, active_only=True, judges_live=True)
