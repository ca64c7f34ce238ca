"""Loads policies: built-in ones by name, files by path, each with what it extends."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path as FilePath
from typing import Any

from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.load.document import Document, load
from keylint.load.files import read_file
from keylint.load.policy_parts import at, check_names, check_waived, read_custom, read_purposes, read_waivers
from keylint.load.schema import Schema
from keylint.model.errors import OptionError, PolicyError, UsageError
from keylint.model.exposure import conceal
from keylint.model.finding import Problem, Severity
from keylint.model.looser import is_looser
from keylint.model.policy import NOTHING, Policy, Setting
from keylint.model.rule import ActiveRule, Rules
from keylint.model.source import Path, Source
from keylint.model.wording import nearest

BUILT_IN = ("baseline", "strict", "read-only", "personal")
_PLAIN = frozenset({"off"})
_RANK = {"off": 0, "note": 1, "warning": 2, "error": 3}
_DEEPEST = 20


def load_policy(names: Iterable[str], wheres: Mapping[str, str] = NOTHING) -> Policy:
    """Return what the named policies (built-in names or paths) make together; later ones win.

    `wheres`: where a name stands, for the names that are not given on the command line.
    Raises PolicyError with file, line and column where one does not mean anything.
    """
    policy, loader = Policy("default"), _Loader()
    for name in names:
        policy = _merge(policy, loader.load(name, FilePath(), (), wheres.get(name, "--policy")))
    check_waived(policy)
    return policy


def built_in(name: str) -> dict[str, Any]:
    """Return a built-in policy as it is written."""
    data: dict[str, Any] = import_module(f"keylint.compiled.policy_{name.replace('-', '_')}").DATA
    return data


def active_rules(policy: Policy, rules: Rules) -> list[ActiveRule]:
    """Return the rules that a policy leaves on, in the order of the catalogue."""
    active = []
    for name, rule in rules.items():
        setting = policy.settings.get(name, Setting())
        if setting.off:
            continue
        severity = setting.severity or rule.severity
        try:
            options = rule.options(**setting.options)
        except OptionError as error:
            where = policy.located[name, str(error.path[0])](("rules", name, *error.path))
            raise PolicyError(f"{where}: rule {name!r}: {conceal(error.message)}; {error.hint}") from None
        mandatory = rule.mandatory or setting.mandatory
        active.append(ActiveRule(rule, severity, options, setting.severity is not None, mandatory))
    return active


class _Loader:
    """Reads every file once, however many policies extend it."""

    def __init__(self) -> None:
        self._loaded: dict[str, Policy] = {}

    def load(self, name: str, folder: FilePath, chain: tuple[str, ...], where: str) -> Policy:
        """Load one policy with all that it extends. `chain`: the files that led here; `where`: what asked for it."""
        if name in BUILT_IN:
            data = built_in(name)
            return _merge(self._parents(data, name, folder, chain, {}), _own(data, name))
        path = folder / name
        try:
            is_file, identity = path.is_file(), str(path.resolve())
        except (OSError, RuntimeError, ValueError):  # too long a name, links in a circle, a NUL
            raise PolicyError(f"{where}: {name!r} cannot be a path") from None
        if not is_file and FilePath(name).suffix not in (".yaml", ".yml"):
            hint = nearest(name, BUILT_IN) or f"built in are: {', '.join(BUILT_IN)}; a file ends in .yaml"
            raise PolicyError(f"{where}: no policy {name!r}; {hint}")
        if identity in chain:
            raise PolicyError(f"{where}: policies extend each other in a circle: {name!r} leads back to itself")
        if len(chain) >= _DEEPEST:
            raise PolicyError(f"{where}: policies extend each other more than {_DEEPEST} levels deep")
        if identity not in self._loaded:
            self._loaded[identity] = self._read(path, (*chain, identity), where)
        return self._loaded[identity]

    def _read(self, path: FilePath, chain: tuple[str, ...], where: str) -> Policy:
        shown = path.as_posix()
        try:
            source = read_file(path, shown)
        except UsageError as error:
            raise PolicyError(str(error) if where == "--policy" else f"{where}: {error}") from None
        document, flaws = load(source, _PLAIN)
        if flaws or document is None:
            raise PolicyError("\n".join(at(shown, flaw.span, flaw.message, flaw.hint) for flaw in flaws))
        _validate(document, shown)
        check_names(document, shown)
        extends = document.data.get("extends", ())
        paths: dict[str, Path] = (
            {extends: ("extends",)}
            if isinstance(extends, str)
            else {parent: ("extends", position) for position, parent in enumerate(extends)}
        )
        places = {parent: document.span(path) for parent, path in paths.items()}
        wheres = {parent: f"{shown}:{span.line}:{span.column}" for parent, span in places.items()}
        parents = self._parents(document.data, shown, path.parent, chain, wheres)
        return _merge(parents, _own(document.data, shown, document, source))

    def _parents(
        self, data: Mapping[str, Any], name: str, folder: FilePath, chain: tuple[str, ...], wheres: Mapping[str, str]
    ) -> Policy:
        """Return what a policy builds on."""
        extends = data.get("extends", ())
        policy = Policy(str(data.get("name", name)))
        for parent in [extends] if isinstance(extends, str) else extends:
            policy = _merge(policy, self.load(parent, folder, chain, wheres.get(parent, name)))
        return policy


def _validate(document: Document, shown: str) -> None:
    """Raise PolicyError with every place where the policy is not valid."""
    schema = Schema("policy")
    if schema.is_valid(document.data):
        return
    problems = [_explained(problem) for problem in schema.explain(document.data)]
    lines = [
        at(shown, document.span(problem.path, on_name=problem.on_name), problem.message, problem.hint)
        for problem in problems
    ]
    raise PolicyError("\n".join(lines))


def _explained(problem: Problem) -> Problem:
    """Say of a rule's setting what the schema cannot say: which rules and options there are."""
    if problem.path[:1] != ("rules",) or len(problem.path) == 1:
        return problem
    rule, name = str(problem.path[1]), str(problem.path[-1])
    if rule not in RULE_INDEX:
        hint = nearest(rule, RULE_INDEX) or "`keylint rules` lists them"
        return problem._replace(message=f"unknown rule {rule!r}", hint=hint, on_name=True)
    if problem.on_name:
        known = RULE_INDEX[rule]["options"]
        hint = nearest(name, [*known, "severity", "mandatory"]) or f"its options: {', '.join(known) or 'none'}"
        return problem._replace(message=f"rule {rule!r} has no option {name!r}", hint=hint)
    return problem


