"""Which files are meant, and what cannot be opened."""

import os
import socket
from pathlib import Path

import pytest

from keylint.load import files
from keylint.load.files import find_files, is_policy, read_file, source
from keylint.model.errors import UsageError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("version: 1\nkeys: {}\n")


def names(*paths: str) -> list[str]:
    return [path.as_posix() for path in find_files(paths)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_folder_gives_its_yaml_files_sorted_and_nothing_hidden(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "keys/b.yml",
        "keys/a.yaml",
        "keys/sub/c.yaml",
        "keys/sub.yaml/d.yaml",
        "keys/README.md",
        "keys/e.YAML",
    )
    touch(
        tmp_path,
        "keys/.hidden.yaml",
        "keys/.git/x.yaml",
        "keys/.keylint.yaml",
        "keys/strict.policy.yaml",
        "keys/x.policy.yml",
    )
    assert names("keys") == ["keys/a.yaml", "keys/b.yml", "keys/sub/c.yaml", "keys/sub.yaml/d.yaml"]


def test_named_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    touch(tmp_path, ".hidden.yaml", "keys.txt", "a.policy.yaml")
    assert names(".hidden.yaml", "keys.txt", "a.policy.yaml") == [".hidden.yaml", "keys.txt", "a.policy.yaml"]


def test_file_that_is_named_twice_comes_once(tmp_path: Path) -> None:
    touch(tmp_path, "keys/a.yaml", "keys/b.yaml")
    (tmp_path / "link.yaml").symlink_to("keys/a.yaml")
    assert names("keys/b.yaml", "keys", "./keys/b.yaml", "keys/../keys", "link.yaml") == ["keys/b.yaml", "keys/a.yaml"]
    assert names("link.yaml", "keys/a.yaml", str(tmp_path / "keys" / "a.yaml")) == ["link.yaml"]
    assert names("-", "-") == ["-"]


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.yaml", "keys/b.yaml")
    (tmp_path / "keys" / "a.yaml").symlink_to("../elsewhere/a.yaml")
    (tmp_path / "keys" / "more").symlink_to("../elsewhere")
    (tmp_path / "keys" / "loop").symlink_to(".")
    assert names("keys") == ["keys/a.yaml", "keys/b.yaml"]


def test_link_to_a_folder_that_is_named_is_a_folder(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/a.yaml")
    (tmp_path / "keys").symlink_to("elsewhere")
    assert names("keys") == ["keys/a.yaml"]


@pytest.mark.parametrize(
    "name", ["with blank.yaml", "with\nline.yaml", "鍵🔑.yaml", "-x.yaml", "\x1b[31m.yaml", "a:b.yaml", "%0A.yaml"]
)
def test_any_name_that_a_file_can_have_is_read(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"keys/{name}")
    assert names("keys") == [f"keys/{name}"]
    assert read_file(Path("keys", name)).name == f"keys/{name}"


def test_name_that_is_no_utf_8_is_read(tmp_path: Path) -> None:
    touch(tmp_path, "keys/a.yaml")
    (tmp_path / "keys" / "a.yaml").rename(tmp_path / "keys" / "\udcff.yaml")
    assert names("keys") == ["keys/\udcff.yaml"]


UNREADABLE = {
    "gone.yaml": "gone.yaml: no such file or directory",
    "folder": "folder: is a folder",
    "a.yaml/b.yaml": "a.yaml/b.yaml: not a directory",
    "dangling.yaml": "dangling.yaml: no such file or directory",
    "loop.yaml": "loop.yaml: too many levels of symbolic links",
    "pipe.yaml": "pipe.yaml: is not a regular file; pipe it in and name it `-`",
    "socket.yaml": "socket.yaml: is not a regular file; pipe it in and name it `-`",
    "/dev/zero": "/dev/zero: is not a regular file; pipe it in and name it `-`",
    "x" * 300: f"{'x' * 300}: file name too long",
    "a\0b": "'a\\x00b': cannot be a path",
}


@pytest.fixture
def _things(tmp_path: Path) -> None:
    touch(tmp_path, "a.yaml")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.yaml")


@pytest.mark.usefixtures("_things")
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_readable_file_is_said(name: str) -> None:
    with pytest.raises(UsageError) as error:
        read_file(Path(name))
    assert str(error.value) == UNREADABLE[name]


@pytest.mark.usefixtures("_things")
@pytest.mark.parametrize(
    ("name", "message"),
    [("x" * 300, UNREADABLE["x" * 300]), ("a\0b", UNREADABLE["a\0b"]), ("", "'': cannot be a path")],
)
def test_path_that_cannot_be_looked_at_is_said(name: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        names(name)
    assert str(error.value) == message


@pytest.mark.usefixtures("_things")
def test_pipe_or_dangling_link_in_a_folder_is_not_passed_over() -> None:
    found = names(".")
    assert found == ["a.yaml", "dangling.yaml", "loop.yaml", "pipe.yaml", "socket.yaml"]
    for name in found[1:]:
        with pytest.raises(UsageError):
            read_file(Path(name))


def test_folder_or_file_without_the_right_to_read_is_said(tmp_path: Path) -> None:
    touch(tmp_path, "keys/locked/a.yaml", "keys/b.yaml")
    (tmp_path / "keys" / "b.yaml").chmod(0)
    if os.access("keys/b.yaml", os.R_OK):
        pytest.skip("this user may read everything")
    with pytest.raises(UsageError, match=r"keys/b\.yaml: permission denied"):
        read_file(Path("keys/b.yaml"))
    (tmp_path / "keys" / "locked").chmod(0)
    with pytest.raises(UsageError, match="keys/locked: permission denied"):
        names("keys")
    with pytest.raises(UsageError, match=r"keys/locked/a\.yaml: permission denied"):
        names("keys/locked/a.yaml")


def test_folder_that_cannot_be_listed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "keys/a.yaml")

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(UsageError, match="keys: permission denied"):
        names("keys")


def test_working_folder_that_is_gone_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UsageError, match=r"a\.yaml: no such file or directory"):
        names("a.yaml")


def test_shown_name_replaces_the_path_in_messages(tmp_path: Path) -> None:
    touch(tmp_path, "a.yaml")
    assert read_file(tmp_path / "a.yaml", "settings").name == "settings"
    with pytest.raises(UsageError, match="settings: no such file"):
        read_file(tmp_path / "b.yaml", "settings")


def test_byte_order_mark_goes_once() -> None:
    assert source("x", b"\xef\xbb\xbf\xef\xbb\xbfa").data == b"\xef\xbb\xbfa"


def test_file_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1_000_000)
    (tmp_path / "big.yaml").write_bytes(b"#" * 1_000_001)
    (tmp_path / "fits.yaml").write_bytes(b"#" * 1_000_000)
    assert len(read_file(Path("fits.yaml")).data) == 1_000_000
    with pytest.raises(UsageError, match=r"big\.yaml: larger than 1 MB; split it into several files"):
        read_file(Path("big.yaml"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("keylint.policy.yaml", True),
        ("x.policy.yml", True),
        (".keylint.yaml", True),
        ("policy.yaml", False),
        ("keylint.yaml", False),
        ("x.policy.yaml.bak", False),
    ],
)
def test_policies_and_settings_are_told_by_their_names(name: str, expected: bool) -> None:
    assert is_policy(Path("folder", name)) is expected
