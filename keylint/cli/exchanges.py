"""`keylint exchanges`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click

from keylint.cli.reading import columns, known_exchange
from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.exchanges import EXCHANGES
from keylint.load.facts import facts_of
from keylint.model.boxes import detail, listed
from keylint.model.facts import Facts
from keylint.reports.summary import plural
from keylint.reports.table import paragraph, table

# How a key's own state can be seen, for people.
_INSPECTION = {
    "self": "a key shows itself",
    "public": "anybody may look",
    "listing": "only another key shows it",
    "none": "nothing shows a key",
}
_WHEN = {"no-allowlist": "without an allowlist", "unless-chosen": "unless another end was chosen", "always": "always"}
_SHOWN = {
    "rights": "rights",
    "label": "label",
    "key_id": "key id",
    "account": "account",
    "created": "when it was made",
    "expires": "when it ends",
    "last_used": "when it was used last",
}


@click.command()
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="The form of the list.")
def command(name: str | None, form: str) -> int:
    """List the exchanges that keylint knows, or show with its sources what it knows of one.

    CHECK: the exchange's own rights can be judged offline. DIFF: keylint can ask the exchange for a key's state.
    """
    if name is not None:
        known_exchange("", name)
        facts = _facts(name)
        if form == "json":
            _print_json({**facts.raw, "diff": name in EXCHANGES})
        else:
            click.echo("\n".join(_page(facts, columns())))
        return 0
    every = [_facts(known) for known in EXCHANGE_NAMES]
    if form == "json":
        _print_json([_summary(facts) for facts in every])
        return 0
    rows = [
        (
            facts.exchange,
            facts.title,
            "rights" if facts.rights else "no rights",
            "yes" if facts.exchange in EXCHANGES else "",
            facts.inspection,
            " ".join(place for place in (*facts.environments, *facts.sites) if place != "production"),
        )
        for facts in every
    ]
    head = ("NAME", "TITLE", "CHECK", "DIFF", "INSPECTION", "BESIDE PRODUCTION")
    click.echo("\n".join(table(head, rows, columns(), ("TITLE",))))
    return 0


def _facts(name: str) -> Facts:
    facts = facts_of(name)
    assert facts is not None
    return facts


def _print_json(value: object) -> None:
    import json  # noqa: PLC0415 - only where it is asked for

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _summary(facts: Facts) -> dict[str, object]:
    return {
        "name": facts.exchange,
        "title": facts.title,
        "checked": facts.raw["checked"],
        "rights": list(facts.rights),
        "diff": facts.exchange in EXCHANGES,
        "inspection": facts.inspection,
        "environments": list(facts.environments),
        "sites": list(facts.sites),
    }


def _map(entry: Any, field: str) -> Mapping[str, Any]:
    """Return a mapping of an entry of the facts, empty where it has none."""
    value = entry.get(field)
    return value if isinstance(value, Mapping) else {}


def _list(entry: Any, field: str) -> Sequence[Mapping[str, Any]]:
    value = entry.get(field)
    return value if isinstance(value, list) else []


def _told(fact: Any) -> str:
    """Return a fact that is written with its source, or bare, as a text."""
    return str(fact["value"] if isinstance(fact, Mapping) else fact)


def _page(facts: Facts, room: int | None) -> Iterator[str]:
    """Yield all that is known of one exchange."""
    raw = facts.raw
    yield f"{facts.title} ({facts.exchange}), as of {raw['checked']}"
    yield ""
    diff = "yes" if facts.exchange in EXCHANGES else "not yet" if facts.inspection in ("self", "public") else "no"
    yield f"looking at a key   {_INSPECTION[facts.inspection]}; `keylint diff` asks for it: {diff}"
    if facts.nonce_shared or _map(raw, "nonce").get("note"):
        said = "yes: one program a key" if facts.nonce_shared else "no"
        yield from paragraph(_noted(said, _map(raw, "nonce")), room, "shared nonce       ")
    if errors := len(_map(raw, "errors")):
        yield f"errors             {plural(errors, 'error')} known: `keylint explain {facts.exchange}`"
    for title, part in (
        ("rights", _rights(facts, room)),
        ("allowlist", _addresses(facts, room)),
        ("ends that the exchange sets", _lifetime(facts, room)),
        ("credentials", _credentials(facts, room)),
        ("environments and sites", _places(facts, room)),
        ("calls of keylint, all of which read", _calls(facts, room)),
        ("what another key may list", _listing(facts, room)),
        ("what it does not show", _silence(facts, room)),
        ("notes", _notes(facts, room)),
        ("sources", _sources(facts, room)),
    ):
        lines = list(part)
        if lines:
            yield ""
            yield f"{title}:"
            yield from lines


def _noted(text: str, entry: Mapping[str, Any]) -> str:
    return f"{text}; {entry['note']}" if entry.get("note") else text


def _rights(facts: Facts, room: int | None) -> Iterator[str]:
    size = min(max(map(len, facts.rights), default=0), 34)
    if facts.always:
        yield from paragraph(f"every valid key: {', '.join(sorted(facts.always))}", room, "  ")
    for name, right in facts.rights.items():
        entry = detail(facts, name)
        order = listed(entry, "gives")
        parts = [", ".join(order)]
        parts += [f"perhaps {', '.join(listed(entry, 'may_give'))}"] if entry.get("may_give") else []
        parts += [f"only on a main account: {', '.join(listed(entry, 'main_only'))}"] if entry.get("main_only") else []
        parts += ["only with an allowlist"] if right.needs_allowlist else []
        if right.never_shown:
            parts += ["no answer names it"]
        elif right.silent:
            parts += ["an answer may be silent about it"]
        parts += ["an older word"] if entry.get("alternate") else []
        parts += [f"also called {', '.join(listed(entry, 'also'))}"] if entry.get("also") else []
        yield from paragraph(_noted("; ".join(parts), entry), room, f"  {name:{size}}  ", " " * (size + 4))


def _addresses(facts: Facts, room: int | None) -> Iterator[str]:
    entry = _map(facts.raw, "addresses")
    words = {"list": "the whole list", "flag": "whether there is one", "none": "nothing"}
    parts = [f"possible: {_told(entry['supported'])}"]
    if _told(entry["supported"]) != "no":
        asked = {"demanded": "required", "networks": "cidr", "IPv6": "ipv6", "entries at most": "maximum"}
        parts += [f"{label}: {_told(entry[field])}" for label, field in asked.items()]
        parts += [f"an answer shows {words[facts.addresses.shown]}"]
    yield from paragraph(_noted("; ".join(parts), entry), room, "  ")


def _lifetime(facts: Facts, room: int | None) -> Iterator[str]:
    for rule in _list(facts.raw, "lifetime"):
        warns = f"; warned of by: {rule['warns']}" if rule.get("warns") else ""
        yield from paragraph(f"{rule['says']}{warns}", room, "  - ")


def _credentials(facts: Facts, room: int | None) -> Iterator[str]:
    for name, fields in facts.credentials.items():
        weak = "; a shared secret: an asymmetric key is better" if facts.algorithms.get(name) else ""
        yield from paragraph(f"{', '.join(fields)}{weak}", room, f"  {name:8} ")


def _places(facts: Facts, room: int | None) -> Iterator[str]:
    words = {"none": "keys cannot be looked at there", "unknown": "not known whether keys can be looked at there"}
    for kind in ("environments", "sites"):
        for name, place in _map(facts.raw, kind).items():
            headers = ", ".join(f"{header}: {value}" for header, value in _map(place, "headers").items())
            parts = [str(place["url"]), headers, words.get(str(place.get("inspection")), "")]
            yield from paragraph("; ".join(filter(None, parts)), room, f"  {name:12} ", " " * 15)


def _calls(facts: Facts, room: int | None) -> Iterator[str]:
    for call in facts.calls:
        yield from paragraph(f"{call.method} {call.path}", room, f"  {call.use:16} ")


def _listing(facts: Facts, room: int | None) -> Iterator[str]:
    for entry in _list(facts.raw, "listing"):
        parts = [f"keys of {'its account' if entry['of'] == 'account' else 'sub-accounts'}, for {entry['needs']}"]
        parts += [f"key ids {entry['key_id']}", f"rights {entry['rights']}", f"addresses {entry['addresses']}"]
        parts += [f"silent about {', '.join(listed(entry, 'silent'))}"] if entry.get("silent") else []
        yield from paragraph(_noted("; ".join(parts), entry), room, "  - ")


def _silence(facts: Facts, room: int | None) -> Iterator[str]:
    shows = _map(facts.raw, "shows")
    for value, words in (("no", "never"), ("partly", "only partly"), ("unknown", "not known whether")):
        fields = [label for field, label in _SHOWN.items() if shows.get(field) == value]
        if fields:
            yield from paragraph(", ".join(fields), room, f"  {words}: ")
    silent = [name for name in facts.rights if detail(facts, name).get("silent")]
    if silent:
        yield from paragraph(", ".join(silent), room, "  rights that may be missing although they are on: ", "    ")


def _notes(facts: Facts, room: int | None) -> Iterator[str]:
    for note in _list(facts.raw, "notes"):
        yield from paragraph(str(note["says"]), room, "  - ")


def _sources(facts: Facts, room: int | None) -> Iterable[str]:
    for name, text in _map(facts.raw, "sources").items():
        lines = paragraph(str(text), room, f"  {name}: ", "    ")
        if room and max(map(len, lines)) > room:  # a long address gets a line of its own
            lines = [f"  {name}:", *paragraph(str(text), room, "    ")]
        yield from lines
