"""A waiver accepts the one value that somebody looked at.

It is bound to the fingerprint of the accepted finding. When the value changes, another address or another right, nobody
has accepted that yet, and the finding counts.

To mend it: look at the finding again; if it is still acceptable, put its new fingerprint into `accepts`.
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("waiver-void", Severity.ERROR, __doc__)
