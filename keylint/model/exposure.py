"""Finds secret-shaped texts in bytes, and conceals them in whatever is shown.

A declaration must hold some things that look random and are not secret: shortened key ids, hashes of key ids, UUIDs,
addresses of accounts on a chain, public keys, references, paths, URLs. They are told apart by their form and by what
stands before them (`harmless.py`). And some secrets have no form: there the name before them tells.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from math import log2
from typing import NamedTuple

from keylint.model.harmless import is_named_id, is_place, is_public, is_row, public_blocks

_PEM = (
    rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    rb"(?:(?:[\s#\\n]{0,40}[A-Z][A-Za-z-]{2,20}: [\w,.:/ -]{1,100}){0,4}[A-Za-z0-9+/=\s\\#]{0,8000}"
    rb"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
)
_JWT = rb"(?<![\w-])(?=[\w-]*eyJ)[\w-]{13,}+\.eyJ[\w-]{10,}+\.[\w-]{16,}"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-%"
# A translated text is searched for a run of 24: nine times as fast as a regex that counts.
_AS_WORDS = bytes(119 if character in _LETTERS else 32 for character in range(256))
_RUN = b"w" * 24
_SMALL, _CAPITALS = b"abcdefghijklmnopqrstuvwxyz-_/", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ-_/"
_ESCAPE = rb"(?i)%(2B|2F|3D)"
_ESCAPED = {b"2B": b"+", b"2F": b"/", b"3D": b"="}
_HEX_SECRET = rb"0[xX][0-9a-fA-F]{64}\Z"
_HEX = rb"[0-9a-fA-F]+\Z"
_CHAIN_ADDRESS = rb"0x[0-9a-fA-F]{40}\Z"
_UUID = rb"(?<![0-9a-fA-F])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])"
_UUID_SIZE = 36
_GROUPS = rb"(?=[a-z-]*[0-9])[0-9a-z]{8}-[0-9a-z]{8}-[0-9a-z]{8}-[0-9a-z]{5}\Z"
"""Keys and secrets of HTX."""
# A word of a name: letters of one case or inCamelCase, then digits; or digits, then letters, as in names of contracts.
_PLAIN_PART = (
    rb"(?:[A-Z]+|[a-z]*(?:[A-Z][a-z]+)*)[0-9]{0,12}\Z|"
    rb"[0-9]{1,14}(?:[A-Z]{0,12}|[A-Za-z]{0,6})\Z|[0-9]{1,6}[A-Z]{3}[0-9]{1,6}\Z"
)
_PARTS = rb"(?:[-_/=+]|%[0-9A-Fa-f]{2}|%)+"
_TOKENS = rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^-_/.:=+]"
"""What a name consists of: long ones, where random texts have short ones."""
_BEFORE_ID = rb"(key|account)_id[\"']?:\s*[\"']?\Z"
_EXCHANGE = rb"\bexchange[\"']?:\s*[\"']?([a-z0-9-]{2,40})"
_LOOK_BACK = 200
_LOOK_FOR_EXCHANGE = 2000
_LONG = 32
_SHORTEST_FORM = 24
# The longest ids of accounts are addresses on a chain, of 62 characters; many exchanges' secrets have 64.
_LONGEST_ID = 63
_BITS = 3.0
_BITS_HEX = 2.5
_NAME_TOKEN = 4
_TOKEN_ONE_CASE = 2.7
_TOKEN_BOTH_CASES = 3.2
_SHARE = 1 / 2
# Names of pods end in random texts of small letters and digits.
_SHARE_SMALL = 2 / 3

# What stands behind a name that tells, in small letters: in quotes, or up to the next blank or the end of a value.
_BEHIND = 14
_BETWEEN = b"_-key\"'` \t"
_LONGEST_TOLD = 250
_TOLD_NAMES = (b"passphrase", b"password", b"passwd", b"secret", b"private", b"token")
_TOLD = (
    rb"(?:passphrase|password|passwd|secret|private[_-]?key|token)(?:[_-]?key)?[\"'`]?[ \t]*[:=][ \t]*"
    rb"(?![\"'`]?(?:env:|file:|sha\d+:|secrets\.|[a-z0-9-]+://|[<$*{]|[0-9]{4}-[0-9]{2}-[0-9]{2}))"
    rb"(?:([\"'`])([!-~]{10,200}?)\1|([!-~]{10,200}?)(?=[,}\]]?(?:\s|\Z)|[,}\]]{2}))"
)

FormOf = Callable[[str], "re.Pattern[bytes] | None"]
"""Gives the form of an exchange's secrets, by the exchange's name."""

CONCEALED = "«concealed»"

_REFERENCE = r"env:[A-Za-z_][A-Za-z0-9_]*\Z|file:[^\x00]+\Z"

TELLING = (
    *("credential", "secret", "passphrase", "password", "passwd", "token", "otp"),
    *("private_key", "privatekey", "api_key", "apikey"),
)
"""Fields with such words in their names may hold what no form gives away: nothing shows their values."""


class Exposure(NamedTuple):
    """A secret-shaped region of a text, in byte offsets, and what it looks like."""

    start: int
    end: int
    what: str


@cache
def _compiled(pattern: bytes) -> "re.Pattern[bytes]":
    """Compile a pattern when it is needed: few files hold what looks random."""
    return re.compile(pattern)


def is_telling(name: str) -> bool:
    """Tell whether a text has one of the words in it."""
    small = name.lower()
    return any(word in small for word in TELLING)


def names_secret(path: Iterable[str | int]) -> bool:
    """Tell whether what stands at a path may be secret by the name of a field on the way."""
    return any(isinstance(step, str) and is_telling(step) for step in path)


def is_reference(value: object) -> bool:
    """Tell a reference to a credential (env:NAME, file:PATH) from a value."""
    return isinstance(value, str) and re.match(_REFERENCE, value) is not None


def entropy(word: bytes) -> float:
    """Return Shannon's entropy of a word, in bits a character."""
    size = len(word)
    return -sum(count / size * log2(count / size) for count in Counter(word).values())


