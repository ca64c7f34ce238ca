"""The team's own rules: CEL expressions over a key, by Google's engine (the extra `keylint[cel]`).

Each field is a variable of its own (`key.owner`), so that a misspelt one is an error when the policy is read and not an
answer. The engine returns run-time errors as values that count as true, so a result's type is looked at first; an
expression that would run for too long raises instead.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.errors import PolicyError
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.policy import CustomRule
from keylint.model.rule import ActiveRule, Context, Options, Rule
from keylint.model.wording import nearest
from keylint.rules.expression import fields, spot, with_presence
from keylint.rules.variables import (
    EXCHANGE_FACTS,
    Variables,
    canonical,
    filled,
    find,
    types_of_key,
    types_of_live,
    variables,
)

_NO_ANSWER = "error"
INSTALL = 'custom rules need the CEL engine: pip install "keylint[cel]"'

_PLACE = re.compile(r"<input>:(\d+):(\d+): ([^\n]*)")
_STATUS = re.compile(
    r"\A[A-Z_]+: (?:ERROR: <input>:-1:-1: )?| \[[A-Z_]+\]\Z| \(in container ''\)| expecting \{.*\Z", re.DOTALL
)
_UNDECLARED = re.compile(r"undeclared reference to '([\w.]+)'")
_ABSENT = re.compile(r'No value with name "([\w.]+)" found in Activation')


def compile_rules(customs: tuple[CustomRule, ...]) -> list[ActiveRule]:
    """Return the custom rules as rules like all others; PolicyError with every place that does not compile.

    A rule that speaks of `live` has a check of live keys only.
    """
    if not customs:
        return []
    try:
        from cel_expr_python import cel  # noqa: PLC0415 - an extra, and only for policies with custom rules
    except ImportError:
        first = customs[0]
        span = first.spans["rule"]
        raise PolicyError(f"{first.source.name}:{span.line}:{span.column}: {INSTALL}") from None
    key, live = types_of_key(cel.Type), types_of_live(cel.Type)
    engine, without_live = cel.NewEnv(variables={**key, **live}), cel.NewEnv(variables=key)
    known = frozenset({**key, **live})
    at_hand = _AtHand(engine)
    active, errors = [], []
    for custom in customs:
        compiled, is_live = {}, False
        for field, written in (("when", custom.when), ("assert", custom.demand)):
            text = with_presence(written, known)
            try:
                expression = engine.compile(text)
            except RuntimeError as error:
                errors.append(_placed(custom, field, written, str(error), known))
                continue
            is_live = is_live or ("live" in text and not _compiles(text, without_live))
            if expression.return_type() in (cel.Type.BOOL, cel.Type.DYN):
                compiled[field] = expression
            else:
                gives_what = f"<input>:1:1: it gives {expression.return_type().name()}, not true or false"
                errors.append(_placed(custom, field, written, gives_what, known))
        if len(compiled) == 2:  # noqa: PLR2004 - when and assert
            judge = _Judge(custom, compiled["when"], compiled["assert"], cel.Type)
            active.append(ActiveRule(_rule(custom, judge, at_hand, is_live=is_live), custom.severity, Options()))
    if errors:
        raise PolicyError("\n".join(errors))
    return active


def is_unanswered(problem: Problem) -> bool:
    """Tell the problem of a rule that could not be evaluated from one of a rule that is not fulfilled."""
    return problem.value == _NO_ANSWER


def _compiles(text: str, engine: Any) -> bool:
    try:
        engine.compile(text)
    except RuntimeError:
        return False
    return True


def _placed(custom: CustomRule, field: str, text: str, error: str, known: frozenset[str]) -> str:
    """Return a compile error with its place in the policy file."""
    match = _PLACE.search(error)
    line, column, message = (int(match[1]), int(match[2]), match[3]) if match else (1, 1, error.partition("\n")[0])
    message = _STATUS.sub("", message)
    if name := _UNDECLARED.match(message):
        # The engine points at the last dot of a name, or at the bracket of `has()` before it.
        start = text.split("\n")[line - 1].find(name[1], max(column - 1 - len(name[1].rpartition(".")[0]), 0))
        column = start + 1 if start >= 0 else column
        hint = nearest(name[1], sorted(word for word in known if ".has_" not in word))
        message += f"; {hint}" if hint else ""
    where = custom.regions.get(field)
    line, column = spot(custom.source, where, text, line, column) if where else (1, 1)
    return f"{custom.source.name}:{line}:{column}: `{field}` of {custom.name}: {message}"


class _AtHand:
    """The variables of the key at hand, also in the engine's own form: the custom rules ask for the same in turn."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._of: tuple[KeyDecl | None, LiveKey | None, datetime | None] = (None, None, None)
        self._prepared: tuple[Variables, Any] = ({}, None)

    def variables(self, key: KeyDecl, live: LiveKey | None, now: datetime) -> tuple[Variables, Any]:
        """Return the values of all variables, and the same for the engine."""
        if not all(was is asked for was, asked in zip(self._of, (key, live, now), strict=True)):
            values = variables(key, live, now)
            self._of, self._prepared = (key, live, now), (values, self._engine.Activation(values))
        return self._prepared


