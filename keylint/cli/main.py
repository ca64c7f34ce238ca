"""The entry point: finds the command, and turns whatever ends it into an exit code."""

import errno
import gc
import os
import sys
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from keylint import __version__
from keylint.cli.exits import USAGE

# name -> (module, what `keylint --help` says of it); written out, so that help and completion import no command.
COMMANDS = {
    "check": ("keylint.cli.check", "Check declarations against the schema, the rules and the policy."),
    "diff": ("keylint.cli.diff", "Compare each key with what its exchange says of it."),
    "snapshot": ("keylint.cli.snapshot", "Write what exchanges say of the keys, to be judged elsewhere."),
    "import": ("keylint.cli.import_", "Write a first declaration from what an exchange says of its keys."),
    "list": ("keylint.cli.list", "List the declared keys."),
    "calendar": ("keylint.cli.calendar", "Show what ends when."),
    "explain": ("keylint.cli.explain", "Explain a rule, a right, a purpose or an exchange's error."),
    "rules": ("keylint.cli.rules", "List the rules."),
    "exchanges": ("keylint.cli.exchanges", "List the exchanges, or show one."),
    "sandbox": ("keylint.cli.sandbox", "Serve simulated exchanges on this machine."),
    "waive": ("keylint.cli.waive", "Print the waiver that accepts a finding."),
    "policies": ("keylint.cli.policies", "List, compare and test policies."),
    "init": ("keylint.cli.init", "Write a first declaration, a policy and a hook."),
    "schema": ("keylint.cli.schema", "Print a JSON Schema."),
}


class Commands(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        gc.freeze()  # what is loaded stays: the collector, which `run` switched off, need not look at it
        gc.enable()
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one is nearest."""
        name = args[0] if args else ""
        if args and name not in COMMANDS and not name.startswith("-"):
            from keylint.model.wording import nearest  # noqa: PLC0415 - only a mistake pays for it

            raise click.UsageError(f"no command {name!r}; {nearest(name, COMMANDS) or '--help lists them'}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name without importing any."""
        found = [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items() if name.startswith(incomplete)]
        return found or click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="keylint", message="%(prog)s %(version)s")
def cli() -> None:
    """Policy as code for crypto-exchange API keys.

    `keylint check` judges declarations and never touches the network. `keylint diff` also asks each exchange what the
    key really is; it can change nothing there.
    """


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    sys.exit(_run())


def _run() -> int:
    try:
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return USAGE
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            return _failed(error)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo(f"error: the output could not be written: {error.strerror}", err=True)
        return USAGE
    except Exception as error:  # noqa: BLE001 - the last line: a message may hold a secret, so only places are shown
        return _failed(error)
    return code if isinstance(code, int) else 0


def _failed(error: Exception) -> int:
    from keylint.model.errors import KeylintError  # noqa: PLC0415 - `--version` does without

    if isinstance(error, KeylintError):
        from keylint.reports.escape import visible  # noqa: PLC0415 - as above

        for line in str(error).split("\n"):
            click.echo(f"error: {visible(line)}", err=True)
        return USAGE
    import traceback  # noqa: PLC0415 - as above

    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    click.echo(f"error: a defect in keylint {__version__}: {type(error).__name__} at {places[-1]}", err=True)
    click.echo("please report it with these places; the message is left out because it may hold a secret:", err=True)
    for place in places:
        click.echo(f"  {place}", err=True)
    return USAGE
