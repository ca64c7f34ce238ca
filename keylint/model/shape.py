"""Tells from the look of credentials, before any request, that they cannot be right; the values are never shown."""

import base64
import re
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from keylint.model.facts import Facts
from keylint.model.secret import Secret

_FORMATS = {"api_key": "key_id", "api_secret": "secret", "passphrase": "passphrase", "private_key": "private_key"}
"""A credential -> the facts' word for its form."""
_BLANKLESS = ("api_key", "api_secret", "otp")
_AGAIN = "copy it again; a file may end with one line end, and holds nothing else"
_WHOLE = "copy it again, from the first line with its hyphens to the last, and keep the line ends"
_PEM = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]*PRIVATE KEY)-----(?P<body>.*?)(?P<end>-----END (?P=kind)-----|\Z)", re.DOTALL
)
_KINDS = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
_SEQUENCE, _LONG_FORM = 0x30, 0x80


class Fault(NamedTuple):
    """What is wrong with one credential, and how to mend it."""

    field: str
    message: str
    hint: str


def faults(values: Mapping[str, Secret], facts: Facts) -> Iterator[Fault]:
    """Yield what is wrong with a key's credentials: the first fault of each one, always in the same order."""
    texts = {field: secret.reveal() for field, secret in values.items() if secret}
    found: dict[str, Fault] = {}
    swapped = ("api_key", "api_secret") if _are_swapped(texts, facts) else ()
    for fault in (
        *_characters(texts),
        *_places(texts, facts, swapped),
        *_private_key(texts, facts),
        *_forms(texts, facts, swapped),
    ):
        found.setdefault(fault.field, fault)
    yield from found.values()


def _characters(texts: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what no header can carry, or what came along when it was copied."""
    for field in _BLANKLESS:
        text = texts.get(field, "")
        if "-----BEGIN" in text:
            yield Fault(field, f"`{field}` holds a PEM text", "a private key in PEM belongs under `private_key`")
        elif not _is_plain(text) or " " in text:
            yield Fault(field, f"`{field}` holds blanks or characters that no credential has", _AGAIN)
    passphrase = texts.get("passphrase", "")
    if not _is_plain(passphrase) or passphrase != passphrase.strip():
        message = "`passphrase` begins or ends with a blank, or holds characters that no header can carry"
        yield Fault("passphrase", message, _AGAIN)


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _places(texts: Mapping[str, str], facts: Facts, swapped: Container[str]) -> Iterator[Fault]:
    """Yield what stands in another one's place, or has no place at this exchange."""
    key_id, secret = texts.get("api_key"), texts.get("api_secret")
    if key_id and key_id == secret:
        yield Fault("api_secret", "`api_secret` is the same text as `api_key`", "copy the secret to its own place")
    elif "api_key" in swapped:
        message = "`api_key` looks like the secret, and `api_secret` like the key id"
        yield Fault("api_key", message, "change their places")
    if "passphrase" in texts and not any("passphrase" in fields for fields in facts.credentials.values()):
        message = f"`passphrase` is given, and a key of {facts.exchange} has none"
        yield Fault("passphrase", message, "remove it; that of a private key is called `private_key_passphrase`")
    if "private_key_passphrase" in texts and "private_key" not in texts:
        message = "`private_key_passphrase` is given, and no `private_key`"
        yield Fault("private_key_passphrase", message, "remove it, or add `private_key`")


def _are_swapped(texts: Mapping[str, str], facts: Facts) -> bool:
    """Tell whether key id and secret look like the other one and not like themselves."""
    ids, secrets = _form("api_key", facts), _form("api_secret", facts)
    key_id, secret = texts.get("api_key", ""), texts.get("api_secret", "")
    if not ids or not secrets or re.fullmatch(ids, key_id) or re.fullmatch(secrets, secret):
        return False
    return bool(re.fullmatch(ids, secret) and re.fullmatch(secrets, key_id))


@lru_cache(1024)
def _form(field: str, facts: Facts, *words: str) -> str:
    """Return the regular expression for a credential, «» where none is known."""
    formats = facts.raw.get("formats")
    entry = formats.get(_FORMATS[field]) if isinstance(formats, Mapping) else None
    if not isinstance(entry, Mapping):
        return ""
    return next((str(entry[word]) for word in words or ("pattern", "looks_like") if word in entry), "")


def _forms(texts: Mapping[str, str], facts: Facts, swapped: Container[str]) -> Iterator[Fault]:
    """Yield what has not the form that all of them have; what was only read off examples refuses nothing."""
    for field in _FORMATS:
        text, pattern = texts.get(field), _form(field, facts, "pattern")
        if text is None or field in swapped or "-----BEGIN" in text:  # of PEM more can be told
            continue
        if pattern and not re.fullmatch(pattern, text):
            message = f"`{field}` has not the form that it has at {facts.exchange}"
            yield Fault(field, message, "copy it again, whole: it may be cut off, too long, or another text")


def _private_key(texts: Mapping[str, str], facts: Facts) -> Iterator[Fault]:
    """Yield what is wrong with a private key in PEM, as far as it can be told without reading the key."""
    text = texts.get("private_key")
    if text is None or (not text.lstrip().startswith("-----") and _form("private_key", facts)):
        return  # another form, which `_forms` judges
    block = _PEM.search(text.replace("\\n", "\n"))
    if block is None:
        yield Fault("private_key", "`private_key` holds no private key in PEM", _WHOLE)
    elif not block["end"]:
        yield Fault("private_key", "`private_key` is cut off: its last line is missing", _WHOLE)
    elif block["kind"] not in _KINDS:
        hint = "write it anew, for example with `openssl pkcs8 -topk8`"
        yield Fault("private_key", "`private_key` is PEM of a kind that exchanges do not use", hint)
    else:
        is_encrypted = block["kind"].startswith("ENCRYPTED") or "ENCRYPTED" in block["body"]
        if not is_encrypted and not _is_der(block["body"]):
            yield Fault("private_key", "`private_key` is damaged", _WHOLE)
        elif is_encrypted and "private_key_passphrase" not in texts:
            hint = "say where its passphrase is: `private_key_passphrase: env:NAME` or file:PATH"
            yield Fault("private_key", "the private key is encrypted", hint)
        elif not is_encrypted and "private_key_passphrase" in texts:
            message = "the private key is not encrypted"
            yield Fault("private_key_passphrase", message, "remove `private_key_passphrase`")


def _is_der(body: str) -> bool:
    """Tell whether a PEM body is base64 of one whole DER sequence: a line that was lost shows in its length."""
    try:
        raw = base64.b64decode("".join(body.split()), validate=True)
    except ValueError:
        return False
    if len(raw) < 2 or raw[0] != _SEQUENCE:  # noqa: PLR2004 - tag and length
        return False
    if raw[1] < _LONG_FORM:
        return len(raw) == 2 + raw[1]
    digits = raw[1] - _LONG_FORM
    return len(raw) == 2 + digits + int.from_bytes(raw[2 : 2 + digits])
