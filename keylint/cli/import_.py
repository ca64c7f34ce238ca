"""`keylint import`."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from keylint.cli.asking import asking, asks_as, show_calls, way_of
from keylint.cli.exits import FINE, UNCHECKED
from keylint.cli.fork import refuse_fork
from keylint.cli.options import Moment
from keylint.cli.reading import known_exchange
from keylint.cli.write import create_whole
from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.diff.asking import ask
from keylint.diff.listing import Listed, fits, masked
from keylint.diff.targets import Outcome, Target, targets
from keylint.exchanges.refusal import scrub
from keylint.judge import Judge
from keylint.lint import Declared, Linted, lint
from keylint.load.facts import facts_of, vocabulary
from keylint.load.policy import active_rules, load_policy
from keylint.model.errors import Refusal, UsageError
from keylint.model.exposure import conceal
from keylint.model.facts import Facts
from keylint.model.key_id import is_masked, shortened
from keylint.model.live import LiveKey, State, Unknown
from keylint.model.source import Source
from keylint.reports.escape import visible
from keylint.rules import lint_rules
from keylint.settings import load_settings
from keylint.snapshot.draft import Draft, declaration
from keylint.snapshot.entry import lists_whole_ids

FIELDS = ("api_key", "api_secret", "passphrase", "private_key", "private_key_passphrase", "otp", "address")
_FORM = ("yaml", "schema", "credential-not-a-reference", "site-mismatch")
"""The rules that say of the options that they mean no key."""
NAMED = ("account", "account_type", "environment", "site", "algorithm")


def references(command: Any) -> Any:
    """Give a command an option for each credential, and one for each field that only the operator knows."""
    for field in reversed(NAMED):
        command = click.option(f"--{field.replace('_', '-')}", metavar="NAME", help=f"The key's `{field}`.")(command)
    for field in reversed(FIELDS):
        option, what = f"--{field.replace('_', '-')}", f"Where the key's `{field}` is; never the value."
        command = click.option(option, metavar="env:NAME|file:PATH", help=what)(command)
    return command


@click.command(name="import")
@click.argument("exchange", shell_complete=lambda _ctx, _param, text: [x for x in EXCHANGE_NAMES if x.startswith(text)])
@click.option("-o", "target", metavar="FILE|-", default="-", help="Where to write the declaration.  [default: -]")
@click.option("--name", metavar="NAME", help="What to call the key.  [default: by its label]")
@click.option("--list", "lists", is_flag=True, help="Also the keys that it may list.")
@click.option("--now", type=Moment(), help="The day to write down.")
@references
@asks_as
def command(exchange: str, target: str, name: str | None, *, lists: bool, now: datetime | None, **options: Any) -> int:
    """Write a first declaration from what an exchange says of a key, and with --list of those that it may list.

    Nothing secret is written, no whole key id, and no file is ever overwritten. Exit code 3: something could not be
    read.
    """
    known_exchange("", exchange)
    facts = facts_of(exchange)
    assert facts
    if target != "-":
        refuse_taken(Path(target))
    if not options["show_calls"]:
        refuse_fork(allowed=options["allow_untrusted"])
    way = way_of(load_settings(Path()), (), options)
    refer = {field: options[field] for field in FIELDS if options[field]}
    given = {field: options[field] for field in NAMED if options[field]}
    called = [*way.given] if way.given else [name or "imported"]
    wanted = wishes(exchange, called, given, refer, lists=lists)
    if options["show_calls"]:
        show_calls(wanted, way)
        return FINE
    if bool(refer) == bool(way.given):
        what = (
            "either --credentials or references" if refer else "--credentials FILE, or --api-key env:NAME and its like"
        )
        raise UsageError(f"say where the key is: {what}")
    if name and way.given:
        raise UsageError("--name is for references; keys of --credentials are called as they are there")
    seen = Importing()
    asked = targets(wanted, way.bases, way.limits, way.given, seen.tell)
    with asking(way, len(asked)) as how:
        asyncio.run(ask(asked, how, seen.tell, seen.tell_listed))
    drafts = list(seen.drafts(asked, given, refer, is_named=bool(name or way.given)))
    missed = sorted(seen.missed)
    for line in missed:
        click.echo(visible(line), err=True)
    if drafts:
        text = declaration(drafts, facts, (now or datetime.now(UTC)).date(), missed)
        if target == "-":
            sys.stdout.write(text)
        else:
            create_whole(Path(target), text)
            click.echo(visible(f"written: {target}"))
    elif target != "-":
        click.echo(visible(f"nothing could be read, and {target} was not written"), err=True)
    return UNCHECKED if missed else FINE


def refuse_taken(path: Path) -> None:
    """Raise UsageError where a file cannot be made, before anybody is asked."""
    if os.path.lexists(path):
        raise UsageError(f"{path}: exists already; nothing was written")
    if not os.path.isdir(path.parent):  # noqa: PTH112 - does not raise where a folder above it is closed
        raise UsageError(f"{path}: there is no folder {path.parent}")


def wishes(
    exchange: str, called: list[str], given: Mapping[str, str], refer: Mapping[str, str], *, lists: bool
) -> list[Declared]:
    """Return the keys to ask for, declared as far as the options say; UsageError where they cannot be."""
    fields = {"exchange": exchange, "permissions": [], **given, **({"lists": True} if lists else {})}
    keys = {name: {**fields, **({"credentials": dict(refer)} if refer else {})} for name in called}
    text = json.dumps({"version": 1, "keys": keys})
    rules = [item for item in active_rules(load_policy(("baseline",)), lint_rules()) if item.rule.name in _FORM]
    judge, result = Judge(rules, datetime.now(UTC), vocabulary()), Linted()
    wanted = list(lint([Source("the options", text.encode())], judge, result))
    if result.findings:
        raise UsageError(
            "\n".join(f"{item.message}" + (f"; {item.hint}" if item.hint else "") for item in result.findings)
        )
    return wanted


class Importing:
    """What comes of the keys that are imported."""

    def __init__(self) -> None:
        """Begin without any."""
        self.missed: list[str] = []
        self._seen: dict[str, LiveKey] = {}
        self._listed: dict[str, tuple[LiveKey, ...]] = {}

    def tell(self, declared: Declared, outcome: Outcome) -> None:
        """Take what came of one key."""
        key = declared.key
        if isinstance(outcome, LiveKey):
            self._seen[key.name] = outcome
        elif outcome is State.UNVERIFIABLE and key.raw.get("lists") and key.facts:
            self._seen[key.name] = LiveKey((), unreported=tuple(key.facts.rights))  # it shows others, and not itself
        elif isinstance(outcome, Refusal):
            self._miss(f"key '{key.name}' at {key.exchange}", outcome)
        else:
            hint = "--list shows those that it lists" if is_listing(key.facts) else "look it up in its web interface"
            self.missed.append(f"key '{conceal(key.name)}': {key.exchange} does not show it to itself; {hint}")

    def tell_listed(self, declared: Declared, listed: Listed) -> None:
        """Take what a key lists of others."""
        if isinstance(listed, Refusal):
            self._miss(f"the keys that key '{declared.key.name}' at {declared.key.exchange} lists", listed)
        else:
            self._listed[declared.key.name] = listed

    def _miss(self, what: str, why: Refusal) -> None:
        hint = f"; {why.hint}" if why.hint else ""
        self.missed.append(conceal(f"{what}: {why.reason.value}: {why.message}{hint}"))

    def drafts(
        self,
        asked: list[Target],
        given: Mapping[str, str],
        refer: Mapping[str, str],
        *,
        is_named: bool,
    ) -> Iterator[Draft]:
        """Yield the keys that were seen, each once."""
        sent = [secret.reveal() for target in asked for secret in target.credentials.values.values()]
        own = {target.declared.key.name: target.credentials.get("api_key") or "" for target in asked}
        for name, live in self._seen.items():
            key_id = shortened(own[name]) if own[name] else ""
            yield Draft(
                scrubbed(live, sent), name if is_named else "", key_id, given, refer, lists=name in self._listed
            )
        sub = {field: given[field] for field in ("environment", "site") if field in given}
        if asked and reaches_only_subs(asked[0].facts):
            sub["account_type"] = "sub"
        whole = bool(asked) and lists_whole_ids(asked[0].facts)
        done: set[object] = set()
        for listed in self._listed.values():
            for live in listed:
                shown = "" if isinstance(live.key_id, Unknown) else live.key_id
                is_own = any(shown and fits(own[name], shown, whole=True) for name in self._seen)
                if is_own or (shown and shown in done):
                    continue
                done.add(shown)
                yield Draft(scrubbed(live, sent), key_id=part_of(shown, whole=whole) if shown else "", given=sub)


def part_of(shown: str, *, whole: bool) -> str:
    """Return a listed id as a declaration may hold it. Some exchanges show the first characters and no stars."""
    return masked(shown) if whole or is_masked(shown) else f"{shown[:8]}…"


def scrubbed(live: LiveKey, sent: list[str]) -> LiveKey:
    """Return a state whose names hold nothing of what was sent."""
    label = live.label if isinstance(live.label, Unknown) else scrub(live.label, sent)
    account = live.account_id if isinstance(live.account_id, Unknown) else scrub(live.account_id, sent)
    return live._replace(label=label, account_id=account)


def is_listing(facts: Facts | None) -> bool:
    """Tell whether keys of this exchange are shown to another key only."""
    return facts is not None and facts.inspection == "listing"


def reaches_only_subs(facts: Facts) -> bool:
    """Tell whether a listing of this exchange shows keys of sub-accounts and no others."""
    listings = facts.raw.get("listing")
    return isinstance(listings, list) and {entry["of"] for entry in listings} == {"sub-accounts"}
