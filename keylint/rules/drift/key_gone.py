"""A declared key exists at the exchange.

A key that the exchange does not know was deleted, by somebody or by the exchange itself, and whatever uses it no longer
works; or the credentials that were given are those of another key or of another environment. A key without credentials
is looked for among those that a key with `lists: true` sees. A refusal that may mean something else proves nothing: the
key is then unchecked.

To mend it: if it was meant, say `status: revoked`; else make a new key, and look in the exchange's mail for the reason.

Refused:

    error: ["EAPI:Invalid key"]

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read, trade.spot]

Listed:

    []

Bad:

    version: 1
    keys:
      warden:
        exchange: okx
        account: main
        permissions: [read]
        lists: true
      grid-bot:  # <- finding
        exchange: okx
        account: desk-1
        permissions: [read, trade.spot]
        key_id: 2f7c1d…6b7c35

Refused:

    error: ["EAPI:Invalid key"]

Good:

    version: 1
    keys:
      mm-bot-q3:
        exchange: kraken
        permissions: [read, trade.spot]
        status: revoked

Refused:

    error: ["EGeneral:Permission denied"]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read, trade.spot]

Source: taniman/profit-trailer#1977, an exchange that deleted all old keys
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("key-gone", Severity.ERROR, __doc__)
