"""`keylint policies`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from keylint.cli.exits import FINDINGS, FINE
from keylint.cli.options import Moment
from keylint.cli.reading import columns
from keylint.cli.run import chosen_policy
from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.load.declaration import key_decl
from keylint.load.facts import vocabulary
from keylint.load.policy import BUILT_IN, active_rules, built_in, load_policy
from keylint.load.policy_parts import check_examples
from keylint.model.policy import Setting
from keylint.model.rule import Context, Options
from keylint.model.source import Source
from keylint.reports.escape import visible
from keylint.reports.summary import plural
from keylint.reports.table import paragraph
from keylint.rules.docstring import source_of
from keylint.settings import load_settings
from keylint.weakening import shown, weakenings


@click.group(invoke_without_command=True)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="The form of the list.")
@click.pass_context
def command(context: click.Context, form: str) -> int:
    """List the built-in policies; show or compare policies; test the custom rules of one."""
    if context.invoked_subcommand:
        return FINE
    rows: list[dict[str, Any]] = [built_in(name) for name in BUILT_IN]
    if form == "json":
        import json  # noqa: PLC0415 - only where it is asked for

        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return FINE
    for row in rows:
        click.echo(f"{row['name']}: {row['description']}")
        for rule, setting in row.get("rules", {}).items():
            values = ", ".join(f"{name} {value}" for name, value in setting.items() if name != "why")
            click.echo(f"  {rule}: {values}\n    {setting['why']}")
        for purpose, profile in row.get("purposes", {}).items():
            click.echo(f"  purpose {purpose}: {profile['description']}\n    allows {', '.join(profile['allow'])}")
    return FINE


@command.command()
@click.argument("policy", nargs=-1)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="The form of the list.")
def show(policy: tuple[str, ...], form: str) -> int:
    """Show every rule that a policy leaves on: severity, options, and why.

    Without POLICY: the one that counts here. Where the policy gives no reason of its own, the rule's page does.
    """
    from keylint.rules import all_rules  # noqa: PLC0415 - the other commands do without

    chosen = chosen_policy(policy, load_settings(Path()))
    rows: list[dict[str, Any]] = [
        {
            "rule": item.rule.name,
            "severity": item.severity.value,
            "mandatory": item.mandatory,
            "options": {name: getattr(item.options, name) for name in item.options.names()},
            "why": chosen.settings.get(item.rule.name, Setting()).why or item.rule.title,
            "source": source_of(item.rule),
        }
        for item in active_rules(chosen, all_rules())
    ]
    rows += [
        {"rule": own.name, "severity": own.severity.value, "mandatory": False, "options": {}, "why": own.description}
        for own in chosen.custom
    ]
    if form == "json":
        import json  # noqa: PLC0415 - only where it is asked for

        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return FINE
    for row in rows:
        options = "".join(f", {name} {shown(value)}" for name, value in row["options"].items())
        click.echo(f"{row['rule']}: {row['severity']}{' (m)' if row['mandatory'] else ''}{visible(options)}")
        for line in (row["why"], f"source: {row['source']}" if row.get("source") else ""):
            click.echo("\n".join(paragraph(line, columns(), "  ")) if line else "", nl=bool(line))
    return FINE


@command.command()
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="The form of the list.")
def compare(old: str, new: str, form: str) -> int:
    """List what NEW allows that OLD does not; exit 1 if there is anything. For pull requests that touch the policy."""
    found = list(weakenings(load_policy([old], {old: "OLD"}), load_policy([new], {new: "NEW"}), RULE_INDEX))
    if form == "json":
        import json  # noqa: PLC0415 - only where it is asked for

        rows = [{"what": item.what, "was": item.was, "is": item.now} for item in found]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        for item in found:
            click.echo(f"weaker: {item.what}: {item.was} -> {item.now}")
        click.echo(f"{plural(len(found), 'weakening')} from {old} to {new}")
    return FINDINGS if found else FINE


@command.command()
@click.argument("policy", nargs=-1)
@click.option("--now", type=Moment(), help="Judge as of this time.")
def test(policy: tuple[str, ...], now: datetime | None) -> int:
    """Run the examples of a policy's custom rules: good ones must pass, bad ones must be found."""
    from keylint.rules.examples import run_examples  # noqa: PLC0415 - needs the extra

    failed = total = 0
    customs = check_examples(chosen_policy(policy, load_settings(Path())).custom)

    def context(source: Source) -> Context[Options]:
        return Context(now or datetime.now(UTC), Options(), vocabulary(), source, {}, {})

    for name, kind, number, passed, said in run_examples(customs, key_decl, context):
        total += 1
        failed += not passed
        why = said or ("" if passed else "nothing was found")
        click.echo(
            f"{'ok' if passed else 'FAILED'}: {name}, {kind} example {number}{f': {visible(why)}' if why else ''}"
        )
    for custom in customs:
        if not custom.examples:
            click.echo(f"untested: {custom.name} has no examples")
    click.echo(f"{plural(total, 'example')}, {failed} failed")
    return FINDINGS if failed else FINE
