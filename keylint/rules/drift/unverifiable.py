"""The exchange shows what the key is.

Some exchanges show a key to nobody, some only to another key of the account, and at some a site or a test environment
has no such call. Then all that is known of the key is what was declared, and nobody can tell from outside whether it
can withdraw. Where a check is missing it must not look as if it had been passed.

To mend it: compare the key with its declaration by hand in the exchange's web interface, and note the day in
`reviewed`.

Source: ccxt#5158, ccxt#25807, Bittrex/bittrex.github.io#294, mexcdevelop/mexc-api-sdk#60
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("unverifiable", Severity.NOTE, __doc__)
