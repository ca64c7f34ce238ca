"""Reports to render: one rich and fixed, and a maker of findings for the rest."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.model.finding import Finding, Reason, Report, RuleInfo, Severity, Unchecked
from keylint.model.live import KeyReport, LiveKey, State
from keylint.model.source import Span

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOSTILE = (
    "evil\x1b[2J\n::error::pwned\r|a|<script>alert(1)</script>\u202e\u200b`x` [y](https://evil.example) ##[error]z"
)

WITHDRAW = "    permissions: [read, trade.spot, withdraw]"
WIDE = "  机器人-bot: {permissions: [read, 'p2p']}  # 鍵🔑"
EVIL = '  "evil\\x1b": {label: "\x1b[31m::error::\t|<b>", owner: ##[group]x}'


def place(line: int, snippet: str, marked: str) -> Span:
    """Return the span of a word in a line."""
    start = snippet.index(marked) + 1
    return Span(line, start, line, start + len(marked))


def make_finding(**given: Any) -> Finding:
    """Return a finding with what a test does not care about filled in."""
    values: dict[str, Any] = {
        "rule": "no-withdraw",
        "severity": Severity.ERROR,
        "key": "mm-bot",
        "message": "key 'mm-bot' may withdraw funds",
        "hint": "",
        "file": "keylint.yaml",
        "span": Span(12, 37, 12, 45),
        "path": ("keys", "mm-bot", "permissions", 2),
        "fingerprint": "8c1f20d4",
    }
    return Finding(**(values | given))


def make_report(*findings: Finding, **given: Any) -> Report:
    """Return a report of `check` on three keys in one file."""
    values: dict[str, Any] = {"command": "check", "version": "0.1.0", "now": NOW, "files": 1, "key_count": 3}
    return Report(findings=findings, **(values | given))


@pytest.fixture
def finding() -> Callable[..., Finding]:
    return make_finding


@pytest.fixture
def report() -> Callable[..., Report]:
    return make_report


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def rich() -> Report:
    """A `diff` with everything in it."""
    findings = (
        make_finding(
            rule="holder-required",
            severity=Severity.NOTE,
            message="key '机器人-bot' has no holder",
            key="机器人-bot",
            file="keys/desk, eu.yaml",
            span=Span(7, 1, 9, 4),
            path=("keys", "机器人-bot", "holder"),
            fingerprint="0a0b0c0d",
            snippet="  机器人-bot:",
        ),
        make_finding(
            snippet=WITHDRAW,
            span=place(12, WITHDRAW, "withdraw"),
            hint="drop `withdraw`, or waive it for one key with a reason and an end",
        ),
        make_finding(
            rule="exit-permission",
            message="key '机器人-bot' may sell to other users (p2p)",
            key="机器人-bot",
            file="keys/desk, eu.yaml",
            span=place(4, WIDE, "'p2p'"),
            path=("keys", "机器人-bot", "permissions", 1),
            fingerprint="11111111",
            snippet=WIDE,
        ),
        make_finding(
            rule="ip-missing-on-read",
            severity=Severity.WARNING,
            message=f"key '{HOSTILE}' works from any address",
            hint=f"add ip_allowlist to {HOSTILE}",
            key=HOSTILE,
            file="::error::\u202e.yaml",
            span=place(3, EVIL, '"\x1b[31m::error::\t|<b>"'),
            path=("keys", HOSTILE, "ip_allowlist"),
            fingerprint="22222222",
            snippet=EVIL,
        ),
        make_finding(
            rule="max-age",
            message="key 'old' is 400 days old",
            key="old",
            span=Span(2, 12, 2, 22),
            path=("keys", "old", "created"),
            fingerprint="33333333",
            snippet="  created: 2025-10-18",
            waived="moves in December | see OPS-12",
        ),
        make_finding(
            rule="yaml",
            key=None,
            message="the file is empty",
            file="/srv/elsewhere/empty 100%.yaml",
            span=Span(1, 1, 1, 1),
            path=(),
            fingerprint="44444444",
        ),
    )
    live = LiveKey(
        rights=("enableReading", "enableWithdrawals"),
        unmapped=("enableMoon\x1b",),
        ip_restricted=True,
        created=datetime(2026, 9, 1, tzinfo=UTC),
        unreported=("enableFixApiTrade",),
    )
    told = LiveKey(
        rights=("Orders.Query",),
        ip_restricted=True,
        ip_allowlist=("203.0.113.7",),
        created=datetime(2026, 9, 1, 12, 30, 15, 999, tzinfo=UTC),
        expires=None,
    )
    keys = (
        KeyReport("mm-bot", "binance", State.DRIFT, live, ("read", "withdraw"), ("trade.margin",), "from any address"),
        KeyReport("机器人-bot", "kraken", State.IN_SYNC, told, ("read",)),
        KeyReport(HOSTILE, "okx", State.UNCHECKED, reach=f"as declared: on {HOSTILE}"),
        KeyReport("paper", "binance", State.UNVERIFIABLE),
        KeyReport("retired", "kraken", State.ABSENT),
    )
    unchecked = (
        Unchecked(HOSTILE, "okx", Reason.TIMEOUT, f"no answer within 10 s: {HOSTILE}", "try again, or raise --timeout"),
        Unchecked("arb", "okx", Reason.NO_CREDENTIALS, "env:ARB_API_KEY is not set"),
    )
    page = "No key may withdraw.\n\nA withdrawal cannot be taken back.\n\nBad:\n\n    permissions: [withdraw]\n"
    rules = (
        RuleInfo("no-withdraw", Severity.ERROR, "No key may withdraw.", page),
        RuleInfo("max-age", Severity.ERROR, "A key is replaced after 90 days.", "A key is replaced after 90 days.\n"),
    )
    return make_report(
        *findings, command="diff", files=4, key_count=7, keys=keys, unchecked=unchecked, rules=rules, interrupted=True
    )
