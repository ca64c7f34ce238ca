"""Custom rules: CEL over a key. Whatever has no answer is an error, at the place or of the key; never silence."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cel_expr_python import cel

from keylint.load.declaration import key_decl
from keylint.model.errors import PolicyError
from keylint.model.facts import Addresses, Right
from keylint.rules.custom import INSTALL, compile_rules
from keylint.rules.variables import types_of_key, types_of_live, variables
from tests.policy.desk import AT, fingerprint, line, only, run, write
from tests.running import NOW, keylint

HEAD = only()
FIRST = HEAD.count("\n") + 2
"""The line of the first custom rule's first field."""
BOT = """\
version: 1
keys:
  bot:
    exchange: kraken
    permissions: [read, trade.spot]
    labels: {ticket: OPS-1}
"""
SECRET = "zebra77"


@pytest.fixture(autouse=True)
def desk(empty_folder: Path) -> Path:
    write(empty_folder, keylint=BOT)
    return empty_folder


def custom(demand: str, **fields: str) -> str:
    """Return one custom rule."""
    every = {"rule": "mine", "description": "Ours.", "message": "key {name} is bad", **fields, "assert": demand}
    lines = [f"    {name}: {json.dumps(value)}\n" for name, value in every.items()]
    return f"  -{''.join(lines)[3:]}"


def policy(folder: Path, *rules: str, head: str = HEAD) -> None:
    write(folder, p=f"{head}custom:\n{''.join(rules)}")


def said(folder: Path, demand: str, **fields: str) -> list[str]:
    """Return what one custom rule says of the key."""
    policy(folder, custom(demand, **fields))
    return [line(item) for item in run().json["findings"] if item["rule"] == "mine"]


def refused(folder: Path, *rules: str) -> list[str]:
    policy(folder, *rules)
    with pytest.raises(PolicyError) as error:
        run()
    return str(error.value).splitlines()


# What an expression may say.


def test_key_that_does_not_fulfil_a_rule_is_found(desk: Path) -> None:
    assert said(desk, "key.exchange == 'binance'") == ["keylint.yaml:3:3: error[mine] key bot is bad; Ours."]
    assert said(desk, "key.exchange == 'kraken'") == []
    assert run().code == 0


def test_rule_speaks_only_of_the_keys_that_it_means(desk: Path) -> None:
    assert said(desk, "false", when="key.exchange == 'binance'") == []
    assert len(said(desk, "false", when="key.capabilities.exists(c, c.startsWith('trade.'))")) == 1


@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("warning", 0), ("note", 0)])
def test_severity_is_the_rules(desk: Path, severity: str, code: int) -> None:
    assert said(desk, "false", severity=severity) == [f"keylint.yaml:3:3: {severity}[mine] key bot is bad; Ours."]
    assert run().code == code


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ("permissions", "5:18"),
        ("exchange", "4:15"),
        ("labels", "6:13"),
        ("labels.ticket", "6:22"),
        ("labels.other", "6:5"),
        ("owner", "3:3"),
    ],
)
def test_finding_points_at_the_field_that_the_rule_names(desk: Path, at: str, place: str) -> None:
    assert said(desk, "false", at=at) == [f"keylint.yaml:{place}: error[mine] key bot is bad; Ours."]


def test_hint_is_the_rules_own(desk: Path) -> None:
    assert said(desk, "false", hint="ask ops") == ["keylint.yaml:3:3: error[mine] key bot is bad; ask ops"]


