"""`python -m keylint`, and the script `keylint`."""

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line in a process of its own, and lose no time at either end of it.

    The collector of garbage has nothing to find while modules are loaded. At the end all that was written is flushed;
    taking down every module would change nothing.
    """
    gc.disable()
    from keylint.cli.main import main  # noqa: PLC0415 - see above

    code: object = None
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    run()
