"""Each address of an allowlist belongs to a network that the policy names.

A policy may list the team's own networks and those of its vendors. An address outside of them is a machine that nobody
accounts for: a former colleague's, a vendor's that was left, or the one of an attacker who was handed the key. Keys
that are made for third-party applications get the application's addresses, which belong on the list as well.

To mend it: find out whose address it is; name its network in the policy, or remove the entry here and at the exchange.
The rule is silent where its option `networks` is empty.

With:

    networks: {prod-eu: [203.0.113.0/28], vendor-x: [198.51.100.7]}

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist:
          - 203.0.113.10
          - 192.0.2.7  # <- finding

With:

    networks: {prod-eu: [203.0.113.0/28]}

Live:

    permissions: [query-funds]
    ip_allowlist: [203.0.113.10, 198.51.100.7]

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10]  # <- finding

With:

    networks: {prod-eu: [203.0.113.0/29, 203.0.113.8/29]}

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.0/28]

Source: bybit-exchange/docs-legacy#217, keys that are bound to a vendor's addresses
"""

from bisect import bisect_right
from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.address import network
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Rule
from keylint.rules.networks import NetworkOptions, inside


class Options(NetworkOptions):
    """Names of networks that the team and its vendors own, each with its addresses; silent where there are none."""

    LOOSER = MappingProxyType({"networks": "more-or-none"})
    networks: dict[str, list[str]] = {}  # noqa: RUF012 - options cannot be changed


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each entry that lies, even in part, outside of all named networks."""
    if not context.options.networks:
        return
    for position, entry in enumerate(key.ip_allowlist):
        if not _is_known(entry, context):
            yield Problem(
                key.at("ip_allowlist", position),
                f"{entry} belongs to none of the policy's networks: {', '.join(context.options.networks)}",
                "remove it, or name its network in the policy",
                entry,
            )


def _is_known(entry: str, context: Context[Options]) -> bool:
    """Look an entry up, once a run. What is no address is known to be none: another rule says so."""
    known: bool | None = context.memory.get(entry)
    if known is None:
        parsed = network(entry)
        if parsed is None:
            return True
        whole = context.options.whole[parsed.version]
        place = bisect_right([int(item.network_address) for item in whole], int(parsed.network_address))
        known = context.memory[entry] = place > 0 and inside(parsed, whole[place - 1])
    return known


RULE = Rule(
    "ip-unknown-host",
    Severity.WARNING,
    __doc__,
    check,
    options=Options,
    active_only=True,
    judges_live=True,
)
