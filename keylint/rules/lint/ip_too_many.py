"""An allowlist has no more entries than the exchange can store.

OKX and HTX take 20 addresses, WhiteBIT takes 50. Of a longer list nobody can say which entries are in force.

To mend it: give each program its own key with its own few addresses, or let the machines share one outgoing address.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: bithumb
        permissions: [read]
        ip_allowlist:
          - 203.0.113.1
          - 203.0.113.2
          - 203.0.113.3
          - 203.0.113.4
          - 203.0.113.5
          - 203.0.113.6  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: bithumb
        permissions: [read]
        ip_allowlist: [203.0.113.1, 203.0.113.2, 203.0.113.3, 203.0.113.4, 203.0.113.5]

Source: okx.com/help/api-faq; htx.com/apikey; docs.whitebit.com
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a list that is too long, at the first entry that is too much."""
    if not key.ip_allowlist or key.facts is None:
        return
    maximum = key.facts.addresses.maximum
    if not maximum or len(key.ip_allowlist) <= maximum:
        return
    count = len(key.ip_allowlist)
    yield Problem(
        key.at("ip_allowlist", maximum),
        f"key {key.name!r} lists {count} addresses, {key.exchange} takes {maximum}",
        "give each program its own key, or let the machines share one outgoing address",
        str(count),
    )


RULE = Rule("ip-too-many", Severity.ERROR, __doc__, check, active_only=True)
