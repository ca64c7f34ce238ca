"""Waivers: one rule on one key, bound to one finding, until a day; whatever is wrong with one is said."""

from pathlib import Path

import pytest

from keylint.compiled.rule_index import DATA as RULE_INDEX
from keylint.load.policy import load_policy
from keylint.model.errors import PolicyError
from keylint.model.policy import ABOUT_WAIVERS
from tests.policy.desk import AT, KEY, WITHDRAW, fingerprint, lines, only, run, waiver, write
from tests.running import keylint

FINGERPRINT = "c22c8add5eca1556"
HEAD = only("no-withdraw", "max-age")
FIRST = HEAD.count("\n") + 2
"""The line of the first waiver's first field."""


WHOSE = "the waiver of no-withdraw for key 'treasury'"
EXPIRED = f"error[waiver-expired] {WHOSE} expired: {{}}; mend the finding, or have it approved anew"
TOO_LONG = f"error[waiver-too-long] {WHOSE} lasts until {{}}, 180 days are allowed; set an earlier end"
VOID = (
    f"error[waiver-void] {WHOSE} is void: another value was accepted; "
    f"look at the finding again; if it is still acceptable, accept {FINGERPRINT}"
)
UNUSED = f"warning[waiver-unused] {WHOSE} matches nothing; remove it"
FORBIDDEN = f"error[waiver-forbidden] {WHOSE} is not allowed: the rule is mandatory; remove it"
WAIVED = f"{WITHDRAW} (waived: nightly sweep)"


def policy(folder: Path, *waivers: str, head: str = HEAD) -> None:
    write(folder, p=f"{head}waivers:\n{''.join(waivers)}")


def refused(folder: Path, *waivers: str, head: str = HEAD) -> list[str]:
    policy(folder, *waivers, head=head)
    with pytest.raises(PolicyError) as error:
        load_policy(["p.yaml"])
    return str(error.value).splitlines()


@pytest.fixture(autouse=True)
def desk(empty_folder: Path) -> Path:
    write(empty_folder, keylint=KEY)
    return empty_folder


def test_without_a_waiver_the_finding_counts(desk: Path) -> None:
    policy(desk, "  []\n")
    assert (run().code, lines(run())) == (1, [WITHDRAW])


@pytest.mark.parametrize("digits", [8, 9, 15, 16])
def test_finding_is_waived_by_its_fingerprint_or_the_first_digits(desk: Path, digits: int) -> None:
    policy(desk, waiver(accepts=f'"{FINGERPRINT[:digits]}"'))
    assert (run().code, lines(run())) == (0, [WAIVED])


def test_waived_finding_stays_visible_in_every_report(desk: Path) -> None:
    policy(desk, waiver())
    words = ("check", "--policy", "p.yaml", *AT)
    assert keylint(*words).out == "1 key in 1 file: no findings, 1 waived\n"
    assert run().json["summary"] == {
        "files": 1,
        "keys": 1,
        "error": 0,
        "warning": 0,
        "note": 0,
        "waived": 1,
        "unchecked": 0,
    }
    (result,) = keylint(*words, "--format", "sarif").json["runs"][0]["results"]
    assert result["ruleId"] == "no-withdraw"
    assert result["suppressions"] == [{"kind": "external", "justification": "nightly sweep"}]
    assert 'message="waived (nightly sweep): ' in keylint(*words, "--format", "junit").out
    assert (
        "| no-withdraw | keylint.yaml:5 | key 'treasury' may withdraw funds | nightly sweep |"
        in keylint(*words, "--format", "markdown").out
    )


@pytest.mark.parametrize("fail_on", ["error", "warning", "note"])
def test_waived_finding_never_fails_a_run(desk: Path, fail_on: str) -> None:
    policy(desk, waiver())
    assert run("--fail-on", fail_on).code == 0


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        ("2026-12-31", True),
        ("2026-12-31T23:59:59Z", True),
        ("2027-01-01", False),
        ("2027-01-01T00:30:00+01:00", True),
        ("2026-12-31T23:30:00-01:00", False),
    ],
)
def test_waiver_holds_through_its_last_day_in_utc(desk: Path, now: str, *, holds: bool) -> None:
    write(desk, keylint=KEY.replace("expires: 2026-12-31", "expires: 2027-02-01"))
    policy(desk, waiver())
    expected = (
        [WAIVED]
        if holds
        else [
            WITHDRAW,
            f"p.yaml:{FIRST + 4}:14: {EXPIRED.format('2026-12-31')}",
        ]
    )
    assert (run(at=now).code, lines(run(at=now))) == (0 if holds else 1, expected)


