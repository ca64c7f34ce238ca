"""No report shows a secret, wherever it stands and whatever else is wrong in its line."""

import itertools
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.load.reading import KEY
from tests.load.test_exposure import CHAIN, HEX, HTX, JWT, PEM
from tests.running import keylint

FORMATS = ["json", "sarif", "github", "junit", "gitlab", "markdown", "html"]
WITH_SNIPPETS = ["json", "sarif"]
# None of these stands in a page of a rule, which some reports carry with them.
BINANCE = "Zq3vT8nWxR5kLm2PbYc7JdHfGs9QaE4uN6iXoV1tKwUzBrCyMpDhAjSlFgI0eO3v"
KRAKEN = "8tW/xQ2mLk+Zr5vNbHc7YdPf3sGa9JuE1iTqOo4XwVzK6RyMnBpCjSlDhFgAeI0uLw7vZx5kTqN2mRb8YcPd3A=="
PASSWORD, DIGITS, UUID = "swordfish9", "0481516", "5c1f7448-9e5d-4004-bdac-fd41ee5638e4"
SECRETS = {"binance": BINANCE, "kraken": KRAKEN, "hex": HEX, "htx": HTX, "chain": CHAIN, "jwt": JWT}
TEXTS = ["exchange", "account", "account_type", "account_id", "environment", "site", "key_id", "label", "algorithm"]
TEXTS += ["owner", "holder", "purpose", "created", "expires", "reviewed", "status", "replaces", "lists", "notes"]
LISTS = ["permissions", "ip_allowlist", "symbols", "holder"]
MAPS = ["labels", "credentials"]
CREDENTIALS = ["api_key", "api_secret", "passphrase", "private_key", "private_key_passphrase", "otp", "address"]


def reports(folder: Path, text: str, forms: Iterable[str] = WITH_SNIPPETS) -> str:
    """Return everything that a check of a text says: as text, and in these formats."""
    (folder / "k.yaml").write_text(text)
    words = [word for form in forms for word in ("--output", f"{form}=report.{form}")]
    ran = keylint("check", "--now", "2026-11-22", "-vv", "--force", *words, "k.yaml")
    assert ran.code == 1
    return "\n".join([ran.out, ran.err, *((folder / f"report.{form}").read_text() for form in forms)])


def pieces(secret: str) -> list[str]:
    """Return all pieces of a secret that are long enough to be of use to anybody."""
    size = min(10, len(secret))
    return [secret[at : at + size] for at in range(len(secret) - size + 1)]


def leaks(said: str, secret: str) -> list[str]:
    seen = [piece for piece in pieces(secret) if piece in said]
    return [line for line in said.splitlines() if any(piece in line for piece in seen)]


FORMS = ["{}", '"{}"', "[{}]", "{{a: {}}}", "{}…"]


def everywhere(secret: str) -> str:
    """Return a declaration with a secret in every field, in block and in flow style, each beside something wrong."""
    lines = [f"# {secret}", f"version: 1  # {secret}", f"x-{secret}: {secret}", f"xx{secret}: {secret}"]
    lines += [f"defaults: {{{secret}: 1, notes: {secret}, status: {secret}, owner: 7}} # {secret}", "keys:"]
    number = itertools.count()

    def key(*fields: str) -> None:
        lines.extend([f"  k{next(number)}:", "    permissions: [withdraw]", *(f"    {field}" for field in fields)])

    def flow(fields: str) -> None:
        lines.append(f"  k{next(number)}: {{exchange: kraken, permissions: [withdraw, no], status: bogus, {fields}}}")

    for at, field in enumerate(TEXTS):
        for form in (FORMS[at % len(FORMS)], FORMS[(at + 2) % len(FORMS)]):
            flow(f"{field}: {form.format(secret)}")
        key(f"{field}: {secret}  # {secret}")
        key(f"{field}: |", f"  a {secret}", f"{field}: >-", f"  {secret}")
        key(f"{field}: a", f"  {secret}", f'{field}: "{secret}', '  a"')
    for field in LISTS:
        flow(f"{field}: [x, {secret}, 7], {field}: [{secret}]")
        key(f"{field}:", f"- {secret}", f"- [{secret}]", f"- '{secret}'", f"- {secret}: {secret}")
    for field in MAPS:
        flow(f"{field}: {{x: {secret}, {secret}: y, {secret}: 7}}")
        key(f"{field}:", f"  {secret}: {secret}", f"  {secret}: 7")
    for field in CREDENTIALS:
        flow(f"credentials: {{{field}: {secret}, other: {secret}}}")
    flow(f"{secret}: {secret}")
    lines += [f"  {secret}: {{{secret}: {secret}}}", f"  {secret}: {secret}", f"  '{secret}': [{secret}]"]
    lines += [f"  k{next(number)}: {secret}", f"  k{next(number)}: &{secret} [{secret}]"]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("kind", SECRETS)
