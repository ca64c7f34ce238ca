"""What an exchange's adapter is: a module that signs one request and reads its answer."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

from keylint.model.facts import Facts
from keylint.model.live import LiveKey
from keylint.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key's own credentials, by field name. `algorithm` is the declared one, None where nothing was said."""

    values: Mapping[str, Secret] = field(repr=False)
    algorithm: str | None = None

    def get(self, name: str) -> str | None:
        """Return a value itself: only where bytes are signed or sent."""
        secret = self.values.get(name)
        return secret.reveal() if secret else None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is sent, byte for byte: `query` is encoded already, and signed as it stands here."""

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `data` is the parsed JSON; None where there was none, and `text` then says what it looks like.

    `reason`: the words of the status line, in which some exchanges say what is wrong.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    data: Any = field(repr=False)
    text: str = ""
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Error:
    """What an exchange says is wrong: its code as in the facts, its own words, and until when it wants no request.

    `until_ms` is a moment of the exchange's clock, `wait_ms` a time from now.
    """

    code: str
    text: str = ""
    until_ms: int | None = None
    wait_ms: int | None = None


class Exchange(Protocol):
    """The module of one exchange. All functions are pure; the clock comes in as an argument.

    `TIME_STEP_MS` is the resolution of the exchange's time call.
    """

    TIME_STEP_MS: int

    def sign(self, method: str, path: str, credentials: Credentials, now_ms: int) -> Request:
        """Return the signed request that shows the key; Refusal where the credentials cannot sign it."""

    def error(self, answer: Answer) -> Error | None:
        """Return what the exchange says is wrong, None where it answered what was asked."""

    def read(self, data: Any, facts: Facts) -> LiveKey:
        """Return the key's state; Refusal (`bad-answer`) where the answer makes no sense."""

    def server_time(self, data: Any) -> int:
        """Return the exchange's time in milliseconds from the answer of its time call."""


Sign = Callable[[str, str, Credentials, int], Request]


class Step(NamedTuple):
    """One call of an inspection that takes several.

    `use`: its name in the facts. `sign`: signs it in place of the exchange's own `sign`. `accepts`: the codes of the
    refusals that are an answer here: the step then gets the `Error`, else the data.
    """

    use: str
    sign: Sign | None = None
    accepts: tuple[str, ...] = ()


Steps = Generator[Step, Any, Any]


@runtime_checkable
class Stepwise(Protocol):
    """What the module of an exchange has as well where one call does not show a key.

    `USES` names all calls that an inspection may take, for `--show-calls`.
    """

    USES: tuple[str, ...]

    def steps(self, credentials: Credentials, now_ms: int) -> Steps:
        """Yield call by call, getting what each one gave; return the data that `read` reads.

        `now_ms` is the exchange's time as the inspection begins.
        """


@runtime_checkable
class Listing(Protocol):
    """What the module of an exchange has as well where a key may list others.

    `LISTS` names all calls that a listing may take, for `--show-calls`.
    """

    LISTS: tuple[str, ...]

    def listing(self, credentials: Credentials, now_ms: int) -> Steps:
        """Yield call by call, getting what each one gave; return the data that `read_listing` reads.

        What is no fact of a key, secrets first of all, is dropped here, before anything is kept.
        """

    def read_listing(self, data: Any, facts: Facts) -> tuple[LiveKey, ...]:
        """Return every key that was listed, each with its `key_id` as the exchange shows it.

        Raises Refusal (`bad-answer`) where the answer makes no sense.
        """
