"""The options of `keylint diff`: where it asks, which keys, what it prints, how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.cli.asking import base_urls
from keylint.model.errors import UsageError
from keylint.sandbox.server import system_clock
from tests.exchanges.wire import Wire
from tests.live.world import BINANCE_KEY, BINANCE_SECRET, INSPECT, LIVE, TIME, World
from tests.running import keylint

ROOT = Path(__file__).parent.parent.parent
FORM = "write scheme, host and port only, such as https://gateway.example.com:8443"
PLAIN = "credentials go over https only, or over http to this machine itself"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://gateway.example.com", "https://gateway.example.com"),
        ("https://gateway.example.com/", "https://gateway.example.com"),
        ("HTTPS://Gateway.Example.COM:8443", "https://gateway.example.com:8443"),
        ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
        ("https://[2001:db8::7]:8443", "https://[2001:db8::7]:8443"),
        ("https://xn--brse-5qa.example", "https://xn--brse-5qa.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.8.9.10", "http://127.8.9.10"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://gateway.example.com:65535", "https://gateway.example.com:65535"),
    ],
)
def test_base_url_is_accepted(url: str, expected: str) -> None:
    assert base_urls((f"binance={url}",)) == {"binance": expected}


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("", FORM),
        ("gateway.example.com", FORM),
        ("https://", FORM),
        ("https:///x", FORM),
        ("https://user@gateway.example.com", FORM),
        ("https://user:hunter2@gateway.example.com", FORM),
        ("https://api.binance.com@evil.example", FORM),
        ("https://gateway.example.com\\@evil.example", FORM),
        ("https://gateway.example.com/path", FORM),
        ("https://gateway.example.com//", FORM),
        ("https://gateway.example.com?a=1", FORM),
        ("https://gateway.example.com#a", FORM),
        ("https://gateway.example.com:0", FORM),
        ("https://gate way.example.com", FORM),
        ("https://gäteway.example.com", FORM),
        ("https://.example.com", FORM),
        ("https://[fe80::1%eth0]", FORM),
        ("https://%65vil.example", FORM),
        ("https://gateway.example.com:hunter2", "no URL"),
        ("https://gateway.example.com:65536", "no URL"),
        ("https://[::1", "no URL"),
        ("https://[gateway]", "no URL"),
        ("http://gateway.example.com", PLAIN),
        ("http://10.0.0.7", PLAIN),
        ("http://127.evil.example", PLAIN),
        ("http://127.0.0.1.evil.example", PLAIN),
        ("http://localhost.evil.example", PLAIN),
        ("http://0.0.0.0:8000", PLAIN),
        ("http://[2001:db8::7]", PLAIN),
        ("http://127.1", PLAIN),
        ("ftp://gateway.example.com", PLAIN),
        ("file://localhost", PLAIN),
    ],
)
def test_base_url_is_refused_and_not_quoted(monkeypatch: pytest.MonkeyPatch, url: str, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        base_urls((f"binance={url}",))
    message = str(caught.value)
    assert message == f"--base-url binance: {what}"
    if url:
        monkeypatch.setenv("KEYLINT_BASE_URL_BINANCE", url)
        with pytest.raises(UsageError) as again:
            base_urls(())
        assert str(again.value).startswith("KEYLINT_BASE_URL_BINANCE: ")


@pytest.mark.parametrize(
    "text", ["https://user:hunter2@gw", "binanse=https://x", "=https://x", "BINANCE=https://x", "binance"]
)
def test_base_url_names_a_known_exchange(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        base_urls((text,))
    assert str(caught.value).startswith("--base-url: write EXCHANGE=URL, with one of: ")
    assert "hunter2" not in str(caught.value)


def test_base_urls_come_from_the_environment_and_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYLINT_BASE_URL_KRAKEN_FUTURES", "https://a.example")
    monkeypatch.setenv("KEYLINT_BASE_URL_KRAKEN", "https://b.example")
    monkeypatch.setenv("KEYLINT_BASE_URL_BINANCE", "")
    assert base_urls(("kraken=https://c.example", "kraken=https://d.example")) == {
        "kraken-futures": "https://a.example",
        "kraken": "https://d.example",
    }


@given(st.text(max_size=40))
def test_base_url_is_a_safe_one_or_a_usage_error(text: str) -> None:
    for url in (text, f"https://{text}", f"http://{text}", f"http://127.0.0.1{text}", f"https://[{text}]"):
        try:
            (base,) = base_urls((f"binance={url}",)).values()
        except UsageError:
            continue
        assert base.startswith(("https://", "http://127.", "http://localhost", "http://[::1]", "http://[0:"))
        assert not set("@/?#\\ \t\r\n%") & set(base.partition("://")[2])


def test_declaration_cannot_name_a_host(world: World) -> None:
    world.serve("binance")
    world.keys["binance-bot"]["base_url"] = "http://127.0.0.1:1"
    ran = world.diff("--format=json")
    assert ran.code == 1
    assert "base_url" in json.dumps(ran.json["findings"])


# Which keys.


@pytest.fixture
def desk(world: World) -> World:
    world.serve(clock=system_clock)
    world.declare("binance", "binance-tax")
    world.declare("kraken", "kraken-tax")
    return world


ALL = ["binance-bot", "binance-tax", "kraken-bot", "kraken-tax"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], ALL),
        (["--key=binance-bot"], ["binance-bot"]),
        (["--key=binance-*"], ["binance-bot", "binance-tax"]),
        (["--key=*-tax"], ["binance-tax", "kraken-tax"]),
        (["--key=*-ta?", "--key=kraken-bot"], ["binance-tax", "kraken-bot", "kraken-tax"]),
        (["--exchange=kraken"], ["kraken-bot", "kraken-tax"]),
        (["--exchange=kraken", "--exchange=binance"], ALL),
        (["--exchange=kraken", "--key=*-tax"], ["kraken-tax"]),
    ],
)
def test_filters_choose_keys(desk: World, words: list[str], names: list[str]) -> None:
    ran = desk.diff("--format=json", "--jobs=1", *words)
    assert ran.code == 0
    assert [key["name"] for key in ran.json["keys"]] == names
    assert ran.json["summary"]["keys"] == len(names)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--key=nobody"], "no key matches nobody"),
        (["--key=Binance-Bot"], "no key matches Binance-Bot"),
        (["--exchange=okx"], "no key matches okx"),
        (["--exchange=kraken", "--key=binance-*"], "no key matches binance-* kraken"),
        (["--exchange=krakn"], "--exchange: no exchange 'krakn'; known are: "),
    ],
)
def test_filter_that_leaves_nothing_is_wrong_usage(desk: World, words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        desk.diff(*words)
    assert str(caught.value).startswith(message)


def test_filter_hides_findings_of_other_keys(desk: World) -> None:
    desk.keys["kraken-bot"]["permissions"] = ["read", "nonsense"]
    words = ("--format=json", "--policy=baseline")
    ran = keylint("diff", *desk.write(), "--now=2026-11-22", *words, "--key=binance-bot")
    assert "kraken-bot" not in {finding["key"] for finding in ran.json["findings"]}
    other = keylint("diff", *desk.write(), "--now=2026-11-22", *words, "--key=kraken-bot")
    assert {finding["key"] for finding in other.json["findings"]} == {"kraken-bot"}


def test_filter_does_not_hide_a_key_that_was_meant_and_cannot_be_read(desk: World) -> None:
    desk.keys["kraken-old"] = {"exchange": 5, "permissions": ["read"]}
    hidden = desk.diff("--format=json", "--key=binance-*")
    assert (hidden.code, hidden.json["findings"]) == (0, [])
    shown = desk.diff("--format=json", "--key=kraken-*")
    assert shown.code == 1
    assert [(finding["rule"], finding["key"]) for finding in shown.json["findings"]] == [("schema", "kraken-old")]
    by_exchange = desk.diff("--format=json", "--exchange=kraken")
    assert [(finding["rule"], finding["key"]) for finding in by_exchange.json["findings"]] == [("schema", "kraken-old")]


def test_filter_does_not_hide_a_broken_file(desk: World) -> None:
    """After a fault in the YAML nothing more is read: a key that was meant may stand there."""
    words = desk.write()
    path = desk.folder / "keylint.yaml"
    lines = path.read_text().split("\n")
    at = next(number for number, line in enumerate(lines) if '"kraken-bot"' in line)
    path.write_text("\n".join([*lines[:at], ' "x": ]', *lines[at:]]))
    ran = keylint("diff", *words, "--now=2026-11-22", "--policy=live.policy.yaml", "--format=json", "--key=binance-*")
    assert ran.code == 1
    assert [finding["rule"] for finding in ran.json["findings"]] == ["yaml"]


# What would be asked.


def test_show_calls_prints_every_request_and_sends_none(world: World) -> None:
    world.keys = {}
    world.declare("binance", "a")
    world.declare("binance", "b", status="retiring")
    world.declare("kraken", "c")
    world.declare("binance", "gone", status="revoked")
    world.declare("binance", "test", environment="testnet")
    world.declare("kraken", "nowhere", site="mars")
    with Wire() as wire:
        world.bases = {"binance": wire.base}
        (world.folder / "keylint.yaml").write_text(world.text)
        ran = keylint("diff", "keylint.yaml", f"--base-url=binance={wire.base}", "--show-calls")
        assert wire.connections == 0
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"GET {wire.base}/sapi/v1/account/apiRestrictions  # key, binance, a\n"
        f"GET {wire.base}/api/v3/time  # time, binance, a\n"
        f"GET {wire.base}/sapi/v1/account/apiRestrictions  # key, binance, b\n"
        "POST https://api.kraken.com/0/private/GetApiKeyInfo  # key, kraken, c\n"
        "GET https://api.kraken.com/0/public/Time  # time, kraken, c\n"
    )


def test_show_calls_follows_the_filters(world: World) -> None:
    world.declare("binance")
    world.declare("kraken")
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls", "--exchange=kraken")
    assert {line.split()[0] for line in ran.out.splitlines()} == {INSPECT["kraken"][0], TIME["kraken"][0]}


@pytest.mark.parametrize("name", ["\x1b[2Jx", "a\n::error::owned", "\u202eevil"])
def test_show_calls_shows_no_name_that_steers_a_terminal(world: World, name: str) -> None:
    world.declare("binance", name)
    (world.folder / "keylint.yaml").write_text(world.text)
    ran = keylint("diff", "keylint.yaml", "--show-calls")
    assert len(ran.out.splitlines()) in (0, 2)
    assert not set("\x1b\u202e") & set(ran.out)
    assert not [line for line in ran.out.splitlines() if line.startswith("::")]


# Credentials.


def test_credentials_come_from_standard_input(world: World) -> None:
    world.serve(clock=system_clock)
    words = [word for word in world.write() if not word.startswith("--credentials")]
    ran = keylint("diff", *words, "--policy=live.policy.yaml", "--credentials=-", stdin=json.dumps(world.given))
    assert ran.code == 0


def test_standard_input_that_is_not_utf_8_is_no_defect(world: World) -> None:
    world.serve("binance", clock=system_clock)
    words = [word for word in world.write() if not word.startswith("--credentials")]
    text = json.dumps({"binance-bot": {"api_key": "k", "api_secret": "s"}}).encode().replace(b'"s"', b'"\xff"')
    ran = keylint("diff", *words, "--policy=live.policy.yaml", "--credentials=-", "--format=json", stdin=text)
    assert (ran.code, ran.json["unchecked"][0]["reason"]) == (3, "bad-credentials")


@pytest.mark.usefixtures("world")
def test_standard_input_cannot_be_two_things() -> None:
    with pytest.raises(UsageError) as caught:
        keylint("diff", "-", "--credentials=-", stdin="{}")
    assert str(caught.value) == "standard input cannot hold both the credentials and a declaration"


def test_credentials_file_that_cannot_be_read_is_wrong_usage(world: World) -> None:
    world.declare("binance")
    world.write()
    for name in ("none.json", "."):
        with pytest.raises(UsageError):
            keylint("diff", "keylint.yaml", f"--credentials={name}")


def test_handed_over_credentials_win_over_references_and_serve_their_key_only(world: World) -> None:
    world.serve(clock=system_clock)
    world.keys["binance-bot"]["credentials"] = {"api_key": "env:NO_SUCH_KEY", "api_secret": "env:NO_SUCH_SECRET"}
    del world.given["kraken-bot"]
    ran = world.diff("--format=json")
    assert [(key["name"], key["state"]) for key in ran.json["keys"]] == [
        ("binance-bot", "in-sync"),
        ("kraken-bot", "unchecked"),
    ]


# How it ends.


@pytest.mark.parametrize(
    ("drift", "missing", "fail_on", "code"),
    [
        (False, False, "error", 0),
        (False, True, "error", 3),
        (True, False, "error", 1),
        (True, True, "error", 1),
        (True, False, "warning", 1),
        (True, False, "never", 0),
        (True, True, "never", 3),
        (False, True, "never", 3),
        (False, True, "note", 3),
    ],
)
def test_exit_code(world: World, drift: bool, missing: bool, fail_on: str, code: int) -> None:
    world.serve(clock=system_clock)
    if drift:
        world.keys["binance-bot"]["permissions"] = ["read"]
    if missing:
        del world.given["kraken-bot"]
    assert world.diff(f"--fail-on={fail_on}").code == code


def test_warning_fails_only_where_it_is_asked_to(world: World) -> None:
    world.serve("binance", clock=system_clock)
    world.keys["binance-bot"]["created"] = "2026-10-01"
    assert world.diff().code == 0
    assert world.diff("--fail-on=warning").code == 1


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "0", "86401", "1e99"])
def test_timeout_that_is_no_time_is_wrong_usage(world: World, text: str) -> None:
    world.declare("binance")
    with pytest.raises(UsageError) as caught:
        world.diff(f"--timeout={text}")
    assert str(caught.value) == "--timeout: seconds, above 0 and up to 86400"


def test_timeout_and_jobs_come_from_the_settings(world: World) -> None:
    world.serve("kraken", keys=[{**LIVE["kraken"], "faults": ["hang"]}], clock=system_clock)
    (world.folder / ".keylint.yaml").write_text("timeout: 0.3\njobs: 1\n")
    began = time.monotonic()
    ran = world.diff("--format=json")
    assert time.monotonic() - began < 2
    assert ran.json["unchecked"][0]["message"] == "no answer within 0.3 seconds"


def test_snapshot_of_a_quiet_run_is_silent(world: World) -> None:
    world.serve(clock=system_clock)
    ran = world.diff("-q")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


# `keylint sandbox`, which the examples use.


@contextmanager
def started_sandbox(folder: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the command in a process of its own, and end it in any case."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "keylint", "sandbox", str(ROOT / "examples" / "sandbox.yaml"), *words]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_sandbox_serves_what_diff_asks_for_until_it_is_interrupted(world: World) -> None:
    with started_sandbox(world.folder, "--env-file=env") as process:
        assert process.stdout
        assert process.stderr
        lines = [process.stdout.readline(), process.stdout.readline()]
        assert process.stderr.readline() == "# serving; Ctrl-C ends it\n"
        assert (world.folder / "env").read_text() == "".join(["# written by keylint sandbox\n", *lines])
        addresses = [line.strip().rpartition("=")[2] for line in lines]
        world.bases = dict(zip(("binance", "kraken"), addresses, strict=True))
        world.declare("binance")
        ran = world.diff("--format=json")
        assert [(key["name"], key["state"]) for key in ran.json["keys"]] == [("binance-bot", "drift")]
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        assert process.stderr.read() == "# ended\n"


def test_sandbox_overwrites_no_file_that_is_not_its_own(world: World) -> None:
    (world.folder / "mine").write_text("precious\n")
    with started_sandbox(world.folder, "--env-file=mine") as process:
        _, err = process.communicate(timeout=10)
    assert process.returncode == 2
    assert err == "error: mine: exists and was not written by keylint; use --force to overwrite it\n"
    assert (world.folder / "mine").read_text() == "precious\n"


def test_documentation_s_own_credentials_are_those_of_the_vectors() -> None:
    text = (ROOT / "examples" / "sandbox.yaml").read_text()
    assert BINANCE_KEY in text
    assert BINANCE_SECRET in text
