"""Asymmetric keys: the public half of a PEM text, and signatures checked with it.

`cryptography` is imported only when such a key is served.
"""

import base64
import binascii
from collections.abc import Callable

Verify = Callable[[bytes, str], bool]
"""Payload and signature in base64 -> does the signature fit."""

_RSA_BITS = range(2048, 4097)


def public_half(text: str) -> str:
    """Return the PEM of the public key of a private or public one; raises ValueError with a sentence."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - only when such a key is served
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ed25519, rsa  # noqa: PLC0415
    except ImportError:
        raise ValueError("needs the package cryptography: pip install 'keylint[asymmetric]'") from None
    data = text.encode()
    try:
        if b"PRIVATE KEY-----" in data:
            public = serialization.load_pem_private_key(data, password=None).public_key()
        else:
            public = serialization.load_pem_public_key(data)
    except TypeError:
        raise ValueError("is encrypted; the sandbox asks for no passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is no key in PEM") from None
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size not in _RSA_BITS:
            raise ValueError("must have 2048 to 4096 bits")
    elif not isinstance(public, ed25519.Ed25519PublicKey):
        raise ValueError("is neither an RSA nor an Ed25519 key")  # noqa: TRY004 - it is about the text
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def verifier(public_pem: str) -> Verify:
    """Return the check that belongs to a public key: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only when such a key is served
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa  # noqa: PLC0415

    public = serialization.load_pem_public_key(public_pem.encode())

    def verify(payload: bytes, signature: str) -> bool:
        try:
            raw = base64.b64decode(signature, validate=True)
            if isinstance(public, rsa.RSAPublicKey):
                public.verify(raw, payload, padding.PKCS1v15(), hashes.SHA256())
            else:
                assert isinstance(public, ed25519.Ed25519PublicKey)
                public.verify(raw, payload)
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True

    return verify
