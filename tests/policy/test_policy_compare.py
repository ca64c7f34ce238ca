"""`keylint policies compare`: every way to let more pass is named, and no way to let less pass is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from keylint.model.errors import PolicyError
from keylint.model.looser import is_looser
from keylint.model.policy import Policy, Setting
from keylint.weakening import Weakening, weakenings
from tests.policy.desk import waiver, write
from tests.running import keylint

CUSTOM = (
    "custom:\n  - {{rule: mine, severity: {severity}, description: d, when: {when}, assert: {demand}, message: m}}\n"
)


def mine(severity: str = "error", when: str = '"true"', demand: str = '"false"') -> str:
    return CUSTOM.format(severity=severity, when=when, demand=demand)


def purposes(allow: str = "read", need: str = "", require: str = "", name: str = "mine") -> str:
    return f"purposes:\n  {name}: {{allow: [{allow}], need: [{need}], require: [{require}]}}\n"


def rules(text: str) -> str:
    return f"rules: {{{text}}}\n"


def waivers(*entries: str) -> str:
    return f"waivers:\n{''.join(entries)}"


def compared(folder: Path, old: str, new: str) -> list[str]:
    """Return what the comparison of two policies prints, without its last line."""
    write(folder, old=f"version: 1\n{old}", new=f"version: 1\n{new}")
    ran = keylint("policies", "compare", "old.yaml", "new.yaml")
    *found, last = ran.out.splitlines()
    assert ran.code == (1 if found else 0)
    assert last == f"{len(found)} weakening{'' if len(found) == 1 else 's'} from old.yaml to new.yaml"
    return [line.removeprefix("weaker: ") for line in found]


WEAKER = {
    "severity lowered": (
        rules("no-withdraw: error"),
        rules("no-withdraw: warning"),
        "rule no-withdraw: error -> warning",
    ),
    "severity lowered from the default": ("", rules("no-withdraw: note"), "rule no-withdraw: error -> note"),
    "severity no longer raised": (rules("created-missing: error"), "", "rule created-missing: error -> warning"),
    "switched off": (rules("max-age: {days: 30}"), rules("max-age: off"), "rule max-age: error -> off"),
    "severity pinned below the rule's worst": (
        "",
        rules("live-expiring: warning"),
        "rule live-expiring: error -> warning",
    ),
    "number raised": (rules("max-age: {days: 30}"), rules("max-age: {days: 31}"), "option days of max-age: 30 -> 31"),
    "number raised over the default": ("", rules("max-age: {days: 91}"), "option days of max-age: 90 -> 91"),
    "number back at the default": (rules("max-age: {days: 60}"), "", "option days of max-age: 60 -> 90"),
    "option of a rule that is mandatory by itself": (
        rules("absolute-age: {days: 180}"),
        "",
        "option days of absolute-age: 180 -> 366",
    ),
    "number lowered where less is looser": (
        "",
        rules("live-expiring: {warning_days: 7}"),
        "option warning_days of live-expiring: 14 -> 7",
    ),
    "flag set": (
        "",
        rules("ip-unroutable: {allow_documentation: true}"),
        "option allow_documentation of ip-unroutable: false -> true",
    ),
    "list shortened": (
        rules("vendor-blocked: {vendors: [a, b]}"),
        rules("vendor-blocked: {vendors: [a]}"),
        "option vendors of vendor-blocked: a, b -> a",
    ),
    "network widened": (
        rules("ip-unknown-host: {networks: {eu: [203.0.113.0/28]}}"),
        rules("ip-unknown-host: {networks: {eu: [203.0.113.0/24]}}"),
        "option networks of ip-unknown-host: eu: 203.0.113.0/28 -> eu: 203.0.113.0/24",
    ),
    "network added": (
        rules("ip-unknown-host: {networks: {eu: [203.0.113.0/28]}}"),
        rules("ip-unknown-host: {networks: {eu: [203.0.113.0/28], us: ['2001:db8::/64']}}"),
        "option networks of ip-unknown-host: eu: 203.0.113.0/28 -> eu: 203.0.113.0/28, us: 2001:db8::/64",
    ),
    "mandatory lost": (
        rules("no-withdraw: {mandatory: true}"),
        rules("no-withdraw: error"),
        "rule no-withdraw: mandatory -> not mandatory",
    ),
    "profile widened": (
        purposes("read"),
        purposes("read, withdraw, trade.spot"),
        "purpose mine: did not allow -> allows trade.spot, withdraw",
    ),
    "profile added": ("", purposes("withdraw, read"), "purpose mine: none -> allows read, withdraw"),
    "profile lost": (purposes("read"), "", "purpose mine: a profile -> none"),
    "need shrunk": (purposes("read", "read"), purposes("read"), "purpose mine: needed read -> does not"),
    "requirement dropped": (
        purposes("read", require="ip_allowlist, expires"),
        purposes("read", require="expires"),
        "purpose mine: required ip_allowlist -> does not",
    ),
    "custom rule removed": (mine(), "", "custom rule mine: error -> none"),
    "custom rule lowered": (mine(), mine("note"), "custom rule mine: error -> note"),
    "custom rule's condition changed": (
        mine(),
        mine(when="key.exchange == 'okx'"),
        "when of custom rule mine: true -> key.exchange == 'okx'",
    ),
    "custom rule's demand changed": (
        mine(),
        mine(demand='"true"'),
        "assert of custom rule mine: false -> true",
    ),
    "waiver added": ("", waivers(waiver()), "waiver of no-withdraw for key 'treasury': none -> until 2026-12-31"),
    "waiver of another finding": (
        waivers(waiver()),
        waivers(waiver(), waiver(accepts='"0123456789"')),
        "waiver of no-withdraw for key 'treasury': none -> until 2026-12-31",
    ),
    "waiver of less digits": (
        waivers(waiver()),
        waivers(waiver(accepts='"c22c8add"')),
        "waiver of no-withdraw for key 'treasury': none -> until 2026-12-31",
    ),
    "waiver extended": (
        waivers(waiver()),
        waivers(waiver(expires="2027-01-01")),
        "waiver of no-withdraw for key 'treasury': until 2026-12-31 -> until 2027-01-01",
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), WEAKER.values(), ids=WEAKER)
def test_what_lets_more_pass_is_named(empty_folder: Path, old: str, new: str, said: str) -> None:
    assert compared(empty_folder, old, new) == [said]


# The other way round these let more pass too: nobody but a reader can tell, or a purpose that goes changes its keys.
BOTH_WAYS = {
    "profile added",
    "profile lost",
    "custom rule's condition changed",
    "custom rule's demand changed",
}


@pytest.mark.parametrize(
    ("old", "new"), [(old, new) for name, (old, new, _) in WEAKER.items() if name not in BOTH_WAYS]
)
def test_what_lets_less_pass_is_not(empty_folder: Path, old: str, new: str) -> None:
    assert compared(empty_folder, new, old) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("", "name: other\ndescription: another\n"),
        (rules("max-age: error"), rules("max-age: {severity: error, days: 90, why: as before}")),
        (rules("max-age: off"), rules("max-age: {severity: note, days: 9999}")),
        (rules("max-age: {severity: off, days: 1}"), rules("max-age: {severity: off, days: 2}")),
        ("", rules("created-missing: warning")),
        ("", rules("live-expiring: error")),
        ("", rules("max-age: {mandatory: true}")),
        (
            rules("ip-unknown-host: {networks: {eu: [203.0.113.0/24]}}"),
            rules("ip-unknown-host: {networks: {west: [203.0.113.0/28, 203.0.113.64/26]}}"),
        ),
        (
            rules("ip-unknown-host: {networks: {eu: [203.0.113.0/29, 203.0.113.8/29]}}"),
            rules("ip-unknown-host: {networks: {eu: [203.0.113.0/28]}}"),
        ),
        (
            rules("ip-dynamic: {networks: {home: [203.0.113.0/28]}}"),
            rules('ip-dynamic: {networks: {home: ["::ffff:203.0.113.0/125", 203.0.113.8/29]}}'),
        ),
        (
            rules("vendor-blocked: {vendors: [a, b]}"),
            rules("vendor-blocked: {vendors: [B, c, A]}"),
        ),
        (mine(demand='"false"'), mine(demand="|\n      false\n").replace("{rule", "{rule")[:0] + mine()),
        ("", mine()),
        (waivers(waiver(accepts='"c22c8add"')), waivers(waiver())),
        (waivers(waiver()), waivers(waiver(reason="another", approved_by="x"))),
        (waivers(waiver(), waiver(accepts='"c22c8add"', expires="2027-01-01")), waivers(waiver(expires="2027-01-01"))),
        (purposes("read, withdraw"), purposes("withdraw, read", require="owner")),
    ],
)
def test_what_changes_nothing_or_lets_less_pass_is_no_alarm(empty_folder: Path, old: str, new: str) -> None:
    assert compared(empty_folder, old, new) == []


def test_expression_may_be_written_in_another_style(empty_folder: Path) -> None:
    block = "custom:\n  - rule: mine\n    description: d\n    message: m\n    assert: |\n      false\n"
    assert compared(empty_folder, mine(), block) == []


def test_all_weakenings_are_named_at_once(empty_folder: Path) -> None:
    old = rules("max-age: {days: 30, mandatory: true}") + purposes("read") + mine()
    new = rules("max-age: {severity: warning, days: 60}") + purposes("read, withdraw") + waivers(waiver())
    assert compared(empty_folder, old, new) == [
        "rule max-age: error -> warning",
        "rule max-age: mandatory -> not mandatory",
        "option days of max-age: 30 -> 60",
        "purpose mine: did not allow -> allows withdraw",
        "custom rule mine: error -> none",
        "waiver of no-withdraw for key 'treasury': none -> until 2026-12-31",
    ]


def test_what_comes_through_extends_counts(empty_folder: Path) -> None:
    write(
        empty_folder,
        base=f"version: 1\nrules: {{max-age: {{days: 30}}}}\n{waivers(waiver())}{purposes('read')}{mine()}",
    )
    assert compared(empty_folder, "extends: base.yaml\n", "extends: [base.yaml]\n") == []
    assert len(compared(empty_folder, "extends: base.yaml\n", "")) == 3
    assert compared(empty_folder, "", "extends: base.yaml\n") == [
        "purpose mine: none -> allows read",
        "waiver of no-withdraw for key 'treasury': none -> until 2026-12-31",
    ]
    assert compared(empty_folder, "extends: strict\n", "extends: strict\nrules: {max-age: {days: 90}}\n") == [
        "option days of max-age: 60 -> 90"
    ]


def test_overridden_custom_rule_counts_as_it_is_in_the_end(empty_folder: Path) -> None:
    write(empty_folder, base=f"version: 1\n{mine()}")
    assert compared(empty_folder, "extends: base.yaml\n", f"extends: base.yaml\n{mine('warning')}") == [
        "custom rule mine: error -> warning"
    ]


def test_json_names_what_was_and_what_is(empty_folder: Path) -> None:
    write(empty_folder, old="version: 1\n", new="version: 1\nrules: {no-withdraw: off}\n")
    ran = keylint("policies", "compare", "old.yaml", "new.yaml", "--format", "json")
    assert (ran.code, ran.json) == (1, [{"what": "rule no-withdraw", "was": "error", "is": "off"}])
    assert keylint("policies", "compare", "old.yaml", "old.yaml", "--format", "json").json == []


def test_built_in_policies_can_be_compared() -> None:
    assert keylint("policies", "compare", "baseline", "strict").code == 0
    assert keylint("policies", "compare", "strict", "baseline").code == 1


def test_broken_policy_is_refused(empty_folder: Path) -> None:
    write(empty_folder, old="version: 1\n", new="version: 2\n")
    with pytest.raises(PolicyError, match=r"new\.yaml:1:10: "):
        keylint("policies", "compare", "old.yaml", "new.yaml")


@pytest.mark.parametrize(
    ("before", "after", "direction", "looser"),
    [
        (1, 2, "more", True),
        (2, 1, "more", False),
        (2, 1, "less", True),
        (0.5, 0.5, "any", False),
        (0.5, 0.4, "any", True),
        (False, True, "more", True),
        (True, False, "more", False),
        (True, False, "less", True),
        (["a"], ["a", "b"], "more", True),
        (["a", "b"], ["b"], "more", False),
        (["a", "b"], ["b"], "less", True),
        (["A"], ["a"], "less", False),
        (["10.0.0.0/8"], ["10.1.0.0/16"], "more", False),
        (["10.0.0.0/8"], ["10.1.0.0/16"], "less", True),
        (["10.0.0.0/8"], ["2001:db8::/32"], "more", True),
        (["10.0.0.1"], ["10.0.0.1/32"], "more", False),
        (["10.0.0.1/8"], ["10.0.0.0/8"], "more", True),
        ({"a": ["x"]}, {"b": ["x"]}, "more", False),
        ({"a": ["x"]}, {"a": ["x", "y"]}, "more", True),
        ({"a": ["x"]}, {}, "less", True),
        ((), ["a"], "more", True),
        ({}, {"a": ["x"]}, "more-or-none", False),
        ({"a": []}, {"a": ["x"]}, "more-or-none", False),
        ({"a": ["x"]}, {}, "more-or-none", True),
        ({"a": ["x"]}, {"a": []}, "more-or-none", True),
        ({"a": ["x"]}, {"a": ["x", "y"]}, "more-or-none", True),
        ({"a": ["x", "y"]}, {"a": ["x"]}, "more-or-none", False),
        ({}, {"a": []}, "more-or-none", False),
    ],
)
def test_option_is_looser_in_its_direction(before: Any, after: Any, direction: str, *, looser: bool) -> None:
    assert is_looser(before, after, direction) == looser


def test_option_without_a_direction_may_only_stay() -> None:
    index: Mapping[str, Any] = {
        "x": {"severity": "error", "worst": "error", "options": {"o": {"default": 1, "looser": "any"}}}
    }
    for value in (0, 2):
        new = Policy("new", {"x": Setting(options={"o": value})})
        assert list(weakenings(Policy("old"), new, index)) == [Weakening("option o of x", "1", str(value))]
