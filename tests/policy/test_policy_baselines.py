"""Baselines: what was found before keylint came is accepted by its fingerprint; what is new counts."""

from pathlib import Path

import pytest

from keylint.model.errors import UsageError
from keylint.sandbox.server import system_clock
from tests.live.world import World
from tests.policy.desk import AT, KEY, WITHDRAW, lines, only, run, waiver, write
from tests.running import keylint

OLD = KEY.replace("[8.8.8.8]", "[10.0.0.1, 8.8.8.8]").replace("    owner: desk\n", "")
HEAD_RULES = ("no-withdraw", "ip-unroutable", "owner-required")
HEAD = only(*HEAD_RULES)


@pytest.fixture(autouse=True)
def desk(empty_folder: Path) -> Path:
    write(empty_folder, keylint=OLD, p=HEAD)
    return empty_folder


def rules(*words: str) -> list[tuple[str, str | None]]:
    return [(item["rule"], item["waived"]) for item in run(*words).json["findings"]]


def test_baseline_holds_sorted_fingerprints_and_nothing_else(desk: Path) -> None:
    ran = run("--write-baseline", "old.txt")
    expected = sorted(item["fingerprint"] for item in ran.json["findings"] if item["rule"] in HEAD_RULES)
    assert (desk / "old.txt").read_bytes() == "".join(f"{entry}\n" for entry in expected).encode()
    assert len(expected) == 3
    assert ran.err == "old.txt: 3 findings written\n"


def test_findings_of_the_baseline_are_waived_and_new_ones_count(desk: Path) -> None:
    run("--write-baseline", "old.txt")
    assert [waived for rule, waived in rules("--baseline", "old.txt") if rule in HEAD_RULES] == [
        "in the baseline old.txt"
    ] * 3
    write(desk, keylint=OLD.replace("8.8.8.8", "192.168.0.1"))
    new = [
        item
        for item in run("--baseline", "old.txt").json["findings"]
        if item["rule"] in HEAD_RULES and not item["waived"]
    ]
    assert [(item["rule"], item["path"]) for item in new] == [
        ("ip-unroutable", ["keys", "treasury", "ip_allowlist", 1])
    ]


def test_baseline_is_the_same_whatever_moves_and_whenever_it_is_written(desk: Path) -> None:
    run("--write-baseline", "old.txt")
    moved = "# moved\n\n" + OLD.replace(
        "keys:\n", "keys:\n  first: {exchange: kraken, permissions: [read], owner: a}\n\n"
    )
    write(desk, keylint=moved.replace("[10.0.0.1, 8.8.8.8]", "[8.8.8.8, 10.0.0.1]"))
    run("--write-baseline", "new.txt", at="2026-12-20")
    assert (desk / "new.txt").read_text() == (desk / "old.txt").read_text()


def test_exit_code_with_a_baseline_is_that_of_what_is_new(desk: Path) -> None:
    write(desk, keylint=KEY)
    run("--write-baseline", "old.txt")
    assert (run().code, run("--baseline", "old.txt").code) == (1, 0)
    assert lines(run("--baseline", "old.txt")) == [f"{WITHDRAW} (waived: in the baseline old.txt)"]


def test_mandatory_rules_never_enter(desk: Path) -> None:
    secret = "x9f8q7w6e5r4t3y2u1i0p9a8s7d6f5g4h3j2k1"
    write(desk, keylint=KEY + f"    notes: {secret}\n    credentials: {{api_secret: hunter2}}\n")
    findings = run("--write-baseline", "old.txt").json["findings"]
    forged = [item["fingerprint"] for item in findings]
    assert {item["rule"] for item in findings} > {"secret-in-declaration", "credential-not-a-reference"}
    (entry,) = (desk / "old.txt").read_text().split()
    assert [item["rule"] for item in findings if item["fingerprint"] == entry] == ["no-withdraw"]
    (desk / "old.txt").write_text("".join(f"{entry}\n" for entry in forged))
    waived = [item["rule"] for item in run("--baseline", "old.txt").json["findings"] if item["waived"]]
    assert waived == ["no-withdraw"]


def test_rule_that_the_policy_made_mandatory_does_not_enter(desk: Path) -> None:
    write(desk, keylint=KEY, p=HEAD.replace("no-withdraw: {}", "no-withdraw: {mandatory: true}"))
    run("--write-baseline", "old.txt")
    assert (desk / "old.txt").read_text() == ""


def test_waived_findings_do_not_enter(desk: Path) -> None:
    write(desk, keylint=KEY, p=f"{HEAD}waivers:\n{waiver()}")
    run("--write-baseline", "old.txt")
    assert (desk / "old.txt").read_text() == ""


def test_what_is_said_of_waivers_neither_enters_nor_is_accepted(desk: Path) -> None:
    write(desk, keylint=KEY, p=f"{HEAD}waivers:\n{waiver(expires='2026-11-01')}")
    findings = run("--write-baseline", "old.txt").json["findings"]
    assert [item["rule"] for item in findings] == ["no-withdraw", "waiver-expired"]
    assert (desk / "old.txt").read_text() == "c22c8add5eca1556\n"
    (desk / "old.txt").write_text("".join(f"{item['fingerprint']}\n" for item in findings))
    assert rules("--baseline", "old.txt")[:2] == [
        ("no-withdraw", "in the baseline old.txt"),
        ("waiver-unused", None),
    ]
    assert ("waiver-expired", None) in rules("--baseline", "old.txt")


