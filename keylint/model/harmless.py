"""Recognises what looks random and is public: places, hashes, public keys, addresses on a chain."""

import re
from itertools import pairwise

# Nothing here is compiled before a word looks random: few files hold one.
_DELIMITERS = b" \t\r\n,;\"'`{}[]()<>|="
_LOOK_BACK = 300
_LONGEST_NAME = 12
_REFERENCE = rb"(?:[a-z][a-z0-9+.-]{1,20}://|(?:env|file|arn):"
_PATH = (
    rb"|(?:[\w-]+\.){1,8}[a-z]{2,12}(?::[0-9]{1,5})?/|\.{1,2}/|"
    rb"~?/(?:bin|data|dev|etc|home|lib|media|mnt|nix|opt|proc|root|run|srv|subscriptions|sys|tmp|usr|var|Users)/"
)
_REST = rb")[^?#@]*\Z"
"""References, URLs with or without a scheme, and paths; not a URL's query, and not what stands before its host."""

_REST_OF_USER = rb"(?::[^\s/?#@]*)?@"
_BEFORE_DIGEST = rb"(?i:sha-?(?:1|256|384|512):)\Z"
_BEFORE_HASH = (
    rb"(?i)(?:(?<![a-z0-9])(?:commit|revision|rev|tree|sha(?:-?[0-9]{1,3})?|md5|checksum|digest|hash|tx(?:id)?|transaction"
    rb"|fingerprint|thumbprint|etag|(?:trace|span|request|build)[ _-]?id)[\"'`]?[\s:=/]{1,3}[\"'`]?"
    rb"|[\w.-]/[\w.-]{1,100}@|\b(?:gpg|pgp|openpgp)\b[^\n]{0,60})\Z"
)
"""The name of a hash, a program's place pinned to a commit, or what speaks of a fingerprint."""

