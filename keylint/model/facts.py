"""What keylint knows of an exchange, each fact with its source: the shape of `keylint/facts/*.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Known = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Right:
    """A native right. `gives`: the capabilities that it really brings. `optional`: an answer may lack it."""

    name: str
    gives: frozenset[str]
    needs_allowlist: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Addresses:
    """What an allowlist of this exchange may hold, and what the exchange shows of it.

    `shown`: the whole list, a flag (restricted or not), or none. `maximum` counts entries; None is unknown.
    """

    supported: Known
    shown: Literal["list", "flag", "none"]
    cidr: Known
    ipv6: Known
    maximum: int | None


@dataclass(frozen=True, slots=True)
class Call:
    """One request that keylint may send to this exchange; every other one is refused before a byte leaves."""

    use: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class ErrorFact:
    """A documented refusal: the exchange's code, keylint's `reason` (or `gone`), what it means, ranked causes."""

    code: str
    reason: str
    meaning: str
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """One exchange. `bases`: site or environment -> base URL; `always`: what any valid key may do.

    `inspection`: `self` (the key shows itself), `public`, `listing` (only another key shows it) or `none`.
    `raw` is the whole file, for what only one rule or page needs.
    """

    exchange: str
    title: str
    inspection: Literal["self", "public", "listing", "none"]
    rights: Mapping[str, Right]
    always: frozenset[str]
    addresses: Addresses
    bases: Mapping[str, str]
    calls: tuple[Call, ...]
    nonce_shared: bool
    raw: Mapping[str, object]

    def error(self, code: str) -> ErrorFact | None:
        """Return what is known of an error code, None where nothing is."""
        errors = self.raw.get("errors")
        if not isinstance(errors, Mapping) or not isinstance(entry := errors.get(code), Mapping):
            return None
        return ErrorFact(code, str(entry["reason"]), str(entry["meaning"]), tuple(map(str, entry.get("causes", ()))))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The capabilities and the class of each, in the order of the vocabulary file.

    `harmless`: those of the classes read and other; a key with nothing else can do no more than read.
    """

    classes: Mapping[str, str]
    harmless: frozenset[str]

    def above_read(self, capabilities: frozenset[str]) -> list[str]:
        """Return, in vocabulary order, the capabilities outside the classes read and other."""
        return [c for c in self.classes if c in capabilities and c not in self.harmless]

    def of_class(self, kind: str, capabilities: frozenset[str]) -> list[str]:
        """Return, in vocabulary order, the capabilities of one class."""
        return [c for c, k in self.classes.items() if k == kind and c in capabilities]
