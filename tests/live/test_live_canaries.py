"""Canaries in every credential at all exchanges at once: whatever comes back, nothing of them comes out."""

import base64
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keylint.exchanges import EXCHANGES, adapter
from keylint.exchanges.exchange import Answer, Listing, Request
from keylint.exchanges.http import Door
from keylint.sandbox.answers import HOSTILE
from keylint.sandbox.faults import FAULTS
from keylint.sandbox.server import system_clock
from keylint.sandbox.simulation import SIMULATED
from keylint.sandbox.wire import Refused
from tests.live.canary import alike
from tests.live.test_live_secrets import FORMATS, assert_clean, random_text
from tests.live.world import CREDENTIALS, World, key_name
from tests.running import Ran, keylint
from tests.sandbox.hands import BELOW, ENTRIES, entry

FIELDS = ("api_key", "api_secret", "passphrase", "private_key", "address", "otp")
_LONG_WORD = re.compile(r"[\w+/=-]{20,}")
_PUBLIC_HEADERS = ("content-type", "timestamp")


def drawn(exchange: str) -> dict[str, str]:
    """Return random credentials of the form that an exchange's have. The address of a wallet is no secret."""
    if exchange == "hyperliquid":
        return {"address": ENTRIES[exchange]["api_key"]}
    if exchange == "coinbase":
        key = Ed25519PrivateKey.generate()
        pair = key.private_bytes_raw() + key.public_key().public_bytes_raw()
        return {"api_key": str(uuid4()), "private_key": base64.b64encode(pair).decode()}
    if exchange == "kraken":
        return {**{name: alike(text) for name, text in CREDENTIALS["kraken"].items()}, "otp": random_text(12)}
    return {field: alike(ENTRIES[exchange][field]) for field in FIELDS if field in ENTRIES[exchange]}


class Canaries:
    """One key at each exchange; `sent` collects what was sent beside the credentials, such as signatures and tokens."""

    def __init__(self, world: World) -> None:
        self.world, self.sent = world, set[str]()
        self.given = {name: drawn(name) for name in EXCHANGES}
        (world.folder / "all.policy.yaml").write_text("version: 1\nname: all\n")
        for name, given in self.given.items():
            fields = {"permissions": ["read"], "label": "desk", "account_id": "12345", "ip_allowlist": ["203.0.113.10"]}
            world.declare("kraken", key_name(name), given, **{**fields, "exchange": name, "created": "2026-09-01"})
            world.keys[key_name(name)] |= {"lists": True} if isinstance(adapter(name), Listing) else {}

    def play(self, *faults: Any, fields: Callable[[str], Mapping[str, Any]] = lambda _: {}) -> None:
        """Play all exchanges; `fields` gives more fields of an exchange's key."""
        keys = [{**self.live(name), **fields(name)} for name in EXCHANGES]
        # A wallet's entry has the address in the place of the id.
        self.world.play([*keys, {**self.live("whitebit"), **BELOW["whitebit"]}], system_clock, faults=list(faults))

    def live(self, exchange: str) -> dict[str, Any]:
        given = {"api_key" if name == "address" else name: value for name, value in self.given[exchange].items()}
        like = {"exchange": "kraken", "label": "grid-bot", "permissions": ["query-funds"]}
        return {**(like if exchange == "kraken" else entry(exchange)), **given}

    @property
    def values(self) -> list[str]:
        """Return what must not come out. Gate itself shows the first twelve characters of an id."""
        own = [given for name, given in self.given.items() if name != "hyperliquid"]
        masked = self.given["gate"]["api_key"]
        found = {*(value for given in own for value in given.values()), *self.sent} - {masked}
        return [*found, masked[5:]]

    def diff(self) -> list[str]:
        """Run once with every rule and format, as talkative as it can be; return all that came out."""
        outputs = [f"--output={form}=out.{form}" for form in FORMATS]
        common = ("-vv", "--force", "--timeout=0.4", "--jobs=20", "--now=2026-11-22", "--policy=all.policy.yaml")
        ran = keylint("diff", *self.world.write(), *outputs, *common)
        assert ran.code in (0, 1, 3)
        assert len(json.loads(self.read("out.json"))["keys"]) == len(EXCHANGES)
        return [*texts(ran), *(self.read(f"out.{form}") for form in FORMATS)]

    def read(self, name: str) -> str:
        return (self.world.folder / name).read_text()


