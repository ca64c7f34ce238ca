"""Maps what an exchange answers to one of keylint's reasons, with the facts' words for it."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

from keylint.exchanges.exchange import Answer, Error
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason

_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_WINDOW = 6
_SHOWN = 160

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
    """Return an exchange's words without any part of what was sent to it.

    Each value is looked for as it is, percent-encoded and in base64, and in pieces of six characters, because an answer
    may quote only a part of it.
    """
    marks = bytearray(len(text))
    folded = text.lower()
    for value in sent:
        raw = value.encode("utf-8", "surrogatepass")
        for form in {value, quote(value, safe=""), base64.b64encode(raw).decode(), base64.b64encode(raw[1:]).decode()}:
            low = form.lower()
            for start in range(max(len(low) - _WINDOW, 0) + 1):
                piece = low[start : start + _WINDOW]
                at = folded.find(piece) if len(piece) == _WINDOW or piece == low else -1
                while piece and at >= 0:
                    marks[at : at + len(piece)] = b"\1" * len(piece)
                    at = folded.find(piece, at + 1)
    shown = "".join("•" if mark else char for char, mark in zip(text, marks, strict=True))
    shown = re.sub("•+", "…", shown)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


def refusal(answer: Answer, error: Error | None, facts: Facts, sent: Iterable[str]) -> Refusal | None:
    """Return why an answer is no state of a key, None where it may be one.

    An error code of the facts decides; then the HTTP status; a body that is no JSON is `bad-answer`.
    """
    status = answer.status
    if error is not None:
        known = facts.error(error.code)
        if known is None and status in (418, 429):
            return Refusal(*_BY_STATUS[status])
        if known is None:
            words = scrub(error.text, sent)
            hint = f"the exchange said: {words}" if words else ""
            reason = _BY_STATUS[status][0] if status in _BY_STATUS else Reason.BAD_ANSWER
            return Refusal(reason, f"{facts.exchange} refused with an unknown code {scrub(error.code, sent)}", hint)
        causes = (
            "; ".join(f"({i}) {cause}" for i, cause in enumerate(known.causes, 1))
            if len(known.causes) > 1
            else "".join(known.causes)
        )
        seen = _ADDRESS.search(error.text)
        if seen and known.reason in ("ambiguous-refusal", "ip-not-allowed"):
            causes += f"; the exchange saw the address {seen[0]}"
        gone = known.reason == "gone"
        reason = Reason.BAD_CREDENTIALS if gone else Reason(known.reason)
        return Refusal(reason, f"{facts.exchange} {known.code}: {known.meaning}", causes, gone=gone)
    if status in range(200, 300):
        if answer.data is None:
            return Refusal(
                Reason.BAD_ANSWER,
                f"the answer makes no sense: {answer.text}",
                "something may stand between keylint and the exchange",
            )
        return None
    if status >= 500:  # noqa: PLR2004 - the class of the exchange's own faults
        return Refusal(
            Reason.MAINTENANCE,
            f"the exchange has a fault (HTTP {status})",
            "try again later, and look at its status page",
        )
    if status in _BY_STATUS:
        reason, message, hint = _BY_STATUS[status]
        return Refusal(reason, f"{message} (HTTP {status})", hint)
    what = answer.text or "an unexpected status"
    return Refusal(
        Reason.BAD_ANSWER,
        f"the answer makes no sense: {what} (HTTP {status})",
        "something may stand between keylint and the exchange",
    )
