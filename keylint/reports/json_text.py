"""Writes JSON: the upper levels one entry a line, the rest compact, nothing in it that a terminal or a log obeys."""

import json
from collections.abc import Mapping

from keylint.reports.escape import visible_json


def write(value: object, levels: int) -> str:
    """Return a JSON text that ends with a line feed."""
    return visible_json(_lay_out(value, levels, "")) + "\n"


def _lay_out(value: object, levels: int, margin: str) -> str:
    """Break lines on the upper levels only: below them the C encoder does all, ten times as fast."""
    inner = margin + "  "
    if levels and value and isinstance(value, Mapping):
        entries = [f"{inner}{json.dumps(name)}: {_lay_out(part, levels - 1, inner)}" for name, part in value.items()]
        return "{\n" + ",\n".join(entries) + f"\n{margin}}}"
    if levels and value and isinstance(value, list):
        return "[\n" + ",\n".join(f"{inner}{_lay_out(part, levels - 1, inner)}" for part in value) + f"\n{margin}]"
    return json.dumps(value, ensure_ascii=False)
