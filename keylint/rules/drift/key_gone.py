"""A declared key exists at the exchange.

A key that the exchange does not know was deleted, by somebody or by the exchange itself, and whatever uses it no longer
works; or the credentials that were given are those of another key or of another environment.

To mend it: if it was meant, say `status: revoked`; else make a new key, and look in the exchange's mail for the reason.

Source: taniman/profit-trailer#1977, an exchange that deleted all old keys
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("key-gone", Severity.ERROR, __doc__)
