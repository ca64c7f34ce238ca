"""A team's folder, its credentials and simulated exchanges: what the live tests run in."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from keylint.diff.asking import How
from keylint.diff.comparing import Comparison, diff
from keylint.diff.listing import Listings
from keylint.diff.standing import Compared
from keylint.diff.targets import targets
from keylint.judge import Judge
from keylint.lint import Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.finding import Finding, Unchecked
from keylint.model.secret import Secret
from keylint.model.source import Source
from keylint.rules import all_rules
from keylint.sandbox.load import state_from
from keylint.sandbox.server import Sandbox
from keylint.secrets import Limits
from tests.running import NOW, Ran, active, keylint

NOW_MS = int(NOW.timestamp() * 1000)

# What the exchanges' documentation prints as examples.
BINANCE_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
BINANCE_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
KRAKEN_KEY = "Ab1/CdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQr"
KRAKEN_SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="

EXCHANGES = ("binance", "kraken")
CREDENTIALS = {
    "binance": {"api_key": BINANCE_KEY, "api_secret": BINANCE_SECRET},
    "kraken": {"api_key": KRAKEN_KEY, "api_secret": KRAKEN_SECRET},
}
# One key for each exchange, declared and live: they agree.
DECLARED: Mapping[str, Mapping[str, Any]] = {
    "binance": {
        "exchange": "binance",
        "permissions": ["read", "trade.spot"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01",
    },
    "kraken": {
        "exchange": "kraken",
        "permissions": ["read", "trade.spot"],
        "ip_allowlist": ["203.0.113.10", "203.0.113.20"],
        "created": "2026-09-01",
    },
}
LIVE: Mapping[str, Mapping[str, Any]] = {
    "binance": {
        "exchange": "binance",
        **CREDENTIALS["binance"],
        "permissions": ["enableReading", "enableSpotAndMarginTrading"],
        "ip_allowlist": ["203.0.113.10"],
        "created": "2026-09-01T08:00:00Z",
    },
    "kraken": {
        "exchange": "kraken",
        **CREDENTIALS["kraken"],
        "permissions": ["query-funds", "modify-trades"],
        "ip_allowlist": ["203.0.113.10", "203.0.113.20"],
        "created": "2026-09-01T08:00:00Z",
        "label": "grid-bot",
    },
}
INSPECT = {"binance": ("GET", "/sapi/v1/account/apiRestrictions"), "kraken": ("POST", "/0/private/GetApiKeyInfo")}
TIME = {"binance": ("GET", "/api/v3/time"), "kraken": ("GET", "/0/public/Time")}

RULES = all_rules()


# What only `diff` can say. Others are off, so that nothing that they say of a declaration mixes in.
LIVE_RULES = (
    "permission-extra",
    "permission-missing",
    "unknown-live-permission",
    "ip-mismatch",
    "ip-open",
    "key-gone",
    "created-mismatch",
    "live-expiring",
    "unmanaged-key",
)


def only_live_rules() -> str:
    off = [name for name, rule in RULES.items() if name not in LIVE_RULES and not rule.mandatory]
    return "version: 1\nname: live\nrules:\n" + "".join(f"  {name}: off\n" for name in off)


def key_name(exchange: str) -> str:
    return f"{exchange}-bot"


def said(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(item.rule, item.message, item.hint) for item in findings]


class World:
    """One folder with one declaration; `serve` starts the exchanges, `ask` and `diff` compare."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.keys: dict[str, dict[str, Any]] = {}
        self.given: dict[str, dict[str, str]] = {}
        # Nobody is there until an exchange is played: a test that forgets it meets a closed port, not an exchange.
        self.bases = dict.fromkeys(EXCHANGES, "http://127.0.0.1:1")
        (folder / "live.policy.yaml").write_text(only_live_rules())

    def serve(self, *exchanges: str, clock: Callable[[], int] = lambda: NOW_MS, **top: Any) -> Sandbox:
        """Play the named exchanges (else both), each with the key above; `top` are fields of the sandbox's file."""
        keys = top.pop("keys", None) or [LIVE[name] for name in exchanges or EXCHANGES]
        for name in exchanges or EXCHANGES:
            self.declare(name)
        return self.play(keys, clock, **top)

    def play(self, keys: Sequence[Mapping[str, Any]], clock: Callable[[], int] = lambda: NOW_MS, **top: Any) -> Sandbox:
        """Play exchanges with these keys."""
        state = state_from({"keys": [dict(key) for key in keys], **top}, "live.yaml")
        sandbox = self._stack.enter_context(Sandbox(state, clock=clock))
        self.bases.update(sandbox.base_urls)
        return sandbox

    def declare(self, like: str, name: str = "", given: Mapping[str, str] | None = None, **fields: Any) -> None:
        """Declare a key like that of an exchange and hand over its credentials; a field that is None is left out."""
        name = name or key_name(like)
        entry = {**DECLARED[like], **fields}
        self.keys[name] = {field: value for field, value in entry.items() if value is not None}
        self.given[name] = dict(CREDENTIALS[like] if given is None else given)

    @property
    def text(self) -> str:
        """The declaration: JSON is YAML, one field a line."""
        return json.dumps({"version": 1, "keys": self.keys}, indent=1)

    def ask(
        self,
        clock: Callable[[], int] = lambda: NOW_MS,
        jobs: int = 16,
        timeout: float = 5.0,
        rules: Sequence[str] = LIVE_RULES,
    ) -> Compared:
        """Compare in this process at a fixed time."""
        judge = Judge([active(RULES[name], {}) for name in rules], NOW, vocabulary(), {})
        declared = list(lint([Source("keylint.yaml", self.text.encode())], judge, Linted()))
        result = Compared()
        given = {name: {field: Secret(text) for field, text in fields.items()} for name, fields in self.given.items()}
        limits = Limits(demanded=True, env=(), roots=())
        comparison = Comparison(judge, result, Listings(declared, declared, limits, given), declared)
        diff(targets(declared, self.bases, limits, given, comparison.tell), comparison, How(jobs, timeout, clock))
        comparison.finish()
        return result

    def refused(self, exchange: str, **options: Any) -> Unchecked:
        """Ask, and return the one entry that says why the exchange's key is unchecked."""
        (entry,) = [item for item in self.ask(**options).unchecked if item.key == key_name(exchange)]
        return entry

    def write(self) -> list[str]:
        """Write declaration and credentials; return the words for the command line."""
        (self.folder / "keylint.yaml").write_text(self.text)
        (self.folder / "credentials.json").write_text(json.dumps(self.given))
        bases = [f"--base-url={name}={url}" for name, url in self.bases.items()]
        return ["keylint.yaml", "--credentials=credentials.json", *bases]

    def diff(self, *words: str, stdin: str | bytes = "") -> Ran:
        """Run the whole command in this process, by the real clock."""
        common = ["--now=2026-11-22", "--policy=live.policy.yaml"]
        return keylint("diff", *self.write(), *common, *words, stdin=stdin)
