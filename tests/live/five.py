"""Keys of exchanges that want a token, several calls or a count of days, each declared and live so that they agree."""

from tests.live.trial import Trial
from tests.live.world import LIVE_RULES, NOW_MS, World

KEY_ID = "organizations/11111111-1111-4111-8111-111111111111/apiKeys/22222222-2222-4222-8222-222222222222"
# The public test secret of the exchange's own SDK.
SDK_SECRET = "k0BUni0p0vZG1BdpVjS6ogBJ7kxm630AJ2dN+tuputDOKsRAwgyrpEQLeBtS1znTmzPX6Xr2eOWpzx6nW8knkA=="
PORTFOLIO = "33333333-3333-4333-8333-333333333333"

COINBASE = Trial(
    "coinbase",
    {"api_key": KEY_ID, "private_key": SDK_SECRET},
    {"permissions": ["read", "trade.spot", "trade.futures"]},
    {"permissions": ["can_view", "can_trade"]},
    "/api/v3/brokerage/key_permissions",
    "/api/v3/brokerage/time",
)
MEXC = Trial(
    "mexc",
    {"api_key": "mx0aBYs33eIilxBWC5", "api_secret": "45d0b3c26f2644f19bfb98b07741b2f5"},
    {"permissions": ["read", "trade.spot"], "ip_allowlist": ["203.0.113.10"], "created": "2026-09-01"},
    {
        "permissions": ["SPOT_ACCOUNT_READ", "SPOT_DEAL_WRITE"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01T08:00:00Z",
        "label": "grid-bot",
    },
    "/api/v3/apiKeyInfo",
    "/api/v3/time",
)
HTX = Trial(
    "htx",
    {"api_key": "1a2b3c4d-5e6f7a8b-9c0d1e2f-ab12c", "api_secret": "7f6e5d4c-3b2a1908-f7e6d5c4-b3a29"},
    {"permissions": ["read"], "ip_allowlist": ["203.0.113.10", "198.51.100.0/24"], "created": "2026-09-01"},
    {
        "permissions": ["readOnly"],
        "ip_allowlist": ["203.0.113.10", "198.51.100.0/24"],
        "created": "2026-09-01T08:00:00Z",
        "label": "grid-bot",
    },
    "/v2/user/api-key",
    "/v1/common/timestamp",
)
BITGET = Trial(
    "bitget",
    {"api_key": "bg_0123456789abcdef0123456789abcdef", "api_secret": "ab" * 32, "passphrase": "Passphrase1"},
    {"permissions": ["read", "trade.spot"], "ip_allowlist": ["203.0.113.10"]},
    {"permissions": ["stor", "stow"], "ip_allowlist": ["203.0.113.10"]},
    "/api/v2/spot/account/info",
    "/api/v2/public/time",
)
BINGX = Trial(
    "bingx",
    {"api_key": "zFexampleKey" * 6, "api_secret": "mheO6dR8ovSsxZQCOYEFCtelpuxcWGTfHw7te326y6jOwq5WpvFQ9JNljoTw"},
    {"permissions": ["read", "trade.spot"], "ip_allowlist": ["203.0.113.10"], "created": "2026-09-01"},
    {
        "permissions": ["enableReading", "enableSpotAndMarginTrading"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01T08:00:00Z",
        "label": "grid-bot",
    },
    "/openApi/v1/account/apiPermissions",
    "/openApi/swap/v2/server/time",
)
FIVE = {trial.exchange: trial for trial in (COINBASE, MEXC, HTX, BITGET, BINGX)}

CALLS = {
    "coinbase": [COINBASE.time, COINBASE.inspect],
    "mexc": [MEXC.time, MEXC.inspect],
    "htx": [HTX.time, "/v2/user/uid", HTX.inspect],
    "bitget": [BITGET.time, BITGET.inspect],
    "bingx": [BINGX.time, BINGX.inspect, "/openApi/v1/account/apiRestrictions"],
}
# Rights that no answer ever names: such a key is unverifiable, with nothing else to say against it.
NEVER_SHOWN = {"coinbase": "Export, Manage", "bingx": "Manage Subaccounts"}


def assert_agrees(world: World, trial: Trial, *, clock_skew_ms: int = 0) -> None:
    """Nothing was found, and nothing is unknown but what no answer of the exchange shows."""
    rules = (*LIVE_RULES, "unverifiable")
    result = world.ask(clock=lambda: NOW_MS + clock_skew_ms, rules=rules)
    silent = NEVER_SHOWN.get(trial.exchange)
    expected = [f"{trial.exchange} does not show whether live key {trial.name!r} has {silent}"] if silent else []
    assert ([item.message for item in result.findings], result.unchecked) == (expected, [])
    assert [key.state.value for key in result.keys] == ["unverifiable" if silent else "in-sync"]
