"""Measures `keylint diff` against a server of its own that answers after 50 ms, beside other clients."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from bench.declarations import NOW, POLICY, live_declaration, live_name
from bench.measure import Job, sample
from bench.peers import Peers

HERE = Path(__file__).parent
KEYLINT = Path(sys.executable).with_name("keylint")

KEYS = 1000
LATENCY = 0.05
JOBS = (50, 100)
_RUNS = 5


@dataclass(frozen=True, slots=True)
class Live:
    """What 1,000 requests took: seconds, CPU milliseconds a request, the most connections at once, the exit code.

    `wall` and `cpu_ms` are medians, `best` and `best_cpu_ms` the least. `total` and `total_cpu_ms` hold the start-up
    too, None where it was not measured. `requests`: what the server saw.
    """

    name: str
    jobs: int
    wall: float
    best: float
    cpu_ms: float
    best_cpu_ms: float
    connections: int
    requests: int
    total: float | None = None
    total_cpu_ms: float | None = None
    code: int = 0

    @property
    def ideal(self) -> float:
        """Return the seconds that the latency alone takes."""
        return KEYS * LATENCY / self.jobs

    @property
    def ratio(self) -> float:
        """Return how many times the ideal it took."""
        return self.wall / self.ideal


@contextmanager
def server() -> Iterator[int]:
    """Run the server in a process of its own; give its port."""
    process = subprocess.Popen(
        [sys.executable, HERE / "live_server.py", str(LATENCY)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate()


def counts(port: int) -> tuple[int, int]:
    """Return the most connections at once and the number of requests since the last time."""
    with urlopen(f"http://127.0.0.1:{port}/count") as answer:
        told = json.load(answer)
    return told["connections"], told["requests"]


def live(folder: Path, peers: Peers) -> list[Live]:
    """Measure every client with every number of jobs."""
    (folder / "live.yaml").write_text("".join(live_declaration(KEYS)))
    (folder / "bench.policy.yaml").write_text(POLICY)
    given = {live_name(number): {"api_key": f"k{number:063}", "api_secret": f"s{number:063}"} for number in range(KEYS)}
    (folder / "credentials.json").write_text(json.dumps(given))
    found: list[Live] = []
    with server() as port:
        for jobs in JOBS:
            found.append(_client([sys.executable], "raw", port, jobs))
            found += [_client([peers.python], name, port, jobs) for name in peers.libraries if peers.python]
            found.append(_keylint(folder, port, jobs))
    return found


def _client(python: Sequence[str | Path], name: str, port: int, jobs: int) -> Live:
    """Measure another client: it times its own requests."""
    walls, cpus, most, requests = [], [], 0, 0
    for _ in range(_RUNS):
        counts(port)
        arguments = [str(number) for number in (port, KEYS, jobs)]
        done = subprocess.run(
            [*python, HERE / "live_client.py", name, *arguments], stdout=subprocess.PIPE, text=True, check=True
        )
        wall, cpu = map(float, done.stdout.split("\t"))
        connections, requests = counts(port)
        walls.append(wall)
        cpus.append(cpu)
        most = max(most, connections)
    scale = 1000 / KEYS
    return Live(name, jobs, median(walls), min(walls), median(cpus) * scale, min(cpus) * scale, most, requests)


def _keylint(folder: Path, port: int, jobs: int) -> Live:
    """Measure `keylint diff`; its start-up is a run for the first key, without the two answers it waits for."""
    command: list[str | Path] = [KEYLINT, "diff", "live.yaml", "--policy", "bench.policy.yaml", "--now", NOW]
    command += ["--credentials", "credentials.json", "--base-url", f"binance=http://127.0.0.1:{port}"]
    job = Job([*command, "--jobs", str(jobs)], codes=(0, 1, 3))
    one_job = Job([*command, "--key", live_name(0)], codes=(0, 1, 3))
    sample(job, folder)
    samples, ones, most, requests = [], [], 0, 0
    for _ in range(_RUNS):
        ones.append(sample(one_job, folder))
        counts(port)
        samples.append(sample(job, folder))
        connections, requests = counts(port)
        most = max(most, connections)
    walls, cpus = [item.wall for item in samples], [item.cpu for item in samples]
    start, start_cpu = [item.wall - 2 * LATENCY for item in ones], [item.cpu for item in ones]
    scale = 1000 / KEYS
    return Live(
        name="keylint diff",
        jobs=jobs,
        wall=median(walls) - median(start),
        best=min(walls) - min(start),
        cpu_ms=(median(cpus) - median(start_cpu)) * scale,
        best_cpu_ms=(min(cpus) - min(start_cpu)) * scale,
        connections=most,
        requests=requests,
        total=median(walls),
        total_cpu_ms=median(cpus) * scale,
        code=max(item.code for item in samples),
    )


def main() -> None:
    """Measure without the peers, and print."""
    with TemporaryDirectory(prefix="keylint-bench-") as folder:
        for item in live(Path(folder), Peers((), None, {}, {})):
            print(item, f"{item.ratio:.2f} x ideal")


if __name__ == "__main__":
    main()
