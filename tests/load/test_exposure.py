"""What looks like a secret, and what a declaration must hold and does not."""

import base64
import random
import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model.exposure import CONCEALED, conceal, entropy, find, is_reference, names_secret

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
BINANCE = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
KRAKEN = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
HEX = "3f786850e387550fdab836ed7e6dc881de23b91b9a5c4f1e0d2b7a6c8e9f0a1b"
HTX = "b0a1c2d3-c6e5f4a3-94b2c1d0-d1e2f"
CHAIN = "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
PEM = (
    "-----BEGIN EC PRIVATE KEY-----\nMHQCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVJk5oNTv+eiVQHvaoAcGBSuBBAAK\n"
    "oUQDQgAE6sB\n-----END EC PRIVATE KEY-----"
)
SECRETS = {"binance": BINANCE, "kraken": KRAKEN, "hex": HEX, "htx": HTX, "chain": CHAIN, "jwt": JWT, "pem": PEM}

WHERE = [
    "{}",
    "  notes: {}",
    "  notes: the secret is {}, keep it",
    "# {}",
    '  label: "{}"',
    "  labels: {{a: '{}', b: c}}",
    "[{},x]",
    "{}:",
    "account_id2: {}",
    "https://example.com/?apiKey={}",
    "https://{}@example.com/",
    "https://user:{}@example.com/",
    "api_secret: {}",
    "token {}…",
    "({})",
    "commit: x {}",
]


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("where", WHERE)
def test_secret_is_found_wherever_it_stands(kind: str, where: str) -> None:
    text = where.format(SECRETS[kind])
    (exposure,) = find(text.encode())
    assert SECRETS[kind] in text[exposure.start : exposure.end]


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("where", [*WHERE, "key_id: {}", "account_id: {}", "commit: {}", '"key_id": "{}"'])
def test_secret_is_concealed_wherever_it_stands(kind: str, where: str) -> None:
    text, line = where.format(SECRETS[kind]), where.format(SECRETS[kind].replace("\n", " "))
    if kind != "hex" or not where.startswith("commit: {"):
        assert SECRETS[kind][:24] not in conceal(text)
        assert SECRETS[kind][-24:] not in conceal(text)
        assert CONCEALED in conceal(text)
    hidden = conceal(line, keep_width=True)
    assert len(hidden) == len(line)


def _random(draw: random.Random, kind: str) -> str:
    match kind:
        case "base64":
            return base64.b64encode(draw.randbytes(64)).decode()
        case "base64-short":
            return base64.b64encode(draw.randbytes(32)).decode()
        case "base64-url":
            return base64.urlsafe_b64encode(draw.randbytes(48)).decode().rstrip("=")
        case "hex-32":
            return draw.randbytes(16).hex()
        case "hex-64":
            return draw.randbytes(32).hex()
        case "small":
            return "".join(draw.choices(LETTERS[26:], k=40))
        case _:
            return "".join(draw.choices(LETTERS, k=int(kind)))


@pytest.mark.parametrize(
    "kind", ["32", "36", "43", "48", "64", "128", "base64", "base64-short", "base64-url", "hex-32", "hex-64", "small"]
)
def test_random_texts_of_the_exchanges_forms_are_found(kind: str) -> None:
    draw = random.Random(20261122)
    texts = [_random(draw, kind) for _ in range(3000)]
    missed = [
        text for text in texts if [(e.start, e.end) for e in find(f"x: {text}\n".encode())] != [(3, 3 + len(text))]
    ]
    # Base64 with many slashes can look like a path of short words.
    assert len(missed) <= (3 if kind.startswith("base64-") else 0), missed


