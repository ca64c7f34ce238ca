"""Files are written whole or not at all, and nothing that keylint did not write is lost."""

import os
from pathlib import Path

import pytest

from keylint.cli.write import refuse_foreign, write_whole
from keylint.model.errors import UsageError
from tests.conftest import ROOT
from tests.running import keylint

GOOD = (
    "version: 1\nkeys:\n  bot: {exchange: binance, permissions: [read], owner: desk, purpose: portfolio-tracking,"
    " created: 2026-11-01, ip_allowlist: [8.8.8.8]}\n"
)
BAD = GOOD.replace("[read]", "[read, withdraw]")
FORMATS = ["text", "json", "sarif", "github", "junit", "gitlab", "markdown", "html"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("quiet", [(), ("-q",)])
@pytest.mark.parametrize("text", [GOOD, BAD, "keys: [\n"])
def test_own_reports_are_overwritten(empty_folder: Path, form: str, quiet: tuple[str, ...], text: str) -> None:
    (empty_folder / "keylint.yaml").write_text(text)
    for _ in range(2):
        assert keylint("check", "--now", "2026-11-22", *quiet, "--output", f"{form}=report").code in (0, 1)


FOREIGN = {
    "declaration": GOOD,
    "declaration with our name in it": f"# yaml-language-server: $schema=keylint/declaration.schema.json\n{GOOD}",
    "policy": "version: 1\nname: keylint for the desk\nextends: [baseline]\n",
    "keys only": "keys:\n  in-sync-bot: {exchange: okx}\n",
    "notes": "my own notes on keylint\n",
    "markdown": "# keylint\n\nHow we use it.\n",
    "json": '{"keylint": true}\n',
    "json list": '[{"name": "keylint"}]\n',
    "log": "2026-11-22 keylint: 3 keys in 1 file: no findings\n",
    "hook": "repos:\n  - repo: https://github.com/keylint/keylint\n",
    "program": "#!/bin/sh\nexec keylint check\n",
    "bytes": "\x00\x01keylint",
    "html": "<!DOCTYPE html>\n<title>My page on keylint</title>\n",
    "xml": '<?xml version="1.0"?>\n<testsuites name="pytest"/>\n',
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_keylint_did_not_write_is_refused_and_stays(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_text(FOREIGN[name])
    with pytest.raises(UsageError) as error:
        refuse_foreign(path, force=False)
    assert str(error.value) == f"{path}: exists and was not written by keylint; use --force to overwrite it"
    assert path.read_text() == FOREIGN[name]
    refuse_foreign(path, force=True)


@pytest.mark.parametrize(
    "name",
    ["README.md", "pyproject.toml", "Makefile", "LICENSE", "examples/keys/desk.yaml", "schemas/report.schema.json"],
)
def test_no_file_of_this_repository_is_taken_for_a_report(name: str) -> None:
    with pytest.raises(UsageError):
        refuse_foreign(ROOT / name, force=False)


@pytest.mark.parametrize(
    "text", ["", "\n", "# written by keylint sandbox\nexport A=b\n", "8c1f20d4aa00bb11\n8c1f20d4aa00bb12\n"]
)
def test_empty_file_and_own_files_may_be_overwritten(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").write_text(text)
    refuse_foreign(tmp_path / "file", force=False)
    refuse_foreign(tmp_path / "new", force=False)


@pytest.mark.parametrize("force", [False, True])
def test_folder_and_missing_folder_are_refused_with_force_too(tmp_path: Path, force: bool) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        refuse_foreign(tmp_path, force=force)
    with pytest.raises(UsageError, match=r"there is no folder .*/nowhere"):
        refuse_foreign(tmp_path / "nowhere" / "file", force=force)
    with pytest.raises(UsageError, match="file name too long"):
        refuse_foreign(tmp_path / ("x" * 300), force=force)


def test_file_is_written_with_its_mode_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "public", "ä\r\n")
    write_whole(tmp_path / "private", "x", 0o600)
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / "public").read_bytes() == "ä\r\n".encode()
    assert (tmp_path / "public").stat().st_mode & 0o777 == 0o644 & ~umask
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600 & ~umask
    assert sorted(path.name for path in tmp_path.iterdir()) == ["private", "public"]


def test_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/report")
    write_whole(tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "report").read_text() == "x"


def test_name_as_long_as_a_name_can_be_is_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), "x")
    assert (tmp_path / ("x" * 255)).read_text() == "x"


@pytest.mark.parametrize("name", ["y" * 256, "nowhere/file", "a\0b"])
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        write_whole(tmp_path / name, "x")
    assert list(tmp_path.iterdir()) == []


def test_file_stays_as_it_was_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("old")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UsageError, match="no space left on device"):
        write_whole(tmp_path / "file", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "old")]


def test_interrupted_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "chmod", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", "new")
    assert list(tmp_path.iterdir()) == []


def test_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    write_whole(Path("/dev/null"), "x")
    assert not Path("/dev/null").is_file()
    with pytest.raises(UsageError, match="/dev/full: no space left on device"):
        write_whole(Path("/dev/full"), "x")
    assert list(tmp_path.iterdir()) == []
