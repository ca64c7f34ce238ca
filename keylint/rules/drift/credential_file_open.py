"""The file that holds a credential can be read by its owner only.

Every other account of the machine, and every program that runs as one, can read what a file with a wider mode holds: a
web server with a hole, a backup job, a colleague. Keys that leaked from one vendor could only trade, and 14.8 million
dollars were lost. It is looked at where `keylint diff` runs; Windows has no such modes.

To mend it: `chmod 600` the file; whatever must read it runs as its owner.

Given:

    values: {api_key: some-id, api_secret: some-secret}
    modes: {api_key: "0600", api_secret: "0644"}

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: bybit
        permissions: [read]
        credentials:
          api_key: file:/run/secrets/mm_bot_key
          api_secret: file:/run/secrets/mm_bot_secret  # <- finding

Given:

    values: {api_key: some-id, api_secret: some-secret}
    modes: {api_secret: "0400"}

Good:

    version: 1
    keys:
      mm-bot:
        exchange: bybit
        permissions: [read]
        credentials:
          api_key: env:MM_BOT_API_KEY
          api_secret: file:/run/secrets/mm_bot_secret

Source: decrypt.co/117826 on the 3Commas leak; OpenSSH refuses private keys that others can read for the same reason
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.model.secret import Given

_OWN = 0o600


def check(key: KeyDecl, given: Given, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each file that more than its owner may read, or that is a program."""
    for field, mode in given.modes.items():
        if mode & ~_OWN:
            yield Problem(
                key.at("credentials", field),
                f"the file with `{field}` of key {key.name!r} has mode {mode:04o}, wider than 0600",
                "chmod 600 it, and let what needs it run as its owner",
                field,
            )


RULE = Rule("credential-file-open", Severity.WARNING, __doc__, check_given=check)
