"""The one door to the network: sends only what an exchange's facts list, and only to its own host.

No redirects, no cookies, no settings of the environment: httpcore, which carries httpx, knows none of these. An answer
is bounded in size and in time. Each worker has a door of its own, with one connection, so that there are never more
connections than workers (docs/performance.md).
"""

import asyncio
import json
import logging
import re
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore

from keylint import __version__
from keylint.exchanges.exchange import Answer, Request
from keylint.exchanges.fields import bad_answer
from keylint.exchanges.stream import Streams
from keylint.model.errors import ForbiddenCall, Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.secret import Secret

MAX_BODY = 1_000_000
_HEADERS = {"User-Agent": f"keylint/{__version__}", "Accept": "application/json", "Accept-Encoding": "identity"}
_ID = re.compile(r"[0-9]{1,20}")
_REDIRECT = range(300, 400)
_VALUE = re.compile(r"[ -~]*")
_TARGET = re.compile(r"/[!-~]*")
_NO_FAULT_OF_TLS = (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLEOFError)
"""Waiting for the other side, and its end: what stands behind a connection that was cut."""
_WITH_BODY = ("POST", "PUT", "PATCH")

logging.getLogger("httpcore").setLevel(logging.CRITICAL)  # whoever logs everything would log the keys too


@cache
def _tls() -> ssl.SSLContext:
    """Return the context that all connections share: the system's certificates, verified."""
    return ssl.create_default_context()


def allowed(request: Request, facts: Facts) -> None:
    """Raise ForbiddenCall for a request that the exchange's facts do not list."""
    if not any(call.method == request.method and _is_path(call.path, request.path) for call in facts.calls):
        raise ForbiddenCall(f"{facts.exchange}: {request.method} {request.path} is not in the facts")


def _is_path(listed: str, path: str) -> bool:
    """Tell whether a path is the listed one, in which `{name}` stands for one segment: an id of digits."""
    if "{" not in listed:
        return path == listed
    wanted, given = listed.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        _ID.fullmatch(part) if name.startswith("{") else part == name for name, part in zip(wanted, given, strict=True)
    )


class Door:
    """One connection of one worker to one exchange at a time."""

    def __init__(
        self,
        facts: Facts,
        base: str,
        timeout: float,
        headers: Iterable[tuple[str, str]] = (),
        proxy: Secret | None = None,
    ) -> None:
        """Take the exchange, its base URL (scheme and host, no path) and the seconds that one request may take.

        `headers` go with every request: they name the environment where the host does not. `proxy`: what every
        request by TLS goes through, which sees the exchange's host and nothing else.
        """
        self._facts, self._timeout = facts, timeout
        self._url = httpcore.URL(base)
        host = base.partition("://")[2].rstrip("/")
        self._headers = _encoded({"Host": host, **_HEADERS, **dict(headers)})
        self._proxy = proxy if self._url.scheme == b"https" else None
        self._connection: httpcore.AsyncHTTPConnection | httpcore.AsyncHTTPProxy | None = None

    async def close(self) -> None:
        """Close the connection. Its answers are in: how it ends concerns nobody."""
        connection, self._connection = self._connection, None
        if connection:
            with suppress(Exception):
                await connection.aclose()

    async def send(self, request: Request) -> Answer:
        """Send one request that the facts list; Refusal says why there is no usable answer.

        Raises ForbiddenCall, before a byte leaves, for anything else.
        """
        allowed(request, self._facts)
        target = f"{request.path}?{request.query}" if request.query else request.path
        is_plain = all(_VALUE.fullmatch(value) for value in request.headers.values())
        if not _TARGET.fullmatch(target) or "#" in target or not is_plain:
            raise ForbiddenCall(f"{self._facts.exchange}: {request.path} would not be sent as it was signed")
        headers = [*self._headers, *_encoded(request.headers)]
        if request.body or request.method in _WITH_BODY:
            headers.append((b"Content-Length", b"%d" % len(request.body)))
        message = httpcore.Request(
            request.method,
            httpcore.URL(scheme=self._url.scheme, host=self._url.host, port=self._url.port, target=target.encode()),
            headers=headers,
            content=request.body or None,
        )
        try:
            async with asyncio.timeout(self._timeout):
                try:
                    response = await (await self._connected()).handle_async_request(message)
                    names = _decoded(response.headers)
                    body = await _bounded(response, names)
                    await response.aclose()
                except BaseException:  # what became of the connection is no matter: the next key gets another one
                    await self.close()
                    raise
        except TimeoutError:
            raise too_late(self._timeout) from None
        except httpcore.RemoteProtocolError as error:
            if "disconnected" in str(error):  # httpcore's one word for a connection that ended before any answer
                raise _unreachable(error) from None
            raise bad_answer("it is not whole, or no HTTP") from None
        except httpcore.ProxyError:
            hint = "check the address and the password of the proxy"
            raise Refusal(Reason.UNREACHABLE, "the proxy refuses to go there", hint) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise _unreachable(error) from None
        reason = bytes(response.extensions.get("reason_phrase", b"")).decode("ascii", "replace")
        return _answer(response.status, names, body, reason)

    async def _connected(self) -> httpcore.AsyncHTTPConnection | httpcore.AsyncHTTPProxy:
        """Return the connection, a new one where the last was closed by either side."""
        old = self._connection
        if isinstance(old, httpcore.AsyncHTTPProxy):
            is_over = any(map(_has_more, old.connections))  # it looks after the rest by itself
        else:
            is_over = old is not None and (old.is_closed() or old.has_expired() or _has_more(old))
        if is_over:
            await self.close()
        if not self._connection:
            tls = _tls() if self._url.scheme == b"https" else None
            if self._proxy:
                self._connection = _through(self._proxy, tls)
            else:
                self._connection = httpcore.AsyncHTTPConnection(
                    self._url.origin, ssl_context=tls, network_backend=Streams(tls)
                )
        return self._connection


