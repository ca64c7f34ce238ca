"""Which keys used an account or a credential reference before: one index for all rules that compare them.

A run may hold very many keys, and almost none of them share anything: so the index holds hashes of 60 bits, not texts,
and the rules share it. That takes 20 MB for 100,000 keys; a dict of texts for each rule takes 60.
"""

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.rule import Context

MEMORY = "used"
"""What the rules that ask this index say as `shares`."""
LIVING = "living"
_BITS = (1 << 60) - 1


Kind = tuple[str, str]
"""The environment of a key, and whether it is `living` (active or retiring), `planned` or `revoked`."""
Met = Mapping[Hashable, Mapping[Kind, str]]
"""What of a key other keys have used before -> the first user of each kind."""
_NOTHING: Met = MappingProxyType({})


class Used:
    """The accounts and references of all keys so far: by kind of key, hash -> the name of the first user."""

    def __init__(self) -> None:
        """Begin with no key."""
        self._first: dict[Kind, dict[int, str]] = {}
        self._last: KeyDecl | None = None
        self._met: Met = _NOTHING

    def met(self, key: KeyDecl) -> Met:
        """Remember a key, once; return what of it other keys have used before."""
        if key is not self._last:
            self._last, self._met = key, self._add(key)
        return self._met

    def _add(self, key: KeyDecl) -> Met:
        kind = (key.environment, LIVING if key.status in ("active", "retiring") else key.status)
        mine = self._first.get(kind)
        if mine is None:
            mine = self._first[kind] = {}
        things: list[Hashable] = [reference for _, reference in key.references]
        if key.account is not None:
            things.append(account(key))
        found: dict[Hashable, dict[Kind, str]] = {}
        for thing in things:
            code = hash(thing) & _BITS
            if mine.setdefault(code, key.name) != key.name or len(self._first) > 1:
                users = {kind: names[code] for kind, names in self._first.items() if code in names}
                if others := {kind: name for kind, name in users.items() if name != key.name}:
                    found[thing] = others
        return found or _NOTHING


def account(key: KeyDecl) -> Hashable:
    """Return what tells a key's account from those of other exchanges."""
    return key.exchange, key.account


def met(key: KeyDecl, context: Context[Any]) -> Met:
    """Return what of a key other keys of the run have used before."""
    index: Used | None = context.memory.get(MEMORY)
    if index is None:
        index = context.memory[MEMORY] = Used()
    return index.met(key)
