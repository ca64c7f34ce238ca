"""A declaration is YAML that means one thing.

Of two fields with one name YAML takes the last, in silence; tags, several documents, endless aliases and control
characters are refused, because what a person sees in the file would not be what is checked.

To mend it: write each field once, one document a file, and quote what YAML could read as something else.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read, withdraw]
        permissions: [read]  # <- finding

Good:

    version: 1
    x-hosts: &hosts [203.0.113.10, 203.0.113.11]
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        ip_allowlist: *hosts

Source: YAML 1.2.2, section 3.2.1.1: the keys of a mapping are unique
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("yaml", Severity.ERROR, __doc__, mandatory=True)
