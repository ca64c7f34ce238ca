"""How a key stands by what is known of it, and what a report gets of that."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from keylint.judge import Judge
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.exposure import conceal
from keylint.model.finding import Finding, Reason, Unchecked
from keylint.model.live import UNKNOWN, KeyReport, LiveKey, State
from keylint.model.permission import Declared as Rights
from keylint.model.permission import compare, gives
from keylint.model.reach import reach


@dataclass(slots=True)
class Compared:
    """What `diff` found: grows while exchanges answer, so that an interrupted run can still report."""

    keys: list[KeyReport] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)
    interrupted: bool = False

    def skip(self, key: KeyDecl, why: Refusal | State, judge: Judge) -> None:
        """Report a key without a live state: a refusal makes it unchecked."""
        if isinstance(why, Refusal):
            self.unchecked.append(unchecked(key, why.reason, why.message, why.hint))
            why = State.UNCHECKED
        said = None if why is State.ABSENT else f"as declared: {reach(key, judge.vocabulary, judge.now)}"
        self.keys.append(KeyReport(*names(key), why, reach=said and conceal(said)))


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


def state_of(key: KeyDecl, live: LiveKey, result: Compared) -> State:
    """Return how a key stands that differs in nothing that is shown; what is missing without need is reported.

    Fail closed: what an answer should tell and does not may be so. What the exchange has no way to show is
    `unverifiable`.
    """
    assert key.facts is not None
    hidden = key.facts.never_shown(listed=live.listed)
    silent = [name for name in live.unreported if name not in hidden]
    shows = key.facts.shows_rights(listed=live.listed)
    undecided = compare(key.declared, live.rights, silent, key.facts).undecided if shows else ()
    if live.ip_restricted is UNKNOWN and key.facts.addresses.shown != "none":
        silent.append("the address list")
    if silent or undecided:
        what = f"the answer is silent about {', '.join(silent or undecided)}"
        result.unchecked.append(unchecked(key, Reason.BAD_ANSWER, what, f"look it up at {key.exchange}"))
        return State.UNCHECKED
    is_whole = shows and not hidden.intersection(live.unreported)
    return State.IN_SYNC if is_whole else State.UNVERIFIABLE


def weighed(refusal: Refusal, key: KeyDecl, others: Sequence[KeyDecl], judge: Judge) -> Refusal:
    """Return a refusal whose hint has its causes in a new order, by what is known: address, declaration, clock."""
    from keylint.explain.causes import weigh  # noqa: PLC0415 - few runs meet a refusal that says several things
    from keylint.explain.errors import every_error  # noqa: PLC0415 - the same
    from keylint.explain.weighing import Case  # noqa: PLC0415 - the same

    errors = every_error(key.facts) if key.facts else ()
    error = next((item for item in errors if item.code == refusal.code), None)
    if key.facts is None or error is None:
        return refusal
    case = Case(key, others, key.facts, judge.vocabulary, judge.now, refusal.address, refusal.skew_ms)
    causes = [
        f"({rank}) {cause.text}" + (f" [{cause.verdict}: {cause.why}]" if cause.why else "")
        for rank, cause in enumerate(weigh(error, case), 1)
    ]
    seen = [f"the exchange saw the address {refusal.address}"] if refusal.address else []
    return Refusal(refusal.reason, refusal.message, "; ".join([*causes, *seen]))
