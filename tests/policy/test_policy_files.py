"""Policy files: what mandatory means through every way of combining them, names that mean nothing, hostile files."""

import os
import time
from pathlib import Path

import pytest

from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.load.policy import load_policy
from keylint.model.errors import PolicyError
from keylint.model.finding import Severity
from keylint.model.policy import Setting
from tests.policy.desk import KEY, run, waiver, write
from tests.running import keylint
from tests.test_cli import shell

ORG = "version: 1\nrules:\n  max-age: {severity: error, days: 60, mandatory: true}\n"
HELD = "rule 'max-age' is mandatory and cannot be set to"


def refused(*names: str) -> list[str]:
    with pytest.raises(PolicyError) as error:
        load_policy(names)
    return str(error.value).splitlines()


# Mandatory.


@pytest.mark.parametrize("severity", ["off", "note", "warning"])
def test_mandatory_rule_is_not_lowered_by_a_policy_that_extends(empty_folder: Path, severity: str) -> None:
    write(empty_folder, org=ORG, p=f"version: 1\nextends: org.yaml\nrules: {{max-age: {severity}}}\n")
    assert refused("p.yaml") == [f"p.yaml:3:18: {HELD} {severity}; remove the line"]


def test_mandatory_rule_is_not_lowered_by_a_sibling(empty_folder: Path) -> None:
    write(
        empty_folder,
        org=ORG,
        loose="version: 1\nrules: {max-age: off}\n",
        p="version: 1\nextends: [org.yaml, loose.yaml]\n",
    )
    assert refused("p.yaml") == [f"loose.yaml:2:18: {HELD} off; remove the line"]


def test_mandatory_rule_is_not_lowered_by_a_second_policy_on_the_command_line(empty_folder: Path) -> None:
    write(empty_folder, org=ORG, loose="version: 1\nrules: {max-age: note}\n")
    assert refused("org.yaml", "loose.yaml") == [f"loose.yaml:2:18: {HELD} note; remove the line"]


def test_mandatory_rule_is_not_lowered_by_a_built_in_policy(empty_folder: Path) -> None:
    write(empty_folder, org="version: 1\nrules: {owner-required: {mandatory: true}}\n")
    assert refused("org.yaml", "personal") == [
        "personal: rule 'owner-required' is mandatory and cannot be set to off; remove the line"
    ]


def test_options_of_a_mandatory_rule_are_tightened_and_not_loosened(empty_folder: Path) -> None:
    write(
        empty_folder,
        org=ORG,
        p="version: 1\nextends: org.yaml\nrules: {max-age: {days: 61}}\n",
        q="version: 1\nextends: org.yaml\nrules: {max-age: {days: 30}}\n",
    )
    assert refused("p.yaml") == [
        "p.yaml:3:18: rule 'max-age' is mandatory and its 'days' cannot be loosened; remove it"
    ]
    assert load_policy(["q.yaml"]).settings["max-age"] == Setting(Severity.ERROR, options={"days": 30}, mandatory=True)


@pytest.mark.parametrize(
    ("rule", "options", "loosened"),
    [("absolute-age", "days: 366", "days: 400"), ("vendor-blocked", "vendors: [3commas]", "vendors: []")],
)
def test_options_of_a_rule_that_is_mandatory_by_itself_are_not_loosened(
    empty_folder: Path, rule: str, options: str, loosened: str
) -> None:
    write(
        empty_folder,
        org=f"version: 1\nrules: {{{rule}: {{{options}}}}}\n",
        p=f"version: 1\nextends: org.yaml\nrules: {{{rule}: {{{loosened}}}}}\n",
    )
    name = loosened.partition(":")[0]
    said = f"rule '{rule}' is mandatory and its '{name}' cannot be loosened; remove it"
    assert [text.partition(": ")[2] for text in refused("p.yaml")] == [said]
    assert [text.partition(": ")[2] for text in refused("org.yaml", "p.yaml")] == [said]


