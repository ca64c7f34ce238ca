"""`keylint list`."""

from pathlib import Path

import click
import pytest

from keylint.model.errors import UsageError
from tests.running import keylint

KEYS = """\
version: 1
defaults: {owner: trading-desk}
keys:
  mm-bot:
    exchange: binance
    account: desk-1
    holder: mm-bot
    purpose: spot-trading
    permissions: [read, trade.spot]
    ip_allowlist: [203.0.113.10]
    created: 2026-09-01
  tracker:
    exchange: bybit
    holder: [3Commas, delta-bot]
    owner: Treasury
    permissions: [read]
    created: 2026-11-01
    expires: 2026-11-30
  sweeper:
    exchange: kraken
    purpose: treasury
    permissions: [withdraw]
    status: planned
  old:
    exchange: kraken
    permissions: [read]
    created: 2026-01-01
    status: revoked
"""
AT = ("--now", "2026-11-22")
NEXT = ("82d", "2026-11-30")


@pytest.fixture
def folder(empty_folder: Path) -> Path:
    (empty_folder / "keylint.yaml").write_text(KEYS)
    return empty_folder


def names(*words: str) -> list[str]:
    return [key["name"] for key in keylint("list", *AT, "--format", "json", *words).json["keys"]]


@pytest.mark.usefixtures("folder")
def test_table() -> None:
    assert [line.split() for line in keylint("list", *AT).out.splitlines()] == [
        ["KEY", "EXCHANGE", "STATUS", "OWNER", "HOLDER", "PURPOSE", "MAY", "FROM", "AGE", "ENDS", "BY"],
        [
            "mm-bot",
            "binance",
            "trading-desk",
            "mm-bot",
            "spot-trading",
            *["trade", "1", "ip", "82d", "2026-11-30", "max-age"],
        ],
        ["tracker", "bybit", "Treasury", "3Commas,", "delta-bot", *["read", "any", "21d", "2026-11-30", "declared"]],
        ["sweeper", "kraken", "planned", "trading-desk", "treasury", "transfer", "exit", "any"],
        ["old", "kraken", "revoked", "trading-desk", "read", "any", "325d"],
        [],
        ["4", "keys"],
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100])
def test_table_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for line in keylint("list", *AT, "--reach").out.splitlines():
        assert len(line) <= columns, line


