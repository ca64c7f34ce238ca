"""Measures keylint beside what it can be compared with, and writes `bench/results.md`: `make bench`.

    python bench/run.py [--large] [--no-peers] [--output FILE] [PART]...

Parts: cold, size, findings, diff, secrets; all of them where none is named. `secrets` alone, which takes no time to
speak of, replaces its own section of the results and leaves the others as they are.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.declarations import NOW, POLICY, Fault, declaration
from bench.live import JOBS, KEYLINT, KEYS, LATENCY, Live, live
from bench.measure import Job, Measure, measure
from bench.peers import HOME, ROOT, Peers, install
from bench.secret_corpus import IDS, SEED, check_corpus, negatives, positives

PARTS = ("cold", "size", "findings", "diff", "secrets")
LARGE = 100_000
SIZES = (1_000, 10_000)
RESULTS = Path(__file__).with_name("results.md")

_MIB = 1 << 20
_POLICY = "bench.policy.yaml"
_YAML = "import sys, yaml; yaml.load(open(sys.argv[1], 'rb'), Loader=yaml.CSafeLoader)"
_DIFF_NOTE = (
    f"{KEYS:,} Binance keys, {LATENCY * 1000:g} ms latency. «seconds» and CPU are without start-up: of keylint a run "
    "for the first key, less the two answers that it waits for, is taken off (reading and judging all declarations is "
    "in it); the other clients time their own requests."
)
_INTRODUCTION = (
    "Written by `make bench`; do not edit. Medians; the commands of a table run in turns, each in a process of its "
    "own. Where other work ran beside it, the best runs say more. Absolute times belong to the machine; the ratios are "
    "what counts.\n"
)
_COMPLETIONS = {
    "completion of a command": {"COMP_WORDS": "keylint ch", "COMP_CWORD": "1"},
    "completion of an option": {"COMP_WORDS": "keylint check --f", "COMP_CWORD": "2"},
}

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be reached, what was (by the medians, and by the shortest runs), and whether that is enough."""

    text: str
    reached: str
    best: str
    met: bool


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the results."""

    title: str
    head: Row
    rows: Sequence[Row]
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = field(default=())


def main() -> None:
    """Measure what was asked for, print it, and write it."""
    parser = argparse.ArgumentParser(description="Measure keylint beside its peers.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all where none is named")
    parser.add_argument("--large", action="store_true", help=f"also {LARGE:,} keys")
    parser.add_argument("--no-peers", action="store_true", help="install and measure no other tools")
    parser.add_argument("--output", type=Path, default=RESULTS, help="where to write the results")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    if options.parts == ["secrets"] and options.output.exists():
        section = secrets()
        options.output.write_text(with_section(options.output.read_text(), section))
        print(shown(section))
        return
    load = os.getloadavg()[0]
    with TemporaryDirectory(prefix="keylint-bench-") as name:
        folder = Path(name)
        (folder / _POLICY).write_text(POLICY)
        peers = install(folder, wanted=not options.no_peers)
        wanted = options.parts or PARTS
        sections: list[Section] = []
        if "cold" in wanted:
            sections.append(cold(folder, peers))
        if "size" in wanted:
            sections += sizes(folder, peers, large=options.large)
        if "findings" in wanted:
            sections.append(findings(folder))
        if "diff" in wanted:
            sections += diffs(live(folder, peers))
        if "secrets" in wanted:
            sections.append(secrets())
    text = render(sections, peers, load)
    options.output.write_text(text)
    print(text)


def check(file: str, *options: str) -> Job:
    """Return `keylint check` of one file under the policy of the bench."""
    return Job([KEYLINT, "check", file, "--policy", _POLICY, "--now", NOW, *options], codes=(0, 1))


def python(code: str, *arguments: str) -> Job:
    """Return a program for the interpreter that runs keylint."""
    return Job([sys.executable, "-c", code, *arguments], codes=(0,))


def write(folder: Path, count: int, every: int = 0, fault: Fault = Fault.RULE) -> str:
    """Write a declaration; return its name."""
    name = f"keys-{count}" + (f"-{every}-{fault.name.lower()}" if every else "") + ".yaml"
    with (folder / name).open("w") as file:
        file.writelines(declaration(count, every, fault))
    return name


def found(folder: Path, file: str) -> str:
    """Return how many findings `check` has, and of which rules, so that nobody takes a noisy file for a clean one."""
    command = check(file, "--format", "json").command
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    items = json.loads(done.stdout)["findings"]
    return f"{len(items):,} findings" + (f" ({', '.join(sorted({item['rule'] for item in items}))})" if items else "")


def cold(folder: Path, peers: Peers) -> Section:
    """Measure how long it takes until anything happens."""
    file = write(folder, 10)
    base = "`import yaml, click`"
    jobs = {
        "python alone": python("pass"),
        base: python("import yaml, click"),
        "`keylint --version`": Job([KEYLINT, "--version"], codes=(0,)),
        "`keylint --help`": Job([KEYLINT, "--help"], codes=(0,)),
        **{
            name: Job([KEYLINT], {"_KEYLINT_COMPLETE": "zsh_complete", **words}, codes=(0,))
            for name, words in _COMPLETIONS.items()
        },
        "`keylint check`": check(file),
        **{peer.name: Job(peer.command(folder / file)) for peer in peers.tools},
    }
    took = measure(jobs, folder)
    floor = took[base]
    rows = [
        (name, ms(item.wall), ms(item.best), f"{item.wall / floor.wall:.2f}", f"{item.peak:.1f}", runs(item))
        for name, item in took.items()
    ]
    quick = ("`keylint --version`", "`keylint --help`", *_COMPLETIONS)
    whole = took["`keylint check`"]
    goals = [
        at_most(f"`check` of 10 keys, times {base}", ratio(whole, floor), 1.35),
        *(at_most(f"{name}, times {base}", ratio(took[name], floor), 1.1) for name in quick),
        at_most("`check` of 10 keys, MiB", (whole.peak,), 20, places=1),
    ]
    notes = [f"The file: {found(folder, file)}. zizmor reads a workflow of one job instead."]
    return Section("Cold start: 10 keys", ("", "ms", "best", f"times {base}", "peak MiB", "runs"), rows, goals, notes)


def sizes(folder: Path, peers: Peers, *, large: bool) -> list[Section]:
    """Measure files of 1,000 and 10,000 keys, and how it goes on from there."""
    sections, ours = [], {}
    for count in SIZES:
        file = write(folder, count)
        jobs = {
            "`yaml.load`, CSafeLoader, alone": python(_YAML, file),
            "`keylint check`": check(file),
            **{peer.name: Job(peer.command(folder / file)) for peer in peers.tools if peer.name != "zizmor"},
        }
        took = measure(jobs, folder)
        ours[count] = took["`keylint check`"]
        rows = [
            (
                name,
                seconds(item.wall),
                seconds(item.best),
                times(item.wall / ours[count].wall),
                f"{item.peak:.0f}",
                runs(item),
            )
            for name, item in took.items()
        ]
        notes = [f"The file: {found(folder, file)}."]
        goals = size_goals(count, took)
        sections.append(
            Section(f"{count:,} keys", ("", "seconds", "best", "times keylint", "peak MiB", "runs"), rows, goals, notes)
        )
    if large:
        sections.append(large_size(folder))
    return sections


def large_size(folder: Path) -> Section:
    """Measure whether ten times as many keys take ten times as long."""
    jobs = {f"{count:,} keys": check(write(folder, count)) for count in (SIZES[-1], LARGE)}
    took = measure(jobs, folder)
    before, after = took.values()
    rows = [
        (name, seconds(item.wall), seconds(item.best), f"{item.peak:.0f}", runs(item)) for name, item in took.items()
    ]
    goals = [
        at_most(f"{LARGE:,} keys, times {SIZES[-1]:,} keys", ratio(after, before), 11, places=1),
        at_most(f"{LARGE:,} keys, MB", (after.peak * _MIB / 1e6,), 100, places=0),
    ]
    return Section(f"{LARGE:,} keys", ("`keylint check`", "seconds", "best", "peak MiB", "runs"), rows, goals)


def size_goals(count: int, took: Mapping[str, Measure]) -> list[Goal]:
    """Return the goals of one size, as far as there are peers to compare with."""
    mine = took["`keylint check`"]
    faster = {"check-jsonschema": 10, "ajv-cli": 2} if count == SIZES[0] else {"check-jsonschema": 15}
    goals = [
        at_least(f"times faster than {name}, {count:,} keys", ratio(took[name], mine), goal)
        for name, goal in faster.items()
        if name in took
    ]
    if count == SIZES[-1]:
        goals.insert(
            0, at_most(f"{count:,} keys, times `yaml.load`", ratio(mine, took["`yaml.load`, CSafeLoader, alone"]), 0.35)
        )
    return goals


def findings(folder: Path) -> Section:
    """Measure what findings cost."""
    count = SIZES[-1]
    files = {
        "clean": write(folder, count),
        "1 % of keys, one finding of a rule": write(folder, count, 100),
        "every key, one finding of a rule": write(folder, count, 1),
        "1 % of keys, one error of form": write(folder, count, 100, Fault.SCHEMA),
        "every key, one error of form": write(folder, count, 1, Fault.SCHEMA),
    }
    took = measure({name: check(file) for name, file in files.items()}, folder)
    clean = took["clean"]
    rows = [
        (
            name,
            found(folder, files[name]),
            seconds(item.wall),
            seconds(item.best),
            f"{item.wall / clean.wall:.2f}",
            f"{item.peak:.0f}",
        )
        for name, item in took.items()
    ]
    goals = [
        at_most(f"{name}, times the clean file", ratio(item, clean), 1.25 if name.startswith("1 %") else 2)
        for name, item in took.items()
        if name != "clean"
    ]
    head = (f"{count:,} keys", "", "seconds", "best", "times clean", "peak MiB")
    return Section("What findings cost", head, rows, goals)


def diffs(measured: Sequence[Live]) -> list[Section]:
    """Turn what `live` measured into tables."""
    sections = []
    for jobs, limit in zip(JOBS, (1.25, 1.6), strict=True):
        here = [item for item in measured if item.jobs == jobs]
        mine = here[-1]
        ideal = f"{mine.ideal:g} s"
        rows = [
            (
                item.name,
                seconds(item.wall),
                seconds(item.best),
                f"{item.ratio:.2f}",
                f"{item.cpu_ms:.2f}",
                str(item.connections),
                seconds(item.total) if item.total is not None else "",
            )
            for item in here
        ]
        goals = [
            at_most(f"`diff`, {jobs} at once, times the ideal of {ideal}", (mine.ratio, mine.best / mine.ideal), limit)
        ]
        if jobs == JOBS[-1]:
            goals.append(at_most("ms CPU a request", (mine.cpu_ms, mine.best_cpu_ms), 0.9))
        goals.append(at_most("connections at once", (mine.connections,), jobs, places=0))
        cost = (
            f"keylint with start-up and check: {mine.total_cpu_ms:.2f} ms CPU a request. Exit code {mine.code}; the "
            f"server saw {mine.requests:,} requests."
        )
        head = ("", "seconds", "best", "times ideal", "ms CPU a request", "most connections", "with start-up")
        sections.append(Section(f"`diff`, {jobs} at once (ideal {ideal})", head, rows, goals, (_DIFF_NOTE, cost)))
    return sections


def secrets() -> Section:
    """Count what `secret-in-declaration` finds, and what it finds that is none: no time is measured."""
    planted, ordinary = check_corpus(positives()), check_corpus(negatives())
    rows = [(group, *map(str, reversed(planted.hits(group)))) for group in planted.groups()]
    hits, count = (sum(column) for column in zip(*(planted.hits(g) for g in planted.groups() if g != IDS), strict=True))
    wrong, plain = ordinary.hits()
    rows += [("all secrets", str(count), str(hits)), ("ordinary declarations", str(plain), str(wrong))]
    measured = (
        f"Recall {hits / count:.1%} ({hits} of {count}), false positives {wrong / plain:.1%} ({wrong} of {plain}). "
        "Each case is a declaration of its own that goes through `keylint check`; a secret counts as found where a "
        f"finding of the rule stands in its lines. Made by `bench/secret_corpus.py` with the seed {SEED}; "
        "`python bench/secret_corpus.py` lists what goes wrong."
    )
    ids = (
        "Whole ids of keys are no secrets, and not counted with them; the rule finds those that look like some, of "
        "32 characters or more. What stands under `key_id` is judged by `full-key-id`."
    )
    return Section("Secrets in declarations", ("", "declarations", "found"), rows, (), (measured, ids))


def with_section(text: str, section: Section) -> str:
    """Return a page of results with one section in place of the one of that title, or behind all others."""
    before, found, after = text.partition(f"## {section.title}\n")
    rest = after[at:] if found and (at := after.find("\n## ") + 1) else ""
    return f"{before if found else text + chr(10)}{shown(section)}{chr(10) + rest if rest else ''}"


def ratio(one: Measure, other: Measure) -> tuple[float, float]:
    """Return how many times as long one command takes: by the medians, and by the shortest runs."""
    return one.wall / other.wall, one.best / other.best


def at_most(text: str, values: Sequence[float], limit: float, *, places: int = 2) -> Goal:
    """Judge the first value by an upper limit; the last is the one of the shortest runs."""
    return Goal(f"{text} ≤ {limit:g}", f"{values[0]:.{places}f}", f"{values[-1]:.{places}f}", values[0] <= limit)


def at_least(text: str, values: Sequence[float], limit: float) -> Goal:
    """Judge the first value by a lower limit; the last is the one of the shortest runs."""
    return Goal(f"≥ {limit:g} {text}", f"{values[0]:.1f}", f"{values[-1]:.1f}", values[0] >= limit)


def ms(value: float) -> str:
    """Write seconds as milliseconds."""
    return f"{value * 1000:.0f}"


def seconds(value: float) -> str:
    """Write seconds."""
    return f"{value:.2f}"


def times(value: float) -> str:
    """Write a ratio, in as many digits as it means."""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"  # noqa: PLR2004 - two digits


def runs(item: Measure) -> str:
    """Write the number of runs, and an exit code that is not 0."""
    return f"{item.runs}" + (f", **exit code {item.code}**" if item.code else "")


def table(head: Row, rows: Iterable[Row]) -> str:
    """Return a table; all columns but the first to the right."""
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def render(sections: Sequence[Section], peers: Peers, load: float) -> str:
    """Return the whole page; `load`: how many processes ran before the first measurement."""
    goals = [goal for section in sections for goal in section.goals]
    tools = {peer.name: peer.version for peer in peers.tools} | peers.libraries
    versions = ", ".join(f"{name} {version}" for name, version in tools.items()) or "none"
    left_out = "; ".join(f"{name} ({why})" for name, why in peers.missing.items()) or "none that were wanted"
    about = (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}; load before "
        f"{load:.1f}, after {os.getloadavg()[0]:.1f} (1.0 to 1.5 is the bench itself)"
    )
    parts = [
        "# What keylint takes\n",
        _INTRODUCTION,
        f"- {about}\n- {said_of_itself()}\n- peers: {versions}\n- left out: {left_out}\n",
        f"## Goals: {sum(goal.met for goal in goals)} of {len(goals)} met\n",
        table(
            ("goal", "reached", "by the best runs", "met"),
            [(goal.text, goal.reached, goal.best, yes(met=goal.met)) for goal in goals],
        ),
    ]
    return "\n".join([*parts, *map(shown, sections)])


def shown(section: Section) -> str:
    """Return one section."""
    return "\n".join(
        [f"## {section.title}\n", table(section.head, section.rows), *(f"{note}\n" for note in section.notes)]
    )


def said_of_itself() -> str:
    """Return keylint's version, and how much it knows."""
    version, listed = output(KEYLINT, "--version"), output(KEYLINT, "rules", "--format", "json")
    commit = output("git", "--no-optional-locks", "-C", ROOT, "describe", "--always", "--dirty") or "unknown"
    exchanges = sum(path.stem != "vocabulary" for path in (ROOT / "keylint" / "facts").glob("*.yaml"))
    return f"{version} (commit {commit}): {len(json.loads(listed or '[]'))} rules, {exchanges} exchanges"


def output(*command: str | Path) -> str:
    """Return what a command prints, nothing where it fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def yes(*, met: bool) -> str:
    """Write whether a goal is met."""
    return "yes" if met else "**no**"


if __name__ == "__main__":
    if not KEYLINT.exists():
        sys.exit(f"there is no keylint beside {sys.executable}: install it there first (`make bench` does)")
    HOME.mkdir(exist_ok=True)
    main()
