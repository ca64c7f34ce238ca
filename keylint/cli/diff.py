"""`keylint diff`."""

import os
import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from keylint import __version__
from keylint.cli.check import rule_info
from keylint.cli.emit import emit, prepare
from keylint.cli.options import Command, Run, reporting, sources, start
from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.diff import Compared, diff, planned_calls, targets
from keylint.judge import Judge
from keylint.lint import Declared, Linted, lint
from keylint.load.facts import vocabulary
from keylint.load.files import read_file
from keylint.model.errors import UsageError
from keylint.model.finding import Report
from keylint.model.secret import Secret
from keylint.secrets import Limits, read_credentials

JOBS = 16
TIMEOUT = 10.0
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@click.command(cls=Command)
@click.argument("paths", nargs=-1)
@click.option("--key", "keys", metavar="NAME", multiple=True, help="Only keys of this name; * and ? are wildcards.")
@click.option("--exchange", "exchanges", metavar="NAME", multiple=True, help="Only keys of this exchange.")
@click.option("--show-calls", is_flag=True, help="Print every request that would be sent, and send none.")
@click.option("--jobs", type=click.IntRange(1, 500), help=f"How many keys to ask for at once.  [default: {JOBS}]")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), help=f"Seconds a key may take.  [default: {TIMEOUT:g}]"
)
@click.option("--credentials", metavar="FILE|-", help="JSON {key name: {api_key, api_secret, …}} to use.")
@click.option("--allow-env", "allow_env", metavar="PATTERN", multiple=True, help="Variables that env: may name.")
@click.option("--allow-file", "allow_file", metavar="FOLDER", multiple=True, help="Folders that file: may name.")
@click.option("--allow-untrusted", is_flag=True, help="Run also for a pull request from a fork.")
@click.option("--base-url", "base_urls", metavar="EXCHANGE=URL", multiple=True, help="Another address of an exchange.")
@reporting
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Compare each active key with what its exchange says of it.

    The same check as `keylint check`, then one read-only request for each key, with the key's own credentials.
    """
    run = start(options, live=True)
    prepare(run)
    if not options["show_calls"]:
        refuse_fork(allowed=options["allow_untrusted"])
    bases = base_urls(options["base_urls"])
    given = handed_over(options["credentials"])
    judge, result = Judge(run.rules, run.now, vocabulary(), run.policy.purposes), Linted()
    found = sources(
        paths,
        run.settings,
        options["excludes"],
        force_exclude=options["force_exclude"],
        stdin_name=options["stdin_filename"],
    )
    declared = chosen(list(lint(found, judge, result)), options["keys"], options["exchanges"])
    if options["show_calls"]:
        for key, base, call in planned_calls((item.key for item in declared), bases):
            click.echo(f"{call.method} {base}{call.path}  # {call.use}, {key.exchange}, {key.name}")
        return 0
    compared = Compared()
    wanted = targets(declared, bases, limits(run, options), given, compared)
    diff(
        wanted,
        judge,
        options["jobs"] or run.settings.jobs or JOBS,
        options["timeout"] or run.settings.timeout or TIMEOUT,
        lambda: time.time_ns() // 1_000_000,
        compared,
    )
    return emit(
        diff_report(result, compared, declared, judge, filtered=bool(options["keys"] or options["exchanges"])), run
    )


def chosen(declared: list[Declared], names: tuple[str, ...], exchanges: tuple[str, ...]) -> list[Declared]:
    """Return the keys that the filters leave; UsageError for a filter that leaves none."""
    for exchange in exchanges:
        if exchange not in EXCHANGE_NAMES:
            raise UsageError(f"--exchange: no exchange {exchange!r}; known are: {', '.join(EXCHANGE_NAMES)}")
    left = [
        item
        for item in declared
        if (not names or any(fnmatchcase(item.key.name, pattern) for pattern in names))
        and (not exchanges or item.key.exchange in exchanges)
    ]
    if not left and (names or exchanges):
        raise UsageError(f"no key matches {' '.join([*names, *exchanges])}")
    return left


def limits(run: Run, options: dict[str, Any]) -> Limits:
    """Return what references may point at. Where CI is set, settings do not count: a pull request can change them."""
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    env = (*options["allow_env"], *_listed("KEYLINT_ALLOW_ENV", ","))
    roots = (*options["allow_file"], *_listed("KEYLINT_ALLOW_FILE", os.pathsep))
    if not in_ci:
        env, roots = env or run.settings.allow_env, roots or run.settings.allow_file_root
    return Limits(in_ci, tuple(env), tuple(Path(root).expanduser().resolve() for root in roots))


def _listed(variable: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(variable, "").split(separator) if part.strip())


def refuse_fork(*, allowed: bool) -> None:
    """Raise UsageError for a pull request from a fork: its author wrote the declarations, not the secrets."""
    if os.environ.get("GITHUB_EVENT_NAME") not in ("pull_request", "pull_request_target") or allowed:
        return
    import json  # noqa: PLC0415 - only on GitHub

    try:
        event = json.loads(Path(os.environ.get("GITHUB_EVENT_PATH", "")).read_text("utf-8"))
        head, base = event["pull_request"]["head"]["repo"], event["pull_request"]["base"]["repo"]
        trusted = head is not None and head["full_name"] == base["full_name"]
    except (OSError, ValueError, KeyError, TypeError):
        trusted = False
    if not trusted:
        raise UsageError(
            "this is a pull request from a fork: its declarations are not trusted with credentials; "
            "run `keylint check` here and `keylint diff` on your own branches, or say --allow-untrusted"
        )


def base_urls(given: tuple[str, ...]) -> dict[str, str]:
    """Return exchange -> base URL, from the environment and the options; UsageError for one that is not safe."""
    pairs = {}
    for name in EXCHANGE_NAMES:
        variable = f"KEYLINT_BASE_URL_{name.upper().replace('-', '_')}"
        if os.environ.get(variable):
            pairs[name] = _base_url(variable, os.environ[variable])
    for text in given:
        name, sign, url = text.partition("=")
        if not sign or name not in EXCHANGE_NAMES:
            raise UsageError(f"--base-url: {text!r} is not EXCHANGE=URL with one of: {', '.join(EXCHANGE_NAMES)}")
        pairs[name] = _base_url("--base-url", url)
    return pairs


def _base_url(origin: str, url: str) -> str:
    """Check a base URL: https, or http on loopback; scheme, host and port only."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError(f"{origin}: {url!r} is no URL") from None
    host = parts.hostname or ""
    if "@" in parts.netloc or parts.path not in ("", "/") or parts.query or parts.fragment or not host:
        raise UsageError(f"{origin}: write scheme, host and port only, such as https://gateway.example.com:8443")
    if parts.scheme != "https" and not (parts.scheme == "http" and (host in _LOOPBACK or host.startswith("127."))):
        raise UsageError(f"{origin}: credentials go over https only, or over http to this machine itself")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def handed_over(name: str | None) -> dict[str, dict[str, Secret]]:
    """Return the credentials that the operator hands over in a file or on standard input."""
    if name is None:
        return {}
    if name == "-":
        return read_credentials(sys.stdin.read(), "standard input")
    text = read_file(Path(name)).data.decode("utf-8", "replace")
    return read_credentials(text, name)


def diff_report(
    result: Linted, compared: Compared, declared: list[Declared], judge: Judge, *, filtered: bool
) -> Report:
    """Make the report of a diff; with a filter it speaks of the chosen keys only."""
    names = {item.key.name for item in declared}
    findings = [item for item in (*result.findings, *compared.findings) if not filtered or item.key in names]
    return Report(
        command="diff",
        version=__version__,
        now=judge.now,
        files=result.files,
        key_count=len(names) if filtered else result.keys,
        findings=tuple(findings),
        keys=tuple(compared.keys[name] for name in sorted(compared.keys)),
        unchecked=tuple(compared.unchecked[name] for name in sorted(compared.unchecked)),
        rules=tuple(map(rule_info, judge.active.values())),
        interrupted=compared.interrupted,
    )
