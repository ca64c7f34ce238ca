"""What an exchange answers, mapped to one reason; and its words without anything that was sent to it."""

import base64
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keylint.exchanges import inspect
from keylint.exchanges.exchange import Answer, Error, Request
from keylint.exchanges.refusal import refusal, scrub
from keylint.load.facts import facts_of
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from tests.live.world import BINANCE_KEY, BINANCE_SECRET, KRAKEN_SECRET


def facts(name: str) -> Facts:
    found = facts_of(name)
    assert found
    return found


def told(
    status: int, error: Error | None = None, data: object = None, text: str = "", exchange: str = "kraken"
) -> tuple[Reason, str, str] | None:
    said = refusal(Answer(status, {}, data, text), error, facts(exchange), [BINANCE_SECRET])
    return (said.reason, said.message, said.hint) if said else None


@pytest.mark.parametrize("status", [200, 201, 299])
def test_answer_without_an_error_is_no_refusal(status: int) -> None:
    assert told(status, data={}) is None
    assert told(status, data=[]) is None


BETWEEN = "something may stand between keylint and the exchange"


@pytest.mark.parametrize(
    ("status", "reason", "message", "hint"),
    [
        (200, Reason.BAD_ANSWER, "the answer makes no sense: an HTML page instead of JSON", BETWEEN),
        (204, Reason.BAD_ANSWER, "the answer makes no sense: an HTML page instead of JSON", BETWEEN),
        (302, Reason.BAD_ANSWER, "the answer makes no sense: an HTML page instead of JSON (HTTP 302)", BETWEEN),
        (400, Reason.BAD_ANSWER, "the answer makes no sense: an HTML page instead of JSON (HTTP 400)", BETWEEN),
        (
            401,
            Reason.BAD_CREDENTIALS,
            "the credentials were refused (HTTP 401)",
            "check that key and secret belong together and exist",
        ),
        (
            403,
            Reason.GEO_BLOCKED,
            "the request was blocked (HTTP 403)",
            "the exchange may not serve this region, or its firewall acted",
        ),
        (
            404,
            Reason.BAD_ANSWER,
            "there is no such call at this address (HTTP 404)",
            "check --base-url, and the environment of the key",
        ),
        (
            418,
            Reason.RATE_LIMITED,
            "this address is banned for a while (HTTP 418)",
            "wait; nothing more was sent to this exchange",
        ),
        (429, Reason.RATE_LIMITED, "too many requests (HTTP 429)", "wait, or ask for fewer keys at once with --jobs"),
        (
            451,
            Reason.GEO_BLOCKED,
            "not served in this region (HTTP 451)",
            "run keylint where the exchange is available",
        ),
        (
            500,
            Reason.MAINTENANCE,
            "the exchange has a fault (HTTP 500)",
            "try again later; see its status page",
        ),
        (520, Reason.MAINTENANCE, "the exchange has a fault (HTTP 520)", "try again later; see its status page"),
    ],
)
def test_status_decides_where_there_is_no_code(status: int, reason: Reason, message: str, hint: str) -> None:
    assert told(status, text="an HTML page instead of JSON") == (reason, message, hint)


def test_status_of_the_facts_goes_before_what_it_means_elsewhere() -> None:
    assert told(403, exchange="binance") == (
        Reason.GEO_BLOCKED,
        "binance HTTP 403: the exchange's firewall refused the request",
        "(1) the exchange does not serve this region; (2) the traffic pattern was taken for an attack",
    )


def test_code_goes_before_the_status() -> None:
    said = told(403, Error("EService:Busy", "EService:Busy"), {})
    assert said == (Reason.MAINTENANCE, "kraken EService:Busy: the service is busy", "overload")


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (200, Reason.BAD_ANSWER, "the request was refused, with the unknown code EFoo:Bar (HTTP 200)"),
        (400, Reason.BAD_ANSWER, "the request was refused, with the unknown code EFoo:Bar (HTTP 400)"),
        (401, Reason.BAD_CREDENTIALS, "the credentials were refused, with the unknown code EFoo:Bar (HTTP 401)"),
        (429, Reason.RATE_LIMITED, "too many requests, with the unknown code EFoo:Bar (HTTP 429)"),
        (503, Reason.MAINTENANCE, "the exchange has a fault, with the unknown code EFoo:Bar (HTTP 503)"),
    ],
)
def test_unknown_code_is_shown_with_the_exchange_s_words(status: int, reason: Reason, message: str) -> None:
    said = told(status, Error("EFoo:Bar", f"EFoo:Bar:see {BINANCE_SECRET}"), {})
    assert said == (reason, message, "the exchange said: EFoo:Bar:see …")


def test_unknown_code_that_quotes_what_was_sent_is_scrubbed_too() -> None:
    said = told(200, Error(BINANCE_SECRET, ""), {})
    assert said == (Reason.BAD_ANSWER, "the request was refused, with the unknown code … (HTTP 200)", "")


