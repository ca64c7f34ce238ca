"""`keylint explain`."""

import click

from keylint.model.wording import nearest
from keylint.rules import all_rules
from keylint.rules.docstring import page


@click.command()
@click.argument("topic")
def command(topic: str) -> int:
    """Explain a rule: what it demands, why, and how to mend what it finds."""
    if topic not in all_rules():
        raise click.UsageError(f"no rule {topic!r}; {nearest(topic, all_rules()) or '`keylint rules` lists them'}")
    click.echo(page(all_rules()[topic]), nl=False)
    return 0
