"""Each entry of an allowlist lets in an address that no other entry lets in.

Who takes a machine out of service and deletes its entry believes that it is locked out; a second entry that holds the
same address still lets it in. Superfluous entries also use up the few that an exchange takes: 20 at OKX and HTX.

To mend it: remove the entry that is contained in another one, or the wider one.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist:
          - 203.0.113.10
          - 203.0.113.20
          - 203.0.113.10  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist:
          - "::ffff:203.0.113.10"  # <- finding
          - 203.0.113.8/29

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10, 203.0.113.16/29, "2001:db8::10"]

Source: okx.com/help/api-faq; htx.com/apikey
"""

from collections.abc import Iterator
from functools import lru_cache

from keylint.model.address import network
from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each entry that is contained in another one."""
    if len(key.ip_allowlist) < 2:  # noqa: PLR2004 - a pair
        return
    for inner, outer in _contained(key.ip_allowlist):
        entry, holder = key.ip_allowlist[inner], key.ip_allowlist[outer]
        same = "is listed twice" if network(entry) == network(holder) else f"is contained in {holder}"
        yield Problem(
            key.at("ip_allowlist", inner),
            f"{entry} {same}",
            "remove one of the two entries",
            f"{network(entry)} {network(holder)}",
        )


@lru_cache(maxsize=4096)
def _contained(entries: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Return pairs of positions: an entry, and one that holds it.

    Networks are nested or apart, so that one pass in the order of their addresses finds all.
    """
    parsed = [(net, position) for position, text in enumerate(entries) if (net := network(text)) is not None]
    parsed.sort(key=lambda item: (item[0].version, int(item[0].network_address), item[0].prefixlen, item[1]))
    found, holder, end = [], -1, (0, -1)
    for net, position in parsed:
        if end >= (net.version, int(net.network_address)):
            found.append((position, holder))
        else:
            holder, end = position, (net.version, int(net.broadcast_address))
    return tuple(sorted(found))


RULE = Rule("ip-duplicate", Severity.WARNING, __doc__, check, active_only=True)
