"""A waiver ends, and then the finding counts again.

An accepted risk is looked at again on the day that was set when it was accepted. The last day is included, in UTC.

To mend it: mend the finding, or have the waiver approved anew with a later end.
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("waiver-expired", Severity.ERROR, __doc__)
