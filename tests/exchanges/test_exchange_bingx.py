"""BingX: signing by the published vector, and every shape of its two answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from keylint.exchanges import bingx
from keylint.exchanges.exchange import Answer, Credentials, Error
from keylint.load.facts import facts_of
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret

NOW_MS = 1_700_000_000_000
FACTS = facts_of("bingx")
SECRET = "mheO6dR8ovSsxZQCOYEFCtelpuxcWGTfHw7te326y6jOwq5WpvFQ9JNljoTwBXZGv5It07m9RXSPpDQEK2w"


def test_signature_follows_the_official_vector() -> None:
    text = "symbol=BTC-USDT&timestamp=1667872120843&side=LONG&leverage=6"
    assert bingx.signature(text, SECRET) == "4f581ecdb1fa09b9d6e57886b6f70cffed17f82b93399722939e49a38edec2bf"


def test_request_ends_with_the_signature_of_what_stands_before_it() -> None:
    given = Credentials({"api_key": Secret("k"), "api_secret": Secret(SECRET)})
    request = bingx.sign("GET", "/openApi/v1/account/apiPermissions", given, NOW_MS)
    signed, _, signature = request.query.rpartition("&signature=")
    assert signed == bingx.payload(NOW_MS) == "recvWindow=5000&timestamp=1700000000000"
    assert signature == bingx.signature(signed, SECRET)
    assert (request.headers, request.body) == ({"X-BX-APIKEY": "k"}, b"")


def test_secret_that_is_missing_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        bingx.sign("GET", "/x", Credentials({"api_key": Secret("k")}), 1)
    assert (caught.value.reason, caught.value.message) == (Reason.NO_CREDENTIALS, "`api_secret` is missing")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"code": 100413, "msg": "Incorrect apiKey", "timestamp": 1}, Error("100413", "Incorrect apiKey")),
        ({"code": -2015, "msg": None}, Error("-2015")),
        ({"code": "100001", "msg": "x"}, Error("100001", "x")),
        ({"code": 0, "msg": "", "data": {}}, None),
        ({"code": "0", "msg": ""}, None),
        ({"code": False}, None),
        ({"permissions": [2]}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_is_a_code_other_than_0(data: Any, expected: Error | None) -> None:
    assert bingx.error(Answer(200, {}, data)) == expected


KEY = {"apiKey": "EXAMPLEKEY", "permissions": [2, 3], "ipAddresses": ["203.0.113.10"], "note": "bot"}
FLAGS = {
    "ipRestrict": True,
    "createTime": 1_702_289_687_211,
    "enableReading": True,
    "enableSpotAndMarginTrading": False,
    "enableFutures": True,
    "permitsUniversalTransfer": False,
}
SILENT = ("Manage Subaccounts",)


def read(key: Any = KEY, flags: Any = FLAGS) -> LiveKey:
    assert FACTS
    return bingx.read({"key": key, "flags": flags}, FACTS)


def test_both_answers_are_read() -> None:
    assert read() == LiveKey(
        rights=("enableReading", "enableFutures"),
        unreported=SILENT,
        ip_restricted=True,
        ip_allowlist=("203.0.113.10",),
        created=datetime.fromtimestamp(1_702_289_687.211, UTC),
        label="bot",
        key_id="EXAMPLEKEY",
    )


def test_envelope_is_taken_off() -> None:
    assert read({"code": 0, "msg": "", "data": KEY}, {"code": 0, "msg": "", "data": FLAGS}) == read()


def test_either_shape_may_come_on_either_path() -> None:
    assert read(FLAGS, KEY) == read()
    both = read(FLAGS, FLAGS)
    assert (both.rights, both.unreported) == (
        ("enableReading", "enableFutures"),
        ("enableWithdrawals", "enableInternalTransfer", *SILENT),
    )
    assert (both.ip_restricted, both.ip_allowlist, both.key_id) == (True, UNKNOWN, UNKNOWN)
    codes = read(KEY, KEY)
    assert (codes.rights, codes.unreported, codes.ip_restricted, codes.created) == (
        ("enableReading", "enableFutures"),
        SILENT,
        True,
        UNKNOWN,
    )


@pytest.mark.parametrize(
    ("key", "flags", "attribute", "expected"),
    [
        ({"permissions": [1, 2, 3, 4, 5, 7]}, {}, "rights", tuple(list(FACTS.rights)[:6] if FACTS else ())),
        ({"permissions": ["2", "5"]}, {"enableFutures": False}, "rights", ("enableReading", "enableWithdrawals")),
        ({"permissions": "2,5"}, {"enableFutures": False}, "rights", ("enableReading", "enableWithdrawals")),
        ({"permissions": [2, 6]}, {}, "unmapped", ("6",)),
        ({"permissions": [2, "enableX"]}, {}, "unmapped", ("enableX",)),
        ({"permissions": [2]}, {"enableFutures": True}, "rights", ("enableReading", "enableFutures")),
        (
            {"permissions": [2]},
            {"enableWithdrawals": 1},
            "rights",
            ("enableReading", "enableFutures", "enableWithdrawals"),
        ),
        ({}, {"enableVanillaOptions": True}, "unmapped", ("enableVanillaOptions",)),
        ({}, {"enableVanillaOptions": False}, "unmapped", ()),
        ({}, {"enableVanillaOptions": None}, "unmapped", ()),
        ({}, {"enableFutures": None}, "rights", ("enableReading", "enableFutures")),
        ({"permissions": None}, {"enableFutures": "true"}, "rights", ("enableReading", "enableFutures")),
        ({"ipAddresses": [""]}, {"ipRestrict": False}, "ip_restricted", False),
        ({"ipAddresses": []}, {"ipRestrict": None}, "ip_restricted", False),
        ({"ipAddresses": []}, {"ipRestrict": True}, "ip_allowlist", UNKNOWN),
        ({"ipAddresses": "203.0.113.1,203.0.113.2"}, {}, "ip_allowlist", ("203.0.113.1", "203.0.113.2")),
        # The switch counts: a list behind a switch that is off binds nothing.
        ({}, {"ipRestrict": False}, "ip_allowlist", ()),
        ({"ipAddresses": None}, {"ipRestrict": None}, "ip_restricted", UNKNOWN),
        ({"note": None}, {}, "label", UNKNOWN),
        ({}, {"createTime": "1702289687211"}, "created", datetime.fromtimestamp(1_702_289_687.211, UTC)),
        ({}, {"createTime": None}, "created", UNKNOWN),
    ],
)
def test_other_shapes_are_read(key: dict[str, Any], flags: dict[str, Any], attribute: str, expected: Any) -> None:
    assert getattr(read({**KEY, **key}, {**FLAGS, **flags}), attribute) == expected


@pytest.mark.parametrize(
    ("key", "flags"),
    [
        ({}, {}),
        (None, FLAGS),
        (KEY, []),
        ({"apiKey": "x"}, {"ipRestrict": True}),
        ({"data": None}, FLAGS),
        ({**KEY, "permissions": 7}, FLAGS),
        ({**KEY, "permissions": [True]}, FLAGS),
        ({**KEY, "permissions": [{}]}, FLAGS),
        ({**KEY, "ipAddresses": 7}, FLAGS),
        ({**KEY, "note": 7}, FLAGS),
        ({**KEY, "apiKey": 7}, FLAGS),
        (KEY, {**FLAGS, "enableReading": "yes"}),
        (KEY, {**FLAGS, "ipRestrict": "yes"}),
        (KEY, {**FLAGS, "createTime": []}),
    ],
)
def test_answer_without_sense_is_refused(key: Any, flags: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read(key, flags)
    assert caught.value.reason is Reason.BAD_ANSWER


def test_server_time_stands_in_the_data() -> None:
    assert bingx.server_time({"code": 0, "data": {"serverTime": NOW_MS}}) == NOW_MS
    unlike: list[Any] = [{}, [], {"data": {}}, {"data": {"serverTime": "x"}}]
    for data in unlike:
        with pytest.raises(Refusal):
            bingx.server_time(data)
