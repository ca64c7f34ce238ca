"""`keylint policies test`: the examples of custom rules are run, and an example that tests nothing is refused."""

from pathlib import Path

import pytest

from keylint.model.errors import PolicyError
from tests.policy.desk import write
from tests.running import Ran, keylint

HEAD = """\
version: 1
custom:
  - rule: needs-ticket
    description: Trading keys carry a ticket.
    when: key.capabilities.exists(c, c.startsWith("trade."))
    assert: '"ticket" in key.labels'
    message: 'key {name} has no ticket'
"""
GOOD = "{exchange: kraken, permissions: [read]}"
BAD = "{exchange: kraken, permissions: [trade.spot]}"
LIVE = """\
version: 1
custom:
  - rule: restricted
    description: Trading keys are restricted at the exchange.
    when: '"trade.spot" in live.capabilities'
    assert: live.ip_restricted
    message: 'key {name} is open'
"""


def examples(good: str = "", bad: str = "") -> str:
    return f"    examples:\n      good: [{good}]\n      bad: [{bad}]\n"


def run(folder: Path, text: str, *words: str) -> Ran:
    write(folder, p=text)
    return keylint("policies", "test", "p.yaml", *words)


def refused(folder: Path, text: str) -> list[str]:
    with pytest.raises(PolicyError) as error:
        run(folder, text)
    return str(error.value).splitlines()


def test_examples_that_are_judged_as_they_say_pass(empty_folder: Path) -> None:
    ran = run(empty_folder, HEAD + examples(GOOD, BAD))
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "ok: needs-ticket, good example 1",
            "ok: needs-ticket, bad example 1: key example has no ticket",
            "2 examples, 0 failed",
        ],
    )


def test_examples_that_are_judged_otherwise_fail(empty_folder: Path) -> None:
    ran = run(empty_folder, HEAD + examples(f"{GOOD}, {BAD}", GOOD))
    assert (ran.code, ran.out.splitlines()) == (
        1,
        [
            "ok: needs-ticket, good example 1",
            "FAILED: needs-ticket, good example 2: key example has no ticket",
            "FAILED: needs-ticket, bad example 1: nothing was found",
            "3 examples, 2 failed",
        ],
    )


@pytest.mark.parametrize("kind", ["good", "bad"])
def test_example_without_an_answer_fails(empty_folder: Path, kind: str) -> None:
    text = HEAD.replace("""'"ticket" in key.labels'""", "key.owner == 'desk'") + examples(**{kind: BAD})
    ran = run(empty_folder, text)
    assert ran.code == 1
    assert ran.out.splitlines()[0] == (
        f"FAILED: needs-ticket, {kind} example 1: key 'example' could not be evaluated: `key.owner` is absent"
    )


def test_rule_without_examples_is_named(empty_folder: Path) -> None:
    ran = run(empty_folder, HEAD)
    assert (ran.code, ran.out.splitlines()) == (0, ["untested: needs-ticket has no examples", "0 examples, 0 failed"])


def test_policy_without_custom_rules_has_nothing_to_test(empty_folder: Path) -> None:
    assert run(empty_folder, "version: 1\n").out == "0 examples, 0 failed\n"


def test_examples_are_judged_as_of_now(empty_folder: Path) -> None:
    text = HEAD.replace("""'"ticket" in key.labels'""", "now < timestamp('2026-11-22T12:00:00Z')") + examples(BAD)
    assert run(empty_folder, text, "--now", "2026-11-22").code == 0
    assert run(empty_folder, text, "--now", "2026-11-23").code == 1


@pytest.mark.parametrize(
    ("example", "why"),
    [
        ("{exchange: kraken}", "`permissions` is missing; add `permissions:`"),
        ("{exchange: kraken, permissions: read}", "`permissions` is a text, not a list: 'read'; "),
        ("{exchange: kraken, permissions: [read], ownr: x}", "unknown field 'ownr'; did you mean `owner`?"),
        (
            "{exchange: kraken, permissions: [read], created: 2026-02-30}",
            "`created` is no day of the calendar: '2026-02-30'",
        ),
    ],
)
def test_example_that_is_no_key_is_refused_with_its_place(empty_folder: Path, example: str, why: str) -> None:
    text = HEAD + examples(GOOD, f"{BAD}, {example}")
    line = text.count("\n")
    column = text.splitlines()[-1].index(example) + 1
    (said,) = refused(empty_folder, text)
    assert said.startswith(f"p.yaml:{line}:{column}: bad example 2 of needs-ticket is no key: {why}")


