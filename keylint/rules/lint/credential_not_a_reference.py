"""A credential is a reference (env:NAME or file:PATH), never the value itself.

What is written here lies in git, in every clone and in every fork, for ever.

To mend it: delete the key at the exchange, because it must be taken for leaked, make a new one, and write here only
where the new one will be found.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        credentials:
          api_key: env:MM_BOT_API_KEY
          api_secret: hunter2  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        credentials:
          api_key: env:MM_BOT_API_KEY
          api_secret: file:/run/secrets/mm_bot

Source: OWASP Non-Human Identities Top 10 2025, NHI2 (secret leakage)
"""

import re
from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*\Z|file:[^\x00]+\Z")


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each credential that is no reference; its value is never shown."""
    for field, value in (key.credentials or {}).items():
        if not isinstance(value, str) or not _REFERENCE.match(value):
            yield Problem(
                key.at("credentials", field),
                f"`{field}` of key {key.name!r} is not a reference",
                "write env:NAME or file:PATH; if this is the value, delete the key at the exchange and make a new one",
                field,
            )


RULE = Rule("credential-not-a-reference", Severity.ERROR, __doc__, check, mandatory=True)