_BEFORE_ADDRESS = (
    rb"(?i)(?<![a-z])(?:wallet|address|addr|vault|mint|validator|recipient|solana|pubkey|public[ _-]?key)"
    rb"[\"'`]?[\s:=]{1,3}[\"'`]?(?:(?:is|at|on) )?\Z"
)
_BEFORE_NAMED_ID = (
    rb"(?i)(?:id|uuid|account|portfolio|profile|order|request|change|ticket)[\"'`]?[\s:=/#]{1,3}[\"'`]?\Z"
)
_HEX = rb"[0-9a-fA-F]+\Z"
_BEFORE_TRANSACTION = rb"(?i)(?<![a-z0-9])(?:hash|tx(?:id)?|transaction)[\"'`]?[\s:=/]{1,3}[\"'`]?\Z"
_TRANSACTION = rb"0x[0-9a-fA-F]{64}\Z"
_INTEGRITY = rb"sha(?:256-[A-Za-z0-9+/]{43}=|384-[A-Za-z0-9+/]{64}|512-[A-Za-z0-9+/]{86}==)\Z"
_PUBLIC_KEYS = (
    *(b"AAAAB3NzaC1yc2E", b"AAAAC3NzaC1lZDI1NTE5AAAAI", b"AAAAE2VjZHNhLXNoYTIt"),
    *(b"MCowBQYDK2VwAyEA", b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"),
    *(b"MIIBIjANBgkqhkiG9w0BAQEFAAOC", b"MIICIjANBgkqhkiG9w0BAQEFAAOC"),
)
"""How public keys begin, as SSH and as X.509 (SubjectPublicKeyInfo) encode them."""

_PUBLIC_BLOCK = (
    rb"-----BEGIN ((?:[A-Z0-9]+ ){0,3}(?:PUBLIC KEY(?: BLOCK)?|CERTIFICATE(?: REQUEST)?|SIGNATURE))-----"
    rb"[A-Za-z0-9+/=\s\\#]{0,8000}-----END \1-----"
)
_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_WORD = rb"([a-z]{1,20})1([02-9ac-hj-np-z]{38,110})\Z"
_BECH32_CHECKS = (1, 0x2BC830A3)


def public_blocks(data: bytes) -> list[tuple[int, int]]:
    """Return the regions of public keys, certificates and signatures in PEM form."""
    if b"-----END " not in data:
        return []
    return [match.span() for match in re.finditer(_PUBLIC_BLOCK, data)]


def is_public(data: bytes, start: int, end: int, *, paths: bool) -> bool:
    """Tell whether a word is public by its own form or by what stands around it.

    `paths`: so are paths, and URLs without a scheme.
    """
    word = data[start:end]
    if is_place(data, start, end, paths=paths):
        return not re.match(_REST_OF_USER, data[end : end + _LOOK_BACK])
    if word.startswith(_PUBLIC_KEYS) or re.match(_INTEGRITY, word):
        return True
    before = data[max(0, start - _LOOK_BACK) : start]
    if re.search(_BEFORE_DIGEST, before) or (re.match(_HEX, word) and re.search(_BEFORE_HASH, before)):
        return True
    if re.match(_TRANSACTION, word) and re.search(_BEFORE_TRANSACTION, before):
        return True
    return _is_address(word) or (_base58_size(word) == 32 and re.search(_BEFORE_ADDRESS, before) is not None)  # noqa: PLR2004 - Solana: a public key of 32 bytes, without a checksum


def is_place(data: bytes, start: int, end: int, *, paths: bool = True) -> bool:
    """Tell whether a word is part of a reference or of a URL, or of a path."""
    first = max(0, start - _LOOK_BACK)
    while start > first and data[start - 1] not in _DELIMITERS:
        start -= 1
    return re.compile(_REFERENCE + (_PATH if paths else b"") + _REST).match(data, start, end) is not None


def is_named_id(data: bytes, start: int) -> bool:
    """Tell whether what stands before a word calls it the id of something."""
    return re.search(_BEFORE_NAMED_ID, data[max(0, start - _LONGEST_NAME) : start]) is not None


def is_row(word: bytes) -> bool:
    """Tell a row such as 0123456789abcdef: mostly characters that follow each other."""
    return sum(after - before == 1 for before, after in pairwise(word)) * 2 > len(word)


def _is_address(word: bytes) -> bool:
    """Tell whether a word is an address on a chain: its checksum says so.

    Sources: BIP 173 and 350 (bech32: Bitcoin, Cosmos chains; age keys), Bitcoin's base58check (also Tron). What their
    prefixes call private is none.
    """
    if match := re.match(_BECH32_WORD, word):
        prefix, rest = match.groups()
        return not re.search(rb"sec|priv|prv", prefix) and _bech32_check(prefix, rest) in _BECH32_CHECKS
    if _base58_size(word) != 25:  # noqa: PLR2004 - a version, 20 bytes of hash, 4 of checksum
        return False
    from hashlib import sha256  # noqa: PLC0415 - hardly ever needed

    content = _base58_number(word).to_bytes(25)
    return sha256(sha256(content[:21]).digest()).digest()[:4] == content[21:]


def _bech32_check(prefix: bytes, rest: bytes) -> int:
    """Return what the checksum of an address comes to. Source: BIP 173."""
    check = 1
    for value in (
        *(letter >> 5 for letter in prefix),
        0,
        *(letter & 31 for letter in prefix),
        *map(_BECH32.index, rest),
    ):
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


def _base58_size(word: bytes) -> int:
    """Return how many bytes a word stands for; 0 for one that is no base58, or too long for an address."""
    if not 25 <= len(word) <= 44 or word.strip(_BASE58):  # noqa: PLR2004 - 25 to 32 bytes
        return 0
    zeros = len(word) - len(word.lstrip(b"1"))
    return zeros + (_base58_number(word).bit_length() + 7) // 8


def _base58_number(word: bytes) -> int:
    number = 0
    for letter in word:
        number = number * 58 + _BASE58.index(letter)
    return number
