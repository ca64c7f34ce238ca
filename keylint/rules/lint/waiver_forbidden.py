"""A mandatory rule is not waived.

Some rules are mandatory by themselves; a policy can make others so, for all policies that build on it.

To mend it: remove the waiver and mend the finding.
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("waiver-forbidden", Severity.ERROR, __doc__, mandatory=True)
