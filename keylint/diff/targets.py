"""Which keys can be asked for, where and with what; which requests that takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from keylint.exchanges import EXCHANGES, adapter
from keylint.exchanges.exchange import Credentials, Listing, Stepwise
from keylint.lint import Declared
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.facts import Call, Facts
from keylint.model.finding import Reason
from keylint.model.live import NOTHING, LiveKey, State
from keylint.model.secret import Secret
from keylint.secrets import Limits, modes, resolve

Bases = Mapping[str, str]
Headers = tuple[tuple[str, str], ...]
Place = tuple[str, str, Headers]
"""An exchange, its base URL and what each request carries: one gateway may serve several exchanges or environments."""

Outcome = LiveKey | Refusal | State
"""What comes of a key: its live state, why there is none, or why none is asked for."""
Tell = Callable[[Declared, Outcome], None]


@dataclass(frozen=True, slots=True)
class Target:
    """A key that can be asked for: where, and with what. `modes`: credential -> mode of the file that holds it."""

    declared: Declared
    facts: Facts
    base: str
    credentials: Credentials
    headers: Headers = ()
    modes: Mapping[str, int] = field(default_factory=dict)

    @property
    def lists(self) -> bool:
        """Tell whether the key shall list others."""
        return is_lister(self.declared.key)

    @property
    def shows_itself(self) -> bool:
        """Tell whether the key can ask for its own state."""
        return self.facts.inspection != "listing"

    @property
    def is_revoked(self) -> bool:
        """Tell whether the key should not exist any more: it is tried once."""
        return self.declared.key.status == "revoked"


def is_lister(key: KeyDecl) -> bool:
    """Tell whether a key is declared to list others."""
    return key.raw.get("lists") is True and key.status in ("active", "retiring")


def base_of(key: KeyDecl, bases: Bases, given: Mapping[str, object] = NOTHING) -> str | State | Refusal:
    """Return where a key is asked for; else what it is instead, or why it cannot be asked for.

    `given`: key name -> credentials that the operator hands over. A revoked key with credentials is tried.
    """
    facts, place = key.facts, key.environment
    has_credentials = bool(key.credentials or given.get(key.name))
    if key.status == "planned" or (key.status == "revoked" and not has_credentials):
        return State.ABSENT
    if facts is None:
        return Refusal(Reason.UNSUPPORTED, f"keylint does not know the exchange {key.exchange!r}")
    places = facts.raw["environments"]
    # An environment at production's own host is told by a header, and exists at every site.
    if key.site and facts.bases.get(place) == facts.bases.get("production"):
        place, places = key.site, facts.raw.get("sites", {})
    if not isinstance(places, Mapping) or place not in places:
        # A place that does not exist would otherwise be a way to leave a key out of every diff.
        known = ", ".join(map(str, places)) if isinstance(places, Mapping) else ""
        return Refusal(
            Reason.UNSUPPORTED,
            f"keylint knows no site or environment {place!r} of {key.exchange}",
            f"known are: {known}" if known else "leave it out",
        )
    if facts.inspection == "none" or place not in facts.bases or (facts.inspection == "listing" and not is_lister(key)):
        return State.UNVERIFIABLE
    if key.exchange not in EXCHANGES:
        return Refusal(Reason.UNSUPPORTED, f"keylint cannot ask {key.exchange} yet", "check it by hand")
    return bases.get(facts.exchange, facts.bases[place])


def headers_of(key: KeyDecl) -> Headers:
    """Return what each request for a key carries because of its environment."""
    return key.facts.headers.get(key.environment, ()) if key.facts else ()


def planned_calls(
    keys: Iterable[KeyDecl], bases: Bases, given: Mapping[str, object] = NOTHING
) -> Iterator[tuple[KeyDecl, str, Call]]:
    """Yield every request that `diff` would send, without needing any credentials."""
    timed: set[Place] = set()
    for key in keys:
        base = base_of(key, bases, given)
        if key.facts is None or not isinstance(base, str):
            continue
        place = (key.exchange, base, headers_of(key))
        uses = _uses(key, key.facts)
        for call in key.facts.calls:
            if call.use in uses or (call.use == "time" and place not in timed):
                yield key, base, call
        timed.add(place)


def _uses(key: KeyDecl, facts: Facts) -> tuple[str, ...]:
    """Return the names of the calls that asking for a key may take, those of its listing included."""
    exchange = adapter(key.exchange)
    own = exchange.USES if isinstance(exchange, Stepwise) else ("key",)
    listing = exchange.LISTS if is_lister(key) and isinstance(exchange, Listing) else ()
    return (*(own if facts.inspection != "listing" else ()), *listing)


def targets(
    declared: Iterable[Declared], bases: Bases, limits: Limits, given: Mapping[str, Mapping[str, Secret]], tell: Tell
) -> list[Target]:
    """Return the keys that can be asked for; `tell` is called for each other one."""
    found: list[Target] = []
    for item in declared:
        key = item.key
        base = base_of(key, bases, given)
        if key.facts is None or not isinstance(base, str):
            assert not isinstance(base, str)
            tell(item, base)
            continue
        handed = given.get(key.name)
        try:
            values = handed or resolve(key.credentials, limits)
        except Refusal as refusal:
            tell(item, refusal)
        else:
            files = {} if handed else modes(key.credentials)
            found.append(Target(item, key.facts, base, Credentials(values, key.algorithm), headers_of(key), files))
    return found
