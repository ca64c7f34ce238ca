"""`keylint waive`: what it prints, pasted into a policy, accepts exactly what it names."""

from pathlib import Path

import pytest
import yaml

from keylint.load.policy import load_policy
from keylint.model.errors import UsageError
from tests.policy.desk import KEY, WITHDRAW, lines, only, run, waiver, write
from tests.running import Ran, keylint
from tests.test_cli import shell

HEAD = only("no-withdraw", "ip-unroutable", "permission-extra", "owner-required")
AT = ("--now", "2026-11-22T08:00:00Z")


@pytest.fixture(autouse=True)
def desk(empty_folder: Path) -> Path:
    write(empty_folder, keylint=KEY, p=HEAD)
    return empty_folder


def waive(*words: str, **options: str) -> Ran:
    given = {"reason": "nightly sweep", "approved_by": "security@example.com", "until": "2026-12-31", **options}
    flags = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)]
    return keylint("waive", *words, "--policy", "p.yaml", *AT, *flags)


def refused(*words: str, **options: str) -> str:
    with pytest.raises(UsageError) as error:
        waive(*words, **options)
    return str(error.value)


def test_block_is_printed_as_it_is_pasted() -> None:
    ran = waive("treasury", "no-withdraw")
    assert ran.out == (
        "waivers:\n"
        "  # key 'treasury' may withdraw funds\n"
        "  - rule: no-withdraw\n"
        '    key: "treasury"\n'
        '    reason: "nightly sweep"\n'
        '    approved_by: "security@example.com"\n'
        "    expires: 2026-12-31\n"
        '    accepts: "c22c8add5eca1556"\n'
    )
    assert (ran.code, ran.err) == (0, "")


def test_pasted_block_waives_exactly_that_finding(desk: Path) -> None:
    write(desk, p=HEAD + waive("treasury", "no-withdraw").out)
    assert lines(run()) == [f"{WITHDRAW} (waived: nightly sweep)"]


def test_each_finding_of_the_rule_on_the_key_has_its_own_block(desk: Path) -> None:
    write(desk, keylint=KEY.replace("8.8.8.8", "10.0.0.1, 192.168.0.1, 8.8.8.8"))
    out = waive("treasury", "ip-unroutable").out
    assert out.count("  - rule: ip-unroutable\n") == 2
    write(desk, p=HEAD + out)
    assert [(item["rule"], item["waived"] is None) for item in run().json["findings"]] == [
        ("no-withdraw", True),
        ("ip-unroutable", False),
        ("ip-unroutable", False),
    ]


HOSTILE = (
    'he said "no": # {}[]',
    "it's 'fine'",
    "two\nlines\n  - rule: yaml",
    "tab\tand\rreturn",
    "back\\slash \\n",
    "\u2028\u2029\x85\x7f\x9b31m\u202e\ufeff\u200b\xa0",
    "😀 grüße 漢字",
    "##[error]x ##vso[task]",
    "::error::x",
    "{name} %s ${HOME}",
    "- [a]: &b *c !!d |>",
    "no",
    "12",
    "~",
    "---\n...",
    "\x00\x1b[31m",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_one_text(desk: Path, text: str) -> None:
    out = waive("treasury", "no-withdraw", reason=text, approved_by=text[::-1]).out
    assert all(character.isprintable() or character in "\n\xa0" for character in out)
    assert len(out.splitlines()) == 8
    assert "##[" not in out
    (loaded,) = yaml.safe_load(out)["waivers"]
    assert (loaded["reason"], loaded["approved_by"]) == (text, text[::-1])
    write(desk, p=HEAD + out)
    (mine,) = load_policy(["p.yaml"]).waivers
    assert (mine.reason, mine.approved_by, mine.key) == (text, text[::-1], "treasury")
    assert [item["waived"] for item in run().json["findings"]] == [text]


def test_hostile_message_stays_a_comment(desk: Path) -> None:
    custom = "custom:\n  - {rule: mine, description: d, assert: 'false', message: '{notes}'}\n"
    write(desk, keylint=f'{KEY}    notes: "a\\nwaivers: []\\u2028\\e[31m"\n', p=HEAD + custom)
    out = waive("treasury", "mine").out
    assert out.splitlines()[1] == "  # a\\nwaivers: []\\u2028\\x1b[31m"
    assert len(yaml.safe_load(out)["waivers"]) == 1


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        (("treasure", "no-withdraw"), {}, "no key 'treasure'; did you mean `treasury`?"),
        (("zzz", "no-withdraw"), {}, "no key 'zzz'; none of that name is declared"),
        (("a\x1b[31m", "no-withdraw"), {}, "no key 'a\\x1b[31m'; none of that name is declared"),
        (("treasury", "no-withdrew"), {}, "no rule 'no-withdrew'; did you mean `no-withdraw`?"),
        (("treasury", "zzz"), {}, "no rule 'zzz'; `keylint rules` lists them"),
        (("treasury", "max-age"), {}, "rule 'max-age' is off: there is nothing to waive"),
        (("treasury", "schema"), {}, "rule 'schema' is mandatory: nothing waives it"),
        (("treasury", "absolute-age"), {"accepts": "12345678"}, "rule 'absolute-age' is mandatory"),
        (("treasury", "waiver-void"), {}, "rule 'waiver-void' speaks of waivers: mend the waiver that it speaks of"),
        (
            ("treasury", "ip-unroutable"),
            {},
            "ip-unroutable finds nothing wrong with key 'treasury'; for what only `keylint diff` finds, say --accepts",
        ),
        (("treasury", "no-withdraw"), {"until": "2026-11-21"}, "--until: 2026-11-21 is over"),
        (("treasury", "no-withdraw"), {"reason": " "}, "--reason: is empty"),
        (("treasury", "no-withdraw"), {"approved_by": ""}, "--approved-by: is empty"),
        (("treasury", "no-withdraw"), {"reason": "\udcff"}, "--reason: is not valid UTF-8"),
        (("treasury", "permission-extra"), {"accepts": "zzz"}, "--accepts: a fingerprint is 16 hexadecimal digits"),
        (("treasury", "permission-extra"), {"accepts": "1234567"}, "--accepts: a fingerprint is 16 hexadecimal"),
        (("treasure", "permission-extra"), {"accepts": "12345678"}, "no key 'treasure'; did you mean `treasury`?"),
        (("treasury", "no-withdraw", "gone.yaml"), {}, "gone.yaml: no such file or directory"),
    ],
)
def test_wrong_usage_says_why(words: tuple[str, ...], options: dict[str, str], said: str) -> None:
    assert refused(*words, **options).startswith(said)


