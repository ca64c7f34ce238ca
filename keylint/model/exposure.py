"""Finds secret-shaped texts in bytes, and conceals them in whatever is shown.

A declaration must hold some things that look random and are not secret: shortened key ids, hashes of key ids, UUIDs,
addresses of accounts on a chain (0x and 40 digits), references, URLs. They are told apart by their form and by the
word before them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2

_PEM = re.compile(
    rb"-----BEGIN ([A-Z0-9 ]{0,40})PRIVATE KEY-----(?:[^-]{0,8000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?"
)
_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}")
_WORD = re.compile(rb"[A-Za-z0-9+/_=-]{24,}")
_HEX_SECRET = re.compile(rb"0x[0-9a-fA-F]{64}\Z")
_HEX = re.compile(rb"[0-9a-fA-F]+\Z")
_CHAIN_ADDRESS = re.compile(rb"0x[0-9a-fA-F]{40}\Z")
_UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\Z")
# A word of a name: letters of one case (or one capital first), digits, or letters and then digits.
_PLAIN_PART = re.compile(rb"(?:[A-Z]?[a-z]{0,15}|[A-Z]{1,15})[0-9]{0,8}\Z|[0-9]{1,14}[A-Za-z]{0,6}\Z")
_PARTS = re.compile(rb"[-_/=+]+")
# What stands right before a word that may look random: a hash, a reference, a URL, the public id of a key, a commit.
_BEFORE = re.compile(
    rb"(?:sha256:|sha512:|sha1:|(?:env|file):\S*|://\S*|key_id:\s*[\"']?|account_id:\s*[\"']?|commit:?\s*[\"']?)\Z"
)
_LOOK_BACK = 200
_LONG = 32
_BITS = 3.0
_BITS_HEX = 2.5

CONCEALED = "«concealed»"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A secret-shaped region of a text, in byte offsets, and what it looks like."""

    start: int
    end: int
    what: str


def entropy(word: bytes) -> float:
    """Return Shannon's entropy of a word, in bits a character."""
    size = len(word)
    return -sum(count / size * log2(count / size) for count in Counter(word).values())


def _looks_random(word: bytes) -> bool:
    """Tell a random text from a name, a path or a sentence written with hyphens."""
    if _UUID.match(word) or _CHAIN_ADDRESS.match(word):
        return False
    if _HEX_SECRET.match(word):
        return True
    if len(word) < _LONG:
        return False
    if _HEX.match(word):
        return entropy(word) >= _BITS_HEX and len(set(word)) > 6  # noqa: PLR2004 - 000…1 is no secret
    parts = [part for part in _PARTS.split(word) if part]
    if all(_PLAIN_PART.match(part) for part in parts):
        return False
    longest = max(len(part) for part in parts) if parts else 0
    mixed = sum(not _PLAIN_PART.match(part) for part in parts)
    return entropy(word) >= _BITS and (longest >= 20 or mixed * 2 >= len(parts))  # noqa: PLR2004 - longer than a name's part


def find(data: bytes, formats: Iterable["re.Pattern[bytes]"] = ()) -> Iterator[Exposure]:
    """Yield the secret-shaped regions of a text in order of place; `formats` are those of the declared exchanges."""
    found = [Exposure(m.start(), m.end(), "a private key") for m in _PEM.finditer(data)]
    found += [Exposure(m.start(), m.end(), "a token (JWT)") for m in _JWT.finditer(data)] if b"eyJ" in data else []
    formats = tuple(formats)
    for match in _WORD.finditer(data):
        start, word = match.start(), match[0]
        if any(known.start <= start < known.end for known in found):
            continue
        if not (_looks_random(word) or any(pattern.match(word) for pattern in formats)):
            continue
        if (
            _BEFORE.search(data, max(0, start - _LOOK_BACK), start)
            or data[match.end() : match.end() + 3] == "…".encode()
        ):
            continue
        found.append(Exposure(start, match.end(), "a random text, as secrets are"))
    yield from sorted(found, key=lambda exposure: exposure.start)


def conceal(text: str, *, keep_width: bool = False) -> str:
    """Return a text with everything secret-shaped replaced, in a source line by as many characters."""
    if len(text) < 24:  # noqa: PLR2004 - shorter than any word that is looked at
        return text
    data = text.encode("utf-8", "surrogatepass")
    regions = list(find(data))
    if not regions:
        return text
    parts, position = [], 0
    for region in regions:
        parts.append(data[position : region.start].decode("utf-8", "surrogatepass"))
        parts.append("•" * (region.end - region.start) if keep_width else CONCEALED)
        position = region.end
    parts.append(data[position:].decode("utf-8", "surrogatepass"))
    return "".join(parts)
