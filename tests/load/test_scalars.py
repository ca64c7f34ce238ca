"""What a plain scalar means."""

import itertools
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from keylint.load.scalars import SUSPECT, TWO_WAYS, resolve
from tests.load.reading import KEY, reading

PARSED = pytest.mark.usefixtures("parser")

CORE = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "nULL": "nULL",
    "true": True,
    "True": True,
    "TRUE": True,
    "tRUE": "tRUE",
    "false": False,
    "False": False,
    "FALSE": False,
    "0": 0,
    "7": 7,
    "-19": -19,
    "+12": 12,
    "-0": 0,
    "0x3A": 58,
    "0xdead": 57005,
    "0.": 0.0,
    "-0.0": -0.0,
    ".5": 0.5,
    "+.5": 0.5,
    "+12e03": 12000.0,
    "-2E+05": -200000.0,
    "1e5": 100000.0,
    "1.50": 1.5,
    "685230.15": 685230.15,
    # Not numbers of YAML 1.2.
    ".": ".",
    "-": "-",
    "+.": "+.",
    "e5": "e5",
    "1e": "1e",
    "1.2.3": "1.2.3",
    "0x": "0x",
    "0xg": "0xg",
    "1e5e5": "1e5e5",
    "--1": "--1",
    "2001:db8::1": "2001:db8::1",
    "10.0.0.1": "10.0.0.1",
    "10.0.0.0/8": "10.0.0.0/8",
    # Dates, ids and what is no number in the sense of anybody who writes it.
    "2026-09-01": "2026-09-01",
    "2026-09-01T08:00:00Z": "2026-09-01T08:00:00Z",
    "123456789012345": 123456789012345,
    "1234567890123456": "1234567890123456",
    "1" * 5000: "1" * 5000,
    "0x" + "f" * 5000: "0x" + "f" * 5000,
    "1" * 5000 + ".5": "1" * 5000 + ".5",
    "1e999": "1e999",
    ".inf": ".inf",
    "-.Inf": "-.Inf",
    ".nan": ".nan",
    "=": "=",
    # YAML 1.1 alone gives these a meaning, and PyYAML does not.
    "y": "y",
    "N": "N",
}
AMBIGUOUS = [
    *("yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"),
    *("012", "-012", "+00", "08", "09", "0o17", "0b101", "-0b1", "012345678901234567890"),
    *("1_000", "+1_0", "1_000.5", "0_1", "0x_ff", "0xff_ff", "-0xff", "+0x1", ".5_0", "1_0.e+5"),
    *("1:30", "190:20:30", "-1:30", "1:30.5", "1:2:3:4:5:6:7:8", "12:34:56:07:08:09"),
]


@pytest.mark.parametrize(("text", "value"), CORE.items(), ids=lambda item: str(item)[:20])
def test_plain_scalar_is_read_by_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    read = resolve(text) if text else None
    assert (type(read), read) == (type(value), value)
    assert not TWO_WAYS.match(text)


@PARSED
@pytest.mark.parametrize("text", AMBIGUOUS)
def test_scalar_that_yaml_1_1_reads_differently_stays_a_text_and_is_a_finding(text: str) -> None:
    result = reading(f"{KEY}    label: {text}\n")
    assert result.value() == {"exchange": "binance", "permissions": ["read"], "label": text}
    assert result.said == [("schema", 6, 12, f"{text!r} reads differently in YAML 1.1 and YAML 1.2")]
    assert result.flaws[0].hint == f'quote it: "{text}"'
    assert result.flaws[0].path == ("keys", "bot", "label")


@PARSED
@pytest.mark.parametrize("text", ["no", "012", "1:30", "null", "12", "1_000"])
@pytest.mark.parametrize("form", ["'{}'", '"{}"', "! {}", "!!str {}"])
def test_quoted_or_tagged_scalar_is_a_text(text: str, form: str) -> None:
    result = reading(f"{KEY}    label: {form.format(text)}\n")
    assert result.said == []
    assert result.value() == {"exchange": "binance", "permissions": ["read"], "label": text}


@PARSED
def test_what_may_be_secret_is_not_quoted_in_a_finding() -> None:
    result = reading(f"{KEY}    credentials:\n      otp: 0123456\n    labels: {{bot_token: 1_000}}\n")
    assert result.said == []
    assert result.value() == {
        "exchange": "binance",
        "permissions": ["read"],
        "credentials": {"otp": "0123456"},
        "labels": {"bot_token": "1_000"},
    }


def _yaml_1_1(text: str) -> str:
    """Return the kind that PyYAML takes a plain scalar for."""
    loader: Any = yaml.SafeLoader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))
    return str(tag).rpartition(":")[2]


_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)\Z")
_SHORT = ["".join(part) for size in range(1, 6) for part in itertools.product("01_:.-+x9e", repeat=size)]


def _is_text_here_only(text: str) -> bool:
    """Tell whether PyYAML would take for a number or a word what we take for a text, dates aside."""
    is_text = isinstance(resolve(text) if text[0] in SUSPECT else text, str)
    return is_text and _yaml_1_1(text) in ("int", "float", "bool", "null") and not _NOT_FINITE.match(text)


def test_no_short_text_is_taken_for_one_that_pyyaml_reads_as_something_else() -> None:
    assert [text for text in _SHORT if _is_text_here_only(text) and not TWO_WAYS.match(text)] == []


@given(st.text(alphabet="0123456789_:.-+xXobeEaAfFnNyYsStTrRuUlLiI~", min_size=1, max_size=12))
def test_no_text_is_taken_for_one_that_pyyaml_reads_as_something_else(text: str) -> None:
    assert not _is_text_here_only(text) or TWO_WAYS.match(text)