FULL = """\
version: 1
defaults: {owner: desk}
keys:
  bot:
    exchange: binance
    account: main-1
    account_type: sub
    account_id: "77"
    environment: testnet
    site: us
    key_id: abcd…wxyz
    label: grid
    algorithm: ed25519
    holder: [mm, ops]
    purpose: spot-trading
    permissions: [enableReading, enableSpotAndMarginTrading]
    ip_allowlist: [8.8.8.8, 9.9.9.9]
    symbols: [BTCUSDT]
    created: 2026-11-01
    expires: 2026-12-31
    reviewed: 2026-11-02T10:00:00+02:00
    status: retiring
    replaces: old
    lists: true
    labels: {ticket: OPS-1}
    notes: none
    credentials: {api_key: env:BOT_KEY, api_secret: file:/run/bot}
"""
FIELDS = {
    "exchange": "key.exchange == 'binance'",
    "name": "key.name == 'bot'",
    "account": "key.account == 'main-1'",
    "account_type": "key.account_type == 'sub'",
    "account_id": "key.account_id == '77'",
    "environment": "key.environment == 'testnet'",
    "site": "key.site == 'us'",
    "key_id": "key.key_id == 'abcd…wxyz'",
    "label": "key.label == 'grid'",
    "algorithm": "key.algorithm == 'ed25519'",
    "owner": "key.owner == 'desk'",
    "purpose": "key.purpose == 'spot-trading'",
    "status": "key.status == 'retiring'",
    "replaces": "key.replaces == 'old'",
    "notes": "key.notes == 'none'",
    "holder": "key.holder == ['mm', 'ops']",
    "permissions": "key.permissions == ['enableReading', 'enableSpotAndMarginTrading']",
    "capabilities": "'trade.spot' in key.capabilities && 'trade.margin' in key.capabilities",
    "ip_allowlist": "key.ip_allowlist == ['8.8.8.8', '9.9.9.9']",
    "symbols": "key.symbols == ['BTCUSDT']",
    "created": "key.created == timestamp('2026-11-01T00:00:00Z') && now - key.created == duration('504h')",
    "expires": "key.expires == timestamp('2026-12-31T00:00:00Z')",
    "reviewed": "key.reviewed == timestamp('2026-11-02T08:00:00Z') && key.reviewed.getHours() == 8",
    "lists": "key.lists",
    "labels": "key.labels == {'ticket': 'OPS-1'} && key.labels.ticket.matches('^OPS-[0-9]+$')",
    "credentials": "key.credentials == {'api_key': 'env:BOT_KEY', 'api_secret': 'file:/run/bot'}",
    "exchange_facts": "key.exchange_facts.title == 'Binance'",
}


@pytest.mark.parametrize("expression", FIELDS.values(), ids=FIELDS)
def test_every_field_of_a_key_is_known(desk: Path, expression: str) -> None:
    write(desk, keylint=FULL)
    assert said(desk, expression) == []
    assert len(said(desk, f"!({expression})")) == 1


def test_every_field_of_the_declaration_is_a_variable() -> None:
    schema = json.loads((Path(__file__).parents[2] / "schemas/declaration.schema.json").read_text("utf-8"))
    fields = {f"key.{name}" for name in schema["$defs"]["key"]["properties"]}
    known = types_of_key(cel.Type)
    assert fields - known.keys() == set()
    assert set(FIELDS) == {name.removeprefix("key.") for name in known if ".has_" not in name and name != "now"}


@pytest.mark.parametrize("field", FIELDS)
def test_presence_can_be_asked_of_every_field(desk: Path, field: str) -> None:
    write(desk, keylint=FULL)
    assert said(desk, f"has(key.{field})") == []


ALWAYS = ("exchange", "name", "environment", "permissions", "capabilities", "status", "exchange_facts")


@pytest.mark.parametrize("field", [name for name in FIELDS if name not in ALWAYS])
def test_what_a_key_does_not_say_is_absent(desk: Path, field: str) -> None:
    write(desk, keylint="version: 1\nkeys:\n  bot: {exchange: kraken, permissions: [read]}\n")
    assert said(desk, f"!has(key.{field})") == []


@pytest.mark.parametrize(
    "expression",
    [
        "size(key.ip_allowlist) == 0",
        "key.symbols.all(s, s == 'x')",
        "!key.holder.exists(h, h == 'mm')",
        "!('ticket' in key.labels)",
        "!has(key.labels.ticket)",
        "size(key.credentials) == 0",
        "!key.lists",
        "key.environment == 'production' && key.status == 'active'",
    ],
)
def test_absent_lists_and_maps_are_empty_and_defaults_apply(desk: Path, expression: str) -> None:
    write(desk, keylint="version: 1\nkeys:\n  bot: {exchange: kraken, permissions: [read]}\n")
    assert said(desk, expression) == []


@pytest.mark.parametrize(
    "expression",
    [
        "has( key . owner ) || true",
        "!has(key.owner) // has(key.owner)",
        "'has(key.owner)' == 'has(' + 'key.owner)'",
        '"has(key.owner)".size() == 14',
        "r'\\has(key.owner)'.size() == 15",
        "'''has(key.owner)'''.size() == 14",
        "!has(\n  key.owner\n)",
        "'it\\'s has(key.owner)'.size() == 19",
    ],
)
def test_presence_is_asked_in_code_only(desk: Path, expression: str) -> None:
    assert said(desk, expression) == []


