"""Runs the examples of custom rules: `keylint policies test`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.errors import PolicyError
from keylint.model.finding import Problem
from keylint.model.live import LiveKey
from keylint.model.policy import CustomRule, Example
from keylint.model.rule import Context, Rule
from keylint.model.source import Source
from keylint.rules.custom import compile_rules, is_unanswered

Judged = tuple[str, str, int, bool, str]


def run_examples(
    customs: tuple[CustomRule, ...],
    make: Callable[[str, Mapping[str, Any]], KeyDecl],
    context: Callable[[Source], Context[Any]],
) -> Iterator[Judged]:
    """Yield, for each example of each custom rule: rule, good or bad, number, whether it passed, what was said.

    PolicyError for an example without a live state of a rule that speaks of one, and the other way round.
    """
    rules = [(custom, item.rule) for custom, item in zip(customs, compile_rules(customs), strict=True)]
    errors = [
        f"{custom.source.name}:{example.span.line}:{example.span.column}: {example.title} of {custom.name} "
        + (
            "has no `live`, of which the rule speaks"
            if rule.check_live
            else "has a `live`, of which the rule does not speak"
        )
        for custom, rule in rules
        for example in custom.examples
        if (example.live is None) == (rule.check_live is not None)
    ]
    if errors:
        raise PolicyError("\n".join(errors))
    for custom, rule in rules:
        for example in custom.examples:
            problems = list(_run(rule, example, make("example", example.key), context(custom.source)))
            failed = any(is_unanswered(problem) for problem in problems)
            passed = bool(problems) == example.is_bad and not failed
            yield (
                custom.name,
                "bad" if example.is_bad else "good",
                example.number,
                passed,
                "; ".join(p.message for p in problems),
            )


def _run(rule: Rule, example: Example, key: KeyDecl, context: Context[Any]) -> Iterator[Problem]:
    if rule.check_live is None:
        assert rule.check is not None
        return rule.check(key, context)
    shown = example.live or {}
    rights = tuple(shown.get("permissions", ()))
    known = set(key.facts.rights) if key.facts else set()
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in shown.items()
        if name != "permissions"
    }
    live = LiveKey(
        rights=tuple(name for name in rights if name in known),
        unmapped=tuple(name for name in rights if name not in known),
        **given,
    )
    return rule.check_live(key, live, context)
