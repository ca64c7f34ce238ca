"""A waiver accepts the one value that somebody looked at.

It is bound to the fingerprint of the accepted finding. When the value changes, another address or another right, nobody
has accepted that yet, and the finding counts.

To mend it: look at the finding again; if it is still acceptable, put its new fingerprint into `accepts`.

Policy:

    version: 1
    waivers:
      - rule: ip-too-wide
        key: mm-bot
        reason: the data centre moves our hosts within this network
        approved_by: security@example.com
        expires: 2027-03-31
        accepts: 332e82541fd47fe5  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read, trade.spot]
        ip_allowlist: [203.0.0.0/16]

Policy:

    version: 1
    waivers:
      - rule: ip-too-wide
        key: mm-bot
        reason: the data centre moves our hosts within this network
        approved_by: security@example.com
        expires: 2027-03-31
        accepts: 332e82541fd47fe5

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read, trade.spot]
        ip_allowlist: [203.0.113.0/24]

Source: go-gitea/gitea#5997, changes pushed after the approval; GitHub's «Dismiss stale pull request approvals»
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("waiver-void", Severity.ERROR, __doc__)
