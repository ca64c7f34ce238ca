"""Validates plain data against a schema: jsonschema-rs says valid or not, jsonschema explains what is not.

jsonschema costs more to import than all the rest of `keylint check`, so only an invalid document pays for it.
"""

import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

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
_SHOWN = 60


def _import_fast() -> Any:
    """Import jsonschema-rs without `email.utils`, which it asks for nothing but the date of its own build.

    That module pulls in urllib, socket and calendar: 17 ms of the 23 ms that the import takes, a quarter of a whole
    `keylint check`. A stand-in with the one function is there while it is imported, and nowhere after.
    """
    if "email.utils" in sys.modules or "jsonschema_rs" in sys.modules:
        import jsonschema_rs  # noqa: PLC0415
    else:
        from datetime import UTC, datetime  # noqa: PLC0415

        stand_in = ModuleType("email.utils")
        stand_in.parsedate_to_datetime = lambda _text: datetime(1970, 1, 1, tzinfo=UTC)  # type: ignore[attr-defined]  # a module is a bag of names
        sys.modules["email.utils"] = stand_in
        try:
            import jsonschema_rs  # noqa: PLC0415
        finally:
            del sys.modules["email.utils"]
    return jsonschema_rs


class Schema:
    """One schema, compiled when the first document asks for it."""

    def __init__(self, name: str) -> None:
        """Read the schema of that name; nothing is compiled yet."""
        self.text = schema_text(name)
        self.is_valid = _import_fast().validator_for(self.text).is_valid
        self._slow: Any = None

    def explain(self, data: Any) -> Iterator[Problem]:
        """Yield one problem for each error of a document that is not valid, in the order of the document's paths."""
        if self._slow is None:
            import json  # noqa: PLC0415

            from jsonschema.validators import Draft202012Validator, extend  # noqa: PLC0415

            validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # its stubs
            self._slow = validator(json.loads(self.text))
        errors = sorted(self._slow.iter_errors(data), key=_order)
        wrong_type = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
        seen = set()
        for error in errors:
            if error.validator != "type" and tuple(error.absolute_path) in wrong_type:
                continue  # what is wrong with a value of another type follows from that
            for problem in _problems(error):
                if (problem.path, problem.message) not in seen:
                    seen.add((problem.path, problem.message))
                    yield problem
        if not seen:  # the two validators disagree: a defect, but no reason to be silent
            yield Problem((), "the form is not what the schema describes", on_name=True)


def _order(error: Any) -> list[tuple[bool, int, str]]:
    """Return what sorts errors by their paths: list indexes as numbers, before names."""
    return [
        (False, step, "") if isinstance(step, int) else (True, 0, step)
        for step in (*error.absolute_path, error.validator)
    ]


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[Exception]:
    """Judge `pattern` as ECMAScript does: `$` in Python also matches before a last line feed."""
    from jsonschema.exceptions import ValidationError  # noqa: PLC0415 - loaded by now

    if isinstance(value, str) and not re.search(
        pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern, value
    ):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _show(value: Any) -> str:
    """Show an offending value, shortened; what looks like a secret goes before it could be cut in two."""
    text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    text = conceal(text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _problems(error: Any) -> Iterator[Problem]:
    """Turn one error of jsonschema into problems at the exact values; what may be secret by its name is not shown."""
    path: Path = tuple(error.absolute_path)
    field = f"`{short(path[-1])}`" if path and isinstance(path[-1], str) else "this entry" if path else "the file"
    about = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    value = error.instance
    secret = names_secret(path[2:])
    shown, known_by = ("this value", "") if secret else (_show(value), str(value))
    match error.validator:
        case "additionalProperties" if isinstance(value, dict):
            known = error.schema.get("properties", {})
            for name in value:
                if name not in known and not (path == () and name.startswith("x-")):
                    hint = nearest(name, known) or f"known are: {', '.join(known)}"
                    yield Problem((*path, name), f"unknown field {_show(name)}", hint, name, on_name=True)
        case "required":
            name = next(name for name in error.validator_value if name not in value and repr(name) in error.message)
            yield Problem(path, f"`{name}` is missing", f"add `{name}:`", name, on_name=True)
        case "type":
            wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            kind = _KINDS.get(type(value), "a number")
            expected = " or ".join(_EXPECTED[name] for name in wanted)
            is_plain = isinstance(value, int | float | str) and not secret
            hint = "quote it" if "string" in wanted and isinstance(value, int | float) else about
            yield Problem(
                path, f"{field} is {kind}, not {expected}" + (f": {shown}" if is_plain else ""), hint, known_by
            )
        case "enum":
            allowed = [str(item) for item in error.validator_value]
            near = nearest(value, allowed) if isinstance(value, str) else ""
            yield Problem(path, f"{field} cannot be {shown}", f"{near} allowed: {', '.join(allowed)}".strip(), known_by)
        case "pattern" if "propertyNames" in error.absolute_schema_path:
            yield Problem((*path, value), f"bad name {_show(value)}", _name_hint(error), value, on_name=True)
        case "maxLength" if "propertyNames" in error.absolute_schema_path:
            hint = f"{error.validator_value} characters at most"
            yield Problem((*path, value), f"name {short(value)!r} is too long", hint, value, on_name=True)
        case "pattern":
            yield Problem(path, f"{field} cannot be {shown}", about, known_by)
        case "minLength" | "minItems" | "minProperties":
            yield Problem(path, f"{field} is empty", about)
        case _:
            yield Problem(path, f"{field} is not as it should be: {shown}", about, known_by)


def _name_hint(error: Any) -> str:
    if str(error.validator_value).startswith("^[a-z0-9]"):
        return "start with a small letter or a digit; then small letters, digits, `.`, `_` and `-`"
    return "no control, bidirectional or zero-width characters"
