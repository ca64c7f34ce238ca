"""Finds credentials: `env:` and `file:` references under the operator's limits, or values that he hands over."""

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from keylint.model.errors import Refusal, UsageError
from keylint.model.finding import Reason
from keylint.model.secret import Secret

MAX_FILE = 65_536

# Names that belong to CI systems, clouds and tools, never to an exchange key. A declaration that names one would send
# it, in clear, in a header to an exchange. Sources: the documentation of each tool on its variables, 2026-11.
REFUSED = (
    "ACTIONS_*",
    "ANSIBLE_*",
    "ANTHROPIC_*",
    "ARM_*",
    "AWS_*",
    "AZURE_*",
    "BITBUCKET_*",
    "BUILDKITE_*",
    "BW_SESSION",
    "CARGO_*",
    "CI",
    "CI_*",
    "CIRCLE_*",
    "CLOUDFLARE_*",
    "CLOUDSDK_*",
    "CODECOV_*",
    "DATABASE_URL",
    "DIGITALOCEAN_*",
    "DOCKER_*",
    "DOPPLER_*",
    "FLY_*",
    "GCP_*",
    "GH_*",
    "GITHUB_*",
    "GITLAB_*",
    "GOOGLE_*",
    "HEROKU_*",
    "HF_TOKEN",
    "HOME",
    "INFISICAL_*",
    "JENKINS_*",
    "KUBE*",
    "NETLIFY_*",
    "NODE_AUTH_TOKEN",
    "NPM_*",
    "OPENAI_*",
    "OP_SERVICE_ACCOUNT_TOKEN",
    "OP_SESSION_*",
    "PATH",
    "PG*",
    "PIP_*",
    "PULUMI_*",
    "PYPI_*",
    "RUNNER_*",
    "SENTRY_*",
    "SLACK_*",
    "SNYK_*",
    "SONAR_*",
    "SSH_*",
    "STRIPE_*",
    "SYSTEM_ACCESSTOKEN",
    "TF_*",
    "TRAVIS_*",
    "TWINE_*",
    "UV_*",
    "VAULT_*",
    "VERCEL_*",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What references may point at, as the person who runs keylint says.

    `demanded`: nothing is allowed that was not named (CI). `env`: patterns of variable names. `roots`: folders.
    """

    demanded: bool
    env: tuple[str, ...]
    roots: tuple[Path, ...]


def resolve(references: Mapping[str, Any] | None, limits: Limits) -> dict[str, Secret]:
    """Return the values behind a key's references; Refusal (`no-credentials`) says which one cannot be had and why."""
    if not references:
        raise Refusal(
            Reason.NO_CREDENTIALS,
            "it has no credentials",
            "add `credentials:` with env:NAME or file:PATH, or hand them over with --credentials",
        )
    return {name: _one(name, str(reference), limits) for name, reference in references.items()}


def _one(name: str, reference: str, limits: Limits) -> Secret:
    scheme, _, target = reference.partition(":")
    if scheme == "env" and target:
        value = _environment(name, target, limits)
    elif scheme == "file" and target:
        value = _file(name, target, limits)
    else:
        raise Refusal(Reason.NO_CREDENTIALS, f"`{name}` is not a reference", "write env:NAME or file:PATH")
    if not value:
        raise Refusal(Reason.NO_CREDENTIALS, f"`{name}` is empty", f"put the value into {target}")
    return Secret(value)


def modes(references: Mapping[str, Any] | None) -> dict[str, int]:
    """Return the permission bits of the files that could be read for references; none on Windows, which has no such."""
    found = {}
    for name, reference in (references or {}).items():
        scheme, _, target = str(reference).partition(":")
        if scheme == "file" and os.name == "posix":
            with suppress(OSError):
                found[name] = stat.S_IMODE(Path(target).expanduser().stat().st_mode)
    return found


def _environment(name: str, variable: str, limits: Limits) -> str:
    if any(fnmatchcase(variable.upper(), pattern) for pattern in REFUSED):
        raise Refusal(
            Reason.NO_CREDENTIALS,
            f"`{name}` points at {variable}, which belongs to a CI system, a cloud or a tool",
            "keep exchange credentials under names of their own; this limit cannot be lifted",
        )
    if (limits.demanded or limits.env) and not any(fnmatchcase(variable, pattern) for pattern in limits.env):
        raise Refusal(
            Reason.NO_CREDENTIALS,
            f"`{name}` points at {variable}, which is not allowed",
            f"whoever runs keylint allows it with --allow-env '{variable}' or KEYLINT_ALLOW_ENV",
        )
    if variable not in os.environ:
        raise Refusal(
            Reason.NO_CREDENTIALS,
            f"`{name}`: the environment variable {variable} is not set",
            "set it where keylint runs",
        )
    return os.environ[variable]


def _file(name: str, target: str, limits: Limits) -> str:
    hint = "name a readable file that holds the value and nothing else"
    try:
        path = Path(target).expanduser().resolve()
        if (limits.demanded or limits.roots) and not any(path.is_relative_to(root) for root in limits.roots):
            raise Refusal(
                Reason.NO_CREDENTIALS,
                f"`{name}` points at {target}, which is outside the allowed folders",
                "whoever runs keylint allows its folder with --allow-file or KEYLINT_ALLOW_FILE",
            )
        with open(path, "rb", opener=_no_wait) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Refusal(Reason.NO_CREDENTIALS, f"`{name}`: {target} is not a regular file", hint)
            data = file.read(MAX_FILE + 1)
    except (OSError, ValueError, RuntimeError) as error:
        why = (getattr(error, "strerror", None) or "cannot be opened").lower()
        raise Refusal(Reason.NO_CREDENTIALS, f"`{name}`: {target}: {why}", hint) from None
    if len(data) > MAX_FILE:
        raise Refusal(Reason.NO_CREDENTIALS, f"`{name}`: {target} is larger than 64 KiB", hint)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(Reason.NO_CREDENTIALS, f"`{name}`: {target} is not text", hint) from None
    return text.removesuffix("\n").removesuffix("\r")


def _no_wait(path: str, flags: int) -> int:
    """Open without waiting for the other end of a FIFO."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_credentials(text: str, name: str) -> dict[str, dict[str, Secret]]:
    """Read the JSON object {key name: {field: value}} that an operator hands over; UsageError never quotes it."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{name}: no JSON object of the form {{key name: {{api_key: …, api_secret: …}}}}") from None
    if not isinstance(data, dict) or not all(isinstance(fields, dict) for fields in data.values()):
        raise UsageError(f"{name}: not of the form {{key name: {{api_key: …, api_secret: …}}}}")
    for number, fields in enumerate(data.values(), 1):
        if not all(isinstance(value, str) for value in fields.values()):
            raise UsageError(f"{name}: a field of entry {number} is not a text; put it in quotes")
    return {key: {field: Secret(value) for field, value in fields.items()} for key, fields in data.items()}
