"""Every refusal that an exchange documents, in the form in which it sends it, has one reason.

The reasons stand here once more, by hand, from the exchanges' own pages: a fact that changes without them fails.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from keylint.exchanges import EXCHANGES, adapter
from keylint.exchanges.exchange import Answer
from keylint.exchanges.refusal import refusal
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal

WORDS = "some words"


def number(code: str) -> int | str:
    return int(code) if code.lstrip("-").isdigit() else code


def words_or_status(code: str) -> dict[str, Any]:
    """Return Bithumb's two forms: names as Upbit has them, and the numbers of the older API."""
    if code.isdigit():
        return {"status": code, "message": WORDS}
    return {"status": "5600", "message": code} if " " in code else {"error": {"name": code, "message": WORDS}}


def coinbase(code: str) -> Any:
    if code == "rate_limit_exceeded":
        return {"errors": [{"id": code, "message": WORDS}]}
    return code if code == "Unauthorized" else {"error": code, "message": WORDS}


# The status and the body of a refusal with a code.
FORMS: Mapping[str, tuple[int, Callable[[str], Any]]] = {
    "binance": (400, lambda code: {"code": int(code), "msg": WORDS}),
    "bingx": (200, lambda code: {"code": int(code), "msg": WORDS}),
    "bitfinex": (500, lambda code: {"error": code} if code == "ERR_RATE_LIMIT" else ["error", int(code), WORDS]),
    "bitget": (400, lambda code: {"code": code, "msg": WORDS, "requestTime": 1, "data": None}),
    "bithumb": (401, words_or_status),
    "bitmex": (401, lambda code: {"error": {"message": code, "name": "HTTPError"}}),
    "bybit": (200, lambda code: {"retCode": int(code), "retMsg": WORDS, "result": {}}),
    "coinbase": (401, coinbase),
    "deribit": (400, lambda code: {"jsonrpc": "2.0", "error": {"code": int(code), "message": "some_words"}}),
    "gate": (401, lambda code: {"label": code, "message": WORDS}),
    "gemini": (400, lambda code: {"result": "error", "reason": code, "message": WORDS}),
    "htx": (
        200,
        lambda code: (
            {"code": int(code), "message": WORDS}
            if code.isdigit()
            else {"status": "error", "err-code": code, "err-msg": WORDS}
        ),
    ),
    "hyperliquid": (
        200,
        lambda code: (
            {"role": "missing"} if code == "missing" else {"status": "err", "response": f"{code} 0x1 {WORDS}."}
        ),
    ),
    "kraken": (200, lambda code: {"error": [f"{code}: 1795305600" if code.endswith("Throttled") else code]}),
    "kraken-futures": (200, lambda code: {"result": "error", "error": code}),
    "kucoin": (401, lambda code: {"code": code, "msg": WORDS}),
    "mexc": (400, lambda code: {"code": int(code), "msg": WORDS}),
    "okx": (401, lambda code: {"code": code, "msg": WORDS, "data": []}),
    "upbit": (401, lambda code: {"error": {"name": code, "message": WORDS}}),
    "whitebit": (
        400,
        lambda code: {"code": number(code) if code.isdigit() else 0, "message": WORDS if code.isdigit() else code},
    ),
}
REASONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "binance": {
        "ambiguous-refusal": ("-2015",),
        "bad-credentials": (
            "-1099",
            "-2014",
        ),
        "bad-signature": ("-1022",),
        "clock-skew": ("-1021",),
        "geo-blocked": ("HTTP 403",),
        "gone": ("-2008",),
        "maintenance": ("-1008", "-1016", "HTTP 5xx"),
        "permission-denied": (
            "-1002",
            "-2017",
        ),
        "rate-limited": (
            "-1003",
            "HTTP 418",
            "HTTP 429",
        ),
        "unsupported": ("-9000",),
        "bad-answer": (
            "-1100",
            "-1101",
            "-1102",
            "-1103",
            "-1104",
            "-1105",
            "-1106",
        ),
    },
    "bingx": {
        "ambiguous-refusal": ("-2015",),
        "bad-answer": (
            "100400",
            "100404",
        ),
        "bad-credentials": (
            "100412",
            "HTTP 401",
            "-2014",
        ),
        "bad-signature": ("100001",),
        "clock-skew": ("100421",),
        "gone": ("100413",),
        "ip-not-allowed": ("100419",),
        "maintenance": (
            "100500",
            "109500",
        ),
        "permission-denied": (
            "100004",
            "HTTP 403",
        ),
        "rate-limited": (
            "100410",
            "HTTP 418",
            "HTTP 429",
        ),
    },
    "bitfinex": {
        "ambiguous-refusal": ("10001",),
        "bad-answer": ("10020",),
        "bad-credentials": ("10100",),
        "clock-skew": ("10114",),
        "maintenance": ("20060",),
        "rate-limited": (
            "11010",
            "ERR_RATE_LIMIT",
        ),
    },
    "bitget": {
        "bad-credentials": (
            "40001",
            "40002",
            "40003",
            "40011",
            "40006",
            "40012",
            "40036",
            "40099",
        ),
        "bad-signature": ("40009",),
        "clock-skew": (
            "40004",
            "40005",
            "40008",
            "40079",
        ),
        "gone": ("40037",),
        "ip-not-allowed": (
            "40018",
            "40038",
        ),
        "maintenance": (
            "40200",
            "40015",
        ),
        "permission-denied": (
            "40014",
            "40040",
            "40016",
            "40021",
            "40022",
            "40023",
            "40024",
            "40025",
            "40026",
        ),
        "rate-limited": ("429",),
        "unsupported": (
            "40084",
            "40085",
        ),
    },
    "bithumb": {
        "ambiguous-refusal": (
            "jwt_verification",
            "5600",
        ),
        "bad-credentials": ("5100",),
        "bad-signature": ("invalid_query_payload",),
        "clock-skew": ("expired_jwt",),
        "gone": (
            "invalid_access_key",
            "5300",
        ),
        "ip-not-allowed": (
            "NotAllowIP",
            "Method Not Allowed.(Access IP)",
        ),
        "permission-denied": (
            "out_of_scope",
            "blocked_member_id",
        ),
    },
    "bitmex": {
        "ambiguous-refusal": ("HTTP 401",),
        "bad-answer": (
            "HTTP 400",
            "HTTP 404",
        ),
        "bad-signature": ("Signature not valid.",),
        "clock-skew": ("This request has expired - `expires` is in the past.",),
        "gone": ("Invalid API Key.",),
        "ip-not-allowed": ("This IP address is not allowed to use this key.",),
        "maintenance": ("HTTP 503",),
        "permission-denied": (
            "This key is disabled.",
            "HTTP 403",
        ),
        "rate-limited": ("HTTP 429",),
    },
    "bybit": {
        "bad-answer": ("HTTP 404",),
        "bad-credentials": (
            "HTTP 401",
            "10007",
        ),
        "bad-signature": ("10004",),
        "clock-skew": ("10002",),
        "geo-blocked": (
            "HTTP 403",
            "10009",
        ),
        "gone": (
            "10003",
            "33004",
        ),
        "ip-not-allowed": ("10010",),
        "maintenance": ("10016",),
        "permission-denied": (
            "10005",
            "10008",
            "10024",
            "10027",
            "500010",
        ),
        "rate-limited": (
            "HTTP 429",
            "10006",
        ),
        "unsupported": (
            "10028",
            "81007",
            "141019",
            "141020",
        ),
    },
    "coinbase": {
        "ambiguous-refusal": (
            "HTTP 401",
            "Unauthorized",
        ),
        "bad-credentials": (
            "authentication_error",
            "invalid_token",
        ),
        "permission-denied": (
            "PERMISSION_DENIED",
            "HTTP 403",
        ),
        "rate-limited": (
            "rate_limit_exceeded",
            "HTTP 429",
        ),
        "maintenance": ("HTTP 5xx",),
    },
    "deribit": {
        "ambiguous-refusal": ("13009",),
        "bad-answer": (
            "-32602",
            "-32601",
        ),
        "bad-credentials": ("13004",),
        "bad-signature": ("10000",),
        "geo-blocked": ("12005",),
        "permission-denied": (
            "13021",
            "13403",
            "9999",
            "13012",
            "13002",
        ),
        "rate-limited": (
            "12998",
            "10028",
        ),
        "unsupported": (
            "13003",
            "12999",
        ),
    },
    "gate": {
        "bad-credentials": (
            "INVALID_CREDENTIALS",
            "AUTHENTICATION_FAILED",
            "MISSING_REQUIRED_HEADER",
        ),
        "bad-signature": ("INVALID_SIGNATURE",),
        "clock-skew": ("REQUEST_EXPIRED",),
        "gone": ("INVALID_KEY",),
        "ip-not-allowed": ("IP_FORBIDDEN",),
        "maintenance": (
            "TOO_BUSY",
            "INTERNAL",
            "SERVER_ERROR",
        ),
        "permission-denied": (
            "READ_ONLY",
            "FORBIDDEN",
            "ACCOUNT_LOCKED",
            "SUB_ACCOUNT_LOCKED",
            "API_WITHDRAW_DISABLED",
            "ADDRESS_NOT_USED",
        ),
        "rate-limited": (
            "TOO_MANY_REQUESTS",
            "TOO_FAST",
        ),
    },
    "gemini": {
        "bad-answer": (
            "MissingPayloadHeader",
            "EndpointMismatch",
        ),
        "bad-credentials": (
            "MissingApikeyHeader",
            "MissingSignatureHeader",
        ),
        "bad-signature": ("InvalidSignature",),
        "clock-skew": (
            "InvalidNonce",
            "InvalidTimestampInPayload",
        ),
        "ambiguous-refusal": ("InvalidApiKey",),
        "maintenance": ("Maintenance",),
        "permission-denied": ("MissingRole",),
        "rate-limited": ("RateLimit",),
    },
    "htx": {
        "ambiguous-refusal": ("api-signature-not-valid",),
        "bad-answer": ("method-not-allowed",),
        "bad-credentials": ("login-required",),
        "bad-signature": ("1003",),
        "gone": ("403",),
        "ip-not-allowed": ("2000",),
        "maintenance": ("gateway-internal-error",),
        "permission-denied": ("1002",),
        "rate-limited": (
            "1006",
            "510",
            "40403",
        ),
    },
    "hyperliquid": {
        "gone": (
            "User or API Wallet",
            "missing",
        ),
        "rate-limited": ("HTTP 429",),
    },
    "kraken": {
        "bad-answer": ("EGeneral:Invalid arguments",),
        "bad-signature": ("EAPI:Invalid signature",),
        "clock-skew": ("EAPI:Invalid nonce",),
        "gone": ("EAPI:Invalid key",),
        "maintenance": (
            "EService:Unavailable",
            "EService:Busy",
            "EGeneral:Internal error",
            "EService:Market in cancel_only mode",
            "EService:Market in post_only mode",
        ),
        "permission-denied": (
            "EGeneral:Permission denied",
            "EAuth:Account temporary disabled",
            "EAccount:Invalid permissions",
        ),
        "rate-limited": (
            "EGeneral:Temporary lockout",
            "EAPI:Rate limit exceeded",
            "EService:Throttled",
            "EGeneral:Too many requests",
            "EAuth:Rate limit exceeded",
            "EAuth:Too many requests",
        ),
    },
    "kraken-futures": {
        "ambiguous-refusal": (
            "HTTP 401",
            "authenticationError",
        ),
        "clock-skew": (
            "nonceBelowThreshold",
            "nonceDuplicate",
        ),
        "maintenance": ("unavailable",),
        "permission-denied": (
            "insufficientPrivileges",
            "accountInactive",
        ),
        "rate-limited": ("apiLimitExceeded",),
    },
    "kucoin": {
        "ambiguous-refusal": ("HTTP 403",),
        "bad-answer": ("415000",),
        "bad-credentials": (
            "400001",
            "400004",
            "HTTP 401",
        ),
        "bad-signature": ("400005",),
        "clock-skew": ("400002",),
        "geo-blocked": (
            "400500",
            "126046",
        ),
        "gone": ("400003",),
        "ip-not-allowed": ("400006",),
        "maintenance": (
            "500000",
            "HTTP 503",
        ),
        "permission-denied": (
            "400007",
            "411100",
        ),
        "rate-limited": (
            "429000",
            "1015",
            "200002",
        ),
    },
    "mexc": {
        "bad-credentials": (
            "400",
            "700001",
        ),
        "bad-signature": (
            "602",
            "700002",
        ),
        "clock-skew": (
            "700003",
            "700005",
        ),
        "gone": ("10072",),
        "ip-not-allowed": (
            "700006",
            "406",
        ),
        "permission-denied": (
            "401",
            "403",
            "700007",
            "70011",
            "511",
            "701",
            "702",
            "703",
            "704",
        ),
        "rate-limited": ("429",),
        "unsupported": ("730703", "730705", "730701", "730702", "730704", "730706", "730707"),
    },
    "okx": {
        "bad-credentials": (
            "50101",
            "50103",
            "50104",
            "50105",
            "50106",
            "50107",
            "50111",
            "50114",
        ),
        "bad-signature": ("50113",),
        "clock-skew": (
            "50102",
            "50112",
        ),
        "geo-blocked": ("50121",),
        "gone": (
            "50119",
            "59506",
        ),
        "ip-not-allowed": (
            "50110",
            "50118",
        ),
        "maintenance": (
            "50001",
            "50013",
            "50026",
        ),
        "permission-denied": (
            "50030",
            "50035",
            "50100",
            "50120",
            "59500",
            "59504",
            "59510",
        ),
        "rate-limited": ("50011",),
        "unsupported": (
            "50038",
            "59501",
            "59502",
            "59503",
        ),
    },
    "upbit": {
        "bad-credentials": ("no_authorization_token",),
        "bad-signature": (
            "invalid_jwt",
            "jwt_verification",
            "invalid_query_payload",
        ),
        "clock-skew": ("nonce_used",),
        "gone": (
            "invalid_access_key",
            "expired_access_key",
        ),
        "ip-not-allowed": (
            "no_authorization_ip",
            "no_authorization_i_p",
        ),
        "permission-denied": (
            "out_of_scope",
            "thirdparty_agreement_required",
            "withdraw_address_not_registered",
        ),
        "rate-limited": (
            "HTTP 418",
            "HTTP 429",
        ),
    },
    "whitebit": {
        "ambiguous-refusal": ("This action is unauthorized. Enable your key in API settings",),
        "bad-answer": (
            "Invalid payload",
            "Payload not provided.",
            "Request not provided.",
            "Invalid nonceWindow.",
            "Nonce not provided.",
        ),
        "bad-signature": (
            "Unauthorized request.",
            "10",
        ),
        "clock-skew": ("Your nonce is more than 5 seconds lesser than the current nonce",),
        "permission-denied": (
            "You don't have permission to use this endpoint.",
            "This API Key is not authorized to perform this action.",
            "4",
        ),
        "rate-limited": (
            "Too many requests.",
            "HTTP 429",
        ),
    },
}
# Where one code says several things its words tell; and what comes without a code.
TOLD: list[tuple[str, int, Any, str, str]] = [
    ("bitfinex", 500, ["error", 10100, "apikey: invalid"], "", "gone"),
    ("bitfinex", 500, ["error", 10100, "apikey: digest invalid"], "", "ambiguous-refusal"),
    ("bitfinex", 500, ["error", 10001, "api_key: permission invalid"], "", "permission-denied"),
    ("bybit", 401, None, "API key is invalid.", "gone"),
    ("bybit", 401, None, "Unauthorized", "bad-credentials"),
    ("bitmex", 401, {"error": {"message": "Invalid API Key.", "name": "HTTPError"}}, "", "gone"),
    (
        "bitmex",
        401,
        {"error": {"message": "This request has expired - `expires` is in the past. Current time: 1795305600"}},
        "",
        "clock-skew",
    ),
    ("coinbase", 401, None, "", "ambiguous-refusal"),
    (
        "coinbase",
        403,
        {"error": "PERMISSION_DENIED", "error_details": "Missing required scopes"},
        "",
        "permission-denied",
    ),
    *(
        (
            "htx",
            200,
            {"status": "error", "err-code": "api-signature-not-valid", "err-msg": f"Signature not valid: {words}"},
            "",
            reason,
        )
        for words, reason in (
            ("Incorrect Access key [Access key错误]", "gone"),
            ("Verification failure [校验失败]", "bad-signature"),
            ("Incorrect IP address [IP地址错误]:203.0.113.9", "ip-not-allowed"),
            ("API key has no permission", "permission-denied"),
            ("something new", "ambiguous-refusal"),
        )
    ),
    ("gemini", 400, {"result": "error", "reason": "InvalidApiKey", "message": "Invalid API key"}, "", "gone"),
    ("mexc", 400, {"code": 700006, "msg": "IP [203.0.113.9] not in the ip white list"}, "", "ip-not-allowed"),
    ("kucoin", 400, {"code": "400002", "msg": "Invalid KC-API-TIMESTAMP"}, "", "clock-skew"),
    (
        "gate",
        403,
        {"label": "REQUEST_EXPIRED", "message": "gap between request Timestamp and server time"},
        "",
        "clock-skew",
    ),
    (
        "binance",
        401,
        {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."},
        "",
        "ambiguous-refusal",
    ),
    ("binance", 418, {"code": -1003, "msg": "Way too many requests; banned until 1795305600000"}, "", "rate-limited"),
    ("upbit", 401, {"error": {"name": "no_authorization_ip", "message": "203.0.113.9"}}, "", "ip-not-allowed"),
]


def told(exchange: str, status: int, data: Any, phrase: str = "") -> Refusal:
    facts = facts_of(exchange)
    assert facts
    answer = Answer(status, {}, data, "an empty body" if data is None else "", phrase)
    refused = refusal(answer, adapter(exchange).error(answer), facts, [])
    assert refused
    return refused


def reason(refused: Refusal) -> str:
    return "gone" if refused.gone else refused.reason.value


CASES = [
    (exchange, code, said) for exchange, found in REASONS.items() for said, codes in found.items() for code in codes
]


@pytest.mark.parametrize(("exchange", "code", "expected"), CASES)
def test_documented_refusal_has_its_reason(exchange: str, code: str, expected: str) -> None:
    if code.startswith("HTTP "):
        refused = told(exchange, int(code[5:].replace("xx", "03")), None)
    else:
        status, form = FORMS[exchange]
        refused = told(exchange, status, form(code))
    assert reason(refused) == expected
    assert code.endswith("xx") or refused.message.startswith(f"{exchange} {code}: ")


@pytest.mark.parametrize(("exchange", "status", "data", "phrase", "expected"), TOLD)
def test_words_decide_where_one_code_says_several_things(
    exchange: str, status: int, data: Any, phrase: str, expected: str
) -> None:
    assert reason(told(exchange, status, data, phrase)) == expected


def test_every_exchange_that_is_asked_and_every_fact_is_here() -> None:
    assert set(FORMS) == set(REASONS) == set(EXCHANGES)
    for exchange, found in REASONS.items():
        facts = facts_of(exchange)
        assert facts
        errors = facts.raw["errors"]
        assert isinstance(errors, Mapping)
        assert sorted(code for codes in found.values() for code in codes) == sorted(errors)


AMBIGUOUS = [(exchange, code) for exchange, code, said in CASES if said == "ambiguous-refusal"]


@pytest.mark.parametrize(("exchange", "code"), AMBIGUOUS)
def test_ambiguous_refusal_lists_its_causes_in_order(exchange: str, code: str) -> None:
    facts = facts_of(exchange)
    assert facts
    fact = facts.error(code)
    assert fact
    status, form = FORMS[exchange]
    refused = told(exchange, int(code[5:]), None) if code.startswith("HTTP ") else told(exchange, status, form(code))
    assert len(fact.causes) > 1
    assert refused.hint == "; ".join(f"({rank}) {cause}" for rank, cause in enumerate(fact.causes, 1))
