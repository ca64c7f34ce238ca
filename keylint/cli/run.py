"""What the shared options and the settings make together: the policy, the files, the colours."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from keylint.load.document import MAX_BYTES
from keylint.load.files import ENDS, find_files, is_policy, read_file, source
from keylint.load.policy import active_rules, load_policy
from keylint.model.errors import UsageError
from keylint.model.policy import Policy
from keylint.model.rule import ActiveRule
from keylint.model.source import Source
from keylint.rules import all_rules, lint_rules
from keylint.settings import Settings, load_settings

POLICY_FILE = "keylint.policy.yaml"
_PLACES = ("keylint.yaml", "keys")


class Run(NamedTuple):
    """What the shared options and the settings make together."""

    settings: Settings
    rules: list[ActiveRule]
    policy: Policy
    now: datetime
    form: str
    outputs: tuple[tuple[str, str], ...]
    baseline: Source | None
    force: bool
    fail_on: str
    color: str | None
    quiet: bool
    verbose: int


def start(options: dict[str, Any], *, live: bool = False) -> Run:
    """Take the shared options out of a command's options, and add settings and policy; `live` adds the drift rules."""
    rules = all_rules() if live else lint_rules()
    settings = load_settings(Path())
    policy = chosen_policy(options.pop("policies"), settings)
    form = options.pop("form") or settings.format or "text"
    return Run(
        settings=settings,
        rules=[*active_rules(policy, rules), *custom_rules(policy, live=live)],
        policy=policy,
        now=options.pop("now") or datetime.now(UTC),
        form=form,
        outputs=options.pop("outputs"),
        baseline=read_file(Path(name)) if (name := options.pop("baseline")) else None,
        force=options.pop("force"),
        fail_on=options.pop("fail_on") or settings.fail_on or "error",
        color=options.pop("color"),
        quiet=options.pop("quiet"),
        verbose=options.pop("verbose"),
    )


def chosen_policy(given: Iterable[str], settings: Settings) -> Policy:
    """Return the policy that counts: the given ones, else the settings', else keylint.policy.yaml, else baseline."""
    beside = (POLICY_FILE,) if Path(POLICY_FILE).is_file() else ("baseline",)
    wheres = {text: place for (field, text), place in settings.places.items() if field == "policy"}
    named = tuple(given)
    return load_policy(named) if named else load_policy(settings.policy or beside, wheres)


def custom_rules(policy: Policy, *, live: bool) -> list[ActiveRule]:
    """Return the policy's own rules, those that speak of `live` only if asked for; only these load the engine."""
    if not policy.custom:
        return []
    from keylint.rules.custom import compile_rules  # noqa: PLC0415 - an extra

    return [item for item in compile_rules(policy.custom) if live or item.rule.check_live is None]


def sources(
    paths: Iterable[str], settings: Settings, excludes: Iterable[str], *, force_exclude: bool, stdin_name: str
) -> Iterator[Source]:
    """Yield the declarations to read. UsageError where nothing is found or something cannot be opened."""
    given = tuple(paths)
    patterns = (*excludes, *settings.exclude)
    named = {os.path.realpath(path) for path in given}
    if not given:
        settings.check_paths()
    found = False
    for path in find_files(given or settings.paths or _default_paths()):
        if path == Path("-"):
            found = True
            yield source(stdin_name, sys.stdin.buffer.read(MAX_BYTES + 1))
            continue
        is_named = os.path.realpath(path) in named
        if (force_exclude or not is_named) and (is_policy(path) or _matches(path, patterns)):
            found = found or is_named
            continue
        found = True
        yield read_file(path)
    if not found:
        raise UsageError(f"no *.yaml or *.yml file in {', '.join(given or settings.paths or _default_paths())}")


def elsewhere(
    paths: Iterable[str], settings: Settings, excludes: Iterable[str], *, stdin_name: str
) -> Iterator[Source]:
    """Yield the declarations that a run on some files leaves out: the rest of the project, and of the files' folders.

    A hook names the changed files only, and what they speak of may stand in another. What cannot be read is left out.
    """
    given = tuple(paths)
    if not given:
        return
    patterns = (*excludes, *settings.exclude)
    files = [Path(stdin_name if text == "-" else text) for text in given]
    judged = {os.path.realpath(path) for path in (*find_files(text for text in given if text != "-"), *files)}
    folders = {path.parent for path in files if not path.is_dir()}
    beside = sorted(path for folder in folders for end in ENDS for path in folder.glob(f"*{end}"))
    with suppress(UsageError):
        for path in find_files([*map(str, beside), *(settings.paths or filter(os.path.exists, _PLACES))]):
            if os.path.realpath(path) not in judged and not is_policy(path) and not _matches(path, patterns):
                with suppress(UsageError):
                    yield read_file(path)


def _default_paths() -> tuple[str, ...]:
    for name in _PLACES:
        if Path(name).exists():
            return (name,)
    raise UsageError(
        "nothing to check: name a file or a folder, or make keylint.yaml or keys/; `keylint init` writes one"
    )


def _matches(path: Path, patterns: Iterable[str]) -> bool:
    text = path.as_posix()
    return any(fnmatch(text, pattern) or fnmatch(path.name, pattern) for pattern in patterns)


def wants_color(choice: str | None, form: str) -> bool:
    """Tell whether to colour standard output: a machine format never; option, NO_COLOR, FORCE_COLOR, terminal."""
    if form != "text":
        return False
    if choice in ("always", "never"):
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return os.environ.get("TERM") != "dumb" and sys.stdout.isatty()