def test_entry_that_matches_nothing_is_said_of_whole_runs_only(desk: Path) -> None:
    write(desk, keylint=KEY)
    (desk / "old.txt").write_text(f"{'0' * 16}\nc22c8add5eca1556\n{'f' * 16}\n")
    waived = f"{WITHDRAW} (waived: in the baseline old.txt)"
    assert lines(run("--baseline", "old.txt")) == [
        waived,
        f"old.txt:1:1: warning[waiver-unused] baseline entry {'0' * 16} matches nothing; remove the line",
        f"old.txt:3:1: warning[waiver-unused] baseline entry {'f' * 16} matches nothing; remove the line",
    ]
    assert lines(run("keylint.yaml", "--baseline", "old.txt")) == [waived]


def test_entry_of_a_waived_finding_is_not_unmatched(desk: Path) -> None:
    write(desk, keylint=KEY, p=f"{HEAD}waivers:\n{waiver()}")
    (desk / "old.txt").write_text("c22c8add5eca1556\n")
    assert lines(run("--baseline", "old.txt")) == [f"{WITHDRAW} (waived: nightly sweep)"]


def test_entry_is_not_called_unmatched_where_the_declaration_could_not_be_read(desk: Path) -> None:
    write(desk, keylint=KEY + "  broken: 5\n")
    (desk / "old.txt").write_text(f"{'0' * 16}\n")
    assert "waiver-unused" not in [rule for rule, _ in rules("--baseline", "old.txt")]


def test_baseline_that_is_written_anew_keeps_what_it_accepted(desk: Path) -> None:
    write(desk, keylint=KEY)
    run("--write-baseline", "old.txt")
    write(desk, keylint=KEY.replace("    owner: desk\n", ""))
    run("--baseline", "old.txt", "--write-baseline", "old.txt")
    assert len((desk / "old.txt").read_text().split()) == 2


@pytest.mark.parametrize(
    ("content", "line", "shown"),
    [
        (b"not a baseline\n", 1, "not a baseline"),
        (b"c22c8add5eca1556\nC22C8ADD5ECA1556\n", 2, "C22C8ADD5ECA1556"),
        (b"c22c8add5eca155\n", 1, "c22c8add5eca155"),
        (b"c22c8add5eca15567\n", 1, "c22c8add5eca15567"),
        (b"c22c8add5eca1556\n\n", 2, ""),
        (b"\xff\xfe\x00", 1, "\ufffd\ufffd\x00"),
        (b"c22c8add5eca1556 no-withdraw\n", 1, "c22c8add5eca1556 no-withdraw"),
        (b"x" * 100, 1, "x" * 40),
    ],
)
def test_garbage_is_refused_with_its_place(desk: Path, content: bytes, line: int, shown: str) -> None:
    (desk / "old.txt").write_bytes(content)
    with pytest.raises(UsageError) as error:
        run("--baseline", "old.txt")
    said, hint = str(error.value).split("; ")
    assert said == f"old.txt:{line}:1: not a baseline: {shown!r} is no fingerprint"
    assert hint == "`keylint check --write-baseline FILE` writes some"


@pytest.mark.parametrize("content", [b"c22c8add5eca1556", b"c22c8add5eca1556\r\n", b"\xef\xbb\xbfc22c8add5eca1556\n"])
def test_editors_leave_a_baseline_readable(desk: Path, content: bytes) -> None:
    write(desk, keylint=KEY)
    (desk / "old.txt").write_bytes(content)
    assert lines(run("--baseline", "old.txt")) == [f"{WITHDRAW} (waived: in the baseline old.txt)"]


@pytest.mark.usefixtures("desk")
def test_missing_baseline_is_refused() -> None:
    with pytest.raises(UsageError, match=r"old\.txt: no such file or directory"):
        run("--baseline", "old.txt")


@pytest.mark.parametrize("content", ["my notes\n", "# keylint's policy\nversion: 1\n", "c22c8add5eca1556\nmine\n"])
def test_foreign_file_is_not_overwritten(desk: Path, content: str) -> None:
    (desk / "mine.yaml").write_text(content)
    with pytest.raises(UsageError, match=r"^mine\.yaml: exists and .*; use --force to overwrite it$"):
        run("--write-baseline", "mine.yaml")
    assert (desk / "mine.yaml").read_text() == content
    run("--write-baseline", "mine.yaml", "--force")
    assert len((desk / "mine.yaml").read_text().split()) == 3


@pytest.mark.parametrize("content", ["", "0123456789abcdef\n"])
def test_older_baseline_is_overwritten(desk: Path, content: str) -> None:
    (desk / "old.txt").write_text(content)
    run("--write-baseline", "old.txt")
    assert len((desk / "old.txt").read_text().split()) == 3


def test_baseline_cannot_be_a_folder_or_in_none(desk: Path) -> None:
    for name, said in ((".", r"is a folder"), ("no/old.txt", "there is no folder no")):
        with pytest.raises(UsageError, match=said):
            run("--write-baseline", name)
    assert sorted(path.name for path in desk.iterdir()) == ["keylint.yaml", "p.yaml"]


def test_baseline_of_a_check_holds_in_a_diff(world: World) -> None:
    world.serve("kraken", clock=system_clock)
    world.declare("kraken", ip_allowlist=["203.0.113.10", "10.0.0.1"])
    words = [word for word in world.write() if word != "keylint.yaml"]
    write(world.folder, p=only("ip-unroutable", "ip-mismatch"))
    keylint("check", "--policy", "p.yaml", *AT, "--write-baseline", "old.txt")
    found = run(*words, "--baseline", "old.txt", command="diff").json["findings"]
    assert sorted((item["rule"], item["path"][2:], item["waived"]) for item in found) == [
        ("ip-mismatch", ["ip_allowlist"], None),
        ("ip-mismatch", ["ip_allowlist", 1], None),
        ("ip-unroutable", ["ip_allowlist", 0], "in the baseline old.txt"),
        ("ip-unroutable", ["ip_allowlist", 1], "in the baseline old.txt"),
    ]
