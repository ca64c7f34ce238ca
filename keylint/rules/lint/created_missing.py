"""A declaration says when the key was made.

Without it nobody can tell how old the key is: most exchanges show the date only to the key itself, some not at all.

To mend it: take the day from the exchange's list of keys; `keylint import` reads it where the exchange tells it.

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: binance
        permissions: [read]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2026-09-01

Source: CIS AWS Foundations Benchmark 4.0.1, item 1.14: an age that is not known cannot be kept
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key without a day of creation."""
    if key.created is None:
        yield Problem(
            key.at("created"),
            f"key {key.name!r} does not say when it was created",
            "add `created: YYYY-MM-DD`; the exchange's key list shows the day",
        )


RULE = Rule("created-missing", Severity.WARNING, __doc__, check, active_only=True)
