"""`keylint calendar`: what ends when, as a table, JSON and iCalendar."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.inventory.ends import KeyEnd
from keylint.inventory.ical import calendar, uid
from keylint.model.errors import UsageError
from tests.running import NOW, keylint

AT = ("--now", "2026-11-22")
LAPSE = (
    "enableSpotAndMarginTrading: without an address list the spot and margin permission is valid for 30 days from its"
    " activation, then unticked"
)
KEYS = """\
version: 1
keys:
  bot:
    exchange: bybit
    permissions: [read, trade.spot]
    created: 2026-10-01
    expires: 2026-12-24
  spot:
    exchange: binance
    permissions: [read, trade.spot]
    created: 2026-11-01
    reviewed: 2026-11-02
  bound:
    exchange: bybit
    permissions: [read, trade.spot]
    ip_allowlist: [203.0.113.7]
    created: 2026-10-01
    replaces: bot
  idle: {exchange: okx, permissions: [trade.spot]}
  planned: {exchange: bybit, permissions: [read], expires: 2026-12-01, status: planned}
  revoked: {exchange: bybit, permissions: [read], created: 2026-10-01, status: revoked}
"""


@pytest.fixture
def folder(empty_folder: Path) -> Path:
    (empty_folder / "keylint.yaml").write_text(KEYS)
    return empty_folder


def ends(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = keylint("calendar", *AT, "--format", "json", *words).json["ends"]
    return found


def short(*words: str) -> list[tuple[str | None, str, str]]:
    return [(end["day"], end["key"], end["kind"]) for end in ends(*words)]


@pytest.mark.usefixtures("folder")
def test_everything_that_ends_sorted_by_day() -> None:
    assert short() == [
        ("2026-10-08", "bot", "rotation-overlap"),
        ("2026-12-01", "spot", "exchange"),
        ("2026-12-24", "bot", "declared"),
        ("2026-12-30", "bot", "exchange"),
        ("2026-12-30", "bot", "max-age"),
        ("2026-12-30", "bound", "max-age"),
        ("2027-01-30", "spot", "max-age"),
        (None, "bot", "exchange"),
        (None, "idle", "exchange"),
        (None, "spot", "exchange"),
    ]


@pytest.mark.usefixtures("folder")
def test_an_end_says_who_says_so() -> None:
    by_kind = {(end["key"], end["kind"], end["day"]): end for end in ends()}
    assert by_kind["spot", "exchange", "2026-12-01"] == {
        "key": "spot",
        "exchange": "binance",
        "kind": "exchange",
        "day": "2026-12-01",
        "days_left": 9,
        "earliest": True,
        "says": LAPSE,
        "source": "binance.com announcement cda0a4b53da04396b5d27881e93abf78 (2021-07-08)",
    }
    declared = by_kind["bot", "declared", "2026-12-24"]
    assert (declared["days_left"], declared["says"]) == (32, "its declared end")
    assert by_kind["bot", "max-age", "2026-12-30"]["says"] == "90 days old: replace it"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--days", "9"), 2),
        (("--days", "8"), 1),
        (("--until", "2026-12-24"), 3),
        (("--until", "2026-12-23"), 2),
        (("--days", "0"), 1),
        (("--days", "999999999"), 7),
    ],
)
def test_an_horizon_leaves_out_what_is_later_and_what_has_no_day(words: tuple[str, ...], count: int) -> None:
    assert len(short(*words)) == count


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--days", "9", "--until", "2026-12-24"), "--until and --days say the same: give one of them"),
        (("--alarm", "3"), "--alarm is for --format ics"),
    ],
)
def test_options_that_do_not_go_together(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        keylint("calendar", *words)


@pytest.mark.usefixtures("folder")
def test_text() -> None:
    lines = keylint("calendar", *AT, "--until", "2026-12-24").out.splitlines()
    assert lines == [
        "DAY         IN               KEY   EXCHANGE  BY                WHAT",
        "2026-10-08  45 days ago      bot   bybit     rotation-overlap  replaced by bound: delete it",
        "2026-12-01  9 days or later  spot  binance   exchange          [1]",
        "2026-12-24  32 days          bot   bybit     declared          its declared end",
        "",
        "[1] binance: enableSpotAndMarginTrading: without an address list the spot and margin permission is",
        "    valid for 30 days from its activation, then unticked (binance.com announcement",
        "    cda0a4b53da04396b5d27881e93abf78 (2021-07-08))",
    ]


def test_nothing_that_ends_is_said(empty_folder: Path) -> None:
    (empty_folder / "keylint.yaml").write_text("version: 1\nkeys: {a: {exchange: kraken, permissions: [read]}}\n")
    assert keylint("calendar", *AT).out == "nothing ends\n"


@pytest.mark.usefixtures("folder")
def test_the_day_of_an_age_is_the_last_one_on_which_check_is_silent() -> None:
    for day, is_silent in (("2026-12-30", True), ("2026-12-31", False)):
        findings = keylint("check", "--now", day, "--format", "json").json["findings"]
        assert (("max-age", "bound") not in {(f["rule"], f["key"]) for f in findings}) == is_silent


@pytest.mark.usefixtures("folder")
def test_a_review_counts_where_it_comes_before_the_replacement() -> None:
    Path("p.yaml").write_text("version: 1\nrules: {review-overdue: {days: 30}, max-age: {days: 60}}\n")
    assert [row for row in short("--policy", "p.yaml") if row[1] == "spot" and row[0]] == [
        ("2026-12-01", "spot", "exchange"),
        ("2026-12-02", "spot", "review-overdue"),
        ("2026-12-31", "spot", "max-age"),
    ]


@pytest.mark.usefixtures("folder")
def test_the_ceiling_shows_where_no_rule_comes_before_it() -> None:
    Path("p.yaml").write_text("version: 1\nrules: {max-age: off, review-overdue: off, rotation-overlap: off}\n")
    kinds = {(row[1], row[2]): row[0] for row in short("--policy", "p.yaml") if row[0]}
    assert kinds["bound", "absolute-age"] == "2027-10-02"
    assert not {"max-age", "review-overdue", "rotation-overlap"} & {kind for _, kind in kinds}


@pytest.mark.usefixtures("folder")
def test_waivers_of_the_policy_end_too() -> None:
    Path("p.yaml").write_text(
        "version: 1\nwaivers:\n  - {rule: no-withdraw, key: bot, reason: nightly sweep, approved_by: x@example.com,"
        " expires: 2026-12-02, accepts: 8c1f20d4}\n"
    )
    (end,) = [end for end in ends("--policy", "p.yaml") if end["kind"] == "waiver"]
    assert (end["day"], end["key"], end["exchange"]) == ("2026-12-02", "bot", "bybit")
    assert end["says"] == "the waiver of no-withdraw: nightly sweep"


def ics(*words: str) -> bytes:
    """Run it in a process of its own: a test runner would translate the line ends."""
    command = [sys.executable, "-m", "keylint", "calendar", *AT, "--format", "ics", *words]
    return subprocess.run(command, capture_output=True, check=True).stdout


def events(data: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(data).walk("VEVENT"))


@pytest.mark.usefixtures("folder")
def test_icalendar_is_read_by_another_program() -> None:
    found = events(ics())
    assert [(event.decoded("dtstart"), str(event["summary"])) for event in found][:3] == [
        (date(2026, 10, 8), "bot: replaced by bound: delete it"),
        (
            date(2026, 12, 1),
            f"spot: {LAPSE}",
        ),
        (date(2026, 12, 24), "bot: its declared end"),
    ]
    assert len(found) == 7
    for event in found:
        assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(days=1)
        assert event.decoded("dtstamp") == NOW
    assert "the earliest day" in str(found[1]["description"])


@pytest.mark.usefixtures("folder")
def test_an_event_keeps_its_name_when_its_day_moves() -> None:
    def uids() -> set[str]:
        return {str(event["uid"]) for event in events(ics())}

    before = uids()
    assert len(before) == 7
    Path("keylint.yaml").write_text(
        KEYS.replace("2026-12-24", "2027-01-15").replace("created: 2026-10", "created: 2026-11")
    )
    assert uids() == before


@pytest.mark.usefixtures("folder")
def test_alarms_are_set_where_they_are_asked_for() -> None:
    (event, *_) = events(ics("--alarm", "3"))
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger") == timedelta(days=-3)
    assert not [part for event in events(ics()) for part in event.walk("VALARM")]


def content_lines(data: bytes) -> Iterator[tuple[str, dict[str, str], str]]:
    """Read an iCalendar stream as RFC 5545 (3.1, 3.3.11) has it, and refuse what a strict reader would."""
    assert data.endswith(b"\r\n")
    lines = data.split(b"\r\n")[:-1]
    for line in lines:
        assert b"\r" not in line
        assert b"\n" not in line
        assert len(line) <= 75
        line.decode("utf-8")  # no character is cut in two
    unfolded: list[str] = []
    for line in lines:
        assert line
        if line.startswith((b" ", b"\t")):
            unfolded[-1] += line[1:].decode("utf-8")
        else:
            unfolded.append(line.decode("utf-8"))
    for text in unfolded:
        match = re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=[^\";:,\x00-\x1f]+)*):([^\x00-\x1f\x7f]*)", text)
        assert match, text
        yield match[1], dict(part.split("=") for part in match[2].split(";")[1:]), match[3]


def unescaped(text: str) -> str:
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", text), text
    assert not re.search(r"(?<!\\)(?:\\\\)*\\[^\\;,nN]", text), text
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text)


@pytest.mark.usefixtures("folder")
def test_icalendar_passes_a_strict_reader() -> None:
    open_parts: list[str] = []
    names: dict[str, int] = {}
    for name, parameters, value in content_lines(ics("--alarm", "3")):
        names[name] = names.get(name, 0) + 1
        if name == "BEGIN":
            open_parts.append(value)
        elif name == "END":
            assert open_parts.pop() == value
        elif name in ("DTSTART", "DTEND"):
            assert parameters == {"VALUE": "DATE"}
            assert re.fullmatch(r"\d{8}", value)
        elif name == "DTSTAMP":
            assert value == "20261122T000000Z"
        elif name in ("SUMMARY", "DESCRIPTION", "CATEGORIES"):
            unescaped(value)
    assert open_parts == []
    assert (names["VERSION"], names["PRODID"]) == (1, 1)
    assert names["UID"] == names["DTSTAMP"] == names["DTSTART"] == 7


@given(
    st.text(max_size=120),
    st.text(max_size=400),
    st.one_of(st.none(), st.dates()),
    st.one_of(st.none(), st.integers(0, 99)),
)
def test_any_text_travels_through_icalendar(key: str, says: str, day: date | None, alarm: int | None) -> None:
    end = KeyEnd(key, "x", "waiver", day, says, "the policy", "w")
    data = calendar([end], NOW, "0", alarm).encode()
    values = [(name, value) for name, _, value in content_lines(data)]
    assert (("UID", uid(end)) in values) == (day is not None)
    for name, value in values:
        if name in ("SUMMARY", "DESCRIPTION"):
            unescaped(value)
    for event in events(data):
        assert event.decoded("dtstart") == day
