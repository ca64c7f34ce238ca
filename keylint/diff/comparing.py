"""Judges live states against their declarations."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from keylint.diff.asking import ask, defect
from keylint.diff.targets import Outcome, Target
from keylint.judge import Bench, Judge, finding, with_snippets
from keylint.lint import Declared
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.exposure import conceal
from keylint.model.finding import Finding, Problem, Reason, Unchecked
from keylint.model.live import UNKNOWN, KeyReport, LiveKey, State
from keylint.model.permission import Declared as Rights
from keylint.model.permission import compare, gives


@dataclass(slots=True)
class Compared:
    """What `diff` found: grows while exchanges answer, so that an interrupted run can still report."""

    keys: list[KeyReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    interrupted: bool = False

    def skip(self, key: KeyDecl, why: Refusal | State) -> None:
        """Report a key without a live state: a refusal makes it unchecked."""
        if isinstance(why, Refusal):
            self.unchecked.append(unchecked(key, why.reason, why.message, why.hint))
            why = State.UNCHECKED
        self.keys.append(KeyReport(*names(key), why))


def names(key: KeyDecl) -> tuple[str, str]:
    """Return a key's name and exchange. A declaration may hold a secret where a name belongs: it is concealed."""
    return conceal(key.name), conceal(key.exchange)


def unchecked(key: KeyDecl, reason: Reason, message: str, hint: str) -> Unchecked:
    """Return why a key is unchecked, concealed like its name."""
    return Unchecked(*names(key), reason, conceal(message), conceal(hint))


def observed(key: KeyDecl, live: LiveKey) -> KeyDecl:
    """Return the key as the exchange shows it; what it does not show stays as declared."""
    assert key.facts is not None
    rights = Rights(gives(live.rights, key.facts), frozenset(), live.rights, ())
    seen = key._replace(
        permissions=live.rights, declared=rights, observed=frozenset({"permissions"}), raw=dict(key.raw)
    )
    fields: dict[str, object] = {}
    shown = {"permissions"}
    if live.ip_restricted is not UNKNOWN:
        fields["restricted"] = live.ip_restricted
        shown.add("ip_allowlist")
    if live.ip_allowlist is not UNKNOWN:
        fields["ip_allowlist"] = live.ip_allowlist
        shown.add("ip_allowlist")
    if live.created is not UNKNOWN and live.created is not None:
        fields["created"] = live.created
        fields["raw"] = {**key.raw, "created": live.created.date().isoformat()}
        shown.add("created")
    return seen._replace(**fields, observed=frozenset(shown))  # type: ignore[arg-type]  # each field has the type of its own


def compare_key(declared: Declared, live: LiveKey, judge: Judge, benches: dict[str, Bench], result: Compared) -> None:
    """Judge one live key against its declaration."""
    key = declared.key
    assert key.facts is not None
    if declared.source.name not in benches:
        benches[declared.source.name] = judge.bench(declared.source)
    said = benches[declared.source.name].live(key, live, observed(key, live))
    for item, problem in said:
        result.findings.append(
            finding(item, problem, declared.source, declared.span(problem.path, on_name=problem.on_name))
        )
    rights = compare(key.declared, live.rights, live.unreported, key.facts)
    silent = [*live.unreported]
    if live.ip_restricted is UNKNOWN and key.facts.addresses.shown != "none":
        silent.append("the address list")
    state = State.IN_SYNC
    # Fail closed: what the answer does not tell may be so.
    if silent or rights.undecided:
        what = f"the answer is silent about {', '.join(silent or rights.undecided)}"
        result.unchecked.append(unchecked(key, Reason.BAD_ANSWER, what, f"look it up at {key.exchange}"))
        state = State.UNCHECKED
    if any(item.rule.is_drift for item, _ in said):
        state = State.DRIFT
    capabilities = tuple(sorted(gives(live.rights, key.facts)))
    result.keys.append(KeyReport(*names(key), state, live, capabilities, tuple(sorted(rights.implied))))


def gone(declared: Declared, refusal: Refusal, judge: Judge, result: Compared) -> None:
    """Report a key that its exchange does not know."""
    key = declared.key
    if item := judge.active.get("key-gone"):
        problem = Problem(key.path, f"{key.exchange} does not know key {key.name!r} ({refusal.message})", refusal.hint)
        result.findings.append(finding(item, problem, declared.source, declared.span(problem.path)))
        result.skip(key, State.DRIFT)
    else:
        result.skip(key, refusal)


class Comparison:
    """What a run makes of each key, whatever comes of it, and in whatever order."""

    def __init__(self, judge: Judge, result: Compared) -> None:
        """Take who judges, and where it goes."""
        self.result = result
        self._judge = judge
        self._benches: dict[str, Bench] = {}
        self._files: dict[str, Declared] = {}

    def tell(self, declared: Declared, outcome: Outcome) -> None:
        """Judge what came of one key."""
        self._files.setdefault(declared.source.name, declared)
        try:
            if isinstance(outcome, LiveKey):
                compare_key(declared, outcome, self._judge, self._benches, self.result)
            elif isinstance(outcome, Refusal) and outcome.gone:
                gone(declared, outcome, self._judge, self.result)
            else:
                self.result.skip(declared.key, outcome)
        except Exception as error:  # noqa: BLE001 - a rule's defect costs one key
            self.result.skip(declared.key, defect(error))

    def finish(self) -> None:
        """Add the source lines to the findings, file by file."""
        found = self.result.findings
        self.result.findings = []
        for name, declared in self._files.items():
            here = (item for item in found if item.file == name)
            self.result.findings += with_snippets(here, declared.source, declared.hide)


def diff(wanted: Sequence[Target], comparison: Comparison, jobs: int, timeout: float, clock: Callable[[], int]) -> None:
    """Ask for every target and judge what comes back; Ctrl-C ends it with what is known until then."""
    try:
        asyncio.run(ask(wanted, jobs, timeout, clock, comparison.tell))
    except KeyboardInterrupt:
        comparison.result.interrupted = True
