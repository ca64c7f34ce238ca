"""What is wrong with the form of a declaration is said once, at the exact value, with what to do."""

import pytest

from keylint.model.finding import Finding
from tests.running import found

KEY = "version: 1\nkeys:\n  bot:\n    exchange: binance\n    permissions: [read]\n"
Said = tuple[int, int, int, str, str]


def said(finding: Finding) -> Said:
    """Return line, column, end column, message and hint."""
    span = finding.span
    assert finding.rule == "schema"
    assert span.line == span.end_line
    return span.line, span.column, span.end_column, finding.message, finding.hint


EXCHANGE = (
    "The exchange that issued the key, by keylint's name for it (see `keylint exchanges`), such as binance, kraken or"
    " bybit."
)
SLUG = "start with a small letter or a digit; then small letters, digits, `.`, `_` and `-`"
VERSION = "The version of this format: 1."
THE_KEYS = "The keys, by name. A name is unique over all files of a run."
OWNER = "The team or person who answers for the key."
FIELDS = [
    # Unknown and misspelt names.
    ("ip_alowlist: []", (6, 5, 16, "unknown field 'ip_alowlist'", "did you mean `ip_allowlist`?")),
    ("Exchange: x", (6, 5, 13, "unknown field 'Exchange'", "did you mean `exchange`?")),
    ("credentials: {api_sekret: env:X}", (6, 19, 29, "unknown field 'api_sekret'", "did you mean `api_secret`?")),
    # Types.
    ("permissions: read", (6, 18, 22, "`permissions` is a text, not a list: 'read'", None)),
    ("ip_allowlist: 7", (6, 19, 20, "`ip_allowlist` is a number, not a list: 7", None)),
    ("symbols: {a: b}", (6, 14, 20, "`symbols` is a mapping, not a list", None)),
    ("ip_allowlist: [[a]]", (6, 20, 23, "this entry is a list, not a text", "")),
    ("permissions: [read, 5]", (6, 25, 26, "this entry is a number, not a text: 5", "quote it")),
    ("account_id: 123456", (6, 17, 23, "`account_id` is a number, not a text: 123456", "quote it")),
    ("account_id: 1.50", (6, 17, 21, "`account_id` is a number, not a text: 1.5", "quote it")),
    ("label: true", (6, 12, 16, "`label` is true or false, not a text: true", "quote it")),
    ("owner:", (6, 5, 10, "`owner` is empty, not a text", OWNER)),
    ("owner: ~", (6, 12, 13, "`owner` is empty, not a text", OWNER)),
    ("lists: 'yes'", (6, 12, 17, "`lists` is a text, not true or false: 'yes'", None)),
    ("holder: 7", (6, 13, 14, "`holder` is a number, not a text or a list: 7", "quote it")),
    ("holder: [a, 7]", (6, 17, 18, "this entry is a number, not a text: 7", "quote it")),
    ("labels: [a]", (6, 13, 16, "`labels` is a list, not a mapping", None)),
    ("labels: {ticket: 123}", (6, 22, 25, "`ticket` is a number, not a text: 123", "quote it")),
    ("status: [active]", (6, 13, 21, "`status` is a list, not a text", None)),
    ("created: {day: 1}", (6, 14, 22, "`created` is a mapping, not a text", None)),
    ("notes: [a]", (6, 12, 15, "`notes` is a list, not a text", "Free text for the people who read this file.")),
    # Empty.
    ("owner: ''", (6, 12, 14, "`owner` is empty", OWNER)),
    ("holder: []", (6, 13, 15, "`holder` is empty", None)),
    ("holder: ''", (6, 13, 15, "`holder` is empty", None)),
    ("ip_allowlist: ['']", (6, 20, 22, "this entry is empty", "")),
    # One of several.
    (
        "status: actve",
        (6, 13, 18, "`status` cannot be 'actve'", "did you mean `active`? allowed: planned, active, retiring, revoked"),
    ),
    (
        "environment: Prodution",
        (
            6,
            18,
            27,
            "`environment` cannot be 'Prodution'",
            "did you mean `production`? allowed: production, testnet, demo",
        ),
    ),
    (
        "algorithm: HMAC",
        (6, 16, 20, "`algorithm` cannot be 'HMAC'", "did you mean `hmac`? allowed: hmac, rsa, ed25519, ecdsa"),
    ),
    ("account_type: x", (6, 19, 20, "`account_type` cannot be 'x'", "allowed: main, sub")),
    # Patterns.
    ("site: EEA", (6, 11, 14, "`site` cannot be 'EEA'", None)),
    ("created: yesterday", (6, 14, 23, "`created` cannot be 'yesterday'", None)),
    ("created: 2026-13-01", (6, 14, 24, "`created` cannot be '2026-13-01'", None)),
    ("created: 2026-09-01T25:00:00Z", (6, 14, 34, "`created` cannot be '2026-09-01T25:00:00Z'", None)),
    ("created: 2026-09-01T08:00:00", (6, 14, 33, "`created` cannot be '2026-09-01T08:00:00'", None)),
    ('created: "2026-09-01\\n"', (6, 14, 28, r"`created` cannot be '2026-09-01\n'", None)),
    ('owner: "desk\\n"', (6, 12, 20, r"`owner` cannot be 'desk\n'", None)),
    ('label: "a\\u202eb"', (6, 12, 22, r"`label` cannot be 'a\u202eb'", None)),
    ('label: "a\\u200bb"', (6, 12, 22, r"`label` cannot be 'a\u200bb'", None)),
    ('label: "\\x1b[31m"', (6, 12, 22, r"`label` cannot be '\x1b[31m'", None)),
    (
        'labels: {"a\\u202e": b}',
        (6, 14, 23, r"bad name 'a\u202e'", "no control, bidirectional or zero-width characters"),
    ),
    # The calendar.
    ("created: 2026-02-30", (6, 14, 24, "`created` is no day of the calendar: '2026-02-30'", "")),
    ("expires: 0000-01-01", (6, 14, 24, "`expires` is no day of the calendar: '0000-01-01'", "")),
    ("reviewed: 2026-02-29T08:00Z", (6, 15, 32, "`reviewed` is no day of the calendar: '2026-02-29T08:00Z'", "")),
    # Read as something else.
    ("label: no", (6, 12, 14, "'no' reads differently in YAML 1.1 and YAML 1.2", 'quote it: "no"')),
    ("status: on", (6, 13, 15, "'on' reads differently in YAML 1.1 and YAML 1.2", 'quote it: "on"')),
    ("account_id: 00123", (6, 17, 22, "'00123' reads differently in YAML 1.1 and YAML 1.2", 'quote it: "00123"')),
    ("ip_allowlist: 012", (6, 19, 22, "'012' reads differently in YAML 1.1 and YAML 1.2", 'quote it: "012"')),
    ("created: 012", (6, 14, 17, "'012' reads differently in YAML 1.1 and YAML 1.2", 'quote it: "012"')),
    ("1: x", (6, 5, 6, "name '1' is read as a number by YAML", 'quote it: "1"')),
    ("no: x", (6, 5, 7, "name 'no' is read as a boolean or a number by YAML", 'quote it: "no"')),
    ("labels: {null: x}", (6, 14, 18, "name 'null' is read as null by YAML", 'quote it: "null"')),
]


