"""Finds a documented error of an exchange in whatever a person has at hand: a code, a message, a pasted answer."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from keylint.model.facts import Facts

_READ = 20_000
_DEPTH = 6
_NEAR = 200
_SHORT = 3  # so few letters or digits are in every text
_NUMBER = re.compile(r"(?<![\w.-])-?[0-9]{1,7}(?![\w.-]|\.[0-9])")
_STATUS = re.compile(
    r"(?i)\bhttp(?:/[0-9.]+)?[\s:=_-]*(?:status|error|code)*[\s:=_-]*([1-5][0-9]{2})\b|\A([45][0-9]{2}) [a-z]"
)
_CODED = re.compile(r"[A-Za-z]+[^a-z ]|[a-z]_[a-z]|^\w+ .* ")
# Names of fields under which exchanges put a code.
_CODE_FIELDS = frozenset(
    (
        *("code", "retcode", "ret_code", "errorcode", "error_code", "err-code", "err_code", "errcode", "scode"),
        *("label", "reason", "name", "id", "error", "errors", "status"),
    )
)
# Fields that only some exchanges have in an error. Source: the answers recorded in their clients' code (2026-11).
_FIELDS = {
    "[]": {"bitfinex"},
    "retcode": {"bybit"},
    "ret_code": {"bybit"},
    "label": {"gate"},
    "err-code": {"htx"},
    "err_code": {"htx"},
    "jsonrpc": {"deribit"},
    "requesttime": {"bitget"},
    "errorcode": {"bitvavo"},
    "servertime": {"kraken-futures"},
    "success": {"woox", "mexc", "kraken-futures"},
    "method": {"cryptocom"},
}
# Exchanges that write their numbers in quotes (`"code": "50111"`); the others write them bare. Some do both.
_QUOTED = {"okx", "bitget", "kucoin", "bithumb", "bitstamp", "htx", "woox"}
_BOTH = {"htx", "woox", "bithumb"}
_SUFFIX = re.compile(r"(?:usdm|coinm|us|futures|spot|advanced|io|global)\Z")


@dataclass(frozen=True, slots=True)
class KnownError:
    """One documented error; `said` is what else the person pasted, perhaps with an address in it.

    `names`: the code, and what else the exchange calls the error; `parts`: texts that come with it, and perhaps with
    an error of another exchange.
    """

    facts: Facts
    code: str
    reason: str
    meaning: str
    causes: tuple[str, ...]
    source: str
    names: tuple[str, ...]
    parts: tuple[str, ...]
    said: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was pasted, taken apart: `codes`, those under a field named so first; `quoted`: whether each was a text."""

    codes: tuple[str, ...]
    quoted: tuple[bool, ...]
    texts: tuple[str, ...]
    fields: frozenset[str]


def exchanges_in(words: Iterable[str], known: Iterable[Facts]) -> dict[str, str]:
    """Return word -> exchange for the words that name one, also as libraries write it (`krakenfutures`)."""
    names = {_plain(text): facts.exchange for facts in known for text in (facts.exchange, facts.title)}
    found = {}
    for word in words:
        plain = _plain(word)
        if exchange := names.get(plain) or names.get(_SUFFIX.sub("", plain)):
            found[word] = exchange
    return found


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.casefold())


def every_error(facts: Facts) -> Iterator[KnownError]:
    """Yield the documented errors of an exchange."""
    errors: Any = facts.raw.get("errors", {})  # the facts' schema has checked them
    sources: Any = facts.raw["sources"]
    for code, fact in errors.items():
        causes, source = tuple(fact["causes"]), sources[fact["source"]]
        names, parts = (code, *fact.get("also", ())), tuple(fact.get("texts", ()))
        yield KnownError(facts, code, fact["reason"], fact["meaning"], causes, source, names, parts)


def find(text: str, exchanges: Sequence[Facts], *, is_named: bool) -> list[KnownError]:
    """Return what a text may mean at each of the exchanges; `is_named`: the person named the exchange."""
    text = text.strip()[:_READ]
    by_code = [error for facts in exchanges for error in every_error(facts)]
    exact = {form.casefold() for form in (text, f"-{text}", *_statuses([text]))} if text else set()
    if direct := _whole([error for error in by_code if exact.intersection(map(str.casefold, error.names))], text):
        return [_said(error, text) for error in direct]
    asked = _take_apart(text)
    if asked is not None:
        fitting = {facts.exchange for facts in exchanges} if is_named else _fitting(asked, exchanges)
        shaped = [error for error in by_code if error.facts.exchange in fitting]
        codes = [*asked.codes, *_statuses(asked.codes)]
        said = " ".join(asked.texts)
        found = _specific(_first([error for error in shaped if error.code in codes], codes))
        # Words that are an exchange's own say more than the shape around them.
        found = found or _contained(shaped, said, is_named=is_named) or _contained(by_code, said, is_named=is_named)
        return [_said(error, said) for error in found]
    found = _contained(by_code, text, is_named=is_named)
    if not found:
        numbers = {match[0] for match in _NUMBER.finditer(text) if is_named or len(match[0].lstrip("-")) > _SHORT}
        numbers.update(_statuses(map("".join, _STATUS.findall(text))))
        found = _specific([error for error in by_code if error.code in numbers])
    return [_said(error, text) for error in found]


def _statuses(codes: Iterable[str]) -> list[str]:
    """Return how facts write numbers that may be a status of HTTP; all that begin with 5 may be one entry there."""
    bare = [code.casefold().removeprefix("http").strip() for code in codes]
    return [f"HTTP {code}" for code in bare] + ["HTTP 5xx" for code in bare if re.fullmatch("5[0-9x]{2}", code)]


