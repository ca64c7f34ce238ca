"""A main account's WhiteBIT key lists the keys of its sub-accounts, at the simulated exchange."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import LiveKey, State
from keylint.sandbox.server import Sandbox, system_clock
from tests.live.canary import run_everywhere_with_any_end
from tests.live.listed import listed, played
from tests.live.test_live_secrets import assert_clean, random_text
from tests.live.trial import SKEWS
from tests.live.world import NOW_MS, World

GIVEN = {"api_key": "0123456789abcdef0123456789abcdef", "api_secret": "fedcba9876543210fedcba9876543210"}
MAIN = {"exchange": "whitebit", **GIVEN, "permissions": ["type.1"]}
SUB_ID, ACCOUNT = "1" * 32, "8e667b4a-0b71-4988-8af5-9474dbfaeb51"
SUB_SECRET = random_text(32)
SUB: dict[str, Any] = {
    "exchange": "whitebit",
    "api_key": SUB_ID,
    "api_secret": SUB_SECRET,
    "permissions": ["type.2"],
    "account": ACCOUNT,
    "main_account": "100000001",
    "label": "bot",
    "ip_allowlist": ["203.0.113.10", "203.0.113.11"],
    "last_used": "2026-11-20T08:00:00Z",
}
SHOWN = LiveKey(
    ("type.2",),
    ip_restricted=True,
    ip_allowlist=("203.0.113.10", "203.0.113.11"),
    last_used=datetime(2026, 11, 20, 8, tzinfo=UTC),
    label="bot",
    key_id=SUB_ID,
    account_id=ACCOUNT,
)
CODES = {
    "Too many requests.": "rate-limited",
    "This action is unauthorized. Enable your key in API settings": "ambiguous-refusal",
    "You don't have permission to use this endpoint.": "permission-denied",
    "Unauthorized request.": "bad-signature",
    "10": "bad-signature",
    "This API Key is not authorized to perform this action.": "permission-denied",
    "4": "permission-denied",
    "Invalid payload": "bad-answer",
    "Your nonce is more than 5 seconds lesser than the current nonce": "clock-skew",
    "Payload not provided.": "bad-answer",
    "Nonce not provided.": "bad-answer",
}


def test_keys_of_all_sub_accounts_are_listed() -> None:
    account = "9e667b4a-0b71-4988-8af5-9474dbfaeb52"
    other = {**SUB, "api_key": "2" * 32, "account": account, "permissions": ["type.1"]}
    with played(MAIN, SUB, {**other, "ip_allowlist": []}) as sandbox:
        assert listed(sandbox, "whitebit", GIVEN) == (
            SHOWN,
            SHOWN._replace(
                rights=("type.1",),
                ip_restricted=False,
                ip_allowlist=(),
                key_id="2" * 32,
                account_id=account,
            ),
        )
        assert sandbox.forbidden == ()
        assert [record.path.rpartition("/api/v4/")[2] for record in sandbox.requests] == [
            "public/time",
            "sub-account/api-key/list",
            "sub-account/api-key/ip-address/list",
            "sub-account/api-key/ip-address/list",
        ]


def test_word_for_the_type_is_reported() -> None:
    with played(MAIN, {**SUB, "answer": {"type": "trade"}}) as sandbox:
        (key,) = listed(sandbox, "whitebit", GIVEN)
        assert (key.rights, key.unmapped) == ((), ("trade",))


def test_bot_that_uses_the_key_is_not_disturbed() -> None:
    """Its nonces may be far larger: those of keylint are judged by the time alone."""
    with played({**MAIN, "last_nonce": NOW_MS * 1_000_000}, SUB) as sandbox:
        assert listed(sandbox, "whitebit", GIVEN) == (SHOWN,)


@pytest.mark.parametrize("skew_ms", SKEWS)
def test_wrong_clock_is_corrected(skew_ms: int) -> None:
    with played(MAIN, SUB) as sandbox:
        assert listed(sandbox, "whitebit", GIVEN, skew_ms) == (SHOWN,)


def refused(sandbox: Sandbox, given: Mapping[str, str] = GIVEN) -> Refusal:
    with pytest.raises(Refusal) as caught:
        listed(sandbox, "whitebit", given)
    return caught.value


def test_wrong_secret_and_sub_account_are_refused() -> None:
    with played(MAIN, SUB) as sandbox:
        assert refused(sandbox, {**GIVEN, "api_secret": "another"}).reason is Reason.BAD_SIGNATURE
        of_sub = {"api_key": SUB_ID, "api_secret": SUB_SECRET}
        assert refused(sandbox, of_sub).reason is Reason.PERMISSION_DENIED


@pytest.mark.parametrize(("code", "reason"), CODES.items())
def test_documented_refusal_is_explained(code: str, reason: str) -> None:
    fault = {"refuse": {"code": code, "message": ""}}
    with played({**MAIN, "faults": [fault]}, SUB) as sandbox:
        assert refused(sandbox).reason is Reason(reason)


@pytest.mark.parametrize("fault", ["wrong_types", "not_an_object", "html"])
def test_answer_without_sense_is_refused(fault: str) -> None:
    with played({**MAIN, "faults": [fault]}, SUB) as sandbox:
        assert refused(sandbox).reason is Reason.BAD_ANSWER


def test_diff_shows_a_sub_accounts_key_through_the_main_accounts(world: World) -> None:
    """The key of the sub-account has no credentials in the run; that of the main account cannot look at itself."""
    common = {"exchange": "whitebit", "ip_allowlist": None, "created": None}
    world.declare("kraken", "lister", GIVEN, **{**common, "permissions": ["read"], "lists": True, "account": "main"})
    seen = {"key_id": f"{SUB_ID[:6]}…{SUB_ID[-6:]}", "account": "sub", "account_type": "sub"}
    world.declare("kraken", "sub-bot", {}, **{**common, "permissions": ["type.1"], **seen})
    del world.given["sub-bot"]
    sandbox = world.play([MAIN, SUB])
    result = world.ask()
    states = {key.name: key.state for key in result.keys}
    assert states == {"lister": State.UNVERIFIABLE, "sub-bot": State.DRIFT}
    assert {item.key for item in result.findings} == {"sub-bot"}
    assert {item.rule for item in result.findings} == {"ip-mismatch", "permission-extra", "permission-missing"}
    assert sandbox.forbidden == ()


def test_nothing_secret_comes_out(world: World) -> None:
    """Credentials are canaries; the exchange sends back what it got, and a secret in the list."""
    given = {name: random_text(32) for name in GIVEN}
    secret = random_text(32)
    common = {"exchange": "whitebit", "ip_allowlist": None, "created": None, "permissions": ["read"]}
    for faults in ([], ["echo"], ["hostile_text"], [{"echo": {"status": 401}}]):
        world.declare("kraken", "lister", given, **common, lists=True)
        sub = {**SUB, "answer": {"apiSecret": secret}}
        sandbox = world.play([{**MAIN, **given, "faults": faults}, sub], clock=system_clock)
        assert_clean(run_everywhere_with_any_end(world), [*given.values(), secret])
        assert len(sandbox.requests) > len(faults)
