"""What keylint signs is, byte for byte, what ccxt signs for the same credentials, time and path.

Where ccxt does another thing, the table below says which, and why that is no fault; the signatures are compared all the
same: over ccxt's own text, signed by keylint.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from keylint.exchanges import EXCHANGES, adapter, binance, coinbase, gemini, whitebit
from keylint.exchanges.exchange import Credentials, Request
from keylint.exchanges.signing import base64url, hmac_sha256_hex
from keylint.load.facts import facts_of
from tests.ccxt.calls import ADDRESS, CALLS, KEY_ID, NONCE, NOW_MS, PASSPHRASE, Call

ccxt = pytest.importorskip("ccxt")
pytestmark = pytest.mark.compare

NOT_IN_CCXT = {"bitmex": "ccxt dropped it before 4.5.90"}
NAMES = {"kraken-futures": "krakenfutures"}

NO_BODY = "a content type says nothing about a request without a body"
BROKER = "names ccxt as the broker"
# exchange -> header that only ccxt sends -> why keylint does not.
ONLY_THEIRS: Mapping[str, Mapping[str, str]] = {
    "bingx": {"X-SOURCE-KEY": BROKER},
    "bitget": {"X-CHANNEL-API-CODE": BROKER},
    "bithumb": {"OPEN-API-PARTNER": BROKER, "Accept": "every request of keylint has one"},
    "bybit": {"Content-Type": NO_BODY},
    "coinbase": {"Content-Type": NO_BODY},
    "gate": {"Content-Type": NO_BODY},
    "htx": {"Content-Type": NO_BODY},
    "kraken-futures": {"Content-Type": NO_BODY, "Accept": "every request of keylint has one"},
    "kucoin": {
        "KC-API-PARTNER": BROKER,
        "KC-API-PARTNER-SIGN": BROKER,
        "KC-API-PARTNER-VERIFY": BROKER,
    },
    "mexc": {"source": BROKER},
}
# exchange -> header that only keylint sends -> why ccxt does not.
ONLY_OURS: Mapping[str, Mapping[str, str]] = {
    "gemini": {"Cache-Control": "the exchange's documentation asks for it"},
}


class Sent(NamedTuple):
    """What ccxt would send."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def theirs(call: Call) -> Sent:
    """Return what ccxt signs, at the fixed time and with the fixed nonce."""
    options = {"recvWindow": 5000}
    client = getattr(ccxt, NAMES.get(call.exchange, call.exchange))(
        {"apiKey": KEY_ID, "secret": call.secret, "password": PASSPHRASE, "options": options}
    )
    client.milliseconds = lambda: NOW_MS
    client.seconds = lambda: NOW_MS // 1000
    client.uuid = lambda: NONCE
    params = dict(call.asked)
    if call.exchange == "hyperliquid":
        params = {"type": params["kind"], "user": ADDRESS}
    if call.exchange == "kraken-futures":  # ccxt has this part of the API under no name of its own
        client.urls["api"]["auth"] = "https://futures.kraken.com/api/auth/"
        client.options["access"]["auth"] = {"GET": {call.their_path: "private"}}
        params["version"] = "v1"
    made = client.sign(call.their_path, list(call.api), call.method, params)
    body = made["body"] or b""
    return Sent(made["method"], made["url"], made["headers"] or {}, body.encode() if isinstance(body, str) else body)


def ours(call: Call, monkeypatch: pytest.MonkeyPatch, given: Credentials) -> Request:
    """Return what keylint signs, with the nonce of ccxt where it would be drawn at random."""
    if call.exchange in ("upbit", "bithumb"):
        monkeypatch.setattr(f"{EXCHANGES[call.exchange]}.uuid4", lambda: NONCE)
    if call.exchange == "deribit":  # ccxt takes the time for a nonce
        monkeypatch.setattr(f"{EXCHANGES['deribit']}.secrets.token_hex", lambda _size: str(NOW_MS))
    module: Any = adapter(call.exchange)
    if call.exchange == "hyperliquid":
        made: Request = module.sign(call.method, call.path, given, NOW_MS, call.asked["kind"])
    elif call.exchange == "gemini":  # ccxt counts in milliseconds, which is one of our two ways
        made = module.fine(call.method, call.path, given, NOW_MS)
    elif call.asked:
        made = module.sign(call.method, call.path, given, NOW_MS, call.asked)
    else:
        made = module.sign(call.method, call.path, given, NOW_MS)
    return made


