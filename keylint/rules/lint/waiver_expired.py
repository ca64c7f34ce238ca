"""A waiver ends, and then the finding counts again.

An accepted risk is looked at again on the day that was set when it was accepted. The last day is included, in UTC.

To mend it: mend the finding, or have the waiver approved anew with a later end.

Policy:

    version: 1
    waivers:
      - rule: no-withdraw
        key: treasury
        reason: every Friday the profits go to cold storage
        approved_by: security@example.com
        expires: 2026-11-21  # <- finding
        accepts: c22c8add5eca1556

Bad:

    version: 1
    keys:
      treasury:
        exchange: kraken
        permissions: [read, withdraw]

Policy:

    version: 1
    waivers:
      - rule: no-withdraw
        key: treasury
        reason: every Friday the profits go to cold storage
        approved_by: security@example.com
        expires: 2026-11-22
        accepts: c22c8add5eca1556

Good:

    version: 1
    keys:
      treasury:
        exchange: kraken
        permissions: [read, withdraw]

Source: docs.snyk.io, «Ignore vulnerabilities using the Snyk CLI»: for 30 days where no other end is given
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("waiver-expired", Severity.ERROR, __doc__)
