"""What a rule says, and what a report is made of."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from keylint.model.live import KeyReport
from keylint.model.source import Path, Span


class Severity(Enum):
    """How bad a finding is, by the name that policies and reports use."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """Return 3 for an error, 2 for a warning, 1 for a note."""
        return {"error": 3, "warning": 2, "note": 1}[self.value]


class Problem(NamedTuple):
    """All that a rule says.

    `path` names the field that is concerned, also where it is absent: the nearest existing place is shown.
    `value` is what is wrong about it, in a form that does not change with time; it enters the fingerprint only.
    `on_name` points at the field's name instead of its value. `span` is given only where no path leads to the place.
    `severity` replaces the rule's own where one rule has two (an end in 14 or in 3 days). `pending` is for what
    only the last key of a run can tell, such as a name that no key has: the problem counts if it is true in the end.
    `other` is the key with which it is shared: the same is wrong whichever of the two stands later and is pointed at.
    """

    path: Path
    message: str
    hint: str = ""
    value: str = ""
    on_name: bool = False
    span: Span | None = None
    severity: Severity | None = None
    pending: Callable[[], bool] | None = None
    other: str | None = None


class Finding(NamedTuple):
    """A problem with its rule, its severity and its place.

    `key` is the name of the key it speaks of, None for a whole file. `snippet` is the source line, with anything
    secret-shaped already concealed; None where the text is not at hand. `waived` is the reason of the waiver. `other`
    is the key with which the fault is shared: what accepts it may name either of the two.
    """

    rule: str
    severity: Severity
    key: str | None
    message: str
    hint: str
    file: str
    span: Span
    path: Path
    fingerprint: str
    snippet: str | None = None
    waived: str | None = None
    other: str | None = None


class Reason(Enum):
    """Why something that was asked for could not be looked at."""

    NO_CREDENTIALS = "no-credentials"
    BAD_CREDENTIALS = "bad-credentials"
    BAD_SIGNATURE = "bad-signature"
    CLOCK_SKEW = "clock-skew"
    IP_NOT_ALLOWED = "ip-not-allowed"
    PERMISSION_DENIED = "permission-denied"
    AMBIGUOUS_REFUSAL = "ambiguous-refusal"
    RATE_LIMITED = "rate-limited"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    MAINTENANCE = "maintenance"
    GEO_BLOCKED = "geo-blocked"
    BAD_ANSWER = "bad-answer"
    UNSUPPORTED = "unsupported"
    NOT_IN_SNAPSHOT = "not-in-snapshot"


class Unchecked(NamedTuple):
    """A key whose live state could not be read, and why. `hint` says what to try."""

    key: str
    exchange: str
    reason: Reason
    message: str
    hint: str = ""


class RuleInfo(NamedTuple):
    """What a report says of a rule: its name, default severity, first docstring line and whole page."""

    name: str
    severity: Severity
    title: str
    page: str


class Report(NamedTuple):
    """All that a reporter gets. `keys` holds live states and is empty after `check`."""

    command: str
    version: str
    now: datetime
    files: int
    key_count: int
    findings: tuple[Finding, ...]
    keys: tuple[KeyReport, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    rules: tuple[RuleInfo, ...] = ()
    interrupted: bool = False

    def of_severity(self, severity: Severity) -> int:
        """Count the findings of one severity that are not waived."""
        return sum(finding.severity is severity and finding.waived is None for finding in self.findings)