EXPECTED = [
    "key_id: vmPUZE…fhA8E",
    'key_id: "abcdefgh...ijklmnop"',
    "key_id: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    f"key_id: {BINANCE}",  # the rule full-key-id speaks of it
    f'"key_id": "{BINANCE}"',
    "key_id: organizations/8f14e45f-ceea-467f-a1d2-0c2f0e4d6b1a/apiKeys/0c2f0e4d-ceea-467f-a1d2-8f14e45f6b1a",
    "account_id: 8f14e45f-ceea-467f-a1d2-0c2f0e4d6b1a",
    "notes: portfolio 8F14E45F-CEEA-467F-A1D2-0C2F0E4D6B1A of the desk",
    "account_id: 7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV",
    "account_id: bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4wqurx9hnvpz8dxk5s7v",
    '"account_id": "dydx1qqypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu0hz"',
    'account_id: "0x52908400098527886E0F7030069857D2E4169EE7"',
    "notes: paid from 0x52908400098527886E0F7030069857D2E4169EE7 each month",
    "mm-bot-spot-binance-frankfurt-production-2026q4-v2:",
    "the-very-long-slug-of-a-market-making-bot-on-the-spot-book-of-kraken-2:",
    "credentials: {api_key: env:MM_BOT_BINANCE_FRANKFURT_PRODUCTION_KEY_V2}",
    "api_secret: env:Xk3jd92jdkKDj3kdKJDK39dkdj3KDkd93kdjKDJ39dkj",
    "private_key: file:/run/secrets/binance/mm_bot_ed25519_private_key_2026.pem",
    "private_key: file:/run/secrets/k8s/projected/8f14e45fceea467fa1d20c2f0e4d6b1a/key",
    "# yaml-language-server: $schema=https://raw.githubusercontent.com/example/keylint/main/schemas/declaration.schema.json",
    "# https://github.com/example/bots/commit/3f786850e387550fdab836ed7e6dc881de23b91b",
    "# https://docs.example.com/document/d/1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R9s0T1u2V/edit#heading=h.x",
    "notes: deployed by commit 3f786850e387550fdab836ed7e6dc881de23b91b",
    'notes: "revision: 3f786850e387550fdab836ed7e6dc881de23b91b"',
    "labels: {sha: 3f786850e387550fdab836ed7e6dc881de23b91b}",
    "notes: image registry.example.com/bots/mm@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "notes: see src/components/MarketMakingBot/SpotTradingStrategy/OrderRouterConfiguration.java",
    "notes: /opt/trading/bots/market-making/config/production/frankfurt/keys.yaml",
    "notes: arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/binance/mm-bot-AbCdEf",
    "notes: Donaudampfschifffahrtsgesellschaftskapitaen",
    "# " + "=" * 70,
    "# " + "-" * 70,
    "# " + "-=" * 40,
    "# 0000000000000000000000000000000000000000000000000000000000000001",
    "# " + "a" * 80,
    'ip_allowlist: ["2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/128"]',
    "permissions: [enableSpotAndMarginTrading, permitsUniversalTransfer, enableInternalTransferAndWithdrawals]",
    "permissions: [Wallet.Withdraw, wallet:accounts:withdrawals:create, CONTRACT_TRADE_ORDER_AND_POSITION]",
    "created: 2026-09-01T08:00:00.000000+00:00",
    'symbols: [BTCUSDT, 1000SHIBUSDT, "BTC-27DEC26-100000-C", "BTC-USDT-SWAP-PERPETUAL-20261227"]',
    "labels: {ticket: OPS-123, project: TRADING-OPERATIONS-AND-SETTLEMENT-1234}",
    "notes: 20261122T080000Z-20261123T080000Z-20261124T080000Z",
    "notes: mm_bot_v1_20260901_mm_bot_v2_20261001_mm_bot_v3",
    # Published addresses: BIP 173, BIP 350, Bitcoin's first block, USDT's contract on Tron.
    "notes: pays to bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3",
    "notes: pays to bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
    "notes: pays to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
    "notes: USDT is TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    "wallet: EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
    "# ssh SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDPzPRDjqY0KYBOcv0",
    "# github.com/example/bots/commit/3f786850e387550fdab836ed7e6dc881de23b91b",
    "# /nix/store/3f786850e387550fdab836ed7e6dc881-keylint/bin",
    "# an eyJ alone, and -----BEGIN PUBLIC KEY----- are no secrets",
]


@pytest.mark.parametrize("line", EXPECTED)
def test_what_a_declaration_must_hold_is_no_secret(line: str) -> None:
    assert list(find(f"version: 1\n{line}\n".encode())) == []


