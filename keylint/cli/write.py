"""Writes files whole or not at all."""

import os
import re
from pathlib import Path

from keylint.model.errors import UsageError

# How each file begins that keylint writes, an empty report included; that its name stands in a file says nothing.
_OURS = rb"""\s*(?:\Z
    | \#\ written\ by\ keylint
    | (?:[0-9a-f]{16}\n)+\Z                                                                                # baseline
    | (?:error|warning|note|waived|unchecked)\[[^\]\n]+\]                                                # text
    | the\ run\ was\ interrupted | \d+\ keys?\ in\ \d+\ files?:                                              # text
    | keys:\n\ \ (?:in-sync|drift|unverifiable|unchecked|absent)\                                          # text
    | [^\n]*:\d+:\d+:\ (?:error|warning|note)\[[^\]\n]+\]                                                  # text, quiet
    | \{\s*"version":\ 1,\s*"tool":\ "keylint\                                                             # json
    | \{\s*"\$schema":\ "[^"]*sarif[^"]*",[^\0]{,200}"name":\ "keylint"                                    # sarif
    | <\?xml[^>]*>\s*<testsuites\ name="keylint"                                                           # junit
    | ::(?:error|warning|notice)\ [^\n]*title=keylint\                                                     # github
    | \[\s*(?:\]|\{"description":\ "[^\n]*"check_name":\ ")                                                # gitlab
    | \#\#\ keylint\ \w+\n                                                                                 # markdown
    | <!DOCTYPE\ html>[^\0]{,2000}<title>keylint\                                                          # html
    )"""
_HEAD = 4096


def refuse_foreign(path: Path, *, force: bool) -> None:
    """Raise UsageError where a path cannot be written, or holds something that keylint did not write."""
    try:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder")
        if not path.parent.is_dir():
            raise UsageError(f"{path}: there is no folder {path.parent}")
        if force or not path.is_file():
            return
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise _unwritable(path, error) from None
    if not re.match(_OURS, head, re.VERBOSE):
        raise UsageError(f"{path}: exists and was not written by keylint; use --force to overwrite it")


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file by way of a temporary one beside it, so that nobody ever sees half of it."""
    import tempfile  # noqa: PLC0415 - most runs write no file

    try:
        if path.exists() and not path.is_file():  # a device, such as /dev/stderr
            path.write_text(text, "utf-8")
            return
        target = Path(os.path.realpath(path))
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".keylint-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(mode & ~umask)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None


def create_whole(path: Path, text: str) -> None:
    """Write a file that is not there yet; UsageError where one is, also one that has come in the meantime."""
    is_made = False
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            is_made = True
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path}: exists already; nothing was written") from None
    except (OSError, ValueError) as error:
        if is_made:
            path.unlink()
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError | ValueError) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) else None
    return UsageError(f"{path}: {(reason or str(error)).lower()}")