@pytest.mark.parametrize(("line", "expected"), FIELDS, ids=[line for line, _ in FIELDS])
def test_field_of_a_wrong_form_is_one_finding(line: str, expected: tuple[int, int, int, str, str | None]) -> None:
    text = KEY.replace("    permissions: [read]\n", "\n") if line.startswith("permissions") else KEY
    (finding,) = found(f"{text}    {line}\n", [])
    assert said(finding)[:4] == expected[:4]
    if expected[4] is None:
        assert finding.hint.endswith(".")  # the field's description
    else:
        assert finding.hint == expected[4]
    assert (finding.key, finding.path[:2]) == ("bot", ("keys", "bot"))


KEYS = [
    ("bot: 7", (3, 8, 9, "`bot` is a number, not a mapping: 7", "One API key.")),
    ("bot:", (3, 3, 6, "`bot` is empty, not a mapping", "One API key.")),
    ("bot: [a]", (3, 8, 11, "`bot` is a list, not a mapping", "One API key.")),
    ("bot: {permissions: []}", (3, 3, 6, "`exchange` is missing", "add `exchange:`")),
    ("bot: {exchange: okx}", (3, 3, 6, "`permissions` is missing", "add `permissions:`")),
    ("Bot: {exchange: okx, permissions: []}", (3, 3, 6, "bad name 'Bot'", SLUG)),
    ("-bot: {exchange: okx, permissions: []}", (3, 3, 7, "bad name '-bot'", SLUG)),
    ("a b: {exchange: okx, permissions: []}", (3, 3, 6, "bad name 'a b'", SLUG)),
    ("'': {exchange: okx, permissions: []}", (3, 3, 5, "bad name ''", SLUG)),
    ('"bot\\n": {exchange: okx, permissions: []}', (3, 3, 10, r"bad name 'bot\n'", SLUG)),
    ('"b\\u202eot": {exchange: okx, permissions: []}', (3, 3, 14, r"bad name 'b\u202eot'", SLUG)),
    ("123: {exchange: okx, permissions: []}", (3, 3, 6, "name '123' is read as a number by YAML", 'quote it: "123"')),
    ("-1: {exchange: okx, permissions: []}", (3, 3, 5, "name '-1' is read as a number by YAML", 'quote it: "-1"')),
    (
        "true: {exchange: okx, permissions: []}",
        (3, 3, 7, "name 'true' is read as a boolean by YAML", 'quote it: "true"'),
    ),
    (
        "NO: {exchange: okx, permissions: []}",
        (3, 3, 5, "name 'NO' is read as a boolean or a number by YAML", 'quote it: "NO"'),
    ),
    ("~: {exchange: okx, permissions: []}", (3, 3, 4, "name '~' is read as null by YAML", 'quote it: "~"')),
    (
        f"{'a' * 101}: {{exchange: okx, permissions: []}}",
        (3, 3, 104, f"name '{'a' * 39}…' is too long", "100 characters at most"),
    ),
    ("bot: {exchange: '', permissions: []}", (3, 19, 21, "`exchange` is empty", EXCHANGE)),
    ("bot: {exchange: Binance, permissions: []}", (3, 19, 26, "`exchange` cannot be 'Binance'", EXCHANGE)),
    ('bot: {exchange: "binance\\n", permissions: []}', (3, 19, 30, r"`exchange` cannot be 'binance\n'", EXCHANGE)),
]


