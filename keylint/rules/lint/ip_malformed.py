"""An allowlist entry is an IPv4 or IPv6 address or a network in CIDR form, written plainly.

Host bits that are set (203.0.113.5/24), blanks, zone ids and leading zeros are read in different ways by different
programs, so nobody can be sure what the exchange made of them. Python itself read 010.8.8.8 as 10.8.8.8 until 2021,
where others see 8.8.8.8.

To mend it: write the address as the exchange shows it in its list of keys, or the network with its first address.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.5/28]  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist:
          - bot.example.com  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.0/28, "2001:db8::1"]

Source: JKorf/Binance.Net#85, a list that was typed in wrong; CVE-2021-29921 on leading zeros
"""

from collections.abc import Iterator

from keylint.model.address import how_to_write, network
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each entry that is no address and no network."""
    for position, entry in enumerate(key.ip_allowlist):
        if network(entry) is None:
            yield Problem(
                key.at("ip_allowlist", position), f"{entry!r} is no address and no network", how_to_write(entry), entry
            )


RULE = Rule("ip-malformed", Severity.ERROR, __doc__, check, active_only=True)
