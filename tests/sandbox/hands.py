"""Requests written by hand from the published descriptions, one function an exchange; nothing of keylint signs here."""

import base64
import hashlib
import hmac
import http.client
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric import ed25519

NOW = 1_700_000_000_000
NOW_ISO = "2023-11-14T22:13:20"
NONCE = "6f5570df-d8bc-4daf-85b4-976733feb624"

Entry = Mapping[str, Any]
Sign = Callable[[str], str]
Reply = tuple[int, dict[str, str], bytes]
Sent = tuple[str, dict[str, str]]
"""Target and headers."""

KID = "organizations/11111111-1111-4111-8111-111111111111/apiKeys/22222222-2222-4222-8222-222222222222"
# The public test secret of coinbase-advanced-py: base64 of an Ed25519 seed and its public key.
SEED = "k0BUni0p0vZG1BdpVjS6ogBJ7kxm630AJ2dN+tuputDOKsRAwgyrpEQLeBtS1znTmzPX6Xr2eOWpzx6nW8knkA=="

# One key for each exchange; all credentials are printed in documents, or are no more than a pattern.
ENTRIES: Mapping[str, Entry] = {
    "binance": {
        "api_key": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "api_secret": "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
        "permissions": ["enableReading", "enableSpotAndMarginTrading"],
    },
    "bybit": {"api_key": "k" * 18, "api_secret": "s" * 36, "permissions": ["Spot.SpotTrade"]},
    "okx": {
        "api_key": "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "api_secret": "22582BD0CFF14C41EDBF1AB98506286D",
        "passphrase": "Pass-phrase-1",
        "permissions": ["read_only", "trade"],
    },
    "coinbase": {"api_key": KID, "private_key": SEED, "permissions": ["can_view", "can_trade"]},
    "kucoin": {
        "api_key": "66828780d4e5f60718293a4b",
        "api_secret": "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3",
        "passphrase": "Ab12345678)(*&^%$#@",
        "permissions": ["General", "Spot"],
    },
    "bitget": {
        "api_key": "bg_0123456789abcdef",
        "api_secret": "keylint-demo-secret",
        "passphrase": "Passphrase1",
        "permissions": ["coor", "stor", "stow"],
    },
    "gate": {
        "api_key": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "api_secret": "a" * 64,
        "permissions": ["spot.read_write", "account.read_only"],
    },
    "htx": {
        "api_key": "1a2b3c4d-5e6f7a8b-9c0d1e2f-ab12c",
        "api_secret": "keylint-demo-secret",
        "permissions": ["readOnly", "trade"],
    },
    "mexc": {
        "api_key": "mx0aBYs33eIilxBWC5",
        "api_secret": "45d0b3c26f2644f19bfb98b07741b2f5",
        "permissions": ["SPOT_ACCOUNT_READ", "SPOT_DEAL_WRITE"],
    },
    "bingx": {
        "api_key": "Zsm4DcrHBTewmVaElrdwA67PmivPv6VDK6JAkiECZ9QfcUnmn67qjCOgvRuZVOzU",
        "api_secret": "mheO6dR8ovSsxZQCOYEFCtelpuxcWGTfHw7te326y6jOwq5WpvFQ9JNljoTwBXZGv5It07m9RXSPpDQEK2w",
        "permissions": ["enableReading", "enableFutures"],
    },
    "kraken-futures": {
        "api_key": "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrSt",
        "api_secret": "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==",
        "permissions": ["general.FULL_ACCESS"],
    },
    "bitmex": {
        "api_key": "LAqUlngMIQkIUjXMUreyu3qn",
        "api_secret": "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO",
        "permissions": ["order"],
    },
    "deribit": {
        "api_key": "1aBcD2eF",
        "api_secret": "keylint-demo-secret",
        "permissions": ["account:read", "trade:read_write"],
    },
    "bitfinex": {
        "api_key": "k" * 43,
        "api_secret": "keylint-demo-secret",
        "permissions": ["account.read", "orders.read", "orders.write"],
    },
    "gemini": {
        "api_key": "account-0123456789ABCDEFGHIJ",
        "api_secret": "keylint-demo-secret",
        "permissions": ["isTrader"],
    },
    "upbit": {
        "api_key": "8f3a2c1d9b7e6a5c4d3f2e1a0b9c8d7e6f5a4b3c",
        "api_secret": "keylint-demo-secret",
        "permissions": ["자산조회", "주문하기", "포켓관리"],
        "expires": "2027-05-27T06:17:51Z",
    },
    "bithumb": {
        "api_key": "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69",
        "api_secret": "keylint-demo-secret",
        "expires": "2027-06-11T00:00:00Z",
    },
    "whitebit": {
        "api_key": "0123456789abcdef0123456789abcdef",
        "api_secret": "keylint-demo-secret",
        "permissions": ["type.1"],
    },
    "hyperliquid": {
        "api_key": "0x286edfa08c04f6899dab3bfdecf2dd133f9733b9",
        "main_account": "0x31ca8395cf837de08b24da3f660e77761dfb974b",
        "permissions": ["agent"],
    },
}
DESK = "8e667b4a-0b71-4988-8af5-9474dbfaeb51"
# What makes a key one below that of ENTRIES, where that one can look at nothing else.
BELOW: Mapping[str, Entry] = {
    "whitebit": {"api_key": "fedcba9876543210fedcba9876543210", "account": DESK, "main_account": "100000001"},
}
INSPECT: Mapping[str, str] = {
    "binance": "/sapi/v1/account/apiRestrictions",
    "bybit": "/v5/user/query-api",
    "okx": "/api/v5/account/config",
    "coinbase": "/api/v3/brokerage/key_permissions",
    "kucoin": "/api/v1/user/api-key",
    "bitget": "/api/v2/spot/account/info",
    "gate": "/api/v4/account/main_keys",
    "htx": "/v2/user/api-key?uid=100000001",
    "mexc": f"/api/v3/apiKeyInfo?accessKey={ENTRIES['mexc']['api_key']}",
    "bingx": "/openApi/v1/account/apiPermissions",
    "kraken-futures": "/api/auth/v1/api-keys/v3/check",
    "bitmex": "/api/v1/apiKey",
    "deribit": "/api/v2/private/list_api_keys",
    "bitfinex": "/v2/auth/r/permissions",
    "gemini": "/v1/roles",
    "upbit": "/v1/api_keys",
    "bithumb": "/v1/api_keys",
    "whitebit": "/api/v4/sub-account/api-key/list",
    "hyperliquid": "/info",
}
# Where the inspection is no GET.
POSTED: Mapping[str, bytes] = {
    "bitfinex": b"{}",
    "gemini": b"",
    "whitebit": b'{"request":"%s","nonce":%d}' % (INSPECT["whitebit"].encode(), NOW),
    "hyperliquid": b'{"type":"userRole","user":"%s"}' % ENTRIES["hyperliquid"]["api_key"].encode(),
}
TIME: Mapping[str, str] = {
    "binance": "/api/v3/time",
    "bybit": "/v5/market/time",
    "okx": "/api/v5/public/time",
    "coinbase": "/api/v3/brokerage/time",
    "kucoin": "/api/v1/timestamp",
    "bitget": "/api/v2/public/time",
    "gate": "/api/v4/spot/time",
    "htx": "/v1/common/timestamp",
    "mexc": "/api/v3/time",
    "bingx": "/openApi/swap/v2/server/time",
    "deribit": "/api/v2/public/get_time",
    "whitebit": "/api/v4/public/time",
}


