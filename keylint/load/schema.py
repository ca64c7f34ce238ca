"""Validates plain data against a schema: jsonschema-rs says valid or not, jsonschema explains what is not.

jsonschema costs more to import than all the rest of `keylint check`, so only an invalid document pays for it.
"""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

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

            import jsonschema  # noqa: PLC0415

            self._slow = jsonschema.Draft202012Validator(json.loads(self.text))
        seen = set()
        errors = sorted(self._slow.iter_errors(data), key=lambda error: [str(step) for step in error.absolute_path])
        for error in errors:
            for problem in _problems(error):
                if (problem.path, problem.message) not in seen:
                    seen.add((problem.path, problem.message))
                    yield problem


def _show(value: Any) -> str:
    """Show an offending value, shortened."""
    text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _problems(error: Any) -> Iterator[Problem]:
    """Turn one error of jsonschema into problems at the exact values."""
    path: Path = tuple(error.absolute_path)
    field = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this entry" if path else "the file"
    about = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    value = error.instance
    match error.validator:
        case "additionalProperties" if isinstance(value, dict):
            known = error.schema.get("properties", {})
            for name in value:
                if name not in known and not (path == () and name.startswith("x-")):
                    hint = nearest(name, known) or f"known are: {', '.join(known)}"
                    yield Problem((*path, name), f"unknown field {_show(name)}", hint, name, on_name=True)
        case "propertyNames":
            name = value if isinstance(value, str) else ""
            yield Problem((*path, name), f"bad name {_show(value)}", "", str(value), on_name=True)
        case "required":
            name = next(name for name in error.validator_value if name not in value and repr(name) in error.message)
            yield Problem(path, f"`{name}` is missing", f"add `{name}:`", name, on_name=True)
        case "type":
            wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            kind = _KINDS.get(type(value), "a number")
            expected = " or ".join(_EXPECTED[name] for name in wanted)
            shown = f": {_show(value)}" if isinstance(value, int | float | str) else ""
            hint = about
            if "string" in wanted and isinstance(value, int | float):
                hint = f'quote it: "{_show(value)}"'
            yield Problem(path, f"{field} is {kind}, not {expected}{shown}", hint, str(value))
        case "enum" | "const":
            allowed = error.validator_value if error.validator == "enum" else [error.validator_value]
            listed = ", ".join(str(item) for item in allowed)
            near = nearest(value, allowed) if isinstance(value, str) else ""
            hint = f"{near} allowed: {listed}".strip()
            yield Problem(path, f"{field} cannot be {_show(value)}", hint, str(value))
        case "pattern" if error.parent is None or error.parent.validator != "propertyNames":
            if error.absolute_schema_path and "propertyNames" in error.absolute_schema_path:
                hint = _name_hint(error)
                yield Problem((*path, str(value)), f"bad name {_show(value)}", hint, str(value), on_name=True)
            else:
                yield Problem(path, f"{field} cannot be {_show(value)}", about, str(value))
        case "minLength" | "minItems" | "minProperties":
            yield Problem(path, f"{field} is empty", about, "")
        case "maxLength" if "propertyNames" in error.absolute_schema_path:
            yield Problem((*path, str(value)), "name is too long", "100 characters at most", str(value), on_name=True)
        case _:
            yield Problem(path, f"{field} is not as it should be: {_show(value)}", about, str(value))


def _name_hint(error: Any) -> str:
    if str(error.validator_value).startswith("^[a-z0-9]"):
        return "start with a small letter or a digit; then small letters, digits, `.`, `_` and `-`"
    return "no control, bidirectional or zero-width characters"
