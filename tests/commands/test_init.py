"""`keylint init`."""

import re
from pathlib import Path

import pytest
import yaml

from keylint.cli.init import _write_all
from keylint.load.policy import load_policy
from keylint.model.errors import UsageError
from tests.running import keylint

ROOT = Path(__file__).parents[2]
WRITTEN = [
    ".keylint/declaration.schema.json",
    ".keylint/policy.schema.json",
    ".pre-commit-config.yaml",
    "keylint.policy.yaml",
    "keylint.yaml",
]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_is_written_passes_check_today_and_later(empty_folder: Path) -> None:
    ran = keylint("init", "--now", "2026-11-22")
    assert (ran.code, files(empty_folder)) == (0, WRITTEN)
    assert ran.out.endswith("\nnext: put your own keys into keylint.yaml, then run `keylint check`\n")
    for day in ("2026-11-22", "2028-01-01"):
        checked = keylint("check", "--now", day, "--fail-on", "warning")
        assert checked.code == 0, checked.out
    assert load_policy(["keylint.policy.yaml"]).name == "our-policy"
    assert "keylint.policy.yaml" not in keylint("check", "--format", "json").out


def test_the_commented_examples_are_valid_too(empty_folder: Path) -> None:
    keylint("init")
    for name in ("keylint.yaml", "keylint.policy.yaml"):
        text = (empty_folder / name).read_text()
        lines = [re.sub(r"^# ?(?=( *purposes| *hedging|   +\w+:))|^#(?=  ip-)", "", line) for line in text.split("\n")]
        (empty_folder / name).write_text("\n".join(lines))
    policy = load_policy(["keylint.policy.yaml"])
    assert "hedging" in policy.purposes
    assert policy.settings["ip-too-wide"].options == {"v4": 32}


def test_editors_find_the_schemas(empty_folder: Path) -> None:
    keylint("init")
    for name in ("keylint.yaml", "keylint.policy.yaml"):
        first = (empty_folder / name).read_text().split("\n")[0]
        match = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert match
        assert (empty_folder / match[1]).read_text() == (ROOT / "schemas" / Path(match[1]).name).read_text()


def test_the_hook_has_the_patterns_of_the_shared_hook(empty_folder: Path) -> None:
    keylint("init")
    (repo,) = yaml.safe_load((empty_folder / ".pre-commit-config.yaml").read_text())["repos"]
    (hook,) = repo["hooks"]
    shared = {item["id"]: item for item in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    whole = shared["keylint-project"]
    assert (hook["files"], hook["entry"], hook["pass_filenames"]) == (whole["files"], whole["entry"], False)


def test_an_existing_hook_file_is_left_alone_and_the_hook_is_printed(empty_folder: Path) -> None:
    (empty_folder / ".pre-commit-config.yaml").write_text("repos: []\n")
    ran = keylint("init")
    assert (empty_folder / ".pre-commit-config.yaml").read_text() == "repos: []\n"
    printed = ran.out.partition("add to its `repos`:\n\n")[2].partition("\nnext:")[0]
    assert yaml.safe_load(f"repos:\n{printed}")["repos"][0]["hooks"][0]["id"] == "keylint"
    assert files(empty_folder) == WRITTEN


@pytest.mark.parametrize("name", ["keylint.yaml", "keylint.policy.yaml", ".keylint.yaml", "keys/a.yaml"])
def test_nothing_is_written_where_keylint_is_at_home(empty_folder: Path, name: str) -> None:
    path = empty_folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine\n")
    with pytest.raises(UsageError, match=rf"^{name.split('/', maxsplit=1)[0]} is here already: nothing was written$"):
        keylint("init")
    assert (files(empty_folder), path.read_text()) == ([name], "mine\n")


def test_all_that_stands_in_the_way_is_named(empty_folder: Path) -> None:
    keylint("init")
    with pytest.raises(UsageError, match=r"^keylint\.yaml, keylint\.policy\.yaml are here already"):
        keylint("init")
    assert files(empty_folder) == WRITTEN


def test_a_link_to_nowhere_is_not_written_through(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").symlink_to(empty_folder / "elsewhere")
    with pytest.raises(UsageError, match=r"keylint\.yaml is here already"):
        keylint("init")
    assert not (empty_folder / "elsewhere").exists()


def test_all_is_written_or_nothing(empty_folder: Path) -> None:
    (empty_folder / "c").write_text("mine")
    with pytest.raises(UsageError, match="c: file exists; nothing was written"):
        _write_all({"a": "1", ".keylint/b": "2", "c": "3"})
    assert (files(empty_folder), (empty_folder / "c").read_text()) == (["c"], "mine")
    assert not (empty_folder / ".keylint").exists()


def test_own_schemas_are_kept(empty_folder: Path) -> None:
    (empty_folder / ".keylint").mkdir()
    (empty_folder / ".keylint" / "policy.schema.json").write_text("mine")
    keylint("init")
    assert (empty_folder / ".keylint" / "policy.schema.json").read_text() == "mine"
    assert files(empty_folder) == WRITTEN
