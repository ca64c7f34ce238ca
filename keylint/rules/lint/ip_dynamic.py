"""No address of an allowlist lies in a range that the policy names as dynamic or shared.

The address of a home line or of a shared exit changes hands: one day the bot is refused, and somebody else sits at an
address that the key accepts.

To mend it: run the program on a machine with a fixed address of its own, or behind a gateway that has one. The rule
knows the ranges from its option `networks` and is silent where that is empty.

With:

    networks: {home-isp: [198.51.100.0/24]}

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist:
          - 203.0.113.10
          - 198.51.100.77  # <- finding

With:

    networks: {home-isp: [198.51.100.0/24]}

Live:

    permissions: [query-funds]
    ip_allowlist: [203.0.113.10, 198.51.100.77]

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10]  # <- finding

With:

    networks: {home-isp: [198.51.100.0/24], shared-vpn: ["2001:db8::/48"]}

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10, "2001:db8:1::10"]

Source: ccxt#18653 and sammchardy/python-binance#1504, callers that were not, or no longer, on the list
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.address import network
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Rule
from keylint.rules.networks import NetworkOptions, overlap


class Options(NetworkOptions):
    """Names of dynamic or shared ranges, each with its addresses."""

    LOOSER = MappingProxyType({"networks": "less"})
    networks: dict[str, list[str]] = {}  # noqa: RUF012 - options cannot be changed


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each entry that shares an address with a named range."""
    if not context.options.networks:
        return
    for position, entry in enumerate(key.ip_allowlist):
        if name := _range(entry, context):
            yield Problem(
                key.at("ip_allowlist", position),
                f"{entry} lies in {name!r}, which the policy names as dynamic or shared",
                "use a machine or a gateway with a fixed address of its own",
                entry,
            )


def _range(entry: str, context: Context[Options]) -> str:
    """Return the first named range that an entry touches, «» where none; looked up once a run."""
    name: str | None = context.memory.get(entry)
    if name is None:
        parsed = network(entry)
        ranges = context.options.named if parsed else ()
        name = next((name for name, item in ranges if parsed and overlap(item, parsed)), "")
        context.memory[entry] = name
    return name


RULE = Rule("ip-dynamic", Severity.WARNING, __doc__, check, options=Options, active_only=True, judges_live=True)