def same_request(call: Call, mine: Request, other: Sent) -> None:
    """Demand the same bytes in URL, headers and body."""
    url = other.url.removesuffix("?")  # ccxt leaves a mark without a query behind Bybit's path
    assert url == _base(call) + mine.path + (f"?{mine.query}" if mine.query else "")
    assert _shared(call, other.headers, ONLY_THEIRS) == _shared(call, mine.headers, ONLY_OURS)
    assert other.body == mine.body


def same_but_for_the_order(call: Call, mine: Request, other: Sent) -> None:
    """Demand the same parameters, in whatever order: what is signed is what is sent, on both sides."""
    path, _, query = other.url.partition("?")
    assert path == _base(call) + mine.path
    signed, _, made = query.partition("&signature=")
    own_signed, _, own_made = mine.query.partition("&signature=")
    own = set(own_signed.split("&")) - set(ONLY_OUR_PARAMETERS.get(call.exchange, ()))
    # ccxt leaves e-mail addresses as they are; Binance asks for them percent-encoded since January 2026.
    assert {unquote(pair) for pair in signed.split("&")} == {unquote(pair) for pair in own}
    assert _shared(call, other.headers, ONLY_THEIRS) == _shared(call, mine.headers, ONLY_OURS)
    assert (unquote(made), unquote(own_made)) == (_by_query(call, signed), _by_query(call, own_signed))
    assert (other.body, mine.body) == (b"", b"")


def _by_query(call: Call, text: str) -> str:
    """Return keylint's signature of a query."""
    return (
        binance.signature(text, call.credentials)
        if call.exchange == "binance"
        else hmac_sha256_hex(call.secret, text.encode())
    )


def same_token(call: Call, mine: Request, other: Sent) -> None:
    """Demand that keylint signs ccxt's token as ccxt does, and that its own says the same in the claims that matter."""
    assert (other.method, other.url) == (mine.method, _base(call) + mine.path)
    assert list(_shared(call, other.headers, ONLY_THEIRS)) == list(_shared(call, mine.headers, ONLY_OURS))
    head, said, made = other.headers["Authorization"].removeprefix("Bearer ").split(".")
    key, kind = coinbase.private_key(call.credentials)
    token = coinbase.token(key, _decoded(head), _decoded(said))
    if kind == "ed25519":
        assert token == f"{head}.{said}.{made}"
    for signature in (made, token.split(".")[2]):  # those of ES256 are others each time
        _verify(key, f"{head}.{said}", signature)
    own_head, own_said, own_made = mine.headers["Authorization"].removeprefix("Bearer ").split(".")
    _verify(key, f"{own_head}.{own_said}", own_made)
    heads = json.loads(_decoded(head)), json.loads(_decoded(own_head))
    assert [(one["alg"], one["kid"], one["typ"]) for one in heads] == [
        ({"ed25519": "EdDSA"}.get(kind, "ES256"), KEY_ID, "JWT")
    ] * 2
    their_claims, own_claims = json.loads(_decoded(said)), json.loads(_decoded(own_said))
    # ccxt: an audience, which the exchange's own library does not send; Ed25519 tokens name a list of `uris` there.
    uri = their_claims.get("uri") or their_claims["uris"][0]
    assert {**{name: their_claims[name] for name in ("sub", "nbf", "exp")}, "uri": uri, "iss": "cdp"} == own_claims


def _verify(key: Any, text: str, signature: str) -> None:
    """Raise InvalidSignature where a token's signature is none of this key."""
    raw = base64.urlsafe_b64decode(_padded(signature))
    public = key.public_key()
    if hasattr(public, "curve"):
        pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        public.verify(pair, text.encode(), ECDSA(SHA256()))
    else:
        public.verify(raw, text.encode())