def _token_size(word: bytes) -> float:
    """Return how long what a name would consist of is on average."""
    tokens = _compiled(_TOKENS).findall(word)
    return sum(map(len, tokens)) / max(len(tokens), 1)


def _is_plain(part: bytes) -> bool:
    """Tell whether a part without separators is a word of a name."""
    if _compiled(_PLAIN_PART).match(part):
        return True
    return not (part.islower() or part.isupper()) and _token_size(part) >= _NAME_TOKEN


def _looks_random(word: bytes, least: int = _LONG) -> bool:
    """Tell a random text from a name, a path or a sentence written with hyphens."""
    if len(word) == _UUID_SIZE and _compiled(_UUID).match(word):
        return False
    if _compiled(_CHAIN_ADDRESS).match(word):
        return False
    if _compiled(_HEX_SECRET).match(word) or _compiled(_GROUPS).match(word):
        return True
    word = _compiled(_UUID).sub(b"", word)
    if len(word) < least:
        return False
    if _compiled(_HEX).match(word):
        return entropy(word) >= _BITS_HEX and len(set(word)) > 6 and not is_row(word)  # noqa: PLR2004 - 000…1 is no secret
    parts = [part for part in _compiled(_PARTS).split(word) if part]
    mixed = [len(part) for part in parts if not _is_plain(part)]
    if not mixed or entropy(word) < _BITS or is_row(word):
        return False
    share = sum(mixed) / sum(map(len, parts))
    return max(mixed) >= 20 or share >= (_SHARE_SMALL if word.islower() else _SHARE)  # noqa: PLR2004 - longer than a name's part


def _is_expected(data: bytes, start: int, end: int, *, ids: bool) -> bool:
    """Tell whether what stands around a word says that it is no secret."""
    named = _compiled(_BEFORE_ID).search(data[max(0, start - _LOOK_BACK) : start]) if ids else None
    if named is not None and (named[1] == b"key" or end - start <= _LONGEST_ID):
        return True
    return is_public(data, start, end, paths=ids)


def _has_form(data: bytes, start: int, end: int, form_of: FormOf) -> bool:
    """Tell whether a word has the form of a secret of the exchange that is named nearest before it, or else after it.

    A form that many other texts have too counts only where nothing calls the word an id, and it looks random.
    """
    word = data[start:end]
    if len(word) == _UUID_SIZE and _compiled(_UUID).match(word):
        if is_named_id(data, start):
            return False
    elif not word.isalnum() or word.isupper() or word.islower() or not _looks_random(word, _SHORTEST_FORM):
        return False
    around = [*_compiled(_EXCHANGE).finditer(data[max(0, start - _LOOK_FOR_EXCHANGE) : start])][-1:]
    around = around or [*_compiled(_EXCHANGE).finditer(data[end : end + _LOOK_FOR_EXCHANGE])][:1]
    form = form_of(around[0][1].decode()) if around else None
    return form is not None and form.match(word) is not None


def private_keys(data: bytes) -> Iterator[Exposure]:
    """Yield the private keys in PEM form."""
    if b"PRIVATE KEY" in data:
        yield from (Exposure(m.start(), m.end(), "a private key") for m in _compiled(_PEM).finditer(data))


