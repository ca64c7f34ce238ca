"""What keylint knows of an exchange, each fact with its source: the shape of `keylint/facts/*.yaml`."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Known = Literal["yes", "no", "unknown"]


class Right(NamedTuple):
    """A native right. `gives`: the capabilities that it really brings; `may_give`: what no source settles.

    `main_only`: what `gives` has more on a main account than on a sub-account; the facts of a sub-account lack it there
    and still name it here. `also`: its other names. `alternate`: an older word for what other rights give, recommended
    to nobody. An answer may lack it: then it is off where `optional`, unknown where `silent`; no answer names it where
    `never_shown`.
    """

    name: str
    gives: frozenset[str]
    needs_allowlist: bool = False
    optional: bool = False
    may_give: frozenset[str] = frozenset()
    main_only: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    alternate: bool = False
    silent: bool = False
    never_shown: bool = False


class Addresses(NamedTuple):
    """What an allowlist of this exchange may hold, and what the exchange shows of it.

    `shown`: the whole list, a flag (restricted or not), or none. `maximum` counts entries; None is unknown. `required`:
    no key can exist without a list. `ipv6_networks`: "no" where networks are taken of IPv4 only.
    """

    supported: Known
    shown: Literal["list", "flag", "none"]
    cidr: Known
    ipv6: Known
    maximum: int | None
    required: Known = "unknown"
    ipv6_networks: Known = "unknown"


class Call(NamedTuple):
    """One request that keylint may send to this exchange; every other one is refused before a byte leaves."""

    use: str
    method: str
    path: str


class ErrorFact(NamedTuple):
    """A documented refusal: the exchange's code, keylint's `reason` (or `gone`), what it means, ranked causes.

    `texts`: words of the message, and the reason that they mean instead.
    """

    code: str
    reason: str
    meaning: str
    causes: tuple[str, ...]
    texts: tuple[tuple[str, str], ...] = ()


class Rate(NamedTuple):
    """How many calls an exchange takes in how many seconds: of one `address`, `account` or `key`, or `unknown`."""

    requests: int
    seconds: float
    of: str


class Facts(NamedTuple):
    """One exchange, as a key of a main or of a sub-account meets it: one value of each, compared by identity.

    `inspection`: `self` (the key shows itself), `public`, `listing` (only another key shows it) or `none`.
    `names`: each name by which a declaration may call a right -> the right's full name; `not_rights`: values that stand
    beside rights and grant nothing, a trailing * for any text; `always`: what any valid key may do.
    `environments`, `sites`: the declaration's words for the places that exist; `bases`: the URLs of those that can be
    asked; `headers`: what each request there carries. `algorithms`: how requests may be signed -> whether another way
    is safer; `credentials`: what each way needs. `sub_accounts`: whether an account can have some; `symbols`: whether a
    key can be bound to instruments.
    `raw` is the whole file, for what only one rule or page needs.
    """

    exchange: str
    title: str
    inspection: Literal["self", "public", "listing", "none"]
    rights: Mapping[str, Right]
    names: Mapping[str, str]
    not_rights: tuple[str, ...]
    always: frozenset[str]
    addresses: Addresses
    environments: tuple[str, ...]
    sites: tuple[str, ...]
    bases: Mapping[str, str]
    headers: Mapping[str, tuple[tuple[str, str], ...]]
    calls: tuple[Call, ...]
    algorithms: Mapping[str, bool]
    credentials: Mapping[str, tuple[str, ...]]
    sub_accounts: bool
    symbols: bool
    nonce_shared: bool
    raw: Mapping[str, object]

    def is_no_right(self, name: str) -> bool:
        """Tell whether a value stands beside the rights of an answer and grants nothing."""
        return any(name.startswith(v[:-1]) if v.endswith("*") else name == v for v in self.not_rights)

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same one: there is one of each, and its maps have no hash."""
        return self is other

    def __hash__(self) -> int:
        """Return what belongs to that."""
        return id(self)

    @property
    def rate(self) -> Rate | None:
        """Return the documented rate of the call that shows a key, None where none is documented."""
        limits = self.raw.get("limits")
        told = limits.get("requests") if isinstance(limits, Mapping) else None
        return Rate(told["value"], told["seconds"], told["of"]) if isinstance(told, Mapping) else None

    def shows_rights(self, *, listed: bool) -> bool:
        """Tell whether an answer names any right at all: that of a key that asks, or of one that lists others."""
        shows, entries = self.raw.get("shows"), self.raw.get("listing")
        if listed and isinstance(entries, list) and any(entry["rights"] != "no" for entry in entries):
            return True
        return not isinstance(shows, Mapping) or shows.get("rights") != "no"

    def never_shown(self, *, listed: bool) -> frozenset[str]:
        """Return the rights that the exchange has no way to show: of a key that asks, or of one that is listed."""
        shown = self.shows_rights(listed=listed)
        hidden = {name for name, right in self.rights.items() if right.never_shown or not shown}
        entries = self.raw.get("listing")
        if listed and isinstance(entries, list):
            hidden |= {name for entry in entries for name in entry.get("silent", ())}
        return frozenset(hidden)

    def error(self, code: str) -> ErrorFact | None:
        """Return what is known of an error code, None where nothing is."""
        errors = self.raw.get("errors")
        if not isinstance(errors, Mapping) or not isinstance(entry := errors.get(code), Mapping):
            return None
        causes = tuple(map(str, entry.get("causes", ())))
        texts = tuple((str(part), str(reason)) for part, reason in entry.get("texts", {}).items())
        return ErrorFact(code, str(entry["reason"]), str(entry["meaning"]), causes, texts)


class Vocabulary(NamedTuple):
    """The capabilities and the class of each, in the order of the vocabulary file: one value.

    `members`: class -> its capabilities. `harmless`: those of the classes read and other; a key with nothing else can
    do no more than read.
    """

    classes: Mapping[str, str]
    members: Mapping[str, frozenset[str]]
    harmless: frozenset[str]

    def __eq__(self, other: object) -> bool:
        """Tell whether it is the same one: there is one of each, and its maps have no hash."""
        return self is other

    def __hash__(self) -> int:
        """Return what belongs to that."""
        return id(self)

    def above_read(self, capabilities: frozenset[str]) -> list[str]:
        """Return, in vocabulary order, the capabilities outside the classes read and other."""
        return [c for c in self.classes if c in capabilities and c not in self.harmless]

    def of_class(self, kind: str, capabilities: frozenset[str]) -> list[str]:
        """Return, in vocabulary order, the capabilities of one class."""
        return [c for c, k in self.classes.items() if k == kind and c in capabilities]