def test_a_days_end_is_written_as_the_day(desk: Path) -> None:
    for written, moment in (("9999-12-31", "9999-12-31T00:00:00Z"), ("2026-12-31T12:00:00Z", "2026-12-31T12:00:00Z")):
        write(desk, keylint=f"{BOT}    expires: {written}\n    created: 0002-01-01\n")
        assert said(desk, f"key.expires == timestamp('{moment}') && key.created < now") == []


def test_facts_of_the_exchange_are_those_that_are_documented() -> None:
    key = key_decl("bot", {"exchange": "kraken", "permissions": []})
    assert key.facts is not None
    facts = key.facts._replace(
        addresses=Addresses(supported="yes", shown="list", cidr="no", ipv6="unknown", maximum=15),
        rights={name: Right(name, frozenset()) for name in ("b", "a")},
    )
    assert variables(key._replace(facts=facts), None, NOW)["key.exchange_facts"] == {
        "title": "Kraken",
        "inspection": "self",
        "nonce_shared": True,
        "addresses": {"supported": "yes", "shown": "list", "cidr": "no", "ipv6": "unknown", "maximum": 15},
        "rights": ["a", "b"],
    }
    unknown = facts._replace(addresses=facts.addresses._replace(maximum=None))
    assert "maximum" not in variables(key._replace(facts=unknown), None, NOW)["key.exchange_facts"]["addresses"]


def test_exchange_that_keylint_does_not_know_has_no_facts(desk: Path) -> None:
    assert said(desk, "has(key.exchange_facts) && key.exchange_facts.title == 'Kraken'") == []
    write(desk, keylint=BOT.replace("kraken", "nowhere"))
    assert said(desk, "!has(key.exchange_facts) && size(key.exchange_facts) == 0") == []


# What has no answer.

BUDGET = "[0,1,2,3,4,5,6,7,8,9]"
NO_ANSWER = {
    "absent field": ("key.owner == 'desk'", "`key.owner` is absent; ask has(key.owner) first"),
    "absent time": ("key.expires > now", "`key.expires` is absent; ask has(key.expires) first"),
    "absent entry": ("key.labels.approval == 'x'", 'key not found in map : "approval"; mend the rule: p.yaml:{}'),
    "absent fact": ("key.exchange_facts.zzz == 1", 'key not found in map : "zzz"; mend the rule: p.yaml:{}'),
    "index": ("key.permissions[7] == 'x'", "index error: index=7 size=2; mend the rule: p.yaml:{}"),
    "division": ("1 / 0 == 1", "divide by zero; mend the rule: p.yaml:{}"),
    "time": ("timestamp('soon') < now", "string to Timestamp conversion failed; mend the rule: p.yaml:{}"),
    "pattern": (
        "key.exchange.matches('(')",
        "invalid regular expression: missing ): (; mend the rule: p.yaml:{}",
    ),
    "not a boolean": ("key.exchange_facts.title", "it gives STRING, not true or false; mend the rule: p.yaml:{}"),
    "runaway": (
        "".join(f"{BUDGET}.all({x}, " for x in "abcde") + "true" + ")" * 5,
        "iteration budget exceeded; mend the rule: p.yaml:{}",
    ),
}


@pytest.mark.parametrize("severity", ["error", "warning", "note"])
@pytest.mark.parametrize(("expression", "why"), NO_ANSWER.values(), ids=NO_ANSWER)
def test_expression_without_an_answer_is_an_error_whatever_the_severity(
    desk: Path, expression: str, why: str, severity: str
) -> None:
    expected = [f"keylint.yaml:3:3: error[mine] key 'bot' could not be evaluated: {why.format(FIRST)}"]
    assert said(desk, expression, severity=severity) == expected
    assert run().code == 1
    assert said(desk, "true", when=expression, severity=severity) == expected


def test_negation_of_no_answer_is_no_answer(desk: Path) -> None:
    for expression, why in NO_ANSWER.values():
        if "not true or false" not in why:
            (text,) = said(desk, f"!({expression})")
            assert text.endswith(why.format(FIRST))


