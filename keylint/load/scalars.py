"""What a plain scalar means: YAML 1.2's core schema, and what YAML 1.1 reads in another way."""

import re
from typing import Any

SUSPECT = frozenset("0123456789+-.~nNyYtTfFoO")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]{1,15}\Z|0o[0-7]{1,17}\Z|0x[0-9a-fA-F]{1,13}\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,15}|[0-9]{1,15}(?:\.[0-9]{0,15})?)(?:[eE][-+]?[0-9]{1,2})?\Z")
# What YAML 1.1, which most Python tools still speak, reads as something else than YAML 1.2 does.
TWO_WAYS = re.compile(
    r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)\Z|[-+]?0[0-9]+\Z|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z"
    r"|[-+]?[0-9]+_[0-9_]*\Z|[-+]?0b[01_]+\Z|0o[0-7]+\Z"
)


def resolve(text: str) -> Any:
    """Return what YAML 1.2's core schema makes of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.match(text) and text not in (".", "+.", "-."):
        return float(text)
    return text
