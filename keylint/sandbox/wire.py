"""What travels between a client and a simulated exchange, and what an exchange is to the server."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import ClassVar, NamedTuple, Protocol
from urllib.parse import parse_qsl

_ONE_PIECE = 65_536
_REASONS = {status.value: status.phrase for status in HTTPStatus}

Calls = frozenset[tuple[str, str]]
"""Methods and paths; a part of a path in braces stands for any text."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; `target` is the path with the query, as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Return what follows the question mark, as sent."""
        return self.target.partition("?")[2]

    @property
    def parameters(self) -> dict[str, str]:
        """Return the parameters of the query, decoded; of two with one name the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def is_in(self, calls: Calls) -> bool:
        """Say whether it is one of the calls."""
        return any(
            self.method == method and re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)), self.path)
            for method, path in calls
        )

    def header(self, name: str) -> str:
        """Return a header's value, «» where it is absent; `name` in lower case."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer before it is put into bytes: `raw`, or else `data` as JSON.

    `outcome` is for the record: `ok`, the exchange's error code, or the name of the fault that answered. `reason`
    replaces the usual words of the status line.
    """

    outcome: str
    data: object = None
    status: int = 200
    raw: bytes | None = None
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    def body(self) -> bytes:
        """Return the body's bytes."""
        return json.dumps(self.data, separators=(",", ":")).encode() if self.raw is None else self.raw


@dataclass(frozen=True, slots=True)
class Message:
    """An answer in bytes. `start`: status line and headers, still without the body's length and the empty line."""

    start: bytes
    body: bytes

    def head(self, length: int | None) -> bytes:
        """Return all that stands before the body; no length means that the body comes in chunks."""
        size = b"Transfer-Encoding: chunked" if length is None else b"Content-Length: %d" % length
        return self.start + size + b"\r\n\r\n"

    def pieces(self) -> tuple[bytes, ...]:
        """Return the message as an honest server sends it: in one piece, unless the body is too large to copy."""
        head = self.head(len(self.body))
        return (head + self.body,) if len(self.body) <= _ONE_PIECE else (head, self.body)


def message(answer: Answer, now_ms: int, *, close: bool) -> Message:
    """Put an answer into bytes; `close` announces that the connection ends with it."""
    lines = [
        f"HTTP/1.1 {answer.status} {answer.reason or _REASONS.get(answer.status, '')}",
        f"Date: {formatdate(now_ms / 1000, usegmt=True)}",
        f"Content-Type: {answer.content_type}",
        *(f"{name}: {value}" for name, value in answer.headers),
        *(["Connection: close"] if close else []),
    ]
    return Message("".join(f"{line}\r\n" for line in lines).encode(), answer.body())


def is_json(value: object) -> bool:
    """Say whether a value can stand in an answer."""
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


class Refused(NamedTuple):
    """An error of an exchange in its own words. `status`: None is the exchange's usual one."""

    code: str
    text: str
    status: int | None = None


def bare(status: int, reason: str = "") -> Answer:
    """Return an answer that is nothing but its status line."""
    return Answer(f"HTTP {status}", status=status, raw=b"", reason=reason)


def reworded(data: object, text: str, words: Collection[str], rights: Collection[str], right: object = None) -> object:
    """Put `text` into the fields `words` at any depth, and one more right of that name into the fields `rights`.

    Rights may stand in a list (`right` is what is added there, else the text), in a text with commas, or in groups.
    """
    if isinstance(data, list):
        return [reworded(item, text, words, rights, right) for item in data]
    if not isinstance(data, dict):
        return data
    new: dict[str, object] = {}
    for name, value in data.items():
        match value:
            case str() if name in words:
                new[name] = text
            case str() if name in rights:
                new[name] = f"{value},{text}"
            case list() if name in rights:
                new[name] = [*value, right or text]
            case dict() if name in rights:
                new[name] = {**value, text: [text]}
            case _:
                new[name] = reworded(value, text, words, rights, right)
    return new


@dataclass(frozen=True, slots=True)
class Phrases:
    """How an exchange says what every exchange can say. `{until_ms}` in `banned` is the end of the ban.

    `limit_headers` come with a rate limit; `{reset_ms}` is the moment of its end, `{wait_s}` and `{wait_ms}` how long
    that is from now.
    """

    rate_limited: Refused
    banned: Refused
    malformed: Refused
    limit_headers: tuple[tuple[str, str], ...] = ()


class Exchange(Protocol):
    """A simulated exchange: it judges requests and knows its own error format; it never sees a socket."""

    name: ClassVar[str]
    """The name that a declaration uses."""

    calls: ClassVar[Calls]
    """The inspection, listing and time calls; every other request is forbidden."""

    phrases: ClassVar[Phrases]
    """How it refuses for load."""

    def key_id(self, request: Request) -> str:
        """Return the key id that the request names, «» where it names none."""

    def answer(self, request: Request, now_ms: int) -> Answer:
        """Judge a request as the exchange would at that time."""

    def refusal(self, refused: Refused, now_ms: int) -> Answer:
        """Return an error in the exchange's format."""

    def with_text(self, data: object, text: str) -> object:
        """Return an answer's data with `text` wherever the exchange may choose words freely."""
