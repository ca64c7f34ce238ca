"""Faults of what an exchange says: some answer instead of it, some change its answer."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import unquote

from keylint.sandbox.wire import Answer, Exchange, Refused, Request, bare

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\n::error::owned\n::set-output name=a::b\n"
    "\u202egnp.exe\u2066\u200b\x00|`<script>alert(1)</script>"
)
"""Terminal escapes, workflow commands, text that runs backwards, and marks of several formats."""

_CONTROLS = re.compile(r"[\x00-\x1f]")
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Attention Required!</title></head><body>Ray ID: 0</body></html>\n"


@lru_cache(maxsize=1)
def _padded(megabytes: int) -> bytes:
    """Return the same bytes for all clients, since many copies would fill the memory."""
    return b'{"padding":"%b"}' % (b"x" * (megabytes * 1_000_000))


@dataclass(frozen=True, slots=True)
class RateLimited:
    """HTTP 429, or the status that the exchange gives instead, with `Retry-After` in seconds (null: without).

    Exchanges that tell the limit in headers of their own send those as well.
    """

    retry_after: int | None = 1
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Refuse in the exchange's own words."""
        del request
        phrases = exchange.phrases
        wait = 1 if self.retry_after is None else self.retry_after
        times = {"wait_s": wait, "wait_ms": wait * 1000, "reset_ms": now_ms + wait * 1000}
        headers = [(name, value.format(**times)) for name, value in phrases.limit_headers]
        if self.retry_after is not None:
            headers.append(("Retry-After", str(wait)))
        refused = phrases.rate_limited._replace(status=phrases.rate_limited.status or 429)
        return replace(exchange.refusal(refused, now_ms), headers=tuple(headers))


@dataclass(frozen=True, slots=True)
class Banned:
    """HTTP 418 with `Retry-After` in seconds: an earlier 429 was ignored."""

    retry_after: int = 120
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Refuse in the exchange's own words."""
        del request
        code, text, _ = exchange.phrases.banned
        refused = Refused(code, text.format(until_ms=now_ms + self.retry_after * 1000), 418)
        return replace(exchange.refusal(refused, now_ms), headers=(("Retry-After", str(self.retry_after)),))


@dataclass(frozen=True, slots=True)
class ServerError:
    """A bare 5xx answer without the exchange's format."""

    status: int = 503
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Answer with a line of text."""
        del request, exchange, now_ms
        return Answer("server_error", status=self.status, raw=b"upstream failure\n", content_type="text/plain")


@dataclass(frozen=True, slots=True)
class Html:
    """A page for people where JSON is expected, as firewalls and proxies send it (try 200, 403, 502)."""

    status: int = 200
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Answer with the page."""
        del request, exchange, now_ms
        return Answer("html", status=self.status, raw=_PAGE, content_type="text/html; charset=UTF-8")


@dataclass(frozen=True, slots=True)
class NotAnObject:
    """JSON that is no object: the given value."""

    value: object = ()
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Answer with the value."""
        del request, exchange, now_ms
        return Answer("not_an_object", self.value)


@dataclass(frozen=True, slots=True)
class DeepJson:
    """Brackets in brackets: more than a recursive reader survives."""

    depth: int = 100_000
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Answer with nothing but brackets."""
        del request, exchange, now_ms
        return Answer("deep_json", raw=b"[" * self.depth + b"]" * self.depth)


@dataclass(frozen=True, slots=True)
class BigBody:
    """Valid JSON of that size; together with `gzip` it is a small body that grows when it is unpacked."""

    megabytes: int = 50
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Answer with an object that holds one long text."""
        del request, exchange, now_ms
        return Answer("big_body", raw=_padded(self.megabytes))


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect (try 302, 307) to another place, which must never see the key."""

    to: str
    status: int = 302
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Answer with the other place and nothing else."""
        del request, exchange, now_ms
        return Answer("redirect", status=self.status, raw=b"", headers=(("Location", self.to),))


@dataclass(frozen=True, slots=True)
class Refuse:
    """Any refusal of the exchange by its code; `HTTP 403` is a bare status with the message in the status line."""

    code: str
    message: str = ""
    status: int | None = None
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Refuse in the exchange's format."""
        del request
        if bare_status := re.fullmatch(r"HTTP ([1-5][0-9]{2})", self.code):
            return bare(int(bare_status[1]), self.message)
        return exchange.refusal(Refused(self.code, self.message, self.status), now_ms)


@dataclass(frozen=True, slots=True)
class Echo:
    """A refusal that quotes the whole request: line, headers with key and signature, body, as sent and decoded."""

    status: int | None = None
    times: int | None = None

    def answer(self, request: Request, exchange: Exchange, now_ms: int) -> Answer:
        """Refuse and tell everything that was sent."""
        headers = "; ".join(f"{name}: {value}" for name, value in request.headers.items())
        sent = f"{request.method} {request.target} {headers} {request.body.decode('latin-1')}"
        refused = Refused(exchange.phrases.malformed.code, f"{sent} {unquote(sent)}", self.status)
        return exchange.refusal(refused, now_ms)


@dataclass(frozen=True, slots=True)
class WrongTypes:
    """Values of other types: «yes» for a boolean, 7 for a list, a list for a text, an object for a number.

    `fields` limits it to fields of these names, at any depth.
    """

    fields: tuple[str, ...] = ()
    times: int | None = None

    def change(self, answer: Answer, exchange: Exchange) -> Answer:
        """Exchange the values of the wanted fields."""
        del exchange
        return replace(answer, data=self._spoilt(answer.data, wanted=not self.fields))

    def _spoilt(self, value: object, *, wanted: bool) -> object:
        match value:
            case Mapping():
                return {
                    name: self._spoilt(inner, wanted=wanted or name in self.fields) for name, inner in value.items()
                }
            case _ if not wanted:
                return value
            case bool():
                return "yes"
            case list() | tuple():
                return 7
            case str():
                return [value]
            case _:
                return {"value": value}


@dataclass(frozen=True, slots=True)
class HostileText:
    """Terminal escapes, workflow commands and bidi marks wherever the exchange chooses words freely.

    That is the label, the message of a refusal, and the name of one more right, which is on; and, without what
    would end it, the words of a status line where the exchange puts its own there.
    """

    times: int | None = None

    def change(self, answer: Answer, exchange: Exchange) -> Answer:
        """Put the hostile text in."""
        reason = _CONTROLS.sub("", HOSTILE) if answer.reason else ""
        return replace(answer, data=exchange.with_text(answer.data, HOSTILE), reason=reason)


@dataclass(frozen=True, slots=True)
class Gzip:
    """A body in gzip, whatever the client accepts."""

    times: int | None = None

    def change(self, answer: Answer, exchange: Exchange) -> Answer:
        """Pack the body."""
        del exchange
        headers = (*answer.headers, ("Content-Encoding", "gzip"))
        return replace(answer, raw=gzip.compress(answer.body(), compresslevel=1, mtime=0), headers=headers)


Instead = RateLimited | Banned | ServerError | Html | NotAnObject | DeepJson | BigBody | Redirect | Refuse | Echo
Change = WrongTypes | HostileText | Gzip
