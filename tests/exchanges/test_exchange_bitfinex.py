"""Bitfinex: no vector is published, so expectations from the description; and every shape of an answer."""

import hashlib
import hmac
from typing import Any

import pytest

from keylint.exchanges import bitfinex
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_700_000_000_000
FOUND = facts_of("bitfinex")
assert FOUND
FACTS = FOUND
PATH = "/v2/auth/r/permissions"
GIVEN = Credentials({"api_key": Secret("k" * 43), "api_secret": Secret("keylint-demo-secret")})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{}", "8a50cfe92bcb601c048dffa3adc5e16a69e8c0e30adc241c91d2c1f7ddd5f5c4718079a5ee1eae3d729c6786cccfd539"),
        ("", "a7e54be212e69fae1e602d3256cd0a15b1638a984236774cca166c84e8d2471597e5cdfb6b6cfbe9bcf02d990185a9e3"),
    ],
)
def test_stages_follow_our_own_vectors(body: str, expected: str) -> None:
    text = bitfinex.payload(PATH, 1_700_000_000_000_000, body)
    assert text == f"/api/v2/auth/r/permissions1700000000000000{body}"
    assert bitfinex.signature(text, "keylint-demo-secret") == expected


def test_request_is_signed_over_api_path_nonce_and_body() -> None:
    request = bitfinex.sign("POST", PATH, GIVEN, NOW_MS)
    text = b"/api/v2/auth/r/permissions" + b"1700000000000" + b"{}"
    assert request.headers == {
        "bfx-apikey": "k" * 43,
        "bfx-nonce": "1700000000000",
        "bfx-signature": hmac.new(b"keylint-demo-secret", text, hashlib.sha384).hexdigest(),
        "Content-Type": "application/json",
    }
    assert (request.method, request.path, request.query, request.body) == ("POST", PATH, "", b"{}")


def test_missing_secret_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        bitfinex.sign("POST", PATH, Credentials({"api_key": Secret("k")}), NOW_MS)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (["error", 10_100, "apikey: invalid"], Error("10100", "apikey: invalid")),
        (["error", "10114", "nonce: small"], Error("10114", "nonce: small")),
        (["error", 20_060], Error("20060")),
        (["error", 10_001, None, "x"], Error("10001", "x")),
        ({"error": "ERR_RATE_LIMIT"}, Error("ERR_RATE_LIMIT", "ERR_RATE_LIMIT")),
        (["error", True, "x"], None),
        (["error", None, "x"], None),
        (["error"], None),
        ([["error", 1, 0]], None),
        ({"error": ""}, None),
        ({"error": 7}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_has_its_code_in_the_second_place(data: Any, expected: Error | None) -> None:
    assert bitfinex.error(Answer(500, {}, data)) == expected


ROWS = [
    ["account", 1, 0],
    ["history", 1, 0],
    ["orders", 1, 1],
    ["positions", 1, 1],
    ["funding", 0, 0],
    ["settings", 0, 0],
    ["wallets", 1, 0],
    ["withdraw", 0, 0],
    ["ui_withdraw", 0, 0],
    ["bfxpay", 0, 0],
]


def with_row(*row: Any) -> list[Any]:
    """Return the answer with a row of one scope in place of its own, or beside the others."""
    return [*(other for other in ROWS if other[0] != row[0]), list(row)]


def test_answer_is_read() -> None:
    assert bitfinex.read(ROWS, FACTS) == LiveKey(
        rights=(
            "account.read",
            "history.read",
            "orders.read",
            "orders.write",
            "positions.read",
            "positions.write",
            "wallets.read",
        ),
    )


def test_order_of_the_scopes_does_not_matter() -> None:
    live = bitfinex.read(ROWS[::-1], FACTS)
    assert (sorted(live.rights), live.unreported) == (sorted(bitfinex.read(ROWS, FACTS).rights), ())


@pytest.mark.parametrize(
    ("data", "attribute", "expected"),
    [
        ([[scope, 0, 0] for scope, *_ in ROWS], "rights", ()),
        ([[scope, read == 1, write == 1] for scope, read, write in ROWS], "rights", None),
        ([[scope, str(read), str(write)] for scope, read, write in ROWS], "rights", None),
        (with_row("withdraw", 1, 0), "rights", None),
        (with_row("withdraw", 1, 0), "unmapped", ()),
        (with_row("eaas_withdraw", 0, 1), "unmapped", ("eaas_withdraw.write",)),
        (with_row("eaas_withdraw", 1, 1), "unmapped", ("eaas_withdraw.read", "eaas_withdraw.write")),
        (with_row("eaas_withdraw", 0, 0), "unmapped", ()),
        (with_row("history", 1, 1), "unmapped", ("history.write",)),
        (ROWS[:-1], "unreported", ("bfxpay.read", "bfxpay.write")),
        (with_row("withdraw", None, None), "unreported", ("withdraw.write",)),
        (ROWS, "ip_restricted", UNKNOWN),
        (ROWS, "created", UNKNOWN),
    ],
)
def test_other_shapes_are_read(data: Any, attribute: str, expected: Any) -> None:
    """Without an expectation the state is that of the answer above."""
    found = getattr(bitfinex.read(data, FACTS), attribute)
    assert found == (getattr(bitfinex.read(ROWS, FACTS), attribute) if expected is None else expected)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        [],
        "orders",
        ["orders", 1, 1],
        [[]],
        [["orders"]],
        [["orders", 1]],
        [["orders", 1, 1, 1]],
        [[7, 1, 1]],
        with_row("orders", 2, 1),
        with_row("orders", 1, -1),
        with_row("orders", 1, 1.0),
        with_row("orders", 1, "yes"),
        with_row("orders", 1, [1]),
        [*ROWS, ["orders", 0, 0]],
    ],
)
def test_answer_without_sense_is_refused(data: Any) -> None:
    with pytest.raises(Refusal) as caught:
        bitfinex.read(data, FACTS)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_scope_that_nobody_knows_is_not_repeated() -> None:
    with pytest.raises(Refusal) as caught:
        bitfinex.read(with_row("k" * 43, 7, 7), FACTS)
    assert "kkk" not in caught.value.message


def test_there_is_no_time_call() -> None:
    assert "time" not in {call.use for call in FACTS.calls}
    with pytest.raises(Refusal) as caught:
        bitfinex.server_time([1])
    assert caught.value.reason is Reason.BAD_ANSWER
