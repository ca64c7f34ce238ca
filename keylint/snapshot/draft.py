"""Writes a first declaration from live states: what an exchange shows, and a word on what only the team knows."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from keylint.load.facts import facts_of, vocabulary
from keylint.model.address import network
from keylint.model.exposure import CONCEALED, conceal
from keylint.model.facts import Facts
from keylint.model.live import NOTHING, LiveKey, Unknown
from keylint.model.permission import compare, resolve
from keylint.reports.escape import visible

SCHEMA = ".keylint/declaration.schema.json"
_NAME = 60
_FINE = 2
"""How many capabilities a right may bring to be written as these."""
_LISTED = 12
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*([._-][A-Za-z0-9]+)*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*")
_TODO = (
    ("owner", "the team that answers for the key"),
    ("holder", "the one program or vendor that has the secret"),
    ("purpose", "what it is for: `keylint explain spot-trading` and its like say what each needs"),
)


class Draft(NamedTuple):
    """A key that was seen. `given`: declared fields that the operator named; `key_id` as it may be shown, or empty.

    `name`: the one that was asked for, else "". `credentials`: field -> reference.
    """

    live: LiveKey
    name: str = ""
    key_id: str = ""
    given: Mapping[str, str] = NOTHING
    credentials: Mapping[str, str] = NOTHING
    lists: bool = False


def declaration(drafts: Iterable[Draft], facts: Facts, day: date, missed: Iterable[str] = ()) -> str:
    """Return the text of a declaration; `missed` says what could not be read."""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        f"# written by keylint import on {day.isoformat()}: what {facts.title} shows; what only you know is TODO",
        *(f"# not read: {_comment(text)}" for text in missed),
        "version: 1",
        "",
        "keys:",
    ]
    ordered = sorted(drafts, key=_order)
    for name, draft in zip(names(ordered, facts.exchange), ordered, strict=True):
        met = facts_of(facts.exchange, draft.given.get("account_type")) or facts
        lines += [f"  {scalar(name)}:", *(f"    {line}" for line in _fields(draft, met)), ""]
    return "\n".join(lines[:-1]) + "\n"


def _order(draft: Draft) -> tuple[bool, str, list[str]]:
    """Return what sorts keys, whatever the order of the exchange; those that showed themselves first."""
    live = draft.live
    texts = (live.account_id, live.label, live.created, draft.key_id)
    return live.listed, draft.name, ["" if isinstance(text, Unknown) else str(text) for text in texts]


def names(drafts: Iterable[Draft], exchange: str) -> list[str]:
    """Return a name for each key, in their order: the given one, else one of its label, each once."""
    drafts = list(drafts)
    taken = {draft.name for draft in drafts if draft.name}
    found = []
    for draft in drafts:
        name = draft.name
        if not name:
            base = slug("" if isinstance(draft.live.label, Unknown) else draft.live.label) or exchange
            number, name = 1, base
            while name in taken:
                number += 1
                name = f"{base}-{number}"
            taken.add(name)
        found.append(name)
    return found


def slug(label: str) -> str:
    """Return a label as a key's name, "" where nothing of it can be one or it looks like a secret."""
    if CONCEALED in conceal(label):
        return ""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", plain)[:_NAME].strip("._-")


def scalar(text: str) -> str:
    """Return a text as YAML 1.2 and 1.1 both read it as a text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """Return a text in double quotes, with YAML's escapes for what a reader might not see or YAML not allow."""
    return "".join(char if char.isprintable() else _escape(char) for char in json.dumps(text, ensure_ascii=False))


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"


def _fields(draft: Draft, facts: Facts) -> Iterator[str]:
    live, notes = draft.live, [*_notes(draft, facts)]
    yield f"exchange: {facts.exchange}"
    given = dict(draft.given)
    if not isinstance(live.account_id, Unknown) and (number := _shown(live.account_id)):
        given["account_id"] = number
    if draft.key_id:
        given["key_id"] = draft.key_id
    if not isinstance(live.label, Unknown) and (label := _shown(live.label)):
        given["label"] = label
    for field, text in given.items():
        yield f"{field}: {quoted(text) if field == 'account_id' else scalar(text)}"
    for field, what in _TODO:
        yield f"# {field}:  # TODO: {what}"
    yield f"permissions: {_flow(permissions(live, facts))}"
    if not isinstance(live.ip_allowlist, Unknown) and live.ip_allowlist:
        yield f"ip_allowlist: {_flow(text for text in live.ip_allowlist if network(text))}"
    for field in ("created", "expires"):
        moment = getattr(live, field)
        if isinstance(moment, datetime):
            yield f"{field}: {moment.date().isoformat()}"
    if draft.lists:
        yield "lists: true"
    if draft.credentials:
        yield "credentials:"
        for field, reference in draft.credentials.items():
            yield f"  {field}: {quoted(reference)}"
    elif not live.listed:
        yield f"# credentials:  # TODO: references, such as {_references(draft, facts)}"
    yield from (f"# {note}" for note in notes)


