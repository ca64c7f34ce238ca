"""Writes a page for people at a terminal."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from keylint.explain.pages import (
    Boxes,
    CapabilityPage,
    ClassPage,
    ErrorPage,
    ErrorsPage,
    Page,
    PurposePage,
    RightPage,
    RulePage,
)
from keylint.reports.escape import visible
from keylint.reports.excerpt import width
from keylint.reports.table import paragraph, table

_NAME = 34
_VERDICT = 9


def render(page: Page, room: int | None) -> Iterator[str]:
    """Yield the lines of a page; `room`: the width of the terminal, None where nobody looks."""
    match page:
        case RulePage():
            yield page.page.rstrip("\n")
        case ErrorPage():
            yield from _error(page, room)
        case RightPage():
            yield from _right(page, room)
        case CapabilityPage():
            yield from _capability(page, room)
        case ClassPage():
            yield from paragraph(f"{page.group}: a class of capabilities", room)
            yield ""
            yield from _pairs(page.capabilities, room)
        case PurposePage():
            yield from _purpose(page, room)
        case ErrorsPage():
            yield from _errors(page, room)
        case _:
            assert_never(page)


def _pairs(rows: Iterable[tuple[str, str]], room: int | None) -> Iterator[str]:
    """Yield names with their sentences beside them; a very long name stands alone."""
    rows = [(visible(name), text) for name, text in rows]
    size = max((wide for name, _ in rows if (wide := width(name)) <= _NAME), default=_NAME)
    margin = " " * (size + 4)
    for name, text in rows:
        is_long = width(name) > size
        if is_long:
            yield f"  {name}"
        yield from paragraph(text, room, margin if is_long else f"  {name}{' ' * (size - width(name))}  ", margin)


def _list(title: str, sentences: Iterable[str], room: int | None) -> Iterator[str]:
    """Yield a titled list, nothing where it is empty."""
    lines = [line for text in sentences for line in paragraph(text, room, "  - ")]
    if lines:
        yield from ("", f"{title}:", *lines)


def _error(page: ErrorPage, room: int | None) -> Iterator[str]:
    yield from paragraph(f"{page.exchange} {page.code}: {page.meaning}", room)
    yield from paragraph(f"keylint calls it {page.reason}", room, "  ")
    yield ""
    if page.key is None:
        yield "likeliest first:"
        for rank, cause in enumerate(page.causes, 1):
            yield from paragraph(cause.text, room, f"  {rank}. ")
    else:
        yield from paragraph(f"weighed against what is declared of key {page.key!r}, as far as that is true:", room)
        for rank, cause in enumerate(page.causes, 1):
            yield from paragraph(cause.text, room, f"  {rank}. {cause.verdict or '':{_VERDICT}}  ")
            if cause.why:
                yield from paragraph(cause.why, room, " " * (_VERDICT + 7) + "= ")
            if cause.source:
                yield from paragraph(f"source: {cause.source}", room, " " * (_VERDICT + 7))
    yield from _list("look at", page.checks, room)
    yield ""
    yield from paragraph(f"{page.source}; as of {page.checked}", room, "source: ", "  ")


def _brings(page: RightPage) -> str:
    """Say in one sentence what a right brings."""
    parts = [", ".join(page.gives)]
    parts += [f"perhaps {', '.join(page.perhaps)}"] if page.perhaps else []
    parts += [f"on a main account only: {', '.join(page.main_only)}"] if page.main_only else []
    parts += ["only with an allowlist"] if page.needs_allowlist else []
    return "; ".join([*parts, page.note] if page.note else parts)


def _right(page: RightPage, room: int | None) -> Iterator[str]:
    yield from paragraph(f"{page.right}: a right of {page.exchange}", room)
    yield ""
    rows = [("gives", ", ".join(page.gives)), ("perhaps", ", ".join(page.perhaps))]
    rows += [("on a main account only", ", ".join(page.main_only))]
    rows += [("needs", "an allowlist" if page.needs_allowlist else ""), ("also called", ", ".join(page.also_called))]
    rows += [("note", page.note or ""), ("source", page.source)]
    yield from _pairs([row for row in rows if row[1]], room)


def _capability(page: CapabilityPage, room: int | None) -> Iterator[str]:
    yield from paragraph(f"{page.capability}: {page.meaning}", room)
    yield from paragraph(f"a capability of the class {page.group}", room, "  ")
    if page.rights:
        yield ""
        yield "rights that give it, with all that they bring:"
        yield from _pairs(((f"{item.exchange} {item.right}", _brings(item)) for item in page.rights), room)
    if page.perhaps:
        yield ""
        yield "rights that perhaps give it; no source settles it:"
        yield from _pairs(
            ((f"{item.exchange} {item.right}", item.note or ", ".join(item.gives)) for item in page.perhaps), room
        )
    if page.always:
        yield ""
        yield from paragraph(", ".join(page.always), room, "every valid key has it at: ", "  ")
    if not (page.rights or page.perhaps or page.always):
        yield ""
        yield "no right that keylint knows gives it"
    if page.rules:
        yield ""
        yield "rules that speak of a key with it:"
        yield from _pairs(page.rules, room)


def _purpose(page: PurposePage, room: int | None) -> Iterator[str]:
    yield from paragraph(f"{page.purpose}: {page.description}" if page.description else page.purpose, room)
    yield ""
    rows = [("needs", ", ".join(page.need)), ("allows", ", ".join(page.allow)), ("demands", ", ".join(page.require))]
    yield from _pairs([row for row in rows if row[1]], room)
    if page.boxes is not None:
        yield from _boxes(page.boxes, room)


def _boxes(page: Boxes, room: int | None) -> Iterator[str]:
    yield ""
    if page.missing:
        yield from paragraph(f"no right that keylint knows of {page.title} gives {', '.join(page.missing)}", room)
    if page.tick:
        yield f"tick at {page.title}:"
        yield from _pairs(((item.right, _brings(item)) for item in page.tick), room)
    elif not page.missing:
        yield from paragraph(f"tick nothing at {page.title}: every valid key has {', '.join(page.always)}", room)
    surplus = [f"{name}, for want of smaller rights" for name in [", ".join(page.beyond)] if name]
    surplus += [f"perhaps {', '.join(page.perhaps)}; no source settles it" for _ in page.perhaps[:1]]
    yield from _list("this brings beyond what the purpose allows", surplus, room)
    for title, items in (
        ("may be ticked too, brings only what the purpose allows", page.may),
        ("leave unticked", page.leave),
    ):
        if items:
            yield from ("", f"{title}:")
            yield from _pairs(((item.right, _brings(item)) for item in items), room)
    if page.fewer:
        brought = sorted({capability for item in page.fewer for capability in item.gives})
        yield ""
        names = ", ".join(item.right for item in page.fewer)
        yield from paragraph(f"fewer boxes, more reach: {names} brings {', '.join(brought)}", room)
    yield from _list("allowlist", page.allowlist, room)
    yield from _list(
        f"{page.title} ends such a key by itself", (f"{says} ({source})" for says, source in page.ends), room
    )
    sources = dict.fromkeys(item.source for item in page.tick)
    yield ""
    yield from paragraph("; ".join([*sources, f"as of {page.checked}"]), room, "source: " if sources else "", "  ")


def _errors(page: ErrorsPage, room: int | None) -> Iterator[str]:
    yield f"{page.topic}: errors that keylint knows"
    yield ""
    is_reason = len({row[2] for row in page.errors}) == 1
    is_one = len({row[0] for row in page.errors}) == 1
    rows = [("" if is_one else row[0], row[1], "" if is_reason else row[2], row[3]) for row in page.errors]
    yield from table(("EXCHANGE", "CODE", "REASON", "MEANING"), rows, room)
    yield ""
    yield "`keylint explain EXCHANGE CODE` tells the causes"
