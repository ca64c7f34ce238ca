"""`keylint schema`."""

import click

from keylint.resources import folder, schema_text


def names() -> list[str]:
    """Return the names of the schemas."""
    return sorted(path.name.removesuffix(".schema.json") for path in folder("schemas").glob("*.schema.json"))


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Print a JSON Schema, or without a name list the schemas."""
    if name is None:
        click.echo("\n".join(names()))
    elif name not in names():
        raise click.UsageError(f"no schema {name!r}; there are: {', '.join(names())}")
    else:
        click.echo(schema_text(name), nl=False)
    return 0
