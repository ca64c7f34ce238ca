"""Native rights and capabilities: resolves names, and compares what was declared with what is on."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from keylint.model.facts import Facts, Vocabulary


class Declared(NamedTuple):
    """What a declaration's `permissions` mean at its exchange.

    `capabilities`: all that was asked for, native rights taken with all that they bring.
    `asked`: capabilities written as such; `native`: rights written by their own (full) names;
    `unknown`: list positions and texts of names that are neither.
    """

    capabilities: frozenset[str]
    asked: frozenset[str]
    native: tuple[str, ...]
    unknown: tuple[tuple[int, str], ...]


class Comparison(NamedTuple):
    """Declared against live, on native rights: see «Coarse rights» in docs/permissions.md."""

    needed: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    implied: frozenset[str]
    undecided: tuple[str, ...]


def full_name(name: str, facts: Facts) -> str | None:
    """Return a native right's full name, from that, from another of its names, or from a bare value that is unique."""
    return facts.names.get(name)


def resolve(names: Iterable[str], facts: Facts | None, vocabulary: Vocabulary) -> Declared:
    """Read the names of a declaration; without facts only capabilities are known. What is no right grants nothing."""
    asked: set[str] = set()
    native: list[str] = []
    unknown: list[tuple[int, str]] = []
    given: set[str] = set()
    for position, name in enumerate(names):
        if name in vocabulary.classes:
            asked.add(name)
        elif facts and (right := full_name(name, facts)):
            native.append(right)
            given |= facts.rights[right].gives
        elif not (facts and facts.is_no_right(name)):
            unknown.append((position, name))
    return Declared(frozenset(asked | given), frozenset(asked), tuple(native), tuple(unknown))


def gives(rights: Iterable[str], facts: Facts) -> frozenset[str]:
    """Return all capabilities that a set of native rights brings, with what any valid key may do."""
    return facts.always.union(*(facts.rights[name].gives for name in rights if name in facts.rights))


def smallest_cover(wanted: frozenset[str], rights: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return the fewest rights that give every wanted capability; of equal sets the one that brings least beyond.

    Capabilities that no right gives are left out. The order of `rights` decides what is left.
    """
    givers = {c: names for c in wanted if (names := [name for name, given in rights.items() if c in given])}
    # What only one right gives needs that right: few others are left, or trying all sets would take for ever.
    forced = {names[0] for names in givers.values() if not names[1:]}
    have = frozenset[str]().union(*(rights[name] for name in forced))
    reachable = givers.keys() - have
    useful = [name for name, given in rights.items() if given & reachable]
    covers: list[tuple[str, ...]] = []
    size = 0
    while not covers:
        covers = [c for c in combinations(useful, size) if reachable <= have.union(*(rights[name] for name in c))]
        size += 1
    best = min(covers, key=lambda cover: len(have.union(*(rights[name] for name in cover)) - wanted))
    return tuple(name for name in rights if name in forced or name in best)


def compare(declared: Declared, live: Iterable[str], unreported: Iterable[str], facts: Facts) -> Comparison:
    """Judge live native rights against a declaration.

    Rights that were declared by name are compared by name, capabilities by what gives them. A live right is extra when
    it was not named and serves no capability that was asked for, or brings one that was neither declared nor comes with
    a needed right anyway. A capability that only an unreported right could give, or that a live right perhaps gives, is
    undecided, not missing.
    """
    return _compare(declared, tuple(live), tuple(unreported), facts)


@lru_cache(4096)  # several rules ask about one key, and many keys of a fleet are alike
def _compare(declared: Declared, live: tuple[str, ...], unreported: tuple[str, ...], facts: Facts) -> Comparison:
    on = {name: facts.rights[name].gives for name in live if name in facts.rights}
    by_name = [name for name in dict.fromkeys(declared.native) if name in on]
    covered = facts.always.union(*(on[name] for name in by_name))
    others = {name: given for name, given in on.items() if name not in by_name}
    needed = (*by_name, *smallest_cover(declared.asked - covered, others))
    given = gives(needed, facts)
    implied = given - declared.capabilities
    extra = tuple(
        name
        for name, brings in on.items()
        if name not in needed and (not brings & declared.asked or brings - declared.capabilities - implied)
    )
    silent = {name for name in unreported if name in facts.rights}
    possible = frozenset[str]().union(
        *(facts.rights[name].gives for name in silent), *(facts.rights[name].may_give for name in on)
    )
    if not facts.rights:
        possible = declared.asked  # nothing is known of what an answer of this exchange means
    absent = sorted(declared.asked - given)
    unnamed = [name for name in dict.fromkeys(declared.native) if name not in on]
    missing = [c for c in absent if c not in possible] + [name for name in unnamed if name not in silent]
    undecided = [c for c in absent if c in possible] + [name for name in unnamed if name in silent]
    return Comparison(needed, tuple(missing), extra, implied, tuple(undecided))