@pytest.mark.parametrize(
    "line",
    [
        f"account_id: {BINANCE}",  # longer than any id
        f"commit: {BINANCE}",  # no hexadecimal number
        f"key_id: a {BINANCE}",
        f"env:A,{BINANCE}",
        f"{{api_key: env:A, api_secret: {BINANCE}}}",
        f"[https://example.com/a, {BINANCE}]",
        f"[https://example.com/a,{BINANCE}]",
        f"sha256: {BINANCE}",
        f"wallet: {BINANCE}",
        "notes: EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",  # nothing says that it is an address
        "notes: bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv4",  # a wrong checksum
        "notes: TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u",
        "notes: nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5",  # a private key with a checksum
        f"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n{BINANCE}",
        f"{BINANCE[:30]}-8f14e45f-ceea-467f-a1d2-0c2f0e4d6b1a-{BINANCE[30:]}",
    ],
)
def test_expectation_goes_no_further_than_the_word_that_it_is_about(line: str) -> None:
    assert len(list(find(line.encode()))) == 1


def test_exposures_come_in_order_and_do_not_overlap() -> None:
    secrets = [BINANCE, JWT, PEM, HEX, PEM, KRAKEN, JWT]
    text = "\n".join(secrets)
    found = list(find(text.encode()))
    assert [text[e.start : e.end] for e in found] == secrets
    assert [e.what for e in found][:3] == ["a random text, as secrets are", "a token (JWT)", "a private key"]


def test_private_key_without_an_end_is_found_by_its_beginning() -> None:
    (first, *rest) = find(PEM[:90].encode())
    assert (first.start, first.what) == (0, "a private key")
    assert len(rest) == 1


@pytest.mark.parametrize("begin", ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"])
def test_every_kind_of_private_key_is_found(begin: str) -> None:
    assert [e.what for e in find(f"x: |\n  -----BEGIN {begin}-----\n".encode())] == ["a private key"]


FORMS = {"gemini": re.compile(rb"[0-9A-Za-z]{27,28}$"), "kucoin": re.compile(rb"[0-9a-f-]{36}$")}
SHORT, UUID = "4J3kZpQ9xW2vB7nM1cR8tY5uA6s", "5c1f7448-9e5d-4004-bdac-fd41ee5638e4"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"exchange: gemini\nnotes: {SHORT}", SHORT),
        (f"# {SHORT}\nexchange: gemini\n", SHORT),
        (f'"exchange": "gemini", "notes": "{SHORT}"', SHORT),
        (f"exchange: kucoin\nnotes: {UUID}", UUID),
        (f"exchange: kucoin\nnotes: https://{UUID}@example.com/", UUID),
    ],
)
def test_format_of_an_exchange_finds_shorter_secrets(text: str, secret: str) -> None:
    assert list(find(text.encode())) == []
    (exposure,) = find(text.encode(), FORMS.get)
    assert text[exposure.start : exposure.end] == secret


@pytest.mark.parametrize(
    "text",
    [
        SHORT,
        f"exchange: kraken\nnotes: {SHORT}",
        f"exchange: gemini\n---\nexchange: kraken\nnotes: {SHORT}",
        "exchange: gemini\nnotes: MarketMakingFrankfurtBinance",
        f"exchange: kraken\nnotes: {UUID}\n---\nexchange: kucoin\n",
        f"exchange: kucoin\naccount_id: {UUID}",
        f"exchange: kucoin\nnotes: request id {UUID}",
        f"exchange: kucoin\nnotes: https://example.com/{UUID}",
    ],
)
def test_format_of_an_exchange_is_of_use_near_its_name_only(text: str) -> None:
    assert list(find(text.encode(), FORMS.get)) == []


TOLD = [
    ("passphrase: Axjl0FzQcjuQD5m", "Axjl0FzQcjuQD5m"),
    ("# export MM_BOT_PASSPHRASE=O@eGWPv(EdRk.NQ>N~n", "O@eGWPv(EdRk.NQ>N~n"),
    ('{"apiSecret": "NAfHTpbaT9bDpy3eT3d9"}', "NAfHTpbaT9bDpy3eT3d9"),
    ("{password: uMqT_!lxu5G5FBrK0}", "uMqT_!lxu5G5FBrK0"),
    ("{a: {secret_key: uMqT_!lxu5G5FBrK0}}", "uMqT_!lxu5G5FBrK0"),
    (f"secret: {UUID}", UUID),
    ("token = `tx7Kq2-Zb8w_Yd3`", "tx7Kq2-Zb8w_Yd3"),
    ("notes: 'password: S2D9L2Qoz(?Q7p(7o'", "S2D9L2Qoz(?Q7p(7o"),
]


