"""Reading files of live keys."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keylint.model.errors import UsageError
from keylint.sandbox.answers import HostileText, RateLimited, Refuse, WrongTypes
from keylint.sandbox.deliveries import Cut, Hang
from keylint.sandbox.faults import FAULT_NAMES, FAULTS, ClockSkew
from keylint.sandbox.load import load, parse, state_from
from keylint.sandbox.simulation import SIMULATED

BINANCE_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
KRAKEN_KEY = "Ab1/CdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQr"

WHOLE = f"""
faults: [hostile_text]
latency_ms: 5
exchanges:
  kraken: {{port: 8102, faults: [{{clock_skew: {{seconds: -1.5}}}}]}}
  binance: {{}}
keys:
  - exchange: binance
    api_key: {BINANCE_KEY}
    api_secret: {SECRET}
    permissions: [enableReading, enableFutures]
    ip_allowlist: [203.0.113.7, "2001:db8::/32"]
    created: 2026-09-01T02:00:00+02:00
    expires: null
    label: mm-bot
    answer: {{enableAlphaWithdrawals: true}}
    omit: [enableFixApiTrade]
    client_address: 203.0.113.10
    faults:
      - hang
      - hang:
      - rate_limited: {{retry_after: 3, times: 2}}
      - refuse: {{code: -2015, status: 401, message: denied}}
      - wrong_types: {{fields: [enableReading]}}
      - cut: {{content_length: too-large}}
  - exchange: kraken
    api_key: {KRAKEN_KEY}
    api_secret: c2VjcmV0
    created: 2026-09-01
    expires: 2026-10-01T00:00:00
    last_used: 2026-09-02
    last_nonce: 7
    nonce_window: 3
    otp: "123456"
  - exchange: bitget
    api_key: bg_0123
    api_secret: "0123"
    passphrase: Passphrase1
    permissions: [uta_mgt.read-only]
    account: "2"
    main_account: "1"
    account_name: desk
    environment: demo
    unified: true
  - exchange: bybit
    api_key: kkkkkkkkkkkkkkkkkk
    api_secret: ssssssss
    read_only: true