def entry(exchange: str, **changes: Any) -> dict[str, Any]:
    """Return the YAML of a key; a field that is None is left out."""
    fields = {"exchange": exchange, "label": "grid-bot", **ENTRIES[exchange], **changes}
    return {name: value for name, value in fields.items() if value is not None}


def mac(secret: str, text: str, digest: str = "sha256") -> bytes:
    return hmac.digest(secret.encode(), text.encode(), digest)


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def b64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def iso(now: int) -> str:
    return f"{datetime.fromtimestamp(now / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{now % 1000:03}Z"


def bybit(key: Entry, target: str, now: int = NOW, window: str = "5000", sign: Sign | None = None) -> Sent:
    text = f"{now}{key['api_key']}{window}{target.partition('?')[2]}"
    headers = {
        "X-BAPI-API-KEY": key["api_key"],
        "X-BAPI-TIMESTAMP": str(now),
        "X-BAPI-RECV-WINDOW": window,
        "X-BAPI-SIGN": sign(text) if sign else mac(key["api_secret"], text).hex(),
    }
    return target, headers


def okx(key: Entry, target: str, now: int = NOW) -> Sent:
    headers = {
        "OK-ACCESS-KEY": key["api_key"],
        "OK-ACCESS-TIMESTAMP": iso(now),
        "OK-ACCESS-PASSPHRASE": key["passphrase"],
        "OK-ACCESS-SIGN": b64(mac(key["api_secret"], f"{iso(now)}GET{target}")),
    }
    return target, headers


