"""JSON Web Tokens as they come in, and the nonces that were used; nothing in a token is believed before its check."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from keylint.model.secret import Secret
from keylint.sandbox.wire import Request

DIGESTS: Final[Mapping[str, str]] = {"HS256": "sha256", "HS512": "sha512"}
"""The `alg` of a token that is signed with a shared secret -> its digest."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_PARTS = 3


def decoded(part: str) -> bytes | None:
    """Read base64url without padding; None where it is none."""
    if not _BASE64URL.fullmatch(part):
        return None
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        return None


def read_part(part: str) -> Mapping[str, object]:
    """Read one JSON object of a token; an empty one where it is none."""
    try:
        data = json.loads(decoded(part) or b"")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


@dataclass(frozen=True, slots=True)
class Token:
    """A token in its parts; `signed` are the bytes that the signature is of."""

    head: Mapping[str, object]
    claims: Mapping[str, object]
    signed: bytes
    signature: bytes

    def claim(self, name: str) -> str:
        """Return a claim that is a text, «» where it is absent or none."""
        value = self.claims.get(name)
        return value if isinstance(value, str) else ""

    def is_signed_with(self, secret: Secret, algorithms: Collection[str]) -> bool:
        """Say whether it is signed by one of the algorithms; the secret is used as it is written."""
        algorithm = str(self.head.get("alg"))
        if algorithm not in algorithms:
            return False
        expected = hmac.digest(secret.reveal().encode(), self.signed, DIGESTS[algorithm])
        return hmac.compare_digest(expected, self.signature)

    def covers(self, query: str) -> bool:
        """Say whether `query_hash` is the SHA-512 of the query, as sent or decoded; without a query there is none."""
        if not query:
            return "query_hash" not in self.claims
        hashes = {hashlib.sha512(text.encode()).hexdigest() for text in (query, unquote(query))}
        return self.claim("query_hash") in hashes and self.claim("query_hash_alg") == "SHA512"


def token_of(request: Request) -> Token | None:
    """Return the token of the header; None where it cannot be read."""
    scheme, _, text = request.header("authorization").partition(" ")
    parts = text.split(".")
    if scheme != "Bearer" or len(parts) != _PARTS:
        return None
    head, claims, signature = read_part(parts[0]), read_part(parts[1]), decoded(parts[2])
    if not head or not claims or signature is None:
        return None
    return Token(head, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def key_id_of(request: Request) -> str:
    """Return the `access_key` that a token names, whether it is valid or not; «» where it names none."""
    token = token_of(request)
    return "" if token is None else token.claim("access_key")


class OnceOnly:
    """What was used and must not be used again."""

    def __init__(self) -> None:
        self._used: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def accept(self, key_id: str, nonce: str) -> bool:
        """Take a key's nonce, or say no."""
        with self._lock:
            is_new = (key_id, nonce) not in self._used
            self._used.add((key_id, nonce))
            return is_new
