"""The settings of a folder: `.keylint.yaml`."""

from pathlib import Path
from typing import Any, NamedTuple

from keylint.load.document import load
from keylint.load.files import read_file
from keylint.load.schema import Schema
from keylint.model.errors import PolicyError

NAME = ".keylint.yaml"


class Settings(NamedTuple):
    """What `.keylint.yaml` says; None and empty mean that it says nothing."""

    paths: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: str | None = None
    format: str | None = None
    jobs: int | None = None
    timeout: float | None = None
    allow_env: tuple[str, ...] = ()
    allow_file_root: tuple[str, ...] = ()


def load_settings(folder: Path) -> Settings:
    """Read a folder's settings; defaults where it has none. PolicyError names the place of what is wrong."""
    path = folder / NAME
    if not path.exists():
        return Settings()
    document, flaws = load(read_file(path, NAME))
    if flaws or document is None:
        raise PolicyError("\n".join(f"{NAME}:{f.span.line}:{f.span.column}: {f.message}" for f in flaws))
    schema, data = Schema("settings"), document.data
    if not schema.is_valid(data):
        lines = []
        for problem in schema.explain(data):
            span = document.span(problem.path, on_name=problem.on_name)
            hint = f"; {problem.hint}" if problem.hint else ""
            lines.append(f"{NAME}:{span.line}:{span.column}: {problem.message}{hint}")
        raise PolicyError("\n".join(lines))
    lists = ("paths", "policy", "exclude", "allow_env", "allow_file_root")
    values: dict[str, Any] = {name: _texts(value) if name in lists else value for name, value in data.items()}
    return Settings(**values)


def _texts(value: Any) -> tuple[str, ...]:
    """Return one text or a list of them as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)