def claims(target: str, now: int = NOW, **changes: Any) -> dict[str, Any]:
    uri = f"GET api.coinbase.com{target.partition('?')[0]}"
    return {"sub": KID, "iss": "cdp", "nbf": now // 1000, "exp": now // 1000 + 120, "uri": uri, **changes}


def token(sign: Callable[[bytes], bytes], said: Mapping[str, Any], algorithm: str = "EdDSA", **changes: Any) -> str:
    head = {"alg": algorithm, "kid": said["sub"], "nonce": "00112233445566778899aabbccddeeff", "typ": "JWT", **changes}
    parts = [b64url(json.dumps(part, separators=(",", ":")).encode()) for part in (head, said)]
    text = ".".join(parts)
    return f"{text}.{b64url(sign(text.encode()))}"


def coinbase(key: Entry, target: str, now: int = NOW) -> Sent:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(key["private_key"])[:32])
    said = claims(target, now, sub=key["api_key"])
    return target, {"Authorization": f"Bearer {token(private.sign, said)}"}


def kucoin(key: Entry, target: str, now: int = NOW, version: str = "2") -> Sent:
    headers = {
        "KC-API-KEY": key["api_key"],
        "KC-API-TIMESTAMP": str(now),
        "KC-API-SIGN": b64(mac(key["api_secret"], f"{now}GET{unquote(target)}")),
        "KC-API-PASSPHRASE": b64(mac(key["api_secret"], key["passphrase"])),
        "KC-API-KEY-VERSION": version,
    }
    return target, headers


def bitget(key: Entry, target: str, now: int = NOW, sign: Sign | None = None) -> Sent:
    text = f"{now}GET{unquote(target)}"
    headers = {
        "ACCESS-KEY": key["api_key"],
        "ACCESS-TIMESTAMP": str(now),
        "ACCESS-PASSPHRASE": key["passphrase"],
        "ACCESS-SIGN": sign(text) if sign else b64(mac(key["api_secret"], text)),
        "Content-Type": "application/json",
    }
    return target, headers


def gate_text(method: str, target: str, body: str, timestamp: str) -> str:
    path, _, query = target.partition("?")
    return f"{method}\n{path}\n{unquote(query)}\n{hashlib.sha512(body.encode()).hexdigest()}\n{timestamp}"


def gate(key: Entry, target: str, now: int = NOW, timestamp: str = "") -> Sent:
    timestamp = timestamp or str(now // 1000)
    signed = mac(key["api_secret"], gate_text("GET", target, "", timestamp), "sha512").hex()
    return target, {"KEY": key["api_key"], "Timestamp": timestamp, "SIGN": signed}


def htx(
    key: Entry, target: str, now: int = NOW, host: str = "api.huobi.pro", sign: Sign | None = None, **changes: str
) -> Sent:
    path, _, query = target.partition("?")
    fields = {
        "AccessKeyId": key["api_key"],
        "SignatureMethod": "Ed25519" if sign else "HmacSHA256",
        "SignatureVersion": "2",
        "Timestamp": f"{datetime.fromtimestamp(now / 1000, UTC):%Y-%m-%dT%H:%M:%S}",
        **dict(pair.split("=") for pair in query.split("&") if pair),
        **changes,
    }
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(fields.items()))
    whole = f"GET\n{host}\n{path}\n{text}"
    signature = sign(whole) if sign else b64(mac(key["api_secret"], whole))
    return f"{path}?{text}&Signature={quote(signature, safe='')}", {}


def in_query(key: Entry, target: str, now: int, header: str) -> Sent:
    path, _, query = target.partition("?")
    text = "&".join(part for part in (query, f"timestamp={now}") if part)
    return f"{path}?{text}&signature={mac(key['api_secret'], text).hex()}", {header: key["api_key"]}


def binance(key: Entry, target: str, now: int = NOW) -> Sent:
    return in_query(key, target, now, "X-MBX-APIKEY")


def mexc(key: Entry, target: str, now: int = NOW) -> Sent:
    return in_query(key, target, now, "X-MEXC-APIKEY")


def bingx(key: Entry, target: str, now: int = NOW) -> Sent:
    return in_query(key, target, now, "X-BX-APIKEY")


def kraken_futures(key: Entry, target: str, nonce: str = "") -> Sent:
    path, _, query = target.partition("?")
    digest = hashlib.sha256(f"{query}{nonce}{path}".encode()).digest()
    signed = hmac.digest(base64.b64decode(key["api_secret"]), digest, "sha512")
    return target, {"APIKey": key["api_key"], "Authent": b64(signed), **({"Nonce": nonce} if nonce else {})}


