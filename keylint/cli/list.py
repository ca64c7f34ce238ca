"""`keylint list`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import click

from keylint import __version__
from keylint.cli.reading import Inventory, columns, inventory, known_exchange, matching, reading
from keylint.inventory.ends import KeyEnd, ahead, by_day, ends_of
from keylint.lint import Declared
from keylint.load.facts import vocabulary
from keylint.model.declaration import KeyDecl
from keylint.model.exposure import conceal
from keylint.model.facts import Vocabulary
from keylint.model.reach import addresses, brought, reach
from keylint.reports.summary import instant, plural
from keylint.reports.table import paragraph, table

STATUSES = ("planned", "active", "retiring", "revoked")
_MANY = 1 << 32
_DAYS = {"": 1, "d": 1, "w": 7}
# option -> the values of a key that its patterns are compared with. Holders and owners are people's words: case is not.
_FILTERS: Mapping[str, Callable[[KeyDecl], Iterable[str]]] = {
    "key": lambda key: (key.name,),
    "exchange": lambda key: (key.exchange,),
    "status": lambda key: (key.status,),
    "holder": lambda key: key.holders,
    "owner": lambda key: (key.owner,) if key.owner else (),
    "purpose": lambda key: (key.purpose,) if key.purpose else (),
}
_EXACT = ("key", "exchange", "status")
_HEAD = ("KEY", "EXCHANGE", "STATUS", "OWNER", "HOLDER", "PURPOSE", "MAY", "FROM", "AGE", "ENDS", "BY")
_SPARE = ("AGE", "OWNER", "PURPOSE", "BY")


class Span(click.ParamType[int]):
    """A number of days: 30, 30d or 4w."""

    name = "days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the days."""
        found = re.fullmatch(r"([0-9]{1,6})([dw]?)", str(value))
        if not found:
            self.fail(f"{value!r} is no number of days: write 30d or 4w", param, ctx)
        return int(found[1]) * _DAYS[found[2]]


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--key", "keys", metavar="NAME", multiple=True, help="Only keys of this name; * and ? are wildcards.")
@click.option("--exchange", "exchanges", metavar="NAME", multiple=True, help="Only keys of this exchange.")
@click.option("--holder", "holders", metavar="NAME", multiple=True, help="Only keys that this program or vendor has.")
@click.option("--owner", "owners", metavar="NAME", multiple=True, help="Only keys that this team answers for.")
@click.option("--purpose", "purposes", metavar="NAME", multiple=True, help="Only keys with this purpose.")
@click.option("--status", "statuses", type=click.Choice(STATUSES), multiple=True, help="Only keys in this state.")
@click.option("--expiring", type=Span(), metavar="30d", help="Only keys that anything ends within so many days.")
@click.option("--reach", "with_reach", is_flag=True, help="Say what a thief could do with each key today.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="The form of the list.")
@reading
def command(paths: tuple[str, ...], **options: Any) -> int:
    """List the declared keys: who has them, what they can do in truth, and what ends next.

    MAY names the classes of what the key can do once its exchange has ticked what the declaration needs: a coarse right
    brings more than was asked for. ENDS is the first of: the declared end, the ages that the policy allows, the end
    that the exchange sets (`keylint calendar` shows all). Filters add up; a repeated one means any of its values.
    """
    found = inventory(paths, options)
    declared = {item.key.exchange for item in found.keys}
    for name in options["exchanges"]:
        known_exchange("--exchange", name, declared)
    chosen = _chosen(found, options)
    rules = {item.rule.name: item for item in found.rules}
    rows = [(item, by_day(ends_of(item.key, rules))) for item in chosen]
    if options["expiring"] is not None:
        last = ahead(found.now, options["expiring"])
        rows = [(item, ends) for item, ends in rows if any(end.day and end.day <= last for end in ends)]
    if options["form"] == "json":
        from keylint.reports.json_text import write  # noqa: PLC0415 - only where it is asked for

        head = {"version": 1, "tool": f"keylint {__version__}", "command": "list", "now": instant(found.now)}
        click.echo(
            write({**head, "keys": [_concealed(_json(item, ends, found)) for item, ends in rows]}, levels=2), nl=False
        )
    else:
        for line in _lines(rows, found, with_reach=options["with_reach"]):
            click.echo(line)
    return found.tell()


def _chosen(found: Inventory, options: Mapping[str, Any]) -> list[Declared]:
    """Return the keys that fit every filter."""
    plural_of = {"key": "keys", "status": "statuses"}
    chosen = list(found.keys)
    for name, values in _FILTERS.items():
        patterns = options[plural_of.get(name, f"{name}s")]
        if patterns and name in ("exchange", "status"):  # known words: none of them is a mistake
            chosen = [item for item in chosen if set(values(item.key)) & set(patterns)]
        elif patterns:
            every = [value for item in found.keys for value in values(item.key)]
            fitting = matching(name, patterns, every, exact=name in _EXACT)
            chosen = [item for item in chosen if fitting & set(values(item.key))]
    return chosen


def _json(item: Declared, ends: list[KeyEnd], found: Inventory) -> dict[str, object]:
    key, words = item.key, vocabulary()
    brings = brought(key, words)
    dated = next((end for end in ends if end.day), None)
    return {
        "name": key.name,
        "exchange": key.exchange,
        "account": key.account,
        "account_type": key.account_type,
        "environment": key.environment,
        "site": key.site,
        "status": key.status,
        "owner": key.owner,
        "holders": list(key.holders),
        "purpose": key.purpose,
        "permissions": list(key.permissions),
        "rights": list(brings.rights),
        "capabilities": sorted(brings.can),
        "implied": sorted(brings.can - key.capabilities),
        "classes": _classes(brings.can, words),
        "ip_allowlist": list(key.ip_allowlist),
        "created": instant(key.created) if key.created else None,
        "reviewed": instant(key.reviewed) if key.reviewed else None,
        "expires": instant(key.expires) if key.expires else None,
        "next_end": {"day": dated.day.isoformat(), "kind": dated.kind} if dated and dated.day else None,
        "reach": reach(key, words, found.now),
        "file": item.source.name,
        "line": item.span(key.path, on_name=True).line,
    }


def _concealed(value: Any) -> Any:
    """Conceal whatever looks like a secret: a declaration may hold one in any field."""
    if isinstance(value, dict):
        return {name: _concealed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_concealed(part) for part in value]
    return conceal(value) if isinstance(value, str) else value


def _classes(can: frozenset[str], words: Vocabulary) -> list[str]:
    """Return the classes of what a key can do, the worst last; reading goes without saying where there is more."""
    classes = [kind for kind in dict.fromkeys(words.classes.values()) if words.of_class(kind, can)]
    return classes if set(classes) <= {"read", "other"} else [kind for kind in classes if kind not in ("read", "other")]


def _lines(rows: list[tuple[Declared, list[KeyEnd]]], found: Inventory, *, with_reach: bool) -> Iterator[str]:
    total = len(found.keys)
    if not rows:
        yield f"no key matches; {plural(total, 'key')} declared"
        return
    room, words = columns(), vocabulary()
    lines = table(_HEAD, [[*map(conceal, _row(item.key, ends, found))] for item, ends in rows], room, _SPARE)
    yield lines[0]
    for (item, _), line in zip(rows, lines[1:], strict=True):
        yield line
        if with_reach:
            yield from paragraph(conceal(reach(item.key, words, found.now)), room, "    ")
    yield ""
    yield plural(total, "key") if len(rows) == total else f"{len(rows)} of {plural(total, 'key')}"


def _row(key: KeyDecl, ends: list[KeyEnd], found: Inventory) -> tuple[str, ...]:
    dated = next((end for end in ends if end.day), None)
    return (
        key.name,
        key.exchange,
        "" if key.status == "active" else key.status,
        key.owner or "",
        ", ".join(key.holders),
        key.purpose or "",
        " ".join(_classes(brought(key, vocabulary()).can, vocabulary())),
        _from(key),
        f"{(found.now - key.created).days}d" if key.created and key.created <= found.now else "",
        str(dated.day) if dated else "",
        dated.kind if dated else "",
    )


def _from(key: KeyDecl) -> str:
    """Say from how many addresses a key can be used."""
    count = addresses(key)
    return "any" if count is None else f"{count} ip{'s' * (count != 1)}" if count < _MANY else "very many ips"
