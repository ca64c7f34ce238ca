"""Times commands: many of them in turns, so that what else the machine does falls on all alike."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_SPAWN = Path(__file__).with_name("spawn.py")

_SHORT, _LONG = 0.5, 5.0
_ROUNDS_SHORT, _ROUNDS, _ROUNDS_LONG = 21, 5, 2


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run took: seconds, and the peak of its memory in MiB."""

    code: int
    wall: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Measure:
    """What the runs of one command took: their medians, and the shortest, which what else runs disturbs least."""

    code: int
    runs: int
    wall: float
    best: float
    cpu: float
    peak: float


@dataclass(frozen=True, slots=True)
class Job:
    """A command with what its environment has in addition. `codes`: the exit codes that it may end with, None: any."""

    command: Sequence[str | Path]
    environment: Mapping[str, str] | None = None
    codes: Sequence[int] | None = None


def environment(folder: Path) -> dict[str, str]:
    """Return this environment as users have it: compiled modules are kept, here in a folder that is empty at first."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**plain, "PYTHONPYCACHEPREFIX": str(folder / "pycache")}


def sample(job: Job, folder: Path) -> Sample:
    """Run a command once; its output is thrown away. RuntimeError where it failed: that is nothing to measure."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", _SPAWN, *job.command],
        cwd=folder,
        env={**environment(folder), **(job.environment or {})},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    code, wall, user, system, peak = done.stdout.split("\t")
    if job.codes is not None and int(code) not in job.codes:
        raise RuntimeError(f"exit code {code} of: {' '.join(map(str, job.command))}")
    return Sample(int(code), float(wall), float(user) + float(system), int(peak) / 1024)


def measure(jobs: Mapping[str, Job], folder: Path) -> dict[str, Measure]:
    """Run commands in turns until each has its number of runs.

    The first run compiles modules and warms caches: it counts only where it takes over five seconds, and two more are
    enough then. Of the rest, 21 runs of what takes less than half a second, else 5.
    """
    samples: dict[str, list[Sample]] = {}
    left: dict[str, int] = {}
    for name, job in jobs.items():
        samples[name] = [sample(job, folder)]
        left[name] = _ROUNDS_LONG
        if samples[name][0].wall <= _LONG:
            samples[name] = [sample(job, folder)]
            left[name] = (_ROUNDS_SHORT if samples[name][0].wall < _SHORT else _ROUNDS) - 1
    while any(left.values()):
        for name, job in jobs.items():
            if left[name]:
                left[name] -= 1
                samples[name].append(sample(job, folder))
    return {name: _median(found) for name, found in samples.items()}


def _median(samples: Sequence[Sample]) -> Measure:
    return Measure(
        code=max(item.code for item in samples),
        runs=len(samples),
        wall=median(item.wall for item in samples),
        best=min(item.wall for item in samples),
        cpu=median(item.cpu for item in samples),
        peak=median(item.peak for item in samples),
    )