@pytest.mark.usefixtures("folder")
def test_at_80_columns_names_are_whole_and_less_important_columns_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert keylint("list", *AT).out.splitlines()[:3] == [
        "KEY      EXCHANGE  STATUS   HOLDER              MAY            FROM  ENDS",
        "mm-bot   binance            mm-bot              trade          1 ip  2026-11-30",
        "tracker  bybit              3Commas, delta-bot  read           any   2026-11-30",
    ]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((), ["mm-bot", "tracker", "sweeper", "old"]),
        (("--key", "*er"), ["tracker", "sweeper"]),
        (("--key", "old", "--key", "mm-bot"), ["mm-bot", "old"]),
        (("--exchange", "kraken"), ["sweeper", "old"]),
        (("--exchange", "kraken", "--status", "planned"), ["sweeper"]),
        (("--status", "planned", "--status", "revoked"), ["sweeper", "old"]),
        (("--holder", "3commas"), ["tracker"]),
        (("--holder", "*-bot"), ["mm-bot", "tracker"]),
        (("--owner", "treasury"), ["tracker"]),
        (("--owner", "TRADING-*"), ["mm-bot", "sweeper", "old"]),
        (("--purpose", "spot-trading"), ["mm-bot"]),
        (("--expiring", "8d"), ["mm-bot", "tracker"]),
        (("--expiring", "8"), ["mm-bot", "tracker"]),
        (("--expiring", "2w"), ["mm-bot", "tracker"]),
        (("--expiring", "7d"), []),
        (("--exchange", "gate"), []),
    ],
)
def test_filters(words: tuple[str, ...], wanted: list[str]) -> None:
    assert names(*words) == wanted


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--key", "mm-bott"), "--key: no key matches 'mm-bott'; did you mean `mm-bot`?"),
        (("--holder", "3comas"), "--holder: no key matches '3comas'; did you mean `3Commas`?"),
        (("--purpose", "zzz"), "--purpose: no key matches 'zzz'; there are: spot-trading, treasury"),
        (("--exchange", "binanse"), "--exchange: no exchange 'binanse'; did you mean `binance`?"),
    ],
)
def test_a_filter_that_fits_nothing_is_a_mistake(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        keylint("list", *AT, *words)
    assert str(raised.value) == said


def test_a_filter_of_what_nobody_declares_says_so(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text("version: 1\nkeys: {a: {exchange: kraken, permissions: [read]}}\n")
    with pytest.raises(UsageError, match="--owner: no key matches 'x'; no key has any"):
        keylint("list", "--owner", "x")


@pytest.mark.usefixtures("folder")
def test_nothing_that_matches_together_is_an_answer() -> None:
    ran = keylint("list", *AT, "--exchange", "bybit", "--status", "revoked")
    assert (ran.code, ran.out) == (0, "no key matches; 4 keys declared\n")


@pytest.mark.usefixtures("folder")
def test_some_of_all_are_counted() -> None:
    assert keylint("list", *AT, "--exchange", "kraken").out.endswith("\n2 of 4 keys\n")


@pytest.mark.usefixtures("folder")
def test_reach_stands_below_each_key() -> None:
    lines = keylint("list", *AT, "--reach", "--key", "tracker").out.splitlines()
    assert lines[2] == "    from any address: read the account; cannot move funds out; until 2026-11-30 as declared"


@pytest.mark.usefixtures("folder")
def test_json_of_a_key() -> None:
    report = keylint("list", *AT, "--format", "json", "--key", "mm-bot").json
    assert {name: report[name] for name in ("version", "tool", "command", "now")} == {
        "version": 1,
        "tool": "keylint 0.1.0",
        "command": "list",
        "now": "2026-11-22T00:00:00Z",
    }
    assert report["keys"] == [
        {
            "name": "mm-bot",
            "exchange": "binance",
            "account": "desk-1",
            "account_type": None,
            "environment": "production",
            "site": None,
            "status": "active",
            "owner": "trading-desk",
            "holders": ["mm-bot"],
            "purpose": "spot-trading",
            "permissions": ["read", "trade.spot"],
            "rights": ["enableReading", "enableSpotAndMarginTrading"],
            "capabilities": ["read", "trade.margin", "trade.spot"],
            "implied": ["trade.margin"],
            "classes": ["trade"],
            "ip_allowlist": ["203.0.113.10"],
            "created": "2026-09-01T00:00:00Z",
            "reviewed": None,
            "expires": None,
            "next_end": {"day": "2026-11-30", "kind": "max-age"},
            "reach": (
                "only from 203.0.113.10: trade spot and margin on desk-1; cannot move funds out, unless it can manage"
                " keys and sub-accounts (not settled)"
            ),
            "file": "keylint.yaml",
            "line": 4,
        }
    ]


def test_what_could_not_be_read_is_told_and_fails(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text(KEYS.replace("exchange: bybit", "exchanges: bybit"))
    ran = keylint("list", *AT)
    assert ran.code == 1
    assert "tracker" not in ran.out
    assert "keylint.yaml:13:5: error[schema] unknown field 'exchanges'" in ran.err


def test_names_from_outside_steer_nothing(empty_folder: Path) -> None:
    hostile = '"::error::x\\u001b[2J\\u202e"'
    (empty_folder / "keylint.yaml").write_text(
        f"version: 1\nkeys:\n  {hostile}: {{exchange: {hostile}, permissions: [{hostile}], holder: {hostile}}}\n"
    )
    ran = keylint("list", *AT, "--reach")
    assert not any(char in ran.out + ran.err for char in "\x1b\u202e")
    assert not any(line.lstrip().startswith("::") for line in (ran.out + ran.err).splitlines())
    assert ran.code == 1


@pytest.mark.usefixtures("empty_folder")
def test_standard_input_is_read() -> None:
    assert keylint("list", *AT, "-", stdin=KEYS).out.startswith("KEY ")


def test_the_policy_decides_what_ends(folder: Path) -> None:
    (folder / "p.yaml").write_text("version: 1\nrules: {max-age: {days: 10}}\n")
    (key,) = keylint("list", *AT, "--policy", "p.yaml", "--format", "json", "--key", "mm-bot").json["keys"]
    assert key["next_end"] == {"day": "2026-09-11", "kind": "max-age"}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("text", ["soon", "-3d", "3m", "9999999", ""])
def test_a_span_that_is_none(text: str) -> None:
    with pytest.raises(click.UsageError, match="is no number of days: write 30d or 4w"):
        keylint("list", "--expiring", text)
