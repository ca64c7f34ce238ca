"""A waiver does not last longer than half a year.

Nobody remembers in a year why a risk was taken, and whether the reason still holds.

To mend it: set an earlier end; renew it when the day comes.

Policy:

    version: 1
    waivers:
      - rule: no-withdraw
        key: treasury
        reason: every Friday the profits go to cold storage
        approved_by: security@example.com
        expires: 2027-11-22  # <- finding
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
        expires: 2027-05-21
        accepts: c22c8add5eca1556

Good:

    version: 1
    keys:
      treasury:
        exchange: kraken
        permissions: [read, withdraw]

Policy:

    version: 1
    rules:
      waiver-too-long: {days: 365}
    waivers:
      - rule: no-withdraw
        key: treasury
        reason: every Friday the profits go to cold storage
        approved_by: security@example.com
        expires: 2027-11-22
        accepts: c22c8add5eca1556

Good:

    version: 1
    keys:
      treasury:
        exchange: kraken
        permissions: [read, withdraw]

Source: 32 CFR 170.21, 180 days for a defence contractor to mend what may be missing at first
"""

from types import MappingProxyType

from keylint.model.finding import Severity
from keylint.model.rule import Options as RuleOptions
from keylint.model.rule import Rule


class Options(RuleOptions):
    """How many days ahead the end of a waiver may lie."""

    LOOSER = MappingProxyType({"days": "more"})
    days: int = 180


RULE = Rule("waiver-too-long", Severity.ERROR, __doc__, options=Options)