@pytest.mark.parametrize(("text", "secret"), TOLD)
def test_name_gives_away_what_no_form_does(text: str, secret: str) -> None:
    (exposure,) = find(text.encode())
    assert text[exposure.start : exposure.end].rstrip("'") == secret


@pytest.mark.parametrize(
    "text",
    [
        "passphrase: in the safe",
        "passphrase: ****************",
        "password: correct-horse-battery-staple",
        "api_secret: env:MM_BOT_2_K3Y_V4",
        "api_secret: file:/a1/b2/c3/d4/e5",
        "api_secret: <a1b2c3d4e5f6a7>",
        "api_secret: ${A1_B2_C3_D4_E5}",
        "api_secret: vault://a1/b2/c3/d4/e5",
        "token: 2026-11-01T09:00:00Z",
        "token: 1234567890123456",
        "secret: YOUR_OKX_API_SECRET_GOES_HERE",
        "secret: sha256:4bf92f3577b34da6",
        "secret_owner: a1b2c3d4e5f6a7",
        "secret: mm-bot-2-fra-1",
    ],
)
def test_what_follows_a_telling_name_must_look_drawn_at_random(text: str) -> None:
    assert list(find(text.encode())) == []


@pytest.mark.parametrize(
    "unit",
    [
        "eyJ",
        "eyJaaaaaaaaaaa.",
        "-----BEGIN PRIVATE KEY-----",
        "A1b2-",
        "://",
        "env:",
        "key_id: ",
        "a/B/",
        "secret: ",
        "token='A1b",
        'password="aB3$',
        "commit:3f78",
        "https://aB3",
        "a.b/",
        "-----BEGIN PUBLIC KEY-----\n",
        "%2BaB3",
        "tx 0x4c08",
        "exchange: kucoin ",
        "5c1f7448-9e5d-4004-bdac-fd41ee5638e4 ",
        "sha256:",
        "bc1q",
        "\\n#",
    ],
)
def test_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    # A square would take hours.
    assert len(list(find(unit.encode() * 100_000))) <= 100_000


@given(st.text(max_size=80))
def test_concealing_changes_nothing_but_secrets(text: str) -> None:
    hidden = conceal(text, keep_width=True)
    assert len(hidden) == len(text)
    if not list(find(text.encode("utf-8", "surrogatepass"), ids=False)):
        assert hidden == conceal(text) == text


@given(
    st.text(alphabet="aé鍵 \ud800", max_size=10),
    st.text(alphabet="aé鍵 \ud800", max_size=10),
    st.sampled_from(list(SECRETS)),
)
def test_concealing_keeps_what_stands_around(before: str, after: str, kind: str) -> None:
    text = f"{before} {SECRETS[kind]} {after}"
    assert conceal(text) == f"{before} {CONCEALED} {after}"
    assert conceal(text, keep_width=True) == f"{before} {'•' * len(SECRETS[kind])} {after}"


def test_uuid_is_no_secret_by_its_form() -> None:
    assert conceal(f"account {uuid.UUID(int=2**127 + 12345)}") == f"account {uuid.UUID(int=2**127 + 12345)}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("env:MM_BOT_KEY", True),
        ("env:_x9", True),
        ("file:/run/secrets/x", True),
        ("file:with blanks", True),
        ("env:", False),
        ("env:9X", False),
        ("env:X Y", False),
        ("env:X\n", False),
        ("file:", False),
        ("file:a\0b", False),
        (" env:X", False),
        ("hunter2", False),
        ("ENV:X", False),
        (7, False),
        (None, False),
        (["env:X"], False),
    ],
)
def test_reference_is_told_from_a_value(value: object, expected: bool) -> None:
    assert is_reference(value) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("credentials", "x"), True),
        (("labels", "db_password"), True),
        (("labels", "botToken"), True),
        (("API_KEY",), True),
        (("labels", "ticket"), False),
        (("permissions", 3), False),
        ((), False),
    ],
)
def test_name_tells_what_may_be_secret(path: tuple[str | int, ...], expected: bool) -> None:
    assert names_secret(path) is expected


def test_entropy_is_in_bits_a_character() -> None:
    assert entropy(b"aaaa") == 0
    assert entropy(b"abab") == 1
    assert entropy(bytes(range(16))) == 4
