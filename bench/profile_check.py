"""Shows where the time of `keylint check` goes: a profile of one run in this process.

    python bench/profile_check.py [KEYS] [EVERY] [rule|schema]

Each key whose number EVERY divides has one finding, of a rule or of form; 0 (the default) is a clean file.
"""

import contextlib
import cProfile
import io
import os
import pstats
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.declarations import NOW, POLICY, Fault, declaration
from keylint.cli.main import cli

_TOP = 25


def main(count: int, every: int, fault: Fault) -> None:
    """Profile one check; print the functions that took most by themselves."""
    with TemporaryDirectory(prefix="keylint-bench-") as folder:
        os.chdir(folder)
        Path("keys.yaml").write_text("".join(declaration(count, every, fault)))
        Path("bench.policy.yaml").write_text(POLICY)
        profile = cProfile.Profile()
        with contextlib.redirect_stdout(io.StringIO()):
            profile.runcall(
                cli.main, ["check", "keys.yaml", "--policy", "bench.policy.yaml", "--now", NOW], standalone_mode=False
            )
    pstats.Stats(profile).sort_stats("tottime").print_stats(_TOP)


if __name__ == "__main__":
    given = (*sys.argv[1:], *("10000", "0", "rule")[len(sys.argv) - 1 :])
    main(int(given[0]), int(given[1]), Fault[given[2].upper()])
