"""What the listings of all exchanges share: pages, a limit on their calls, and the fields that are kept."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keylint.exchanges.exchange import Step, Steps
from keylint.exchanges.fields import bad_answer, identity, mapping
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN

MOST_CALLS = 100
"""How many calls a listing takes at most: an account with more sub-accounts is refused, never shown in part."""

Rows = list[Mapping[str, Any]]
Page = tuple[Rows, str]
"""What one page holds, and the mark of the next one: "" where there is none."""


def too_many(most: int) -> Refusal:
    """Return the refusal for a listing that would take more calls than it may."""
    hint = "give the keys of its sub-accounts credentials of their own, and leave `lists` out"
    return Refusal(Reason.UNSUPPORTED, f"to list its keys takes more than {most} calls", hint)


def bounded(steps: Steps, most: int = MOST_CALLS) -> Steps:
    """Pass a listing's calls on, and refuse the first one beyond `most`."""
    told: Any = None
    calls = 0
    while True:
        try:
            step = steps.send(told)
        except StopIteration as end:
            return end.value
        if calls == most:
            raise too_many(most)
        told, calls = (yield step), calls + 1


def few(rows: Rows) -> Rows:
    """Return the rows of a page of at most `MOST_CALLS`; refuse a full one, because a call follows for each row."""
    if len(rows) >= MOST_CALLS:
        raise too_many(MOST_CALLS)
    return rows


def pages(ask: Callable[[str], Step], read: Callable[[Any, str], Page], first: str = "") -> Steps:
    """Ask page by page until none follows; return all rows.

    `ask` gets the mark of a page, `read` what it gave, and the same mark.
    """
    found: Rows = []
    mark = first
    while True:
        rows, following = read((yield ask(mark)), mark)
        found = few([*found, *rows])
        if not following:
            return found
        mark = following


def rows_of(data: Any, what: str) -> Rows:
    """Return a list of objects of the answer."""
    if not isinstance(data, list):
        raise bad_answer(f"{what} is not a list")
    return [mapping(row, f"an entry of {what}") for row in data]


def own_rows(rows: Rows) -> Rows:
    """Return the keys of the asking key's own account, of which it is one."""
    if not rows:
        raise bad_answer("the asking key is not in the list of its own account")
    return rows


def named(row: Mapping[str, Any], name: str) -> str:
    """Return an id that must be there, because the next call asks about it."""
    value = identity(row, name)
    if value is UNKNOWN or not value:
        raise bad_answer(f"an entry of a list has no {name}")
    return value


def kept(row: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, Any]:
    """Return the named fields of a row: what else stands there, such as a secret, is dropped."""
    return {name: row[name] for name in names if name in row}