def _has_more(connection: object) -> bool:
    """Tell whether something came behind an answer, which would be taken for what the next key is told.

    Nothing public tells it: httpcore looks at the socket only, not at what it has read of it already.
    """
    protocol = getattr(getattr(connection, "_connection", None), "_h11_state", None)
    return protocol is not None and bool(protocol.trailing_data[0])


def _through(proxy: Secret, tls: ssl.SSLContext | None) -> httpcore.AsyncHTTPProxy:
    """Return one connection through a proxy."""
    parts = urlsplit(proxy.reveal())
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    return httpcore.AsyncHTTPProxy(
        parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(),
        proxy_auth=auth,
        ssl_context=tls,
        proxy_ssl_context=tls if parts.scheme == "https" else None,
        max_connections=1,
    )


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _decoded(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return an answer's headers by their names in small letters; what comes several times is one list."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def too_late(timeout: float) -> Refusal:
    """Return the refusal for an exchange that does not answer."""
    hint = "try again, or allow more with --timeout"
    return Refusal(Reason.TIMEOUT, f"no answer within {timeout:g} seconds", hint)


async def _bounded(response: httpcore.Response, headers: Mapping[str, str]) -> bytes:
    """Read a body up to the limit."""
    if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise bad_answer("it is compressed, which was not asked for")
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise bad_answer(f"it is longer than {MAX_BODY // 1_000_000} MB")
    return bytes(body)


def _unreachable(error: BaseException) -> Refusal:
    """Tell a bad certificate from a host that cannot be reached."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _NO_FAULT_OF_TLS):
            reason = getattr(cause, "verify_message", "") or "no TLS connection"
            hint = "something answers in the exchange's place, or this machine's certificates are out of date"
            return Refusal(Reason.TLS, f"the connection is not secure: {reason}", hint)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.ConnectError):
        return Refusal(Reason.UNREACHABLE, "no connection", "check the network, the firewall and the exchange's status")
    return Refusal(Reason.UNREACHABLE, "the connection was cut", "try again; a firewall on the way may cut it")


def _answer(status: int, headers: Mapping[str, str], body: bytes, reason: str) -> Answer:
    """Parse what came back; a redirect, a page or broken JSON is kept as `data` None with what it looks like."""
    try:
        text = body.decode("utf-8")
        data = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return Answer(status, headers, None, _looks_like(status, body), reason)
    return Answer(status, headers, data, "null" if data is None else "", reason)


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