def texts(ran: Ran) -> list[str]:
    return [ran.out, ran.err]


@pytest.fixture
def canaries(world: World, monkeypatch: pytest.MonkeyPatch) -> Canaries:
    """Play nobody yet; every request is listened to."""
    made = Canaries(world)
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        headers = {name: value for name, value in request.headers.items() if not name.lower().endswith(_PUBLIC_HEADERS)}
        words = [*headers.values(), request.body.decode()]
        signed = [pair.partition("=") for pair in request.query.split("&")]
        words += [unquote(value) for name, _, value in signed if name.lower() == "signature"]
        address = made.given["hyperliquid"]["address"]
        found = {word for text in words for word in _LONG_WORD.findall(text) if not word.startswith(("/", address))}
        made.sent.update(found - {"Bearer", ENTRIES["hyperliquid"]["main_account"]})
        answer: Answer = await original(self, request)
        return answer

    monkeypatch.setattr(Door, "send", send)
    return made


# Every fault of the sandbox, as it is and beside a refusal that quotes the whole request.
OPTIONS: Mapping[str, Any] = {
    "redirect": {"to": "http://127.0.0.1:1/steal"},
    "rate_limited": {"retry_after": 0},
    "clock_skew": {"seconds": 40 * 86_400},
    "refuse": {"code": "HTTP 401", "message": "Unauthorized"},
}
PAIRS: list[list[Any]] = [[{name: OPTIONS[name]} if name in OPTIONS else name] for name in sorted(FAULTS)]
PAIRS += [["echo", name] for name in ("hostile_text", "wrong_types", "gzip", "cut", "slow_body")]
PAIRS += [[{"echo": {"status": status}}] for status in (200, 400, 401, 403, 418, 429, 500, 503)]


@pytest.mark.parametrize("faults", PAIRS, ids=str)
def test_no_fault_of_any_exchange_brings_a_credential_out(canaries: Canaries, faults: list[Any]) -> None:
    canaries.play(*faults)
    assert_clean(canaries.diff(), canaries.values)


def texts_changed(data: Any, plant: Callable[[str], str]) -> Any:
    """Return data with every text changed, but for ids: of an id reports show the ends, whosesoever it is."""
    match data:
        case dict():
            changed = {name: texts_changed(value, plant) for name, value in data.items()}
            return {**changed, **{name: data[name] for name in data if name.lower().endswith("key")}}
        case list():
            return [texts_changed(value, plant) for value in data]
        case str():
            return plant(data)
        case _:
            return data


def names_added(data: Any, canary: str) -> Any:
    """Return data with rights that are called like a canary, wherever a right might stand."""
    match data:
        case dict():
            added = {f"{start}{canary}": True for start in ("", "enable", "permits", "can_", "can", "is")}
            said = dict.fromkeys(("label", "note", "name", "remark", "title", "message", "msg"), canary)
            return {**{name: names_added(value, canary) for name, value in data.items()}, **said, **added}
        case list():
            more = [[canary, 1, 1]] if data and isinstance(data[0], list) else [canary]
            return [*(names_added(value, canary) for value in data), *more]
        case _:
            return data


