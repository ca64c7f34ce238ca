"""Credentials that cannot be right are told by their look, and no text of theirs is repeated."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from keylint.load.facts import facts_of
from keylint.model.secret import Secret
from keylint.model.shape import faults
from tests.live.world import BINANCE_KEY, BINANCE_SECRET, KRAKEN_KEY, KRAKEN_SECRET

WHOLE = "copy it again, whole: it may be cut off, too long, or another text"
FIRST_TO_LAST = "copy it again, from the first line with its hyphens to the last, and keep the line ends"
ED25519 = ed25519.Ed25519PrivateKey.generate()
PLAIN = ED25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
LOCKED = ED25519.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()
RSA = rsa.generate_private_key(65537, 2048)
RSA_PLAIN = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
RSA_OLD = RSA.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
RSA_OLD_LOCKED = RSA.private_bytes(
    Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"x")
).decode()
EC_OLD = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    .decode()
)
PUBLIC = ED25519.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SSH = ED25519.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def found(exchange: str, **values: str) -> list[tuple[str, str, str]]:
    facts = facts_of(exchange)
    assert facts
    given_values = {name: Secret(text) for name, text in values.items()}
    return [(fault.field, fault.message, fault.hint) for fault in faults(given_values, facts)]


def without_line(pem: str, number: int) -> str:
    lines = pem.splitlines()
    return "\n".join(lines[:number] + lines[number + 1 :])


@pytest.mark.parametrize(
    ("exchange", "values"),
    [
        ("binance", {"api_key": BINANCE_KEY, "api_secret": BINANCE_SECRET}),
        ("kraken", {"api_key": KRAKEN_KEY, "api_secret": KRAKEN_SECRET, "otp": "424242"}),
        ("okx", {"api_key": "a", "api_secret": "b", "passphrase": "with a blank"}),
        ("binance", {"api_key": BINANCE_KEY}),
        ("binance", {}),
        ("binance", {"api_key": "", "api_secret": ""}),
        *(("binance", {"api_key": BINANCE_KEY, "private_key": pem}) for pem in (PLAIN, RSA_PLAIN, RSA_OLD, EC_OLD)),
        ("binance", {"api_key": BINANCE_KEY, "private_key": PLAIN.replace("\n", "\r\n")}),
        ("binance", {"private_key": f"-----BEGIN EC PARAMETERS-----\nBg==\n-----END EC PARAMETERS-----\n{EC_OLD}"}),
        ("binance", {"private_key": LOCKED, "private_key_passphrase": "x"}),
        ("binance", {"private_key": RSA_OLD_LOCKED, "private_key_passphrase": "x"}),
        ("coinbase", {"private_key": EC_OLD.replace("\n", "\\n")}),
        ("coinbase", {"private_key": "A" * 86 + "=="}),
        ("coinbase", {"private_key": LOCKED, "private_key_passphrase": "x"}),
        # What was read off examples refuses nothing.
        ("bybit", {"api_key": "x", "api_secret": "y"}),
        ("mexc", {"api_key": "x", "api_secret": "y"}),
    ],
)
def test_credentials_that_may_be_right_are_left_alone(exchange: str, values: dict[str, str]) -> None:
    assert found(exchange, **values) == []


AGAIN = "copy it again; a file may end with one line end, and holds nothing else"


@pytest.mark.parametrize(
    ("exchange", "values", "fault"),
    [
        (
            "binance",
            {"api_key": BINANCE_KEY[:-1], "api_secret": BINANCE_SECRET},
            ("api_key", "`api_key` has not the form that it has at binance", WHOLE),
        ),
        (
            "kraken",
            {"api_key": KRAKEN_KEY, "api_secret": KRAKEN_SECRET + "="},
            ("api_secret", "`api_secret` has not the form that it has at kraken", WHOLE),
        ),
        (
            "kraken",
            {"api_key": KRAKEN_SECRET, "api_secret": KRAKEN_KEY},
            ("api_key", "`api_key` looks like the secret, and `api_secret` like the key id", "change their places"),
        ),
        (
            "mexc",
            {"api_key": "0" * 32, "api_secret": "mx0" + "a" * 15},
            ("api_key", "`api_key` looks like the secret, and `api_secret` like the key id", "change their places"),
        ),
        (
            "bybit",
            {"api_key": "same", "api_secret": "same"},
            ("api_secret", "`api_secret` is the same text as `api_key`", "copy the secret to its own place"),
        ),
        (
            "kraken",
            {"api_key": KRAKEN_KEY, "api_secret": KRAKEN_SECRET, "otp": "42 42"},
            ("otp", "`otp` holds blanks or characters that no credential has", AGAIN),
        ),
        (
            "okx",
            {"passphrase": "words "},
            (
                "passphrase",
                "`passphrase` begins or ends with a blank, or holds characters that no header can carry",
                AGAIN,
            ),
        ),
        (
            "bybit",
            {"api_key": "a", "api_secret": "b", "passphrase": "words"},
            (
                "passphrase",
                "`passphrase` is given, and a key of bybit has none",
                "remove it; that of a private key is called `private_key_passphrase`",
            ),
        ),
        (
            "binance",
            {"api_key": BINANCE_KEY, "api_secret": BINANCE_SECRET, "private_key_passphrase": "x"},
            (
                "private_key_passphrase",
                "`private_key_passphrase` is given, and no `private_key`",
                "remove it, or add `private_key`",
            ),
        ),
        (
            "kucoin",
            {"passphrase": "short"},
            ("passphrase", "`passphrase` has not the form that it has at kucoin", WHOLE),
        ),
        (
            "coinbase",
            {"private_key": "AAAA"},
            ("private_key", "`private_key` has not the form that it has at coinbase", WHOLE),
        ),
        *(
            ("binance", {"private_key": pem}, ("private_key", message, hint))
            for pem, message, hint in (
                ("hunter2", "`private_key` holds no private key in PEM", FIRST_TO_LAST),
                (PUBLIC, "`private_key` holds no private key in PEM", FIRST_TO_LAST),
                (PLAIN.partition("-----END")[0], "`private_key` is cut off: its last line is missing", FIRST_TO_LAST),
                (without_line(RSA_PLAIN, 3), "`private_key` is damaged", FIRST_TO_LAST),
                (PLAIN.replace("M", "*"), "`private_key` is damaged", FIRST_TO_LAST),
                (
                    "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----",
                    "`private_key` is damaged",
                    FIRST_TO_LAST,
                ),
                (
                    SSH,
                    "`private_key` is PEM of a kind that exchanges do not use",
                    "write it anew, for example with `openssl pkcs8 -topk8`",
                ),
                *(
                    (
                        locked,
                        "the private key is encrypted",
                        "say where its passphrase is: `private_key_passphrase: env:NAME` or file:PATH",
                    )
                    for locked in (LOCKED, RSA_OLD_LOCKED)
                ),
            )
        ),
        (
            "binance",
            {"private_key": PLAIN, "private_key_passphrase": "x"},
            ("private_key_passphrase", "the private key is not encrypted", "remove `private_key_passphrase`"),
        ),
    ],
)
def test_credential_that_cannot_be_right_is_named(
    exchange: str, values: dict[str, str], fault: tuple[str, str, str]
) -> None:
    assert found(exchange, **values) == [fault]


def test_each_credential_is_named_once_and_in_one_order() -> None:
    texts = {"api_secret": "x y", "api_key": "a\nb", "passphrase": " ", "private_key": "x"}
    assert [field for field, _, _ in found("kucoin", **texts)] == ["api_key", "api_secret", "passphrase", "private_key"]


@given(st.dictionaries(st.sampled_from(["api_key", "api_secret", "passphrase", "private_key"]), st.text(min_size=7)))
def test_no_text_is_ever_repeated(texts: dict[str, str]) -> None:
    for exchange in ("binance", "kraken", "kucoin", "coinbase"):
        said = " ".join(" ".join(fault) for fault in found(exchange, **texts))
        plain = " ".join(" ".join(fault) for fault in found(exchange, **dict.fromkeys(texts, "#")))
        assert all(text in plain or text not in said for text in texts.values())
