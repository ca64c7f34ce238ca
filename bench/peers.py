"""Installs and names the tools that keylint is compared with, below `bench/.peers`; what cannot be had is left out."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.live_client import CLIENTS

ROOT = Path(__file__).parent.parent
HOME = Path(__file__).with_name(".peers")
SCHEMA = ROOT / "schemas" / "declaration.schema.json"

_ENVIRONMENT = HOME / "python"
_PIP = ("check-jsonschema", "yamllint", "zizmor", "aiohttp", "ccxt")
_NPM = {"ajv-cli": "ajv-cli", "spectral": "@stoplight/spectral-cli"}
_WAIT = 900

WORKFLOW = """\
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: make
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool that is installed: its version, and the command that checks one file."""

    name: str
    version: str
    command: Callable[[Path], list[str | Path]]


@dataclass(frozen=True, slots=True)
class Peers:
    """What there is to compare with. `python` has `libraries` (name -> version); `missing`: what, and why not."""

    tools: tuple[Peer, ...]
    python: Path | None
    libraries: dict[str, str]
    missing: dict[str, str]


def install(folder: Path, *, wanted: bool) -> Peers:
    """Install what is not there yet; write the tools' settings below `folder`."""
    if not wanted:
        return Peers((), None, {}, dict.fromkeys((*_PIP, *_NPM), "not asked for"))
    missing: dict[str, str] = {}
    python = _python(missing)
    modules = _node(missing)
    versions = _versions(python)
    tools = tuple(_tools(folder, versions, modules))
    libraries = {name: version for name, version in versions.items() if name in CLIENTS}
    return Peers(tools, python, libraries, missing)


def _run(*command: str | Path) -> str | None:
    """Return what a command says, None where it failed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_WAIT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _python(missing: dict[str, str]) -> Path:
    """Return the interpreter of the peers' own environment."""
    python = _ENVIRONMENT / "bin" / "python"
    if not python.exists():
        _run(sys.executable, "-m", "venv", _ENVIRONMENT)
    there = _versions(python)
    for name in _PIP:
        if name not in there and _run(python, "-m", "pip", "install", "--quiet", name) is None:
            missing[name] = "pip could not install it"
    return python


def _versions(python: Path) -> dict[str, str]:
    listed = json.loads(_run(python, "-m", "pip", "list", "--format=json") or "[]")
    return {item["name"].lower(): item["version"] for item in listed}


def _node(missing: dict[str, str]) -> Path:
    """Return the folder of Node's modules."""
    modules = HOME / "node" / "node_modules"
    modules.mkdir(parents=True, exist_ok=True)
    for name, package in _NPM.items():
        if (modules / package / "package.json").exists():
            continue
        if shutil.which("npm") is None:
            missing[name] = "npm is not there"
        elif _run("npm", "install", "--ignore-scripts", "--prefix", HOME / "node", package) is None:
            missing[name] = "npm could not install it"
    return modules


def _tools(folder: Path, python: dict[str, str], modules: Path) -> Iterator[Peer]:
    """Yield the tools that are there."""
    programs = _ENVIRONMENT / "bin"
    if version := python.get("check-jsonschema"):
        yield Peer(
            "check-jsonschema",
            version,
            lambda file: [programs / "check-jsonschema", "--no-cache", "--schemafile", SCHEMA, file],
        )
    if version := python.get("yamllint"):
        yield Peer("yamllint", version, lambda file: [programs / "yamllint", "-d", "relaxed", file])
    if version := _node_version(modules / "ajv-cli"):
        ajv: list[str | Path] = [_program("node"), modules / "ajv-cli" / "dist" / "index.js"]
        ajv += ["validate", "--spec=draft2020", "--strict=false", "-s", SCHEMA]
        yield Peer("ajv-cli", version, lambda file: [*ajv, "-d", file])
    if version := _node_version(modules / "@stoplight" / "spectral-cli"):
        rules = folder / "spectral.json"
        schema = {"function": "schema", "functionOptions": {"schema": json.loads(SCHEMA.read_text("utf-8"))}}
        rules.write_text(json.dumps({"rules": {"declaration": {"given": "$", "severity": "error", "then": schema}}}))
        spectral = [_program("node"), modules / "@stoplight" / "spectral-cli" / "dist" / "index.js"]
        yield Peer("spectral", version, lambda file: [*spectral, "lint", "--ruleset", rules, file])
    if version := python.get("zizmor"):
        workflow = folder / "workflow.yml"
        workflow.write_text(WORKFLOW)
        yield Peer("zizmor", version, lambda _file: [programs / "zizmor", "--offline", "--quiet", workflow])


def _node_version(package: Path) -> str | None:
    try:
        version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        return None
    return str(version)


def _program(name: str) -> Path:
    """Return where a program is: what is spawned needs its whole path."""
    return Path(shutil.which(name) or name)