def test_no_answer_of_one_rule_hides_no_other(desk: Path) -> None:
    policy(desk, custom("1 / 0 == 1"), custom("false", rule="other"))
    assert [item["rule"] for item in run().json["findings"]] == ["mine", "other"]


def test_what_the_verdict_does_not_need_may_be_absent(desk: Path) -> None:
    assert said(desk, "key.owner == 'desk' || key.exchange == 'kraken'") == []
    assert said(desk, "key.owner == 'desk'", when="has(key.owner)") == []
    assert len(said(desk, "has(key.owner) && key.owner == 'desk'")) == 1


def test_key_with_a_broken_field_is_judged_by_the_others(desk: Path) -> None:
    write(desk, keylint=BOT.replace("{ticket: OPS-1}", "[1]"))
    assert said(desk, "size(key.labels) == 0") == []


def test_key_whose_exchange_cannot_be_read_is_said_to_be_broken_and_no_more(desk: Path) -> None:
    write(desk, keylint=BOT.replace("exchange: kraken", "exchange: 5"))
    policy(desk, custom("false", when="key.exchange == 'kraken'"))
    assert [item["rule"] for item in run().json["findings"]] == ["schema"]


# What does not compile.

PLACED = {
    "plain": ("    assert: key.ownr == 'x'\n", 0, 13),
    "plain, later": ("    assert: key.exchange == 'x' && key.ownr == 'x'\n", 0, 36),
    "double-quoted": ("    assert: \"key.ownr == 'x'\"\n", 0, 14),
    "double-quoted with escapes": ('    assert: "\\"\\u00e9\\x41\\t\\"  != key.ownr"\n', 0, 35),
    "single-quoted": ("    assert: 'key.ownr == \"x\"'\n", 0, 14),
    "single-quoted with quotes": ("    assert: '''it'' == key.ownr'\n", 0, 24),
    "literal": ("    assert: |\n      key.exchange == 'x' &&\n        key.ownr == 'x'\n", 2, 9),
    "literal with a comment and blank lines": (
        "    assert: |-  # why\n\n      true &&\n\n      key.ownr == 'x'\n",
        4,
        7,
    ),
    "folded": ("    assert: >-\n      key.exchange == 'x'\n      && key.ownr == 'x'\n", 2, 10),
    "plain over lines": ("    assert: key.exchange == 'x'\n      && key.ownr == 'x'\n", 1, 10),
    "quoted over lines": ("    assert: \"key.exchange == 'x' \\\n      \\ && key.ownr == 'x'\"\n", 1, 12),
    "anchored": ("    assert: &a key.ownr == 'x'\n", 0, 16),
    "tagged": ("    assert: !!str key.ownr == 'x'\n", 0, 19),
    "wide characters": ("    assert: \"'é😀' == key.ownr\"\n", 0, 22),
    "two blanks": ("    assert:    key.ownr == 'x'\n", 0, 16),
}


@pytest.mark.parametrize(("field", "line", "column"), PLACED.values(), ids=PLACED)
def test_misspelt_field_is_placed_exactly(desk: Path, field: str, line: int, column: int) -> None:
    head = f"{HEAD}custom:\n  - rule: mine\n    description: Ours.\n    message: no good\n"
    write(desk, p=head + field)
    with pytest.raises(PolicyError) as error:
        run()
    place = f"p.yaml:{head.count(chr(10)) + 1 + line}:{column}"
    assert str(error.value) == (
        f"{place}: `assert` of mine: undeclared reference to 'key.ownr'; did you mean `key.owner`?"
    )
    text = (desk / "p.yaml").read_text().splitlines()[head.count("\n") + line]
    assert text[column - 1 :].startswith("key.ownr")


def test_alias_is_placed_where_it_is_written(desk: Path) -> None:
    write(
        desk,
        p=f"{HEAD}custom:\n"
        "  - {rule: one, description: d, message: m, assert: &a key.ownr == 'x'}\n"
        "  - {rule: two, description: d, message: m, assert: *a}\n",
    )
    with pytest.raises(PolicyError) as error:
        run()
    assert [text.split(" of ")[0] for text in str(error.value).splitlines()] == [f"p.yaml:{FIRST}:56: `assert`"] * 2


