"""A key's declared end is not too far from its beginning.

An end years ahead is a promise that nobody will remember. 90 days is what the CIS benchmark for AWS asks of access
keys; `max-age` holds a key to it when the day has come, this rule when there is still time to plan. Give both the same
number.

To mend it: bring `expires` forward, and the end at the exchange too where the key has one there.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        created: 2026-09-01
        expires: 2026-12-01  # <- finding

With:

    days: 30

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        created: 2026-11-01
        expires: 2026-12-24  # <- finding

Live:

    permissions: [query-funds]
    created: 2026-06-01T12:00:00Z

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        created: 2026-11-01
        expires: 2026-12-24  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        created: 2026-09-01
        expires: 2026-11-30

Source: CIS AWS Foundations Benchmark 4.0.1, item 1.14
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.lifetime import days_to
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """How many days after `created` a key may end."""

    LOOSER = MappingProxyType({"days": "more"})
    days: int = 90


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that is meant to live longer than the limit."""
    if key.created is None or key.expires is None:
        return
    days = days_to(key.expires, key.created)
    if days > context.options.days:
        yield Problem(
            key.at("expires"),
            f"key {key.name!r} is meant to live for {days} days, {context.options.days} are allowed",
            "set an earlier end, and replace the key by then",
            f"{key.written('created')} to {key.written('expires')}",
        )


RULE = Rule("lifetime-too-long", Severity.WARNING, __doc__, check, options=Options, active_only=True, judges_live=True)
