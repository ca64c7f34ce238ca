"""Compares two policies: what the new one lets pass that the old one does not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keylint.model.policy import Policy, Setting

_RANK = {"off": 0, "note": 1, "warning": 2, "error": 3}


@dataclass(frozen=True, slots=True)
class Weakening:
    """One thing that is weaker than before."""

    what: str
    was: str
    now: str


def weakenings(old: Policy, new: Policy, rules: Mapping[str, Mapping[str, Any]]) -> Iterator[Weakening]:
    """Yield every weakening, rule by rule, then profiles, custom rules and waivers. `rules` is the rule index."""
    for name, rule in rules.items():
        was, now = old.settings.get(name, Setting()), new.settings.get(name, Setting())
        before, after = _severity(was, rule), _severity(now, rule)
        if _RANK[after] < _RANK[before]:
            yield Weakening(f"rule {name}", before, after)
        if was.mandatory and not now.mandatory:
            yield Weakening(f"rule {name}", "mandatory", "not mandatory")
        if after != "off":
            yield from _options(name, was, now, rule)
    yield from _purposes(old, new)
    yield from _custom(old, new)
    known = {(w.rule, w.key, w.accepts): w for w in old.waivers}
    for waiver in new.waivers:
        earlier = known.get((waiver.rule, waiver.key, waiver.accepts))
        if earlier is None:
            yield Weakening(f"waiver of {waiver.rule} for key {waiver.key!r}", "none", f"until {waiver.expires}")
        elif waiver.ends > earlier.ends:
            what = f"waiver of {waiver.rule} for key {waiver.key!r}"
            yield Weakening(what, f"until {earlier.expires}", f"until {waiver.expires}")


def _severity(setting: Setting, rule: Mapping[str, Any]) -> str:
    return "off" if setting.off else setting.severity.value if setting.severity else str(rule["severity"])


def _options(name: str, was: Setting, now: Setting, rule: Mapping[str, Any]) -> Iterator[Weakening]:
    """Compare a rule's options by the direction in which each is looser; one without a direction may only stay."""
    for option, fact in rule["options"].items():
        before, after = was.options.get(option, fact["default"]), now.options.get(option, fact["default"])
        if before != after and _is_looser(before, after, fact["looser"]):
            yield Weakening(f"option {option} of {name}", _shown(before), _shown(after))


def _is_looser(before: Any, after: Any, direction: str) -> bool:
    match direction:
        case "more":
            return bool(after > before) if isinstance(after, int | float) else _has_new(before, after)
        case "less":
            return bool(after < before) if isinstance(after, int | float) else _has_new(after, before)
        case _:
            return True


def _has_new(before: Any, after: Any) -> bool:
    """Tell whether a list, or a mapping of lists, holds something that the other does not."""
    if isinstance(after, dict):
        return bool({e for part in after.values() for e in part} - {e for part in before.values() for e in part})
    return bool(set(after) - set(before))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _purposes(old: Policy, new: Policy) -> Iterator[Weakening]:
    for name, now in new.purposes.items():
        was = old.purposes.get(name)
        if was is None:
            yield Weakening(f"purpose {name}", "none", f"allows {', '.join(sorted(now.allow))}")
            continue
        if wider := now.allow - was.allow:
            yield Weakening(f"purpose {name}", "did not allow", f"allows {', '.join(sorted(wider))}")
        if lost := set(was.require) - set(now.require):
            yield Weakening(f"purpose {name}", f"required {', '.join(sorted(lost))}", "does not")
    for name in sorted(old.purposes.keys() - new.purposes.keys()):
        yield Weakening(f"purpose {name}", "a profile", "none")


def _custom(old: Policy, new: Policy) -> Iterator[Weakening]:
    now = {rule.name: rule for rule in new.custom}
    for rule in old.custom:
        later = now.get(rule.name)
        if later is None:
            yield Weakening(f"custom rule {rule.name}", rule.severity.value, "none")
        elif (later.when, later.demand) != (rule.when, rule.demand):
            yield Weakening(
                f"custom rule {rule.name}", f"{rule.when} => {rule.demand}", f"{later.when} => {later.demand}"
            )
        elif later.severity.rank < rule.severity.rank:
            yield Weakening(f"custom rule {rule.name}", rule.severity.value, later.severity.value)