@pytest.mark.parametrize(
    ("expression", "column", "why"),
    [
        ("key.owner == 1", 11, "found no matching overload for '_==_' applied to '(string, int)'"),
        (
            "key.created > '2026'",
            13,
            "found no matching overload for '_>_' applied to '(google.protobuf.Timestamp, string)'",
        ),
        ("size(key.ip_allowlist)", 1, "it gives INT, not true or false"),
        ("key.owner", 1, "it gives STRING, not true or false"),
        ("key.owner ==", 13, "Syntax error: mismatched input '<EOF>'"),
        ("", None, "`assert` is empty"),
        ("   ", 0, "Syntax error: mismatched input '<EOF>'"),
        ("key", 1, "undeclared reference to 'key'"),
        ("owner == 'x'", 1, "undeclared reference to 'owner'; did you mean `key.owner`?"),
        ("has(key.ownr)", 5, "undeclared reference to 'key.ownr'; did you mean `key.owner`?"),
        ("has(key.owner) == 'x'", 16, "found no matching overload for '_==_' applied to '(bool, string)'"),
        ("live.permision == []", 1, "undeclared reference to 'live.permision'; did you mean `live.permissions`?"),
        ("key.owner.lower() == 'x'", 16, "undeclared reference to 'lower'"),
        ("__import__('os').system('id')", 11, "undeclared reference to '__import__'"),
        ("(" * 50 + "true" + ")" * 50, 1, "Expression recursion limit exceeded. limit: 32"),
        ("true" + " == true" * 50, 1, "Exceeded max recursion depth of 32 when parsing."),
        ("!" * 100_001 + "true", 1, "expression size exceeds codepoint limit. input size: 100005, limit: 100000"),
        ("@", 1, "Syntax error: token recognition error at: '@'"),
    ],
)
def test_expression_that_means_nothing_is_refused(desk: Path, expression: str, column: int | None, why: str) -> None:
    at = f"p.yaml:{FIRST + 3}:"
    (first, *_) = refused(desk, custom(expression))
    if column is None:
        assert first.startswith(f"{at}13: {why}")
    else:
        assert first == f"{at}{column + 13}: `assert` of mine: {why}"


def test_every_expression_that_means_nothing_is_said_at_once(desk: Path) -> None:
    lines = refused(desk, custom("key.a", when="key.b"), custom("key.c", rule="other"))
    assert [text.partition(":")[2].partition(" undeclared")[0] for text in lines] == [
        f"{FIRST + 3}:12: `when` of mine:",
        f"{FIRST + 4}:14: `assert` of mine:",
        f"{FIRST + 8}:14: `assert` of other:",
    ]


def test_broken_expression_stops_also_a_run_over_keys_that_it_does_not_mean(desk: Path) -> None:
    assert refused(desk, custom("key.zzz", when="key.exchange == 'nowhere'"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rule": "no-withdraw"}, "p.yaml:{}:11: 'no-withdraw' is a built-in rule; give yours another name"),
        ({"rule": "Mine"}, "p.yaml:{}:11: `rule` cannot be 'Mine'; The rule's name"),
        ({"at": "lables"}, "p.yaml:{3}:9: a key has no field 'lables'; did you mean `labels`?"),
        ({"at": "owner.x"}, "p.yaml:{3}:9: a key has no field 'owner.x'; did you mean `owner`?"),
        ({"at": "zzz"}, "p.yaml:{3}:9: a key has no field 'zzz'; fields are: exchange, account"),
        ({"severity": "off"}, "p.yaml:{3}:15: `severity` cannot be 'off'"),
        ({"severity": "fatal"}, "p.yaml:{3}:15: `severity` cannot be 'fatal'"),
        ({"message": ""}, "p.yaml:{2}:14: `message` is empty"),
        ({"asert": "true"}, "p.yaml:{3}:5: unknown field 'asert'; did you mean `assert`?"),
    ],
)
def test_malformed_custom_rule_is_refused_with_its_place(desk: Path, fields: dict[str, str], said: str) -> None:
    places = [FIRST + number for number in range(5)]
    (text,) = refused(desk, custom("true", **fields))
    assert text.startswith(said.format(*places))


def test_two_custom_rules_of_one_name_are_refused(desk: Path) -> None:
    assert refused(desk, custom("true"), custom("false")) == [
        f"p.yaml:{FIRST + 4}:11: custom rule 'mine' is written twice; rename one of the two"
    ]


