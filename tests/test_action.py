"""The GitHub Action: its shape, and its shell steps run as a runner runs them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
GOOD = """\
version: 1
keys:
  bot: {exchange: binance, permissions: [read], owner: a, purpose: tax-export, created: 2026-11-01}
"""
BAD = GOOD.replace("[read]", "[read, withdraw]")


def test_no_script_holds_an_expression() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", "")


def test_other_actions_are_pinned_by_commit() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", name) for name in used)


def test_every_input_reaches_the_script_and_every_output_comes_from_it() -> None:
    script = (ROOT / "action.sh").read_text("utf-8")
    for name in set(ACTION["inputs"]) - {"upload-sarif"}:
        assert f"$INPUT_{name.upper().replace('-', '_')}" in script
    for name in ACTION["outputs"]:
        assert f"{name}=" in script


def test_every_library_is_locked_with_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    entries = re.split(r"\n(?=[a-z])", re.sub(r"(?m)^#.*\n", "", text).strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    locked = {re.match(r"[\w-]+", entry)[0] for entry in entries}  # type: ignore[index]  # split at names
    assert {"click", "httpcore", "jsonschema-rs", "pyyaml", "cryptography", "cel-expr-python"} <= locked
    assert "://" not in text


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a runner; keylint is taken from this environment instead of being installed."""
    home = tmp_path / "temp" / "keylint" / "bin"
    home.mkdir(parents=True)
    for name in ("python", "keylint"):
        word = "-m keylint " if name == "keylint" else ""
        (home / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {word}"$@"\n')
        (home / name).chmod(0o755)
    for name in ("output", "summary"):
        (tmp_path / name).touch()
    (tmp_path / "work").mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "KEYLINT_", "CI"))}
    return {
        **kept,
        "CI": "true",
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "RUNNER_TEMP": str(tmp_path / "temp"),
    }


def steps(runner: dict[str, str], **given: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str], int]:
    """Run the first and the last step; return the first, the outputs, and the exit code of the last."""
    inputs = {name: str(fact.get("default", "")) for name, fact in ACTION["inputs"].items()}
    inputs |= {name.replace("_", "-"): value for name, value in given.items()}
    variables = {f"INPUT_{name.upper().replace('-', '_')}": value for name, value in inputs.items()}
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    folder = Path(runner["RUNNER_TEMP"]).parent / "work"
    first = subprocess.run(
        [*shell, STEPS[0]["run"]], cwd=folder, env={**runner, **variables}, capture_output=True, text=True, check=False
    )
    lines = Path(runner["GITHUB_OUTPUT"]).read_text().splitlines()
    outputs = dict(line.split("=", 1) for line in lines)
    last = subprocess.run(
        [*shell, STEPS[-1]["run"]],
        cwd=folder,
        env={**runner, "EXIT_CODE": outputs.get("exit-code", "9")},
        capture_output=True,
        check=False,
    )
    return first, outputs, last.returncode


def test_findings_annotate_and_fail_at_the_end(runner: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "work" / "keylint.yaml").write_text(BAD)
    first, outputs, code = steps(runner)
    assert (first.returncode, code) == (0, 1)
    assert "::error file=keylint.yaml,line=3," in first.stdout
    report = json.loads(Path(outputs["json-file"]).read_text())
    assert outputs["findings"] == str(
        report["summary"]["error"] + report["summary"]["warning"] + report["summary"]["note"]
    )
    assert json.loads(Path(outputs["sarif-file"]).read_text())["version"] == "2.1.0"
    assert "no-withdraw" in (tmp_path / "summary").read_text()


def test_clean_project_passes_with_paths_one_a_line(runner: dict[str, str], tmp_path: Path) -> None:
    for name in ("a b", "c"):
        (tmp_path / "work" / f"{name}.yaml").write_text(GOOD.replace("bot", name[0]))
    first, outputs, code = steps(runner, paths="a b.yaml\nc.yaml\n", fail_on="error")
    assert (first.returncode, code, outputs["exit-code"]) == (0, 0, "0")


@pytest.mark.parametrize(
    "given", [{"command": "snapshot; touch pwned"}, {"fail_on": "x"}, {"paths": "$(touch pwned)\n--output=text=pwned"}]
)
def test_hostile_inputs_are_words_and_no_commands(
    runner: dict[str, str], tmp_path: Path, given: dict[str, str]
) -> None:
    (tmp_path / "work" / "keylint.yaml").write_text(GOOD)
    steps(runner, **given)
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["keylint.yaml"]


def test_wrong_usage_keeps_its_exit_code(runner: dict[str, str]) -> None:
    first, outputs, code = steps(runner)
    assert (outputs, code) == ({"exit-code": "2"}, 2)
    assert "nothing to check" in first.stderr
