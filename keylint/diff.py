"""All of `keylint diff`: declared keys and their credentials in, live states and drift out."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from keylint.exchanges import EXCHANGES, adapter
from keylint.exchanges.exchange import Credentials
from keylint.judge import Bench, Judge, finding, with_snippets
from keylint.lint import Declared
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.facts import Call, Facts
from keylint.model.finding import Finding, Problem, Reason, Unchecked
from keylint.model.live import UNKNOWN, KeyReport, LiveKey, State
from keylint.model.permission import Declared as Rights
from keylint.model.permission import compare, gives
from keylint.model.secret import Secret
from keylint.secrets import Limits, resolve

Bases = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """A key that can be asked for: where, and with what."""

    declared: Declared
    facts: Facts
    base: str
    credentials: Credentials


@dataclass(slots=True)
class Compared:
    """What `diff` found: grows while exchanges answer, so that an interrupted run can still report."""

    keys: dict[str, KeyReport] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unchecked: dict[str, Unchecked] = field(default_factory=dict)
    interrupted: bool = False

    def skip(self, key: KeyDecl, state: State, refusal: Refusal | None = None) -> None:
        """Report a key without a live state."""
        self.keys[key.name] = KeyReport(key.name, key.exchange, state)
        if refusal:
            self.unchecked[key.name] = Unchecked(key.name, key.exchange, refusal.reason, refusal.message, refusal.hint)


def base_of(key: KeyDecl, facts: Facts, bases: Bases) -> str | None:
    """Return where a key is asked for; None where the exchange shows no keys of that site or environment."""
    place = key.site if key.site and key.environment == "production" else key.environment
    if place not in facts.bases:
        return None
    return bases.get(facts.exchange, facts.bases[place])


def planned_calls(keys: Iterable[KeyDecl], bases: Bases) -> Iterator[tuple[KeyDecl, str, Call]]:
    """Yield every request that `diff` would send, without needing any credentials."""
    timed: set[str] = set()
    for key in keys:
        if key.status not in ("active", "retiring") or key.facts is None or key.exchange not in EXCHANGES:
            continue
        if (base := base_of(key, key.facts, bases)) is None:
            continue
        for call in key.facts.calls:
            if call.use == "time" and base not in timed:
                timed.add(base)
                yield key, base, call
            elif call.use == "key":
                yield key, base, call


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
        key, facts = item.key, item.key.facts
        if key.status not in ("active", "retiring"):
            result.skip(key, State.ABSENT)
        elif facts is None:
            refusal = Refusal(Reason.UNSUPPORTED, f"keylint does not know the exchange {key.exchange!r}")
            result.skip(key, State.UNCHECKED, refusal)
        elif facts.inspection in ("none", "listing") or (base := base_of(key, facts, bases)) is None:
            result.skip(key, State.UNVERIFIABLE)
        elif key.exchange not in EXCHANGES:
            refusal = Refusal(Reason.UNSUPPORTED, f"keylint cannot ask {key.exchange} yet", "check it by hand")
            result.skip(key, State.UNCHECKED, refusal)
        else:
            try:
                values = given.get(key.name) or resolve(key.credentials, limits)
            except Refusal as refusal:
                result.skip(key, State.UNCHECKED, refusal)
            else:
                found.append(Target(item, facts, base, Credentials(values, key.algorithm)))
    return found


async def ask(
    wanted: Sequence[Target],
    jobs: int,
    timeout: float,
    clock: Callable[[], int],
    tell: Callable[[Target, LiveKey | Refusal], None],
) -> None:
    """Ask for every key, at most `jobs` at once; `tell` is called with each answer as it comes.

    Each exchange has workers of its own, so that a slow one does not delay the others.
    """
    from keylint.exchanges.http import Door  # noqa: PLC0415 - httpx takes longer to import than a `--show-calls` run
    from keylint.exchanges.inspect import Venue, inspect  # noqa: PLC0415 - the same

    queues: dict[str, list[Target]] = {}
    for target in reversed(wanted):
        queues.setdefault(target.base, []).append(target)
    venues = {
        base: Venue(queue[0].facts, base, adapter(queue[0].facts.exchange), clock) for base, queue in queues.items()
    }

    async def work(bases: list[str]) -> None:
        for base in bases:
            door = Door(venues[base].facts, base, timeout)
            try:
                while queues[base]:
                    target = queues[base].pop()
                    try:
                        async with asyncio.timeout(timeout):
                            answer: LiveKey | Refusal = await inspect(venues[base], door, target.credentials)
                    except Refusal as refusal:
                        answer = refusal
                    except TimeoutError:
                        answer = Refusal(
                            Reason.TIMEOUT,
                            f"no answer within {timeout:g} seconds",
                            "try again, or allow more with --timeout",
                        )
                    tell(target, answer)
            finally:
                await door.close()

    async with asyncio.TaskGroup() as group:
        for bases in shares({base: len(queue) for base, queue in queues.items()}, jobs):
            group.create_task(work(bases))


def shares(sizes: Mapping[str, int], jobs: int) -> list[list[str]]:
    """Deal the work out to at most `jobs` workers: each gets the bases that it serves, one after the other.

    While there are enough workers, each serves one base, and a base gets them by its number of keys, at least one.
    """
    names = sorted(sizes, key=lambda name: -sizes[name])
    if len(names) >= jobs:
        return [names[start::jobs] for start in range(jobs)]
    counts = dict.fromkeys(names, 1)
    for _ in range(jobs - len(names)):
        open_names = [name for name in names if counts[name] < sizes[name]]
        if not open_names:
            break
        counts[max(open_names, key=lambda name: sizes[name] / counts[name])] += 1
    return [[name] for name in names for _ in range(counts[name])]


def observed(key: KeyDecl, live: LiveKey) -> KeyDecl:
    """Return the key as the exchange shows it; what it does not show stays as declared."""
    assert key.facts is not None
    rights = Rights(gives(live.rights, key.facts), frozenset(), live.rights, ())
    seen = replace(
        key, permissions=live.rights, declared=rights, observed=frozenset({"permissions"}), raw=dict(key.raw)
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
    return replace(seen, **fields, observed=frozenset(shown))  # type: ignore[arg-type]  # each field has the type of its own


def compare_key(declared: Declared, live: LiveKey, judge: Judge, benches: dict[str, Bench], result: Compared) -> None:
    """Judge one live key against its declaration."""
    key = declared.key
    assert key.facts is not None
    bench = benches.setdefault(declared.source.name, judge.bench(declared.source))
    said = bench.live(key, live, observed(key, live))
    for item, problem in said:
        result.findings.append(
            finding(item, problem, declared.source, declared.span(problem.path, on_name=problem.on_name))
        )
    rights = compare(key.declared, live.rights, live.unreported, key.facts)
    drift = any(item.rule.is_drift for item, _ in said)
    state = State.DRIFT if drift else State.IN_SYNC
    if silent := sorted({*live.unreported}):
        # Fail closed: a right of which the answer is silent may be on.
        message = f"the answer is silent about {', '.join(silent)}"
        result.unchecked[key.name] = Unchecked(
            key.name, key.exchange, Reason.BAD_ANSWER, message, "look the right up at the exchange"
        )
        state = state if drift else State.UNCHECKED
    result.keys[key.name] = KeyReport(
        key.name,
        key.exchange,
        state,
        live,
        tuple(sorted(gives(live.rights, key.facts))),
        tuple(sorted(rights.implied)),
    )


def gone(declared: Declared, refusal: Refusal, judge: Judge, result: Compared) -> None:
    """Report a key that its exchange does not know."""
    key = declared.key
    result.keys[key.name] = KeyReport(key.name, key.exchange, State.DRIFT)
    if item := judge.active.get("key-gone"):
        problem = Problem(key.path, f"{key.exchange} does not know key {key.name!r} ({refusal.message})", refusal.hint)
        result.findings.append(finding(item, problem, declared.source, declared.span(problem.path)))
    else:
        result.unchecked[key.name] = Unchecked(key.name, key.exchange, refusal.reason, refusal.message, refusal.hint)
        result.keys[key.name] = KeyReport(key.name, key.exchange, State.UNCHECKED)


def diff(
    wanted: Sequence[Target], judge: Judge, jobs: int, timeout: float, clock: Callable[[], int], result: Compared
) -> None:
    """Ask for every target and judge what comes back; Ctrl-C ends it with what is known until then."""
    benches: dict[str, Bench] = {}

    def tell(target: Target, answer: LiveKey | Refusal) -> None:
        if isinstance(answer, LiveKey):
            compare_key(target.declared, answer, judge, benches, result)
        elif answer.gone:
            gone(target.declared, answer, judge, result)
        else:
            result.skip(target.declared.key, State.UNCHECKED, answer)

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
