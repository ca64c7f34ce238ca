"""A right that a key needs brings no transfer, admin or exit right along.

Exchanges cut rights coarsely. OKX's `trade`, without which nobody can place an order there, also moves funds, changes
settings, converts to fiat money and, on a main account, makes keys. Nobody reviews what nobody wrote down, and people
have asked for years how to tell what a key can do.

To mend it: where a sub-account holds the key, say `account_type: sub`: what only main accounts can do then falls away.
Else bind the key to addresses, keep no more on its account than it needs, and waive this rule for it with that reason.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: okx
        permissions: [read, trade.spot]  # <- finding

Bad:

    version: 1
    keys:
      arb-bot:
        exchange: bybit
        permissions:
          - trade.spot
          - transfer.internal  # <- finding

Live:

    permissions: [stow, uta_mgt.read-and-write]
    ip_allowlist: [203.0.113.10]

Bad:

    version: 1
    keys:
      arb-bot:
        exchange: bitget
        permissions: [read, trade.spot, transfer.internal]  # <- finding

Good:

    version: 1
    keys:
      arb-bot:
        exchange: bybit
        account_type: sub
        permissions: [trade.spot, transfer.internal]
      mm-bot:
        exchange: binance
        permissions: [read, trade.spot]

Source: ccxt#5158, ccxt#25807, BitMEX/api-connectors#97: nobody can tell what a key can do
"""

from collections.abc import Iterator
from functools import lru_cache

from keylint.model.boxes import least
from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts, Vocabulary
from keylint.model.finding import Problem, Severity
from keylint.model.permission import gives
from keylint.model.rule import Context, Options, Rule
from keylint.rules.granted import added, meant, needed, place_of

Brought = tuple[str, tuple[str, ...]]
"""A native right, and what it brings beyond what was meant."""
_NOTHING: frozenset[str] = frozenset()


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each needed right that brings more than was declared, and more than the profile allows."""
    if key.facts is None:
        return
    purpose, said = context.purposes.get(key.purpose or ""), key.declared
    allowed = purpose.allow if purpose else _NOTHING
    wanted = meant(key, context) if said.native else said.capabilities
    if "permissions" in key.observed:
        brought = _live(wanted, allowed, said.native, key.facts, context.vocabulary)
    else:
        brought = _declared(wanted, allowed, said.asked, said.native, key.facts, context.vocabulary)
    for right, brings in brought:
        serves = ", ".join(sorted(wanted & key.facts.rights[right].gives))
        yield Problem(
            place_of(key, right),
            f"{right} of {key.exchange}, which gives key {key.name!r} {serves}, also brings {', '.join(brings)}",
            _hint(key, key.facts, wanted, right, brings, context.vocabulary),
            ",".join((right, *brings)),
        )


@lru_cache(maxsize=4096)
def _declared(
    wanted: frozenset[str],
    allowed: frozenset[str],
    asked: frozenset[str],
    native: tuple[str, ...],
    facts: Facts,
    vocabulary: Vocabulary,
) -> tuple[Brought, ...]:
    """Return what the named rights bring in any case, and those that the exchange needs for what else was asked for."""
    in_any_case = added(wanted, facts, vocabulary)
    named = {name: facts.rights[name].gives & (wanted | in_any_case) for name in native}
    others = needed(asked - gives(native, facts), facts, vocabulary)
    rights = {**{name: facts.rights[name].gives for name in others}, **named}
    return _grave(rights, wanted, allowed | facts.always, vocabulary)


@lru_cache(maxsize=4096)
def _live(
    wanted: frozenset[str],
    allowed: frozenset[str],
    live: tuple[str, ...],
    facts: Facts,
    vocabulary: Vocabulary,
) -> tuple[Brought, ...]:
    """Return what those of the rights that are on bring that the declaration needs."""
    on = {name: facts.rights[name].gives for name in live}
    rights = {name: on[name] for name in least(wanted - facts.always, on, vocabulary, _NOTHING)}
    return _grave(rights, wanted, allowed | facts.always, vocabulary)


def _grave(
    rights: dict[str, frozenset[str]], wanted: frozenset[str], accepted: frozenset[str], vocabulary: Vocabulary
) -> tuple[Brought, ...]:
    """Keep of what rights bring what nobody accepted and what moves funds, lets them leave, or widens the key."""
    members = vocabulary.members
    grave = (members["transfer"] | members["admin"] | members["exit"]) - wanted - accepted
    if "withdraw" in wanted:
        grave -= {"withdraw.cancel"}
    found = ((right, tuple(c for c in vocabulary.classes if c in given & grave)) for right, given in rights.items())
    return tuple((right, brings) for right, brings in found if brings)


def _hint(
    key: KeyDecl, facts: Facts, wanted: frozenset[str], right: str, brings: tuple[str, ...], vocabulary: Vocabulary
) -> str:
    smaller = needed(wanted & facts.rights[right].gives, facts, vocabulary)
    if right not in smaller:
        return f"tick {', '.join(smaller)} instead: it gives as much, and less beyond"
    main_only = facts.rights[right].main_only.intersection(brings)
    if main_only and key.account_type is None:
        return f"a sub-account's key lacks {', '.join(sorted(main_only))}: if it is one, say `account_type: sub`"
    return (
        f"{key.exchange} has no smaller right: bind the key to addresses, keep little on its account, then waive this"
    )


RULE = Rule("implied-reach", Severity.WARNING, __doc__, check, judges_live=True)
