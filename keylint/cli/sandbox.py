"""`keylint sandbox`."""

from pathlib import Path
from threading import Event

import click

from keylint.cli.write import refuse_foreign, write_whole
from keylint.sandbox.load import load
from keylint.sandbox.server import serve


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--env-file", type=click.Path(dir_okay=False, path_type=Path), help="Write the addresses here as well.")
@click.option("--force", is_flag=True, help="Overwrite a file that keylint did not write.")
def command(file: Path, env_file: Path | None, *, force: bool) -> int:
    """Serve simulated exchanges on this machine, from a YAML file of live keys, until Ctrl-C.

    Signatures, timestamps, nonces and addresses are checked as the exchanges document it. Point `keylint diff` at them
    with the KEYLINT_BASE_URL_… variables that are printed.
    """
    if env_file:
        refuse_foreign(env_file, force=force)
    with serve(load(file)) as sandbox:
        variables = {
            f"KEYLINT_BASE_URL_{name.upper().replace('-', '_')}": url for name, url in sandbox.base_urls.items()
        }
        lines = [f"export {variable}={url}\n" for variable, url in variables.items()]
        for line in lines:
            click.echo(line, nl=False)
        if env_file:
            write_whole(env_file, "".join(["# written by keylint sandbox\n", *lines]))
        click.echo("# serving; Ctrl-C ends it", err=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            click.echo("# ended", err=True)
    return 0
