"""Asymmetric keys: the public half of a PEM text, and signatures checked with it.

`cryptography` is imported only when such a key is served.
"""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

Check = Callable[[bytes, bytes], bool]
"""Payload and raw signature -> does the signature fit."""

_RSA_BITS = range(2048, 4097)
_SEED_BYTES = 32
_P256_BYTES = 32
_MISSING = "needs the package cryptography: pip install 'keylint[asymmetric]'"


def public_half(text: str) -> str:
    """Return the PEM of the public key of a private or public one; raises ValueError with a sentence."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - only when such a key is served
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    except ImportError:
        raise ValueError(_MISSING) from None
    data = text.encode()
    public: PublicKeyTypes
    try:
        if b"PRIVATE KEY-----" in data:
            public = serialization.load_pem_private_key(data, password=None).public_key()
        elif b"-----" in data:
            public = serialization.load_pem_public_key(data)
        else:
            public = _public_of_seed(text)
    except TypeError:
        raise ValueError("is encrypted; the sandbox asks for no passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("is no key in PEM") from None
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    algorithm(pem)
    return pem


def _public_of_seed(text: str) -> "PublicKeyTypes":
    """Read base64 of an Ed25519 seed, alone or followed by the public key; raises ValueError."""
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra

    raw = base64.b64decode(text, validate=True)
    public = ed25519.Ed25519PrivateKey.from_private_bytes(raw[:_SEED_BYTES]).public_key()
    if raw[_SEED_BYTES:] not in (b"", public.public_bytes_raw()):
        raise ValueError
    return public


def algorithm(public_pem: str) -> str:
    """Return `rsa`, `ed25519` or `ecdsa` (P-256); raises ValueError with a sentence where it is none of them."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - an extra

    match serialization.load_pem_public_key(public_pem.encode()):
        case rsa.RSAPublicKey() as key:
            if key.key_size not in _RSA_BITS:
                raise ValueError("must have 2048 to 4096 bits")
            return "rsa"
        case ed25519.Ed25519PublicKey():
            return "ed25519"
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return "ecdsa"
        case _:
            raise ValueError("is neither an RSA nor an Ed25519 nor a P-256 key")


def verifier(public_pem: str) -> Check:
    """Return the check that belongs to a public key.

    That is RSASSA-PKCS1-v1_5 with SHA-256, Ed25519, or ECDSA on P-256 with SHA-256 and a signature of 64 bytes.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils  # noqa: PLC0415 - an extra

    public = serialization.load_pem_public_key(public_pem.encode())

    def check(payload: bytes, raw: bytes) -> bool:
        try:
            match public:
                case rsa.RSAPublicKey():
                    public.verify(raw, payload, padding.PKCS1v15(), hashes.SHA256())
                case ed25519.Ed25519PublicKey():
                    public.verify(raw, payload)
                case ec.EllipticCurvePublicKey() if len(raw) == 2 * _P256_BYTES:
                    r, s = (int.from_bytes(half) for half in (raw[:_P256_BYTES], raw[_P256_BYTES:]))
                    public.verify(utils.encode_dss_signature(r, s), payload, ec.ECDSA(hashes.SHA256()))
                case _:
                    return False
        except InvalidSignature:
            return False
        return True

    return check
