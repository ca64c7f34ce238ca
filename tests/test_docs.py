"""README and docs/ are true: their commands are run, their examples are read, their links lead somewhere."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from keylint.cli.diff import command as diff_command
from keylint.cli.main import COMMANDS
from keylint.load.facts import vocabulary
from keylint.model.finding import Reason
from keylint.sandbox.load import load
from keylint.sandbox.server import serve
from keylint.settings import load_settings
from tests.running import found, keylint

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
REWRITE = bool(os.environ.get("KEYLINT_REWRITE_GOLDEN"))
_RUN = re.compile(
    r"<!-- run: (?P<command>.+?) \(in (?P<folder>\S+), exit (?P<code>\d)\) -->\n```console\n(?P<shown>.*?)```",
    re.DOTALL,
)
CREDENTIALS = dict(
    re.findall(r"^export (\w+)=(\S+)$", (ROOT / "examples" / "demo.sh").read_text("utf-8"), re.MULTILINE)
)


def runs() -> Iterator[tuple[Path, re.Match[str]]]:
    for page in PAGES:
        for match in _RUN.finditer(page.read_text("utf-8")):
            yield page, match


def blocks(language: str) -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        if page.parent.name != "rules":
            for text in re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
                yield page, text


@pytest.mark.parametrize(("page", "match"), [pytest.param(p, m, id=m["command"]) for p, m in runs()])
def test_shown_output_is_what_comes(page: Path, match: re.Match[str]) -> None:
    with serve(load(ROOT / "examples" / "sandbox.yaml")) as sandbox:
        bases = {f"KEYLINT_BASE_URL_{name.upper()}": url for name, url in sandbox.base_urls.items()}
        variables = {key: value for key, value in os.environ.items() if key not in ("CI", "FORCE_COLOR")}
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(match["command"])],
            cwd=ROOT / match["folder"],
            env={**variables, **CREDENTIALS, **bases},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (int(match["code"]), "")
    shown = f"$ {match['command']}\n{done.stdout}"
    if REWRITE:
        text = page.read_text("utf-8")
        page.write_text(text.replace(match["shown"], shown), "utf-8")
    else:
        assert match["shown"] == shown


def test_readme_shows_both_commands_at_its_top() -> None:
    top = (ROOT / "README.md").read_text("utf-8")[:600]
    assert "$ make demo" in top
    assert "$ make test" in top


@pytest.mark.parametrize("text", [pytest.param(text, id=f"{page.stem}") for page, text in blocks("yaml")])
def test_yaml_example_is_valid(text: str, empty_folder: Path) -> None:
    data = yaml.safe_load(text)
    if "keys" in data:
        assert [item for item in found(text, []) if item.rule in ("schema", "yaml")] == []
    elif data.keys() & {"rules", "purposes", "custom", "waivers"}:
        (empty_folder / "p.yaml").write_text(text)
        assert keylint("policies", "test", "p.yaml").code == 0
    elif "repos" not in data and "steps" not in data:
        (empty_folder / ".keylint.yaml").write_text(text)
        load_settings(empty_folder)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_every_capability_is_in_the_table_of_its_class() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (`.+`) \|$", (ROOT / "docs/permissions.md").read_text("utf-8"), re.MULTILINE))
    shown = {name: kind for kind, names in rows.items() for name in re.findall(r"`([\w.]+)`", names)}
    assert shown == vocabulary().classes


def test_every_command_option_and_reason_is_on_the_page() -> None:
    text = (ROOT / "docs/cli.md").read_text("utf-8")
    for name in COMMANDS:
        assert f"`keylint {name}" in text
    for parameter in diff_command.params:
        if parameter.param_type_name == "option" and parameter.name not in ("help", "force"):
            assert any(f"`{word}" in text for word in parameter.opts), parameter.opts
    for reason in Reason:
        assert f"`{reason.value}`" in text