def test_the_ceiling_of_age_may_be_lowered(empty_folder: Path) -> None:
    write(
        empty_folder,
        keylint=KEY.replace("2026-11-01", "2026-05-01"),
        p="version: 1\nrules: {absolute-age: {days: 180}, max-age: off}\n",
    )
    assert "absolute-age" in [item["rule"] for item in run("--policy", "p.yaml", "--format", "json").json["findings"]]


def test_the_policy_that_gives_the_option_is_named_not_the_one_that_comes_after(empty_folder: Path) -> None:
    write(
        empty_folder,
        keylint=KEY,
        org="version: 1\nrules:\n  ip-dynamic: {networks: {home: [nowhere]}}\n",
        p="version: 1\nextends: org.yaml\nrules: {ip-dynamic: note}\n",
    )
    with pytest.raises(PolicyError, match=r"^org.yaml:3:34: rule 'ip-dynamic': 'nowhere' is no address"):
        run("--policy", "p.yaml")


def test_mandatory_rule_may_be_raised(empty_folder: Path) -> None:
    write(
        empty_folder,
        org="version: 1\nrules: {created-missing: {severity: warning, mandatory: true}}\n",
        p="version: 1\nextends: org.yaml\nrules: {created-missing: error}\n",
    )
    assert load_policy(["p.yaml"]).settings["created-missing"] == Setting(Severity.ERROR, mandatory=True)


def test_mandatory_and_off_contradict_each_other(empty_folder: Path) -> None:
    write(
        empty_folder,
        a="version: 1\nrules: {max-age: {severity: off, mandatory: true}}\n",
        base="version: 1\nrules: {max-age: off}\n",
        b="version: 1\nextends: base.yaml\nrules: {max-age: {mandatory: true}}\n",
        c="version: 1\nextends: base.yaml\nrules: {max-age: {mandatory: true, severity: note}}\n",
    )
    assert refused("a.yaml") == [f"a.yaml:2:18: {HELD} off; remove the line"]
    assert refused("b.yaml") == [
        "b.yaml:3:18: rule 'max-age' is mandatory here and was switched off before; give it a severity"
    ]
    assert load_policy(["c.yaml"]).settings["max-age"] == Setting(Severity.NOTE, mandatory=True)


def test_every_lowered_rule_is_said_at_once(empty_folder: Path) -> None:
    write(empty_folder, p="version: 1\nrules:\n  yaml: off\n  schema: note\n  absolute-age: warning\n")
    assert [text.split(":")[1] for text in refused("p.yaml")] == ["3", "4", "5"]


# Names.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("purposes: {p: {allow: [raed]}}\n", "2:24: unknown capability 'raed'; did you mean `read`?"),
        ("purposes: {p: {allow: [read], need: [zzz]}}\n", "2:38: unknown capability 'zzz'"),
        (
            "purposes: {p: {allow: [read], need: [trade.spot]}}\n",
            "2:38: 'trade.spot' is needed and not allowed; add it to `allow`",
        ),
        (
            "purposes: {p: {allow: [read], require: [expirse]}}\n",
            "2:41: a key has no field 'expirse'; did you mean `expires`?",
        ),
        ("purposes: {p: {need: [read]}}\n", "2:12: `allow` is missing; add `allow:`"),
        ("purposes: {p: {allow: [5]}}\n", "2:24: this entry is a number, not a text: 5; quote it"),
        (
            "rules: {ip-unknown-host: {networks: {eu: [203.0.113.0/33]}}}\n",
            "2:43: rule 'ip-unknown-host': '203.0.113.0/33' is no address and no network; write an IPv4 or IPv6 "
            "address, or a network such as 203.0.113.0/28; names are not allowed",
        ),
        (
            "rules:\n  ip-dynamic:\n    networks:\n      a: [8.8.8.0/28]\n      b:\n        - 8.8.8.8\n"
            "        - 8.8.4.4/28\n",
            "8:11: rule 'ip-dynamic': '8.8.4.4/28' is no address and no network; "
            "write 8.8.4.0/28 for the network, or 8.8.4.4 for the one address",
        ),
        (
            "rules: {ip-too-wide: {v4: 33}}\n",
            "2:27: rule 'ip-too-wide': /33 is longer than an address, which has 32 bits; "
            "give a prefix length from 0 to 32",
        ),
        (
            "rules: {ip-too-wide: {v6: 129}}\n",
            "2:27: rule 'ip-too-wide': /129 is longer than an address, which has 128 bits; "
            "give a prefix length from 0 to 128",
        ),
    ],
)
def test_what_means_nothing_is_refused_with_its_place(empty_folder: Path, text: str, said: str) -> None:
    write(empty_folder, keylint=KEY, p=f"version: 1\n{text}")
    with pytest.raises(PolicyError) as error:
        keylint("check", "--policy", "p.yaml")
    assert str(error.value) == f"p.yaml:{said}"