def _tokens(data: bytes) -> Iterator[Exposure]:
    if b"eyJ" in data:
        yield from (Exposure(m.start(), m.end(), "a token (JWT)") for m in _compiled(_JWT).finditer(data))


def _looks_drawn(value: bytes) -> bool:
    """Tell what a generator draws from what people call things; names are mostly of one case, with separators."""
    if value.islower() or value.isupper():
        if _compiled(_PARTS).search(value) and not _compiled(_UUID).fullmatch(value):
            return False
        return _token_size(value) < _TOKEN_ONE_CASE
    return re.search(rb"[A-Za-z]", value) is not None and _token_size(value) < _TOKEN_BOTH_CASES


def _told(data: bytes) -> Iterator[Exposure]:
    """Yield what looks typed or drawn at random behind a name that says that it is secret."""
    small = data.lower()
    for name in _TOLD_NAMES:
        end = 0
        while (start := small.find(name, end)) >= 0:
            end = start + len(name)
            behind = small[end : end + _BEHIND]
            if behind.lstrip(_BETWEEN)[:1] in (b":", b"=") and b"env:" not in behind:  # most are references
                yield from _told_at(data, start, small[start : end + _LONGEST_TOLD])


def _told_at(data: bytes, start: int, small: bytes) -> Iterator[Exposure]:
    if match := _compiled(_TOLD).match(small):
        first, last = (start + at for at in match.span(2 if match[2] else 3))
        if _looks_drawn(data[first:last]) and not is_place(data, first, last):
            yield Exposure(first, last, "a secret, by the name before it")


def _words(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the places of all words that are long enough, each with up to two = at its end."""
    runs, end = data.translate(_AS_WORDS), 0
    while (start := runs.find(_RUN, end)) >= 0:
        end = runs.find(b" ", start + len(_RUN))
        end = len(data) if end < 0 else end
        while data[end : end + 1] == b"=" and data[end - 2 : end] != b"==":
            end += 1
        if data[start - 1 : start + 2] == b"://":
            start += 2
        yield start, end


def find(data: bytes, form_of: FormOf | None = None, *, ids: bool = True) -> Iterator[Exposure]:
    """Yield the secret-shaped regions of a text in order of place; `form_of` knows the forms of exchanges' secrets.

    `ids`: take what stands under `key_id` for one (the rule `full-key-id` judges it), under `account_id` what can be
    one, and a path for a path.
    """
    certain: list[Exposure] = []
    told = [*private_keys(data), *_tokens(data), *_told(data)]
    for exposure in sorted(told, key=lambda item: (item.start, -item.end)):
        if not certain or exposure.start >= certain[-1].end:
            certain.append(exposure)
    public: list[tuple[int, int]] | None = None
    position = 0
    for start, end in _words(data):
        while position < len(certain) and certain[position].end <= start:
            yield certain[position]
            position += 1
        if position < len(certain) and (end := min(end, certain[position].start)) - start < len(_RUN):
            continue
        word = data[start:end]
        if data[start - 4 : start] == b"env:" or not word.strip(_SMALL) or not word.strip(_CAPITALS):
            continue
        if b"%" in word:
            word = _compiled(_ESCAPE).sub(lambda match: _ESCAPED[match[1].upper()], word)
        if not (_looks_random(word) or (form_of is not None and _has_form(data, start, end, form_of))):
            continue
        if _is_expected(data, start, end, ids=ids):
            continue
        public = public_blocks(data) if public is None else public
        at = bisect_right(public, start, key=lambda block: block[0])
        if at == 0 or public[at - 1][1] <= start:
            yield Exposure(start, end, "a random text, as secrets are")
    yield from certain[position:]


def conceal(text: str, *, keep_width: bool = False) -> str:
    """Return a text with everything secret-shaped replaced, in a source line by as many characters.

    Whole ids go too, as some exchanges make ids and secrets of one form, and what a path has that looks like one.
    """
    if len(text) < 24:  # noqa: PLR2004 - shorter than any word that is looked at
        return text
    data = text.encode("utf-8", "surrogatepass")
    parts, position = [], 0
    for region in find(data, ids=False):
        width = len(data[region.start : region.end].decode("utf-8", "surrogatepass"))
        parts.append(data[position : region.start].decode("utf-8", "surrogatepass"))
        parts.append("•" * width if keep_width else CONCEALED)
        position = region.end
    if not parts:
        return text
    parts.append(data[position:].decode("utf-8", "surrogatepass"))
    return "".join(parts)
