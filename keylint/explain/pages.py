"""What is known of a topic, as values: the same for people and for programs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keylint.explain.causes import Cause, checks, plain
from keylint.explain.errors import KnownError, every_error
from keylint.judge import Judge
from keylint.load.declaration import key_decl
from keylint.load.facts import vocabulary
from keylint.model.boxes import detail, least, listed, offered
from keylint.model.facts import Facts
from keylint.model.lifetime import ends
from keylint.model.permission import gives, smallest_cover
from keylint.model.policy import Purpose
from keylint.model.source import Source


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule; `options`: with their defaults; `page`: the whole page in Markdown."""

    name: str
    severity: str
    mandatory: bool
    title: str
    options: Mapping[str, object]
    page: str
    kind: str = "rule"


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """One error of one exchange; `key`: whose declaration the causes were weighed against."""

    exchange: str
    code: str
    meaning: str
    reason: str
    causes: tuple[Cause, ...]
    checks: tuple[str, ...]
    source: str
    checked: str
    key: str | None = None
    kind: str = "error"


@dataclass(frozen=True, slots=True)
class RightPage:
    """One native right of one exchange. `perhaps`: what no source settles; `main_only`: not on a sub-account."""

    exchange: str
    right: str
    gives: tuple[str, ...]
    perhaps: tuple[str, ...]
    main_only: tuple[str, ...]
    needs_allowlist: bool
    also_called: tuple[str, ...]
    note: str | None
    source: str
    kind: str = "right"


@dataclass(frozen=True, slots=True)
class CapabilityPage:
    """One capability: the rights that give it, those that perhaps do, and where every valid key has it."""

    capability: str
    group: str
    meaning: str
    rights: tuple[RightPage, ...]
    perhaps: tuple[RightPage, ...]
    always: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]
    kind: str = "capability"


@dataclass(frozen=True, slots=True)
class ClassPage:
    """One class of capabilities, with their meanings."""

    group: str
    capabilities: tuple[tuple[str, str], ...]
    kind: str = "class"


@dataclass(frozen=True, slots=True)
class Boxes:
    """Which boxes to tick at an exchange, and what comes with them.

    `tick`: what is needed; `may`: brings only what is allowed; `leave`: brings more. `missing`: what no right gives.
    `beyond`, `perhaps`: what the ticked ones bring although it is not allowed, for want of smaller rights. `fewer`: a
    smaller set of rights with more reach.
    """

    exchange: str
    title: str
    checked: str
    tick: tuple[RightPage, ...]
    may: tuple[RightPage, ...]
    leave: tuple[RightPage, ...]
    missing: tuple[str, ...]
    beyond: tuple[str, ...]
    perhaps: tuple[str, ...]
    always: tuple[str, ...]
    fewer: tuple[RightPage, ...]
    allowlist: tuple[str, ...]
    ends: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PurposePage:
    """One profile of the policy, and what it means at an exchange."""

    purpose: str
    description: str
    need: tuple[str, ...]
    allow: tuple[str, ...]
    require: tuple[str, ...]
    boxes: Boxes | None
    kind: str = "purpose"


@dataclass(frozen=True, slots=True)
class ErrorsPage:
    """The errors of an exchange, or those that keylint takes for one reason: exchange, code, reason, meaning."""

    topic: str
    errors: tuple[tuple[str, str, str, str], ...]
    kind: str = "errors"


Page = RulePage | ErrorPage | RightPage | CapabilityPage | ClassPage | PurposePage | ErrorsPage


def error_page(error: KnownError, causes: Sequence[Cause] | None = None, key: str | None = None) -> ErrorPage:
    """Return an error's page; `causes`: as they were weighed against a key."""
    weighed = tuple(causes) if causes is not None else plain(error)
    return ErrorPage(
        error.facts.exchange,
        error.code,
        error.meaning,
        error.reason,
        weighed,
        checks(weighed, error.facts),
        error.source,
        str(error.facts.raw["checked"]),
        key,
    )


def errors_page(topic: str, exchanges: Iterable[Facts], reason: str | None = None) -> ErrorsPage:
    """Return the list of all errors, or of those with one reason."""
    found = (error for facts in exchanges for error in every_error(facts))
    rows = ((error.facts.exchange, error.code, error.reason, error.meaning) for error in found)
    return ErrorsPage(topic, tuple(row for row in rows if reason in (None, row[2])))


def right_page(name: str, facts: Facts) -> RightPage:
    """Return what is known of a right."""
    entry, right = detail(facts, name), facts.rights[name]
    sources: Any = facts.raw["sources"]
    note = entry.get("note")
    return RightPage(
        facts.exchange,
        name,
        listed(entry, "gives"),
        listed(entry, "may_give"),
        listed(entry, "main_only"),
        right.needs_allowlist,
        listed(entry, "also"),
        None if note is None else str(note),
        sources[entry["source"]],
    )