class _Judge:
    """A compiled custom rule."""

    def __init__(self, custom: CustomRule, when: Any, demand: Any, kind: Any) -> None:
        self._custom, self._when, self._demand, self._bool = custom, when, demand, kind.BOOL
        self._error = kind.ERROR
        spoken_of = {*fields(custom.when), *fields(custom.demand)} - {EXCHANGE_FACTS}
        # What a waiver accepts: the field that is pointed at, else all that the verdict rests on.
        self._rests_on = [f"key.{custom.at}"] if custom.at else sorted(spoken_of)

    def problems(self, key: KeyDecl, data: Variables, given: Any) -> Iterator[Problem]:
        """Yield one problem where the key is concerned and does not fulfil the rule, or where there is no answer."""
        custom = self._custom
        path = key.at(*custom.at.split(".")) if custom.at else key.path
        answer = self._holds(self._when, given)
        if answer is False:
            return
        if answer is True:
            answer = self._holds(self._demand, given)
        if isinstance(answer, str):
            absent = _ABSENT.match(answer)
            why = f"`{absent[1]}` is absent" if absent else answer[:1].lower() + answer[1:]
            span = custom.spans["rule"]
            hint = f"ask has({absent[1]}) first" if absent else f"mend the rule: {custom.source.name}:{span.line}"
            message = f"key {key.name!r} could not be evaluated: {why}"
            # An error whatever the rule's severity is: what has not been judged must not pass.
            yield Problem(path, message, hint, _NO_ANSWER, severity=Severity.ERROR)
        elif not answer:
            value = "\n".join(f"{name}={canonical(find(name, data))}" for name in self._rests_on)
            yield Problem(path, filled(custom.message, data), custom.hint or custom.description, value)

    def _holds(self, expression: Any, given: Any) -> bool | str:
        """Return the answer, or why there is none."""
        try:
            result = expression.eval(given)
        except RuntimeError as error:
            return _reason(error)
        if result.type() == self._bool:
            return bool(result.value())
        if result.type() == self._error:
            return _reason(result.value())
        return f"it gives {result.type().name()}, not true or false"


def _reason(error: object) -> str:
    return _STATUS.sub("", str(error).partition("\n")[0]) or "the engine gives no reason"


def _rule(custom: CustomRule, judge: _Judge, at_hand: _AtHand, *, is_live: bool) -> Rule:
    def check(key: KeyDecl, context: Context[Any]) -> Iterator[Problem]:
        return judge.problems(key, *at_hand.variables(key, None, context.now))

    def check_live(key: KeyDecl, live: LiveKey, context: Context[Any]) -> Iterator[Problem]:
        return judge.problems(key, *at_hand.variables(key, live, context.now))

    if is_live:
        return Rule(custom.name, custom.severity, custom.description, check_live=check_live)
    return Rule(custom.name, custom.severity, custom.description, check)
