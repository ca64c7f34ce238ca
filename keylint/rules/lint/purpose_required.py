"""Each key says what it is for.

Only against a purpose can anybody judge whether a key is too wide, or still needed at all.

To mend it: ask what the program does with the key, and name that profile of the policy; `keylint explain PURPOSE
--exchange NAME` says which boxes it needs.

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
        purpose: portfolio-tracking

Source: hummingbot-site#424 and butor/blackbird#121, documentation that asked for more than was needed
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key without a purpose."""
    if key.purpose is None:
        yield Problem(
            key.at("purpose"),
            f"key {key.name!r} does not say what it is for",
            "add `purpose:`, such as portfolio-tracking, spot-trading or futures-trading",
        )


RULE = Rule("purpose-required", Severity.ERROR, __doc__, check)