def test_later_policy_replaces_a_custom_rule_of_the_same_name(desk: Path) -> None:
    write(desk, base=f"{HEAD}custom:\n{custom('false')}")
    policy(desk, custom("false", message="key {name} is worse"), head="version: 1\nextends: [base.yaml]\n")
    assert [line(item) for item in run().json["findings"]] == ["keylint.yaml:3:3: error[mine] key bot is worse; Ours."]


# Messages.


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("{name} at {exchange}", "bot at kraken"),
        ("{permissions} {capabilities}", "read, trade.spot read, trade.spot"),
        ("{labels.ticket}|{labels.other}|{labels}", "OPS-1||ticket: OPS-1"),
        ("{owner}{created}", ""),
        ("{created}", ""),
        ("{zzz} {} {0} {name!r} {{name}} {a.b.c}", "{zzz} {} {0} {name!r} {bot} {a.b.c}"),
        ("like ^[A-Z]{3}$, {", "like ^[A-Z]{3}$, {"),
        ("%s %(name)s ${name}", "%s %(name)s $bot"),
        (
            "{credentials} {credentials.api_secret} {exchange_facts}",
            "{credentials} {credentials.api_secret} {exchange_facts}",
        ),
        ("{live.permissions} {name.x} {__class__}", "{live.permissions} {name.x} {__class__}"),
        ("{status} {environment} {lists}", "active production false"),
    ],
)
def test_message_is_filled(desk: Path, message: str, text: str) -> None:
    assert said(desk, "false", message=message)[0].split("] ", 1)[1].removesuffix("; Ours.") == text


def test_a_misspelt_field_in_a_message_is_refused(desk: Path) -> None:
    assert refused(desk, custom("true", message="{owner} of {nmae}, {ownr}")) == [
        f"p.yaml:{FIRST + 2}:14: a key has no field 'nmae'; did you mean `name`?",
        f"p.yaml:{FIRST + 2}:14: a key has no field 'ownr'; did you mean `owner`?",
    ]


def test_times_are_filled_in_as_days_or_instants(desk: Path) -> None:
    write(desk, keylint=f"{BOT}    created: 2026-11-01\n    reviewed: 2026-11-02T08:30:00Z\n    expires: 2026-12-31\n")
    (text,) = said(desk, "false", message="{created} {reviewed} {expires}")
    assert text == "keylint.yaml:3:3: error[mine] 2026-11-01 2026-11-02T08:30:00+00:00 2026-12-31; Ours."


def test_hostile_text_in_a_message_is_shown_harmless(desk: Path) -> None:
    write(desk, keylint=f'{BOT}    notes: "a\\n::error::x\\u202e\\e[31m{{name}}"\n')
    policy(desk, custom("false", message="{notes}"))
    out = keylint("check", "--policy", "p.yaml", *AT, "-q").out
    assert out == "keylint.yaml:3:3: error[mine] a\\n::error::x\\u202e\\x1b[31m{name}\n"


# Secrets.

LEAKS = (
    "key.labels[key.credentials.api_secret] == 'x'",
    "timestamp(key.credentials.api_secret) < now",
    "key.owner.matches('(' + key.credentials.api_secret)",
    "key.exchange.matches('(' + key.credentials.api_secret)",
    "int(key.credentials.api_secret) == 1",
    "duration(key.credentials.api_secret) > duration('1h')",
    "{'a': 1}[key.credentials.api_secret] == 1",
    "key.exchange_facts[key.credentials.api_secret] == 1",
    "key.credentials.api_secret == 'x'",
    "key.credentials.exists(k, key.credentials[k] == 'x')",
)


@pytest.mark.parametrize("at", ["", "credentials", "credentials.api_secret"])
@pytest.mark.parametrize("expression", LEAKS)
@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_value_of_a_credential_never_comes_out(desk: Path, expression: str, at: str, form: str) -> None:
    write(desk, keylint=f"{BOT}    credentials: {{api_secret: {SECRET}}}\n")
    fields = {"message": "{credentials} {credentials.api_secret} {name}", **({"at": at} if at else {})}
    policy(desk, custom(expression, **fields))
    ran = keylint("check", "--policy", "p.yaml", *AT, "-v", "--format", form)
    assert "mine" in ran.out
    assert SECRET not in ran.out + ran.err


def test_fingerprint_does_not_tell_one_short_secret_from_another(desk: Path) -> None:
    policy(desk, custom("false", at="credentials"))
    prints = []
    for secret in ("1234", "5678"):
        write(desk, keylint=f"{BOT}    credentials: {{api_secret: '{secret}'}}\n")
        prints.append(fingerprint("mine"))
    assert prints[0] == prints[1]


