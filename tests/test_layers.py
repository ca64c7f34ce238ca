"""Who may import whom, and which module is the door to which library (CONTRIBUTING.md, «The shape»)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "keylint").rglob("*.py"))

# From the top down; a layer imports from the ones below it only, except where it is named with itself.
LAYERS = {
    "cli": 5,
    "explain": 4,
    "lint": 4,
    "diff": 4,
    "settings": 4,
    "accepted": 3,
    "weakening": 3,
    "inventory": 3,
    "judge": 3,
    "snapshot": 3,
    "load": 2,
    "rules": 2,
    "exchanges": 2,
    "reports": 2,
    "secrets": 2,
    "sandbox": 2,
    "model": 1,
    "resources": 1,
    "compiled": 1,
}
# Beside the table: `diff` compares what `lint` yields and weighs the causes of a refusal as `explain` does; a reading
# policy knows the rules as values only.
ALSO = {("accepted", "judge"), ("diff", "lint"), ("diff", "explain"), ("sandbox", "model"), ("settings", "load")}
DOORS = {
    "cel_expr_python": ("keylint/rules/custom.py",),
    "click": ("keylint/cli/",),
    "yaml": ("keylint/load/events.py", "keylint/sandbox/load.py"),
    "jsonschema": ("keylint/load/schema.py",),
    "jsonschema_rs": ("keylint/load/schema.py",),
    "httpcore": ("keylint/exchanges/http.py", "keylint/exchanges/stream.py"),
    "cryptography": ("keylint/exchanges/signing.py", "keylint/sandbox/pem.py"),
}
SYSTEM = {"os", "time", "sys", "subprocess"}


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every import, also of those inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            yield node.lineno, node.module or ""


def part(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_go_downwards(path: Path) -> None:
    own = path.relative_to(ROOT / "keylint").parts[0].removesuffix(".py")
    if own in ("__init__", "__main__"):
        return
    for line, name in imports(path):
        other = part(name)
        if not name.startswith("keylint.") or other == own or (own, other) in ALSO:
            continue
        assert LAYERS[other] < LAYERS[own], f"{path.relative_to(ROOT)}:{line}: {own} may not import {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_each_library_has_one_door(path: Path) -> None:
    shown = path.relative_to(ROOT).as_posix()
    for line, name in imports(path):
        doors = DOORS.get(name.split(".")[0])
        assert doors is None or shown.startswith(doors), f"{shown}:{line}: {name} is imported elsewhere only"


def test_every_part_has_a_layer() -> None:
    parts = {path.relative_to(ROOT / "keylint").parts[0].removesuffix(".py") for path in MODULES}
    assert parts - {"__init__", "__main__"} == set(LAYERS)


def test_no_module_has_grown_beyond_one_screenful_of_jobs() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in MODULES
        if "compiled" not in path.parts and (count := path.read_text("utf-8").count("\n")) > 320
    }
    assert long == {}
