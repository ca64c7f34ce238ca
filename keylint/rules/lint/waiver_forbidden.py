"""A mandatory rule is not waived.

Some rules are mandatory by themselves; a policy can make others so, for all policies that build on it.

To mend it: remove the waiver and mend the finding.

Policy:

    version: 1
    rules:
      ip-too-wide: {mandatory: true}
    waivers:
      - rule: ip-too-wide  # <- finding
        key: treasury
        reason: the data centre moves our hosts within this network
        approved_by: security@example.com
        expires: 2027-03-31
        accepts: 7500cda78ace1ca7

Bad:

    version: 1
    keys:
      treasury:
        exchange: kraken
        permissions: [read, withdraw]
        ip_allowlist: [203.0.113.0/24]

Policy:

    version: 1
    rules:
      ip-too-wide: {mandatory: true}
    waivers:
      - rule: no-withdraw
        key: treasury
        reason: every Friday the profits go to cold storage
        approved_by: security@example.com
        expires: 2027-03-31
        accepts: c22c8add5eca1556

Good:

    version: 1
    keys:
      treasury:
        exchange: kraken
        permissions: [read, withdraw]
        ip_allowlist: [203.0.113.7]

Source: developer.hashicorp.com/sentinel/docs/concepts/enforcement-levels, «hard mandatory»
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("waiver-forbidden", Severity.ERROR, __doc__, mandatory=True)
