"""`replaces` names another key that is declared.

A successor whose predecessor nobody declares, or whose name is misspelt, hides the one question of a rotation: was the
old key deleted? Improper offboarding stands first in OWASP's list of what goes wrong with the identities of programs.

To mend it: correct the name, or declare the old key too, with `status: revoked` once it is deleted at the exchange. It
may stand in any file of the project: a run on single files looks into the others for its name.

Bad:

    version: 1
    keys:
      mm-bot-q4:
        exchange: binance
        permissions: [read]
        replaces: mm-bot-q33  # <- finding
      mm-bot-q3:
        exchange: binance
        permissions: [read]
        status: revoked

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        replaces: mm-bot  # <- finding

Good:

    version: 1
    keys:
      mm-bot-q4:
        exchange: binance
        permissions: [read]
        replaces: mm-bot-q3
      mm-bot-q3:
        exchange: binance
        permissions: [read]
        status: revoked

Source: OWASP Non-Human Identities Top 10 2025, NHI1
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.named import MEMORY, remember


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that replaces itself, or one that no file of the run turns out to declare."""
    known, old = remember(key, context), key.replaces
    if old is None:
        return
    if old == key.name:
        yield Problem(key.at("replaces"), f"key {key.name!r} replaces itself", "name the old key", old)
    elif old not in known:
        yield Problem(
            key.at("replaces"),
            f"key {key.name!r} replaces {old!r}, which is not declared",
            "correct the name, or declare the old key, with `status: revoked` once it is deleted",
            old,
            pending=lambda: old not in known,
        )


RULE = Rule("replaces-unknown", Severity.ERROR, __doc__, check, shares=MEMORY)
