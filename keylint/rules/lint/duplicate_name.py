"""A key's name is unique over all files of a run.

Reports, waivers and credentials speak of keys by name; two keys of one name could be taken for each other. A name that
stands twice in one file is found by the rule `yaml`.

To mend it: rename one of the two; the name is the team's own, and nothing at the exchange changes with it.

Another file:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read, trade.spot]

Another file:

    version: 1
    keys:
      mm-bot-desk-a:
        exchange: kraken
        permissions: [read]

Good:

    version: 1
    keys:
      mm-bot-desk-b:
        exchange: kraken
        permissions: [read, trade.spot]

Source: Dynatrace/dynatrace-configuration-as-code#327, the second notification of a name overwrote the first
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each key whose name another file has used."""
    first = context.memory.setdefault(key.name, context.source.name)
    if first != context.source.name:
        yield Problem(
            key.path,
            f"key {key.name!r} is declared in {first} already",
            "rename one of the two",
            key.name,
            on_name=True,
        )


RULE = Rule("duplicate-name", Severity.ERROR, __doc__, check, mandatory=True)
