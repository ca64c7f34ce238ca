"""Native rights and capabilities: resolves names, and compares what was declared with what is on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from keylint.model.facts import Facts, Vocabulary


@dataclass(frozen=True, slots=True)
class Declared:
    """What a declaration's `permissions` mean at its exchange.

    `capabilities`: all that was asked for, native rights taken with all that they bring.
    `asked`: capabilities written as such; `native`: rights written by their own (full) names;
    `unknown`: list positions and texts of names that are neither.
    """

    capabilities: frozenset[str]
    asked: frozenset[str]
    native: tuple[str, ...]
    unknown: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Declared against live, on native rights: see «Coarse rights» in docs/permissions.md."""

    needed: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    implied: frozenset[str]
    undecided: tuple[str, ...]


def full_name(name: str, facts: Facts) -> str | None:
    """Return a native right's full name; a bare value (`Withdraw` for `Wallet.Withdraw`) counts where it is unique."""
    if name in facts.rights:
        return name
    tail = f".{name}"
    matches = [right for right in facts.rights if right.endswith(tail)]
    return matches[0] if len(matches) == 1 else None


def resolve(names: Iterable[str], facts: Facts | None, vocabulary: Vocabulary) -> Declared:
    """Read the names of a declaration; without facts only capabilities are known."""
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
        else:
            unknown.append((position, name))
    return Declared(frozenset(asked | given), frozenset(asked), tuple(native), tuple(unknown))


def gives(rights: Iterable[str], facts: Facts) -> frozenset[str]:
    """Return all capabilities that a set of native rights brings, with what any valid key may do."""
    return facts.always.union(*(facts.rights[name].gives for name in rights if name in facts.rights))


def smallest_cover(wanted: frozenset[str], rights: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Return the fewest rights that give every wanted capability; of equal sets the one that brings least beyond.

    Capabilities that no right gives are left out. The order of `rights` decides what is left.
    """
    reachable = wanted.intersection(frozenset().union(*rights.values())) if rights else frozenset()
    useful = [name for name, given in rights.items() if given & reachable]
    for size in range(len(useful) + 1):
        best: tuple[int, tuple[str, ...]] | None = None
        for chosen in combinations(useful, size):
            given = frozenset[str]().union(*(rights[name] for name in chosen))
            if reachable <= given and (best is None or len(given - wanted) < best[0]):
                best = (len(given - wanted), chosen)
        if best:
            return best[1]
    return tuple(useful)


def compare(declared: Declared, live: Iterable[str], unreported: Iterable[str], facts: Facts) -> Comparison:
    """Judge live native rights against a declaration.

    A live right is extra when it serves no declared capability, or brings one that was neither declared nor comes with
    a needed right anyway. A declared capability that only an unreported right could give is undecided, not missing.
    """
    on = {name: facts.rights[name].gives for name in live if name in facts.rights}
    by_name = [name for name in declared.native if name in on]
    covered = facts.always.union(*(on[name] for name in by_name))
    others = {name: given for name, given in on.items() if name not in by_name}
    needed = (*by_name, *smallest_cover(declared.capabilities - covered, others))
    given = gives(needed, facts)
    implied = given - declared.capabilities
    extra = tuple(
        name
        for name, brings in on.items()
        if name not in needed and (not brings & declared.capabilities or brings - declared.capabilities - implied)
    )
    silent = {name for name in unreported if name in facts.rights}
    possible = frozenset[str]().union(*(facts.rights[name].gives for name in silent))
    absent = declared.capabilities - given
    missing = [c for c in sorted(absent & declared.asked) if c not in possible]
    missing += [name for name in declared.native if name not in on and name not in silent]
    undecided = [c for c in sorted(absent & declared.asked) if c in possible]
    undecided += [name for name in declared.native if name in silent]
    return Comparison(needed, tuple(missing), extra, implied, tuple(undecided))
