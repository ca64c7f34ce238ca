"""Generated files are current, and the generator would notice if they were not."""

import subprocess
import sys
from pathlib import Path

from tools import generate

ROOT = Path(__file__).parent.parent


def test_generated_files_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "tools/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_changed_file_is_named() -> None:
    name = "keylint/compiled/vocabulary.py"
    assert generate._stale({name: (ROOT / name).read_text("utf-8"), "schemas/policy.schema.json": "{}"}) == [
        "schemas/policy.schema.json"
    ]
