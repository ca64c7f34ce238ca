"""What no snippet shows."""

import pytest

from keylint.load.hide import Hidden
from keylint.model.source import Source, Span


def hidden(text: str) -> Hidden:
    return Hidden(Source("k.yaml", text.encode()))


def test_region_is_hidden_on_one_line_and_over_several() -> None:
    text = "a: one\nb: two\n  three\n  four # five\n"
    shown = hidden(text)
    shown.add(Span(1, 4, 1, 7))
    shown.add(Span(2, 4, 4, 7))
    lines = [shown.line(line, number) for number, line in enumerate(text.splitlines(), 1)]
    assert lines == ["a: •••", "b: •••", "•••••••", "•••••• # five"]


def test_regions_may_be_added_in_any_order_may_overlap_and_may_come_later() -> None:
    shown = hidden("")
    line = "0123456789"
    shown.add(Span(1, 7, 1, 9))
    assert shown.line(line, 1) == "012345••89"
    shown.add(Span(1, 2, 1, 4))
    shown.add(Span(1, 3, 1, 5))
    shown.add(Span(1, 7, 1, 9))
    shown.add(Span(2, 1, 9, 1))
    shown.add(Span(3, 1, 4, 1))
    assert shown.line(line, 1) == "0•••45••89"
    assert shown.line(line, 8) == "••••••••••"
    assert shown.line(line, 9) == line


NAMED = [
    ("api_secret: hunter2", "api_secret: •••••••"),
    ("  passphrase:   correct horse, battery # x", "  passphrase:   ••••••••••••••••••••••••••"),
    ("{api_key: env:A, api_secret: hunter2, exchange: okx}", "{api_key: env:A, api_secret: •••••••••••••••••••••••"),
    ('"apiSecret": "hunter2"', '"apiSecret": •••••••••'),
    ("'PASSWORD' : x", "'PASSWORD' : •"),
    ("credentials: hunter2", "credentials: •••••••"),
    ("credentials: [hunter2]", "credentials: •••••••••"),
    ("credentials: {x: y}", "credentials: {x: ••"),
    ("credentials: {x: env:A}, y: z}", "credentials: {x: env:A}, y: z}"),
    ("{credentials: {x: file:/a}, y: z, otp: 1}", "{credentials: {x: file:/a}, y: z, otp: ••"),
    ("credentials: {", "credentials: {"),
    ("credentials: {x: env:A, y: z", "credentials: {x: env:A, y: •"),
    ("token: {a: b}", "token: ••••••"),
    ("api_secret:hunter2", "api_secret:•••••••"),
    ("credentials: {otp: 123456}", "credentials: {otp: •••••••"),
    ("credentials:", "credentials:"),
    ("credentials:  ", "credentials:  "),
    ("api_key: env:MM_BOT_KEY", "api_key: env:MM_BOT_KEY"),
    ("api_key: env:MM_BOT_KEY  # the key", "api_key: env:MM_BOT_KEY  # the key"),
    ("{api_key: env:A, otp: 'env:B'}", "{api_key: env:A, otp: 'env:B'}"),
    ("api_key: env:MM_BOT_KEY hunter2", "api_key: ••••••••••••••••••••••"),
    ("private_key: file:/run/secrets/x", "private_key: file:/run/secrets/x"),
    ("private_key: &a hunter2", "private_key: ••••••••••"),
    ("private_key: |", "private_key: •"),
    ("# password: hunter2", "# password: •••••••"),
    ("bot_token: x:y", "bot_token: •••"),
    ("key_id: abcdef…vwxyz", "key_id: abcdef…vwxyz"),
    ("owner: the token desk", "owner: the token desk"),
    ("permissions: [read]", "permissions: [read]"),
]


@pytest.mark.parametrize(("line", "shown"), NAMED)
def test_value_behind_a_telling_name_is_hidden_to_the_end_of_its_line(line: str, shown: str) -> None:
    assert hidden(line).line(line, 1) == shown
    assert len(shown) == len(line)


def test_secret_is_hidden_by_its_form_on_any_line() -> None:
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    line = f"  key_id: {secret}  # and more"
    assert hidden(line).line(line, 1) == f"  key_id: {'•' * 64}  # and more"


def test_private_key_is_hidden_on_all_of_its_lines() -> None:
    text = "notes: |\n  -----BEGIN PRIVATE KEY-----\n  MC4CAQ\n  h5f=\n  -----END PRIVATE KEY----- ok\nlabel: x\n"
    shown = hidden(text)
    lines = [shown.line(line, number) for number, line in enumerate(text.splitlines(), 1)]
    assert lines == ["notes: |", f"  {'•' * 27}", "••••••••", "••••••", f"{'•' * 27} ok", "label: x"]


def test_from_the_first_telling_name_in_unread_lines_on_nothing_is_shown() -> None:
    text = "a: secret\nb: x\nc: y\n  credentials: {\nd: hunter2: z\n"
    shown = hidden(text)
    shown.add_unread(2)
    lines = [shown.line(line, number) for number, line in enumerate(text.splitlines(), 1)]
    assert lines == ["a: secret", "b: x", "c: y", "  •••••••••••• •", "•• •••••••• •"]


def test_unread_lines_without_a_telling_name_are_shown() -> None:
    shown = hidden("a: secret\nb: x\n")
    shown.add_unread(2)
    assert shown.line("b: x", 2) == "b: x"
    shown.add_unread(9)
    assert shown.line("b: x", 2) == "b: x"


def test_line_is_concealed_once_however_many_findings_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    from keylint.load import hide  # noqa: PLC0415 - the rest of the file does without

    calls: list[str] = []

    def count(text: str, **_: bool) -> str:
        calls.append(text)
        return text

    monkeypatch.setattr(hide, "conceal", count)
    shown = hidden("a\nb\n")
    assert [shown.line("a", 1), shown.line("b", 2), shown.line("a", 1)] == ["a", "b", "a"]
    assert calls == ["a", "b"]


@pytest.mark.parametrize("unit", ["secret", "secret:", "secret-", "a: ", "::", "token: {", "credentials: {"])
def test_time_grows_with_the_line_and_not_with_its_square(unit: str) -> None:
    line = unit * (600_000 // len(unit))
    assert len(hidden(line).line(line, 1)) == len(line)
