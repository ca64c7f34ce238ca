"""How long keys live: days between a start and an end, and the ends that exchanges set by themselves."""

from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts

_AFTER = {
    "created": "after it was made",
    "last-use": "after its last use",
    "activation": "after it was switched on",
    "password-change": "after a change of the account's password",
}


class End(NamedTuple):
    """One way in which an exchange ends a key, or takes the named `rights` from it, by itself.

    `day` is a day in UTC, None where it is counted from what nobody declared; `after` says the same in words: «90 days
    after it was made». `is_earliest`: it may be a later day, because a person can put it off, or because the right may
    have been switched on after the key was made. `is_unbound`: only a key without an address list ends so. `says` is
    the exchange's rule in one sentence, `source` where it stands.
    """

    what: Literal["key", "rights"]
    rights: tuple[str, ...]
    day: date | None
    after: str
    is_earliest: bool
    is_unbound: bool
    says: str
    source: str


def is_longer(age: timedelta, days: int) -> bool:
    """Tell whether an age is beyond a limit in days: at exactly that age it is not."""
    return age.days > days or (age.days == days and bool(age.seconds or age.microseconds))


def last_day(end: datetime) -> int:
    """Return the ordinal of the last day before an end: an end at midnight belongs to the day that it closes."""
    is_midnight = not (end.hour or end.minute or end.second or end.microsecond)
    return max(end.toordinal() - is_midnight, 1)


def days_to(end: datetime, start: datetime) -> int:
    """Count the days of the calendar from a start to the last day before an end."""
    return last_day(end) - start.toordinal()


def ends(key: KeyDecl, facts: Facts) -> list[End]:
    """Return how the exchange will end a key by itself, from what is declared of it, or observed.

    What would come after the key has certainly ended is left out.
    """
    rules: Any = facts.raw.get("lifetime")  # the facts' schema has checked it
    found = [_end(key, facts, rule) for rule in rules or () if _concerns(rule, key, facts)]
    if len(found) > 1:
        certain = [end.day for end in found if end.day and end.what == "key" and not end.is_earliest]
        found = [end for end in found if not (certain and end.day and end.day > min(certain))]
    return found


def _concerns(rule: Any, key: KeyDecl, facts: Facts) -> bool:
    """Tell whether one of the exchange's rules speaks of such a key."""
    if (rule["when"] == "no-allowlist" and key.restricted) or (rule["when"] == "unless-chosen" and key.expires):
        return False
    if key.environment in rule.get("except", ()):
        return False
    having = rule.get("having") or rule.get("rights")
    return not having or bool(_may_have(having, key, facts))


def _may_have(rights: list[str], key: KeyDecl, facts: Facts) -> tuple[str, ...]:
    """Return those of the rights that the key has by name, or that give a capability which no named right gives."""
    covered = facts.always.union(*(facts.rights[name].gives for name in key.declared.native))
    asked = key.declared.asked - covered
    return tuple(name for name in rights if name in key.declared.native or facts.rights[name].gives & asked)


def _end(key: KeyDecl, facts: Facts, rule: Any) -> End:
    day = None
    if key.created is not None and rule["counted_from"] in ("created", "activation"):
        day = date.fromordinal(min(key.created.toordinal() + rule["days"], date.max.toordinal()))
    sources: Any = facts.raw["sources"]
    return End(
        what=rule["what"],
        rights=_may_have(rule.get("rights", []), key, facts),
        day=day,
        after=f"{rule['days']} days {_AFTER[rule['counted_from']]}",
        is_earliest=bool(rule.get("renewable")) or rule["counted_from"] == "activation",
        is_unbound=rule["when"] == "no-allowlist",
        says=rule["says"],
        source=sources[rule["source"]],
    )
