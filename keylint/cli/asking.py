"""What the commands that ask exchanges have in common: which keys, where, with which credentials."""

import gc
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.diff.asking import How
from keylint.diff.targets import planned_calls
from keylint.lint import Declared
from keylint.load.document import MAX_BYTES
from keylint.load.files import read_file
from keylint.model.errors import UsageError
from keylint.model.exposure import conceal
from keylint.model.secret import Secret
from keylint.reports.escape import visible
from keylint.secrets import Limits, read_credentials
from keylint.settings import Settings

JOBS = 16
TIMEOUT = 10.0
DAY = 86_400.0
F = TypeVar("F", bound=Callable[..., Any])
_WHICH = (
    click.option("--key", "keys", metavar="NAME", multiple=True, help="Only keys of this name; * and ? are wildcards."),
    click.option("--exchange", "exchanges", metavar="NAME", multiple=True, help="Only keys of this exchange."),
)
_HOW = (
    click.option("--show-calls", is_flag=True, help="Print every request that would be sent, and send none."),
    click.option("--jobs", type=click.IntRange(1, 500), help=f"How many keys to ask for at once.  [default: {JOBS}]"),
    click.option("--timeout", type=float, help=f"Seconds a key may take.  [default: {TIMEOUT:g}]"),
    click.option("--credentials", metavar="FILE|-", help="JSON {key name: {api_key, api_secret, …}} to use."),
    click.option("--allow-env", "allow_env", metavar="PATTERN", multiple=True, help="Variables that env: may name."),
    click.option("--allow-file", "allow_file", metavar="FOLDER", multiple=True, help="Folders that file: may name."),
    click.option("--allow-untrusted", is_flag=True, help="Run also for a pull request from a fork."),
    click.option("--proxy", metavar="URL", help="The HTTP proxy to go through; else that of KEYLINT_PROXY."),
    click.option(
        "--base-url", "base_urls", metavar="EXCHANGE=URL", multiple=True, help="Another address of an exchange."
    ),
)
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Way:
    """How exchanges are asked in a run: what its options, its environment and its settings say together.

    `timeout`: seconds a key may take. `given`: key name -> credentials that the operator hands over.
    """

    jobs: int
    timeout: float
    proxy: Secret | None
    bases: Mapping[str, str]
    limits: Limits
    given: Mapping[str, Mapping[str, Secret]]


def asks(command: F) -> F:
    """Give a command the options of all that asks exchanges for declared keys."""
    command = asks_as(command)
    for option in reversed(_WHICH):
        command = option(command)
    return command


def asks_as(command: F) -> F:
    """Give a command the options that say how exchanges are asked."""
    for option in reversed(_HOW):
        command = option(command)
    return command


def way_of(settings: Settings, paths: tuple[str, ...], options: Mapping[str, Any]) -> Way:
    """Return how to ask; UsageError for options that cannot be."""
    timeout = settings.timeout or TIMEOUT if options["timeout"] is None else options["timeout"]
    if not 0 < timeout <= DAY:  # also what is not a number
        raise UsageError(f"--timeout: seconds, above 0 and up to {DAY:.0f}")
    if options["credentials"] == "-" and "-" in (paths or settings.paths):
        raise UsageError("standard input cannot hold both the credentials and a declaration")
    return Way(
        options["jobs"] or settings.jobs or JOBS,
        timeout,
        proxy(options["proxy"]),
        base_urls(options["base_urls"]),
        limits(settings, options),
        handed_over(options["credentials"]),
    )


@contextmanager
def asking(way: Way, keys: int, *, quiet: bool = False) -> Iterator[How]:
    """Give how to ask for that many keys; on a terminal, standard error shows how far it is."""
    gc.freeze()  # the declarations stay until the end: the collector need not look at them again and again
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=keys, label="asking", file=sys.stderr, show_pos=True, hidden=hidden) as bar:
        yield How(way.jobs, way.timeout, clock, way.proxy, bar.update)


def clock() -> int:
    """Return this machine's time in milliseconds."""
    return time.time_ns() // 1_000_000


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


def show_calls(wanted: list[Declared], way: Way) -> None:
    """Print every request that would be sent for these keys."""
    for key, base, call in planned_calls((item.key for item in wanted), way.bases, way.given):
        click.echo(visible(f"{call.method} {base}{call.path}  # {call.use}, {key.exchange}, {conceal(key.name)}"))


def limits(settings: Settings, options: Mapping[str, Any]) -> Limits:
    """Return what references may point at. Where CI is set, settings do not count: a pull request can change them."""
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    env = (*options["allow_env"], *_listed("KEYLINT_ALLOW_ENV", ","))
    roots = (*options["allow_file"], *_listed("KEYLINT_ALLOW_FILE", os.pathsep))
    if not in_ci:
        env, roots = env or settings.allow_env, roots or settings.allow_file_root
    return Limits(in_ci, tuple(env), tuple(Path(root).expanduser().resolve() for root in roots))


def _listed(variable: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(variable, "").split(separator) if part.strip())


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
            raise UsageError(f"--base-url: write EXCHANGE=URL, with one of: {', '.join(EXCHANGE_NAMES)}")
        pairs[name] = _base_url(f"--base-url {name}", url)
    return pairs


def proxy(given: str | None) -> Secret | None:
    """Return the proxy that was asked for, by option or by KEYLINT_PROXY; UsageError for what is none.

    It may hold a password, and is never quoted.
    """
    origin, url = ("--proxy", given) if given is not None else ("KEYLINT_PROXY", os.environ.get("KEYLINT_PROXY", ""))
    if not url and given is None:
        return None
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_one = is_one and parts.path in ("", "/") and not (parts.query or parts.fragment)
        is_one = is_one and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        is_one = False
    if not is_one:
        raise UsageError(f"{origin}: write http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT")
    return Secret(url)


def _base_url(origin: str, url: str) -> str:
    """Check a base URL: https, or http on loopback; scheme, host and port only. It is never quoted: see userinfo."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError(f"{origin}: no URL") from None
    host, is_name = parts.hostname or "", "[" not in parts.netloc
    well_formed = (_HOST.fullmatch(host) if is_name else _is_loopback(host) is not None) and port != 0
    if (
        {"@", "%"} & set(parts.netloc)
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or not well_formed
    ):
        raise UsageError(f"{origin}: write scheme, host and port only, such as https://gateway.example.com:8443")
    if parts.scheme != "https" and not (parts.scheme == "http" and (host == "localhost" or _is_loopback(host))):
        raise UsageError(f"{origin}: credentials go over https only, or over http to this machine itself")
    return f"{parts.scheme}://{host if is_name else f'[{host}]'}" + (f":{port}" if port else "")


def _is_loopback(host: str) -> bool | None:
    """Tell whether an address is this machine's own; None where it is no address: `127.evil.example` is a name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return None


def handed_over(name: str | None) -> dict[str, dict[str, Secret]]:
    """Return the credentials that the operator hands over in a file or on standard input."""
    if name is None:
        return {}
    data = sys.stdin.buffer.read(MAX_BYTES + 1) if name == "-" else read_file(Path(name)).data
    return read_credentials(data.decode("utf-8", "replace"), "standard input" if name == "-" else name)
