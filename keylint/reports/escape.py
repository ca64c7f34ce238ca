"""Makes any text harmless to show: what would steer a terminal, a log or the eye becomes a visible escape."""

import re
from functools import cache

_CONTROLS = r"\x00-\x1f"
# DEL and C1; lone surrogates; line and paragraph separators; everything of the Unicode category Cf (bidirectional,
# zero-width, tags) or that is shown as nothing (fillers, variation selectors); two that XML 1.0 forbids.
_INVISIBLE = (
    r"\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# `##[error]` (GitHub), `##vso[…]` (Azure) and `##teamcity[…]` are commands anywhere in a line of a build log.
# Source: https://github.com/actions/runner, src/Runner.Common/ActionCommand.cs (2026-11)
_LOG_COMMAND = r"(?<=#)#(?=[A-Za-z]*\[)"


@cache
def _unsafe() -> re.Pattern[str]:
    """Compile on first need: most texts never need it."""
    return re.compile(f"[{_CONTROLS}{_INVISIBLE}]|{_LOG_COMMAND}")


@cache
def _unsafe_in_json() -> re.Pattern[str]:
    """Compile the same without what a JSON writer has escaped already; a line feed there is layout."""
    return re.compile(f"[{_INVISIBLE}]|{_LOG_COMMAND}")


def visible(text: str) -> str:
    r"""Return the text on one line, each unsafe character as `\n`, `\x1b`, `\u202e` or `\U000e0001`.

    A backslash stays as it is, so that a second call changes nothing.
    """
    if text.isascii() and text.isprintable() and "##" not in text:
        return text
    return _unsafe().sub(_show, text)


def visible_lines(text: str) -> str:
    """Return a text of several lines, each made harmless, its tabs four blanks wide."""
    return "\n".join(map(visible, text.expandtabs(4).split("\n")))


def _show(match: re.Match[str]) -> str:
    return r"\x23" if match[0] == "#" else match[0].encode("unicode_escape").decode("ascii")


def visible_json(text: str) -> str:
    r"""Return JSON text with the same characters as `\uXXXX`, so that every value reads back as it was."""
    return _unsafe_in_json().sub(_show_json, text)


def _show_json(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def github_data(text: str) -> str:
    """Escape the message of a GitHub workflow command; its line feeds stay line feeds."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def github_property(text: str) -> str:
    """Escape a property (`file=…`) of a GitHub workflow command."""
    return github_data(text).replace(":", "%3A").replace(",", "%2C")
