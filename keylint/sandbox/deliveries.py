"""Faults of how an answer is sent. After each of them the connection is closed; what never ends has a bound."""

from dataclasses import dataclass
from typing import Literal, Protocol

from keylint.sandbox.wire import Message

_CHUNK = b"x" * 65_536
_MEGABYTE = 1_000_000


class Line(Protocol):
    """The way back to one client. Every method raises OSError once the client is gone or the sandbox closes."""

    def send(self, data: bytes) -> None:
        """Send all of the bytes."""

    def pause(self, seconds: float) -> None:
        """Wait."""

    def wait(self) -> None:
        """Wait until the sandbox closes."""

    def reset(self) -> None:
        """End the connection with a TCP reset."""


def _drip(line: Line, data: bytes, interval: float, seconds: float) -> None:
    """Send one byte per interval, for that many seconds at most."""
    for position in range(min(len(data), int(seconds / max(interval, 0.001)) + 1)):
        line.send(data[position : position + 1])
        line.pause(interval)


@dataclass(frozen=True, slots=True)
class Cut:
    """Half of the body. `content_length`: `right` counts what is sent, `too-large` promises the whole."""

    content_length: Literal["right", "too-large"] = "right"
    times: int | None = None

    def deliver(self, line: Line, message: Message) -> None:
        """Send the first half."""
        half = message.body[: len(message.body) // 2]
        line.send(message.head(len(half if self.content_length == "right" else message.body)) + half)


@dataclass(frozen=True, slots=True)
class EndlessBody:
    """A body in chunks that never ends; bounded by `seconds` and `megabytes`."""

    seconds: float = 60
    megabytes: int = 1000
    times: int | None = None

    def deliver(self, line: Line, message: Message) -> None:
        """Send a JSON text that does not end, as fast as the client reads."""
        line.send(message.head(None))
        chunk = b"%x\r\n%b\r\n" % (len(_CHUNK), _CHUNK)
        line.send(b'1\r\n"\r\n')
        pause = self.seconds / max(1, self.megabytes * _MEGABYTE // len(_CHUNK))
        for _ in range(self.megabytes * _MEGABYTE // len(_CHUNK)):
            line.send(chunk)
            line.pause(pause)


@dataclass(frozen=True, slots=True)
class SlowHeaders:
    """The headers, one byte per interval; bounded by `seconds`."""

    interval: float = 1
    seconds: float = 60
    times: int | None = None

    def deliver(self, line: Line, message: Message) -> None:
        """Send head and body byte by byte."""
        _drip(line, b"".join(message.pieces()), self.interval, self.seconds)


@dataclass(frozen=True, slots=True)
class EndlessHeaders:
    """Headers that never end; bounded by `megabytes`."""

    megabytes: int = 100
    times: int | None = None

    def deliver(self, line: Line, message: Message) -> None:
        """Send header lines as fast as the client reads."""
        line.send(message.start)
        block = b"X-Padding: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n" * 100
        for _ in range(self.megabytes * _MEGABYTE // len(block)):
            line.send(block)


@dataclass(frozen=True, slots=True)
class SlowBody:
    """The headers at once, the body one byte per interval; bounded by `seconds`."""

    interval: float = 1
    seconds: float = 60
    times: int | None = None

    def deliver(self, line: Line, message: Message) -> None:
        """Send the body byte by byte."""
        line.send(message.head(len(message.body)))
        _drip(line, message.body, self.interval, self.seconds)


@dataclass(frozen=True, slots=True)
class Reset:
    """A TCP reset instead of an answer."""

    times: int | None = None

    def deliver(self, line: Line, message: Message) -> None:
        """Reset the connection."""
        del message
        line.reset()


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed without an answer."""

    times: int | None = None

    def deliver(self, line: Line, message: Message) -> None:
        """Send nothing."""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer at all, until the sandbox closes."""

    times: int | None = None

    def deliver(self, line: Line, message: Message) -> None:
        """Wait."""
        del message
        line.wait()


Delivery = Cut | EndlessBody | SlowHeaders | EndlessHeaders | SlowBody | Reset | Close | Hang
