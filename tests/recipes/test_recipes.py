"""The recipes do what they say: each is run against simulated exchanges, and its form is checked by its own tool.

Ansible and `kubernetes-validate` are no part of the development tools: what needs them is skipped where they are not
installed (docs/recipes.md says how to run it).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from keylint.sandbox.load import state_from
from keylint.sandbox.server import serve
from tests.live.world import CREDENTIALS, LIVE

ROOT = Path(__file__).parent.parent.parent
RECIPES = ROOT / "examples" / "recipes"
FILES = sorted(RECIPES.rglob("*.yaml"))
PAGE = ROOT / "docs" / "recipes.md"
ANSIBLE = shutil.which("ansible-playbook")
KEYS = {"mm-bot-spot": "binance", "tax-export": "kraken"}
TODAY = datetime.now(UTC)
needs_ansible = pytest.mark.skipif(ANSIBLE is None, reason="ansible-core is not installed")


@dataclass(frozen=True)
class Team:
    """A team's repository, the credentials of its keys, and exchanges that play along."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def credentials(self) -> str:
        return json.dumps({name: CREDENTIALS[exchange] for name, exchange in KEYS.items()})

    def run(self, words: Sequence[str], **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def snapshot(self, name: str) -> list[tuple[str, str]]:
        """Return what a snapshot says it saw."""
        return [(key["name"], key["status"]) for key in json.loads((self.folder / name).read_text())["keys"]]


def declaration() -> str:
    keys = {
        name: {
            "exchange": exchange,
            "owner": "trading-desk",
            "holder": f"{name}-program",
            "purpose": "spot-trading",
            "permissions": ["read", "trade.spot"],
            "ip_allowlist": LIVE[exchange]["ip_allowlist"],
            "created": (TODAY - timedelta(days=10)).strftime("%Y-%m-%d"),
            "expires": (TODAY + timedelta(days=60)).strftime("%Y-%m-%d"),
        }
        for name, exchange in KEYS.items()
    }
    return yaml.safe_dump({"version": 1, "keys": keys})


@pytest.fixture
def rights() -> list[str]:
    """The live rights of the Binance key; a test that wants drift takes others."""
    return list(LIVE["binance"]["permissions"])


@pytest.fixture
def team(tmp_path: Path, rights: list[str]) -> Iterator[Team]:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "desk.yaml").write_text(declaration())
    (tmp_path / "keylint.policy.yaml").write_text((ROOT / "examples" / "keylint.policy.yaml").read_text("utf-8"))
    created = (TODAY - timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    live = [{**LIVE[exchange], "created": created} for exchange in KEYS.values()]
    live[0]["permissions"] = rights
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    program = bin_folder / "keylint"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m keylint "$@"\n')
    program.chmod(0o755)
    with serve(state_from({"keys": live}, "live.yaml")) as sandbox:
        bases = {f"KEYLINT_BASE_URL_{name.upper()}": url for name, url in sandbox.base_urls.items()}
        path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", **bases}
        yield Team(tmp_path, environment)


DRIFT = pytest.mark.parametrize(
    "rights", [["enableReading", "enableSpotAndMarginTrading", "enableWithdrawals"]], ids=["drift"]
)
FOUND = "live key 'mm-bot-spot' has enableWithdrawals, which was not declared"


# The page.


def quoted() -> dict[str, str]:
    """Return path -> text of the files that the page quotes."""
    return dict(re.findall(r"<!-- file: (\S+) -->\n```yml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))


def test_page_quotes_every_recipe_as_it_is() -> None:
    assert quoted() == {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in FILES}


# Ansible.


def play(team: Team) -> subprocess.CompletedProcess[str]:
    """Run the playbook, with this machine in the place of both hosts."""
    (team.folder / "credentials.json").write_text(team.credentials)
    (team.folder / "credentials.json").chmod(0o600)
    variables = {
        "keylint_repository": str(team.folder),
        "keylint_snapshots": str(team.folder / "snapshots"),
        "keylint_credentials": str(team.folder / "credentials.json"),
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
    }
    words = [str(ANSIBLE), "-i", str(RECIPES / "ansible/hosts.yaml"), str(RECIPES / "ansible/snapshots.yaml")]
    return team.run([*words, "-e", json.dumps(variables)], ANSIBLE_LOCAL_TEMP=str(team.folder / "ansible"))


@needs_ansible
def test_playbook_brings_the_snapshots_and_is_content_with_what_agrees(team: Team) -> None:
    ran = play(team)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert team.snapshot("snapshots/mm-1.example.com.json") == [("mm-bot-spot", "observed")]
    assert team.snapshot("snapshots/tax-1.example.com.json") == [("tax-export", "observed")]
    assert (team.folder / "snapshots/mm-1.example.com.json").stat().st_mode & 0o777 == 0o600
    assert "2 keys in 1 file: no findings" in ran.stdout
    assert CREDENTIALS["binance"]["api_secret"] not in ran.stdout + ran.stderr


@needs_ansible
@DRIFT
def test_playbook_fails_where_a_key_is_not_as_declared(team: Team) -> None:
    ran = play(team)
    assert ran.returncode == 2
    assert FOUND in ran.stdout
    assert "keylint ended with exit code 1" in ran.stdout


@needs_ansible
def test_playbook_goes_on_where_a_key_cannot_be_seen_and_fails_in_the_end(team: Team) -> None:
    ran = play(Team(team.folder, {**team.environment, "KEYLINT_BASE_URL_KRAKEN": "http://127.0.0.1:1"}))
    assert ran.returncode == 2
    assert team.snapshot("snapshots/tax-1.example.com.json") == [("tax-export", "unchecked")]
    assert "keylint ended with exit code 3" in ran.stdout


# Kubernetes.


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((RECIPES / "kubernetes/cronjobs.yaml").read_text("utf-8")))


def containers() -> dict[str, dict[str, Any]]:
    """Return the container of each job."""
    jobs = {item["metadata"]["name"]: item for item in manifests() if item["kind"] == "CronJob"}
    pods = {name: job["spec"]["jobTemplate"]["spec"]["template"]["spec"] for name, job in jobs.items()}
    return {name: pod["containers"][0] for name, pod in pods.items()}


@pytest.mark.parametrize("number", range(len(manifests())))
@pytest.mark.parametrize("version", ["1.29", "1.34"])
def test_manifest_is_valid(number: int, version: str) -> None:
    validator = pytest.importorskip("kubernetes_validate")
    validator.validate(manifests()[number], version, strict=True)


def start(team: Team, name: str) -> subprocess.CompletedProcess[str]:
    """Run a job's command with folders in the place of its volumes: links to files, as they are mounted."""
    data = team.folder / "declarations" / "..data"
    if not data.exists():
        data.mkdir(parents=True)
        (team.folder / "snapshots").mkdir()
        (team.folder / "credentials").mkdir()
        (team.folder / "credentials" / "..credentials.json").write_text(team.credentials)
        (team.folder / "credentials" / "credentials.json").symlink_to("..credentials.json")
        for path in (team.folder / "keys" / "desk.yaml", team.folder / "keylint.policy.yaml"):
            shutil.copy(path, data / path.name)
            (data.parent / path.name).symlink_to(Path("..data") / path.name)
    container = containers()[name]
    words = [*container["command"], *container.get("args", ())]
    folders = {mount["mountPath"] for mount in container["volumeMounts"]}
    mounted = re.compile("(?<!\\S)(" + "|".join(folders) + ")")
    return team.run([mounted.sub(lambda match: f"{team.folder}{match[1]}", word) for word in words])


def test_jobs_are_content_with_what_agrees(team: Team) -> None:
    taken = start(team, "keylint-snapshot")
    assert (taken.returncode, taken.stderr) == (0, "")
    assert team.snapshot("snapshots/trading.json") == [("mm-bot-spot", "observed"), ("tax-export", "observed")]
    judged = start(team, "keylint-diff")
    assert (judged.returncode, judged.stderr) == (0, "")
    assert "2 keys in 1 file: no findings" in judged.stdout


@DRIFT
def test_judging_job_fails_where_a_key_is_not_as_declared(team: Team) -> None:
    assert start(team, "keylint-snapshot").returncode == 0
    judged = start(team, "keylint-diff")
    assert judged.returncode == 1
    assert FOUND in judged.stdout


def test_only_the_snapshot_job_has_credentials() -> None:
    mounts = {name: {mount["name"] for mount in item["volumeMounts"]} for name, item in containers().items()}
    assert [name for name, found in mounts.items() if "credentials" in found] == ["keylint-snapshot"]


# A matrix of runners.


def workflow() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((RECIPES / "ci/github.yaml").read_text("utf-8"))
    return found


def step(team: Team, job: str, name: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as a runner does."""
    (found,) = [item for item in workflow()["jobs"][job]["steps"] if item.get("name") == name]
    script = team.folder / "step.sh"
    script.write_text(found["run"])
    return team.run(["bash", "-e", str(script)], CI="true", **variables)


def look(team: Team) -> None:
    """Run the matrix: one runner after the other, each with its own keys."""
    (team.folder / "snapshots").mkdir()
    for item in workflow()["jobs"]["snapshot"]["strategy"]["matrix"]["include"]:
        ran = step(
            team,
            "snapshot",
            "Look at the keys of this runner",
            MATRIX_KEYS=item["keys"],
            MATRIX_RUNNER=item["runner"],
            KEYLINT_CREDENTIALS=team.credentials,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        (team.folder / f"{item['runner']}.json").rename(team.folder / "snapshots" / f"{item['runner']}.json")


def judge(team: Team) -> subprocess.CompletedProcess[str]:
    return step(team, "judge", "Judge what was seen", GITHUB_STEP_SUMMARY=str(team.folder / "step-summary.md"))


def test_matrix_is_content_with_what_agrees(team: Team) -> None:
    look(team)
    assert team.snapshot("snapshots/bots-frankfurt.json") == [("mm-bot-spot", "observed")]
    assert team.snapshot("snapshots/bots-zurich.json") == [("tax-export", "observed")]
    judged = judge(team)
    assert (judged.returncode, judged.stderr) == (0, "")
    assert "**2 keys in 1 file: no findings; 2 in-sync**" in (team.folder / "step-summary.md").read_text()


@DRIFT
def test_matrix_fails_where_a_key_is_not_as_declared(team: Team) -> None:
    look(team)
    judged = judge(team)
    assert judged.returncode == 1
    assert FOUND in judged.stdout
    assert "enableWithdrawals" in (team.folder / "step-summary.md").read_text()


def test_workflow_never_runs_for_a_pull_request_and_names_no_value_in_a_script() -> None:
    flow = workflow()
    assert set(flow[True]) == {"schedule", "workflow_dispatch"}  # YAML 1.1 reads `on` as true
    scripts = [item.get("run", "") for job in flow["jobs"].values() for item in job["steps"]]
    assert [script for script in scripts if "${{" in script] == []
    assert flow["permissions"] == {"contents": "read"}
