"""The credentials of a key have the shape of credentials.

Key and secret that changed places, a line end that was copied along, a private key whose last line is missing: the
exchange answers all of these with «bad signature» or «invalid key», and people look for days in the wrong place. What
cannot be right is not sent anywhere; the key is not asked for, and the value is never shown.

To mend it: copy the credential again, whole, and nothing beside it. A private key that is encrypted needs its
passphrase as a reference of its own, `private_key_passphrase`.

Given:

    values: {api_key: "id with a blank", api_secret: some-secret}

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: okx
        permissions: [read]
        credentials:
          api_key: env:MM_BOT_API_KEY  # <- finding
          api_secret: env:MM_BOT_API_SECRET

Given:

    values: {api_key: some-id, api_secret: some-secret, passphrase: some-words}

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: bybit
        permissions: [read]
        credentials:
          api_key: env:MM_BOT_API_KEY
          api_secret: env:MM_BOT_API_SECRET
          passphrase: env:MM_BOT_PASSPHRASE  # <- finding

Given:

    values: {api_key: some-id, api_secret: some-secret, passphrase: some words}

Good:

    version: 1
    keys:
      mm-bot:
        exchange: okx
        permissions: [read]
        credentials:
          api_key: env:MM_BOT_API_KEY
          api_secret: env:MM_BOT_API_SECRET
          passphrase: env:MM_BOT_PASSPHRASE

Source: binance-exchange/node-binance-api#98; yasinkuyu/binance-trader#168; ccxt#8994
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.model.secret import Given
from keylint.model.shape import faults


def check(key: KeyDecl, given: Given, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each credential that cannot be right."""
    if key.facts is None:
        return
    for fault in faults(given.values, key.facts):
        yield Problem(
            key.at("credentials", fault.field),
            f"key {key.name!r} cannot be asked for: {fault.message}",
            fault.hint,
            fault.message,
        )


RULE = Rule("credential-shape", Severity.ERROR, __doc__, check_given=check)
