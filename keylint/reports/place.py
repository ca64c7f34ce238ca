"""Where a finding stands, as the formats want it: one line, a name below the working folder, a URI."""

import os
import posixpath

from keylint.model.finding import Finding


def columns(finding: Finding) -> tuple[int, int]:
    """Return first column and one past the last, both on the finding's first line, at least one character apart.

    GitHub shows an alert in a pull request only where all of its lines were changed, so regions keep to one line.
    """
    span = finding.span
    if span.end_line == span.line:
        end = span.end_column
    else:
        end = len(finding.snippet.rstrip()) + 1 if finding.snippet is not None else 0
    return span.column, max(end, span.column + 1)


def relative(name: str, folder: str, separator: str = os.sep) -> str:
    """Return a file's name with forward slashes, relative where it lies below the folder."""
    name, folder = name.replace(separator, "/"), folder.replace(separator, "/")
    if folder and _is_absolute(name):
        name = name.removeprefix(folder.rstrip("/") + "/")
    return posixpath.normpath(name)


def uri(name: str, folder: str, separator: str = os.sep) -> str:
    """Return a file's name as a relative URI where it lies below the folder, else as it is given."""
    from urllib.parse import quote  # noqa: PLC0415 - costs 9 ms and only SARIF needs it

    short = relative(name, folder, separator).encode("utf-8", "surrogatepass")
    if not _is_absolute(short.decode("utf-8", "replace")):
        return quote(short)
    return "file://" + quote(short if short.startswith(b"/") else b"/" + short, safe="/:")


def _is_absolute(name: str) -> bool:
    return name.startswith("/") or name[1:3] == ":/"
