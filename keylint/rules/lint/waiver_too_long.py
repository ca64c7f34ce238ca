"""A waiver does not last longer than half a year.

Nobody remembers in a year why a risk was taken, and whether the reason still holds.

To mend it: set an earlier end; renew it when the day comes.
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
