"""What ends when: declared ends, ages under the policy, its waivers, and the ends that exchanges set by themselves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.exposure import conceal
from keylint.model.lifetime import ends as exchange_ends
from keylint.model.lifetime import last_day
from keylint.model.policy import Waiver
from keylint.model.rule import ActiveRule

# rule -> what is said of the last day on which it is silent.
_AGES = {
    "max-age": "{days} days old: replace it",
    "absolute-age": "{days} days old: nothing may live longer",
    "review-overdue": "{days} days after its last review: confirm that it is still needed",
}

_ALIVE = {"active", "retiring"}


@dataclass(frozen=True, slots=True)
class KeyEnd:
    """One end of one key, or of a waiver for it.

    `kind`: `declared`, the name of a rule of the policy, `exchange` or `waiver`. `day`: the last day on which all is
    well, for an exchange the day of its end; None where it depends on what no declaration tells. `slug` stays the same
    when the day moves. `is_earliest`: the exchange may do it later.
    """

    key: str
    exchange: str
    kind: str
    day: date | None
    says: str
    source: str
    slug: str
    is_earliest: bool = False

    def days_left(self, now: datetime) -> int | None:
        """Count the days from today: 0 is today, below is past."""
        return None if self.day is None else (self.day - now.date()).days


def ends_of(key: KeyDecl, rules: Mapping[str, ActiveRule]) -> Iterator[KeyEnd]:
    """Yield the ends of one key; a key that is planned or revoked has none."""
    if key.status not in _ALIVE:
        return
    if key.expires is not None:
        day = date.fromordinal(last_day(key.expires))
        yield KeyEnd(*_names(key), "declared", day, "its declared end", "the declaration", "declared")
    yield from _ages(key, rules)
    for end in exchange_ends(key, key.facts) if key.facts else ():
        says = f"{', '.join(end.rights)}: {end.says}" if end.rights else end.says
        slug = f"exchange-{end.what}-{end.after.replace(' ', '-')}"
        yield KeyEnd(*_names(key), "exchange", end.day, says, end.source, slug, end.is_earliest)


def _names(key: KeyDecl) -> tuple[str, str]:
    """Return key and exchange as they may be shown: a declaration may hold a secret where a name belongs."""
    return conceal(key.name), conceal(key.exchange)


def _ages(key: KeyDecl, rules: Mapping[str, ActiveRule]) -> Iterator[KeyEnd]:
    """Yield the days after which rules of the policy begin to speak, up to the one that demands a new key."""
    starts = {"review-overdue": max(filter(None, (key.created, key.reviewed)), default=None)}
    found = []
    for name, says in _AGES.items():
        start = starts.get(name, key.created)
        if name in rules and start is not None:
            options: Any = rules[name].options
            limit = int(options.days)
            day = date.fromordinal(min(start.toordinal() + limit, date.max.toordinal()))
            found.append(KeyEnd(*_names(key), name, day, says.format(days=limit), f"the policy: {name}", name))
    replaced = min((end.day for end in found if end.kind != "review-overdue" and end.day), default=date.max)
    first = next((end for end in found if end.day == replaced), None)
    yield from (end for end in found if end is first or (end.day and end.day < replaced))


def overlap_ends(keys: Mapping[str, KeyDecl], rules: Mapping[str, ActiveRule]) -> Iterator[KeyEnd]:
    """Yield the days until which a key that was replaced may stay active beside the new one."""
    if (rule := rules.get("rotation-overlap")) is None:
        return
    limit = int(getattr(rule.options, "days", 0))
    for new in keys.values():
        old = keys.get(new.replaces or "")
        if old is not None and old is not new and {old.status, new.status} <= _ALIVE and new.created:
            day = date.fromordinal(min(new.created.toordinal() + limit, date.max.toordinal()))
            says = f"replaced by {_names(new)[0]}: delete it"
            yield KeyEnd(*_names(old), "rotation-overlap", day, says, "the policy: rotation-overlap", "overlap")


def waiver_ends(waivers: Iterable[Waiver], keys: Mapping[str, KeyDecl]) -> Iterator[KeyEnd]:
    """Yield the last days of a policy's waivers."""
    for waiver in waivers:
        exchange = _names(keys[waiver.key])[1] if waiver.key in keys else ""
        day = date.fromordinal(last_day(waiver.ends))
        says = f"the waiver of {waiver.rule}: {conceal(waiver.reason)}"
        slug = f"waiver-{waiver.rule}-{waiver.accepts}"
        yield KeyEnd(conceal(waiver.key), exchange, "waiver", day, says, "the policy", slug)


def by_day(ends: Iterable[KeyEnd]) -> list[KeyEnd]:
    """Sort by day, those without one last, then by key."""
    return sorted(ends, key=lambda end: (end.day or date.max, end.day is None, end.key, end.kind, end.slug))


def until(ends: Iterable[KeyEnd], last: date | None) -> list[KeyEnd]:
    """Leave out what ends after a day, and what has no day; None leaves out nothing."""
    return [end for end in ends if last is None or (end.day is not None and end.day <= last)]


def ahead(now: datetime, days: int) -> date:
    """Return the day that lies so many days ahead."""
    return now.date() + timedelta(days=min(days, date.max.toordinal() - now.toordinal()))
