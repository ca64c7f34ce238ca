"""`keylint init`."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from keylint.cli.options import Moment
from keylint.cli.run import POLICY_FILE
from keylint.model.errors import UsageError
from keylint.resources import schema_text

DECLARATION = "keylint.yaml"
HOOKS = ".pre-commit-config.yaml"
SCHEMAS = ".keylint"
# Where any of these is, keylint is at home already: a new declaration would be read instead of the others.
_TAKEN = (DECLARATION, POLICY_FILE, ".keylint.yaml", "keys")


@click.command()
@click.option("--now", type=Moment(), help="The day from which the dates of the example are counted.")
def command(now: datetime | None) -> int:
    """Write a first declaration, a policy and a pre-commit hook into the working folder.

    Nothing is ever overwritten: where keylint.yaml, keylint.policy.yaml, .keylint.yaml or keys/ exists, nothing is
    written. Where .pre-commit-config.yaml exists, the hook is printed instead. The schemas go into .keylint/, for
    editors that complete and explain YAML.
    """
    taken = [name for name in _TAKEN if os.path.lexists(name)]
    if taken:
        raise UsageError(f"{', '.join(taken)} {'is' if taken[1:] == [] else 'are'} here already: nothing was written")
    texts = {DECLARATION: declaration((now or datetime.now(UTC)).date()), POLICY_FILE: POLICY}
    for name in ("declaration", "policy"):
        path = f"{SCHEMAS}/{name}.schema.json"
        if not os.path.lexists(path):
            texts[path] = schema_text(name)
    has_hooks = os.path.lexists(HOOKS)
    if not has_hooks:
        texts[HOOKS] = f"repos:\n{HOOK}"
    _write_all(texts)
    for name in texts:
        click.echo(f"written: {name}")
    if has_hooks:
        click.echo(f"\n{HOOKS} is here already; add to its `repos`:\n\n{HOOK}", nl=False)
    click.echo("\nnext: put your own keys into keylint.yaml, then run `keylint check`")
    return 0


def _write_all(texts: dict[str, str]) -> None:
    """Write all files or none. A file that has come in the meantime is not overwritten either."""
    made: list[Path] = []
    try:
        for name, text in texts.items():
            path = Path(name)
            if name.startswith(SCHEMAS) and not path.parent.exists():
                path.parent.mkdir()
                made.append(path.parent)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(text)
    except OSError as error:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink()
        raise UsageError(f"{name}: {(error.strerror or str(error)).lower()}; nothing was written") from None


def declaration(today: date) -> str:
    """Return the first declaration: one planned key, so that nothing has to be true of it yet."""
    return _DECLARATION.format(schema=f"{SCHEMAS}/declaration.schema.json", today=today, end=today + timedelta(days=90))


_DECLARATION = """\
# yaml-language-server: $schema={schema}
# Which exchange API keys you mean to have, and what each may do. No secrets: this file is reviewed like code.
# `keylint check` judges it, `keylint diff` compares it with the exchanges, `keylint list --reach` shows the risk.
version: 1

defaults:                          # taken by every key that does not say otherwise
  owner: trading-desk              # the team that answers for the keys

keys:
  example-bot:                     # the key's name here: small letters, digits, `.`, `_` and `-`
    status: planned                # then active, retiring, revoked; remove the line when the key is in use
    exchange: binance              # `keylint exchanges` lists them
    account: desk-1                # the account or sub-account that holds the key
    account_type: sub              # main or sub
    holder: example-bot            # the one program or vendor that has the secret
    purpose: spot-trading          # `keylint explain spot-trading --exchange binance` says which boxes to tick
    permissions: [read, trade.spot]
    algorithm: ed25519             # hmac, rsa or ed25519: an asymmetric key never leaves your machine
    ip_allowlist: [203.0.113.10]   # the fixed addresses from which the program calls (this one is an example)
    created: {today}            # when the key was made at the exchange
    expires: {end}            # when you will have replaced it
    reviewed: {today}           # when somebody last confirmed that it is still needed
    credentials:                   # where `keylint diff` finds the key: references, never values
      api_key: env:EXAMPLE_BOT_API_KEY
      private_key: file:/run/secrets/example_bot_ed25519.pem
"""
POLICY = f"""\
# yaml-language-server: $schema={SCHEMAS}/policy.schema.json
# What you demand of your keys. The people who answer for security own this file; declarations cannot change it.
version: 1
name: our-policy
extends: [baseline]                # what every guide demands; `keylint policies` lists the built-in ones

# Rule by rule: error, warning, note or off, or a mapping with options. `keylint rules` lists them all,
# `keylint explain max-age` explains one.
rules:
  max-age: {{severity: error, days: 90}}
#  ip-too-wide: {{v4: 32, why: our provider hands out single addresses}}

# Your own profiles, beside those of the baseline: at most `allow`, at least `need`.
# purposes:
#   hedging:
#     description: hedges the spot book with futures
#     allow: [read, trade.futures]
#     need: [read, trade.futures]
"""
# The same patterns as in .pre-commit-hooks.yaml; run with the keylint that is installed.
HOOK = """\
  - repo: local
    hooks:
      - id: keylint
        name: keylint
        entry: keylint check
        language: system
        files: '(^|/)\\.?keylint[^/]*\\.ya?ml$|(^|/)(keys|policies)/.*\\.ya?ml$'
        pass_filenames: false
"""
