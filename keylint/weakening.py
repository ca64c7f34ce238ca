"""Compares two policies: what the new one lets pass that the old one does not."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from keylint.model.looser import is_looser
from keylint.model.policy import Policy, Setting

_RANK = {"off": 0, "note": 1, "warning": 2, "error": 3}


class Weakening(NamedTuple):
    """One thing that is weaker than before."""

    what: str
    was: str
    now: str


def weakenings(old: Policy, new: Policy, rules: Mapping[str, Mapping[str, Any]]) -> Iterator[Weakening]:
    """Yield every weakening, rule by rule, then profiles, custom rules and waivers. `rules` is the rule index."""
    for name, rule in rules.items():
        was, now = old.settings.get(name, Setting()), new.settings.get(name, Setting())
        for degree in ("severity", "worst"):
            # Left alone, a rule may call some findings worse than others; a severity that is named holds for all.
            before, after = _severity(was, rule[degree]), _severity(now, rule[degree])
            if _RANK[after] < _RANK[before]:
                yield Weakening(f"rule {name}", before, after)
                break
        if was.mandatory and not now.mandatory:
            yield Weakening(f"rule {name}", "mandatory", "not mandatory")
        if not was.off and not now.off:
            yield from _options(name, was, now, rule)
    yield from _purposes(old, new)
    yield from _custom(old, new)
    yield from _waivers(old, new)


def _severity(setting: Setting, default: str) -> str:
    return "off" if setting.off else setting.severity.value if setting.severity else default


def _options(name: str, was: Setting, now: Setting, rule: Mapping[str, Any]) -> Iterator[Weakening]:
    """Compare a rule's options by the direction in which each is looser; one without a direction may only stay."""
    for option, fact in rule["options"].items():
        before, after = was.options.get(option, fact["default"]), now.options.get(option, fact["default"])
        if is_looser(before, after, fact["looser"]):
            yield Weakening(f"option {option} of {name}", shown(before), shown(after))


def shown(value: Any) -> str:
    """Return the value of an option as people read it."""
    match value:
        case bool():
            return str(value).lower()
        case Mapping():
            return ", ".join(f"{name}: {shown(part)}" for name, part in value.items()) or "none"
        case list() | tuple():
            return ", ".join(map(str, value)) or "none"
        case _:
            return str(value)


def _purposes(old: Policy, new: Policy) -> Iterator[Weakening]:
    for name, now in new.purposes.items():
        was = old.purposes.get(name)
        if was is None:
            yield Weakening(f"purpose {name}", "none", f"allows {', '.join(sorted(now.allow)) or 'nothing'}")
            continue
        if wider := now.allow - was.allow:
            yield Weakening(f"purpose {name}", "did not allow", f"allows {', '.join(sorted(wider))}")
        if spared := was.need - now.need:
            yield Weakening(f"purpose {name}", f"needed {', '.join(sorted(spared))}", "does not")
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
            continue
        for what, before, after in (("when", rule.when, later.when), ("assert", rule.demand, later.demand)):
            # Whether another expression lets more pass nobody can tell but a reader.
            if before.strip() != after.strip():
                yield Weakening(f"{what} of custom rule {rule.name}", before.strip(), after.strip())
        if later.severity.rank < rule.severity.rank:
            yield Weakening(f"custom rule {rule.name}", rule.severity.value, later.severity.value)


def _waivers(old: Policy, new: Policy) -> Iterator[Weakening]:
    for waiver in new.waivers:
        what = f"waiver of {waiver.rule} for key {waiver.key!r}"
        same = [
            was
            for was in old.waivers
            if (was.rule, was.key) == (waiver.rule, waiver.key) and waiver.accepts.startswith(was.accepts)
        ]
        if not same:
            yield Weakening(what, "none", f"until {waiver.expires}")
        elif waiver.ends > (longest := max(same, key=lambda was: was.ends)).ends:
            yield Weakening(what, f"until {longest.expires}", f"until {waiver.expires}")
