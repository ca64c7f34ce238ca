"""What a team demands."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from keylint.model.finding import Severity
from keylint.model.source import Path, Source, Span

ABOUT_WAIVERS = ("waiver-unused", "waiver-expired", "waiver-too-long", "waiver-void", "waiver-forbidden")
"""The rules that speak of what is accepted; nothing accepts what they say."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Setting(NamedTuple):
    """What a policy says of one rule, and why; a None leaves to the rule's default or to an earlier policy."""

    severity: Severity | None = None
    off: bool = False
    options: Mapping[str, Any] = NOTHING
    mandatory: bool = False
    why: str = ""


class Purpose(NamedTuple):
    """A profile: what a key with this purpose may do at most (`allow`) and needs at least, in capabilities.

    `require`: fields that such a key must have.
    """

    name: str
    allow: frozenset[str]
    need: frozenset[str] = frozenset()
    require: tuple[str, ...] = ()
    description: str = ""


class Waiver(NamedTuple):
    """One accepted finding. `ends` is the first moment after its last day.

    `accepts`: the finding's fingerprint or its first digits. `spans`: the place of each field in `source`.
    """

    rule: str
    key: str
    reason: str
    approved_by: str
    expires: str
    ends: datetime
    accepts: str
    path: Path
    source: Source
    spans: Mapping[str, Span]

    @property
    def accepted(self) -> tuple[str, str, str]:
        """Return what is accepted; a later waiver of the same replaces an earlier one."""
        return (self.rule, self.key, self.accepts)


class Example(NamedTuple):
    """A key that a rule must accept or find. `live`: what the exchange shows of it, None where nothing is said."""

    key: Mapping[str, Any]
    live: Mapping[str, Any] | None
    is_bad: bool
    number: int
    span: Span

    @property
    def title(self) -> str:
        """Return how messages call it."""
        return f"{'bad' if self.is_bad else 'good'} example {self.number}"


class CustomRule(NamedTuple):
    """A team's own rule: CEL expressions as written.

    `spans`: the place of each field in `source`; `regions`: the whole text of each, over all its lines.
    """

    name: str
    severity: Severity
    description: str
    when: str
    demand: str
    at: str
    message: str
    hint: str
    examples: tuple[Example, ...]
    source: Source
    spans: Mapping[str, Span]
    regions: Mapping[str, Span]


class Policy(NamedTuple):
    """Rules by name as the policy sets them; what it does not name runs at its default.

    `places`: file, line and column of the settings, for errors; `located`: rule and option -> what tells the same of a
    path below the policy's top.
    """

    name: str
    settings: Mapping[str, Setting] = NOTHING
    purposes: Mapping[str, Purpose] = NOTHING
    custom: tuple[CustomRule, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    places: Mapping[str, str] = NOTHING
    located: Mapping[tuple[str, str], Callable[[Path], str]] = MappingProxyType({})
