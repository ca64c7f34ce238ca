"""A purpose is one of the policy's profiles.

What a key may do at most, and needs at least, stands in the profile. A purpose that no profile has is judged by
nobody, and a misspelt one looks as if it were.

To mend it: use a profile of the policy, or add this one to its `purposes`. The rule is silent where the policy has
none.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        purpose: spot-trade  # <- finding
        permissions: [read, trade.spot]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        purpose: spot-trading
        permissions: [read, trade.spot]

Source: hummingbot-site#424 and butor/blackbird#121, documentation that asked for more than was needed
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.model.wording import nearest


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key whose purpose the policy does not know."""
    if key.purpose is None or key.purpose in context.purposes or not context.purposes:
        return
    yield Problem(
        key.at("purpose"),
        f"the policy knows no purpose {key.purpose!r}",
        nearest(key.purpose, context.purposes) or f"it has: {', '.join(context.purposes)}",
        key.purpose,
    )


RULE = Rule("purpose-unknown", Severity.ERROR, __doc__, check)