def _references(draft: Draft, facts: Facts) -> str:
    """Return an example of what the exchange's keys are signed with: the first is its id, the others are secret."""
    first = next(iter(facts.credentials.values()), ("api_key", "api_secret"))
    id_field, *secrets = facts.credentials.get(draft.given.get("algorithm", ""), first)
    return f"{{{', '.join([f'{id_field}: env:NAME', *(f'{field}: file:/run/secrets/name' for field in secrets)])}}}"


def permissions(live: LiveKey, facts: Facts) -> tuple[str, ...]:
    """Return what to declare: capabilities where they say exactly what a right brings, else the right's own name."""
    written: dict[str, None] = {}
    order = list(vocabulary().classes)
    for name in live.rights:
        right = facts.rights[name]
        is_fine = 0 < len(right.gives) <= _FINE and not right.may_give and not right.main_only
        written |= dict.fromkeys(sorted(right.gives, key=order.index) if is_fine else [name])
    rights = compare(resolve(written, facts, vocabulary()), live.rights, live.unreported, facts)
    if rights.missing or rights.extra or rights.undecided or rights.implied:
        return live.rights
    return tuple(written)


def _notes(draft: Draft, facts: Facts) -> Iterator[str]:
    """Yield what to know of a key that its fields cannot say."""
    live, who = draft.live, facts.title
    if live.unmapped:
        yield f"TODO: it also has {_comment(', '.join(live.unmapped[:_LISTED]))}, which keylint does not know"
    if not (live.rights or live.unmapped or facts.shows_rights(listed=live.listed)):
        yield f"TODO: {who} does not show what it may do: write that into `permissions`"
    elif live.unreported:
        more = f" and {len(live.unreported) - _LISTED} more" if live.unreported[_LISTED:] else ""
        yield f"{who} does not show whether it has {_comment(', '.join(live.unreported[:_LISTED]))}{more}"
    if isinstance(live.ip_allowlist, Unknown):
        if facts.addresses.supported == "no":
            yield f"it works from any address: {who} has no address lists"
        elif live.ip_restricted is True:
            yield f"TODO: it is bound to addresses that {who} does not show: copy them into `ip_allowlist`"
        elif live.ip_restricted is not False:
            yield f"{who} does not show from which addresses it works"
    elif bad := [text for text in live.ip_allowlist if not network(text)]:
        yield f"TODO: what is no address was left out of `ip_allowlist`: {_comment(', '.join(bad[:_LISTED]))}"
    if live.ip_restricted is False:
        yield "it works from any address"
    if not isinstance(live.label, Unknown) and _shown(live.label) != live.label.strip():
        yield f"TODO: its label holds what cannot be written here: {_comment(live.label)}"
    hidden = [what for field, what in _FACTS.items() if isinstance(getattr(live, field), Unknown)]
    if hidden:
        yield f"{who} does not show {', '.join(hidden)}"
    if live.expires is None:
        yield f"{who} sets it no end"


_FACTS = {"created": "when it was made", "expires": "when it ends", "label": "its name", "account_id": "its account"}


def _shown(text: str) -> str:
    """Return a text of an exchange if a declaration may hold it: on one line, nothing invisible or secret; else ""."""
    kept = text.strip()
    return kept if visible(kept) == kept and CONCEALED not in conceal(f"label: {kept}") else ""


def _comment(text: str) -> str:
    return visible(conceal(text))


def _flow(texts: Iterable[str]) -> str:
    """Return a list in one line."""
    return f"[{', '.join(text if network(text) and ':' not in text else scalar(text) for text in texts)}]"
