"""A key id is shortened, or a hash of it.

The whole id is half of what a thief needs, and on some exchanges nobody can tell it from the secret by its shape.

To mend it: keep the first and the last 4 to 8 characters with … between, or write `sha256:` and the hash. The key need
not be replaced for it, as long as its secret stayed secret.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        key_id: vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        key_id: vmPUZE…uEh8A
      other-bot:
        exchange: binance
        permissions: [read]
        key_id: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      third-bot:  # its exchange lists no more of it
        exchange: gate
        permissions: [read]
        key_id: aaaabbbb…

Source: github.com/binance/binance-spot-api-docs: key id and secret are 64 letters and digits both
"""

import re
from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule

_SHORTENED = re.compile(r"[^…\s]{1,8}(?:…|\.\.\.)[^…\s]{0,8}\Z|sha256:[0-9a-fA-F]{64}\Z")


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key id that is neither shortened nor a hash."""
    written = key.written("key_id")
    if written and not _SHORTENED.match(written):
        yield Problem(
            key.at("key_id"),
            f"the key id of {key.name!r} is written out",
            "keep its first and last 4 to 8 characters, as in abcdef…vwxyz, or write sha256: and its hash",
            "full",
        )


RULE = Rule("full-key-id", Severity.WARNING, __doc__, check)
