"""Judges live states against their declarations."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from keylint.diff.asking import How, ask, defect
from keylint.diff.listing import Listed, Listings, masked
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
from keylint.model.reach import live_reach, reach
from keylint.model.rule import ActiveRule
from keylint.model.secret import Given


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


OF_REVOKED = frozenset({"key-still-alive", "clock-skew"})
"""What there is to say of a live key that should not live: its rights and addresses are no matter any more."""


class Comparison:
    """What a run makes of each key, whatever comes of it, and in whatever order."""

    def __init__(
        self,
        judge: Judge,
        result: Compared,
        listings: Listings | None = None,
        declared: Sequence[Declared] = (),
    ) -> None:
        """Take who judges, where it goes, which keys list others, and all that is declared beside the wanted keys."""
        self.result = result
        self._declared = declared
        self._judge = judge
        self._listings = listings
        self._benches: dict[str, Bench] = {}
        self._files: dict[str, Declared] = {}
        self._pending: list[tuple[Finding, Callable[[], bool]]] = []
        self._held: list[tuple[Declared, Refusal | State]] = []

    def given(self, declared: Declared, given: Given) -> None:
        """Judge the credentials that a key will be asked for with."""
        try:
            for item, problem in self._bench(declared).given(declared.key, given):
                self._add(declared, item, problem)
        except Exception as error:  # noqa: BLE001 - a rule's defect costs one key
            refusal = defect(error)
            self.result.unchecked.append(unchecked(declared.key, refusal.reason, refusal.message, refusal.hint))

    def tell(self, declared: Declared, outcome: Outcome) -> None:
        """Judge what came of one key; one that only another key can show waits for that."""
        if self._listings and isinstance(outcome, Refusal):
            self._listings.take(declared.key, outcome)
        if self._listings and not isinstance(outcome, LiveKey) and self._listings.awaits(declared.key):
            self._held.append((declared, outcome))
        else:
            self._settle(declared, outcome)

    def tell_listed(self, lister: Declared, listed: Listed) -> None:
        """Take what a key lists of others. Where it failed nobody looked for keys that are not declared."""
        if self._listings:
            self._listings.take(lister.key, listed)
        if isinstance(listed, Refusal):
            name, message = conceal(lister.key.name), f"the keys that it may list were not seen: {listed.message}"
            self.result.unchecked.append(unchecked(lister.key, listed.reason, message, listed.hint))
            self.result.keys = [_unsure(item) if item.name == name else item for item in self.result.keys]

    def finish(self) -> None:
        """Judge what had to wait for the last answer, and add the source lines to the findings, file by file."""
        if self._listings:
            for declared, outcome in self._held:
                self._settle_held(declared, outcome, self._listings)
            for lister, live in self._listings.unmanaged():
                self._unmanaged(lister, live)
        self._held = []
        found = [*self.result.findings, *(item for item, still_true in self._pending if still_true())]
        self.result.findings, self._pending = [], []
        for name, declared in self._files.items():
            here = (item for item in found if item.file == name)
            self.result.findings += with_snippets(here, declared.source, declared.hide)

    def _bench(self, declared: Declared) -> Bench:
        self._files.setdefault(declared.source.name, declared)
        if declared.source.name not in self._benches:
            self._benches[declared.source.name] = self._judge.bench(declared.source)
        return self._benches[declared.source.name]

    def _add(self, declared: Declared, item: ActiveRule, problem: Problem) -> None:
        span = declared.span(problem.path, on_name=problem.on_name)
        made = finding(item, problem, declared.source, span)
        if problem.pending:
            self._pending.append((made, problem.pending))
        else:
            self.result.findings.append(made)

    def _say(self, declared: Declared, rule: str, problem: Problem) -> bool:
        """Add what no rule's own check can say; tell whether the policy wants to hear it."""
        if item := self._judge.active.get(rule):
            self._files.setdefault(declared.source.name, declared)
            self._add(declared, item, problem)
        return item is not None

    def _settle(self, declared: Declared, outcome: Outcome) -> None:
        key = declared.key
        try:
            if isinstance(outcome, LiveKey):
                self._live(declared, outcome)
            elif isinstance(outcome, Refusal) and outcome.gone:
                self._gone(declared, outcome)
            else:
                if outcome is State.UNVERIFIABLE:
                    self._unverifiable(declared)
                if isinstance(outcome, Refusal) and outcome.reason is Reason.AMBIGUOUS_REFUSAL:
                    others = [item.key for item in self._declared if item.key.name != key.name]
                    outcome = weighed(outcome, key, others, self._judge)
                if isinstance(outcome, Refusal) and key.status == "revoked":
                    outcome = _of_revoked(outcome)
                self.result.skip(key, outcome, self._judge)
        except Exception as error:  # noqa: BLE001 - a rule's defect costs one key
            self.result.skip(key, defect(error), self._judge)

    def _settle_held(self, declared: Declared, outcome: Refusal | State, listings: Listings) -> None:
        """Judge a key by what the listings show of it."""
        found = listings.find(declared.key)
        if isinstance(found, LiveKey):
            self._settle(declared, found)
        elif outcome is State.ABSENT:  # a revoked key that nobody can try any more
            self.result.skip(declared.key, outcome, self._judge)
        elif found or not self.result.interrupted:
            self._settle(declared, found or outcome)

    def _live(self, declared: Declared, live: LiveKey) -> None:
        """Judge one live key against its declaration."""
        key = declared.key
        assert key.facts is not None
        is_revoked = key.status == "revoked"
        seen = observed(key, live)
        said = self._bench(declared).live(key, live, seen)
        said = [(item, p) for item, p in said if not is_revoked or item.rule.name in OF_REVOKED]
        for item, problem in said:
            self._add(declared, item, problem)
        is_drift = any(item.rule.is_drift for item, _ in said)
        state = State.DRIFT if is_revoked else state_of(key, live, self.result)
        if is_drift:
            state = State.DRIFT
        rights = compare(key.declared, live.rights, live.unreported, key.facts)
        capabilities = tuple(sorted(gives(live.rights, key.facts)))
        sentence = conceal(live_reach(key, seen, live, self._judge.vocabulary, self._judge.now))
        implied = tuple(sorted(rights.implied))
        self.result.keys.append(KeyReport(*names(key), state, live, capabilities, implied, sentence))

    def _gone(self, declared: Declared, refusal: Refusal) -> None:
        """Report a key that its exchange does not know: as it should be where it was revoked."""
        key = declared.key
        if key.status == "revoked":
            self.result.skip(key, State.ABSENT, self._judge)
            return
        message = f"{key.exchange} does not know key {key.name!r} ({refusal.message})"
        is_said = self._say(declared, "key-gone", Problem(key.path, message, refusal.hint))
        self.result.skip(key, State.DRIFT if is_said else refusal, self._judge)

    def _unverifiable(self, declared: Declared) -> None:
        """Say that nothing was looked at."""
        key = declared.key
        whom = "only to another key of its account" if _is_listed_only(key) else "to nobody"
        where = "" if key.environment == "production" and not key.site else f" ({key.site or key.environment})"
        problem = Problem(
            key.path,
            f"{key.exchange}{where} shows key {key.name!r} {whom}: nothing of it was compared",
            "compare by hand in its web interface, and note the day in `reviewed`",
            on_name=True,
        )
        self._say(declared, "unverifiable", problem)

    def _unmanaged(self, lister: Declared, live: LiveKey) -> None:
        """Report a listed key that nothing declares."""
        key = lister.key
        facts = (
            "" if live.label is UNKNOWN or not live.label else f"labelled {live.label!r}",
            f"made on {live.created.date()}" if isinstance(live.created, datetime) else "",
            f"with {live.shown_rights}",
        )
        shown = "" if live.key_id is UNKNOWN else masked(live.key_id)
        problem = Problem(
            key.at("lists"),
            f"the account of {key.name!r} has a key that is not declared: "
            f"{', '.join(text for text in (shown or 'without an id', *facts) if text)}",
            f"find out who made it; delete it at {key.exchange}"
            + (f", or declare it with `key_id: {shown}`" if shown else ""),
            shown,
        )
        self._say(lister, "unmanaged-key", problem)


def _unsure(item: KeyReport) -> KeyReport:
    return item._replace(state=State.UNCHECKED) if item.state is State.IN_SYNC else item


def _is_listed_only(key: KeyDecl) -> bool:
    return key.facts is not None and key.facts.inspection == "listing"


def _of_revoked(refusal: Refusal) -> Refusal:
    """Return why nobody knows whether a revoked key is dead."""
    hint = "see in the exchange's list that it is gone, then remove its `credentials`"
    message = f"it is declared revoked, and this is no proof: {refusal.message}"
    return Refusal(refusal.reason, message, f"{refusal.hint}; {hint}" if refusal.hint else hint)


def diff(wanted: Sequence[Target], comparison: Comparison, how: How) -> None:
    """Ask for every target and judge what comes back; Ctrl-C ends it with what is known until then."""
    for target in wanted:
        comparison.given(target.declared, Given(target.credentials.values, target.modes))
    try:
        asyncio.run(ask(wanted, how, comparison.tell, comparison.tell_listed))
    except KeyboardInterrupt:
        comparison.result.interrupted = True