# Hostile files.


@pytest.mark.parametrize(
    ("extends", "said"),
    [
        ('"a\\0.yaml"', r"p.yaml:2:10: 'a\x00.yaml' cannot be a path"),
        (f"{'a' * 5000}.yaml", "cannot be a path"),
        ("loop.yaml", "p.yaml:2:10: "),  # in the words of the Python version: 3.13 opens it and is told of the loop
        ("folder.yaml", "p.yaml:2:10: folder.yaml: is a folder"),
        ("pipe.yaml", "p.yaml:2:10: pipe.yaml: is not a regular file; pipe it in and name it `-`"),
        ("/dev/null", "p.yaml:2:10: no policy '/dev/null'"),
        ("..", "p.yaml:2:10: no policy '..'"),
        ('"\\e[31m"', r"p.yaml:2:10: no policy '\x1b[31m'"),
        ("bytes.yaml", "bytes.yaml:1:1: not UTF-8"),
        ("https://example.com/policy.yaml", "no such file or directory"),
        ("[[a]]", "p.yaml:2:11: this entry is a list, not a text"),
        ("{a: b}", "p.yaml:2:10: `extends` is a mapping, not a list or a text"),
        ('""', "p.yaml:2:10: `extends` is empty"),
    ],
)
def test_extends_that_leads_nowhere_is_refused(empty_folder: Path, extends: str, said: str) -> None:
    (empty_folder / "loop.yaml").symlink_to("loop.yaml")
    (empty_folder / "folder.yaml").mkdir()
    os.mkfifo(empty_folder / "pipe.yaml")
    (empty_folder / "bytes.yaml").write_bytes(b"\xff\xfe: 1\n")
    write(empty_folder, p=f"version: 1\nextends: {extends}\n")
    (text,) = refused("p.yaml")
    assert said in text


def test_symbolic_link_back_to_the_file_is_a_circle(empty_folder: Path) -> None:
    write(empty_folder, p="version: 1\nextends: again.yaml\n")
    (empty_folder / "again.yaml").symlink_to("p.yaml")
    assert refused("p.yaml") == [
        "p.yaml:2:10: policies extend each other in a circle: 'again.yaml' leads back to itself"
    ]


def test_policies_extend_each_other_only_so_deep(empty_folder: Path) -> None:
    for number in range(25):
        write(empty_folder, **{f"p{number}": f"version: 1\nextends: p{number + 1}.yaml\n"})
    assert refused("p0.yaml") == ["p19.yaml:2:10: policies extend each other more than 20 levels deep"]
    write(empty_folder, p25="version: 1\n")
    load_policy(["p6.yaml"])