"""


def test_every_field_is_read(tmp_path: Path) -> None:
    path = tmp_path / "live.yaml"
    path.write_text(WHOLE)
    state = load(path)
    binance, kraken, bitget, bybit = state.keys
    assert (state.faults, state.latency_ms, state.ports) == ((HostileText(),), 5, {"kraken": 8102})
    assert state.exchange_faults == {"kraken": (ClockSkew(-1.5),), "binance": ()}
    assert state.exchanges == {"binance", "kraken", "bitget", "bybit"}
    assert (state.of("binance"), state.of("kraken")) == ((binance,), (kraken,))
    assert (binance.exchange, binance.api_key, binance.label) == ("binance", BINANCE_KEY, "mm-bot")
    assert binance.api_secret is not None
    assert binance.api_secret.reveal() == SECRET
    assert binance.permissions == ("enableReading", "enableFutures")
    assert binance.ip_allowlist == ("203.0.113.7", "2001:db8::/32")
    assert binance.created == kraken.created == datetime(2026, 9, 1, tzinfo=UTC)
    assert (binance.expires, kraken.expires) == (None, datetime(2026, 10, 1, tzinfo=UTC))
    assert (binance.answer, binance.omit) == ({"enableAlphaWithdrawals": True}, ("enableFixApiTrade",))
    assert binance.client_address == "203.0.113.10"
    assert binance.faults == (
        Hang(),
        Hang(),
        RateLimited(3, 2),
        Refuse("-2015", "denied", 401),
        WrongTypes(("enableReading",)),
        Cut("too-large"),
    )
    assert (kraken.last_nonce, kraken.nonce_window) == (7, 3)
    assert kraken.otp is not None
    assert kraken.otp.reveal() == "123456"
    assert kraken.last_used == datetime(2026, 9, 2, tzinfo=UTC)
    assert bitget.passphrase is not None
    assert bitget.passphrase.reveal() == "Passphrase1"
    assert (bitget.uid, bitget.main_account, bitget.sub_name, bitget.is_main) == ("2", "1", "desk", False)
    assert (bitget.environment, bitget.unified, bitget.read_only) == ("demo", True, False)
    assert (bybit.uid, bybit.sub_name, bybit.is_main) == ("100000001", "sub100000001", True)
    assert (bybit.environment, bybit.unified, bybit.read_only) == ("production", False, True)
    for secret in (SECRET, BINANCE_KEY, "c2VjcmV0", "123456", "Passphrase1", "ssssssss"):
        assert secret not in repr(state)


def test_every_fault_has_one_name() -> None:
    assert len(FAULT_NAMES) == len(FAULTS) == 22


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keys: [", "live.yaml:1: is no YAML that can be read safely"),
        ("keys: []\nfaults: !!python/name:os.system ''", "live.yaml:2: is no YAML that can be read safely"),
        (f"keys:\n  - api_secret: *{SECRET}", "live.yaml:2: is no YAML that can be read safely"),
        ("\x00", "live.yaml: is no YAML"),
        ("[" * 500 + "]" * 500, "live.yaml: is no YAML"),
        ("- 1", "live.yaml must be a mapping"),
        ("{}", "live.yaml: keys is missing"),
        ("keys:", "live.yaml: keys is missing"),
        ("keys: {}", "live.yaml: keys must be a list"),
        ("keys: [7]", "live.yaml: keys[0] must be a mapping"),
        (
            "{keys: [], key: 1}",
            "live.yaml has a field that the sandbox does not know; did you mean 'keys'?",
        ),
        (
            "{keys: [], 7: 1}",
            "live.yaml has a field that the sandbox does not know; there are: keys, faults, exchanges, latency_ms",
        ),
        ("{keys: [], latency_ms: -1}", "live.yaml: latency_ms must be a whole number, 0 or more"),
        (
            "{keys: [], exchanges: {mtgox: {}}}",
            f"live.yaml: exchanges has a field that the sandbox does not know; there are: {', '.join(SIMULATED)}",
        ),
        (
            "{keys: [], exchanges: {kraken: {port: x}}}",
            "live.yaml: exchanges.kraken.port must be a whole number, 0 or more",
        ),
        ("{keys: [], faults: hang}", "live.yaml: faults must be a list of faults"),
        (
            "{keys: [], faults: [{hang: {}, reset: {}}]}",
            "live.yaml: faults[0] must be a fault's name, or one name with its options",
        ),
        (
            "{keys: [], faults: [sulk]}",
            f"live.yaml: faults[0] is no fault that the sandbox knows; there are: {', '.join(FAULTS)}",
        ),
        ("{keys: [], faults: [{cut: 1}]}", "live.yaml: faults[0].cut must be a mapping of options"),
        (
            "{keys: [], faults: [{cut: {size: 1}}]}",
            "live.yaml: faults[0].cut has an option that the fault does not know; there are: content_length, times",
        ),
        ("{keys: [], faults: [redirect]}", "live.yaml: faults[0].redirect needs the option 'to'"),
        (
            "{keys: [], faults: [{cut: {content_length: 7}}]}",
            "live.yaml: faults[0].cut.content_length must be 'right' or 'too-large'",
        ),
        (
            "{keys: [], faults: [{hang: {times: true}}]}",
            "live.yaml: faults[0].hang.times must be a whole number or null",
        ),
        (
            "{keys: [], faults: [{clock_skew: {seconds: x}}]}",
            "live.yaml: faults[0].clock_skew.seconds must be a number",
        ),
        ("{keys: [], faults: [{redirect: {to: []}}]}", "live.yaml: faults[0].redirect.to must be a text"),
        (
            "{keys: [], faults: [{wrong_types: {fields: x}}]}",
            "live.yaml: faults[0].wrong_types.fields must be a list of texts",
        ),
        (
            "{keys: [], faults: [{not_an_object: {value: 2026-01-01}}]}",
            "live.yaml: faults[0].not_an_object.value must be a JSON value",
        ),
    ],
)
def test_wrong_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, "live.yaml")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exchange": None}, ".exchange is missing"),
        ({"exchange": "mtgox"}, f".exchange is none that the sandbox plays; there are: {', '.join(SIMULATED)}"),
        ({"api_key": None}, ".api_key is missing"),
        ({"api_key": 7}, ".api_key must be a text (in quotes where it looks like a number)"),
        ({"api_key": "short"}, ".api_key must be 64 letters and digits"),
        ({"api_secret": None}, ".api_secret, public_key or private_key: exactly one of them must be given"),
        ({"expires": "2026-01-01"}, ".expires is nothing that keys of binance have"),
        ({"otp": "1"}, ".otp is nothing that keys of binance have"),
        (
            {"permissions": ["enableReading", "withdraw"]},
            ".permissions[1] is no right that binance documents (others go under answer)",
        ),
        ({"permissions": "all"}, ".permissions must be a list"),
        ({"created": "soon"}, ".created must be a time such as 2026-09-01T00:00:00Z"),
        ({"created": 7}, ".created must be a time such as 2026-09-01T00:00:00Z"),
        ({"client_address": "here"}, ".client_address must be an IP address"),
        (
            {"ip_allowlist": ["203.0.113.7", "x"]},
            ".ip_allowlist[1] must be an IP address or a range such as 198.51.100.0/24",
        ),
        ({"answer": []}, ".answer must be a mapping of field names to raw JSON values (dates in quotes)"),
        (
            {"answer": {"at": datetime(2026, 1, 1, tzinfo=UTC)}},
            ".answer must be a mapping of field names to raw JSON values (dates in quotes)",
        ),
        ({"public_key": "x"}, ".public_key is no key in PEM"),
        (
            {"api_key": KRAKEN_KEY, "exchange": "kraken", "api_secret": "%"},
            ".api_secret must be base64",
        ),
        (
            {"api_key": KRAKEN_KEY, "exchange": "kraken", "api_secret": None},
            ".api_secret, public_key or private_key: exactly one of them must be given",
        ),
        ({"exchange": "kraken"}, ".api_key must be 56 characters of the base64 alphabet"),
        (
            {"api_key": KRAKEN_KEY, "exchange": "kraken", "last_nonce": 2**64},
            ".last_nonce and nonce_window must be unsigned numbers of 64 bits",
        ),
        (
            {"api_key": KRAKEN_KEY, "exchange": "kraken", "permissions": ["enableReading"]},
            ".permissions[0] is no right that kraken documents (others go under answer)",
        ),
    ],
)
def test_wrong_key_is_refused(changes: dict[str, Any], message: str) -> None:
    key = {"exchange": "binance", "api_key": BINANCE_KEY, "api_secret": SECRET, **changes}
    with pytest.raises(UsageError) as caught:
        state_from({"keys": [{name: value for name, value in key.items() if value is not None}]}, "live.yaml")
    assert str(caught.value) == f"live.yaml: keys[0]{message}"


def test_key_stands_once() -> None:
    key = {"exchange": "binance", "api_key": BINANCE_KEY, "api_secret": SECRET}
    with pytest.raises(UsageError, match=r"^live.yaml: keys\[1\].api_key stands twice$"):
        state_from({"keys": [key, key]}, "live.yaml")


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: bytes | None = None) -> str:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption).decode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"private_key": pem(ec.generate_private_key(ec.SECP384R1()))},
            "is neither an RSA nor an Ed25519 nor a P-256 key",
        ),
        ({"private_key": pem(rsa.generate_private_key(65537, 1024))}, "must have 2048 to 4096 bits"),
        ({"private_key": "c2hvcnQ="}, "is no key in PEM"),
        (
            {"private_key": pem(ec.generate_private_key(ec.SECP256R1()), b"x")},
            "is encrypted; the sandbox asks for no passphrase",
        ),
    ],
)
def test_other_kinds_of_keys_are_refused(changes: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        state_from({"keys": [{"exchange": "binance", "api_key": BINANCE_KEY, **changes}]}, "live.yaml")
    assert str(caught.value) == f"live.yaml: keys[0].private_key {message}"


def test_one_half_of_a_key_is_enough() -> None:
    text = pem(rsa.generate_private_key(65537, 2048))
    public = serialization.load_pem_private_key(text.encode(), None).public_key()
    half = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    key = {"exchange": "binance", "api_key": BINANCE_KEY, "private_key": text, "public_key": half}
    with pytest.raises(UsageError, match="public_key is given as well; one of them is enough"):
        state_from({"keys": [key]}, "live.yaml")


def test_missing_cryptography_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)
    with pytest.raises(UsageError, match=r"needs the package cryptography: pip install 'keylint\[asymmetric\]'"):
        state_from({"keys": [{"exchange": "binance", "api_key": BINANCE_KEY, "private_key": "x"}]}, "live.yaml")


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file or directory"):
        load(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read: it is not UTF-8"):
        load(tmp_path / "latin.yaml")
