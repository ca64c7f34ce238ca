"""All of `keylint diff`: declared keys and their credentials in, live states and drift out."""

import asyncio
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keylint.exchanges import EXCHANGES, adapter
from keylint.exchanges.exchange import Credentials, Stepwise
from keylint.judge import Bench, Judge, finding, with_snippets
from keylint.lint import Declared
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.exposure import conceal
from keylint.model.facts import Call, Facts
from keylint.model.finding import Finding, Problem, Reason, Unchecked
from keylint.model.live import UNKNOWN, KeyReport, LiveKey, State
from keylint.model.permission import Declared as Rights
from keylint.model.permission import compare, gives
from keylint.model.secret import Secret
from keylint.secrets import Limits, resolve

Bases = Mapping[str, str]
Headers = tuple[tuple[str, str], ...]
Place = tuple[str, str, Headers]
"""An exchange, its base URL and what each request carries: one gateway may serve several exchanges or environments."""


@dataclass(frozen=True, slots=True)
class Target:
    """A key that can be asked for: where, and with what."""

    declared: Declared
    facts: Facts
    base: str
    credentials: Credentials
    headers: Headers = ()


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


def base_of(key: KeyDecl, bases: Bases) -> str | State | Refusal:
    """Return where a key is asked for; else what it is instead, or why it cannot be asked for."""
    facts, place = key.facts, key.environment
    if key.status not in ("active", "retiring"):
        return State.ABSENT
    if facts is None:
        return Refusal(Reason.UNSUPPORTED, f"keylint does not know the exchange {key.exchange!r}")
    places = facts.raw["environments"]
    # An environment at production's own host is told by a header, and exists at every site.
    if key.site and facts.bases.get(place) == facts.bases.get("production"):
        place, places = key.site, facts.raw.get("sites", {})
    if not isinstance(places, Mapping) or place not in places:
        # A place that does not exist would otherwise be a way to leave a key out of every diff.
        known = ", ".join(map(str, places)) if isinstance(places, Mapping) else ""
        return Refusal(
            Reason.UNSUPPORTED,
            f"keylint knows no site or environment {place!r} of {key.exchange}",
            f"known are: {known}" if known else "leave it out",
        )
    if facts.inspection in ("none", "listing") or place not in facts.bases:
        return State.UNVERIFIABLE
    if key.exchange not in EXCHANGES:
        return Refusal(Reason.UNSUPPORTED, f"keylint cannot ask {key.exchange} yet", "check it by hand")
    return bases.get(facts.exchange, facts.bases[place])


def headers_of(key: KeyDecl) -> Headers:
    """Return what each request for a key carries because of its environment."""
    return key.facts.headers.get(key.environment, ()) if key.facts else ()


def planned_calls(keys: Iterable[KeyDecl], bases: Bases) -> Iterator[tuple[KeyDecl, str, Call]]:
    """Yield every request that `diff` would send, without needing any credentials."""
    timed: set[Place] = set()
    for key in keys:
        base = base_of(key, bases)
        if key.facts is None or not isinstance(base, str):
            continue
        place = (key.exchange, base, headers_of(key))
        exchange = adapter(key.exchange)
        uses = exchange.USES if isinstance(exchange, Stepwise) else ("key",)
        for call in key.facts.calls:
            if call.use in uses or (call.use == "time" and place not in timed):
                yield key, base, call
        timed.add(place)


def targets(
    declared: Iterable[Declared],
    bases: Bases,
    limits: Limits,
    given: Mapping[str, Mapping[str, Secret]],
    result: Compared,
) -> list[Target]:
    """Return the keys that can be asked for; what cannot goes into the result with its reason."""
    found: list[Target] = []
    for item in declared:
        key = item.key
        base = base_of(key, bases)
        if key.facts is None or not isinstance(base, str):
            assert not isinstance(base, str)
            result.skip(key, base)
            continue
        try:
            values = given.get(key.name) or resolve(key.credentials, limits)
        except Refusal as refusal:
            result.skip(key, refusal)
        else:
            found.append(Target(item, key.facts, base, Credentials(values, key.algorithm), headers_of(key)))
    return found


async def ask(
    wanted: Sequence[Target],
    jobs: int,
    timeout: float,
    clock: Callable[[], int],
    tell: Callable[[Target, LiveKey | Refusal], None],
) -> None:
    """Ask for every key, at most `jobs` at once; `tell` is called with each answer as it comes."""
    from keylint.exchanges.http import Door  # noqa: PLC0415 - httpx takes longer to import than a `--show-calls` run
    from keylint.exchanges.inspect import Venue, inspect  # noqa: PLC0415 - the same

    queues: dict[Place, list[Target]] = {}
    for target in reversed(wanted):
        queues.setdefault((target.facts.exchange, target.base, target.headers), []).append(target)
    venues = {place: Venue(queue[0].facts, adapter(place[0]), clock) for place, queue in queues.items()}
    workers: Counter[Place] = Counter()

    async def answer(venue: Venue, door: Door, target: Target) -> LiveKey | Refusal:
        try:
            return await inspect(venue, door, target.credentials, timeout)
        except Refusal as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - one key's defect must not hide the other keys
            return defect(error)

    async def work() -> None:
        while place := busiest(queues, workers):
            workers[place] += 1
            door = Door(venues[place].facts, place[1], timeout, place[2])
            try:
                while queues[place]:
                    target = queues[place].pop()
                    tell(target, await answer(venues[place], door, target))
            finally:
                await door.close()
            workers[place] -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(min(jobs, len(wanted))):
            group.create_task(work())


def busiest(queues: Mapping[Place, Sequence[Target]], workers: Mapping[Place, int]) -> Place | None:
    """Return where the next free worker is needed most, None where nothing is left to do.

    First where nobody is yet, so that a slow exchange does not delay the others; then where there are the most keys for
    each worker.
    """
    waiting = [place for place, queue in queues.items() if queue]
    return max(
        waiting,
        key=lambda place: (not workers[place], len(queues[place]) / (workers[place] + 1)),
        default=None,
    )


def defect(error: Exception) -> Refusal:
    """Return the refusal for a fault of our own: its place, and no word of its text, which may hold a secret."""
    package = Path(__file__).parent
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    places = [f"{file.relative_to(package).as_posix()}:{line}" for file, line in frames if package in file.parents]
    message = f"a defect in keylint: {type(error).__name__} at {''.join(places[-1:])}"
    return Refusal(Reason.UNSUPPORTED, message, "please report it; its text is left out because it may hold a secret")


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


def diff(
    wanted: Sequence[Target], judge: Judge, jobs: int, timeout: float, clock: Callable[[], int], result: Compared
) -> None:
    """Ask for every target and judge what comes back; Ctrl-C ends it with what is known until then."""
    benches: dict[str, Bench] = {}

    def tell(target: Target, answer: LiveKey | Refusal) -> None:
        try:
            if isinstance(answer, LiveKey):
                compare_key(target.declared, answer, judge, benches, result)
            elif answer.gone:
                gone(target.declared, answer, judge, result)
            else:
                result.skip(target.declared.key, answer)
        except Exception as error:  # noqa: BLE001 - as above: a rule's defect costs one key
            result.skip(target.declared.key, defect(error))

    try:
        asyncio.run(ask(wanted, jobs, timeout, clock, tell))
    except KeyboardInterrupt:
        result.interrupted = True
    files = {target.declared.source.name: target.declared for target in wanted}
    found = result.findings
    result.findings = []
    for name, declared in files.items():
        here = (item for item in found if item.file == name)
        result.findings += with_snippets(here, declared.source, declared.hide)
