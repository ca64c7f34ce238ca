"""README and docs/ are true: their commands are run, their examples are read, their links lead somewhere."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
import yaml

from keylint.cli.main import COMMANDS
from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.exchanges import EXCHANGES, adapter
from keylint.exchanges.exchange import Listing
from keylint.load.facts import facts_of, vocabulary
from keylint.model.finding import Reason
from keylint.rules import all_rules
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


def anchors(page: Path) -> set[str]:
    """Return where links into a page may lead, as GitHub names its headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
        assert not anchor or anchor in anchors(page.parent / target if target else page), (target, anchor)


_LISTS = {"account": "its account", "sub-accounts": "sub-accounts"}


def what_is_shown() -> Iterator[str]:
    """Yield the table of what keylint can see at each exchange, by the facts."""
    yield "| exchange | rights | addresses | made | ends | last used | lists |"
    yield "|---|---|---|---|---|---|---|"
    for name in sorted(EXCHANGES):
        facts = facts_of(name)
        assert facts
        shows = facts.raw["shows"]
        assert isinstance(shows, dict)
        words = [
            {"yes": "yes", "partly": "in part"}.get(shows[field], "–") for field in ("created", "expires", "last_used")
        ]
        rights = {"yes": "yes", "partly": "in part", "no": "–"}[shows["rights"]]
        if facts.inspection == "listing":
            rights = "to another key"
        addresses = {"list": "yes", "flag": "whether any", "none": "–"}[facts.addresses.shown]
        if facts.addresses.supported == "no":
            addresses = "has none"
        listing = facts.raw.get("listing")
        is_lister = isinstance(adapter(name), Listing)
        lists = [_LISTS[entry["of"]] for entry in listing] if is_lister and isinstance(listing, list) else []
        yield f"| {facts.title} | {' | '.join([rights, addresses, *words, ', '.join(lists) or '–'])} |"


def test_table_of_exchanges_is_as_the_facts_have_it() -> None:
    page = ROOT / "README.md"
    text = page.read_text("utf-8")
    match = re.search(r"(<!-- table: exchanges -->\n)((?:\|.*\n)*)", text)
    assert match
    table = "\n".join(what_is_shown()) + "\n"
    if REWRITE:
        page.write_text(text.replace(match[0], f"<!-- table: exchanges -->\n{table}"), "utf-8")
    else:
        assert match[2] == table


def test_exchanges_are_counted_and_named_as_they_are() -> None:
    readme, page = ((ROOT / name).read_text("utf-8") for name in ("README.md", "docs/permissions.md"))
    assert len(EXCHANGES) == 20
    assert "[twenty exchanges](#what-it-can-see)" in readme
    assert f"knows {len(EXCHANGE_NAMES)} exchanges" in readme
    for name in EXCHANGE_NAMES:
        facts = facts_of(name)
        assert facts
        assert facts.title in readme
        assert facts.title in page


def test_every_capability_is_in_the_table_of_its_class() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (`.+`) \|$", (ROOT / "docs/permissions.md").read_text("utf-8"), re.MULTILINE))
    shown = {name: kind for kind, names in rows.items() for name in re.findall(r"`([\w.]+)`", names)}
    assert shown == vocabulary().classes


def options(command: click.Command) -> Iterator[list[str]]:
    """Yield the ways to write each option of a command and of those below it."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            yield parameter.opts
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below
            yield from options(below)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_on_a_page(name: str) -> None:
    assert f"`keylint {name}" in (ROOT / "docs/cli.md").read_text("utf-8")
    text = "\n".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    missing = []
    for ways in options(import_module(COMMANDS[name][0]).command):
        pattern = "|".join(map(re.escape, ways))
        if not re.search(rf"`[^`\n]*(?<![\w-])({pattern})(?![\w-])[^`\n]*`", text):
            missing.append(ways)
    assert missing == []


def test_every_reason_is_on_the_page() -> None:
    text = (ROOT / "docs/cli.md").read_text("utf-8")
    for reason in Reason:
        assert f"`{reason.value}`" in text


def test_every_rule_has_its_page_in_the_list() -> None:
    index = (ROOT / "docs/rules/README.md").read_text("utf-8")
    for name in all_rules():
        assert f"[{name}]({name}.md)" in index


def test_modules_that_contributing_names_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    (shape,) = re.findall(r"```\nkeylint/\n(.*?)```", text, re.DOTALL)
    named = set(re.findall(r"(?<![\w/])(\w+(?:/|\.py))", shape))
    here = {f"{path.name}/" if path.is_dir() else path.name for path in (ROOT / "keylint").iterdir()}
    assert here - {"__init__.py", "__main__.py", "__pycache__/", "py.typed"} <= named
    below = {path.name for path in (ROOT / "keylint").rglob("*.py")}
    assert {name for name in named if name.endswith(".py")} <= below
