"""Somebody answers for each key.

When a key leaks at night, the first question is whom to call. A key that nobody owns is a key that nobody deletes.

To mend it: name the team or the person to call, once for all keys of a file under `defaults`.

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: binance
        permissions: [read]

Good:

    version: 1
    defaults:
      owner: trading-desk
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]

Source: CCSS v9.0, 1.05 (key compromise protocol) and 1.06 (granting and revoking), cryptoconsortium.org
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key without an owner."""
    if key.owner is None:
        yield Problem(
            key.at("owner"),
            f"key {key.name!r} has no owner",
            "add `owner:` with the team or person who answers for it, here or under `defaults`",
        )


RULE = Rule("owner-required", Severity.ERROR, __doc__, check)