def test_secret_in_every_place_is_found_and_never_shown(empty_folder: Path, kind: str) -> None:
    text = everywhere(SECRETS[kind])
    said = reports(empty_folder, text, FORMATS)
    assert leaks(said, SECRETS[kind]) == []
    found = json.loads((empty_folder / "report.json").read_text())["findings"]
    lines = {finding["line"] for finding in found if finding["rule"] == "secret-in-declaration"}
    expected = {number for number, line in enumerate(text.splitlines(), 1) if SECRETS[kind] in line}
    # Under key_id the rule full-key-id speaks of it; what can be an account's id is none.
    ids = {number for number, line in enumerate(text.splitlines(), 1) if "key_id:" in line or "account_id:" in line}
    assert lines | ids >= expected
    assert {finding["rule"] for finding in found} >= {"secret-in-declaration", "schema", "yaml", "no-withdraw"}


BROKEN = [
    "{secret}: a: b",
    "keys: {{a: {{label: {secret}: b}}}}",
    "keys:\n  a:\n    label: {secret}\n   b: c",
    "keys:\n  a: [{secret}, !x {secret}]",
    "keys:\n  a: !{secret} x",
    "keys:\n  a: *{secret}",
    "keys:\n  a: &{secret} x\n  b: &{secret} x",
    "keys: {{? [{secret}] : b}}",
    "keys: {{a: '{secret}",
    'keys:\n  a: "{secret} \\q"',
    "keys:\n  a: {secret} # \x07",
    "%TAG !{secret}! {secret}\n---\na: !{secret}!x y",
    "%{secret} 1\n--- {secret}\n--- {secret}",
    "--- {secret}\n...\n--- {secret}",
    "- {secret}",
    "{secret}",
    "a: 1\n--- {secret}",
    "keys:\n  a: {secret}\n\t{secret}",
    "keys:\n  a: @{secret}",
    "a: {nest}{secret}",
]


@pytest.mark.parametrize("kind", SECRETS)
def test_secret_in_a_text_that_cannot_be_read_is_never_shown(empty_folder: Path, kind: str) -> None:
    secret = SECRETS[kind]
    said = [reports(empty_folder, text.format(secret=secret, nest="[" * 60) + "\n") for text in BROKEN]
    assert leaks("\n".join(said), secret) == []


def test_private_key_is_never_shown(empty_folder: Path) -> None:
    block = PEM.replace("\n", "\n      ")
    one_line = PEM.replace("\n", "\\n")
    keys = "".join(
        f"  a{n}:\n    exchange: kraken\n    permissions: [withdraw]\n    {field}: |\n      {block}\n"
        f'  b{n}: {{exchange: kraken, permissions: [withdraw, no], {field}: "{one_line}", status: x}}\n'
        f'  c{n}:\n    {field}: "{PEM}"\n    {field}: x\n'
        for n, field in enumerate([*TEXTS, *LISTS, *MAPS])
    )
    comment = "# " + PEM.replace("\n", "\n# ")
    said = reports(
        empty_folder, f"version: 1\n{comment}\nkeys:\n{keys}  d: {{credentials: {{private_key: '{one_line}'}}}}\n"
    )
    for line in PEM.split("\n")[1:-1]:
        assert leaks(said, line) == []
    for text in ("a: |\n  {}\n b: c\n", "a: {} # \x07\n", "x: {{'{}\n"):
        assert leaks(reports(empty_folder, text.format(PEM.replace("\n", "\n  "))), PEM.split("\n")[1]) == []