def bitmex(key: Entry, target: str, now: int = NOW, field: str = "expires", number: str = "") -> Sent:
    number = number or str(now // 1000 + 5)
    signed = mac(key["api_secret"], f"GET{target}{number}").hex()
    return target, {"api-key": key["api_key"], f"api-{field}": number, "api-signature": signed}


def deribit(key: Entry, target: str, now: int = NOW, nonce: str = "abcd1234") -> Sent:
    signed = mac(key["api_secret"], f"{now}\n{nonce}\nGET\n{target}\n\n").hex()
    said = f"deri-hmac-sha256 id={key['api_key']},ts={now},sig={signed},nonce={nonce}"
    return target, {"Authorization": said}


def bitfinex(key: Entry, target: str, now: int = NOW, nonce: str = "", body: str = "{}") -> Sent:
    nonce = nonce or str(now * 1000)
    headers = {
        "bfx-apikey": key["api_key"],
        "bfx-nonce": nonce,
        "bfx-signature": mac(key["api_secret"], f"/api{target}{nonce}{body}", "sha384").hex(),
        "Content-Type": "application/json",
    }
    return target, headers


def gemini(key: Entry, target: str, now: int = NOW, **payload: Any) -> Sent:
    said = {"request": target, "nonce": now // 1000, **payload}
    text = b64(json.dumps(said).encode())
    headers = {
        "X-GEMINI-APIKEY": key["api_key"],
        "X-GEMINI-PAYLOAD": text,
        "X-GEMINI-SIGNATURE": mac(key["api_secret"], text, "sha384").hex(),
        "Content-Type": "text/plain",
    }
    return target, headers


def with_secret(key: Entry, said: Mapping[str, Any], algorithm: str = "HS256", **head: Any) -> Sent:
    """Return the header of a token that is signed with a shared secret; the target is «»."""
    digest = {"HS256": "sha256", "HS512": "sha512"}.get(algorithm, "sha384")
    parts = [{"alg": algorithm, "typ": "JWT", **head}, {"access_key": key["api_key"], **said}]
    text = ".".join(b64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return "", {"Authorization": f"Bearer {text}.{b64url(mac(key['api_secret'], text, digest))}"}


def hashed(target: str) -> dict[str, str]:
    """Return the claims that cover a target's query."""
    query = unquote(target.partition("?")[2])
    hashes = {"query_hash": hashlib.sha512(query.encode()).hexdigest(), "query_hash_alg": "SHA512"}
    return hashes if query else {}


def upbit(key: Entry, target: str, nonce: str = NONCE, **options: Any) -> Sent:
    return target, with_secret(key, {"nonce": nonce, **hashed(target)}, **options)[1]


def bithumb(key: Entry, target: str, now: int = NOW, nonce: str = NONCE, **options: Any) -> Sent:
    return target, with_secret(key, {"nonce": nonce, "timestamp": now, **hashed(target)}, **options)[1]


def whitebit(key: Entry, target: str, body: bytes = POSTED["whitebit"], **changes: str) -> Sent:
    payload = b64(body)
    headers = {
        "X-TXC-APIKEY": key["api_key"],
        "X-TXC-PAYLOAD": payload,
        "X-TXC-SIGNATURE": mac(key["api_secret"], payload, "sha512").hex(),
        "Content-Type": "application/json",
    }
    return target, headers | changes


def hyperliquid(key: Entry, target: str) -> Sent:
    del key
    return target, {"Content-Type": "application/json"}


HANDS: Mapping[str, Callable[..., Sent]] = {
    "binance": binance,
    "bybit": bybit,
    "okx": okx,
    "coinbase": coinbase,
    "kucoin": kucoin,
    "bitget": bitget,
    "gate": gate,
    "htx": htx,
    "mexc": mexc,
    "bingx": bingx,
    "kraken-futures": kraken_futures,
    "bitmex": bitmex,
    "deribit": deribit,
    "bitfinex": bitfinex,
    "gemini": gemini,
    "upbit": upbit,
    "bithumb": bithumb,
    "whitebit": whitebit,
    "hyperliquid": hyperliquid,
}


def send(
    base_url: str, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Reply:
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=5)
    try:
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def texts(data: object) -> list[str]:
    """Return all names and texts at any depth."""
    match data:
        case dict():
            return [text for name, value in data.items() for text in (name, *texts(value))]
        case list():
            return [text for item in data for text in texts(item)]
        case str():
            return [data]
        case _:
            return []


def status_line(base_url: str, sent: Sent) -> tuple[int, str, bytes]:
    """Send a request; return status, the words beside it, and the body."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=5)
    try:
        connection.request("GET", sent[0], headers=sent[1])
        response = connection.getresponse()
        return response.status, response.reason, response.read()
    finally:
        connection.close()


def told(base_url: str, sent: Sent, posted: bytes | None = None) -> tuple[int, Any]:
    """Send a request, a POST where there is a body; return status and data."""
    target, headers = sent
    status, _, body = send(base_url, "GET" if posted is None else "POST", target, headers, posted)
    return status, json.loads(body)
