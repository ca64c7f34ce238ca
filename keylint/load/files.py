"""Opens files, and finds those that are meant."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path as FilePath

from keylint.load.document import MAX_BYTES
from keylint.model.errors import UsageError
from keylint.model.source import Source

_BOM = b"\xef\xbb\xbf"
ENDS = (".yaml", ".yml")


def source(name: str, data: bytes) -> Source:
    """Make a source of bytes, without their byte-order mark."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"{name}: larger than {MAX_BYTES // 1_000_000} MB; split it into several files")
    return Source(name, data.removeprefix(_BOM))


def read_file(path: FilePath, shown: str | None = None) -> Source:
    """Read one regular file; UsageError says why it cannot be read."""
    name = shown or path.as_posix()
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UsageError(f"{name}: is a folder")
        if not stat.S_ISREG(mode):
            raise UsageError(f"{name}: is not a regular file; pipe it in and name it `-`")
        with path.open("rb") as file:
            return source(name, file.read(MAX_BYTES + 1))
    except OSError as error:
        raise UsageError(f"{name}: {(error.strerror or str(error)).lower()}") from None
    except ValueError:
        raise UsageError(f"{name!r}: cannot be a path") from None


def is_policy(path: FilePath) -> bool:
    """Tell a policy or settings file by its name: these are no declarations."""
    return path.name.startswith(".keylint.") or path.name.endswith((".policy.yaml", ".policy.yml"))


def find_files(paths: Iterable[str]) -> Iterator[FilePath]:
    """Yield the files that the paths name: a file as it is, of a folder every *.yaml and *.yml below it, sorted.

    Hidden folders and files, policies and settings are left out of folders, and links to folders are not followed. A
    file that is named twice comes once. UsageError where a path cannot be looked at or a folder cannot be read.
    """
    seen: set[str] = set()
    for text in paths:
        path = FilePath(text)
        try:
            for file in _below(path) if _is_folder(path, text) else (path,):
                identity = os.path.realpath(file)
                if identity not in seen:
                    seen.add(identity)
                    yield file
        except OSError as error:
            raise UsageError(f"{text}: {(error.strerror or str(error)).lower()}") from None


def _is_folder(path: FilePath, text: str) -> bool:
    """Tell whether a path is a folder; no text at all is not taken for the working folder."""
    if not text or "\0" in text:
        raise UsageError(f"{text!r}: cannot be a path")
    return path.is_dir()


def _below(folder: FilePath) -> Iterator[FilePath]:
    def refuse(error: OSError) -> None:
        raise UsageError(f"{error.filename}: {(error.strerror or str(error)).lower()}") from None

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = FilePath(root, name)
            if name.endswith(ENDS) and not name.startswith(".") and not is_policy(path):
                yield path
