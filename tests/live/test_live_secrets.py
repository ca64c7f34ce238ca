"""Canaries in every credential field, and whatever an exchange does: nothing of them ever comes out."""

import base64
import copy
import dataclasses
import json
import os
import pickle
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from keylint.exchanges.exchange import Answer, Credentials, Request
from keylint.exchanges.http import Door
from keylint.model.errors import UsageError
from keylint.model.secret import Secret
from keylint.sandbox.server import system_clock
from tests.live.world import LIVE, World
from tests.running import keylint

FORMATS = ("json", "sarif", "junit", "github", "gitlab", "markdown", "html")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def random_text(size: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(size))


PASSPHRASE = random_text(24)
PEM = (
    Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode()))
    .decode()
)
PUBLIC = (
    Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
)
GIVEN = {
    "binance-bot": {"api_key": random_text(64), "api_secret": random_text(64)},
    "pem-bot": {"api_key": random_text(64), "private_key": PEM, "private_key_passphrase": PASSPHRASE},
    "kraken-bot": {
        "api_key": base64.b64encode(secrets.token_bytes(42)).decode(),
        "api_secret": base64.b64encode(secrets.token_bytes(64)).decode(),
        "otp": random_text(12),
        "passphrase": random_text(12),
    },
}
VALUES = [
    "".join(value.split("-----")[2].split()) if field == "private_key" else value
    for fields in GIVEN.values()
    for field, value in fields.items()
]


def forms(value: str) -> Iterator[str]:
    raw = value.encode()
    whole = (quote(value, safe=""), raw.hex(), base64.b64encode(raw).decode(), value[::-1], value.swapcase())
    yield from (form.lower() for form in (value, *whole))
    yield from (value[start : start + 8].lower() for start in range(len(value) - 7))


def assert_clean(texts: Iterable[str], values: Iterable[str]) -> None:
    everything = "\n".join(texts).lower()
    # Most forms begin with what stands nowhere: to look that up is much faster than to search for each.
    starts = {everything[start : start + 8] for start in range(len(everything))}
    found = (form for value in values for form in forms(value) if len(form) < 8 or form[:8] in starts)
    assert [form for form in found if form in everything] == []


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects the signatures of all requests."""
    signatures: list[str] = []
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        signature = request.query.rpartition("signature=")[2] or request.headers.get("API-Sign", "")
        signatures.extend({signature, unquote(signature)} - {""})
        answer: Answer = await original(self, request)
        return answer

    monkeypatch.setattr(Door, "send", send)
    return signatures


@pytest.fixture
def canaries(world: World) -> World:
    """A world in which every credential is a canary, and both exchanges know the keys."""
    for name, fields in GIVEN.items():
        exchange = "kraken" if name == "kraken-bot" else "binance"
        world.declare(exchange, name, fields, label="desk", notes="on purpose")
    return world


def live_keys() -> list[dict[str, Any]]:
    pem = {name: value for name, value in LIVE["binance"].items() if name != "api_secret"}
    return [
        {**LIVE["binance"], **GIVEN["binance-bot"]},
        {**pem, "api_key": GIVEN["pem-bot"]["api_key"], "public_key": PUBLIC},
        {
            **LIVE["kraken"],
            **{name: value for name, value in GIVEN["kraken-bot"].items() if name != "passphrase"},
        },
    ]


def run_everywhere(world: World, *words: str, code: int | None = None) -> list[str]:
    """Run once with every format at its most talkative; return all that came out."""
    outputs = [f"--output={form}=out.{form}" for form in FORMATS]
    ran = world.diff(*outputs, "-vv", "--force", "--timeout=1", *words)
    assert ran.code in ((1, 3) if code is None else (code,))
    return [ran.out, ran.err, *((world.folder / f"out.{form}").read_text() for form in FORMATS)]


FAULTS: list[Any] = [
    [],
    ["echo"],
    [{"echo": {"status": 200}}],
    [{"echo": {"status": 429}}],
    [{"echo": {"status": 503}}],
    ["hostile_text"],
    ["echo", "hostile_text"],
    ["wrong_types"],
    ["html"],
    ["deep_json"],
    ["not_an_object"],
    ["gzip"],
    ["cut"],
    ["reset"],
    ["close"],
    [{"redirect": {"to": "http://127.0.0.1:1/steal"}}],
    [{"rate_limited": {"retry_after": 0}}],
    ["banned"],
    ["server_error"],
    [{"clock_skew": {"seconds": 40 * 86_400}}],
    [{"refuse": {"code": "-2015"}}],
]


@pytest.mark.parametrize("faults", FAULTS, ids=str)
def test_no_fault_brings_a_credential_out(canaries: World, sent: list[str], faults: list[Any]) -> None:
    canaries.play(live_keys(), clock=system_clock, faults=faults)
    texts = run_everywhere(canaries)
    assert_clean(texts, [*VALUES, *sent])


def test_answer_that_names_a_right_after_what_was_sent_is_scrubbed(canaries: World, sent: list[str]) -> None:
    """A right, a label or an address in an answer is the exchange's text too."""

    def stolen(key: str) -> dict[str, Any]:
        return {
            f"enable{key}": True,
            f"can{quote(key)}": "yes",
            f"permits{key[::-1]}": True,
            "permissions": ["query-funds", key, key[::-1], f"x{key.lower()}"],
            "ipAllowlist": [key, f"{key[:20]}.1"],
            "apiKeyName": key,
            "iban": key,
        }

    canaries.play([{**live, "answer": stolen(live["api_key"])} for live in live_keys()], clock=system_clock)
    assert_clean(run_everywhere(canaries), [*VALUES, *sent])


