"""`keylint explain`."""

import click

from keylint.load.schema import nearest
from keylint.rules import RULES
from keylint.rules.docstring import page


@click.command()
@click.argument("topic")
def command(topic: str) -> int:
    """Explain a rule: what it demands, why, and how to mend what it finds."""
    if topic not in RULES:
        raise click.UsageError(f"no rule {topic!r}; {nearest(topic, RULES) or '`keylint rules` lists them'}")
    click.echo(page(RULES[topic]), nl=False)
    return 0
