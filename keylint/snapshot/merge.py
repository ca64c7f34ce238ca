"""Brings the snapshots of many machines together: one outcome a key."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import NOTHING, LiveKey, State
from keylint.snapshot.entry import Identity, Listed, Observation, differences, identity

AHEAD = timedelta(minutes=5)
"""How far the clock of the machine that took a snapshot may be ahead."""
_HINT = "take one where the key may be used: `keylint snapshot -o FILE`"


class Merged:
    """What the snapshots say, key by key: an answer counts more than none, then the newest one does."""

    def __init__(self, observations: Iterable[Observation], now: datetime) -> None:
        """Take what all files hold. What is said to have been seen after `now` is not believed."""
        self._seen: dict[Identity, list[Observation]] = {}
        self._passed_over: set[Identity] = set()
        self._now = now
        for item in observations:
            if item.listed is not None or not isinstance(item.outcome, State):  # else the declaration says as much
                self._seen.setdefault(item.identity, []).append(self._believed(item))
            else:
                self._passed_over.add(item.identity)

    @property
    def names(self) -> frozenset[str]:
        """Name the keys that somebody could ask for."""
        return frozenset(who.name for who in self._seen)

    def has(self, key: KeyDecl) -> bool:
        """Tell whether a key was asked for."""
        return any(not isinstance(item.outcome, State) for item in self._of(key))

    def outcome(self, key: KeyDecl) -> LiveKey | Refusal | State:
        """Return what came of a key that can be asked for."""
        seen = [item for item in self._of(key) if not isinstance(item.outcome, State)]
        if not seen:
            is_lister = any(item.listed is not None for item in self._of(key))
            return State.UNVERIFIABLE if is_lister else self._missing(identity(key))
        best = max(seen, key=_rank)
        if isinstance(best.outcome, Refusal):
            return best.outcome
        assert isinstance(best.outcome, LiveKey)
        conflicts: dict[str, str] = {}
        for item in seen:
            if isinstance(item.outcome, LiveKey):
                named = differences(best.outcome, item.outcome)
            else:
                named = ("existence",) if isinstance(item.outcome, Refusal) and item.outcome.gone else ()
            for field in named:
                conflicts.setdefault(field, item.file)
        return best.outcome._replace(conflicts=conflicts) if conflicts else best.outcome

    def listed(self, key: KeyDecl) -> Listed:
        """Return what a key lists of others: the newest list, else why there is none."""
        seen = [
            (not isinstance(item.listed, Refusal), item.at, item.listed)
            for item in self._of(key)
            if item.listed is not None
        ]
        if not seen:
            return Refusal(Reason.NOT_IN_SNAPSHOT, "no snapshot has them", _HINT)
        return max(seen, key=lambda item: item[:2])[2]

    def key_id(self, key: KeyDecl) -> str:
        """Return the id that a key was asked for with, as a snapshot has it; "" where none has."""
        known = [item for item in self._of(key) if item.key_id]
        return max(known, key=_rank).key_id if known else ""

    def modes(self, key: KeyDecl) -> Mapping[str, int]:
        """Return credential -> the widest mode of a file that holds it on any of the machines."""
        found: dict[str, int] = {}
        for item in self._of(key):
            for field, mode in item.modes.items():
                found[field] = found.get(field, 0) | mode
        return found or NOTHING

    def _of(self, key: KeyDecl) -> list[Observation]:
        return self._seen.get(identity(key), [])

    def _believed(self, item: Observation) -> Observation:
        if item.at <= self._now + AHEAD:
            return item
        message = f"{item.file} says that it was seen at {item.at:%Y-%m-%d %H:%M} UTC, which is yet to come"
        hint = "set the clock of the machine that took it, and take it anew; or judge as of a later time with --now"
        refusal = Refusal(Reason.CLOCK_SKEW, message, hint)
        outcome = item.outcome if isinstance(item.outcome, State) else refusal
        return item._replace(outcome=outcome, listed=None if item.listed is None else refusal)

    def _missing(self, who: Identity) -> Refusal:
        if who in self._passed_over:
            message = "it was planned, revoked or shown to nobody when the snapshot was taken, and not asked for"
            return Refusal(Reason.NOT_IN_SNAPSHOT, message, _HINT)
        others = {
            f"{other.exchange}, {other.site or other.environment}" for other in self._seen if other.name == who.name
        }
        where = "; ".join(sorted(others - {f"{who.exchange}, {who.site or who.environment}"}))
        message = f"only a key of this name at {where} is in a snapshot" if where else "it is in no snapshot"
        return Refusal(Reason.NOT_IN_SNAPSHOT, message, _HINT)


def _rank(item: Observation) -> tuple[bool, datetime, bool]:
    """Return what sorts observations: answers last, then by time; of two at one time the key that exists."""
    is_live = isinstance(item.outcome, LiveKey)
    is_answer = is_live or (isinstance(item.outcome, Refusal) and item.outcome.gone)
    return is_answer, item.at, is_live
