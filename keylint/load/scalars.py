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
# What YAML 1.1, which most Python tools still speak, reads as something else than YAML 1.2 does. Exponents without a
# sign or a point are numbers in 1.2 only, and stay numbers here: where a text is wanted that is a finding anyway.
TWO_WAYS = re.compile(
    r"(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)\Z"
    r"|[-+]?0[0-9]+\Z|0o[0-7]+\Z|[-+]?0b[01_]+\Z|[-+]0x[0-9a-fA-F_]+\Z|0x[0-9a-fA-F]*_[0-9a-fA-F_]*\Z"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z"
    r"|(?=[^_]*_)[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+][0-9]+)?\Z"
)


def resolve(text: str) -> Any:
    """Return what YAML 1.2's core schema makes of a plain scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
