"""`keylint rules`."""

import click

from keylint.rules import all_rules


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="The form of the list.")
def command(form: str) -> int:
    """List the rules: name, severity, what it demands. (m) cannot be switched off."""
    if form == "json":
        import json  # noqa: PLC0415 - only where it is asked for

        rows = [
            {
                "name": rule.name,
                "severity": rule.severity.value,
                "mandatory": rule.mandatory,
                "title": rule.title,
                "options": {name: getattr(rule.options, name) for name in rule.options.names()},
            }
            for rule in all_rules().values()
        ]
        click.echo(json.dumps(rows, indent=2))
        return 0
    width = max(map(len, all_rules()))
    for rule in all_rules().values():
        severity = rule.severity.value + (" (m)" if rule.mandatory else "")
        click.echo(f"{rule.name:{width}}  {severity:11}  {rule.title}")
    return 0
