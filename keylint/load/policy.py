"""Loads policies: built-in ones by name, files by path, each with what it extends."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path as FilePath
from typing import Any

from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.load.document import Document, load
from keylint.load.files import read_file
from keylint.load.policy_parts import at, check_names, read_custom, read_purposes, read_waivers
from keylint.load.schema import Schema
from keylint.model.errors import PolicyError, UsageError
from keylint.model.finding import Problem, Severity
from keylint.model.policy import Policy, Setting
from keylint.model.rule import ActiveRule, Rules
from keylint.model.source import Path, Source
from keylint.model.wording import nearest

BUILT_IN = ("baseline", "strict", "read-only", "personal")
_PLAIN = frozenset({"off"})
_RANK = {"off": 0, "note": 1, "warning": 2, "error": 3}


def load_policy(names: Iterable[str]) -> Policy:
    """Return what the named policies (built-in names or paths) make together; later ones win.

    Raises PolicyError with file, line and column where one does not mean anything.
    """
    policy = Policy("default")
    for name in names:
        policy = _merge(policy, _resolve(name, FilePath(), (), "--policy"))
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
        options = rule.options(**setting.options)
        mandatory = rule.mandatory or setting.mandatory
        active.append(ActiveRule(rule, severity, options, setting.severity is not None, mandatory))
    return active


def _resolve(name: str, folder: FilePath, chain: tuple[str, ...], where: str) -> Policy:
    """Load one policy with all that it extends. `chain`: the files that led here; `where`: what asked for it."""
    if name in BUILT_IN:
        data = built_in(name)
        return _merge(_parents(data, name, folder, chain, {}), _own(data, name))
    path = folder / name
    if not path.is_file() and FilePath(name).suffix not in (".yaml", ".yml"):
        hint = nearest(name, BUILT_IN) or f"built in are: {', '.join(BUILT_IN)}; a file ends in .yaml"
        raise PolicyError(f"{where}: no policy {name!r}; {hint}")
    shown = path.as_posix()
    identity = str(path.resolve())
    if identity in chain:
        raise PolicyError(f"{where}: policies extend each other in a circle: {name!r} leads back to itself")
    try:
        source = read_file(path, shown)
    except UsageError as error:
        raise PolicyError(str(error) if where == "--policy" else f"{where}: {error}") from None
    document, flaws = load(source, _PLAIN)
    if flaws or document is None:
        raise PolicyError("\n".join(at(shown, flaw.span, flaw.message, flaw.hint) for flaw in flaws))
    _validate(document, shown)
    extends = document.data.get("extends", ())
    paths: dict[str, Path] = (
        {extends: ("extends",)}
        if isinstance(extends, str)
        else {parent: ("extends", position) for position, parent in enumerate(extends)}
    )
    places = {parent: document.span(path) for parent, path in paths.items()}
    wheres = {parent: f"{shown}:{span.line}:{span.column}" for parent, span in places.items()}
    check_names(document, shown)
    parents = _parents(document.data, shown, path.parent, (*chain, identity), wheres)
    _hold_mandatory(document, shown, parents)
    return _merge(parents, _own(document.data, shown, document, source))


def _validate(document: Document, shown: str) -> None:
    """Raise PolicyError with every place where the policy is not valid."""
    schema = Schema("policy")
    if schema.is_valid(document.data):
        return
    problems = list(schema.explain(document.data))
    for index, problem in enumerate(problems):
        if problem.path[:1] == ("rules",) and len(problem.path) == 2:  # noqa: PLR2004 - rules, name
            name = str(problem.path[1])
            if name not in RULE_INDEX:
                hint = nearest(name, RULE_INDEX) or "`keylint rules` lists them"
                problems[index] = Problem(problem.path, f"unknown rule {name!r}", hint, on_name=True)
        elif problem.path[:1] == ("rules",) and problem.on_name:
            known = RULE_INDEX[str(problem.path[1])]["options"]
            name = str(problem.path[-1])
            hint = nearest(name, [*known, "severity", "mandatory"]) or f"its options: {', '.join(known) or 'none'}"
            problems[index] = Problem(
                problem.path, f"rule {problem.path[1]!r} has no option {name!r}", hint, on_name=True
            )
    lines = [
        at(shown, document.span(problem.path, on_name=problem.on_name), problem.message, problem.hint)
        for problem in problems
    ]
    raise PolicyError("\n".join(lines))


def _parents(
    data: Mapping[str, Any], name: str, folder: FilePath, chain: tuple[str, ...], wheres: Mapping[str, str]
) -> Policy:
    """Return what a policy builds on."""
    extends = data.get("extends", ())
    policy = Policy(str(data.get("name", name)))
    for parent in [extends] if isinstance(extends, str) else extends:
        policy = _merge(policy, _resolve(parent, folder, chain, wheres.get(parent, name)))
    return policy


def _own(data: Mapping[str, Any], name: str, document: Document | None = None, source: Source | None = None) -> Policy:
    """Return what a policy says itself; waivers and custom rules come from files only."""
    settings = {rule: _setting(value) for rule, value in (data.get("rules") or {}).items()}
    shown, purposes = str(data.get("name", name)), read_purposes(data)
    if document is None or source is None:
        return Policy(shown, settings, purposes)
    return Policy(shown, settings, purposes, read_custom(document, source), read_waivers(document, source))


def _setting(value: Any) -> Setting:
    if isinstance(value, str):
        return Setting(None if value == "off" else Severity(value), value == "off")
    severity = value.get("severity")
    options = {name: item for name, item in value.items() if name not in ("severity", "mandatory", "why")}
    return Setting(
        Severity(severity) if severity and severity != "off" else None,
        severity == "off",
        options,
        bool(value.get("mandatory")),
    )


def _merge(first: Policy, later: Policy) -> Policy:
    """Return the first policy with the later one on top: severities replace, options add up by name."""
    settings = dict(first.settings)
    for name, setting in later.settings.items():
        earlier = settings.get(name, Setting())
        says = setting.off or setting.severity is not None
        settings[name] = Setting(
            setting.severity if says else earlier.severity,
            setting.off if says else earlier.off,
            {**earlier.options, **setting.options},
            setting.mandatory or earlier.mandatory,
        )
    return Policy(
        later.name,
        settings,
        {**first.purposes, **later.purposes},
        (*first.custom, *later.custom),
        (*first.waivers, *later.waivers),
    )


def _hold_mandatory(document: Document, shown: str, parents: Policy) -> None:
    """Raise PolicyError where a file lowers a mandatory rule: a note that fails nothing is as good as off."""
    for name, value in (document.data.get("rules") or {}).items():
        severity = value if isinstance(value, str) else value.get("severity")
        rule, parent = RULE_INDEX[name], parents.settings.get(name, Setting())
        least = (parent.severity and parent.severity.value) or rule["severity"]
        if (rule["mandatory"] or parent.mandatory) and severity and _RANK[severity] < _RANK[least]:
            message = f"rule {name!r} is mandatory and cannot be set to {severity}"
            raise PolicyError(at(shown, document.span(("rules", name)), message, "remove the line"))
