"""Reads the parts of a policy file that need its places: purposes, custom rules, waivers."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.load.declaration import calendar_problems, end, instant
from keylint.load.document import Document
from keylint.load.facts import vocabulary
from keylint.load.place import extent
from keylint.load.schema import Schema
from keylint.model.errors import PolicyError
from keylint.model.exposure import conceal
from keylint.model.finding import Severity
from keylint.model.policy import ABOUT_WAIVERS, CustomRule, Example, Policy, Purpose, Waiver
from keylint.model.source import Path, Source, Span
from keylint.model.wording import nearest
from keylint.resources import schema_text


def at(shown: str, span: Span, message: str, hint: str) -> str:
    """Return one line of a PolicyError; whatever looks like a secret in it is concealed."""
    return f"{shown}:{span.line}:{span.column}: {conceal(message)}" + (f"; {hint}" if hint else "")


def check_names(document: Document, shown: str) -> None:
    """Raise PolicyError for every name in purposes, custom rules and waivers that means nothing or may not stand."""
    data = document.data
    lines = [
        at(shown, document.span(path), message, hint)
        for faults in (_purposes, _custom, _waivers)
        for path, message, hint in faults(data)
    ]
    if lines:
        raise PolicyError("\n".join(lines))


def check_waived(policy: Policy) -> None:
    """Raise PolicyError for every waiver of a rule that neither keylint has nor any of the policies."""
    known = (*RULE_INDEX, *(custom.name for custom in policy.custom))
    lines = []
    for waiver in policy.waivers:
        if waiver.rule not in known:
            hint = nearest(waiver.rule, known) or "`keylint rules` lists them"
            lines.append(at(waiver.source.name, waiver.spans["rule"], f"unknown rule {waiver.rule!r}", hint))
    if lines:
        raise PolicyError("\n".join(lines))


_Fault = tuple[Path, str, str]
_HOLE = re.compile(r"(?<!\{)\{(\w+)(?:\.[\w-]+)?\}(?!\})")


def _purposes(data: Mapping[str, Any]) -> Iterator[_Fault]:
    known = vocabulary().classes
    for purpose, value in (data.get("purposes") or {}).items():
        path = ("purposes", purpose)
        for field in ("allow", "need"):
            for position, name in enumerate(value.get(field, ())):
                if name not in known:
                    yield (*path, field, position), f"unknown capability {name!r}", nearest(name, known)
                elif field == "need" and name not in value["allow"]:
                    yield (*path, field, position), f"{name!r} is needed and not allowed", "add it to `allow`"
        for position, name in enumerate(value.get("require", ())):
            if name not in (fields := key_fields()):
                hint = nearest(name, fields) or f"fields are: {', '.join(fields)}"
                yield (*path, "require", position), f"a key has no field {name!r}", hint


def _custom(data: Mapping[str, Any]) -> Iterator[_Fault]:
    seen: set[str] = set()
    for position, custom in enumerate(data.get("custom") or ()):
        name, path = custom["rule"], ("custom", position, "rule")
        if name in RULE_INDEX:
            yield path, f"{name!r} is a built-in rule", "give yours another name"
        elif name in seen:
            yield path, f"custom rule {name!r} is written twice", "rename one of the two"
        seen.add(name)
        field, _, entry = custom.get("at", "").partition(".")
        if field and (field not in (fields := key_fields()) or (entry and field not in ("labels", "credentials"))):
            hint = nearest(field, fields) or f"fields are: {', '.join(fields)}"
            yield ("custom", position, "at"), f"a key has no field {custom['at']!r}", hint
        for hole in _HOLE.findall(custom["message"]):
            fields = (*key_fields(), "name", "capabilities")
            # What is near no field may be meant as it stands.
            if hole not in (*fields, "live", "exchange_facts") and (hint := nearest(hole, fields)):
                yield ("custom", position, "message"), f"a key has no field {hole!r}", hint


def _waivers(data: Mapping[str, Any]) -> Iterator[_Fault]:
    for position, waiver in enumerate(data.get("waivers") or ()):
        name, path = waiver["rule"], ("waivers", position)
        if name in RULE_INDEX and RULE_INDEX[name]["mandatory"]:
            yield (*path, "rule"), f"rule {name!r} is mandatory: nothing waives it", "remove the waiver"
        elif name in ABOUT_WAIVERS:
            yield (*path, "rule"), f"rule {name!r} speaks of waivers: none waives it", "mend the waiver it speaks of"
        try:
            end(waiver["expires"])
        except (ValueError, OverflowError):
            yield (*path, "expires"), f"`expires` is no day of the calendar: {waiver['expires']!r}", ""


@cache
def key_fields() -> tuple[str, ...]:
    """Return the names of a key's fields."""
    import json  # noqa: PLC0415 - few policies ask

    return tuple(json.loads(schema_text("declaration"))["$defs"]["key"]["properties"])


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
            examples=tuple(_examples(document, position, value.get("examples", {}))),
            source=source,
            spans=_spans(document, ("custom", position), value),
            regions={
                field: extent(document.fields["custom"], (position, field))
                for field in ("when", "assert")
                if field in value
            },
        )
        for position, value in enumerate(document.data.get("custom") or ())
    )


def _examples(document: Document, position: int, examples: Mapping[str, Any]) -> Iterator[Example]:
    for kind in ("good", "bad"):
        for index, value in enumerate(examples.get(kind, ())):
            key = {name: item for name, item in value.items() if name != "live"}
            span = document.span(("custom", position, "examples", kind, index))
            yield Example(key, value.get("live"), kind == "bad", index + 1, span)


def check_examples(customs: tuple[CustomRule, ...]) -> tuple[CustomRule, ...]:
    """Return the rules with the times in their examples' live states read.

    Raises PolicyError for an example that is no key, or has an impossible time: it would test nothing.
    """
    schema, lines, checked = Schema("declaration"), [], []
    for custom in customs:
        examples = []
        for example in custom.examples:
            whole, live = {"version": 1, "keys": {"example": example.key}}, dict(example.live or {})
            faults = [] if schema.is_valid(whole) else [(item.message, item.hint) for item in schema.explain(whole)]
            faults += [(item.message, item.hint) for item in calendar_problems((), example.key)]
            for name in ("created", "expires"):
                try:
                    live |= {name: instant(live[name])} if name in live else {}
                except (ValueError, OverflowError):
                    faults.append((f"`live.{name}` is no time: {live[name]!r}", ""))
            lines += [
                at(custom.source.name, example.span, f"{example.title} of {custom.name} is no key: {message}", hint)
                for message, hint in faults
            ]
            examples.append(example if example.live is None else example._replace(live=live))
        checked.append(custom._replace(examples=tuple(examples)))
    if lines:
        raise PolicyError("\n".join(lines))
    return tuple(checked)


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
