"""An allowlist holds only what the exchange can store.

Where an exchange takes single IPv4 addresses only, an entry in another form was refused when somebody typed it in: the
live list is then another one than the declared one, and the bot is locked out or the key is open.

To mend it: write the single addresses, or the IPv4 address that the machine is seen with. What keylint does not know of
an exchange it does not judge.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: gate
        permissions: [read]
        ip_allowlist: [203.0.113.8/30]  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: gate
        permissions: [read]
        ip_allowlist:
          - 203.0.113.10
          - "2001:db8::10"  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: gate
        permissions: [read]
        ip_allowlist: [203.0.113.10]
      other-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.8/30, "2001:db8::10"]

Source: JKorf/Binance.Net#85 and bitvavo/python-bitvavo-api#7, lists that were typed in wrong or did not match
"""

from collections.abc import Iterator

from keylint.model.address import Network, network
from keylint.model.declaration import KeyDecl
from keylint.model.facts import Addresses
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule

_FEW = 8


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each entry in a form that the exchange does not take."""
    if not key.ip_allowlist or key.facts is None:
        return
    takes = key.facts.addresses
    if takes.supported == "no" or "no" not in (takes.cidr, takes.ipv6, takes.ipv6_networks):
        return
    for position, entry in enumerate(key.ip_allowlist):
        what = "networks" if "/" in entry and takes.cidr == "no" else ""
        if ":" in entry:
            what = "IPv6 networks" if "/" in entry and takes.ipv6_networks == "no" else what
            what = "IPv6 addresses" if takes.ipv6 == "no" else what
        parsed = network(entry) if what else None
        if parsed is not None:
            yield Problem(
                key.at("ip_allowlist", position),
                f"{key.exchange} takes no {what}: {entry}",
                _hint(parsed, takes),
                entry,
            )


def _hint(parsed: Network, takes: Addresses) -> str:
    if parsed.version != 4 and takes.ipv6 == "no":  # noqa: PLR2004 - the version of IP
        return "enter the IPv4 address that the machine is seen with"
    if parsed.num_addresses == 1 or (parsed.version == 4 and takes.cidr != "no"):  # noqa: PLR2004 - the same
        return f"write {parsed.network_address if parsed.num_addresses == 1 else parsed}"
    if parsed.num_addresses > _FEW:
        return "list the single addresses of the machines"
    return f"write {', '.join(map(str, parsed))}"


RULE = Rule("ip-unsupported", Severity.ERROR, __doc__, check, active_only=True)
