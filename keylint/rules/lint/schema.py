"""A declaration has the form that the schema describes.

An unknown field, a missing one, a wrong type or a value that YAML reads as something else would otherwise be ignored in
silence, and a key that is not understood is a key that is not checked. `keylint schema declaration` prints the schema;
editors with a YAML language server complete and explain the fields from it.

To mend it: take the name or the form that the hint says; `labels` and `notes` hold what no field is for.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        ip_alowlist: [203.0.113.10]  # <- finding
        status: actve  # <- finding
        created: 2026-02-30  # <- finding
        label: no  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        ip_allowlist: [203.0.113.10]
        status: active
        created: 2026-02-28
        label: "no"

Source: JSON Schema, draft 2020-12 (json-schema.org), and schemas/declaration.schema.json
"""

from keylint.model.finding import Severity
from keylint.model.rule import Rule

RULE = Rule("schema", Severity.ERROR, __doc__, mandatory=True)