def same_but_for_json(call: Call, mine: Request, other: Sent) -> None:
    """Demand the same JSON in another order, and that keylint signs ccxt's text as ccxt does.

    Gemini and WhiteBIT sign the JSON as it is sent, in base64. ccxt writes nonces as texts, and asks for no window.
    """
    module: Any = {"gemini": gemini, "whitebit": whitebit}[call.exchange]
    prefix = {"gemini": "X-GEMINI", "whitebit": "X-TXC"}[call.exchange]
    assert (other.method, other.url) == (mine.method, _base(call) + mine.path)
    encoded, own_encoded = (headers[f"{prefix}-PAYLOAD"] for headers in (other.headers, mine.headers))
    assert module.payload(_plain(encoded)) == encoded
    assert module.signature(encoded, call.secret) == other.headers[f"{prefix}-SIGNATURE"]
    their_text, own_text = json.loads(_plain(encoded)), json.loads(_plain(own_encoded))
    assert {**their_text, "nonce": int(their_text["nonce"])} == {**own_text, **OTHER_VALUES.get(call.exchange, {})}
    assert module.signature(own_encoded, call.secret) == mine.headers[f"{prefix}-SIGNATURE"]
    varying = {f"{prefix}-payload".lower(), f"{prefix}-signature".lower()}
    rest = [_shared(call, other.headers, ONLY_THEIRS), _shared(call, mine.headers, ONLY_OURS)]
    assert rest[0].keys() == rest[1].keys() >= varying
    assert [name for name in rest[0].keys() - varying if rest[0][name] != rest[1][name]] == []
    if call.exchange == "whitebit":
        assert (other.body.decode(), mine.body.decode()) == (_plain(encoded), _plain(own_encoded))
    else:  # the exchange's page: the body stays empty; ccxt sends an empty object
        assert (other.body, mine.body) == (b"{}", b"")


# exchange -> parameters that only keylint sends: a request is useless sooner.
ONLY_OUR_PARAMETERS = {"bingx": ("recvWindow=5000",)}
# exchange -> what ccxt says otherwise in its JSON: keylint asks for the window, so as not to lock the bot out.
OTHER_VALUES: Mapping[str, Mapping[str, object]] = {"whitebit": {"nonceWindow": False}}

COMPARED: Mapping[str, Callable[[Call, Request, Sent], None]] = {
    "binance": same_but_for_the_order,  # ccxt puts the time first
    "bingx": same_but_for_the_order,
    "mexc": same_but_for_the_order,
    "coinbase": same_token,
    "gemini": same_but_for_json,
    "whitebit": same_but_for_json,
}


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_ccxt_signs_the_same(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = ours(call, monkeypatch, call.credentials), theirs(call)
    assert (mine.method, mine.path) == (other.method, call.path)
    COMPARED.get(call.exchange, same_request)(call, mine, other)


def test_every_exchange_that_ccxt_has_is_compared() -> None:
    assert {call.exchange for call in CALLS} == EXCHANGES.keys() - NOT_IN_CCXT.keys()
    assert [name for name in NOT_IN_CCXT if hasattr(ccxt, NAMES.get(name, name))] == []


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_every_compared_call_is_one_of_the_facts(call: Call) -> None:
    facts = facts_of(call.exchange)
    assert facts
    assert (call.method, call.path) in {(item.method, item.path) for item in facts.calls}


@pytest.mark.parametrize("call", [call for call in CALLS if call.algorithm != "none"], ids=str)
def test_comparison_notices_another_secret(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = ours(call, monkeypatch, call.of_a_stranger), theirs(call)
    with pytest.raises((AssertionError, InvalidSignature)):
        COMPARED.get(call.exchange, same_request)(call, mine, other)


def _base(call: Call) -> str:
    facts = facts_of(call.exchange)
    assert facts
    return facts.bases["production"]


def _shared(call: Call, headers: Mapping[str, str], only: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return headers by small names, but for those that one side has alone; these must be there."""
    own = only.get(call.exchange, {})
    assert own.keys() <= headers.keys()
    return {name.lower(): value for name, value in headers.items() if name not in own}


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def _decoded(part: str) -> str:
    text = base64.urlsafe_b64decode(_padded(part)).decode()
    assert base64url(text.encode()) == part
    return text


def _plain(encoded: str) -> str:
    return base64.b64decode(encoded).decode()
