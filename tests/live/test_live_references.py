"""Where credentials may come from: references under the operator's limits, in CI and outside of it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from keylint.cli.fork import refuse_fork
from keylint.model.errors import Refusal, UsageError
from keylint.model.finding import Reason
from keylint.sandbox.server import system_clock
from keylint.secrets import MAX_FILE, REFUSED, Limits, read_credentials, resolve
from tests.live.world import BINANCE_KEY, BINANCE_SECRET, LIVE, World

OPEN = Limits(demanded=False, env=(), roots=())
CLOSED = Limits(demanded=True, env=(), roots=())


def value(reference: object, limits: Limits = OPEN) -> str:
    return resolve({"api_key": reference}, limits)["api_key"].reveal()


def refused(reference: object, limits: Limits = OPEN) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        value(reference, limits)
    assert caught.value.reason is Reason.NO_CREDENTIALS
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize("references", [None, {}])
def test_key_without_references_has_no_credentials(references: dict[str, object] | None) -> None:
    with pytest.raises(Refusal) as caught:
        resolve(references, OPEN)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "it has no credentials")


@pytest.mark.parametrize(
    "reference",
    ["", "env:", "file:", "env", "ENV:X", "vault:x", "https://x", "cmd:id", "$X", "hunter2", 5, None, ["env:X"]],
)
def test_anything_else_is_no_reference(reference: object) -> None:
    assert refused(reference) == ("`api_key` is not a reference", "write env:NAME or file:PATH")


def test_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MM_BOT_KEY", "abc")
    assert value("env:MM_BOT_KEY") == "abc"


def test_variable_that_is_not_set_or_empty_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MM_BOT_KEY", raising=False)
    assert refused("env:MM_BOT_KEY") == (
        "`api_key`: the environment variable MM_BOT_KEY is not set",
        "set it where keylint runs",
    )
    monkeypatch.setenv("MM_BOT_KEY", "")
    assert refused("env:MM_BOT_KEY") == ("`api_key` is empty", "put the value into MM_BOT_KEY")


@pytest.mark.parametrize(
    ("patterns", "name", "is_allowed"),
    [
        ((), "MM_BOT_KEY", False),
        (("MM_*",), "MM_BOT_KEY", True),
        (("MM_*",), "mm_bot_key", False),
        (("MM_*",), "XMM_BOT_KEY", False),
        (("MM_BOT_KEY",), "MM_BOT_KEY", True),
        (("MM_BOT",), "MM_BOT_KEY", False),
        (("TAX_*", "MM_*"), "MM_BOT_KEY", True),
        (("*",), "MM_BOT_KEY", True),
        (("MM_???_KEY",), "MM_BOT_KEY", True),
    ],
)
def test_where_names_are_demanded_only_those_are_read(
    monkeypatch: pytest.MonkeyPatch, patterns: tuple[str, ...], name: str, is_allowed: bool
) -> None:
    monkeypatch.setenv(name, "abc")
    limits = Limits(demanded=True, env=patterns, roots=())
    if is_allowed:
        assert value(f"env:{name}", limits) == "abc"
    else:
        assert refused(f"env:{name}", limits) == (
            f"`api_key` points at {name}, which is not allowed",
            f"whoever runs keylint allows it with --allow-env '{name}' or KEYLINT_ALLOW_ENV",
        )


def test_patterns_hold_outside_of_ci_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER", "abc")
    assert refused("env:OTHER", Limits(demanded=False, env=("MM_*",), roots=()))[0].endswith("is not allowed")


@pytest.mark.parametrize(
    "name",
    [
        *(pattern.replace("*", "X") for pattern in REFUSED),
        "GITHUB_TOKEN",
        "github_token",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "CI_JOB_TOKEN",
        "NPM_TOKEN",
        "VAULT_TOKEN",
        "PATH",
        "Path",
        "HOME",
        "KUBECONFIG",
        "PGPASSWORD",
        "SSH_AUTH_SOCK",
        "SYSTEM_ACCESSTOKEN",
        "OPENAI_API_KEY",
    ],
)
@pytest.mark.parametrize("patterns", [(), ("*",)])
def test_names_of_ci_systems_clouds_and_tools_are_never_read(
    monkeypatch: pytest.MonkeyPatch, name: str, patterns: tuple[str, ...]
) -> None:
    monkeypatch.setenv(name, "abc")
    assert refused(f"env:{name}", Limits(demanded=False, env=patterns, roots=())) == (
        f"`api_key` points at {name}, which belongs to a CI system, a cloud or a tool",
        "keep exchange credentials under names of their own; this limit cannot be lifted",
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"abc", "abc"),
        (b"abc\n", "abc"),
        (b"abc\r\n", "abc"),
        (b"abc\n\n", "abc\n"),
        (b" abc ", " abc "),
        (b"-----BEGIN\nx\n-----END\n", "-----BEGIN\nx\n-----END"),
        (b"x" * MAX_FILE, "x" * MAX_FILE),
    ],
)
def test_file_is_read_without_its_last_line_end(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "key").write_bytes(content)
    assert value(f"file:{tmp_path}/key") == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "`api_key` is empty"),
        (b"\n", "`api_key` is empty"),
        (b"\xff\xfe", "`api_key`: {} is not text"),
        (b"x" * (MAX_FILE + 1), "`api_key`: {} is larger than 64 KiB"),
    ],
)
def test_file_that_cannot_hold_a_credential_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    assert refused(f"file:{path}")[0] == message.format(path)


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    hint = "name a readable file that holds the value and nothing else"
    assert refused(f"file:{tmp_path}/fifo") == (f"`api_key`: {tmp_path}/fifo is not a regular file", hint)
    assert refused("file:/dev/zero") == ("`api_key`: /dev/zero is not a regular file", hint)
    assert refused(f"file:{tmp_path}") == (f"`api_key`: {tmp_path}: is a directory", hint)
    assert refused(f"file:{tmp_path}/none") == (f"`api_key`: {tmp_path}/none: no such file or directory", hint)
    assert refused("file:a\0b")[0] == "`api_key`: a\0b: cannot be opened"
    assert refused("file:~nobody-of-that-name/x")[1] == hint
    assert refused("file:" + "x" * 5000)[1] == hint


def test_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert refused(f"file:{tmp_path}/a")[1] == "name a readable file that holds the value and nothing else"


@pytest.mark.parametrize(
    ("target", "is_allowed"),
    [
        ("{root}/key", True),
        ("{root}/sub/../key", True),
        ("{root}/sub/key", True),
        ("{root}/link-inside", True),
        ("{root}", False),
        ("{root}/link-outside", False),
        ("{root}/folder-outside/key", False),
        ("{root}/../outside/key", False),
        ("{root}-sibling/key", False),
        ("{outside}/key", False),
        ("{outside}/link-inside", True),
        ("/etc/passwd", False),
        ("key", False),
    ],
)
def test_files_are_read_below_the_roots_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, is_allowed: bool
) -> None:
    root, outside, sibling = tmp_path / "root", tmp_path / "outside", tmp_path / "root-sibling"
    for folder in (root, root / "sub", outside, sibling):
        folder.mkdir()
        (folder / "key").write_text("abc")
    (root / "link-inside").symlink_to(root / "key")
    (root / "link-outside").symlink_to(outside / "key")
    (root / "folder-outside").symlink_to(outside)
    (outside / "link-inside").symlink_to(root / "key")
    monkeypatch.chdir(outside)
    limits = Limits(demanded=True, env=(), roots=(root,))
    place = target.format(root=root, outside=outside)
    if is_allowed:
        assert value(f"file:{place}", limits) == "abc"
    else:
        message, hint = refused(f"file:{place}", limits)
        if target != "{root}":
            assert message == f"`api_key` points at {place}, which is outside the allowed folders"
            assert hint == "whoever runs keylint allows its folder with --allow-file or KEYLINT_ALLOW_FILE"


def test_without_roots_no_file_is_read_where_they_are_demanded(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("abc")
    assert refused(f"file:{tmp_path}/key", CLOSED)[0].endswith("which is outside the allowed folders")


# The same through the whole command.


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    world.serve("binance", clock=system_clock)
    world.given = {}
    references = {"api_key": "env:MM_BOT_KEY", "api_secret": "env:MM_BOT_SECRET"}
    world.keys["binance-bot"]["credentials"] = references
    monkeypatch.setenv("MM_BOT_KEY", BINANCE_KEY)
    monkeypatch.setenv("MM_BOT_SECRET", BINANCE_SECRET)
    return world


def test_outside_of_ci_any_variable_will_do(desk: World) -> None:
    assert desk.diff().code == 0


@pytest.mark.parametrize("ci", ["true", "1", "TRUE", "yes", "woodpecker"])
def test_in_ci_names_must_be_allowed(desk: World, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    ran = desk.diff("--format=json")
    assert ran.code == 3
    assert ran.json["unchecked"] == [
        {
            "key": "binance-bot",
            "exchange": "binance",
            "reason": "no-credentials",
            "message": "`api_key` points at MM_BOT_KEY, which is not allowed",
            "hint": "whoever runs keylint allows it with --allow-env 'MM_BOT_KEY' or KEYLINT_ALLOW_ENV",
        }
    ]
    assert desk.diff("--allow-env=MM_BOT_*").code == 0
    assert desk.diff("--allow-env=MM_BOT_KEY", "--allow-env=MM_BOT_SECRET").code == 0
    assert desk.diff("--allow-env=TAX_*").code == 3
    monkeypatch.setenv("KEYLINT_ALLOW_ENV", "TAX_*, MM_BOT_*")
    assert desk.diff().code == 0
    monkeypatch.setenv("KEYLINT_ALLOW_ENV", " , ")
    assert desk.diff().code == 3


@pytest.mark.parametrize("ci", ["", "0", "false", "False"])
def test_ci_can_be_switched_off(desk: World, monkeypatch: pytest.MonkeyPatch, ci: str) -> None:
    monkeypatch.setenv("CI", ci)
    assert desk.diff().code == 0


def test_settings_count_outside_of_ci_only_since_a_pull_request_can_change_them(
    desk: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / ".keylint.yaml").write_text("allow_env: ['TAX_*']\n")
    assert desk.diff().code == 3
    (desk.folder / ".keylint.yaml").write_text("allow_env: ['MM_*']\n")
    assert desk.diff().code == 0
    monkeypatch.setenv("CI", "true")
    assert desk.diff().code == 3


def test_roots_of_files_follow_the_same_rules(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.folder / "vault").mkdir()
    (desk.folder / "vault" / "key").write_text(f"{BINANCE_KEY}\n")
    (desk.folder / "vault" / "secret").write_text(f"{BINANCE_SECRET}\r\n")
    desk.keys["binance-bot"]["credentials"] = {"api_key": "file:vault/key", "api_secret": "file:vault/secret"}
    assert desk.diff().code == 0
    (desk.folder / ".keylint.yaml").write_text("allow_file_root: elsewhere\n")
    assert desk.diff().code == 3
    (desk.folder / ".keylint.yaml").write_text("allow_file_root: vault\n")
    assert desk.diff().code == 0
    monkeypatch.setenv("CI", "true")
    assert desk.diff().code == 3
    assert desk.diff("--allow-file=vault").code == 0
    monkeypatch.setenv("KEYLINT_ALLOW_FILE", os.pathsep.join(["elsewhere", str(desk.folder / "vault")]))
    assert desk.diff().code == 0


def test_refused_credentials_send_nothing(desk: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_TOKEN", "abc")
    desk.keys["binance-bot"]["credentials"] = {"api_key": "env:GITHUB_TOKEN", "api_secret": "env:GITHUB_TOKEN"}
    sandbox = desk.play([])
    assert desk.diff("--allow-env=*").code == 3
    assert sandbox.requests == ()


# Pull requests from forks.

SAME = {"full_name": "desk/keys"}
OTHER = {"full_name": "thief/keys"}


def pull(head: Any, base: Any = SAME) -> dict[str, Any]:
    return {"pull_request": {"head": {"repo": head}, "base": {"repo": base}}, "repository": SAME}


def run(head: Any, cause: str = "pull_request") -> dict[str, Any]:
    return {"workflow_run": {"event": cause, "head_repository": head}, "repository": SAME}


@pytest.mark.parametrize(
    ("name", "event", "is_fork"),
    [
        ("push", {}, False),
        ("schedule", None, False),
        ("workflow_dispatch", None, False),
        ("pull_request", pull(SAME), False),
        ("pull_request", pull(OTHER), True),
        ("pull_request", pull(None), True),
        ("pull_request", pull({}), True),
        ("pull_request", pull({"full_name": None}, {"full_name": None}), True),
        ("pull_request", pull("desk/keys"), True),
        ("pull_request", {}, True),
        ("pull_request", [], True),
        ("pull_request", "not json", True),
        ("pull_request", "[" * 100_000, True),
        ("pull_request", None, True),
        ("pull_request_target", pull(SAME), False),
        ("pull_request_target", pull(OTHER), True),
        ("pull_request_target", None, True),
        ("pull_request_review", pull(OTHER), True),
        ("pull_request_review_comment", pull(OTHER), True),
        ("pull_request_review", pull(SAME), False),
        ("workflow_run", run(SAME), False),
        ("workflow_run", run(OTHER), True),
        ("workflow_run", run(None), True),
        ("workflow_run", run(OTHER, "push"), False),
        ("workflow_run", {}, True),
    ],
)
def test_github_pull_request_from_a_fork_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, event: object, is_fork: bool
) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", name)
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    if event is not None:
        (tmp_path / "event.json").write_text(event if isinstance(event, str) else json.dumps(event))
    if not is_fork:
        refuse_fork(allowed=False)
        return
    with pytest.raises(UsageError) as caught:
        refuse_fork(allowed=False)
    assert str(caught.value) == (
        "this is a pull request from a fork: its declarations are not trusted with credentials; "
        "run `keylint check` here and `keylint diff` on your own branches, or say --allow-untrusted"
    )
    refuse_fork(allowed=True)


def test_github_event_without_a_path_counts_as_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    with pytest.raises(UsageError):
        refuse_fork(allowed=False)


@pytest.mark.parametrize(
    ("variables", "is_fork"),
    [
        ({}, False),
        ({"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "7"}, False),
        ({"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8", "CI_MERGE_REQUEST_PROJECT_ID": "7"}, True),
        ({"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8"}, True),
        ({"SYSTEM_PULLREQUEST_ISFORK": "True"}, True),
        ({"SYSTEM_PULLREQUEST_ISFORK": "False"}, False),
        ({"CIRCLE_PR_REPONAME": "keys"}, True),
        ({"CIRCLE_PR_REPONAME": ""}, False),
    ],
)
def test_other_builds_of_a_fork_are_told(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_fork: bool
) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    if is_fork:
        with pytest.raises(UsageError):
            refuse_fork(allowed=False)
    else:
        refuse_fork(allowed=False)


def test_fork_gets_no_diff_and_nothing_is_sent(desk: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sandbox = desk.play([LIVE["binance"]], clock=system_clock)
    (tmp_path / "event.json").write_text(json.dumps(pull(OTHER)))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    with pytest.raises(UsageError):
        desk.diff()
    assert sandbox.requests == ()
    assert desk.diff("--show-calls").code == 0
    assert sandbox.requests == ()
    assert desk.diff("--allow-untrusted").code == 0
    assert len(sandbox.requests) == 2


# Credentials that the operator hands over.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x: no JSON object of the form {key name: {api_key: …, api_secret: …}}"),
        ("{", "x: no JSON object of the form {key name: {api_key: …, api_secret: …}}"),
        ("[]", "x: not of the form {key name: {api_key: …, api_secret: …}}"),
        ('{"a": "b"}', "x: not of the form {key name: {api_key: …, api_secret: …}}"),
        ('{"a": {}, "b": {"api_key": 5}}', "x: a field of entry 2 is not a text; put it in quotes"),
        ('{"b": {"api_key": null}}', "x: a field of entry 1 is not a text; put it in quotes"),
    ],
)
def test_handed_over_credentials_of_another_form_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_credentials(text, "x")
    assert str(caught.value) == message


def test_handed_over_credentials_are_read() -> None:
    (fields,) = read_credentials('{"bot": {"api_key": "a", "api_secret": "b"}}', "x").values()
    assert {name: secret.reveal() for name, secret in fields.items()} == {"api_key": "a", "api_secret": "b"}
    assert read_credentials("{}", "x") == {}
