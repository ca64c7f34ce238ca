"""Every text that somebody might send goes through the real command, with libyaml and without it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.load.reading import KEY
from tests.load.test_document import REFUSED, TOP
from tests.load.test_limits import BOMBS, HUGE, NESTS
from tests.load.test_text import BAD, ESCAPES, SYNTAX

# One process for all texts would hide a crash, and one for each would take minutes: a fork is both.
DRIVER = """
import json, os, sys
if sys.argv[1] == "pure":
    import yaml
    del yaml.CSafeLoader
from contextlib import redirect_stdout, suppress
from io import StringIO
from keylint.cli.main import main
sys.argv = ["keylint", "check", "warm.yaml"]
with redirect_stdout(StringIO()), suppress(SystemExit):
    main()  # loads once what all forks need
from keylint.load.events import Loader
ends = {"loader": Loader.__name__}
for name in sorted(os.listdir("texts")):
    if (child := os.fork()) == 0:
        out = os.open(f"said/{name}", os.O_WRONLY | os.O_CREAT)
        os.dup2(out, 1), os.dup2(out, 2)
        sys.argv = ["keylint", "check", "--now", "2026-11-22", "--format", "json", f"texts/{name}"]
        try:
            main()
        except SystemExit as end:
            sys.stdout.flush()
            os._exit(end.code)
        os._exit(99)
    _, status, usage = os.wait4(child, 0)
    ends[name] = [os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime]
print(json.dumps(ends))
"""
MEGABYTES = 10_000_000

# Texts that hold one flaw that ends them.
FATAL: dict[str, str | bytes] = {
    **{f"top-{case.id}": str(case.values[0]) for case in TOP},
    **{f"refused-{name}": f"{KEY}    {line}\n" for line, _, _, name in REFUSED},
    **{f"bytes-{name}": data for name, data, _, _ in BAD},
    **{f"nest-{name}": text for name, text, _ in NESTS},
    **{f"bomb-{name}": text for name, text in BOMBS.items()},
    **{f"syntax-{at}": f"{KEY}    {line}\n" for at, (line, _, _) in enumerate(SYNTAX)},
    **{f"escape-{at}": f'{KEY}    label: "a{escape}"\n' for at, escape in enumerate(ESCAPES)},
    "open-quote": f"{KEY}    notes: '{'x' * MEGABYTES}",
}
READ: dict[str, str] = {
    **{f"huge-{name}": f"{KEY}    {line}\n" for name, line in HUGE if name not in ("unfinished", "colons", "name")},
    "long-line": f"{KEY}    notes: {'x' * MEGABYTES}\n",
    "flow": "{"
    + KEY.replace("\n", " ")
    .replace("keys:", ", keys: {")
    .replace("bot:", "bot: {")
    .replace("permissions", ", permissions")
    + "}}}",
    "number": f"{KEY}    account_id: {'1' * 5000}\n    label: 1e999\n    notes: .inf\n",
    "key names": "version: 1\nkeys:\n  12: {}\n  true: {}\n  ~: {}\n  1.5: {}\n  no: {}\n",
}


@pytest.fixture(name="ended", scope="module", params=["libyaml", "pure"])
def _ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """Check every text; return exit code and processor time of each, and the folder with what was said."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "texts").mkdir()
    (folder / "said").mkdir()
    (folder / "warm.yaml").write_text(KEY)
    slow = ("huge-", "long-line", "open-quote")
    for name, text in {**FATAL, **READ}.items():
        if request.param == "pure" and name.startswith(slow):
            continue  # a minute for each
        data = text if isinstance(text, bytes) else text.encode()
        (folder / "texts" / f"{name.replace(' ', '-')}.yaml").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, request.param],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    ends = json.loads(done.stdout)
    assert ends.pop("loader") == {"libyaml": "CSafeLoader", "pure": "PureLoader"}[request.param]
    return ends, folder / "said"


def test_no_text_crashes_the_command_or_makes_it_fail(ended: tuple[dict[str, Any], Path]) -> None:
    ends, said = ended
    assert len(ends) > 100
    assert {name: code for name, (code, _) in ends.items() if code not in (0, 1)} == {}
    assert [name for name in ends if "Traceback" in (text := (said / name).read_text()) or "defect" in text] == []


def test_text_that_cannot_be_read_is_one_finding(ended: tuple[dict[str, Any], Path]) -> None:
    ends, said = ended
    wrong = {}
    for name in (f"{name.replace(' ', '-')}.yaml" for name in FATAL):
        if name in ends:
            report = json.loads((said / name).read_text())
            found = [
                (f["rule"], f["severity"], bool(f["message"]))
                for f in report["findings"]
                if f["rule"] in ("yaml", "schema")
            ]
            if ends[name][0] != 1 or found not in ([("yaml", "error", True)], [("schema", "error", True)]):
                wrong[name] = report["findings"]
    assert wrong == {}


def test_no_text_takes_long(ended: tuple[dict[str, Any], Path]) -> None:
    ends, _ = ended
    # Processor time, on a machine that may be slow; the longest takes a second on one that is not.
    assert {name: seconds for name, (_, seconds) in ends.items() if seconds > 5} == {}


@pytest.mark.parametrize("text", [FATAL["nest-brackets"], FATAL["bytes-nul"], "version: 1\nkeys: {}\n"])
def test_command_in_a_process_of_its_own_ends_the_same_way(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "k.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    done = subprocess.run(
        [sys.executable, "-m", "keylint", "check", "k.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr) == (0 if text == "version: 1\nkeys: {}\n" else 1, "")
