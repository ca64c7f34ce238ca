"""A declaration says when the key will have been replaced.

A key without an end lives until somebody remembers it. GitHub gives a fine-grained token 366 days at most by default,
for that reason; an exchange seldom sets an end, so the team must.

To mend it: choose a day that the policy's `lifetime-too-long` accepts, and set it at the exchange as well where a key
can be given an end there.

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        expires: 2027-01-31

Source: GitHub, fine-grained personal access tokens, default maximum lifetime
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key without an end."""
    if key.expires is None:
        yield Problem(
            key.at("expires"),
            f"key {key.name!r} does not say when it ends",
            "add `expires: YYYY-MM-DD`, the day by which it will have been replaced",
        )


RULE = Rule("expires-missing", Severity.NOTE, __doc__, check, active_only=True)
