"""What a team says of one key."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from keylint.model.facts import Facts
from keylint.model.permission import Declared, full_name
from keylint.model.source import Path


class KeyDecl(NamedTuple):
    """One declared key, `defaults` applied.

    Times are UTC. `created` and `reviewed` are the first moment that was meant; `expires` is the first moment after it
    (a day lasts to its end). `restricted`: an allowlist is set. `raw` holds the values as written, for messages and
    fingerprints. `references`: field and reference of each credential that is the key's own; the address of an account
    is public, and what is no reference is left out. `facts` is None for an exchange that keylint does not know.
    `observed` names the fields that hold live values instead of declared ones.
    """

    path: Path
    name: str
    exchange: str
    permissions: tuple[str, ...]
    declared: Declared
    facts: Facts | None
    raw: Mapping[str, object]
    ip_allowlist: tuple[str, ...] = ()
    restricted: bool = False
    account: str | None = None
    environment: str = "production"
    site: str | None = None
    owner: str | None = None
    holders: tuple[str, ...] = ()
    purpose: str | None = None
    created: datetime | None = None
    expires: datetime | None = None
    reviewed: datetime | None = None
    status: str = "active"
    algorithm: str | None = None
    account_type: str | None = None
    symbols: tuple[str, ...] = ()
    replaces: str | None = None
    credentials: Mapping[str, object] | None = None
    references: tuple[tuple[str, str], ...] = ()
    observed: frozenset[str] = frozenset()

    @property
    def capabilities(self) -> frozenset[str]:
        """What somebody who holds the key can do."""
        return self.declared.capabilities

    def at(self, field: str, *rest: str | int) -> Path:
        """Return the path of a field, also of an absent one; a live value points at the declared field as a whole."""
        return (*self.path, field) if field in self.observed else (*self.path, field, *rest)

    def giving(self, capability: str) -> tuple[Path, str]:
        """Return the place and the name of the first permission that gives a capability."""
        for position, name in enumerate(self.permissions):
            right = self.facts and (full := full_name(name, self.facts)) and self.facts.rights[full]
            if name == capability or (right and capability in right.gives):
                return self.at("permissions", position), name
        return self.at("permissions"), capability

    def held_by(self, names: Iterable[str]) -> str | None:
        """Return the first holder that is one of the names, without regard to case; None where none is."""
        wanted = {name.casefold() for name in names}
        return next((holder for holder in self.holders if holder.casefold() in wanted), None)

    def written(self, field: str) -> str:
        """Return a field's value as it was written, «» where it is absent."""
        value = self.raw.get(field)
        return "" if value is None else str(value)
