"""The exchange can bind keys to addresses.

Where it cannot, as at Hyperliquid, a stolen key works from anywhere and no allowlist that is declared here protects
it. `ip-required` is silent there, because nobody could comply.

To mend it: nothing at the exchange. Keep little on the account, let the key end soon, keep its secret in hardware or
in a vault, and remove an `ip_allowlist` that does not exist.

Bad:

    version: 1
    keys:
      agent:  # <- finding
        exchange: hyperliquid
        permissions: [read, trade.spot]

Bad:

    version: 1
    keys:
      agent:
        exchange: hyperliquid
        permissions: [read, trade.spot]
        ip_allowlist: [203.0.113.10]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read, trade.spot]

Source: github.com/nktkas/hyperliquid, extraAgents.ts: an agent wallet has a name and an end, and nothing else
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key of an exchange that has no allowlists."""
    if key.facts is None or key.facts.addresses.supported != "no":
        return
    if key.restricted:
        message = f"{key.exchange} cannot bind a key to addresses: this list protects nothing"
        hint = "remove it"
    else:
        message = f"{key.exchange} cannot bind key {key.name!r} to addresses"
        hint = "keep little on its account, and let it end soon"
    yield Problem(key.at("ip_allowlist"), message, hint, "listed" if key.restricted else "")


RULE = Rule("ip-unavailable", Severity.NOTE, __doc__, check, active_only=True)