def test_expired_waiver_is_said_also_where_nothing_is_left_to_waive(desk: Path) -> None:
    write(desk, keylint=KEY.replace("read, withdraw", "read"))
    policy(desk, waiver(expires="2026-11-21"))
    assert lines(run()) == [f"p.yaml:{FIRST + 4}:14: {EXPIRED.format('2026-11-21')}"]


@pytest.mark.parametrize(("ends", "kept"), [("2027-05-21", True), ("2027-05-22", False)])
def test_waiver_lasts_180_days_at_most(desk: Path, ends: str, *, kept: bool) -> None:
    policy(desk, waiver(expires=ends))
    too_long = f"p.yaml:{FIRST + 4}:14: {TOO_LONG.format(ends)}"
    assert lines(run()) == [WAIVED, *([] if kept else [too_long])]
    assert run().code == (0 if kept else 1)


def test_last_day_of_the_calendar_is_too_long_and_no_fault(desk: Path) -> None:
    policy(desk, waiver(expires="9999-12-31"))
    assert lines(run()) == [WAIVED, f"p.yaml:{FIRST + 4}:14: {TOO_LONG.format('9999-12-31')}"]


def test_limit_of_a_waiver_is_the_policys(desk: Path) -> None:
    policy(desk, waiver(), head=HEAD.replace("rules:\n", "rules:\n  waiver-too-long: {severity: note, days: 30}\n"))
    assert [item["severity"] for item in run().json["findings"]] == ["error", "note"]
    policy(desk, waiver(expires="2035-01-01"), head=HEAD.replace("rules:\n", "rules:\n  waiver-too-long: off\n"))
    assert lines(run()) == [WAIVED]


def test_waiver_of_another_value_is_void_and_says_the_new_fingerprint(desk: Path) -> None:
    policy(desk, waiver(accepts='"0123456789abcdef"'))
    assert lines(run()) == [
        WITHDRAW,
        f"p.yaml:{FIRST + 5}:14: {VOID}",
    ]


def test_changed_value_voids_the_waiver(desk: Path) -> None:
    policy(desk, waiver())
    write(desk, keylint=KEY.replace("withdraw]", "withdraw-funds]"))
    assert [item["rule"] for item in run().json["findings"] if not item["waived"]] == ["no-withdraw", "waiver-void"]


def test_waiver_of_a_mended_finding_is_unused(desk: Path) -> None:
    write(desk, keylint=KEY.replace("read, withdraw", "read"))
    policy(desk, waiver())
    assert run().code == 0
    assert lines(run()) == [f"p.yaml:{FIRST}:11: {UNUSED}"]


def test_waiver_of_a_key_that_is_gone_is_unused_in_a_whole_run_only(desk: Path) -> None:
    policy(desk, waiver(key="gone"))
    unused = f"p.yaml:{FIRST}:11: {UNUSED.replace('treasury', 'gone')}"
    assert lines(run()) == [WITHDRAW, unused]
    assert lines(run("keylint.yaml")) == [WITHDRAW]


def test_subset_run_leaves_the_waivers_of_other_keys_alone(desk: Path) -> None:
    (desk / "keylint.yaml").unlink()
    (desk / "keys").mkdir()
    write(desk / "keys", one=KEY, two=KEY.replace("treasury", "other").replace("read, withdraw", "read"))
    policy(desk, waiver())
    assert lines(run("keys/two.yaml")) == []
    assert lines(run("keys/one.yaml")) == [f"keys/one.yaml{WITHDRAW[12:]} (waived: nightly sweep)"]
    assert lines(run("keys")) == [f"keys/one.yaml{WITHDRAW[12:]} (waived: nightly sweep)"]


@pytest.mark.parametrize(
    "text",
    [
        KEY.replace("[read, withdraw]", "[read, withdraw, 5]"),
        KEY.replace("exchange: kraken", "exchange: 5"),
        KEY + "  other: 5\n",
        KEY.replace("treasury", "Treasury"),
        "version: 1\nkeys: [\n",
    ],
)
def test_waiver_is_not_called_unused_where_the_declaration_could_not_be_read(desk: Path, text: str) -> None:
    write(desk, keylint=text)
    policy(desk, waiver(), waiver(key="gone"))
    assert {item["rule"] for item in run().json["findings"]} <= {"schema", "yaml", "no-withdraw"}


def test_waiver_of_a_drift_rule_is_not_unused_in_a_check(desk: Path) -> None:
    policy(desk, waiver(rule="permission-extra"), head=only("no-withdraw", "permission-extra"))
    assert lines(run()) == [WITHDRAW]


def test_waiver_of_a_rule_that_is_off_is_left_alone(desk: Path) -> None:
    policy(desk, waiver(), head=only())
    assert lines(run()) == []