@pytest.mark.parametrize("how", ["texts", "around texts", "names", "status line"])
@pytest.mark.parametrize("field", ["api_key", "api_secret", "passphrase", "all"])
def test_no_answer_that_holds_a_credential_brings_it_out(
    canaries: Canaries, monkeypatch: pytest.MonkeyPatch, how: str, field: str
) -> None:
    """An exchange that shows what it should not, in its own place or in any other."""
    canaries.play()
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        answer: Answer = await original(self, request)
        given = canaries.given[self._facts.exchange]
        canary = " ".join(given.values()) if field == "all" else given.get(field, given.get("api_key", ""))
        if how == "status line":
            return Answer(401, {"retry-after": canary}, None, "an empty body", canary)
        if how == "names":
            return replace(answer, data=names_added(answer.data, canary))
        around = "{}{}" if how == "around texts" else "{1}"
        return replace(answer, data=texts_changed(answer.data, lambda text: around.format(text, canary)))

    monkeypatch.setattr(Door, "send", send)
    assert_clean(canaries.diff(), canaries.values)


NUMBERED = ("binance", "bitfinex", "deribit", "whitebit", "htx", "bingx", "mexc")
"""Where the code of a refusal is a number."""


@pytest.mark.parametrize("part", ["headers", "query", "body"])
def test_no_refusal_that_quotes_a_request_brings_a_part_of_it_out(
    canaries: Canaries, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """With a code that nobody knows, so that the exchange's own words are shown."""
    canaries.play()
    original: Callable[[Door, Request], Any] = Door.send

    async def send(self: Door, request: Request) -> Answer:
        answer: Answer = await original(self, request)
        longest_first = sorted(request.headers.values(), key=len, reverse=True)
        query = [pair.partition("=")[2] for pair in request.query.split("&")]
        quoted = {
            "headers": " ".join(longest_first),
            "query": " ".join(sorted((text for value in query for text in (value, unquote(value))), key=len)[::-1]),
            "body": " ".join(sorted(_LONG_WORD.findall(request.body.decode()), key=len, reverse=True)),
        }[part]
        name = self._facts.exchange
        code = "-7777" if name in NUMBERED else "SOMETHING_NEW"
        refused = SIMULATED[name](()).refusal(Refused(code, quoted, 400), 0)
        return replace(answer, status=400, data=json.loads(refused.body()))

    monkeypatch.setattr(Door, "send", send)
    shown = canaries.diff()
    assert "the exchange said: " in "".join(shown)
    assert_clean(shown, canaries.values)


@pytest.mark.parametrize("code", ["x", "own", "HTTP 403"])
def test_no_refusal_that_holds_a_credential_brings_it_out(canaries: Canaries, code: str) -> None:
    def fields(exchange: str) -> dict[str, Any]:
        given = canaries.given[exchange]
        said = " ".join(given.values())
        name = given.get("api_key", "x") if code == "own" else code
        told = "-7777" if exchange in NUMBERED and code != "HTTP 403" else name
        return {"faults": [{"refuse": {"code": told, "message": said}}]}

    canaries.play(fields=fields)
    assert_clean(canaries.diff(), canaries.values)


@pytest.mark.parametrize("faults", [[], ["echo"], ["hostile_text"], ["wrong_types"]], ids=str)
def test_snapshot_and_what_is_made_of_it_hold_no_credential(canaries: Canaries, faults: list[Any]) -> None:
    canaries.play(*faults, fields=lambda name: {"label": canaries.given[name].get("passphrase", "bot")})
    words = canaries.world.write()
    taken = keylint("snapshot", *words, "-o", "seen.json", "--timeout=1")
    assert taken.code in (0, 3)
    seen = canaries.read("seen.json")
    assert {item["exchange"] for item in json.loads(seen)["keys"]} == set(EXCHANGES)
    recalled = [
        keylint("diff", words[0], "--snapshot=seen.json", "--policy=live.policy.yaml", f"--format={form}", "-vv")
        for form in ("text", *FORMATS)
    ]
    assert_clean([*texts(taken), seen, *(text for ran in recalled for text in texts(ran))], canaries.values)


@pytest.mark.parametrize("exchange", sorted(EXCHANGES))
@pytest.mark.parametrize("faults", [[], ["echo"], ["hostile_text"]], ids=str)
def test_import_holds_no_credential(
    canaries: Canaries, monkeypatch: pytest.MonkeyPatch, exchange: str, faults: list[Any]
) -> None:
    given = canaries.given[exchange]
    canaries.play(*faults, fields=lambda name: {"label": canaries.given[name].get("passphrase", "bot")})
    words = []
    for field, value in given.items():
        monkeypatch.setenv(f"CANARY_{field.upper()}", value)
        words.append(f"--{field.replace('_', '-')}=env:CANARY_{field.upper()}")
    lists = ["--list", "--account-type=main"] if isinstance(adapter(exchange), Listing) else []
    ran = keylint("import", exchange, f"--base-url={exchange}={canaries.world.bases[exchange]}", *words, *lists)
    assert ran.code in (0, 1, 3)
    assert_clean(texts(ran), canaries.values)
    assert not {"\x1b", "\x07", "\x00", "\u202e", "\u2066", "\u200b"} & set(ran.out + ran.err)


def test_planned_requests_hold_no_credential(canaries: Canaries) -> None:
    canaries.play()
    ran = canaries.world.diff("--show-calls", "-vv")
    assert ran.code == 0
    assert {line.rpartition("/")[0] for line in ran.out.splitlines()}
    assert_clean(texts(ran), canaries.values)
    assert canaries.sent == set()


@pytest.mark.parametrize("form", ["text", *FORMATS])
def test_hostile_words_of_every_exchange_steer_nothing(canaries: Canaries, form: str) -> None:
    """Labels, rights, refusals and status lines with terminal escapes and workflow commands."""
    shown = []
    for faults in (["hostile_text"], ["hostile_text", {"refuse": {"code": "x", "message": HOSTILE}}]):
        canaries.play(*faults, fields=lambda name: {"label": "bot" if name == "hyperliquid" else HOSTILE})
        ran = canaries.world.diff(f"--format={form}", "-vv")
        assert ran.code in (1, 3)
        shown += texts(ran)
    assert not set("\x1b\x07\x00\u202e\u2066\u200b") & set("".join(shown))
    assert not [line for text in shown for line in text.split("\n") if line.startswith(("::set-output", "::error::o"))]
    if form in ("html", "junit", "markdown"):
        assert "<script>" not in "".join(shown)


def test_canaries_stand_at_every_exchange(canaries: Canaries) -> None:
    """Else the other tests would look for nothing."""
    canaries.play()
    states = {key["exchange"]: key["state"] for key in canaries.world.diff("--format=json").json["keys"]}
    assert set(states) == set(EXCHANGES)
    assert "unchecked" not in states.values()
    assert len(canaries.sent) >= len(EXCHANGES)
    assert all(len(value) >= 12 for value in canaries.values)
    assert secrets.token_hex(4) not in "".join(canaries.values)


def outcomes(ran: Ran) -> dict[str, tuple[str, bool]]:
    """Return each exchange's state, and whether something there was not looked at: a listing may be refused."""
    unchecked = {item["exchange"] for item in ran.json["unchecked"]}
    return {key["exchange"]: (key["state"], key["exchange"] in unchecked) for key in ran.json["keys"]}


@pytest.mark.parametrize("fault", ["hang", "slow_body", "endless_body", "deep_json", "wrong_types", "banned", "reset"])
@pytest.mark.parametrize("half", [0, 1])
def test_half_of_the_exchanges_neither_hides_nor_delays_the_other(canaries: Canaries, fault: str, half: int) -> None:
    words = ("--format=json", "--jobs=20")
    canaries.play()
    usual = outcomes(canaries.world.diff(*words))
    broken = set(sorted(EXCHANGES)[half::2])
    canaries.play(fields=lambda name: {"faults": [fault]} if name in broken else {})
    began = time.monotonic()
    found = outcomes(canaries.world.diff(*words, "--timeout=0.5"))
    assert time.monotonic() - began < 4
    assert {name: told for name, told in found.items() if name not in broken} == {
        name: told for name, told in usual.items() if name not in broken
    }
    assert all(found[name][1] for name in broken)
