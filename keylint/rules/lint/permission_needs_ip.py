"""A permission that the exchange ties to an address list comes with one.

Exchanges refuse such a permission, take it away again or delete the key, and a bot finds out when its stop is refused.
At Binance the right to trade spot lapses 30 days after it was ticked on an unbound key; one bot then lost 89 % where
25 % were its stop. OKX deletes unbound keys that may trade or withdraw after 14 days without use.

To mend it: enter the fixed addresses of the machines at the exchange and in `ip_allowlist`. Ends that come to every
unbound key, whatever it may do, are `exchange-expiry`.

Bad:

    version: 1
    keys:
      sweep:
        exchange: binance
        permissions:
          - read
          - withdraw  # <- finding
      mm-bot:
        exchange: okx
        permissions:
          - read
          - trade.spot  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: upbit
        permissions: [read]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: okx
        permissions: [read, trade.spot]
        ip_allowlist: [203.0.113.10]
      tracker:
        exchange: binance
        permissions: [read]
      mm-bot-test:
        exchange: okx
        environment: demo
        permissions: [read, trade.spot]

Source: freqtrade#6783; quotaguard.com on the 14 days of OKX; developers.binance.com on withdrawals
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts, Vocabulary
from keylint.model.finding import Problem, Severity
from keylint.model.permission import gives
from keylint.model.rule import Context, Options, Rule
from keylint.rules.granted import needed, place_of

Demand = tuple[str | None, str]
"""The native right that is tied to a list (None: any key), and in words what the exchange does without one."""


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each way in which the exchange refuses or ends what an unbound key may do."""
    if key.restricted or key.facts is None:
        return
    said = key.declared
    for right, what in _demands(said.asked, said.native, key.facts, key.environment, context.vocabulary):
        yield Problem(
            place_of(key, right) if right else key.at("ip_allowlist"),
            f"key {key.name!r} is bound to no address: {what}",
            f"enter its addresses at {key.exchange} and in `ip_allowlist`",
            right or "",
        )


@lru_cache(maxsize=4096)
def _demands(
    asked: frozenset[str], native: tuple[str, ...], facts: Facts, environment: str, vocabulary: Vocabulary
) -> tuple[Demand, ...]:
    rights = (*native, *needed(asked - gives(native, facts), facts, vocabulary))
    found: dict[str | None, str] = {}
    if facts.addresses.required == "yes":
        found[None] = f"{facts.exchange} accepts no key without a list"
    for right in rights:
        if facts.rights[right].needs_allowlist:
            found[right] = f"{facts.exchange} grants {right} to bound keys only"
    lifetime: Any = facts.raw["lifetime"]  # the facts' schema has checked it
    for rule in lifetime:
        if rule["when"] == "no-allowlist" and environment not in rule.get("except", ()):
            concerned = (*rule.get("rights", ()), *rule.get("having", ()))
            first = next((right for right in rights if right in concerned), None)
            if first is not None:
                found.setdefault(first, f"at {facts.exchange} {rule['says']}")
    return tuple(found.items())


RULE = Rule("permission-needs-ip", Severity.ERROR, __doc__, check, active_only=True)
