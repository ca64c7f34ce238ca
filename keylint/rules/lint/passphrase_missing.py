"""The credentials of a key that has a passphrase say where the passphrase is found.

At OKX, KuCoin, Bitget and BitMart a key has a third part, which was chosen when the key was made. Without it every
request is refused, and people try the password of their account instead.

To mend it: add `passphrase` to `credentials`, as a reference. Who forgot it must make a new key: no exchange shows it.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kucoin
        permissions: [read]
        credentials:  # <- finding
          api_key: env:MM_BOT_API_KEY
          api_secret: env:MM_BOT_API_SECRET

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kucoin
        permissions: [read]
        credentials:
          api_key: env:MM_BOT_API_KEY
          api_secret: env:MM_BOT_API_SECRET
          passphrase: file:/run/secrets/mm_bot_passphrase
      other-bot:
        exchange: binance
        permissions: [read]
        credentials:
          api_key: env:OTHER_BOT_API_KEY
          api_secret: env:OTHER_BOT_API_SECRET

Source: ccxt#8994, ccxt#9369, ccxt#11021, escwdev/kucoin-node-api#51
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for credentials that lack the passphrase, whichever way the key signs."""
    if not key.credentials or "passphrase" in key.credentials or key.facts is None:
        return
    ways = key.facts.credentials
    own = ways.get(key.algorithm or "")
    if all("passphrase" in fields for fields in ([own] if own else ways.values())):
        yield Problem(
            key.at("credentials", "passphrase"),
            f"the credentials of key {key.name!r} lack the passphrase that {key.exchange} asks for",
            "add `passphrase: env:NAME` or `file:PATH`",
        )


RULE = Rule("passphrase-missing", Severity.ERROR, __doc__, check)
