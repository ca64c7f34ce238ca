"""The requests that are compared: of each exchange the inspection, and what a listing asks with."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keylint.exchanges.exchange import Credentials
from keylint.model.secret import Secret

NOW_MS = 1_795_305_600_123
NONCE = "5c1f7448-9e5d-4004-bdac-fd41ee5638e4"
KEY_ID = "account-vmPUZE6mv9SD5VNHk4Hl"
SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
PASSPHRASE = "correct horse"
ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7"
PAGE = {"page": "1", "limit": "200"}


def _pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    pem: bytes = key.private_bytes(Encoding.PEM, form, NoEncryption())
    return pem.decode()


_ED25519 = ed25519.Ed25519PrivateKey.generate()
PRIVATE_KEYS = {
    "rsa": _pem(rsa.generate_private_key(65537, 2048)),
    "ed25519": _pem(_ED25519),
    "ecdsa": _pem(ec.generate_private_key(ec.SECP256R1()), PrivateFormat.TraditionalOpenSSL),
}
STRANGERS = {
    "rsa": _pem(rsa.generate_private_key(65537, 2048)),
    "ed25519": _pem(ed25519.Ed25519PrivateKey.generate()),
    "ecdsa": _pem(ec.generate_private_key(ec.SECP256R1())),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` as our facts have it, the rest as ccxt's `sign` takes it; `asked` is said to both."""

    exchange: str
    path: str
    their_path: str
    api: tuple[str, ...]
    method: str = "GET"
    asked: Mapping[str, Any] = field(default_factory=dict)
    algorithm: str = "hmac"

    def __str__(self) -> str:
        return f"{self.exchange} {self.algorithm} {self.path}"

    @property
    def secret(self) -> str:
        """Return what signs; Coinbase writes Ed25519 keys as base64 of the seed and the public key."""
        if (self.exchange, self.algorithm) == ("coinbase", "ed25519"):
            return base64.b64encode(_ED25519.private_bytes_raw() + _ED25519.public_key().public_bytes_raw()).decode()
        return PRIVATE_KEYS.get(self.algorithm, SECRET)

    @property
    def credentials(self) -> Credentials:
        return self._given(self.secret)

    @property
    def of_a_stranger(self) -> Credentials:
        """Return credentials of the same form that sign otherwise."""
        return self._given(STRANGERS.get(self.algorithm, SECRET[::-1].lstrip("=") + "=="))

    def _given(self, secret: str) -> Credentials:
        name = "private_key" if self.algorithm in PRIVATE_KEYS else "api_secret"
        values = {"api_key": KEY_ID, name: secret, "passphrase": PASSPHRASE, "address": ADDRESS}
        return Credentials({field: Secret(value) for field, value in values.items()}, self.algorithm)


CALLS = (
    *(
        Call("binance", "/sapi/v1/account/apiRestrictions", "account/apiRestrictions", ("sapi",), algorithm=algorithm)
        for algorithm in ("hmac", "rsa", "ed25519")
    ),
    Call("binance", "/sapi/v1/sub-account/list", "sub-account/list", ("sapi",), asked=PAGE),
    Call(
        "binance",
        "/sapi/v1/sub-account/subAccountApi",
        "sub-account/subAccountApi",
        ("sapi",),
        asked={"email": "a+b@example.com", "page": "1", "size": "200"},
    ),
    Call("bingx", "/openApi/v1/account/apiPermissions", "account/apiPermissions", ("account", "v1", "private")),
    Call("bitfinex", "/v2/auth/r/permissions", "auth/r/permissions", ("private",), "POST"),
    Call("bitget", "/api/v2/spot/account/info", "v2/spot/account/info", ("private", "spot")),
    Call(
        "bitget",
        "/api/v2/user/virtual-subaccount-apikey-list",
        "v2/user/virtual-subaccount-apikey-list",
        ("private", "user"),
        asked={"subAccountUid": "123"},
    ),
    Call("bithumb", "/v1/api_keys", "v1/api_keys", ("private",)),
    *(
        Call("bybit", "/v5/user/query-api", "v5/user/query-api", ("private",), algorithm=algorithm)
        for algorithm in ("hmac", "rsa")
    ),
    Call(
        "bybit",
        "/v5/user/sub-apikeys",
        "v5/user/sub-apikeys",
        ("private",),
        asked={"subMemberId": "123", "limit": "20", "cursor": "132766"},
    ),
    *(
        Call(
            "coinbase", "/api/v3/brokerage/key_permissions", "brokerage/key_permissions", ("v3", "private"), algorithm=a
        )
        for a in ("ecdsa", "ed25519")
    ),
    Call("deribit", "/api/v2/private/list_api_keys", "list_api_keys", ("private",)),
    Call("gate", "/api/v4/account/main_keys", "main_keys", ("private", "account")),
    Call("gemini", "/v1/roles", "v1/roles", ("private",), "POST"),
    Call("htx", "/v2/user/uid", "user/uid", ("v2Private",)),
    Call("htx", "/v2/user/api-key", "user/api-key", ("v2Private",), asked={"uid": "123", "accessKey": KEY_ID}),
    Call("hyperliquid", "/info", "info", ("public",), "POST", asked={"kind": "userRole"}, algorithm="none"),
    Call("kraken", "/0/private/GetApiKeyInfo", "GetApiKeyInfo", ("private",), "POST"),
    Call("kraken-futures", "/api/auth/v1/api-keys/v3/check", "api-keys/v3/check", ("auth",)),
    Call("kucoin", "/api/v1/user/api-key", "user/api-key", ("private",)),
    Call("kucoin", "/api/v1/sub/api-key", "sub/api-key", ("private",), asked={"subName": "desk1"}),
    Call("mexc", "/api/v3/apiKeyInfo", "apiKeyInfo", ("spot", "private"), asked={"accessKey": KEY_ID}),
    Call(
        "mexc", "/api/v3/sub-account/apiKey", "sub-account/apiKey", ("spot", "private"), asked={"subAccount": "a b@c"}
    ),
    Call("okx", "/api/v5/account/config", "account/config", ("private",)),
    Call("okx", "/api/v5/users/subaccount/apikey", "users/subaccount/apikey", ("private",), asked={"subAcct": "a b+c"}),
    Call("upbit", "/v1/api_keys", "api_keys", ("private",)),
    Call(
        "whitebit",
        "/api/v4/sub-account/api-key/list",
        "sub-account/api-key/list",
        ("v4", "private"),
        "POST",
        asked={"limit": 100},
    ),
)
