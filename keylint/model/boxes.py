"""Which native rights to ask an exchange for, and what they bring in truth."""

from collections.abc import Iterable, Iterator, Mapping

from keylint.model.facts import Facts, Vocabulary

# What it costs that a right brings more than was asked for; reading more costs nothing.
_COST = {"read": 0, "other": 0, "trade": 1, "borrow": 4, "transfer": 8, "admin": 100, "exit": 100}


def detail(facts: Facts, right: str) -> Mapping[str, object]:
    """Return a right as the facts file has it, also with what only a page needs."""
    rights = facts.raw["rights"]
    assert isinstance(rights, Mapping)
    entry = rights[right]
    assert isinstance(entry, Mapping)
    return entry


def listed(entry: Mapping[str, object], field: str) -> tuple[str, ...]:
    """Return a list of an entry of the facts, empty where it has none."""
    values = entry.get(field, ())
    return tuple(map(str, values)) if isinstance(values, list | tuple) else ()


def offered(facts: Facts) -> dict[str, frozenset[str]]:
    """Return the rights that a person may choose, with what they give.

    Older words for the same are left out; so are rights for one protocol only, where another right gives as much. Those
    that perhaps bring more come last, so that of equal ones another is taken.
    """
    plain = [right for right in facts.rights.values() if not right.alternate]
    covered = facts.always.union(*(right.gives for right in plain if not right.optional))
    usual = [right for right in plain if not right.optional or right.gives - covered]
    return {right.name: right.gives for right in sorted(usual, key=lambda right: bool(right.may_give))}


def least(
    wanted: frozenset[str], rights: Mapping[str, frozenset[str]], vocabulary: Vocabulary, allowed: frozenset[str]
) -> tuple[str, ...]:
    """Return the fewest of the rights that give all that is wanted and bring the least beyond `allowed`.

    Capabilities that no right gives are left out. The order of `rights` decides what is left.
    """

    def cost(names: Iterable[str]) -> tuple[int, int]:
        names = set(names)
        beyond = frozenset[str]().union(*(rights[name] for name in names)) - wanted - allowed
        return sum(_COST[vocabulary.classes[capability]] for capability in beyond), len(names)

    reachable = wanted & frozenset[str]().union(*rights.values())
    best: tuple[str, ...] | None = None
    for names in _covers(reachable, dict(_useful(reachable, rights, wanted | allowed))):
        if best is None or cost(names) < cost(best):
            best = names
    return tuple(name for name in rights if best and name in best)


def _useful(
    wanted: frozenset[str], rights: Mapping[str, frozenset[str]], harmless: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the rights that no earlier or better one makes superfluous, with what they give of the wanted."""
    parts = {name: (gives & wanted, gives - harmless) for name, gives in rights.items() if gives & wanted}
    order = list(parts)
    for name, (serves, brings) in parts.items():
        better = (
            other
            for other, (does, also) in parts.items()
            if other != name
            and serves <= does
            and also <= brings
            and ((serves, brings) != (does, also) or order.index(other) < order.index(name))
        )
        if next(better, None) is None:
            yield name, serves


def _covers(wanted: frozenset[str], rights: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, ...]]:
    """Yield sets of rights that together give all that is wanted."""
    if not wanted:
        yield ()
        return
    givers = {capability: [name for name in rights if capability in rights[name]] for capability in wanted}
    hardest = min(sorted(wanted), key=lambda capability: len(givers[capability]))
    for name in givers[hardest]:
        for rest in _covers(wanted - rights[name], rights):
            yield (name, *rest)
