"""What a start may load: the start-up of `keylint check` is its speed (docs/performance.md)."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "httpx",
    "httpcore",
    "jsonschema",
    "asyncio",
    "ssl",
    "cryptography",
    "email.utils",
    "importlib.metadata",
    "rich",
)
CLEAN = "version: 1\nkeys: {}\n"


def loaded(folder: Path, *words: str) -> tuple[int, set[str]]:
    """Return the exit code of a command line in a fresh interpreter, and the modules that it loaded."""
    code = (
        "import sys, atexit, os\n"
        "from keylint.cli.main import main\n"
        f"sys.argv = ['keylint', *{words!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n"
        "    sys.stdout.flush()\n"
        "    print('\\n' + repr((ended.code, sorted(sys.modules))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    exit_code, modules = eval(done.stdout.splitlines()[-1])
    return exit_code, set(modules)


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_version_and_help_load_neither_yaml_nor_schemas_nor_rules(tmp_path: Path, word: str) -> None:
    code, modules = loaded(tmp_path, word)
    assert code == 0
    assert modules.isdisjoint({*HEAVY, "yaml", "jsonschema_rs", "keylint.rules", "keylint.load", "difflib"})


def test_clean_check_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "keylint.yaml").write_text(CLEAN)
    code, modules = loaded(tmp_path, "check")
    assert code == 0
    assert modules.isdisjoint({*HEAVY, "json", "difflib", "keylint.exchanges", "keylint.diff", "keylint.sandbox"})
    assert "jsonschema_rs" in modules
    assert {name for name in modules if name.startswith("keylint.compiled.facts_")} == set()


def test_only_the_facts_of_declared_exchanges_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "keylint.yaml").write_text("version: 1\nkeys:\n  a: {exchange: kraken, permissions: [read]}\n")
    _, modules = loaded(tmp_path, "check")
    assert {name for name in modules if name.startswith("keylint.compiled.facts_")} == {"keylint.compiled.facts_kraken"}


def test_invalid_file_does_not_load_another_validator(tmp_path: Path) -> None:
    (tmp_path / "keylint.yaml").write_text("version: 2\nkeys: {}\n")
    code, modules = loaded(tmp_path, "check")
    assert code == 1
    assert modules.isdisjoint(HEAVY)


def test_stand_in_for_email_utils_does_not_stay(tmp_path: Path) -> None:
    code = (
        "import keylint.load.schema as schema, sys\n"
        "schema.Schema('declaration')\n"
        "assert 'email.utils' not in sys.modules\n"
        "import email.utils\n"
        "assert email.utils.parsedate_to_datetime('Sun, 22 Nov 2026 00:00:00 GMT').year == 2026\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_patterns_of_pyyaml_wait_and_work_and_re_is_itself_again() -> None:
    code = (
        "import re\n"
        "original = re.compile\n"
        "import keylint.load.events, yaml\n"
        "assert re.compile is original\n"
        "assert yaml.safe_load('a: 2026-11-22\\nb: [1_000, 0o7, .5, no, ~]') == yaml.safe_load(\n"
        "    'a: !!timestamp 2026-11-22\\nb: [!!int 1000, 0o7, !!float .5, !!bool no, null]')\n"
        "assert list(yaml.load('{b: [1, x]}', Loader=yaml.SafeLoader)) == ['b']\n"
        "try:\n    yaml.load('a: \"\\x07\"', Loader=yaml.SafeLoader)\n"
        "except yaml.reader.ReaderError:\n    print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("refused\n", "")