def _own(data: Mapping[str, Any], name: str, document: Document | None = None, source: Source | None = None) -> Policy:
    """Return what a policy says itself; waivers and custom rules come from files only."""
    settings = {rule: _setting(value) for rule, value in (data.get("rules") or {}).items()}
    shown, purposes = str(data.get("name", name)), read_purposes(data)
    if document is None or source is None:
        return Policy(shown, settings, purposes, places=dict.fromkeys(settings, name))
    spans = {rule: document.span(("rules", rule)) for rule in settings}
    places = {rule: f"{name}:{span.line}:{span.column}" for rule, span in spans.items()}

    def locate(path: Path) -> str:
        span = document.span(path)
        return f"{name}:{span.line}:{span.column}"

    located = {(rule, option): locate for rule, setting in settings.items() for option in setting.options}
    custom, waivers = read_custom(document, source), read_waivers(document, source)
    return Policy(shown, settings, purposes, custom, waivers, places, located)


def _setting(value: Any) -> Setting:
    if isinstance(value, str):
        return Setting(None if value == "off" else Severity(value), value == "off")
    severity = value.get("severity")
    options = {
        name: int(item) if isinstance(item, float) and item.is_integer() else item  # 6e1 is a whole number too
        for name, item in value.items()
        if name not in ("severity", "mandatory", "why")
    }
    return Setting(
        Severity(severity) if severity and severity != "off" else None,
        severity == "off",
        options,
        bool(value.get("mandatory")),
        value.get("why", ""),
    )


def _merge(first: Policy, later: Policy) -> Policy:
    """Return the first policy with the later one on top: severities replace, options add up by name.

    A later custom rule replaces one of the same name, a later waiver one of the same finding. Raises PolicyError where
    the later policy lowers a rule that the first one, or keylint itself, made mandatory.
    """
    lines = [
        f"{later.places[name]}: {fault}"
        for name, setting in later.settings.items()
        for fault in _lowered(name, first.settings.get(name, Setting()), setting)
    ]
    if lines:
        raise PolicyError("\n".join(lines))
    settings = dict(first.settings)
    for name, setting in later.settings.items():
        earlier = settings.get(name, Setting())
        says = setting.off or setting.severity is not None
        settings[name] = Setting(
            setting.severity if says else earlier.severity,
            setting.off if says else earlier.off,
            {**earlier.options, **setting.options},
            setting.mandatory or earlier.mandatory,
            setting.why or ("" if says or setting.options else earlier.why),
        )
    renamed, waived = {rule.name for rule in later.custom}, {waiver.accepted for waiver in later.waivers}
    return Policy(
        later.name,
        settings,
        {**first.purposes, **later.purposes},
        (*(rule for rule in first.custom if rule.name not in renamed), *later.custom),
        (*(waiver for waiver in first.waivers if waiver.accepted not in waived), *later.waivers),
        {**first.places, **later.places},
        {**first.located, **later.located},
    )


def _lowered(name: str, earlier: Setting, setting: Setting) -> Iterator[str]:
    """Yield what a setting lowers of a mandatory rule: a note that fails nothing is as good as off."""
    rule = RULE_INDEX[name]
    says = "off" if setting.off else setting.severity.value if setting.severity else ""
    if earlier.off and setting.mandatory and not says:
        yield f"rule {name!r} is mandatory here and was switched off before; give it a severity"
    if not (rule["mandatory"] or earlier.mandatory or (setting.mandatory and setting.off)):
        return
    least = (earlier.severity and earlier.severity.value) or rule["severity"]
    if says and _RANK[says] < _RANK[least]:
        yield f"rule {name!r} is mandatory and cannot be set to {says}; remove the line"
    for option, value in setting.options.items() if rule["mandatory"] or earlier.mandatory else ():
        fact = rule["options"][option]
        before = earlier.options.get(option, fact["default"])
        if is_looser(before, value, fact["looser"]):
            yield f"rule {name!r} is mandatory and its {option!r} cannot be loosened; remove it"
