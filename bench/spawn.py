"""Runs one command and prints what it took, tab-separated: exit code, wall, user and system seconds, peak KiB.

A process of its own, started bare, because the kernel starts the peak of a child at the size of the parent that spawned
it: this one is as small as a Python can be.
"""

import os
import sys
import time

_NULL = os.open(os.devnull, os.O_RDWR)
_QUIET = [(os.POSIX_SPAWN_DUP2, _NULL, 0), (os.POSIX_SPAWN_DUP2, _NULL, 1), (os.POSIX_SPAWN_DUP2, _NULL, 2)]

before = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=_QUIET)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - before
peak = usage.ru_maxrss // 1024 if sys.platform == "darwin" else usage.ru_maxrss
print(os.waitstatus_to_exitcode(status), wall, usage.ru_utime, usage.ru_stime, peak, sep="\t")
