"""An allowlist holds addresses that a request can really come from.

The exchange never sees private, loopback, link-local, carrier-grade NAT, documentation, multicast or reserved
addresses as the sender, so such an entry protects nothing or locks the bot out: the public address behind the NAT is
what counts.

To mend it: ask the machine for its public address, and make it a fixed one.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [10.0.0.12]  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10]  # <- finding

With:

    allow_documentation: true

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10, "2001:db8::10"]

Source: IANA IPv4 and IPv6 Special-Purpose Address Registries
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.address import special_use
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """`allow_documentation` accepts the documentation ranges: for examples and tests."""

    LOOSER = MappingProxyType({"allow_documentation": "more"})
    allow_documentation: bool = False


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each entry that no request can come from."""
    for position, entry in enumerate(key.ip_allowlist):
        what = special_use(entry)
        if what and not (what == "documentation" and context.options.allow_documentation):
            article = "an" if what[0] in "aeiou" else "a"
            yield Problem(
                key.at("ip_allowlist", position),
                f"{entry} is {article} {what} address: no request reaches {key.exchange} from it",
                "enter the fixed public address that the machine is seen with",
                entry,
            )


RULE = Rule("ip-unroutable", Severity.ERROR, __doc__, check, options=Options, active_only=True, judges_live=True)