def test_mandatory_rule_of_a_parent_is_not_waived(desk: Path) -> None:
    write(
        desk,
        base=HEAD.replace("no-withdraw: {}", "no-withdraw: {mandatory: true}"),
        p="version: 1\nextends: base.yaml\n",
    )
    assert refused("treasury", "no-withdraw") == "rule 'no-withdraw' is mandatory: nothing waives it"


def test_last_day_may_be_today(desk: Path) -> None:
    write(desk, p=HEAD + waive("treasury", "no-withdraw", until="2026-11-22").out)
    assert lines(run(at="2026-11-22T23:00:00Z")) == [f"{WITHDRAW} (waived: nightly sweep)"]


@pytest.mark.parametrize(("until", "warned"), [("2027-05-21", False), ("2027-05-22", True), ("2099-01-01", True)])
def test_waiver_that_will_be_too_long_is_warned_of(desk: Path, until: str, *, warned: bool) -> None:
    ran = waive("treasury", "no-withdraw", until=until)
    warning = "warning: 180 days are allowed: the waiver will be found by waiver-too-long\n"
    assert (ran.code, ran.err) == (0, warning if warned else "")
    write(desk, p=HEAD + ran.out)
    rules = [item["rule"] for item in run(at="2026-11-22T08:00:00Z").json["findings"]]
    assert ("waiver-too-long" in rules) == warned


def test_finding_of_a_diff_is_waived_by_its_fingerprint() -> None:
    out = waive("treasury", "permission-extra", accepts="12345678").out
    assert yaml.safe_load(out)["waivers"][0]["accepts"] == "12345678"
    assert out.splitlines()[1] == "  - rule: permission-extra"


def test_given_fingerprint_of_a_declared_finding_shows_its_message() -> None:
    assert "# key 'treasury' may withdraw funds\n" in waive("treasury", "no-withdraw", accepts="c22c8add").out


def test_keys_of_other_files_are_found_by_path(desk: Path) -> None:
    (desk / "keylint.yaml").rename(desk / "other.yaml")
    assert "no-withdraw" in waive("treasury", "no-withdraw", "other.yaml").out


def test_custom_rules_are_waived_like_all_others(desk: Path) -> None:
    custom = "custom:\n  - {rule: mine, description: d, assert: 'false', message: never}\n"
    write(desk, p=HEAD + custom)
    write(desk, p=HEAD + custom + waive("treasury", "mine").out)
    assert [(item["rule"], item["waived"]) for item in run().json["findings"]] == [
        ("mine", "nightly sweep"),
        ("no-withdraw", None),
    ]


def test_rule_on_waivers_in_the_policy_does_not_disturb(desk: Path) -> None:
    write(desk, p=f"{HEAD}waivers:\n{waiver()}")
    assert 'accepts: "c22c8add5eca1556"' in waive("treasury", "no-withdraw").out


def test_wrong_usage_exits_with_2(desk: Path) -> None:
    given = ("--reason", "r", "--approved-by", "a", "--until", "2099-01-01")
    ran = shell(desk, "waive", "treasure", "no-withdraw", *given)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "error: no key 'treasure'; did you mean `treasury`?\n"
    assert shell(desk, "waive", "treasury", "no-withdraw").returncode == 2
