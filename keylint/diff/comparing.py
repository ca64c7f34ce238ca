"""Judges live states against their declarations."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from keylint.diff.asking import How, ask, defect
from keylint.diff.listing import Listed, Listings, masked
from keylint.diff.standing import Compared, names, observed, state_of, unchecked, weighed
from keylint.diff.targets import Outcome, Target
from keylint.judge import Bench, Judge, finding, with_snippets
from keylint.lint import Declared
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.exposure import conceal
from keylint.model.finding import Finding, Problem, Reason
from keylint.model.live import UNKNOWN, KeyReport, LiveKey, State
from keylint.model.permission import compare, gives
from keylint.model.reach import live_reach
from keylint.model.rule import ActiveRule
from keylint.model.secret import Given


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
        said = [(item, p) for item, p in said if not is_revoked or item.rule.of_revoked]
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
