"""Reads the parts of a policy file that need its places: purposes, custom rules, waivers."""

from collections.abc import Mapping
from typing import Any

from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.load.declaration import end
from keylint.load.document import Document
from keylint.load.facts import vocabulary
from keylint.load.schema import Schema
from keylint.model.errors import PolicyError
from keylint.model.finding import Severity
from keylint.model.policy import CustomRule, Purpose, Waiver
from keylint.model.source import Source, Span
from keylint.model.wording import nearest


def at(shown: str, span: Span, message: str, hint: str) -> str:
    """Return one line of a PolicyError."""
    return f"{shown}:{span.line}:{span.column}: {message}" + (f"; {hint}" if hint else "")


def check_names(document: Document, shown: str) -> None:
    """Raise PolicyError for every name in purposes, custom rules and waivers that means nothing or may not stand."""
    data, lines = document.data, []
    known = vocabulary().classes
    for purpose, value in (data.get("purposes") or {}).items():
        for field in ("allow", "need"):
            for position, name in enumerate(value.get(field, ())):
                if name not in known:
                    span = document.span(("purposes", purpose, field, position))
                    lines.append(at(shown, span, f"unknown capability {name!r}", nearest(name, known)))
    seen: set[str] = set()
    for position, custom in enumerate(data.get("custom") or ()):
        name = custom["rule"]
        span = document.span(("custom", position, "rule"))
        if name in RULE_INDEX:
            lines.append(at(shown, span, f"{name!r} is a built-in rule", "give yours another name"))
        elif name in seen:
            lines.append(at(shown, span, f"custom rule {name!r} is written twice", "rename one of the two"))
        seen.add(name)
    for position, waiver in enumerate(data.get("waivers") or ()):
        name = waiver["rule"]
        span = document.span(("waivers", position, "rule"))
        if name not in RULE_INDEX and name not in seen:
            hint = nearest(name, (*RULE_INDEX, *seen)) or "`keylint rules` lists them"
            lines.append(at(shown, span, f"unknown rule {name!r}", hint))
        elif name in RULE_INDEX and RULE_INDEX[name]["mandatory"]:
            lines.append(at(shown, span, f"rule {name!r} is mandatory: nothing waives it", "remove the waiver"))
        try:
            end(waiver["expires"])
        except (ValueError, OverflowError):
            span = document.span(("waivers", position, "expires"))
            lines.append(at(shown, span, f"`expires` is no day of the calendar: {waiver['expires']!r}", ""))
    if lines:
        raise PolicyError("\n".join(lines))


def read_purposes(data: Mapping[str, Any]) -> dict[str, Purpose]:
    """Return the profiles by name."""
    return {
        name: Purpose(
            name,
            frozenset(value["allow"]),
            frozenset(value.get("need", ())),
            tuple(value.get("require", ())),
            value.get("description", ""),
        )
        for name, value in (data.get("purposes") or {}).items()
    }


def _spans(document: Document, path: tuple[str | int, ...], value: Mapping[str, Any]) -> dict[str, Span]:
    return {field: document.span((*path, field)) for field in value}


def read_custom(document: Document, source: Source) -> tuple[CustomRule, ...]:
    """Return the custom rules, their expressions not yet compiled."""
    return tuple(
        CustomRule(
            name=value["rule"],
            severity=Severity(value.get("severity", "error")),
            description=value["description"],
            when=value.get("when", "true"),
            demand=value["assert"],
            at=value.get("at", ""),
            message=value["message"],
            hint=value.get("hint", ""),
            good=tuple(value.get("examples", {}).get("good", ())),
            bad=tuple(value.get("examples", {}).get("bad", ())),
            source=source,
            spans=_spans(document, ("custom", position), value),
        )
        for position, value in enumerate(document.data.get("custom") or ())
    )


def check_examples(customs: tuple[CustomRule, ...]) -> None:
    """Raise PolicyError for an example that is no key: it would test nothing."""
    schema, lines = Schema("declaration"), []
    for custom in customs:
        for kind, examples in (("good", custom.good), ("bad", custom.bad)):
            for number, example in enumerate(examples, 1):
                whole = {"version": 1, "keys": {"example": example}}
                for problem in () if schema.is_valid(whole) else schema.explain(whole):
                    message = f"{kind} example {number} of {custom.name} is no key: {problem.message}"
                    lines.append(at(custom.source.name, custom.spans["examples"], message, problem.hint))
    if lines:
        raise PolicyError("\n".join(lines))


def read_waivers(document: Document, source: Source) -> tuple[Waiver, ...]:
    """Return the waivers."""
    return tuple(
        Waiver(
            rule=value["rule"],
            key=value["key"],
            reason=value["reason"],
            approved_by=value["approved_by"],
            expires=value["expires"],
            ends=end(value["expires"]),
            accepts=value["accepts"],
            path=("waivers", position),
            source=source,
            spans=_spans(document, ("waivers", position), value),
        )
        for position, value in enumerate(document.data.get("waivers") or ())
    )