@pytest.mark.parametrize(("line", "expected"), KEYS, ids=[line[:30] for line, _ in KEYS])
def test_key_of_a_wrong_form_is_one_finding(line: str, expected: Said) -> None:
    assert list(map(said, found(f"version: 1\nkeys:\n  {line}\n", []))) == [expected]


TOPS = [
    ("keys: {}\n", (1, 1, 1, "`version` is missing", "add `version:`")),
    ("version: 1\n", (1, 1, 1, "`keys` is missing", "add `keys:`")),
    ("version: 2\nkeys: {}\n", (1, 10, 11, "`version` cannot be 2", "allowed: 1")),
    ("version: '1'\nkeys: {}\n", (1, 10, 13, "`version` is a text, not a whole number: '1'", VERSION)),
    ("version: true\nkeys: {}\n", (1, 10, 14, "`version` is true or false, not a whole number: true", VERSION)),
    ("version: 1.5\nkeys: {}\n", (1, 10, 13, "`version` is a number, not a whole number: 1.5", VERSION)),
    ("version: 01\nkeys: {}\n", (1, 10, 12, "'01' reads differently in YAML 1.1 and YAML 1.2", 'quote it: "01"')),
    ("version:\nkeys: {}\n", (1, 1, 8, "`version` is empty, not a whole number", VERSION)),
    ("version: 1\nkeys: []\n", (2, 7, 9, "`keys` is a list, not a mapping", THE_KEYS)),
    ("version: 1\nkeys:\n", (2, 1, 5, "`keys` is empty, not a mapping", THE_KEYS)),
    ("version: 1\nkeys: {}\nkeyz: {}\n", (3, 1, 5, "unknown field 'keyz'", "did you mean `keys`?")),
    ("version: 1\nkeys: {}\nxyzzy: {}\n", (3, 1, 6, "unknown field 'xyzzy'", "known are: version, defaults, keys")),
    ("version: 1\nkeys: {}\n<<: {}\n", (3, 1, 3, "unknown field '<<'", "known are: version, defaults, keys")),
    ("version: 1\nkeys: {}\n7: {}\n", (3, 1, 2, "name '7' is read as a number by YAML", 'quote it: "7"')),
    (
        "version: 1\ndefaults: []\nkeys: {}\n",
        (
            2,
            11,
            13,
            "`defaults` is a list, not a mapping",
            "Fields that every key of this file takes unless it says otherwise.",
        ),
    ),
    ("version: 1\ndefaults: {key_id: x}\nkeys: {}\n", (2, 12, 18, "unknown field 'key_id'", None)),
    ("version: 1\ndefaults: {ownr: x}\nkeys: {}\n", (2, 12, 16, "unknown field 'ownr'", "did you mean `owner`?")),
    (
        "version: 1\ndefaults: {created: 2026-02-30}\nkeys: {}\n",
        (2, 21, 31, "`created` is no day of the calendar: '2026-02-30'", ""),
    ),
    (
        "version: 1\ndefaults: {created: 012}\nkeys: {}\n",
        (2, 21, 24, "'012' reads differently in YAML 1.1 and YAML 1.2", 'quote it: "012"'),
    ),
]