def _whole(found: list[KnownError], text: str) -> list[KnownError]:
    """Of an exact code and a guessed one (`429` for `HTTP 429`) at the same exchange take the exact one.

    Of several guesses the status itself says more than all of its kind (`HTTP 503`, `HTTP 5xx`).
    """
    best: dict[str, KnownError] = {}
    for error in sorted(found, key=lambda error: (error.code.casefold() != text.casefold(), error.code == "HTTP 5xx")):
        best.setdefault(error.facts.exchange, error)
    return [error for error in found if best[error.facts.exchange] is error]


def _specific(found: list[KnownError]) -> list[KnownError]:
    """Leave out a bare status where the same exchange also gave a code."""
    coded = {error.facts.exchange for error in found if not error.code.startswith("HTTP ")}
    return [error for error in found if error.facts.exchange not in coded or not error.code.startswith("HTTP ")]


def _first(found: list[KnownError], codes: list[str]) -> list[KnownError]:
    """Of several codes in one answer of an exchange, take the first."""
    best = {error.facts.exchange: error for error in sorted(found, key=lambda error: -codes.index(error.code))}
    return [error for error in found if best[error.facts.exchange] is error]


def _contained(errors: list[KnownError], text: str, *, is_named: bool) -> list[KnownError]:
    """Return the errors one of whose names stands in a text; the longest of each exchange, since one may hold another.

    Where nobody named the exchange, plain words («unavailable») say nothing.
    """
    best: dict[str, tuple[int, KnownError]] = {}
    for error in errors:
        for name in (*error.names, *error.parts) if is_named else error.names:
            if name.lstrip("-").isdigit() or name.startswith("HTTP ") or not (is_named or _CODED.search(name)):
                continue
            longest, _ = best.get(error.facts.exchange, (0, error))
            if len(name) > longest and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
                best[error.facts.exchange] = (len(name), error)
    return [error for _, error in best.values()]


def _said(error: KnownError, text: str) -> KnownError:
    """Settle an ambiguous code by what stands in the message beside it."""
    errors: Any = error.facts.raw["errors"]
    for part, reason in errors[error.code].get("texts", {}).items():
        if part.casefold() in text.casefold():
            return _with(error, reason, text)
    return _with(error, error.reason, text)


def _with(error: KnownError, reason: str, said: str) -> KnownError:
    return replace(error, reason=reason, said=said)


def _take_apart(text: str) -> _Asked | None:
    """Return the JSON in a text (`binance {"code":-1021,…}`) taken apart, None where there is none."""
    for match in re.finditer(r"[{\[]", text):
        try:
            data, _ = json.JSONDecoder().raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if data:
            codes: list[tuple[bool, str, bool]] = []
            texts: list[str] = []
            fields: set[str] = {"[]"} if isinstance(data, list) else set()
            _walk(data, "code" if isinstance(data, list) else "", codes, texts, fields, _DEPTH)
            codes.sort(key=lambda item: item[0])
            return _Asked(
                tuple(code for _, code, _ in codes),
                tuple(is_text for _, _, is_text in codes),
                tuple(texts),
                frozenset(fields),
            )
    return None


def _walk(
    data: Any, field: str, codes: list[tuple[bool, str, bool]], texts: list[str], fields: set[str], depth: int
) -> None:
    if depth and isinstance(data, dict):
        for name, value in data.items():
            fields.add(name.casefold())
            _walk(value, name.casefold(), codes, texts, fields, depth - 1)
    elif depth and isinstance(data, list):
        for value in data:
            _walk(value, field, codes, texts, fields, depth - 1)
    elif isinstance(data, str | int) and not isinstance(data, bool):
        if field in _CODE_FIELDS:
            codes.append(("code" not in field and field != "label", str(data), isinstance(data, str)))
        if isinstance(data, str):
            texts.append(data)


def _fitting(asked: _Asked, exchanges: Sequence[Facts]) -> set[str]:
    """Return the exchanges whose errors have such a shape: a telling field, else how a number is written."""
    names = {facts.exchange for facts in exchanges}
    telling = [_FIELDS[field] for field in asked.fields if field in _FIELDS]
    if telling:
        return names.intersection(*telling) or names.intersection(set().union(*telling))
    numbers = [text for code, text in zip(asked.codes, asked.quoted, strict=True) if code.lstrip("-").isdigit()]
    if not numbers:
        return names
    return names & _QUOTED if any(numbers) else (names - _QUOTED) | (names & _BOTH)


def near(text: str, exchanges: Sequence[Facts], count: int = 3) -> list[KnownError]:
    """Return the errors that are nearest to a text: by number, or by the letters of their names."""
    by_code = {f"{error.facts.exchange} {error.code}": error for facts in exchanges for error in every_error(facts)}
    if re.fullmatch(r"-?[0-9]{1,9}", text.strip()):
        wanted = abs(int(text))
        numbers = [error for error in by_code.values() if re.fullmatch(r"-?[0-9]+", error.code)]

        def distance(error: KnownError) -> tuple[bool, int, str]:
            """Digits in another order first: that is how numbers are mistyped."""
            return sorted(error.code.strip("-")) != sorted(str(wanted)), abs(abs(int(error.code)) - wanted), error.code

        return sorted(numbers, key=distance)[:count]
    folded = {name.casefold(): error for error in by_code.values() for name in error.names}
    word = text.strip().casefold()[:_NEAR]
    inside = [name for name in folded if len(word) > _SHORT and word in name]
    close = get_close_matches(word, folded, n=count, cutoff=0.5)
    return list({folded[name].code: folded[name] for name in [*inside, *close]}.values())[:count]