def test_several_waivers_on_one_rule_and_key_accept_each_their_own_finding(desk: Path) -> None:
    write(desk, keylint=KEY.replace("[8.8.8.8]", "[10.0.0.1, 192.168.0.1]"))
    head = only("ip-unroutable")
    write(desk, p=head)
    first, second = (item["fingerprint"] for item in run().json["findings"])
    both = (
        waiver(rule="ip-unroutable", accepts=f'"{first}"'),
        waiver(rule="ip-unroutable", accepts=f'"{second}"', reason="lab"),
    )
    for order in (both, both[::-1]):
        policy(desk, *order, head=head)
        assert [item["waived"] for item in run().json["findings"]] == ["nightly sweep", "lab"]


@pytest.mark.parametrize("reverse", [False, True])
def test_stale_waiver_is_unused_where_another_accepts_the_new_value(desk: Path, *, reverse: bool) -> None:
    two = (waiver(accepts='"0123456789abcdef"', reason="old"), waiver())
    policy(desk, *two[:: -1 if reverse else 1])
    assert lines(run()) == [
        WAIVED,
        f"p.yaml:{FIRST + 6 * reverse}:11: {UNUSED}",
    ]


def test_second_waiver_of_the_same_finding_is_unused(desk: Path) -> None:
    policy(desk, waiver(), waiver(reason="again"))
    assert lines(run()) == [
        WAIVED,
        f"p.yaml:{FIRST + 6}:11: {UNUSED}",
    ]


def test_expired_waiver_does_not_hide_a_renewed_one(desk: Path) -> None:
    policy(desk, waiver(expires="2026-11-01", accepts='"c22c8add"'), waiver())
    assert [(item["rule"], item["waived"]) for item in run().json["findings"]] == [
        ("no-withdraw", "nightly sweep"),
        ("waiver-expired", None),
    ]


def test_waiver_of_a_rule_that_the_policy_made_mandatory_is_forbidden(desk: Path) -> None:
    write(desk, base=f"{HEAD.replace('no-withdraw: {}', 'no-withdraw: {mandatory: true}')}")
    policy(desk, waiver(), head="version: 1\nextends: base.yaml\n")
    assert run().code == 1
    assert lines(run()) == [
        WITHDRAW,
        f"p.yaml:4:11: {FORBIDDEN}",
    ]


def test_policy_that_extends_others_brings_their_waivers_once(desk: Path) -> None:
    write(
        desk,
        base=f"{HEAD}waivers:\n{waiver()}",
        a="version: 1\nextends: base.yaml\n",
        b="version: 1\nextends: base.yaml\n",
        p="version: 1\nextends: [a.yaml, b.yaml]\n",
    )
    assert lines(run()) == [WAIVED]


def test_later_policy_renews_a_waiver(desk: Path) -> None:
    write(desk, base=f"{HEAD}waivers:\n{waiver(expires='2026-11-01')}")
    policy(desk, waiver(reason="renewed"), head="version: 1\nextends: base.yaml\n")
    assert lines(run()) == [f"{WITHDRAW} (waived: renewed)"]


def test_waiver_of_a_key_whose_name_looks_like_a_secret_holds(desk: Path) -> None:
    name = "x9f8q7w6e5r4t3y2u1i0p9a8s7d6f5g4"
    write(desk, keylint=KEY.replace("treasury", name))
    policy(desk)
    write(desk, p=HEAD)
    policy(desk, waiver(key=name, accepts=f'"{fingerprint("no-withdraw")}"'))
    assert [(item["key"], item["waived"]) for item in run().json["findings"] if item["rule"] == "no-withdraw"] == [
        ("«concealed»", "nightly sweep")
    ]
    assert "waiver-unused" not in run().out
    assert name not in run().out


