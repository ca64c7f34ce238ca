"""Every key that the exchange lists is declared.

In 2018 thieves with phished logins made trading keys on their victims' accounts and waited for two months before they
used them: nobody looked at the list. A key with `lists: true` looks for you, wherever the exchange lets one key see the
others of its account. A listed key is the declared one whose `key_id` fits, or whose credentials are at hand.

To mend it: find out who made the key. If nobody knows, delete it and take the account for broken into; if it is meant,
declare it with the `key_id` that the finding names.

Listed:

    - key_id: 2f7c1d90-5b3e-4a86-9c4d-8e1f0a6b7c35
      label: grid-bot
      permissions: [read_only, trade]

Bad:

    version: 1
    keys:
      warden:
        exchange: okx
        account: main
        permissions: [read]
        lists: true  # <- finding

Listed:

    - key_id: 2f7c1d90-5b3e-4a86-9c4d-8e1f0a6b7c35
      label: grid-bot
      permissions: [read_only, trade]

Good:

    version: 1
    keys:
      warden:
        exchange: okx
        account: main
        permissions: [read]
        lists: true
      grid-bot:
        exchange: okx
        account: desk-1
        permissions: [read, trade.spot]
        key_id: 2f7c1d…6b7c35

Source: cryptoglobe.com and viralriff.com on Binance and Viacoin, 2018-03-07
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("unmanaged-key", Severity.ERROR, __doc__)
