"""Each key has credential references of its own.

Of two keys with one reference, one is asked for with the other's secret, or both declarations mean the same key: what
`keylint diff` says of one is then true of the other at best. Programs that share a key by mistake break each other's
requests where the exchange demands a rising nonce.

To mend it: give each key a variable or a file of its own. A key that is being replaced gives up its `credentials` when
the new one takes them over. The public `address` of an account may be shared.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        credentials: {api_key: env:BOT_KEY, api_secret: env:BOT_SECRET}
      grid-bot:
        exchange: binance
        permissions: [read]
        credentials:
          api_key: env:GRID_KEY
          api_secret: env:BOT_SECRET  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        credentials: {api_key: env:BOT_KEY, api_secret: env:BOT_SECRET}
      grid-bot:
        exchange: binance
        permissions: [read]
        credentials: {api_key: env:GRID_KEY, api_secret: env:GRID_SECRET}
      next-bot:
        exchange: binance
        permissions: [read]
        status: planned
        credentials: {api_key: env:BOT_KEY, api_secret: env:BOT_SECRET}

Source: freqtrade/freqtrade#2613; rotki/rotki#2787
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.used import LIVING, MEMORY, met


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each reference that another living key has used."""
    shared = met(key, context)
    if not shared or key.status in ("planned", "revoked"):
        return
    for field, reference in key.references:
        users = shared.get(reference, {}).items()
        other = next((name for (_, status), name in users if status == LIVING), None)
        if other is not None:
            yield Problem(
                key.at("credentials", field),
                f"`{field}` of key {key.name!r} is the reference that key {other!r} has",
                "give each key a variable or a file of its own",
                reference,
                other=other,
            )


RULE = Rule("credential-shared", Severity.ERROR, __doc__, check, shares=MEMORY)
