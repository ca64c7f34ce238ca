"""Validates plain data against a schema with jsonschema-rs, and says in our words what is wrong.

The Python package jsonschema costs more to import than all the rest of `keylint check`, and takes fifty times as long
for each error; the tests hold that both judge alike.
"""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

from keylint.load.reader import short
from keylint.model.exposure import conceal, names_secret
from keylint.model.finding import Problem
from keylint.model.source import Path
from keylint.model.wording import nearest
from keylint.resources import schema_text

_KINDS = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", type(None): "empty"}
_EXPECTED = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
_RANGE = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than"}
_SHOWN = 60


def _import_fast() -> Any:
    """Import jsonschema-rs without `email.utils`, which it asks for nothing but the date of its own build.

    That module pulls in urllib, socket and calendar: 17 ms of the 23 ms that the import takes, a quarter of a whole
    `keylint check`. A stand-in with the one function is there while it is imported, and nowhere after.
    """
    if "email.utils" in sys.modules or "jsonschema_rs" in sys.modules:
        import jsonschema_rs  # noqa: PLC0415 - see above
    else:
        from datetime import UTC, datetime  # noqa: PLC0415 - see above

        stand_in = ModuleType("email.utils")
        stand_in.parsedate_to_datetime = lambda _text: datetime(1970, 1, 1, tzinfo=UTC)  # type: ignore[attr-defined]  # a module is a bag of names
        sys.modules["email.utils"] = stand_in
        try:
            import jsonschema_rs  # noqa: PLC0415 - see above
        finally:
            del sys.modules["email.utils"]
    return jsonschema_rs


class Schema:
    """One schema, compiled when the first document asks for it."""

    def __init__(self, name: str) -> None:
        """Read and compile the schema of that name."""
        self.text = schema_text(name)
        self._validator = _import_fast().validator_for(self.text)
        self.is_valid = self._validator.is_valid
        self._schema: Any = None

    def explain(self, data: Any) -> Iterator[Problem]:
        """Yield one problem for each error of a document that is not valid, in the order of the document's paths."""
        if self._schema is None:
            import json  # noqa: PLC0415 - a valid document does without

            self._schema = json.loads(self.text)
        errors = sorted((_error(item, self._schema, data) for item in self._validator.iter_errors(data)), key=_order)
        wrong_type = {error.path for error in errors if error.keyword == "type"}
        seen = set()
        for error in errors:
            if error.keyword != "type" and error.path in wrong_type:
                continue  # what is wrong with a value of another type follows from that
            for problem in _problems(error):
                if (problem.path, problem.message) not in seen:
                    seen.add((problem.path, problem.message))
                    yield problem


class _Error(NamedTuple):
    """What a keyword of a schema says of one value; `of_name`: of the name of a field in the mapping at `path`."""

    path: Path
    keyword: str
    wanted: Any
    value: Any
    schema: Any
    of_name: bool


def _error(item: Any, schema: Any, data: Any) -> _Error:
    """Take an error of jsonschema-rs apart; values are looked up, not copied out of it."""
    kind = item.kind
    for step in item.schema_path[:-1]:
        schema = schema[step]
    path, data = _follow(item.instance_path, data)
    if isinstance(data, dict) and "" in data and not isinstance(item.instance, dict):
        path, data = (*path, ""), data[""]
    if kind.name == "propertyNames":
        return _Error(path, kind.error.kind.name, kind.error.kind.value, kind.error.instance, schema, of_name=True)
    return _Error(path, kind.name, kind.value, data, schema, of_name=False)


def _follow(steps: list[str | int], data: Any) -> tuple[Path, Any]:
    """Return a path of jsonschema-rs as it is in the document, and what stands there.

    It takes the name `007` for the number 7 and leaves an empty name out; where several could be meant it is the first.
    """
    path: Path = ()
    for step in steps:
        if isinstance(data, dict) and step not in data:
            numbers = (name for name in data if isinstance(step, int) and name.lstrip("+0") == str(step).lstrip("0"))
            name = next(numbers, "")
            if name == "" and not isinstance(step, int):
                path, data = (*path, ""), data[""]
                name = step
            path, data = (*path, name), data[name]
        else:
            path, data = (*path, step), data[step]
    return path, data


def _order(error: _Error) -> list[tuple[bool, int, str]]:
    """Return what sorts errors by their paths: list indexes as numbers, before names."""
    return [(False, step, "") if isinstance(step, int) else (True, 0, step) for step in (*error.path, error.keyword)]


def _show(value: Any) -> str:
    """Show an offending value, shortened; what looks like a secret goes before it could be cut in two."""
    text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    text = conceal(text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _problems(error: _Error) -> Iterator[Problem]:
    """Turn one error into problems at the exact values; what may be secret by its name is not shown."""
    path, value = error.path, error.value
    if error.of_name:
        yield _bad_name(error)
        return
    field = f"`{short(path[-1])}`" if path and isinstance(path[-1], str) else "this entry" if path else "the file"
    about = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    secret = names_secret(path[2:])
    shown, known_by = ("this value", "") if secret else (_show(value), str(value))
    match error.keyword:
        case "additionalProperties":
            known = error.schema.get("properties", {})
            for name in error.wanted:
                hint = nearest(name, known) or f"known are: {', '.join(known)}"
                yield Problem((*path, name), f"unknown field {_show(name)}", hint, name, on_name=True)
        case "required":
            name = error.wanted
            yield Problem(path, f"`{name}` is missing", f"add `{name}:`", name, on_name=True)
        case "type":
            kind, wanted = _KINDS.get(type(value), "a number"), error.schema["type"]  # in the order of the schema
            expected = " or ".join(_EXPECTED[name] for name in ([wanted] if isinstance(wanted, str) else wanted))
            is_plain = isinstance(value, int | float | str) and not secret
            hint = "quote it" if "string" in wanted and isinstance(value, int | float) else about
            yield Problem(
                path, f"{field} is {kind}, not {expected}" + (f": {shown}" if is_plain else ""), hint, known_by
            )
        case "enum":
            allowed = [str(item) for item in error.wanted]
            near = nearest(value, allowed) if isinstance(value, str) else ""
            yield Problem(path, f"{field} cannot be {shown}", f"{near} allowed: {', '.join(allowed)}".strip(), known_by)
        case "pattern" if isinstance(value, str) and not value.strip():
            yield Problem(path, f"{field} is empty", about)
        case "pattern":
            yield Problem(path, f"{field} cannot be {shown}", about, known_by)
        case "minimum" | "maximum" | "exclusiveMinimum":
            yield Problem(path, f"{field} cannot be {shown}", f"{_RANGE[error.keyword]} {error.wanted}", known_by)
        case "minLength" | "minItems" | "minProperties":
            yield Problem(path, f"{field} is empty", about)
        case _:
            yield Problem(path, f"{field} is not as it should be: {shown}", about, known_by)


def _bad_name(error: _Error) -> Problem:
    path = (*error.path, error.value)
    if error.keyword == "maxLength":
        hint = f"{error.wanted} characters at most"
        return Problem(path, f"name {short(error.value)!r} is too long", hint, error.value, on_name=True)
    hint = "no control, bidirectional or zero-width characters"
    if str(error.wanted).startswith("^[a-z0-9]"):
        hint = "start with a small letter or a digit; then small letters, digits, `.`, `_` and `-`"
    return Problem(path, f"bad name {_show(error.value)}", hint, error.value, on_name=True)
