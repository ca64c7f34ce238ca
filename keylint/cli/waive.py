"""`keylint waive`."""

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import click

from keylint.accepted import longest
from keylint.cli.options import Moment
from keylint.cli.run import Run, elsewhere, sources, start
from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.judge import Judge
from keylint.lint import Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.errors import UsageError
from keylint.model.exposure import conceal
from keylint.model.policy import ABOUT_WAIVERS
from keylint.model.wording import nearest
from keylint.reports.escape import visible

_FINGERPRINT = re.compile(r"[0-9a-f]{8,16}")
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
    run = start({**_DEFAULTS, **options}, live=True)
    judge = Judge(run.rules, run.now, vocabulary(), run.policy.purposes)
    _check_rule(rule, judge)
    _check_words(given, run.now)
    accepted = _accepted(key, rule, paths, judge, run, given["accepts"])
    days = longest(judge)
    if days is not None and given["until"] - run.now > timedelta(days=days):
        click.echo(f"warning: {days} days are allowed: the waiver will be found by waiver-too-long", err=True)
    click.echo("waivers:")
    for fingerprint, message in accepted.items():
        click.echo(_block(rule, key, fingerprint, message, given), nl=False)
    return 0


def _check_rule(rule: str, judge: Judge) -> None:
    """Raise UsageError for a rule that cannot be waived."""
    active = judge.active.get(rule)
    if active is None:
        if rule in RULE_INDEX:
            raise UsageError(f"rule {rule!r} is off: there is nothing to waive")
        hint = nearest(rule, judge.active) or "`keylint rules` lists them"
        raise UsageError(f"no rule {visible(repr(rule))}; {hint}")
    if active.mandatory:
        raise UsageError(f"rule {rule!r} is mandatory: nothing waives it")
    if rule in ABOUT_WAIVERS:
        raise UsageError(f"rule {rule!r} speaks of waivers: mend the waiver that it speaks of")


def _check_words(given: dict[str, Any], now: datetime) -> None:
    """Raise UsageError for what would not be valid in a policy."""
    for name in ("reason", "approved_by"):
        if not given[name].strip():
            raise UsageError(f"--{name.replace('_', '-')}: is empty")
        if any("\ud800" <= character <= "\udfff" for character in given[name]):
            raise UsageError(f"--{name.replace('_', '-')}: is not valid UTF-8")
    if given["accepts"] is not None and not _FINGERPRINT.fullmatch(given["accepts"]):
        raise UsageError("--accepts: a fingerprint is 16 hexadecimal digits, of which 8 are enough")
    until: datetime = given["until"]
    if until + timedelta(days=1) <= now:
        raise UsageError(f"--until: {until:%Y-%m-%d} is over")


def _accepted(
    key: str, rule: str, paths: tuple[str, ...], judge: Judge, run: Run, fingerprint: str | None
) -> dict[str, str]:
    """Return the fingerprints, each with its message, of what the rule finds on the key now, or the given one."""
    result = Linted()
    found = sources(paths, run.settings, (), force_exclude=False, stdin_name="<stdin>")
    rest = partial(elsewhere, paths, run.settings, (), stdin_name="<stdin>")
    names = [declared.key.name for declared in lint(found, judge, result, rest)]
    here = [item for item in result.findings if item.rule == rule and conceal(key) in (item.key, item.other)]
    if key not in names and not here:
        raise UsageError(f"no key {visible(repr(key))}; {nearest(key, names) or 'none of that name is declared'}")
    if fingerprint:
        return {fingerprint: next((item.message for item in here if item.fingerprint.startswith(fingerprint)), "")}
    if not here:
        hint = "for what only `keylint diff` finds, say --accepts FINGERPRINT"
        raise UsageError(f"{rule} finds nothing wrong with key {key!r}; {hint}")
    return {item.fingerprint: item.message for item in here}


def _block(rule: str, key: str, fingerprint: str, message: str, given: dict[str, Any]) -> str:
    """Return one waiver in YAML."""
    until: datetime = given["until"]
    lines = {
        "rule": rule,
        "key": _quoted(key),
        "reason": _quoted(given["reason"]),
        "approved_by": _quoted(given["approved_by"]),
        "expires": f"{until:%Y-%m-%d}",
        "accepts": f'"{fingerprint}"',
    }
    text = "\n".join(f"    {name}: {value}" for name, value in lines.items())
    comment = f"  # {visible(message)}\n" if message else ""
    return f"{comment}  -{text[3:]}\n"


def _quoted(text: str) -> str:
    """Return a text as one double-quoted YAML string: JSON's, what is not seen escaped in a way that YAML reads."""
    import json  # noqa: PLC0415 - only for this

    return visible(json.dumps(text, ensure_ascii=False))