def test_example_that_is_no_mapping_is_refused(empty_folder: Path) -> None:
    (said,) = refused(empty_folder, HEAD + examples("5"))
    assert said.startswith("p.yaml:9:14: this entry is a number, not a mapping")


def test_all_bad_examples_are_said_at_once(empty_folder: Path) -> None:
    assert len(refused(empty_folder, HEAD + examples("{exchange: kraken}", "{permissions: [read]}"))) == 2


def test_rules_that_speak_of_live_are_tested_on_a_live_state(empty_folder: Path) -> None:
    key = "exchange: binance, permissions: [read]"
    trading = "permissions: [enableSpotAndMarginTrading, enableMagic]"
    good = f"{{{key}, live: {{permissions: [enableReading]}}}}, {{{key}, live: {{{trading}, ip_restricted: true}}}}"
    bad = f"{{{key}, live: {{{trading}, ip_restricted: false}}}}"
    ran = run(empty_folder, LIVE + examples(good, bad))
    assert (ran.code, ran.out.splitlines()[-2:]) == (
        0,
        ["ok: restricted, bad example 1: key example is open", "3 examples, 0 failed"],
    )
    unknown = f"{{{key}, live: {{{trading}}}}}"
    ran = run(empty_folder, LIVE + examples(bad=unknown))
    assert ran.out.splitlines()[0].endswith("could not be evaluated: `live.ip_restricted` is absent")
    assert ran.code == 1


def test_live_state_of_an_example_may_say_all_that_an_exchange_shows(empty_folder: Path) -> None:
    demand = (
        "live.ip_allowlist == ['8.8.8.8'] && live.created == timestamp('2026-11-01T00:00:00Z') "
        "&& live.expires == timestamp('2026-12-01T10:00:00Z') && live.unknown == []"
    )
    state = (
        "{permissions: [enableReading], ip_restricted: true, ip_allowlist: [8.8.8.8], "
        "created: 2026-11-01, expires: '2026-12-01T10:00:00Z'}"
    )
    text = LIVE.replace("""'"trade.spot" in live.capabilities'""", '"true"').replace("live.ip_restricted", demand)
    assert run(empty_folder, text + examples(f"{{exchange: binance, permissions: [], live: {state}}}")).code == 0


@pytest.mark.parametrize(
    ("text", "example", "why"),
    [
        (LIVE, GOOD, "9:14: good example 1 of restricted has no `live`, of which the rule speaks"),
        (
            HEAD,
            "{exchange: kraken, permissions: [], live: {permissions: []}}",
            "9:14: good example 1 of needs-ticket has a `live`, of which the rule does not speak",
        ),
        (
            LIVE,
            "{exchange: kraken, permissions: [], live: {permissions: [], created: 2026-02-30}}",
            "9:14: good example 1 of restricted is no key: `live.created` is no time: '2026-02-30'",
        ),
        (
            LIVE,
            "{exchange: kraken, permissions: [], live: {}}",
            "9:50: `permissions` is missing; add `permissions:`",
        ),
        (
            LIVE,
            "{exchange: kraken, permissions: [], live: {permissions: [], ip: []}}",
            "9:74: unknown field 'ip'; known are: permissions, ip_restricted, ip_allowlist, created, expires",
        ),
    ],
)
def test_live_state_that_tests_nothing_is_refused(empty_folder: Path, text: str, example: str, why: str) -> None:
    assert refused(empty_folder, text + examples(example)) == [f"p.yaml:{why}"]


def test_policy_that_is_tested_is_the_one_that_a_check_would_take(empty_folder: Path) -> None:
    write(empty_folder, other=HEAD + examples(GOOD))
    (empty_folder / "keylint.policy.yaml").write_text(HEAD + examples(GOOD, BAD))
    assert keylint("policies", "test").out.endswith("2 examples, 0 failed\n")
    (empty_folder / ".keylint.yaml").write_text("policy: other.yaml\n")
    assert keylint("policies", "test").out.endswith("1 example, 0 failed\n")


def test_rules_of_parents_are_tested_too(empty_folder: Path) -> None:
    write(empty_folder, base=HEAD + examples(GOOD, BAD))
    assert run(empty_folder, "version: 1\nextends: base.yaml\n").out.endswith("2 examples, 0 failed\n")