def capability_page(name: str, meaning: str, exchanges: Iterable[Facts], judge: Judge) -> CapabilityPage:
    """Return what a capability is, what gives it, and which rules speak of a key that has it."""
    exchanges = tuple(exchanges)
    pages = [
        right_page(right.name, facts) for facts in exchanges for right in facts.rights.values() if not right.alternate
    ]
    return CapabilityPage(
        name,
        vocabulary().classes[name],
        meaning,
        tuple(page for page in pages if name in page.gives),
        tuple(page for page in pages if name in page.perhaps),
        tuple(facts.exchange for facts in exchanges if name in facts.always),
        tuple((rule, judge.active[rule].rule.title) for rule in _speaking_of(name, judge)),
    )


def _speaking_of(capability: str, judge: Judge) -> list[str]:
    """Return the rules that speak of a bare key with a capability, and not of one that only reads: they are asked.

    For reading itself the other key is one that trades.
    """

    def speaking(permissions: list[str]) -> set[str]:
        bench = judge.bench(Source("", b""))
        return {item.rule.name for item, _ in bench.declared(key_decl("key", {"permissions": permissions}))}

    without = speaking(["trade.spot" if capability == "read" else "read"])
    return [name for name in judge.active if name in speaking([capability]) - without]


def purpose_page(purpose: Purpose, facts: Facts | None) -> PurposePage:
    """Return a profile, and which boxes it means at an exchange."""
    return PurposePage(
        purpose.name,
        purpose.description,
        _sorted(purpose.need),
        _sorted(purpose.allow | purpose.need),
        purpose.require,
        None if facts is None else boxes(purpose, facts),
    )


def _sorted(capabilities: Iterable[str]) -> tuple[str, ...]:
    """Put capabilities into the order of the vocabulary."""
    given = set(capabilities)
    return tuple(c for c in vocabulary().classes if c in given)


def boxes(purpose: Purpose, facts: Facts) -> Boxes:
    """Return what to tick for a purpose: what it needs with the least beyond what it allows."""
    rights, allowed = offered(facts), purpose.allow | purpose.need
    wanted = purpose.need - facts.always
    on_anyway = [name for name in rights if rights[name] and rights[name] <= facts.always]
    tick = (*on_anyway, *(name for name in least(wanted, rights, vocabulary(), allowed) if name not in on_anyway))
    given = gives(tick, facts)
    fewer = (*on_anyway, *smallest_cover(wanted, rights))
    perhaps = frozenset[str]().union(*(facts.rights[name].may_give for name in tick)) - given - allowed
    others = [name for name in rights if name not in tick]
    harmless = [name for name in others if not (rights[name] | facts.rights[name].may_give) - allowed - given]
    key = key_decl("key", {"exchange": facts.exchange, "permissions": tick})
    return Boxes(
        facts.exchange,
        facts.title,
        str(facts.raw["checked"]),
        tuple(right_page(name, facts) for name in tick),
        tuple(right_page(name, facts) for name in harmless),
        tuple(right_page(name, facts) for name in others if name not in harmless),
        _sorted(wanted - given),
        _sorted(given - allowed),
        _sorted(perhaps),
        _sorted(facts.always),
        tuple(right_page(name, facts) for name in fewer) if len(fewer) < len(tick) else (),
        tuple(_allowlist(facts, tick)),
        tuple((end.says, end.source) for end in ends(key, facts)) if tick or facts.always else (),
    )


def _allowlist(facts: Facts, tick: Sequence[str]) -> Iterable[str]:
    """Say whether an allowlist is possible and demanded, and what it may hold."""
    addresses = facts.addresses
    if addresses.supported == "no":
        yield f"{facts.title} has no allowlists: whoever has the key can use it from anywhere"
        return
    demanding = [name for name in tick if facts.rights[name].needs_allowlist]
    if addresses.required == "yes":
        yield f"{facts.title} makes no key without one"
    elif demanding:
        yield f"{facts.title} gives {', '.join(demanding)} only with one"
    elif addresses.supported == "unknown":
        yield "not known whether a key can be bound to addresses"
        return
    else:
        yield "possible, and the best protection of a key that leaked: set one"
    words: Mapping[str, str] = {"yes": "taken", "no": "not taken", "unknown": "not documented"}
    yield f"networks (CIDR): {words[addresses.cidr]}; IPv6: {words[addresses.ipv6]}"
    yield "entries at most: not documented" if addresses.maximum is None else f"entries at most: {addresses.maximum}"
    entry: Any = facts.raw["addresses"]
    if entry.get("note"):
        yield str(entry["note"])
