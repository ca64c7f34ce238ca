"""`keylint snapshot`."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from keylint import __version__
from keylint.cli.asking import asking, asks, chosen, clock, show_calls, way_of
from keylint.cli.exits import FINE, UNCHECKED
from keylint.cli.fork import refuse_fork
from keylint.cli.reading import finding, inventory
from keylint.cli.write import refuse_foreign, write_whole
from keylint.diff.asking import ask
from keylint.diff.listing import Listed, Listings
from keylint.diff.targets import Outcome, Target, targets
from keylint.lint import Declared
from keylint.model.live import LiveKey
from keylint.reports.escape import visible
from keylint.reports.json_text import write
from keylint.reports.summary import plural
from keylint.settings import load_settings
from keylint.snapshot.entry import instant, plain
from keylint.snapshot.files import VERSION

_MODE = 0o600


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-o", "target", metavar="FILE|-", help="Where to write the snapshot.")
@click.option("--force", is_flag=True, help="Overwrite a file that keylint did not write.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of what was seen.")
@asks
@finding
def command(paths: tuple[str, ...], target: str | None, **options: Any) -> int:
    """Write what each exchange says of its keys, for `keylint diff --snapshot` to judge elsewhere.

    Run it where the keys may be used. The file holds no secret and no whole key id. Exit code 3: something could not be
    seen.
    """
    if not options["show_calls"]:
        if target is None:
            raise click.UsageError("name the file to write with -o FILE, or -o - for standard output")
        if target != "-":
            refuse_foreign(Path(target), force=options["force"])
        refuse_fork(allowed=options["allow_untrusted"])
    settings = load_settings(Path())
    way = way_of(settings, paths, options)
    # The policy is the judge's business; a bot's machine need not have it.
    found = inventory(paths, {**options, "policies": ("baseline",), "now": None})
    code = found.tell()
    wanted = chosen(list(found.keys), options["keys"], options["exchanges"])
    if options["show_calls"]:
        show_calls(wanted, way)
        return code
    taking = Taking(Listings(wanted, wanted, way.limits, way.given))
    asked = targets(wanted, way.bases, way.limits, way.given, taking.tell)
    taking.sent(asked)
    with asking(way, len(asked), quiet=options["quiet"]) as how:
        asyncio.run(ask(asked, how, taking.tell, taking.tell_listed))
    assert target is not None
    document = taking.document()
    text = write(document, levels=2)
    if target == "-":
        sys.stdout.write(text)
    else:
        write_whole(Path(target), text, _MODE)
    if not options["quiet"]:
        for line in lines(document["keys"]):
            click.echo(visible(line), err=target == "-")
    return code or (UNCHECKED if is_incomplete(document["keys"]) else FINE)


class Taking:
    """A snapshot while the answers come."""

    def __init__(self, listings: Listings) -> None:
        """Take which keys list others."""
        self._listings = listings
        self._targets: dict[int, Target] = {}
        self._seen: dict[int, tuple[Declared, Outcome, datetime, Listed | None]] = {}

    def sent(self, asked: list[Target]) -> None:
        """Remember what must not come back in an answer."""
        self._targets = {id(target.declared): target for target in asked}

    def tell(self, declared: Declared, outcome: Outcome) -> None:
        """Take what came of one key; of one that only another key can show nothing is said here."""
        if isinstance(outcome, LiveKey) or not self._listings.awaits(declared.key):
            self._seen[id(declared)] = (declared, outcome, now(), None)

    def tell_listed(self, declared: Declared, listed: Listed) -> None:
        """Take what a key lists of others, after its own state."""
        self._seen[id(declared)] = (*self._seen[id(declared)][:3], listed)

    def _entries(self) -> Iterator[dict[str, Any]]:
        for declared, outcome, at, listed in self._seen.values():
            target = self._targets.get(id(declared))
            values = target.credentials.values if target else {}
            sent = {field: secret.reveal() for field, secret in values.items()}
            yield plain(declared.key, outcome, at, sent, target.modes if target else {}, listed)

    def document(self) -> dict[str, Any]:
        """Return the snapshot as its schema has it."""
        return {
            "version": VERSION,
            "tool": f"keylint {__version__}",
            "command": "snapshot",
            "taken": instant(now()),
            "keys": sorted(self._entries(), key=lambda entry: (entry["name"], entry["exchange"], entry["environment"])),
        }


def is_incomplete(entries: list[dict[str, Any]]) -> bool:
    """Tell whether a key, or what it lists, could not be seen."""
    return any("unchecked" in (entry["status"], entry.get("listed", {}).get("status")) for entry in entries)


def lines(entries: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what to say of a snapshot: what could not be seen, and how many keys could."""
    for entry in entries:
        key = f"key '{entry['name']}' at {entry['exchange']}"
        for what, part in ((key, entry), (f"keys that {key} lists", entry.get("listed", {}))):
            if "message" in part:
                yield f"{part['status']}[{part['reason']}]: {what}: {part['message']}"
                if part["hint"]:
                    yield f"  = help: {part['hint']}"
    counts = Counter(entry["status"] for entry in entries)
    total = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    yield f"{plural(len(entries), 'key')}: {total or 'none'}"


def now() -> datetime:
    """Return this machine's time."""
    return datetime.fromtimestamp(clock() / 1000, UTC)
