"""The primitives that exchanges sign with. Bytes in, text out; no clock, no network."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from keylint.model.errors import Refusal
from keylint.model.finding import Reason

_SEED_BYTES = 32
_P256_BYTES = 32

INSTALL = 'install it with: pip install "keylint[asymmetric]"'


def encoded_query(pairs: Mapping[str, object]) -> str:
    """Return a query with all names and values percent-encoded, as it is sent."""
    return urlencode(pairs, quote_via=quote, safe="")


def plain_query(pairs: Mapping[str, object]) -> str:
    """Return a query as some exchanges sign it: not percent-encoded."""
    return "&".join(f"{name}={value}" for name, value in pairs.items())


def hmac_sha256_hex(secret: str, payload: bytes) -> str:
    """Return the HMAC-SHA256 of a payload in small hexadecimal digits."""
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def hmac_sha256_base64(secret: str, payload: bytes) -> str:
    """Return the HMAC-SHA256 of a payload in base64."""
    return base64.b64encode(hmac.new(secret.encode(), payload, hashlib.sha256).digest()).decode()


def hmac_sha384_hex(secret: str, payload: bytes) -> str:
    """Return the HMAC-SHA384 of a payload in small hexadecimal digits."""
    return hmac.new(secret.encode(), payload, hashlib.sha384).hexdigest()


def hmac_sha512_hex(secret: str, payload: bytes) -> str:
    """Return the HMAC-SHA512 of a payload in small hexadecimal digits."""
    return hmac.new(secret.encode(), payload, hashlib.sha512).hexdigest()


def hmac_sha512_base64(secret: bytes, payload: bytes) -> str:
    """Return the HMAC-SHA512 of a payload in base64."""
    return base64.b64encode(hmac.new(secret, payload, hashlib.sha512).digest()).decode()


def decode_base64(secret: str, what: str) -> bytes:
    """Return the bytes of a base64 text; Refusal, without the text, where it is none."""
    try:
        return base64.b64decode(secret, validate=True)
    except ValueError:
        raise Refusal(
            Reason.BAD_CREDENTIALS, f"{what} is not base64", "copy it again, whole and without blanks"
        ) from None


def load_private_key(pem: str, passphrase: str | None) -> Any:
    """Return the key of a PEM text (RSA, Ed25519 or EC); Refusal, without the text, where it cannot be read."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - an extra, and slow to import
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - the same
    except ImportError:
        raise Refusal(Reason.UNSUPPORTED, "keys that sign with a private key need cryptography", INSTALL) from None
    try:
        return load_pem_private_key(pem.encode(), passphrase.encode() if passphrase else None)
    except TypeError:
        if passphrase:
            raise Refusal(
                Reason.BAD_CREDENTIALS, "the private key is not encrypted", "remove `private_key_passphrase`"
            ) from None
        raise Refusal(
            Reason.BAD_CREDENTIALS,
            "the private key is encrypted",
            "say where its passphrase is: `private_key_passphrase: env:NAME` or file:PATH",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise Refusal(
            Reason.BAD_CREDENTIALS,
            "the private key cannot be read: it is no PEM, damaged, or its passphrase is wrong",
            "it starts with -----BEGIN PRIVATE KEY----- and keeps its line ends",
        ) from None


def load_ed25519_seed(raw: bytes) -> Any:
    """Return the Ed25519 key of a seed of 32 bytes, alone or followed by its public key; Refusal for anything else."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra
    except ImportError:
        raise Refusal(Reason.UNSUPPORTED, "keys that sign with a private key need cryptography", INSTALL) from None
    seed, public = raw[:_SEED_BYTES], raw[_SEED_BYTES:]
    if len(seed) == _SEED_BYTES:
        key = Ed25519PrivateKey.from_private_bytes(seed)
        if public in (b"", key.public_key().public_bytes_raw()):
            return key
    hint = "give the whole of it: base64 of 32 bytes, or of 64 whose second half is the public key"
    raise Refusal(Reason.BAD_CREDENTIALS, "the private key is neither PEM nor an Ed25519 key in base64", hint)


def key_algorithm(key: Any) -> str:
    """Return `rsa`, `ed25519` or `ecdsa` for a private key; Refusal for any other."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415 - an extra

    kinds = ((rsa.RSAPrivateKey, "rsa"), (ed25519.Ed25519PrivateKey, "ed25519"), (ec.EllipticCurvePrivateKey, "ecdsa"))
    for kind, name in kinds:
        if isinstance(key, kind):
            return name
    raise Refusal(Reason.BAD_CREDENTIALS, "the private key is of a kind that keylint does not use")


def sign_base64(key: Any, payload: bytes) -> str:
    """Return the signature of a payload in base64: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519."""
    if key_algorithm(key) == "ed25519":
        return base64.b64encode(key.sign(payload)).decode()
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - an extra

    return base64.b64encode(key.sign(payload, PKCS1v15(), SHA256())).decode()


def base64url(raw: bytes) -> str:
    """Return base64 for URLs, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def hmac_token(claims: Mapping[str, object], secret: str) -> str:
    """Return a JSON Web Token of these claims, in this order, signed with HMAC-SHA256 (HS256, RFC 7515)."""
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{signed}.{base64url(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def sign_jws(key: Any, payload: bytes) -> bytes:
    """Return the signature of a payload as tokens carry it: Ed25519, or ES256 as r and s of 32 bytes each."""
    if key_algorithm(key) == "ed25519":
        signature: bytes = key.sign(payload)
        return signature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature  # noqa: PLC0415 - the same
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - the same

    if not isinstance(getattr(key, "curve", None), SECP256R1):
        raise Refusal(Reason.BAD_CREDENTIALS, "the private key is not on the curve P-256, which ES256 demands")
    return b"".join(part.to_bytes(_P256_BYTES) for part in decode_dss_signature(key.sign(payload, ECDSA(SHA256()))))
