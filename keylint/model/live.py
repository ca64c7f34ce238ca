"""What an exchange reports of a key, in three values: yes, no, unknown."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

NOTHING: Mapping[str, Any] = MappingProxyType({})
_SHOWN = 20


class Unknown(Enum):
    """The value of a fact that the exchange did not tell; never equal to any other value."""

    UNKNOWN = "unknown"


UNKNOWN: Literal[Unknown.UNKNOWN] = Unknown.UNKNOWN
MaybeTime = datetime | None | Literal[Unknown.UNKNOWN]


class LiveKey(NamedTuple):
    """The state of one key at its exchange.

    `rights`: native rights that are on and that the facts know, in the exchange's own names.
    `unmapped`: rights that are on and that the facts do not know.
    `unreported`: rights that the facts know and of which the answer is silent.
    `created`, `expires`, `last_used`: UTC; None means «the exchange says there is none».
    `rights_expire`: right -> when the exchange will take it away.
    `key_id`: whole, or from a snapshot as `model/key_id.py` has it.
    `observed_at`: when it was read; None means just now. `conflicts`: what a snapshot says otherwise -> which one.
    `read_only`: a flag over all rights, where there is one. `listed`: another key of the account showed it.
    `skew_ms`: by how much the exchange's clock is ahead of this machine's at least, None where it was not measured.
    """

    rights: tuple[str, ...]
    unmapped: tuple[str, ...] = ()
    unreported: tuple[str, ...] = ()
    ip_restricted: bool | Literal[Unknown.UNKNOWN] = UNKNOWN
    ip_allowlist: tuple[str, ...] | Literal[Unknown.UNKNOWN] = UNKNOWN
    created: MaybeTime = UNKNOWN
    expires: MaybeTime = UNKNOWN
    last_used: MaybeTime = UNKNOWN
    label: str | Literal[Unknown.UNKNOWN] = UNKNOWN
    key_id: str | Literal[Unknown.UNKNOWN] = UNKNOWN
    account_id: str | Literal[Unknown.UNKNOWN] = UNKNOWN
    rights_expire: Mapping[str, datetime] = NOTHING
    observed_at: datetime | None = None
    conflicts: Mapping[str, str] = NOTHING
    read_only: bool | Literal[Unknown.UNKNOWN] = UNKNOWN
    listed: bool = False
    skew_ms: int | None = None

    @property
    def shown_rights(self) -> str:
        """Say in words which rights are on; a name that nobody knows may be anything, and is quoted."""
        names = [*self.rights, *map(repr, self.unmapped)]
        more = f" and {len(names) - _SHOWN} more" if names[_SHOWN:] else ""
        return f"{', '.join(names[:_SHOWN])}{more}" or "no right that is shown"

    @property
    def unknown(self) -> tuple[str, ...]:
        """Name the facts of the report that the exchange did not tell, then the rights of which it is silent."""
        facts = ("ip_restricted", "ip_allowlist", "created", "expires")
        return (*(name for name in facts if getattr(self, name) is UNKNOWN), *self.unreported)


class State(Enum):
    """How a key stands after `diff`."""

    IN_SYNC = "in-sync"
    DRIFT = "drift"
    UNVERIFIABLE = "unverifiable"
    UNCHECKED = "unchecked"
    ABSENT = "absent"


class KeyReport(NamedTuple):
    """One key of a `diff`. `implied`: capabilities that a needed right brings beyond the declaration.

    `reach`: what a thief could do with it; None where there is nothing to steal.
    """

    name: str
    exchange: str
    state: State
    live: LiveKey | None = None
    capabilities: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()
    reach: str | None = None
