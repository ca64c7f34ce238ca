"""What a key was meant to do, and what its exchange adds because its rights are coarse (docs/permissions.md)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from keylint.model.boxes import least, offered
from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts, Vocabulary
from keylint.model.permission import Declared, full_name, resolve
from keylint.model.rule import Context
from keylint.model.source import Path

_NOTHING: frozenset[str] = frozenset()


def written(key: KeyDecl, vocabulary: Vocabulary) -> Declared:
    """Return what the declaration says, also of a key as the exchange shows it."""
    if "permissions" not in key.observed:
        return key.declared
    names: Any = key.raw["permissions"]  # the schema has checked it
    return resolve(names, key.facts, vocabulary)


def meant(key: KeyDecl, context: Context[Any]) -> frozenset[str]:
    """Return what the declaration asks for.

    A right that was written by its own name counts with all that it brings; where a profile says what the key is for,
    with what that allows.
    """
    said = written(key, context.vocabulary)
    purpose = context.purposes.get(key.purpose or "") if said.native else None
    return _meant(said.asked, said.capabilities, purpose.allow, purpose.need) if purpose else said.capabilities


@lru_cache(maxsize=4096)
def _meant(
    asked: frozenset[str], capabilities: frozenset[str], allow: frozenset[str], need: frozenset[str]
) -> frozenset[str]:
    return asked | (capabilities & (allow | need))


@lru_cache(maxsize=4096)
def needed(
    wanted: frozenset[str], facts: Facts, vocabulary: Vocabulary, allowed: frozenset[str] = _NOTHING
) -> tuple[str, ...]:
    """Return the rights to ask an exchange for: they give what is wanted and bring the least beyond what is allowed."""
    return least(wanted - facts.always, offered(facts), vocabulary, allowed)


@lru_cache(maxsize=4096)
def added(
    wanted: frozenset[str], facts: Facts, vocabulary: Vocabulary, allowed: frozenset[str] = _NOTHING
) -> frozenset[str]:
    """Return what an exchange gives on top of what is wanted, in any case: it has no smaller rights."""
    rights = needed(wanted, facts, vocabulary, allowed)
    return facts.always.union(_NOTHING.union(*(facts.rights[name].gives for name in rights)) - wanted)


def chosen(key: KeyDecl, context: Context[Any], among: frozenset[str]) -> frozenset[str]:
    """Return those of some capabilities that a key has by choice: not those that its exchange adds in any case."""
    if key.capabilities.isdisjoint(among) or key.facts is None:
        return key.capabilities & among
    return (key.capabilities & among) - added(meant(key, context), key.facts, context.vocabulary)


def by_permission(
    key: KeyDecl, capabilities: frozenset[str], vocabulary: Vocabulary
) -> Iterator[tuple[Path, str, str]]:
    """Yield each permission that gives some of the capabilities: its place, and in words what it is and gives.

    The third part is the capabilities alone, in the order of the vocabulary.
    """
    given: dict[tuple[Path, str], list[str]] = {}
    if capabilities:
        for capability in vocabulary.classes:
            if capability in capabilities:
                given.setdefault(key.giving(capability), []).append(capability)
    for (path, name), names in given.items():
        listed = ", ".join(names)
        yield path, listed if [name] == names else f"{listed} ({name} gives it)", listed


def place_of(key: KeyDecl, right: str) -> Path:
    """Return the place of the first permission that is a native right, or a capability that this right gives."""
    facts = key.facts
    assert facts is not None
    return next(
        key.at("permissions", position)
        for position, name in enumerate(key.permissions)
        if full_name(name, facts) == right or name in facts.rights[right].gives
    )
