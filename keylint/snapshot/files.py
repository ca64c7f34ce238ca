"""Reads snapshot files: untrusted input, of which every fault is told with its place."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from keylint.load.facts import facts_of
from keylint.load.reader import short
from keylint.load.schema import Schema
from keylint.model.errors import UsageError
from keylint.model.source import Path as Place
from keylint.model.source import Source
from keylint.snapshot.entry import Observation, observation

VERSION = 1
_SHOWN = 5
_EXPLAINED = 20_000
"""How many characters an entry may have whose every fault is looked for."""
_MOST = 200_000
_HEAD = {"version": VERSION, "tool": "", "command": "snapshot", "taken": "2026-11-22T00:00:00Z"}


def snapshot_files(given: Iterable[str]) -> Iterator[Path]:
    """Yield the files that are named, of a folder every *.json in it; UsageError for a folder without any."""
    for text in given:
        path = Path(text)
        if not text or "\0" in text:
            raise UsageError(f"--snapshot: {text!r} cannot be a path")
        try:
            is_folder = path.is_dir()
            files = sorted(path.glob("[!.]*.json")) if is_folder else [path]
        except OSError as error:
            raise UsageError(f"{text}: {(error.strerror or str(error)).lower()}") from None
        if not files:
            raise UsageError(f"{text}: no *.json file in this folder")
        yield from files


def read_snapshot(source: Source) -> list[Observation]:
    """Return what one file holds; UsageError names the file and the place where it is not a snapshot."""
    name = source.name
    data = _parsed(name, source.data)
    if not isinstance(data, dict) or data.get("command") != "snapshot":
        raise UsageError(f"{name}: is no snapshot; `keylint snapshot -o FILE` writes one")
    version = data.get("version")
    if type(version) is int and version > VERSION:
        raise UsageError(f"{name}: version: {short(str(version))} is of a newer keylint than this one; update it here")
    schema = Schema("snapshot")
    try:
        if not schema.is_valid(data):
            faults = [f"{name}: {fault}" for fault in islice(_faults(schema, data), _SHOWN + 1)]
            raise UsageError("\n".join([*faults[:_SHOWN], *(["…"] if faults[_SHOWN:] else [])]))
    except (ValueError, RecursionError):
        raise UsageError(f"{name}: nested too deep") from None
    found, place = [], "taken"
    try:
        datetime.fromisoformat(data["taken"])
        for position, entry in enumerate(data["keys"]):
            place = f"keys[{position}]"
            found.append(observation(entry, facts_of(entry["exchange"]), name))
    except (ValueError, OverflowError):
        raise UsageError(f"{name}: {place}: holds a time that does not exist") from None
    return found


def _faults(schema: Schema, data: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong, one key after the other: to say what costs a thousand times as much as to see that."""
    keys = data.get("keys")
    if isinstance(keys, list) and len(keys) > _MOST:
        yield f"keys: there are more than {_MOST}"
        return
    head = {**data, "keys": []} if isinstance(keys, list) else data
    yield from (f"{_at(problem.path)}{problem.message}" for problem in schema.explain(head))
    for position, entry in enumerate(keys if isinstance(keys, list) else ()):
        alone = {**_HEAD, "keys": [entry]}
        if schema.is_valid(alone):
            continue
        if len(json.dumps(entry)) > _EXPLAINED:
            yield f"keys[{position}]: is not as `keylint schema snapshot` has it, and too large to say where"
        else:
            for problem in schema.explain(alone):
                yield f"{_at(('keys', position, *problem.path[2:]))}{problem.message}"


def _parsed(name: str, data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_fields)
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}:{error.lineno}:{error.colno}: no JSON: {error.msg.lower()}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{name}: no UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise UsageError(f"{name}: nested too deep") from None
    except ValueError as error:  # a number of thousands of digits, NaN, or what is wrong with a field's name
        raise UsageError(f"{name}: {error}") from None


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a mapping. Of two equal fields readers take the first or the last: what is judged must mean one thing."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twice = next(name for name, number in Counter(name for name, _ in pairs).items() if number > 1)
        raise ValueError(f"`{short(twice)}` stands twice in one mapping")
    for name in fields:
        if not name.isascii() and any("\ud800" <= char <= "\udfff" for char in name):
            raise ValueError(f"`{short(name)}` is no text")
    return fields


def _at(place: Place) -> str:
    """Return a place as `keys[3].live.created: `."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{short(step)}" for step in place).removeprefix(".")
    return f"{text}: " if text else ""
