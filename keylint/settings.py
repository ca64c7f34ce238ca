"""The settings of a folder: `.keylint.yaml`."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from keylint.load.document import Document, load
from keylint.load.files import read_file
from keylint.load.policy_parts import at
from keylint.load.schema import Schema
from keylint.model.errors import PolicyError

NAME = ".keylint.yaml"


class Settings(NamedTuple):
    """What `.keylint.yaml` says; None and empty mean that it says nothing.

    `places`: field and text -> where it stands, for what only its use shows to be wrong.
    """

    paths: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str | None = None
    format: str | None = None
    jobs: int | None = None
    timeout: float | None = None
    allow_env: tuple[str, ...] = ()
    allow_file_root: tuple[str, ...] = ()
    places: Mapping[tuple[str, str], str] = MappingProxyType({})

    def check_paths(self) -> None:
        """Raise PolicyError for a path that does not lead anywhere."""
        for path in self.paths:
            if path != "-" and not os.path.lexists(path):
                raise PolicyError(f"{self.places['paths', path]}: {path}: no such file or directory")


def load_settings(folder: Path) -> Settings:
    """Read a folder's settings; defaults where it has none. PolicyError names the place of what is wrong."""
    path = folder / NAME
    if not os.path.lexists(path):
        return Settings()
    document, flaws = load(read_file(path, NAME))
    if flaws or document is None:
        # A hint on the form of the whole file is meant for declarations and policies.
        lines = [at(NAME, flaw.span, flaw.message, flaw.hint if flaw.rule == "yaml" else "") for flaw in flaws]
        raise PolicyError("\n".join(lines))
    schema, data = Schema("settings"), document.data
    if not schema.is_valid(data):
        lines = []
        for problem in schema.explain(data):
            span = document.span(problem.path, on_name=problem.on_name)
            lines.append(at(NAME, span, problem.message, problem.hint))
        raise PolicyError("\n".join(lines))
    lists = ("paths", "policy", "exclude", "allow_env", "allow_file_root")
    values: dict[str, Any] = {name: _texts(value) if name in lists else value for name, value in data.items()}
    places = {(name, text): place for name in ("paths", "policy") for text, place in _places(document, name)}
    return Settings(**values, places=places)


def _places(document: Document, name: str) -> Iterator[tuple[str, str]]:
    """Yield each text of a field with its place."""
    value = document.data.get(name, ())
    for position, text in enumerate(_texts(value)):
        span = document.span((name,) if isinstance(value, str) else (name, position))
        yield text, f"{NAME}:{span.line}:{span.column}"


def _texts(value: Any) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)
