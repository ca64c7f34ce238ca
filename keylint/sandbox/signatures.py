"""The check of signatures that come as text: HMAC with the key's secret, or by its public key."""

import base64
import binascii
import hmac
from collections.abc import Callable
from typing import Literal

from keylint.model.secret import Secret
from keylint.sandbox.pem import verifier
from keylint.sandbox.state import Key

Verify = Callable[[bytes, str], bool]
"""Payload and signature -> does the signature fit."""

Encoding = Literal["hex", "base64"]


def is_secret(secret: Secret | None, given: str) -> bool:
    """Compare in a time that tells nothing."""
    return secret is not None and hmac.compare_digest(secret.reveal().encode(), given.encode())


def signature(secret: Secret, payload: bytes, encoding: Encoding, digest: str = "sha256") -> str:
    """Return the HMAC of a payload; hex in lower case."""
    raw = hmac.digest(secret.reveal().encode(), payload, digest)
    return raw.hex() if encoding == "hex" else base64.b64encode(raw).decode()


def verify_with(key: Key, encoding: Encoding, digest: str = "sha256") -> Verify:
    """Return the check of one key's signatures; one by a public key is in base64, whatever the encoding of HMAC."""
    secret = key.api_secret
    if secret is not None:
        return lambda payload, given: hmac.compare_digest(
            signature(secret, payload, encoding, digest).encode(), given.encode()
        )
    assert key.public_key is not None
    check = verifier(key.public_key)

    def verify(payload: bytes, given: str) -> bool:
        try:
            return check(payload, base64.b64decode(given, validate=True))
        except (binascii.Error, ValueError):
            return False

    return verify
