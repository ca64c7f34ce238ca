"""The team's own rules: CEL expressions over a key, by Google's engine (the extra `keylint[cel]`).

Each field is a variable of its own (`key.owner`), so that a misspelt one is an error when the policy is read and not an
answer. The engine returns run-time errors as values that count as true, so a result's type is looked at first; an
expression that would run for too long raises instead.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.errors import PolicyError
from keylint.model.finding import Problem
from keylint.model.policy import CustomRule
from keylint.model.rule import ActiveRule, Context, Options, Rule
from keylint.model.source import Source

INSTALL = 'custom rules need the CEL engine: pip install "keylint[cel]"'

_TEXTS = (
    "exchange", "name", "account", "account_type", "account_id", "environment", "site", "key_id", "label", "algorithm",
    "owner", "purpose", "status", "replaces", "notes",
)  # fmt: skip
_LISTS = ("permissions", "capabilities", "ip_allowlist", "symbols", "holder")
_TIMES = ("created", "expires", "reviewed")
_MAPS = ("labels", "credentials")
_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_HAS = re.compile(r"\bhas\(\s*key\.(\w+)\s*\)")
_HOLE = re.compile(r"\{(\w+)\}")


def compile_rules(customs: tuple[CustomRule, ...]) -> list[ActiveRule]:
    """Return the custom rules as rules like all others; PolicyError with every place that does not compile."""
    if not customs:
        return []
    try:
        from cel_expr_python import cel  # noqa: PLC0415 - an extra, and only for policies with custom rules
    except ImportError:
        first = customs[0]
        span = first.spans["rule"]
        raise PolicyError(f"{first.source.name}:{span.line}:{span.column}: {INSTALL}") from None
    engine = cel.NewEnv(variables=_variables(cel.Type))
    active, errors = [], []
    for custom in customs:
        compiled = {}
        for field, text in (("when", custom.when), ("assert", custom.demand)):
            try:
                expression = engine.compile(_with_presence(text))
            except RuntimeError as error:
                errors.append(_placed(custom, field, text, str(error)))
                continue
            if expression.return_type() == cel.Type.BOOL:
                compiled[field] = expression
            else:
                gives = f"<input>:1:1: it gives {expression.return_type().name()}, not true or false"
                errors.append(_placed(custom, field, text, gives))
        if len(compiled) == 2:  # noqa: PLR2004 - when and assert
            check = _check(custom, compiled["when"], compiled["assert"], cel.Type.BOOL)
            rule = Rule(custom.name, custom.severity, custom.description, check)
            active.append(ActiveRule(rule, custom.severity, Options(), explicit=True))
    if errors:
        raise PolicyError("\n".join(errors))
    return active


def _variables(kind: Any) -> dict[str, Any]:
    """Return the name and type of everything that an expression may speak of."""
    fields = {
        **dict.fromkeys(_TEXTS, kind.STRING),
        **dict.fromkeys(_LISTS, kind.List(kind.STRING)),
        **dict.fromkeys(_TIMES, kind.TIMESTAMP),
        **dict.fromkeys(_MAPS, kind.Map(kind.STRING, kind.STRING)),
        "exchange_facts": kind.Map(kind.STRING, kind.DYN),
    }
    present = {f"key.has_{name}": kind.BOOL for name in fields}
    return {**{f"key.{name}": typ for name, typ in fields.items()}, **present, "now": kind.TIMESTAMP}


def _with_presence(text: str) -> str:
    """Write `has(key.owner)` as the variable that tells it, in as many characters, so that places stay right."""
    return _HAS.sub(lambda match: f"key.has_{match[1]}".ljust(len(match[0])), text)


def _placed(custom: CustomRule, field: str, text: str, error: str) -> str:
    """Return a compile error with its place in the policy file."""
    match = _PLACE.search(error)
    span = custom.spans.get(field, custom.spans["rule"])
    line, column, message = (int(match[1]), int(match[2]), match[3]) if match else (1, 1, "it cannot be compiled")
    if "\n" not in text.strip() and span.end_column - span.column >= len(text):
        quoted = custom.source.lines({span.line})[span.line][span.column - 1 :][:1] in ("'", '"')
        column += span.column - 1 + quoted
        line = span.line
    else:
        line, column = span.line, span.column
    message = message.removesuffix(" [INVALID_ARGUMENT]").replace(" (in container '')", "")
    return f"{custom.source.name}:{line}:{column}: `{field}` of {custom.name}: {message}"


def _check(custom: CustomRule, when: Any, demand: Any, boolean: Any) -> Callable[..., Iterator[Problem]]:
    """Return the check of one custom rule."""

    def holds(expression: Any, data: Mapping[str, Any]) -> bool | str:
        """Return the answer, or why there is none."""
        try:
            result = expression.eval(data=data)
        except RuntimeError as error:
            return str(error)
        return bool(result.value()) if result.type() == boolean else str(result.value())

    def check(key: KeyDecl, context: Context[Any]) -> Iterator[Problem]:
        data = variables(key, context)
        concerned = holds(when, data)
        fulfilled = holds(demand, data) if concerned is True else True
        path = key.at(custom.at) if custom.at else key.path
        value = key.written(custom.at) if custom.at else ""
        for answer in (concerned, fulfilled):
            if isinstance(answer, str):
                why = answer.partition("\n")[0].removesuffix(" [INVALID_ARGUMENT]")
                hint = "use has(key.field) before a field that may be absent"
                yield Problem(path, f"key {key.name!r} could not be evaluated: {why}", hint, "error")
                return
        if fulfilled is False:
            yield Problem(path, _filled(custom.message, key), custom.hint or custom.description, value)

    return check


def variables(key: KeyDecl, context: Context[Any]) -> dict[str, Any]:
    """Return the normalised key: defaults applied, capabilities resolved; absent lists and maps are empty."""
    texts = {name: value for name in _TEXTS if isinstance(value := key.raw.get(name), str)}
    texts |= {"name": key.name, "environment": key.environment, "status": key.status}
    lists = {
        "permissions": list(key.permissions),
        "capabilities": sorted(key.capabilities),
        "ip_allowlist": list(key.ip_allowlist),
        "symbols": list(key.symbols),
        "holder": list(key.holders),
    }
    # The end of a day is the first moment of the next; what was written is the day.
    ends = key.expires - timedelta(days=1) if key.expires and len(key.written("expires")) == 10 else key.expires  # noqa: PLR2004 - a day
    times = {"created": key.created, "expires": ends, "reviewed": key.reviewed}
    maps = {
        name: {k: str(v) for k, v in value.items()} for name in _MAPS if isinstance(value := key.raw.get(name), dict)
    }
    fields: dict[str, Any] = {**texts, **lists, **{name: time for name, time in times.items() if time}, **maps}
    given = {name for name in fields if name not in _LISTS or fields[name]}
    for name in _MAPS:
        fields.setdefault(name, {})
    fields["exchange_facts"] = _facts(key)
    everything = (*_TEXTS, *_LISTS, *_TIMES, *_MAPS)
    present = {f"key.has_{name}": name in given for name in everything}
    present["key.has_exchange_facts"] = key.facts is not None
    return {**{f"key.{name}": value for name, value in fields.items()}, **present, "now": context.now}


def _facts(key: KeyDecl) -> dict[str, Any]:
    if key.facts is None:
        return {}
    addresses = key.facts.addresses
    return {
        "title": key.facts.title,
        "inspection": key.facts.inspection,
        "nonce_shared": key.facts.nonce_shared,
        "addresses": {"supported": addresses.supported, "shown": addresses.shown, "maximum": addresses.maximum or 0},
        "rights": sorted(key.facts.rights),
    }


def _filled(message: str, key: KeyDecl) -> str:
    """Fill {name}, {exchange}, … in; what is no field of a key stays as it is."""
    known = {**{name: key.written(name) for name in (*_TEXTS, *_TIMES)}, "name": key.name}
    return _HOLE.sub(lambda match: known.get(match[1], match[0]), message)


Judged = tuple[str, str, int, bool, str]


def run_examples(
    customs: tuple[CustomRule, ...],
    make: Callable[[str, Mapping[str, Any]], KeyDecl],
    context: Callable[[Source], Context[Any]],
) -> Iterator[Judged]:
    """Yield, for each example of each custom rule: rule, good or bad, number, whether it passed, what was said."""
    for custom, active in zip(customs, compile_rules(customs), strict=True):
        assert active.rule.check is not None
        for kind, examples in (("good", custom.good), ("bad", custom.bad)):
            for number, example in enumerate(examples, 1):
                problems = list(active.rule.check(make("example", example), context(custom.source)))
                failed = any("could not be evaluated" in problem.message for problem in problems)
                passed = bool(problems) == (kind == "bad") and not failed
                yield custom.name, kind, number, passed, "; ".join(problem.message for problem in problems)
