"""The command line: exit codes, output files, colours, settings; as a user meets them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from keylint.cli.main import COMMANDS
from keylint.model.errors import UsageError
from tests.running import keylint

GOOD = """\
version: 1
keys:
  bot:
    exchange: binance
    permissions: [read]
    owner: desk
    purpose: portfolio-tracking
    created: 2026-11-01
    expires: 2027-01-20
    holder: bot
    ip_allowlist: [8.8.8.8]
"""
BAD = GOOD.replace("[read]", "[read, withdraw]").replace("portfolio-tracking", "treasury")
NOTED = GOOD.replace("    created: 2026-11-01\n", "")  # one warning
AT = ("--now", "2026-11-22")


def shell(folder: Path, *words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    variables = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "keylint", *words],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        env={**variables, **environment},
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("text", "words", "code"),
    [
        (GOOD, (), 0),
        (BAD, (), 1),
        (BAD, ("--fail-on", "never"), 0),
        (NOTED, (), 0),
        (NOTED, ("--fail-on", "warning"), 1),
        (NOTED, ("--fail-on", "note"), 1),
        (GOOD, ("--fail-on", "note"), 0),
    ],
)
def test_exit_code_of_check(empty_folder: Path, text: str, words: tuple[str, ...], code: int) -> None:
    (empty_folder / "keylint.yaml").write_text(text)
    assert keylint("check", *AT, *words).code == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("check",),
            "nothing to check: name a file or a folder, or make keylint.yaml or keys/; `keylint init` writes one",
        ),
        (("check", "gone.yaml"), "error: gone.yaml: no such file or directory"),
        (("check", "empty"), "error: no *.yaml or *.yml file in empty"),
        (("check", "good.yaml", "gone.yaml"), "error: gone.yaml: no such file or directory"),
        (("check", "--now", "soon", "good.yaml"), "'soon' is no day (2026-11-22) and no instant"),
        (("check", "--output", "xml=a", "good.yaml"), "'xml=a' is not FORMAT=PATH with a format of: text, json"),
        (("check", "--output", "json=no/such/a.json", "good.yaml"), "there is no folder no/such"),
        (("check", "--output", "json=empty", "good.yaml"), "error: empty: is a folder"),
        (("check", "--output", "json=mine.txt", "good.yaml"), "was not written by keylint; use --force"),
        (("check", "--policy", "nope", "good.yaml"), "error: --policy: no policy 'nope'"),
        (("chekc",), "no command 'chekc'; did you mean `check`?"),
        (("diff", "--key", "zzz", "good.yaml"), "error: no key matches zzz"),
        (("diff", "--exchange", "binanse", "good.yaml"), "no exchange 'binanse'"),
        (("explain", "no-withdrew"), "no topic 'no-withdrew'; did you mean `no-withdraw`?"),
        (("schema", "declarations"), "no schema 'declarations'"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_why(empty_folder: Path, words: tuple[str, ...], said: str) -> None:
    (empty_folder / "empty").mkdir()
    (empty_folder / "good.yaml").write_text(GOOD)
    (empty_folder / "mine.txt").write_text("my own notes")
    ran = shell(empty_folder, *words)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert (empty_folder / "mine.txt").read_text() == "my own notes"


def test_json_is_exactly_the_contract(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text(BAD)
    report = keylint("check", *AT, "--format", "json").json
    fingerprint = report["findings"][0].pop("fingerprint")
    assert report == {
        "version": 1,
        "tool": "keylint 0.1.0",
        "command": "check",
        "now": "2026-11-22T00:00:00Z",
        "summary": {"files": 1, "keys": 1, "error": 1, "warning": 0, "note": 0, "waived": 0, "unchecked": 0},
        "findings": [
            {
                "rule": "no-withdraw",
                "severity": "error",
                "key": "bot",
                "message": "key 'bot' may withdraw funds",
                "hint": "remove it here and untick it at binance; a key that must withdraw needs a waiver",
                "file": "keylint.yaml",
                "line": 5,
                "column": 25,
                "end_line": 5,
                "end_column": 33,
                "path": ["keys", "bot", "permissions", 1],
                "waived": None,
            }
        ],
        "keys": [],
        "unchecked": [],
        "interrupted": False,
    }
    assert len(fingerprint) == 16


def test_fingerprint_survives_moves_other_keys_and_other_files(empty_folder: Path) -> None:
    def fingerprints(text: str, name: str = "keylint.yaml") -> list[str]:
        (empty_folder / name).write_text(text)
        report = keylint("check", *AT, "--format", "json", name).json
        return [item["fingerprint"] for item in report["findings"] if item["key"] == "bot"]

    first = fingerprints(BAD)
    moved = BAD.replace("keys:\n", "# a comment\n\nkeys:\n  other:\n    exchange: kraken\n    permissions: [read]\n")
    assert fingerprints(moved) == first
    assert fingerprints(BAD.replace("[read, withdraw]", "[withdraw, read]")) == first
    assert fingerprints(BAD, "elsewhere.yaml") == first
    assert fingerprints(BAD.replace("withdraw", "enableWithdrawals")) != first
    assert len(first) == 1


def test_now_takes_an_offset(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text(GOOD)
    assert (
        keylint("check", "--now", "2026-11-22T02:00:00+02:00", "--format", "json").json["now"] == "2026-11-22T00:00:00Z"
    )


def test_several_reports_come_from_one_run(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text(BAD)
    ran = keylint("check", *AT, "--output", "json=r.json", "--output", "sarif=r.sarif", "--output", "github=r.txt")
    assert "error[no-withdraw]" in ran.out
    assert json.loads((empty_folder / "r.json").read_text())["summary"]["error"] == 1
    assert json.loads((empty_folder / "r.sarif").read_text())["version"] == "2.1.0"
    assert (empty_folder / "r.txt").read_text().startswith("::error ")
    assert sorted(path.name for path in empty_folder.iterdir()) == ["keylint.yaml", "r.json", "r.sarif", "r.txt"]


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit", "gitlab", "markdown", "html"])
@pytest.mark.parametrize("text", [BAD, GOOD])
def test_own_reports_are_overwritten(empty_folder: Path, form: str, text: str) -> None:
    (empty_folder / "keylint.yaml").write_text(text)
    for _ in range(2):
        assert keylint("check", *AT, "--output", f"{form}=report").code in (0, 1)


def test_force_overwrites_what_is_not_ours(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text(GOOD)
    (empty_folder / "r.json").write_text("mine")
    with pytest.raises(UsageError, match="use --force"):
        keylint("check", *AT, "--output", "json=r.json")
    assert (empty_folder / "r.json").read_text() == "mine"
    assert keylint("check", *AT, "--output", "json=r.json", "--force").code == 0
    assert json.loads((empty_folder / "r.json").read_text())["version"] == 1


def test_reports_are_valid_against_the_report_schema(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text(BAD)
    report = keylint("check", *AT, "--format", "json").json
    jsonschema.validate(report, json.loads(keylint("schema", "report").out))


@pytest.mark.parametrize(
    ("words", "environment", "colored"),
    [
        ((), {}, False),
        (("--color",), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color=never",), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (("--format", "json"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_color(empty_folder: Path, words: tuple[str, ...], environment: dict[str, str], colored: bool) -> None:
    (empty_folder / "keylint.yaml").write_text(BAD)
    ran = shell(empty_folder, "check", *AT, *words, "keylint.yaml", **environment)
    assert ran.returncode == 1
    assert ("\x1b[" in ran.stdout) == colored


@pytest.mark.usefixtures("empty_folder")
def test_standard_input_is_read_and_named() -> None:
    ran = keylint("check", *AT, "-q", "-", "--stdin-filename", "editor.yaml", stdin=BAD)
    assert ran.out == "editor.yaml:5:25: error[no-withdraw] key 'bot' may withdraw funds\n"
    assert keylint("check", *AT, "-q", "-", stdin=BAD).out.startswith("<stdin>:5:25:")


def test_excluded_files_are_left_out_of_folders_and_with_force_also_by_name(empty_folder: Path) -> None:
    (empty_folder / "keys").mkdir()
    for name in ("a", "old"):
        (empty_folder / "keys" / f"{name}.yaml").write_text(BAD.replace("bot", name))
    (empty_folder / ".keylint.yaml").write_text("exclude: keys/old.yaml\n")
    (empty_folder / "keys" / "x.policy.yaml").write_text("version: 1\n")

    def files(*words: str) -> int:
        count = keylint("check", *AT, "--format", "json", *words).json["summary"]["files"]
        assert isinstance(count, int)
        return count

    assert files("keys") == 1
    assert files("keys/old.yaml") == 1
    assert files("--force-exclude", "keys/old.yaml", "keys/a.yaml") == 1
    assert files("--force-exclude", "keys/old.yaml", "keys/x.policy.yaml") == 0


@pytest.mark.usefixtures("empty_folder")
def test_help_names_every_command_and_every_command_has_help() -> None:
    text = keylint("--help").out
    for name, (_, about) in COMMANDS.items():
        assert name in text
        ran = keylint(name, "--help")
        assert (ran.code, ran.out.startswith("Usage: ")) == (0, True), about


def test_version(empty_folder: Path) -> None:
    assert shell(empty_folder, "--version").stdout == "keylint 0.1.0\n"


def test_closed_pipe_is_no_traceback(empty_folder: Path) -> None:
    keys = "".join(
        GOOD.split("keys:\n")[1].replace("bot", f"bot{i}").replace("[read]", "[withdraw]") for i in range(3000)
    )
    (empty_folder / "keylint.yaml").write_text(f"version: 1\nkeys:\n{keys}")
    command = f"{sys.executable} -m keylint check --now 2026-11-22 | head -n 1"
    ran = subprocess.run(["bash", "-c", command], cwd=empty_folder, capture_output=True, text=True, check=False)
    assert ran.stdout.count("\n") == 1
    assert "key 'bot0'" in ran.stdout
    assert ran.stderr == ""


@pytest.mark.usefixtures("empty_folder")
def test_rules_are_listed_as_table_and_json() -> None:
    rows = keylint("rules", "--format", "json").json
    lines = keylint("rules").out.splitlines()
    assert [row["name"] for row in rows] == [line.split()[0] for line in lines]
    (age,) = [row for row in rows if row["name"] == "max-age"]
    assert (age["severity"], age["mandatory"], age["options"]) == ("error", False, {"days": 90})


@pytest.mark.usefixtures("empty_folder")
def test_schemas_are_listed_and_printed() -> None:
    names = keylint("schema").out.split()
    assert {"declaration", "policy", "report"} <= set(names)
    for name in names:
        jsonschema.Draft202012Validator.check_schema(keylint("schema", name).json)


def test_a_defect_shows_places_and_no_message(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text(GOOD)
    code = (
        "import sys, keylint.lint\n"
        "def broken(*args): raise RuntimeError('hunter2')\n"
        "keylint.lint.key_decl = broken\n"
        "sys.argv = ['keylint', 'check']\n"
        "from keylint.cli.main import main\n"
        "main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=empty_folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "error: a defect in keylint 0.1.0: RuntimeError at " in ran.stderr
    assert "hunter2" not in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
