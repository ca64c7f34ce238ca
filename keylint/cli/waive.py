"""`keylint waive`."""

from datetime import datetime
from typing import Any

import click

from keylint.cli.options import Moment, sources, start
from keylint.judge import Judge
from keylint.lint import Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.errors import UsageError
from keylint.model.finding import Finding
from keylint.model.wording import nearest
from keylint.reports.escape import visible


@click.command()
@click.argument("key")
@click.argument("rule")
@click.argument("paths", nargs=-1)
@click.option("--reason", required=True, help="Why the risk is accepted.")
@click.option("--approved-by", required=True, help="Who accepts it.")
@click.option("--until", type=Moment(), required=True, help="The last day of the waiver.")
@click.option("--accepts", metavar="FINGERPRINT", help="The finding, where only `diff` finds it: see its JSON report.")
@click.option("--policy", "policies", metavar="NAME|FILE", multiple=True, help="A policy, by name or file.")
@click.option("--now", type=Moment(), help="Judge as of this time.")
def command(key: str, rule: str, paths: tuple[str, ...], **options: Any) -> int:
    """Print the waiver to paste into a policy: RULE is accepted for KEY until a day.

    It accepts the finding as it is now. When the value changes, that is another finding, which nobody has accepted.
    """
    given = {name: options.pop(name) for name in ("reason", "approved_by", "until", "accepts")}
    run = start({**_DEFAULTS, **options})
    judge = Judge(run.rules, run.now, vocabulary(), run.policy.purposes)
    active = judge.active.get(rule)
    if active is None and given["accepts"] is None:
        hint = nearest(rule, judge.active) or "`keylint rules` lists them"
        raise UsageError(f"no rule {rule!r} is on; {hint}")
    if active is not None and active.mandatory:
        raise UsageError(f"rule {rule!r} is mandatory: nothing waives it")
    if given["until"] <= run.now:
        raise UsageError(f"--until: {given['until']:%Y-%m-%d} is not ahead")
    prints = [given["accepts"]] if given["accepts"] else _fingerprints(key, rule, paths, judge, run.settings)
    click.echo("waivers:")
    for fingerprint in prints:
        click.echo(_block(rule, key, fingerprint, given))
    return 0


_DEFAULTS: dict[str, Any] = {
    "form": None,
    "outputs": (),
    "baseline": None,
    "force": False,
    "fail_on": None,
    "color": None,
    "quiet": False,
    "verbose": 0,
}


def _fingerprints(key: str, rule: str, paths: tuple[str, ...], judge: Judge, settings: Any) -> list[str]:
    """Return the fingerprints of what the rule finds on the key now."""
    result = Linted()
    names = [
        declared.key.name
        for declared in lint(sources(paths, settings, (), force_exclude=False, stdin_name="<stdin>"), judge, result)
    ]
    found: list[Finding] = [item for item in result.findings if (item.key, item.rule) == (key, rule)]
    if found:
        return list(dict.fromkeys(item.fingerprint for item in found))
    if key not in names:
        raise UsageError(f"no key {visible(key)!r}; {nearest(key, names) or 'none of that name is declared'}")
    raise UsageError(
        f"{rule} finds nothing wrong with key {key!r}; for what only `keylint diff` finds, say --accepts FINGERPRINT"
    )


def _block(rule: str, key: str, fingerprint: str, given: dict[str, Any]) -> str:
    """Return one waiver in YAML; texts are quoted as JSON, which YAML reads the same."""
    import json  # noqa: PLC0415 - only for this

    until: datetime = given["until"]
    lines = {
        "rule": rule,
        "key": json.dumps(key, ensure_ascii=False),
        "reason": json.dumps(given["reason"], ensure_ascii=False),
        "approved_by": json.dumps(given["approved_by"], ensure_ascii=False),
        "expires": f"{until:%Y-%m-%d}",
        "accepts": f'"{fingerprint}"',
    }
    text = "\n".join(f"    {name}: {value}" for name, value in lines.items())
    return f"  -{text[3:]}"
