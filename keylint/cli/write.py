"""Writes files whole or not at all."""

import os
import re
from pathlib import Path

from keylint.model.errors import UsageError

# Every report names the tool, but for a text, which ends with its summary, and a GitLab report of nothing.
_OURS = re.compile(rb"keylint|\A(?:[0-9a-f]{16}\n)+|\d keys? in \d+ files?: |\A\s*(?:\[\]\s*)?\Z")
_ENDS = 4096


def refuse_foreign(path: Path, *, force: bool) -> None:
    """Raise UsageError where a path cannot be written, or holds something that keylint did not write."""
    if path.is_dir():
        raise UsageError(f"{path}: is a folder")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}")
    if force or not path.exists() or not path.is_file():
        return
    try:
        with path.open("rb") as file:
            head = file.read(_ENDS)
            file.seek(max(file.seek(0, os.SEEK_END) - _ENDS, 0))
            tail = file.read()
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if not _OURS.search(head) and not _OURS.search(tail):
        raise UsageError(f"{path}: exists and was not written by keylint; use --force to overwrite it")


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file by way of a temporary one beside it, so that nobody ever sees half of it."""
    if path.exists() and not path.is_file():  # a device, such as /dev/stderr
        path.write_text(text, "utf-8")
        return
    import tempfile  # noqa: PLC0415 - most runs write no file

    target = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(mode & ~umask)
        Path(temporary).replace(target)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
