"""A key can do what its purpose needs, and has the fields that it requires.

A bot whose key lacks a right finds out when its first order is refused, which may be the one that was to stop a loss. A
profile of the policy may also require fields, such as an end for every key of the treasury.

To mend it: tick the right at the exchange and add it here, or give the key the purpose that it really has.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        purpose: spot-trading
        permissions: [read]  # <- finding

Bad:

    version: 1
    keys:
      sweep:  # <- finding
        exchange: kraken
        purpose: treasury
        permissions: [read, withdraw]
        ip_allowlist: [203.0.113.7]

Live:

    permissions: [enableReading]
    ip_restricted: true

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        purpose: spot-trading
        permissions: [read, trade.spot]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: bybit
        purpose: spot-trading
        permissions: [Spot.SpotTrade]
      sweep:
        exchange: kraken
        purpose: treasury
        permissions: [read, withdraw]
        ip_allowlist: [203.0.113.7]
        expires: 2026-12-31

Source: ccxt/binance-trade-bot#425, freqtrade#8453 and freqtrade#10905: bots whose orders were refused
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts, Vocabulary
from keylint.model.finding import Problem, Severity
from keylint.model.policy import Purpose
from keylint.model.rule import Context, Options, Rule
from keylint.rules.granted import needed


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for what the key cannot do, and one for each field that its profile requires."""
    purpose = context.purposes.get(key.purpose or "")
    if purpose is None:
        return
    if not purpose.need <= key.capabilities:
        yield from _lacking(key, purpose, context)
    for field in purpose.require:
        if _is_absent(key, field):
            yield Problem(
                key.at(field),
                f"key {key.name!r} has no `{field}`, which {purpose.name} requires",
                f"add `{field}:`",
                field,
            )


def _lacking(key: KeyDecl, purpose: Purpose, context: Context[Options]) -> Iterator[Problem]:
    facts = key.facts
    if facts is None or key.declared.unknown or ("permissions" in key.observed and not facts.rights):
        return  # what was written, or what the exchange shows, is not understood
    missing = purpose.need - key.capabilities - facts.always - _perhaps(key, facts)
    if missing:
        names = ", ".join(sorted(missing))
        yield Problem(
            key.at("permissions"),
            f"key {key.name!r} cannot {names}, which {purpose.name} needs",
            _hint(missing, facts, context.vocabulary),
            names,
        )


def _hint(missing: frozenset[str], facts: Facts, vocabulary: Vocabulary) -> str:
    if tick := ", ".join(needed(missing, facts, vocabulary)):
        return f"add it to `permissions`; at {facts.exchange} it is {tick}"
    if facts.rights:
        return f"no right of {facts.exchange} gives it: another purpose is meant, or another exchange"
    return "add it to `permissions`"


def _perhaps(key: KeyDecl, facts: Facts) -> frozenset[str]:
    """Return what the key's rights give perhaps, and what an answer may have left out although it is on."""
    live = "permissions" in key.observed
    perhaps = [facts.rights[name].may_give for name in key.declared.native]
    silent = [right.gives for name, right in facts.rights.items() if right.silent and name not in key.declared.native]
    return frozenset[str]().union(*perhaps, *(silent if live else ()))


def _is_absent(key: KeyDecl, field: str) -> bool:
    """Tell whether a required field says nothing. An allowlist is not required where the exchange has none."""
    if field == "ip_allowlist":
        return not key.restricted and not (key.facts and key.facts.addresses.supported == "no")
    return key.raw.get(field) in (None, "", [], {})


RULE = Rule("lacks-purpose", Severity.WARNING, __doc__, check, judges_live=True)
