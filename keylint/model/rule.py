"""What a rule is."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from keylint.model.declaration import KeyDecl
from keylint.model.facts import Vocabulary
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.policy import Purpose
from keylint.model.secret import Given
from keylint.model.source import Source


class Options:
    """The options of a rule: a subclass lists them as class attributes with their defaults; values cannot change.

    A plain class, because making seventy dataclasses would cost `keylint check` a tenth of its start.
    `LOOSER` says in which direction each is looser, for `keylint policies compare`: `more`, `less`, or `more-or-none`
    where no entries mean that the rule is silent.
    """

    LOOSER = MappingProxyType[str, str]({})

    def __init__(self, **given: Any) -> None:
        """Take the values that differ from the defaults; the policy's schema has checked names and types."""
        for name, value in given.items():
            if name not in self.names():
                raise TypeError(f"unknown option {name!r}")
            object.__setattr__(self, name, value)

    @classmethod
    def names(cls) -> list[str]:
        """Return the options' names in the order in which they stand in the class."""
        return list(cls.__annotations__)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"option {name!r} cannot be changed")


OptionsT = TypeVar("OptionsT", bound=Options)


class Context(NamedTuple, Generic[OptionsT]):
    """What a rule may look at beside the key. `memory` lasts for one run, to compare keys with each other."""

    now: datetime
    options: OptionsT
    vocabulary: Vocabulary
    source: Source
    purposes: Mapping[str, Purpose]
    memory: dict[str, Any]


Check = Callable[[KeyDecl, Context[Any]], Iterator[Problem]]
LiveCheck = Callable[[KeyDecl, LiveKey, Context[Any]], Iterator[Problem]]
TextCheck = Callable[[Source, Context[Any]], Iterator[Problem]]
GivenCheck = Callable[[KeyDecl, Given, Context[Any]], Iterator[Problem]]


class Rule(NamedTuple):
    """One rule. `doc` is its page, its help and its test.

    At most one of the four checks is set: of the declaration, the live state, the file's text, the credentials that
    `diff` is given. None is for what a layer itself says (`schema`, `yaml`, `key-gone`).
    `mandatory`: a policy may not switch it off and nothing waives it. `active_only`: silent on planned and revoked
    keys. `judges_live`: `diff` runs the same check on the key as the exchange shows it. `is_drift`: what it says means
    that declaration and live key differ. `worst`: the severity of its worst problem, where problems name their own.
    `of_revoked`: speaks of a revoked key that still lives, too: its rights and addresses are no matter any more.
    `shares`: rules that say the same word here share one memory.
    """

    name: str
    severity: Severity
    doc: str
    check: Check | None = None
    check_live: LiveCheck | None = None
    check_text: TextCheck | None = None
    check_given: GivenCheck | None = None
    options: type[Options] = Options
    mandatory: bool = False
    active_only: bool = False
    judges_live: bool = False
    is_drift: bool = False
    worst: Severity | None = None
    of_revoked: bool = False
    shares: str = ""

    @property
    def title(self) -> str:
        """Return the first line of the page."""
        return self.doc.partition("\n")[0]


class ActiveRule(NamedTuple):
    """A rule as a policy turned it on. `explicit`: the policy named the severity, so the rule may not vary it.

    `mandatory`: by itself, or because a policy says so.
    """

    rule: Rule
    severity: Severity
    options: Options
    explicit: bool = False
    mandatory: bool = False


Rules = Mapping[str, Rule]