# What no form gives away is hidden by its place: under `credentials`, and behind names that tell.
PLACES = [
    "    credentials: {secret}",
    "    credentials: [{secret}]",
    "    credentials: {{api_key: {secret}}}",
    "    credentials: {{api_secret: [{secret}], otp: {{x: {secret}}}}}",
    "    credentials: {{unknown: {secret}, api_key: env:A}}",
    "    credentials:\n      passphrase: {secret}\n      passphrase: {secret}",
    "    credentials:\n      passphrase:\n        {secret}\n      otp: {secret}",
    "    credentials:\n      passphrase: |\n        first\n        {secret}\n      api_kye: >-\n        {secret}",
    "    credentials:\n      passphrase: a\n        {secret}\n      api_secret: 'a\n        {quoted}\n        b'",
    "    credentials:\n      - {secret}\n      - b",
    "    <<: {{credentials: {{otp: {secret}}}, status: bogus}}",
    "    labels: {{password: [{secret}], status: no}}",
    "    api_secret: {secret}",
    "    passphrase: {secret}\n    passphrase: {secret}",
    "    password: {{a: {secret}}}",
    "    token: [{secret}]",
    "    credentials: &c {{otp: {secret}, other: 7}}\n"
    "  k2:\n    exchange: kraken\n    permissions: []\n    credentials: *c",
    # And what ends the reading in or near them.
    "    credentials:\n      passphrase: {secret}: b",
    "    credentials:\n      passphrase: b: {secret}",
    '    credentials:\n      passphrase:\n        "{quoted} \\q"',
    "    credentials:\n      passphrase: !x {secret}",
    "    credentials:\n      passphrase: {secret} \x07",
    "    credentials:\n      passphrase: |\n        first\n       {secret}: [",
    "    credentials: {{\n      passphrase:\n      {secret}: [",
    "    credentials: {{otp: {secret}, ? [",
    "    credentials: {{otp: {secret}}}\n   {secret}: x",
    "    credentials:\n      otp: x\n\t{secret}",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("secret", [PASSWORD, DIGITS, UUID])
def test_password_is_hidden_by_its_place(empty_folder: Path, place: str, secret: str) -> None:
    text = f"{KEY}{place.format(secret=secret, quoted=secret)}\n"
    assert leaks(reports(empty_folder, text), secret) == []


@pytest.mark.parametrize("style", ["{}", "'{}'", '"{}"'])
def test_words_of_a_passphrase_are_hidden_with_it(empty_folder: Path, style: str) -> None:
    phrase = style.format("korrekt hors, batery} stapel #7 {x")
    text = f"{KEY}    credentials:\n      passphrase: {phrase}\n"
    for line in ("", "      passphrase: x\n", "      other: [\n", "    password: y: z\n"):
        said = reports(empty_folder, text + line)
        for word in ("korrekt", "hors", "batery", "stapel"):
            assert leaks(said, word) == []


def test_defaults_cannot_hold_credentials_and_do_not_show_them(empty_folder: Path) -> None:
    text = "version: 1\ndefaults: {credentials: {api_key: swordfish9, x: [swordfish9]}, colour: red}\nkeys: {}\n"
    assert leaks(reports(empty_folder, text), "swordfish9") == []
    text = "version: 1\ncredentials: {api_key: swordfish9}\nkeys: {}\n"
    text += "defaults:\n  credentials:\n    x:\n      swordfish9\n"
    assert leaks(reports(empty_folder, text), "swordfish9") == []


def test_fingerprint_of_a_finding_on_a_password_does_not_depend_on_it(empty_folder: Path) -> None:
    places = [place for place in PLACES if "{secret}: b" not in place]
    for place in places:
        fingerprints = []
        for secret in ("swordfish9", "swordfish8"):
            text = f"{KEY}{place.format(secret=secret, quoted=secret)}\n"
            reports(empty_folder, text)
            found = json.loads((empty_folder / "report.json").read_text())["findings"]
            fingerprints.append([finding["fingerprint"] for finding in found])
        assert fingerprints[0] == fingerprints[1], place


def test_references_and_harmless_lines_are_shown(empty_folder: Path) -> None:
    text = (
        "version: 1\nkeys:\n  a:\n    exchange: kraken\n    permissions: [withdraw]\n    owner: 7\n"
        "    credentials: {api_key: env:MM_BOT_KEY, api_secret: file:/run/secrets/mm_bot, other: env:X}\n"
    )
    said = reports(empty_folder, text)
    assert "permissions: [withdraw]" in said
    assert "credentials: {api_key: env:MM_BOT_KEY, api_secret: file:/run/secrets/mm_bot, other: env:X}" in said