def test_reference_is_seen_as_it_is_written(desk: Path) -> None:
    write(desk, keylint=f"{BOT}    credentials: {{api_key: env:BOT, api_secret: {SECRET}, passphrase: 5}}\n")
    assert said(desk, "key.credentials.api_key == 'env:BOT' && !key.credentials.api_secret.startsWith('env:')") == []


# Fingerprints.


def test_waiver_of_a_custom_rule_rests_on_what_the_rule_speaks_of(desk: Path) -> None:
    policy(desk, custom("'approval' in key.labels", when="'trade.spot' in key.capabilities"))
    first = fingerprint("mine")
    write(desk, keylint=BOT.replace("[read, trade.spot]", "[trade.spot, read]") + "    owner: desk\n")
    assert fingerprint("mine") == first
    write(desk, keylint=BOT.replace("[read, trade.spot]", "[read, trade.spot, trade.margin]"))
    assert fingerprint("mine") != first


def test_field_that_is_pointed_at_decides_alone(desk: Path) -> None:
    policy(desk, custom("'approval' in key.labels", when="'trade.spot' in key.capabilities", at="labels"))
    first = fingerprint("mine")
    write(desk, keylint=BOT.replace("[read, trade.spot]", "[read, trade.spot, trade.margin]"))
    assert fingerprint("mine") == first
    write(desk, keylint=BOT.replace("OPS-1", "OPS-2"))
    assert fingerprint("mine") != first


def test_fingerprints_of_custom_rules_are_pinned(desk: Path) -> None:
    policy(desk, custom("false"))
    assert fingerprint("mine") == "1a830d493aa12a94"
    policy(desk, custom("key.created < now && key.labels.ticket == ''", when="has(key.created)"))
    write(desk, keylint=f"{BOT}    created: 2026-11-01\n")
    assert fingerprint("mine") == "55b9a5302a1c966f"


# The engine.


def test_expressions_are_compiled_once_a_run(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = "".join(f"  bot{number}: {{exchange: kraken, permissions: [read]}}\n" for number in range(50))
    write(desk, keylint=f"version: 1\nkeys:\n{keys}")
    policy(desk, custom("false"), custom("true", rule="other", when="key.exchange == 'kraken'"))
    made: list[str] = []
    real = cel.NewEnv

    class Counting:
        def __init__(self, **options: Any) -> None:
            self._env = real(**options)
            self.Activation = self._env.Activation

        def compile(self, text: str) -> Any:
            made.append(text)
            return self._env.compile(text)

    monkeypatch.setattr(cel, "NewEnv", Counting)
    assert run().json["summary"]["error"] == 50
    assert made == ["true", "false", "key.exchange == 'kraken'", "true"]


@pytest.fixture
def without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)


@pytest.mark.usefixtures("without_engine")
@pytest.mark.parametrize("command", ["check", "diff"])
def test_without_the_engine_a_policy_with_custom_rules_is_refused(desk: Path, command: str) -> None:
    policy(desk, custom("true"))
    with pytest.raises(PolicyError) as error:
        run(command=command)
    assert str(error.value) == f"p.yaml:{FIRST}:11: {INSTALL}"
    assert INSTALL == 'custom rules need the CEL engine: pip install "keylint[cel]"'


@pytest.mark.usefixtures("without_engine")
def test_without_the_engine_other_policies_work(desk: Path) -> None:
    write(desk, p=HEAD)
    assert run().code == 0
    assert keylint("policies", "compare", "p.yaml", "p.yaml").code == 0


def test_policy_without_custom_rules_does_not_load_the_engine(desk: Path) -> None:
    write(desk, p=HEAD)
    code = (
        "import sys\nfrom keylint.cli.main import main\nsys.argv = ['keylint', 'check', '--policy', 'p.yaml']\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    print(ended.code, 'cel_expr_python' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=desk, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"


def test_no_custom_rules_compile_to_none() -> None:
    assert compile_rules(()) == []


def test_variables_of_key_and_live_are_told_apart() -> None:
    key, live = types_of_key(cel.Type), types_of_live(cel.Type)
    assert {name.partition(".")[0] for name in key} == {"key", "now"}
    assert {name.partition(".")[0] for name in live} == {"live"}
