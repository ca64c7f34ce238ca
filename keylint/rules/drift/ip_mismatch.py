"""The live allowlist is the declared one.

An address that was added lets somebody in whom nobody reviewed; one that was removed locks a bot out, and so does one
that was typed in wrong.

To mend it: correct the list at the exchange, or the declaration.

Live:

    permissions: [query-funds]
    ip_allowlist: [203.0.113.10, 198.51.100.7]

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist:  # <- finding
          - 203.0.113.10
          - 203.0.113.11  # <- finding

Live:

    permissions: [enableReading]
    ip_restricted: true

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: binance
        permissions: [read]

Live:

    permissions: [query-funds]
    ip_allowlist: [203.0.113.10/32, "::ffff:203.0.113.11"]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.11, 203.0.113.10]

Source: JKorf/Binance.Net#85, sammchardy/python-binance#1504, ccxt/ccxt#18653
"""

from collections.abc import Iterator

from keylint.model.address import network
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each address that was added or removed; a live key without any list is `ip-open`'s."""
    if live.ip_restricted is False:
        return
    if live.ip_allowlist is UNKNOWN:
        if live.ip_restricted is True and not key.restricted:
            yield Problem(
                key.at("ip_allowlist"),
                f"live key {key.name!r} is bound to addresses, none are declared",
                f"copy the addresses from {key.exchange} into `ip_allowlist`",
                "restricted",
            )
        return
    declared = {network(text) or text: position for position, text in enumerate(key.ip_allowlist)}
    actual = {network(text) or text: text for text in live.ip_allowlist}
    for address, text in actual.items():
        if address not in declared:
            yield Problem(
                key.at("ip_allowlist"),
                f"live key {key.name!r} also accepts {text}, which was not declared",
                f"remove it at {key.exchange}, or add it to `ip_allowlist`",
                f"added {text}",
            )
    for address, position in declared.items():
        if address not in actual:
            text = key.ip_allowlist[position]
            yield Problem(
                key.at("ip_allowlist", position),
                f"live key {key.name!r} does not accept {text}",
                f"add it at {key.exchange}, or remove it here",
                f"removed {text}",
            )


RULE = Rule("ip-mismatch", Severity.ERROR, __doc__, check_live=check, is_drift=True)