@pytest.mark.parametrize("how", ["environment", "files", "handed over"])
def test_no_way_of_giving_credentials_brings_them_out(
    canaries: World, monkeypatch: pytest.MonkeyPatch, how: str, tmp_path: Path
) -> None:
    canaries.play(live_keys(), clock=system_clock, faults=["echo"])
    if how != "handed over":
        for name, fields in GIVEN.items():
            references = {}
            for field, value in fields.items():
                place = f"{name}_{field}".upper().replace("-", "_")
                if how == "environment":
                    monkeypatch.setenv(place, value)
                    references[field] = f"env:{place}"
                else:
                    (tmp_path / place).write_text(value)
                    references[field] = f"file:{tmp_path / place}"
            canaries.keys[name]["credentials"] = references
        canaries.given = {}
    assert_clean(run_everywhere(canaries), VALUES)


@pytest.mark.parametrize("reference", ["env:{}", "file:{}", "file:/run/{}", "{}", "vault:{}", "env: {}"])
def test_credential_where_a_reference_belongs_is_not_repeated(canaries: World, reference: str) -> None:
    canaries.play(live_keys(), clock=system_clock)
    canaries.given = {}
    for name, fields in GIVEN.items():
        canaries.keys[name]["credentials"] = {
            field: reference.format(value) for field, value in fields.items() if "\n" not in value and len(value) > 50
        }
    values = [value for value in VALUES if len(value) > 50]
    texts = run_everywhere(canaries)
    # The excerpt of the line itself is another rule's job; here it is what `diff` says.
    unchecked = [json.dumps(json.loads(texts[2])["unchecked"])]
    assert_clean(unchecked, values)


