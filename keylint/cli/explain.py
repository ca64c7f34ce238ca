"""`keylint explain`."""

import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import click

from keylint import __version__
from keylint.cli.reading import columns, inventory, known_exchange, reading
from keylint.cli.run import chosen_policy
from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.explain.causes import weigh
from keylint.explain.errors import KnownError
from keylint.explain.pages import Page, RulePage, error_page
from keylint.explain.text import render
from keylint.explain.topics import Library, look_up
from keylint.explain.weighing import Case
from keylint.judge import Judge
from keylint.load.facts import facts_of, vocabulary
from keylint.load.policy import active_rules
from keylint.model.declaration import KeyDecl
from keylint.model.errors import UsageError
from keylint.model.exposure import conceal
from keylint.model.facts import Facts
from keylint.model.policy import Policy
from keylint.model.wording import nearest
from keylint.reports.escape import visible
from keylint.rules import all_rules, lint_rules
from keylint.rules.docstring import page
from keylint.settings import load_settings

_READ = 20_000
# The first character tells click to leave the lines as they are.
_EXAMPLES = """\b
Examples:
  keylint explain no-withdraw
  keylint explain withdraw
  keylint explain spot-trading --exchange binance
  keylint explain binance -2015
  keylint explain kraken "EAPI:Invalid nonce"
  keylint explain '{"code":-1021,"msg":"Timestamp for this request…"}'
  keylint explain bybit 10010 --key mm-bot
"""


@click.command(context_settings={"ignore_unknown_options": True}, epilog=_EXAMPLES)
@click.argument("topic", nargs=-1, required=True)
@click.option("--exchange", metavar="NAME", help="What the topic means at this exchange.")
@click.option("--key", metavar="NAME", help="Weigh the causes of an error against this key's declaration.")
@click.option("--path", "paths", metavar="PATH", multiple=True, help="Where the key is declared.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="The form of the page.")
@reading
@click.pass_context
def command(context: click.Context, /, topic: tuple[str, ...], form: str, **options: Any) -> int:
    """Explain a rule, a capability, a purpose, or a right or an error of an exchange.

    An error may be a code, a message or a pasted answer; - reads it from standard input. With --key its causes are
    weighed against what is declared of that key: what makes one likelier or rules it out is said. Without --path the
    declarations are found as `keylint check` finds them.
    """
    text = _text(topic, context)
    if not text:
        raise UsageError("nothing to explain: name a rule, a capability, a purpose, or an exchange and its error")
    if text in all_rules():
        pages: Sequence[Page] = [_rule(text)]
        code = 0
    else:
        pages, code = _pages(text, options)
    if form == "json":
        from keylint.reports.json_text import write  # noqa: PLC0415 - only where it is asked for

        head = {"version": 1, "tool": f"keylint {__version__}", "command": "explain"}
        click.echo(write({**head, "pages": [asdict(item) for item in pages]}, levels=3), nl=False)
    else:
        click.echo("\n\n".join("\n".join(render(item, columns())) for item in pages))
    return code


def _text(topic: tuple[str, ...], context: click.Context) -> str:
    """Return the topic as one text. Unknown options are refused here: -2015 and -1021 are none."""
    for word in topic:
        if re.match(r"--?[A-Za-z]", word):
            known = [name for param in context.command.params for name in param.opts if name.startswith("-")]
            raise click.UsageError(f"no option {word!r}; {nearest(word, known) or 'see --help'}", context)
    if topic == ("-",):
        return sys.stdin.read(_READ).strip()
    return " ".join(topic).strip()


def _rule(name: str) -> RulePage:
    rule = all_rules()[name]
    values = {option: getattr(rule.options, option) for option in rule.options.names()}
    return RulePage(name, rule.severity.value, rule.mandatory, rule.title, values, page(rule))


def _pages(text: str, options: dict[str, Any]) -> tuple[Sequence[Page], int]:
    """Look a topic up; return its pages and the exit code of reading the declarations."""

    @cache
    def policy() -> Policy:
        return chosen_policy(options["policies"], load_settings(Path()))

    now = options["now"] or datetime.now(UTC)
    library = Library(
        {name: facts for name in EXCHANGE_NAMES if (facts := facts_of(name))},
        list(all_rules()),
        lambda: policy().purposes,
        lambda: Judge(active_rules(policy(), lint_rules()), now, vocabulary(), policy().purposes),
    )
    if options["exchange"]:
        known_exchange("--exchange", options["exchange"])
    if options["key"] is None:
        found = look_up(text, options["exchange"], library)
        return [error_page(item) if isinstance(item, KnownError) else item for item in found], 0
    read = inventory(options["paths"], options)
    keys = [item.key for item in read.keys]
    key, facts = _key(options["key"], keys)
    found = look_up(text, options["exchange"] or facts.exchange, library)
    if options["exchange"] not in (None, facts.exchange):
        raise UsageError(f"key {visible(key.name)!r} is declared at {facts.exchange}, not at {options['exchange']}")
    others = [other for other in keys if other is not key]
    pages: list[Page] = []
    for item in found:
        if isinstance(item, KnownError):
            case = Case(key, others, facts, vocabulary(), read.now, item.said)
            pages.append(error_page(item, weigh(item, case), conceal(key.name)))
        else:
            pages.append(item)
    return pages, read.tell()


def _key(name: str, keys: Sequence[KeyDecl]) -> tuple[KeyDecl, Facts]:
    """Return a declared key and the facts of its exchange."""
    key = next((key for key in keys if key.name == name), None)
    if key is None:
        hint = nearest(name, [key.name for key in keys]) or "`keylint list` shows the declared ones"
        raise UsageError(f"no key {visible(name)!r}; {visible(conceal(hint))}")
    if key.facts is None:
        raise UsageError(f"keylint does not know the exchange of key {visible(name)!r}: {visible(key.exchange)}")
    return key, key.facts
