"""A key that is in use was not made tomorrow.

A day in the future is a slip of the pen that hides the key's age for as long as it lies ahead. Days begin at 00:00
UTC. A planned key may have its day ahead of it.

To mend it: take the day from the exchange's list of keys.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2027-09-01  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2026-11-22
      next-bot:
        exchange: binance
        permissions: [read]
        created: 2026-12-01
        status: planned

Source: CIS AWS Foundations Benchmark 4.0.1, item 1.14
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that was created after the run."""
    if key.created is not None and key.created > context.now:
        written = key.written("created")
        yield Problem(
            key.at("created"),
            f"key {key.name!r} was created in the future: {written}",
            "correct the day, or say `status: planned`",
            written,
        )


RULE = Rule("created-in-future", Severity.ERROR, __doc__, check, active_only=True)
