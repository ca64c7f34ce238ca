"""Maps what an exchange answers to one of keylint's reasons, with the facts' words for it."""

import base64
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from ipaddress import ip_address
from string import ascii_lowercase, ascii_uppercase
from urllib.parse import quote

from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.exchanges.fields import bad_answer
from keylint.model.errors import Refusal
from keylint.model.facts import ErrorFact, Facts
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey

_ADDRESS = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f.:]{3,45}(?![0-9A-Za-z])")
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_WINDOW = 6
_READ = 1000
_SHOWN = 160
_MOST_NAMES = 500

# What a status means where neither the code nor the status stands in the exchange's facts.
_BY_STATUS = {
    401: (
        Reason.BAD_CREDENTIALS,
        "the credentials were refused",
        "check that key and secret belong together and exist",
    ),
    403: (
        Reason.GEO_BLOCKED,
        "the request was blocked",
        "the exchange may not serve this region, or its firewall acted",
    ),
    404: (
        Reason.BAD_ANSWER,
        "there is no such call at this address",
        "check --base-url, and the environment of the key",
    ),
    418: (Reason.RATE_LIMITED, "this address is banned for a while", "wait; nothing more was sent to this exchange"),
    429: (Reason.RATE_LIMITED, "too many requests", "wait, or ask for fewer keys at once with --jobs"),
    451: (Reason.GEO_BLOCKED, "not served in this region", "run keylint where the exchange is available"),
}


def scrub(text: str, sent: Iterable[str]) -> str:
    """Return an exchange's words, shortened, without any part of what was sent to it; see `scrubber`."""
    return scrubber(sent)(text)


def scrubber(sent: Iterable[str]) -> Callable[[str], str]:
    """Return what takes everything that was sent out of an exchange's words, and shortens them.

    Each value is looked for in pieces of six characters, because an answer may quote only a part of it, and in the
    forms that a careless server gives it: encoded, backwards, in the other case.
    """

    @cache
    def pieces() -> tuple[str, frozenset[str]]:
        forms = [form for value in sent for form in _forms(value)]
        return "\0".join(forms), frozenset(form for form in forms if form and len(form) < _WINDOW)

    def hide(text: str) -> str:
        if not text:
            return text
        text = text[:_READ]
        whole, short = pieces()
        # Not str.lower(): it makes some letters two, and the places would no longer fit.
        folded, hidden = text.translate(_LOWER), bytearray(len(text))
        for size in {_WINDOW, *map(len, short)}:
            for start in range(len(folded) - size + 1):
                piece = folded[start : start + size]
                if piece in short if size < _WINDOW else piece in whole:
                    hidden[start : start + size] = b"\1" * size
        shown = re.sub("•+", "…", "".join("•" if gone else char for char, gone in zip(text, hidden, strict=True)))
        return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"

    return hide


def _forms(value: str) -> Iterable[str]:
    """Yield a value as it may come back, in small letters. Base64 has three forms, by where in a text it began."""
    raw = value.encode("utf-8", "surrogatepass")
    encoded = (base64.b64encode(raw[start:]).decode() for start in range(3))
    for form in (value, value[::-1], quote(raw, safe=""), raw.hex(), *encoded):
        yield form.translate(_LOWER)


def clean(live: LiveKey, credentials: Credentials) -> LiveKey:
    """Return a state whose texts hold nothing of what was sent and are short enough to be shown.

    Only its id may hold the asking key's own, of which reports show no more than the ends. An address on a chain is
    public, and may be the account's own.
    """
    addresses = live.ip_allowlist
    if len(live.unmapped) > _MOST_NAMES or (addresses is not UNKNOWN and len(addresses) > _MOST_NAMES):
        raise bad_answer(f"it lists more than {_MOST_NAMES} names")
    private = {name: secret.reveal() for name, secret in credentials.values.items() if name != "address"}
    hide = scrubber(private.values())
    hide_in_id = scrubber(value for name, value in private.items() if name != "api_key")
    return live._replace(
        unmapped=tuple(map(hide, live.unmapped)),
        ip_allowlist=UNKNOWN if addresses is UNKNOWN else tuple(map(hide, addresses)),
        label=UNKNOWN if live.label is UNKNOWN else hide(live.label),
        account_id=UNKNOWN if live.account_id is UNKNOWN else hide(live.account_id),
        key_id=UNKNOWN if live.key_id is UNKNOWN else hide_in_id(live.key_id),
    )


def refusal(answer: Answer, error: Error | None, facts: Facts, sent: Iterable[str]) -> Refusal | None:
    """Return why an answer is no state of a key, None where it may be one.

    An error code of the facts decides, then a status of the facts (`HTTP 429`), then what that status means anywhere.
    """
    status = answer.status
    if error is None and status in range(200, 300):
        return None if answer.data is not None else _senseless(answer.text)
    known = (error and facts.error(error.code)) or facts.error(f"HTTP {status}")
    if known:
        return _known(known, error.text if error else answer.reason, facts)
    if status >= 500:  # noqa: PLR2004 - the class of the exchange's own faults
        reason, message, hint = Reason.MAINTENANCE, "the exchange has a fault", "try again later; see its status page"
    elif status in _BY_STATUS:
        reason, message, hint = _BY_STATUS[status]
    elif error is None:
        return _senseless(answer.text or "an unexpected status", status)
    else:
        reason, message, hint = Reason.BAD_ANSWER, "the request was refused", ""
    if error is None:
        return Refusal(reason, f"{message} (HTTP {status})", hint)
    hide = scrubber(sent)
    words, code = hide(error.text), hide(error.code)
    message = f"{message}, with the unknown code {code} (HTTP {status})"
    return Refusal(reason, message, f"the exchange said: {words}" if words else hint)


def _senseless(what: str, status: int | None = None) -> Refusal:
    told = bad_answer(f"{what} (HTTP {status})" if status else what)
    return Refusal(told.reason, told.message, "something may stand between keylint and the exchange")


def _known(known: ErrorFact, words: str, facts: Facts) -> Refusal:
    """Return the refusal of a documented error, with its causes in order of likelihood.

    Where the exchange uses one code for several things, its words decide.
    """
    said = words[:_READ].casefold()
    told = next((reason for part, reason in known.texts if part.casefold() in said), known.reason)
    causes = known.causes
    hint = "; ".join(f"({rank}) {cause}" for rank, cause in enumerate(causes, 1)) if causes[1:] else "".join(causes)
    address = _address(words) if told in ("ambiguous-refusal", "ip-not-allowed") else ""
    if address:
        hint += f"; the exchange saw the address {address}"
    gone = told == "gone"
    reason, message = (
        Reason.BAD_CREDENTIALS if gone else Reason(told),
        f"{facts.exchange} {known.code}: {known.meaning}",
    )
    return Refusal(reason, message, hint, gone=gone, code=known.code, address=address)


def _address(text: str) -> str:
    """Return the first address that a text names, "" where it names none."""
    for match in _ADDRESS.finditer(text[:_READ]):
        for candidate in (match[0].strip(".:"), match[0].rstrip(".")):  # a sentence may end, or a word, right there
            with suppress(ValueError):
                if not (address := ip_address(candidate)).is_unspecified:
                    return str(address)
    return ""