RANKED = (
    "(1) this machine's address is not in the key's list; (2) the key was deleted or is not the one that was meant; "
    "(3) the key has no reading permission"
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Invalid API-key, IP, or permissions for action.", ""),
        ("Invalid API-key, IP, or permissions for action, request ip: 203.0.113.77", "203.0.113.77"),
        ("request ip: 203.0.113.77.", "203.0.113.77"),
        ("ip:203.0.113.77,", "203.0.113.77"),
        ("request ip: 2001:db8::7", "2001:db8::7"),
        ("request ip: 2001:DB8:0:0::7.", "2001:db8::7"),
        ("(2001:db8::)", "2001:db8::"),
        ("from ::1", "::1"),
        ("999.0.113.77", ""),
        ("::error:: 0.0.0.0 version 1.2.3", ""),
        ("x" * 2000 + "203.0.113.77", ""),
    ],
)
def test_ambiguous_refusal_lists_its_causes_by_rank_and_the_address_that_was_seen(text: str, address: str) -> None:
    said = told(400, Error("-2015", text), {}, exchange="binance")
    shown = f"; the exchange saw the address {address}" if address else ""
    assert said == (
        Reason.AMBIGUOUS_REFUSAL,
        "binance -2015: invalid key, address or permission; one code for three causes",
        f"{RANKED}{shown}",
    )


def test_address_is_shown_only_where_it_tells_something() -> None:
    said = told(400, Error("-1022", "Signature of 203.0.113.77 is not valid."), {}, exchange="binance")
    assert said
    assert "203.0.113.77" not in said[2]


FORMS: dict[str, Callable[[str], str]] = {
    "itself": lambda value: value,
    "other case": str.swapcase,
    "backwards": lambda value: value[::-1],
    "percent": lambda value: quote(value, safe=""),
    "hex": lambda value: value.encode().hex(),
    "HEX": lambda value: value.encode().hex().upper(),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 after one": lambda value: base64.b64encode(b":" + value.encode()).decode(),
    "base64 after two": lambda value: base64.b64encode(b"a:" + value.encode()).decode(),
    "base64 in the middle": lambda value: base64.b64encode(b"abc" + value.encode() + b"xyz").decode(),
    "a piece": lambda value: value[11:19],
    "first half": lambda value: value[: len(value) // 2],
    "in pieces": lambda value: " ".join(value[start : start + 8] for start in range(0, len(value), 8)),
}


@pytest.mark.parametrize("value", [BINANCE_KEY, BINANCE_SECRET, KRAKEN_SECRET])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_what_was_sent_is_scrubbed(form: str, value: str) -> None:
    shown = scrub(f"refused: <{FORMS[form](value)}> thank you", [value])
    left = shown.removeprefix("refused: <").removesuffix("> thank you").replace("…", "").replace(" ", "")
    # Of base64 the letters at both ends also hold bits of the neighbours.
    assert len(left) <= (12 if "base64" in form else 0)
    pieces = {value[start : start + 6].lower() for start in range(len(value) - 5)}
    assert not any(piece in shown.lower() for piece in pieces)


def test_scrub_leaves_other_words_alone() -> None:
    assert scrub("Invalid API-key, IP, or permissions for action.", [BINANCE_KEY]) == (
        "Invalid API-key, IP, or permissions for action."
    )


def test_scrub_shortens() -> None:
    assert scrub("a b " * 100, []) == "a b " * 40 + "…"


@pytest.mark.parametrize(("value", "text"), [("1234", "otp … is wrong"), ("", "otp 1234 is wrong")])
def test_short_value_is_scrubbed_whole(value: str, text: str) -> None:
    assert scrub("otp 1234 is wrong", [value]) == text


@given(st.text(max_size=300), st.text(min_size=6, max_size=40), st.text(max_size=300))
@example("İİİİİİİİ", "Secret", "ß")
@example("ﬁﬁﬁﬁ", "ABCDEF", "")
def test_scrub_never_fails_and_never_shows_the_value(before: str, value: str, after: str) -> None:
    shown = scrub(f"{before}{value}{after}", [value])
    assert value not in shown or value in before + after or set(value) == {"…"}
    assert len(shown) <= 161


@given(st.text(max_size=2000), st.lists(st.text(max_size=50), max_size=5))
def test_scrub_takes_any_text(text: str, sent: list[str]) -> None:
    assert len(scrub(text, sent)) <= 161


def test_scrub_of_a_huge_text_is_quick() -> None:
    """Would take minutes if all of a megabyte were searched for every piece of a private key."""
    assert len(scrub("ab12/" * 200_000, ["x1y2z3" * 1000])) == 161


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request("GET", "/x", f"a=1&signature={'ab' * 32}&b=2"), ["ab" * 32]),
        (Request("GET", "/x", "Timestamp=2026&Signature=ab%2Bcd%3D"), ["ab%2Bcd%3D", "ab+cd="]),
        (Request("POST", "/x", body=b'{"signature": "%s", "grant_type": "client"}' % (b"ab_-" * 20)), ["ab_-" * 20]),
        (Request("POST", "/x", body=b"nonce=1788000000000&sign=" + b"f" * 64), ["f" * 64]),
        (Request("GET", "/x", headers={"X-KEY": "k" * 8, "X-WINDOW": "5000"}), ["k" * 8]),
        (Request("GET", "/x", "a=1"), []),
    ],
)
def test_what_a_request_carries_is_known_wherever_it_stands(request_: Request, told: list[str]) -> None:
    """So no answer can bring out a signature that went in a query, in a header or in a body."""
    found = [text.removeprefix("sign=") for text in inspect._told(request_)]
    assert set(told) == set(found)
    assert all(value not in scrub(f"you sent {value}", inspect._told(request_)) for value in told)
