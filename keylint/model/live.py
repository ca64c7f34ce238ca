"""What an exchange reports of a key, in three values: yes, no, unknown."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

NOTHING: Mapping[str, Any] = MappingProxyType({})


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
    """One key of a `diff`. `implied`: capabilities that a needed right brings beyond the declaration."""

    name: str
    exchange: str
    state: State
    live: LiveKey | None = None
    capabilities: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()