@pytest.mark.parametrize("field", ["rule", "key", "reason", "approved_by", "expires", "accepts"])
def test_waiver_without_a_field_is_refused(desk: Path, field: str) -> None:
    assert refused(desk, waiver(**{field: ""})) == [f"p.yaml:{FIRST}:5: `{field}` is missing; add `{field}:`"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("key", "mm-*", "`key` cannot be 'mm-*'; The one key that it is waived for."),
        ("key", "mm-?", "`key` cannot be 'mm-?'; The one key that it is waived for."),
        ("key", '"[ab]"', "`key` cannot be '[ab]'; The one key that it is waived for."),
        ("key", '""', "`key` is empty; The one key that it is waived for."),
        ("key", "[a, b]", "`key` is a list, not a text; The one key that it is waived for."),
        ("reason", '""', "`reason` is empty; Why the risk is accepted."),
        ("reason", '"  "', "`reason` is empty; Why the risk is accepted."),
        ("approved_by", '"\\t"', "`approved_by` is empty; Who accepted it."),
        ("expires", "2026-13-01", "`expires` cannot be '2026-13-01'; The last day of the waiver, inclusive, UTC."),
        (
            "expires",
            "2026-12-31T10:00:00Z",
            "`expires` cannot be '2026-12-31T10:00:00Z'; The last day of the waiver, inclusive, UTC.",
        ),
        ("expires", "never", "`expires` cannot be 'never'; The last day of the waiver, inclusive, UTC."),
        ("expires", "2026-02-30", "`expires` is no day of the calendar: '2026-02-30'"),
        (
            "accepts",
            "c22c8ad",
            "`accepts` cannot be 'c22c8ad'; The fingerprint of the accepted finding, or its first 8 or more digits.",
        ),
        ("accepts", "12345678", "`accepts` is a number, not a text: 12345678; quote it"),
        (
            "accepts",
            '"C22C8ADD"',
            "`accepts` cannot be 'C22C8ADD'; The fingerprint of the accepted finding, or its first 8 or more digits.",
        ),
        ("rule", "no-withdrew", "unknown rule 'no-withdrew'; did you mean `no-withdraw`?"),
        ("rule", "zzz", "unknown rule 'zzz'; `keylint rules` lists them"),
        ("rule", "schema", "rule 'schema' is mandatory: nothing waives it; remove the waiver"),
        ("rule", "absolute-age", "rule 'absolute-age' is mandatory: nothing waives it; remove the waiver"),
    ],
)
def test_malformed_waiver_is_refused_with_its_place(desk: Path, field: str, value: str, said: str) -> None:
    at = FIRST + ["rule", "key", "reason", "approved_by", "expires", "accepts"].index(field)
    column = 7 + len(field)
    assert refused(desk, waiver(**{field: value})) == [f"p.yaml:{at}:{column}: {said}"]
    with pytest.raises(PolicyError):
        run()


def test_unknown_field_of_a_waiver_is_refused(desk: Path) -> None:
    assert refused(desk, waiver(until="2027-01-01")) == [
        f"p.yaml:{FIRST + 6}:5: unknown field 'until'; known are: rule, key, reason, approved_by, expires, accepts"
    ]


@pytest.mark.parametrize("rule", ABOUT_WAIVERS)
def test_what_is_said_of_waivers_cannot_be_waived(desk: Path, rule: str) -> None:
    why = (
        "is mandatory: nothing waives it; remove the waiver"
        if RULE_INDEX[rule]["mandatory"]
        else "speaks of waivers: none waives it; mend the waiver it speaks of"
    )
    assert refused(desk, waiver(rule=rule)) == [f"p.yaml:{FIRST}:11: rule {rule!r} {why}"]


def test_rules_about_waivers_are_those_that_exist() -> None:
    assert set(ABOUT_WAIVERS) == {name for name in RULE_INDEX if name.startswith("waiver-")}


def test_waiver_of_a_custom_rule_may_stand_in_another_policy(desk: Path) -> None:
    custom = "custom:\n  - {rule: no-kraken, description: none, assert: key.exchange != 'kraken', message: kraken}\n"
    write(desk, base=only() + custom)
    policy(desk, waiver(rule="no-kraken", accepts='"0123456789abcdef"'), head="version: 1\nextends: base.yaml\n")
    assert [item["rule"] for item in run().json["findings"]] == ["no-kraken", "waiver-void"]
    policy(desk, waiver(rule="no-krakn"), head="version: 1\nextends: base.yaml\n")
    with pytest.raises(PolicyError, match=r"p.yaml:4:11: unknown rule 'no-krakn'; did you mean `no-kraken`\?"):
        run()


def test_secret_that_was_pasted_into_a_waiver_is_not_shown(desk: Path) -> None:
    secret = "x9f8q7w6e5r4t3y2u1i0p9a8s7d6f5g4h3j2"
    policy(desk, waiver(reason=secret))
    for form in ("text", "json", "sarif", "junit", "markdown", "html"):
        assert secret not in keylint("check", "--policy", "p.yaml", *AT, "-v", "--format", form).out
    rest = "approved_by: a, expires: 2026-12-31, accepts: abcdef012345"
    policy(desk, f"  - {{rule: no-withdraw, key: gone, reason: {secret}, {rest}}}\n")
    out = keylint("check", "--policy", "p.yaml", *AT, "-v").out
    assert "waiver-unused" in out
    assert secret not in out
    assert secret not in refused(desk, waiver(accepts=secret))[0]
