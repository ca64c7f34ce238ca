"""One key of one exchange, declared and live, and the claims that hold at every exchange."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keylint.load.facts import facts_of
from keylint.model.facts import ErrorFact, Facts
from keylint.model.finding import Reason, Unchecked
from keylint.model.live import LiveKey, State
from keylint.sandbox.server import Sandbox
from tests.live.world import NOW_MS, World, key_name


def as_documented(entry: Unchecked, fact: ErrorFact) -> Unchecked:
    """Return an entry with its causes as the facts rank them, where it has them all in an order of its own."""
    ranks = [entry.hint.find(f") {cause}") for cause in fact.causes]
    if entry.reason is not Reason.AMBIGUOUS_REFUSAL or min(ranks) < 0:
        return entry
    return entry._replace(hint="; ".join(f"({rank}) {cause}" for rank, cause in enumerate(fact.causes, 1)))


@dataclass(frozen=True)
class Trial:
    """`declared` and `live` agree. `inspect` and `time` are the paths of the two calls."""

    exchange: str
    given: Mapping[str, str]
    declared: Mapping[str, Any]
    live: Mapping[str, Any]
    inspect: str
    time: str

    @property
    def name(self) -> str:
        return key_name(self.exchange)

    @property
    def facts(self) -> Facts:
        found = facts_of(self.exchange)
        assert found
        return found

    def put(
        self,
        world: World,
        *,
        declared: Mapping[str, Any] | None = None,
        live: Mapping[str, Any] | None = None,
        given: Mapping[str, str] | None = None,
        **top: Any,
    ) -> Sandbox:
        """Declare the key, with some fields otherwise, and play it; `top` are fields of the sandbox's file."""
        fields = {"exchange": self.exchange, **self.declared, **(declared or {})}
        world.declare("kraken", self.name, {**self.given, **(given or {})}, **fields)
        key = {"exchange": self.exchange, **self.given, **self.live, **(live or {})}
        return world.play([{name: value for name, value in key.items() if value is not None}], **top)

    def states(self, world: World, **options: Any) -> list[State]:
        return [key.state for key in world.ask(**options).keys]

    def shown(self, world: World) -> LiveKey:
        """Return the live state of the one key, which is in sync; how well the clocks agree is no part of it."""
        result = world.ask()
        assert (result.findings, result.unchecked) == ([], [])
        (key,) = result.keys
        assert key.state is State.IN_SYNC
        assert key.live
        assert key.live.skew_ms in (0, None)
        return key.live._replace(skew_ms=None)

    def refused(self, world: World, **options: Any) -> Unchecked:
        result = world.ask(**options)
        (entry,) = result.unchecked
        assert [key.state for key in result.keys] == [State.UNCHECKED]
        return entry

    def paths(self, sandbox: Sandbox) -> list[str]:
        assert sandbox.forbidden == ()
        return [record.path for record in sandbox.requests]

    def assert_documented(self, world: World, code: str, reason: str, status: int | None) -> None:
        """A documented code has the reason of the facts; `gone` is a finding."""
        fact = self.facts.error(code)
        assert fact
        options = {"code": code, "message": "some words", **({"status": status} if status else {})}
        sandbox = self.put(world, live={"faults": [{"refuse": options}]})
        result = world.ask()
        meaning = f"{self.exchange} {code}: {fact.meaning}"
        ranked = "; ".join(f"({rank}) {cause}" for rank, cause in enumerate(fact.causes, 1))
        hint = ranked if len(fact.causes) > 1 else fact.causes[0]
        if reason == "gone":
            assert [(item.rule, item.message, item.hint) for item in result.findings] == [
                ("key-gone", f"{self.exchange} does not know key {self.name!r} ({meaning})", hint)
            ]
            assert ([key.state for key in result.keys], result.unchecked) == ([State.DRIFT], [])
        else:
            (entry,) = result.unchecked
            assert as_documented(entry, fact) == Unchecked(self.name, self.exchange, Reason(reason), meaning, hint)
            assert [key.state for key in result.keys] == [State.UNCHECKED]
        attempts = [path for path in self.paths(sandbox) if path == self.inspect]
        assert len(attempts) == (3 if reason == "maintenance" else 1)

    def assert_clock_is_followed(self, world: World, skew_ms: int) -> None:
        """This machine's wrong clock is corrected, by one call."""
        sandbox = self.put(world)
        assert self.states(world, clock=lambda: NOW_MS + skew_ms) == [State.IN_SYNC]
        assert self.paths(sandbox) == [self.time, self.inspect]


SKEWS = (-86_400_000, -61_000, -1500, 0, 1500, 61_000, 86_400_000)