def test_malformed_credentials_are_never_quoted(canaries: World) -> None:
    canaries.play(live_keys(), clock=system_clock)
    words = canaries.write()
    whole = (canaries.folder / "credentials.json").read_text()
    broken = [
        whole[:-1],
        whole.replace(":", "=", 3),
        json.dumps([GIVEN]),
        json.dumps({GIVEN["binance-bot"]["api_secret"]: {GIVEN["binance-bot"]["api_key"]: 5}}),
        json.dumps({GIVEN["binance-bot"]["api_secret"]: GIVEN["binance-bot"]["api_key"]}),
        json.dumps(GIVEN["binance-bot"]),
        json.dumps(GIVEN["binance-bot"]["api_secret"]),
        GIVEN["binance-bot"]["api_secret"],
        "[" * 100_000,
        "",
    ]
    for text in broken:
        with pytest.raises(UsageError) as caught:
            keylint("diff", words[0], "--credentials=-", "--policy=live.policy.yaml", stdin=text)
        assert str(caught.value).startswith("standard input: ")
        assert_clean([str(caught.value)], VALUES)


ROOT = Path(__file__).parent.parent.parent
DEFECT = """
import sys
import keylint.cli.diff as diff
from keylint.cli.main import main
def fail(*_):
    secret = {secret!r}
    raise ValueError(f"could not sign with {{secret}}")
diff.targets = fail
sys.argv = ["keylint", "diff", "keylint.yaml", "--policy=live.policy.yaml", "--credentials=credentials.json"]
main()
"""


def test_traceback_of_a_defect_shows_places_only(canaries: World) -> None:
    canaries.write()
    script = DEFECT.format(secret=GIVEN["binance-bot"]["api_secret"])
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=canaries.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "a defect in keylint" in done.stderr
    assert "ValueError" in done.stderr
    assert_clean([done.stdout, done.stderr], VALUES)


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        "{}".format,
        "{:>80}".format,
        "{!r}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - the old way is one of the ways
        lambda secret: repr([secret]),
        lambda secret: repr({"a": secret}),
        lambda secret: repr(Credentials({"api_secret": secret})),
        lambda secret: str(KeyError(secret)),
        lambda secret: repr(dir(secret)),
        lambda secret: json.dumps(str(secret)),
    ],
)
def test_secret_shows_a_placeholder(show: Callable[[Secret], str]) -> None:
    value = random_text(32)
    assert value not in show(Secret(value))


@pytest.mark.parametrize(
    "store",
    [
        copy.copy,
        copy.deepcopy,
        json.dumps,
        *(lambda secret, protocol=protocol: pickle.dumps(secret, protocol) for protocol in range(6)),
        lambda secret: pickle.dumps([secret]),
        lambda secret: dataclasses.asdict(Credentials({"api_secret": secret})),
        lambda secret: copy.deepcopy(Credentials({"api_secret": secret})),
        vars,
        iter,
        len,
        bytes,
        sorted,
        lambda secret: secret + "",
        lambda secret: secret < secret,  # noqa: PLR0124 - no order tells of the value
        lambda secret: "a" in secret,
    ],
)
def test_secret_cannot_be_stored_copied_or_looked_into(store: Callable[[Any], object]) -> None:
    value = random_text(32)
    with pytest.raises(TypeError) as caught:
        store(Secret(value))
    assert value not in str(caught.value)


def test_secret_cannot_be_changed_and_tells_only_whether_it_is_empty() -> None:
    secret = Secret("abc")
    with pytest.raises(AttributeError):
        secret.value = "x"  # type: ignore[attr-defined]  # there is none
    assert (bool(secret), bool(Secret(""))) == (True, False)
    assert secret != Secret("abc")
    assert secret != "abc"
    assert len({secret, Secret("abc"), secret}) == 2
    assert secret.reveal() == "abc"


def test_request_and_answer_show_nothing_of_their_contents() -> None:
    value = random_text(32)
    request = Request("GET", "/x", value, {"X-MBX-APIKEY": value}, value.encode())
    answer = Answer(200, {"Set-Cookie": value}, {"apiKey": value})
    assert value not in repr((request, answer))


@given(st.text(min_size=3))
def test_secret_hides_any_text(value: str) -> None:
    if value not in "Secret(…)":
        assert value not in repr(Secret(value)) + str(Secret(value)) + format(Secret(value), "s")
