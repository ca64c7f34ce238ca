"""The one door to the network: sends only what an exchange's facts list, and only to its own host.

No redirects, no cookies, no proxies or other settings of the environment: httpx's transport is used directly, which has
none of these. An answer is bounded in size here and in time by the caller. Each worker has a door of its own, with one
connection, so that there are never more connections than workers (docs/performance.md).
"""

import json
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

import httpx

from keylint import __version__
from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.fields import bad_answer
from keylint.model.errors import ForbiddenCall, Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason

MAX_BODY = 1_000_000
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1)
_HEADERS = {"User-Agent": f"keylint/{__version__}", "Accept": "application/json", "Accept-Encoding": "identity"}
_REDIRECT = range(300, 400)


@cache
def _tls() -> ssl.SSLContext:
    """Return the context that all connections share: the system's certificates, verified."""
    return ssl.create_default_context()


def allowed(request: Request, facts: Facts) -> None:
    """Raise ForbiddenCall for a request that the exchange's facts do not list."""
    if not any((call.method, call.path) == (request.method, request.path) for call in facts.calls):
        raise ForbiddenCall(f"{facts.exchange}: {request.method} {request.path} is not in the facts")


class Door:
    """One connection of one worker to one exchange at a time."""

    def __init__(self, facts: Facts, base: str, timeout: float, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Take the exchange, its base URL (scheme and host, no path) and the seconds that any one step may take.

        `headers` go with every request: they name the environment where the host does not.
        """
        self._facts, self._base, self._timeout = facts, base, timeout
        self._headers = {**_HEADERS, **dict(headers)}
        self._transport = httpx.AsyncHTTPTransport(verify=_tls(), limits=_LIMITS, trust_env=False)

    async def close(self) -> None:
        """Close the connection. Its answers are in: how it ends concerns nobody."""
        with suppress(Exception):
            await self._transport.aclose()

    async def send(self, request: Request) -> Answer:
        """Send one request that the facts list; Refusal says why there is no usable answer.

        Raises ForbiddenCall, before a byte leaves, for anything else.
        """
        allowed(request, self._facts)
        target = f"{request.path}?{request.query}" if request.query else request.path
        try:
            url = httpx.URL(self._base).copy_with(raw_path=target.encode("ascii"))
            is_same = url.raw_path == target.encode("ascii")
        except (httpx.InvalidURL, UnicodeEncodeError):
            is_same = False
        if not is_same:
            raise ForbiddenCall(f"{self._facts.exchange}: {request.path} would not be sent as it was signed")
        message = httpx.Request(
            request.method,
            url,
            headers={**self._headers, **request.headers},
            content=request.body or None,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._timeout)},
        )
        try:
            response = await self._transport.handle_async_request(message)
            try:
                body = await _bounded(response)
            finally:
                await response.aclose()
        except httpx.TimeoutException:
            raise too_late(self._timeout) from None
        except httpx.RemoteProtocolError as error:
            if "disconnected" in str(error):  # httpcore's one word for a connection that ended before any answer
                raise _unreachable(error) from None
            raise bad_answer("it is not whole, or no HTTP") from None
        except httpx.TransportError as error:
            raise _unreachable(error) from None
        answer = _answer(response.status_code, response.headers, body)
        return replace(answer, reason=bytes(response.extensions.get("reason_phrase", b"")).decode("ascii", "replace"))


def too_late(timeout: float) -> Refusal:
    """Return the refusal for an exchange that does not answer."""
    hint = "try again, or allow more with --timeout"
    return Refusal(Reason.TIMEOUT, f"no answer within {timeout:g} seconds", hint)


async def _bounded(response: httpx.Response) -> bytes:
    """Read a body up to the limit."""
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise bad_answer("it is compressed, which was not asked for")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BODY:
            raise bad_answer(f"it is longer than {MAX_BODY // 1_000_000} MB")
    return bytes(body)


def _unreachable(error: BaseException) -> Refusal:
    """Tell a bad certificate from a host that cannot be reached."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", "") or "no TLS connection"
            hint = "something answers in the exchange's place, or this machine's certificates are out of date"
            return Refusal(Reason.TLS, f"the connection is not secure: {reason}", hint)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError):
        return Refusal(Reason.UNREACHABLE, "no connection", "check the network, the firewall and the exchange's status")
    return Refusal(Reason.UNREACHABLE, "the connection was cut", "try again; a firewall on the way may cut it")


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """Parse what came back; a redirect, a page or broken JSON is kept as `data` None with what it looks like."""
    try:
        text = body.decode("utf-8")
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return Answer(status, headers, None, _looks_like(status, body))
    return Answer(status, headers, data, "null" if data is None else "")


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says two things of one field."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field stands twice")
    return fields


def _looks_like(status: int, body: bytes) -> str:
    if status in _REDIRECT:
        return "a redirect, which is never followed"
    start = body[:200].lstrip().lower()
    if not start:
        return "an empty body"
    return "an HTML page instead of JSON" if start.startswith(b"<") else "no proper JSON"