def test_policy_that_is_reached_in_many_ways_is_read_once(empty_folder: Path) -> None:
    for number in range(18):
        write(empty_folder, **{f"p{number}": f"version: 1\nextends: [p{number + 1}.yaml, p{number + 1}.yaml]\n"})
    write(empty_folder, p18="version: 1\nrules: {max-age: {days: 5}}\n")
    began = time.monotonic()
    assert load_policy(["p0.yaml"]).settings["max-age"].options == {"days": 5}
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x00",
        b"- 1\n",
        b"5\n",
        b"a: &a [*a]\n",
        b"version: 1\nrules: " + b"[" * 1000,
        b"version: 1\n<<: {rules: {}}\n<<: []\n",
        b"version: 1\nrules: !!python/object:os.system {}\n",
        b"version: 1\ncustom: [{}]\n",
        b"version: 1\nwaivers: [5, [], null]\n",
        b"version: 1\nrules:\n",
        b"version: 1\nrules: {max-age: null}\n",
        b"version: 1\nrules: {max-age: [off]}\n",
        b"version: 1\nrules: {max-age: {days: -1}}\n",
        b"version: 1\nrules: {max-age: {days: 1e9}}\n",
        b"version: 1\nrules: {max-age: {days: 99999999999999999999}}\n",
        b"version: 1\nrules: {max-age: {severity: null}}\n",
        b"version: 1.5\n",
        b"version: true\n",
        b"version: 1\nname: [x]\n",
        b"version: 1\n---\nversion: 1\n",
    ],
)
def test_file_that_is_no_policy_is_refused_without_a_traceback(empty_folder: Path, text: bytes) -> None:
    (empty_folder / "p.yaml").write_bytes(text)
    write(empty_folder, keylint=KEY)
    ran = shell(empty_folder, "check", "--policy", "p.yaml")
    assert ran.returncode == 2
    assert ran.stderr.startswith("error: p.yaml:")
    assert "defect" not in ran.stderr
    assert ran.stdout == ""


NUMBERS = [
    (rule, option)
    for rule, facts in RULE_INDEX.items()
    for option, fact in facts["options"].items()
    if type(fact["default"]) in (int, float) and rule not in ("ip-too-wide", "absolute-age")
]


def test_number_beyond_the_calendar_is_refused(empty_folder: Path) -> None:
    lines = [f"  {rule}: {{{option}: 100001}}" for rule, option in NUMBERS]
    one_each = list({line.split(":")[0]: line for line in lines}.values())
    write(empty_folder, p="version: 1\nrules:\n" + "\n".join(one_each))
    assert len(refused("p.yaml")) == len(one_each)


@pytest.mark.parametrize("number", ["0", "100000", "1e5"])
def test_any_other_number_does_no_harm(empty_folder: Path, number: str) -> None:
    lines = {rule: ", ".join(f"{option}: {number}" for name, option in NUMBERS if name == rule) for rule, _ in NUMBERS}
    text = "".join(f"  {rule}: {{{options}}}\n" for rule, options in lines.items())
    write(empty_folder, keylint=KEY, p=f"version: 1\nrules:\n{text}waivers:\n{waiver()}")
    ran = run()
    assert ran.code == 1
    assert f"{number}.0" not in ran.out


def test_whole_number_may_be_written_with_an_exponent(empty_folder: Path) -> None:
    write(empty_folder, p="version: 1\nrules: {max-age: {days: 6e1}}\n")
    assert repr(load_policy(["p.yaml"]).settings["max-age"].options) == "{'days': 60}"


def test_escapes_in_a_policy_do_not_reach_the_terminal(empty_folder: Path) -> None:
    write(empty_folder, keylint=KEY, p='version: 1\nextends: "gone\\e[31m\\u202e.yaml"\n')
    ran = shell(empty_folder, "check", "--policy", "p.yaml")
    assert ran.stderr == "error: p.yaml:2:10: gone\\x1b[31m\\u202e.yaml: no such file or directory\n"


def test_empty_policy_leaves_every_rule_at_its_default(empty_folder: Path) -> None:
    write(empty_folder, p="version: 1\n")
    assert load_policy(["p.yaml"]).settings == {}
