"""`keylint check`: its options; checking.py does the work."""

import gc
from typing import Any

import click

from keylint.cli.options import Command, reporting


@click.command(cls=Command)
@click.argument("paths", nargs=-1)
@click.option("--write-baseline", metavar="FILE", help="Accept what is found now: write its fingerprints.")
@reporting
def command(paths: tuple[str, ...], **options: Any) -> int:
    """Check declarations against the schema, the rules and the policy.

    A path is a file, a folder (every *.yaml and *.yml in it) or - for standard input. Without paths: what .keylint.yaml
    names, else keylint.yaml, else keys/. Nothing here touches the network.
    """
    gc.disable()  # values are dropped key by key and hold no cycles; the collector would only cost time
    from keylint.cli.checking import check  # noqa: PLC0415 - `--help` and completion do without

    return check(paths, options)
