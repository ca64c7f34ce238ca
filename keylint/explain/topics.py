"""Finds out what a person asks about: a word of one of the vocabularies, or an error in whatever form."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from keylint.compiled.vocabulary import DATA as MEANINGS
from keylint.explain.errors import KnownError, exchanges_in, find, near
from keylint.explain.pages import ClassPage, Page, capability_page, errors_page, purpose_page, right_page
from keylint.judge import Judge
from keylint.load.facts import vocabulary
from keylint.model.errors import UsageError
from keylint.model.exposure import conceal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.policy import Purpose
from keylint.model.wording import nearest
from keylint.reports.escape import visible

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Library:
    """All that topics are looked up in. Policy and rules are asked for only where a topic needs them."""

    exchanges: Mapping[str, Facts]
    rules: Sequence[str]
    purposes: Callable[[], Mapping[str, Purpose]]
    judge: Callable[[], Judge]


def look_up(text: str, exchange: str | None, library: Library) -> Sequence[Page | KnownError]:
    """Return the pages of a topic, or the errors that it may be; UsageError where it is none.

    `exchange`: the one that the person named apart from the topic.
    """
    rest, named = _split(text, library)
    if exchange and named and named != exchange:
        raise UsageError(f"the topic names {named}, and {exchange} is asked about")
    named = named or exchange
    chosen = [library.exchanges[named]] if named else list(library.exchanges.values())
    if not rest:
        return [errors_page(chosen[0].title, chosen)]
    if named and (rights := _rights(rest, chosen)):
        return rights
    if page := _word(rest, named, chosen, library):
        return [page]
    if found := find(rest, chosen, is_named=named is not None):
        return found
    if rights := _rights(rest, chosen):
        return rights
    raise UsageError(_unknown(rest, named, chosen, library))


def _split(text: str, library: Library) -> tuple[str, str | None]:
    """Take the name of an exchange out of a text, wherever it stands before a pasted answer."""
    before = re.split(r"[{\[]", text, maxsplit=1)[0]
    words = before.split()
    pairs = [f"{one} {two}" for one, two in pairwise(words)]
    for word, exchange in exchanges_in([*pairs, *words], library.exchanges.values()).items():
        return " ".join([*before.replace(word, " ", 1).split(), text[len(before) :]]).strip(), exchange
    return text, None


def _word(word: str, named: str | None, chosen: Sequence[Facts], library: Library) -> Page | None:
    """Return the page of a capability, a purpose, a class or one of keylint's reasons."""
    for words in MEANINGS.values():
        if word in words:
            return capability_page(word, words[word], chosen, library.judge())
    if re.fullmatch(r"[a-z][\w.-]*", word) and (purpose := library.purposes().get(word)):
        return purpose_page(purpose, chosen[0] if named else None)
    if word in MEANINGS:
        return ClassPage(word, tuple(MEANINGS[word].items()))
    if word in _reasons():
        return errors_page(word, chosen, word)
    return None


def _reasons() -> list[str]:
    return [*(reason.value for reason in Reason), "gone"]


def _rights(name: str, chosen: Sequence[Facts]) -> list[Page]:
    """Return the rights of that name, also under another name that an exchange has for them."""
    return [right_page(right, facts) for facts in chosen if (right := facts.names.get(name))]


def _unknown(text: str, named: str | None, chosen: Sequence[Facts], library: Library) -> str:
    """Say that a topic is unknown, and what is near. A pasted message may hold a secret: it is not repeated whole."""
    shown = visible(conceal(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"))
    what = f"no error or right {shown!r} of {named} is known" if named else f"no topic {shown!r}"
    if named:
        return f"{what}; {_near_at(text, chosen[0], library)}; `keylint explain {named}` lists its errors"
    known = [  # of two that are spelled alike, the later one is meant
        *(right for facts in chosen for right in facts.names),
        *library.exchanges,
        *_reasons(),
        *library.purposes(),
        *MEANINGS,
        *vocabulary().classes,
        *library.rules,
    ]
    if hint := nearest(text, known) or _near_errors(text, chosen):
        return f"{what}; {hint}"
    return f"{what}; it can be a rule, a capability, a purpose, an exchange and its error or right: see --help"


def _near_at(text: str, facts: Facts, library: Library) -> str:
    """Say which words that mean something at an exchange are near, else which of its errors."""
    words = [*library.purposes(), *vocabulary().classes, *facts.names]
    none = "none of those that keylint knows is near"
    return nearest(text, words) or _near_errors(text, [facts]) or nearest(text, _reasons()) or none


def _near_errors(text: str, exchanges: Sequence[Facts]) -> str:
    found = "; ".join(f"{error.facts.exchange} {error.code} ({error.meaning})" for error in near(text, exchanges))
    return f"the nearest: {found}" if found else ""
