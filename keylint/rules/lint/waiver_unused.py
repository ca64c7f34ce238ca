"""A waiver or a baseline entry accepts a finding that exists.

What was mended needs no waiver any more, and a waiver that lies around accepts the fault when it comes back. Where only
some files of a project are checked, waivers of other keys are left alone.

To mend it: remove the waiver or the line.

Policy:

    version: 1
    waivers:
      - rule: no-withdraw  # <- finding
        key: treasury
        reason: every Friday the profits go to cold storage
        approved_by: security@example.com
        expires: 2027-03-31
        accepts: c22c8add5eca1556

Bad:

    version: 1
    keys:
      treasury:
        exchange: kraken
        permissions: [read]

Policy:

    version: 1
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

Source: eslint/eslint#15466 and #17879, a warning by default for comments that disable nothing
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("waiver-unused", Severity.WARNING, __doc__)
