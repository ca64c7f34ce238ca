"""Finds secret-shaped texts in bytes, and conceals them in whatever is shown.

A declaration must hold some things that look random and are not secret: shortened key ids, hashes of key ids, UUIDs,
addresses of accounts on a chain (0x and 40 digits), references, URLs. They are told apart by their form and by the
word before them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from math import log2
from typing import NamedTuple

# What few files hold is compiled when it is needed, by `re` itself.
_PEM = (
    rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"
    rb"(?:[A-Za-z0-9+/=\s\\#]{0,8000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?"
)
_JWT = rb"(?<![\w-])(?=[\w-]*eyJ)[\w-]{13,}+\.eyJ[\w-]{10,}+\.[\w-]{16,}"
_WORD = re.compile(rb"[A-Za-z0-9+/_=-]{24,}")
_HEX_SECRET = re.compile(rb"0x[0-9a-fA-F]{64}\Z")
_HEX = re.compile(rb"[0-9a-fA-F]+\Z")
_CHAIN_ADDRESS = re.compile(rb"0x[0-9a-fA-F]{40}\Z")
_UUID = re.compile(rb"(?<![0-9a-fA-F])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])")
_GROUPS = re.compile(rb"(?=[a-z-]*[0-9])[0-9a-z]{8}-[0-9a-z]{8}-[0-9a-z]{8}-[0-9a-z]{5}\Z")
"""Keys and secrets of HTX."""
# A word of a name: letters of one case or inCamelCase, then digits; or digits, then a few letters.
_PLAIN_PART = re.compile(rb"(?:[A-Z]+|[a-z]*(?:[A-Z][a-z]+)*)[0-9]{0,8}\Z|[0-9]{1,14}[A-Za-z]{0,6}\Z")
_PARTS = re.compile(rb"[-_/=+]+")
# What stands right before a word that may look random: the name of its hash, a reference, or the path of a URL, but not
# its query, and not what stands before the @ of its host.
_BEFORE = rb"(?:sha(?:1|256|512):|(?:\b(?:env|file):|://)[^\s,;\"'{}\[\]?#@]*)\Z"
_BEFORE_COMMIT = rb"(?i:\b(?:commit|revision|rev|sha))[\"']?[\s:/]\s*[\"']?\Z"
_BEFORE_ID = rb"(key|account)_id[\"']?:\s*[\"']?\Z"
_LOOK_BACK = 200
_LONG = 32
# The longest ids of accounts are addresses on a chain, of 62 characters; many exchanges' secrets have 64.
_LONGEST_ID = 63
_BITS = 3.0
_BITS_HEX = 2.5

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


def _looks_random(word: bytes) -> bool:
    """Tell a random text from a name, a path or a sentence written with hyphens."""
    if _CHAIN_ADDRESS.match(word):
        return False
    if _HEX_SECRET.match(word) or _GROUPS.match(word):
        return True
    word = _UUID.sub(b"", word)
    if len(word) < _LONG:
        return False
    if _HEX.match(word):
        return entropy(word) >= _BITS_HEX and len(set(word)) > 6  # noqa: PLR2004 - 000…1 is no secret
    parts = [part for part in _PARTS.split(word) if part]
    mixed = [len(part) for part in parts if not _PLAIN_PART.match(part)]
    if not mixed:
        return False
    return entropy(word) >= _BITS and (max(mixed) >= 20 or sum(mixed) * 2 >= sum(map(len, parts)))  # noqa: PLR2004 - longer than a name's part


def _is_expected(data: bytes, start: int, end: int, *, ids: bool) -> bool:
    """Tell whether what stands around a word says that it is no secret."""
    before = data[max(0, start - _LOOK_BACK) : start]
    if re.search(_BEFORE, before):
        return data[end : end + 1] != b"@"
    if re.search(_BEFORE_COMMIT, before):
        return _HEX.match(data[start:end]) is not None
    named = re.search(_BEFORE_ID, before) if ids else None
    return named is not None and (named[1] == b"key" or end - start <= _LONGEST_ID)


def private_keys(data: bytes) -> Iterator[Exposure]:
    """Yield the private keys in PEM form."""
    if b"PRIVATE KEY-----" in data:
        yield from (Exposure(m.start(), m.end(), "a private key") for m in re.finditer(_PEM, data))


def find(data: bytes, formats: Iterable["re.Pattern[bytes]"] = (), *, ids: bool = True) -> Iterator[Exposure]:
    """Yield the secret-shaped regions of a text in order of place; `formats` are those of the declared exchanges.

    `ids`: take what stands under `key_id` for one (the rule `full-key-id` judges it), and under `account_id` what can
    be one.
    """
    certain = [*private_keys(data)]
    if b"eyJ" in data:
        certain += [Exposure(m.start(), m.end(), "a token (JWT)") for m in re.finditer(_JWT, data)]
        certain.sort(key=lambda exposure: exposure.start)
    formats = tuple(formats)
    position = 0
    for match in _WORD.finditer(data):
        start, end = match.span()
        while position < len(certain) and certain[position].end <= start:
            yield certain[position]
            position += 1
        if position < len(certain) and certain[position].start <= start:
            continue
        word = match[0]
        if not (_looks_random(word) or any(pattern.match(word) for pattern in formats)):
            continue
        if not _is_expected(data, start, end, ids=ids):
            yield Exposure(start, end, "a random text, as secrets are")
    yield from certain[position:]


def conceal(text: str, *, keep_width: bool = False) -> str:
    """Return a text with everything secret-shaped replaced, in a source line by as many characters.

    Whole ids go too: some exchanges make ids and secrets of one form.
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
