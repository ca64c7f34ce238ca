"""A credential reference of a revoked key is not in use for another one.

Either the program still has the key that was deleted, and fails at its next request as if the exchange had deleted it
without notice, which happens too; or the new key has taken the old one's place, and the old declaration says what is no
longer true: whoever checks that the revoked key is dead would ask with the live one.

To mend it: remove `credentials` from the revoked key where its place was taken over; else give the new key references
of its own.

Bad:

    version: 1
    keys:
      mm-bot-q3:
        exchange: binance
        permissions: [read]
        status: revoked
        credentials: {api_key: env:BOT_KEY, api_secret: env:BOT_SECRET}
      mm-bot-q4:
        exchange: binance
        permissions: [read]
        credentials:
          api_key: env:BOT_KEY_Q4
          api_secret: env:BOT_SECRET  # <- finding

Good:

    version: 1
    keys:
      mm-bot-q3:
        exchange: binance
        permissions: [read]
        status: revoked
      mm-bot-q4:
        exchange: binance
        permissions: [read]
        credentials: {api_key: env:BOT_KEY, api_secret: env:BOT_SECRET}

Source: taniman/profit-trailer#1977
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.used import LIVING, MEMORY, met


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each reference that a revoked and a living key share, at the later of the two."""
    shared = met(key, context)
    if not shared or key.status == "planned":
        return
    is_revoked = key.status == "revoked"
    wanted = LIVING if is_revoked else "revoked"
    for field, reference in key.references:
        users = shared.get(reference, {}).items()
        other = next((name for (_, status), name in users if status == wanted), None)
        if other is not None:
            revoked, living = (key.name, other) if is_revoked else (other, key.name)
            whose = f"is in use for key {living!r}" if is_revoked else f"is that of key {revoked!r}, which is revoked"
            yield Problem(
                key.at("credentials", field),
                f"`{field}` of {'revoked ' if is_revoked else ''}key {key.name!r} {whose}",
                f"remove `credentials` from {revoked!r} if {living!r} has taken its place",
                reference,
                other=other,
            )


RULE = Rule("revoked-still-referenced", Severity.ERROR, __doc__, check, shares=MEMORY)
