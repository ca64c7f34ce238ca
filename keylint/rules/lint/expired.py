"""A key is replaced before the day on which the team promised to have done it.

After that day either a dead key is still configured somewhere, or a live one is no longer watched. A day lasts to its
end in UTC.

To mend it: make a new key at the exchange, delete the old one, and set `created` and `expires`; or say
`status: revoked`.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        expires: 2026-11-21  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        expires: 2026-11-22

Source: taniman/profit-trailer#1977, bots whose keys an exchange had ended
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key whose end has passed."""
    if key.expires is not None and context.now >= key.expires:
        written = key.written("expires")
        yield Problem(
            key.at("expires"),
            f"key {key.name!r} expired: {written}",
            "replace the key, or say `status: revoked` once it is deleted at the exchange",
            written,
        )


RULE = Rule("expired", Severity.ERROR, __doc__, check, active_only=True)
