"""The pre-commit hooks: the manifest, and a real run on a scratch repository."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
}
KNOWN = {
    "id", "name", "description", "entry", "language", "types", "files", "exclude", "pass_filenames", "require_serial",
    "stages", "minimum_pre_commit_version",
}  # fmt: skip
BAD = "version: 1\nkeys:\n  bot:\n    exchange: binance\n    permissions: [read, withdraw]\n"


def test_manifest_has_the_two_hooks_with_known_fields_and_new_stage_names() -> None:
    assert set(HOOKS) == {"keylint", "keylint-project"}
    for hook in HOOKS.values():
        assert set(hook) <= KNOWN
        assert set(hook["stages"]) == {"pre-commit", "pre-merge-commit", "pre-push", "manual"}
        assert hook["require_serial"] is True
        assert hook["language"] == "python"


@pytest.mark.parametrize(
    ("path", "files", "project"),
    [
        ("keylint.yaml", True, True),
        ("desk/keylint-spot.yml", True, True),
        ("keys/a.yaml", True, True),
        ("desk/keys/sub/a.yml", True, True),
        ("keylint.policy.yaml", False, True),
        (".keylint.yaml", False, True),
        ("policies/desk.yaml", False, True),
        ("monkeys/a.yaml", False, False),
        ("docker-compose.yaml", False, False),
        ("keys/readme.md", False, False),
    ],
)
def test_manifest_matches_the_right_files(path: str, files: bool, project: bool) -> None:
    def matches(hook: dict[str, Any]) -> bool:
        left_out = "exclude" in hook and re.search(hook["exclude"], path)
        return bool(re.search(hook["files"], path)) and not left_out

    assert (matches(HOOKS["keylint"]), matches(HOOKS["keylint-project"])) == (files, project)


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.packaging
@pytest.mark.parametrize("hook", ["keylint", "keylint-project"])
def test_real_hook_refuses_a_bad_key(tmp_path: Path, hook: str) -> None:
    """Runs `pre-commit try-repo`, which installs the hook from a clone of this checkout as it stands."""
    clone, scratch = tmp_path / "clone", tmp_path / "scratch"
    git(tmp_path, "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone))
    names = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes((ROOT / name).read_bytes())
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "as it stands")
    scratch.mkdir()
    git(scratch, "init", "--quiet")
    (scratch / "keylint.yaml").write_text(BAD)
    git(scratch, "add", "--all")
    command = [sys.executable, "-m", "pre_commit", "try-repo", str(clone), hook, "--all-files", "--verbose"]
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    if "No matching distribution" in done.stdout + done.stderr or "NewConnectionError" in done.stdout + done.stderr:
        pytest.skip("no package index can be reached to build the hook's environment")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error[no-withdraw]: key 'bot' may withdraw funds" in done.stdout
    assert "1 key in 1 file: " in done.stdout
    (scratch / "keylint.yaml").write_text(
        BAD.replace(", withdraw", "").replace("read]", "read]\n    owner: a\n    purpose: portfolio-tracking")
    )
    git(scratch, "add", "--all")
    done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