@pytest.mark.parametrize(("text", "expected"), TOPS)
def test_file_of_a_wrong_form_is_one_finding(text: str, expected: tuple[int, int, int, str, str | None]) -> None:
    (finding,) = found(text, [])
    assert said(finding)[:4] == expected[:4]
    if expected[4] is None:
        assert finding.hint.startswith("known are: exchange, ")
    else:
        assert finding.hint == expected[4]
    assert finding.key is None


@pytest.mark.parametrize(
    "line",
    [
        "created: 2026-09-01",
        "created: 2026-09-01T08:00:00Z",
        "created: 2026-09-01t08:00:00z",
        "created: 2026-09-01 08:00+05:30",
        "created: 2026-09-01T08:00:00.5-0800",
        "expires: 9999-12-31",
        "holder: bot",
        "holder: [bot, other]",
        "permissions: []",
        "account_id: '0123'",
        "account_id: 12345678901234567890",
        "label: ''",
        'label: "no"',
        'notes: "anything\\0 at all \\u202e\\n"',
        "labels: {}",
        "credentials: {}",
        "lists: true",
        "'owner': x",
        "<<: {owner: x}",
        "symbols: [é, 鍵]",
    ],
)
def test_right_form_is_no_finding(line: str) -> None:
    text = KEY.replace("    permissions: [read]\n", "\n") if line.startswith("permissions") else KEY
    assert found(f"{text}    {line}\n", []) == []


def test_fields_that_begin_with_x_are_for_anchors_and_not_judged() -> None:
    assert found("version: 1\nx-hosts: &h [1, {a: no way}]\nx-: 1\nkeys: {}\n", []) == []


def test_findings_in_a_long_list_stand_at_each_entry() -> None:
    entries = [*("a" for _ in range(10)), "1", "b", "2"]
    findings = found(f"{KEY}    symbols: [{', '.join(entries)}]\n", [])
    assert [finding.message for finding in findings] == [f"this entry is a number, not a text: {n}" for n in (1, 2)]
    assert [finding.path[-1] for finding in findings] == [10, 12]


def test_findings_come_in_the_order_of_a_list() -> None:
    from keylint.load.schema import Schema  # noqa: PLC0415 - the rest of the file does without

    data = {"version": 1, "keys": {"a": {"exchange": "x", "permissions": [1] * 12}}}
    assert [problem.path[-1] for problem in Schema("declaration").explain(data)] == list(range(12))
