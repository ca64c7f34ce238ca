"""Finds schemas and policies: inside an installed package, or at the top of a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(kind: str) -> Path:
    """Return the folder `schemas` or `policies`."""
    installed = _PACKAGE / "_data" / kind
    return installed if installed.is_dir() else _PACKAGE.parent / kind


def schema_text(name: str) -> str:
    """Return the JSON text of a schema, such as `declaration`."""
    return (folder("schemas") / f"{name}.schema.json").read_text("utf-8")
