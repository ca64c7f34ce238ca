"""A waiver or a baseline entry accepts a finding that exists.

What was mended needs no waiver any more, and a waiver that lies around accepts the fault when it comes back. Where only
some files of a project are checked, waivers of other keys are left alone.

To mend it: remove the waiver or the line.
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("waiver-unused", Severity.WARNING, __doc__)
