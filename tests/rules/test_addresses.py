"""Rules on allowlists: forms, limits, sets of networks, environments."""

from typing import Any

import pytest

from keylint.model.errors import OptionError
from tests.rules.saying import keys, said
from tests.running import RULES, active, found


def listed(*entries: str, rest: str = "") -> str:
    return keys(a=f"ip_allowlist: {[*entries]}" + (f", {rest}" if rest else ""))


def entries_named(rule: str, text: str, **options: object) -> list[object]:
    return [item.path[-1] for item in found(text, [active(RULES[rule], options)])]


def hints(rule: str, text: str) -> list[str]:
    return [item.hint for item in found(text, [active(RULES[rule], {})])]


@pytest.mark.parametrize(
    ("exchange", "wanted"), [("bybit", True), ("bitfinex", False), ("hyperliquid", False), ("nowhere", False)]
)
def test_reading_key_is_to_be_bound_only_where_that_is_known_to_work(exchange: str, wanted: bool) -> None:
    assert bool(said("ip-missing-on-read", keys(a=f"exchange: {exchange}"))) is wanted


@pytest.mark.parametrize("permissions", ["[]", "[raed]", "[read, trade.spot]"])
def test_key_that_reads_nothing_or_does_more_is_another_rule_s(permissions: str) -> None:
    assert said("ip-missing-on-read", keys(a=f"permissions: {permissions}")) == []


def test_form_that_the_exchange_does_not_take_is_named_with_its_mending() -> None:
    text = listed(
        "203.0.113.8/30",
        "203.0.113.7/32",
        "::ffff:203.0.113.9",
        "2001:db8::/64",
        "8.8.0.0/16",
        "x/y",
        rest="exchange: gate",
    )
    assert said("ip-unsupported", text) == [
        "a:3 error: gate takes no networks: 203.0.113.8/30",
        "a:3 error: gate takes no networks: 203.0.113.7/32",
        "a:3 error: gate takes no IPv6 addresses: ::ffff:203.0.113.9",
        "a:3 error: gate takes no IPv6 addresses: 2001:db8::/64",
        "a:3 error: gate takes no networks: 8.8.0.0/16",
    ]
    assert hints("ip-unsupported", text) == [
        "write 203.0.113.8, 203.0.113.9, 203.0.113.10, 203.0.113.11",
        "write 203.0.113.7",
        "write 203.0.113.9",
        "enter the IPv4 address that the machine is seen with",
        "list the single addresses of the machines",
    ]


@pytest.mark.parametrize("exchange", ["binance", "kraken", "hyperliquid", "nowhere"])
def test_form_is_not_judged_where_it_is_taken_or_nothing_is_known(exchange: str) -> None:
    assert said("ip-unsupported", listed("8.8.8.0/24", "2001:db8::1", rest=f"exchange: {exchange}")) == []


def test_only_one_of_two_forms_may_be_refused() -> None:
    text = listed("8.8.8.0/30", "2001:db8::1", "::ffff:8.8.8.0/126", rest="exchange: bingx")
    assert entries_named("ip-unsupported", text) == [1, 2]
    assert hints("ip-unsupported", text)[1] == "write 8.8.8.0/30"


def test_networks_may_be_taken_of_one_version_only() -> None:
    taken = ("8.8.8.0/30", "2001:db8::1")
    text = listed(*taken, "2001:db8::/64", "2001:db8::1/128", "::ffff:8.8.8.0/126", rest="exchange: htx")
    assert said("ip-unsupported", text) == [
        "a:3 error: htx takes no IPv6 networks: 2001:db8::/64",
        "a:3 error: htx takes no IPv6 networks: 2001:db8::1/128",
        "a:3 error: htx takes no IPv6 networks: ::ffff:8.8.8.0/126",
    ]
    assert hints("ip-unsupported", text) == [
        "list the single addresses of the machines",
        "write 2001:db8::1",
        "write 8.8.8.0/30",
    ]


@pytest.mark.parametrize(
    ("exchange", "count", "wanted"),
    [
        ("okx", 20, []),
        ("okx", 21, ["a:3 error: key 'a' lists 21 addresses, okx takes 20"]),
        ("kraken", 500, []),
        ("hyperliquid", 3, []),
        ("nowhere", 500, []),
    ],
)
def test_list_is_too_long_where_a_limit_is_known(exchange: str, count: int, wanted: list[str]) -> None:
    entries = [f"8.8.{number // 256}.{number % 256}" for number in range(count)]
    assert said("ip-too-many", listed(*entries, rest=f"exchange: {exchange}")) == wanted


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        (["8.8.8.8", "8.8.8.8"], ["8.8.8.8 is listed twice"]),
        (["8.8.8.8", "8.8.8.8/32"], ["8.8.8.8/32 is listed twice"]),
        (["8.8.8.8", "::ffff:8.8.8.8"], ["::ffff:8.8.8.8 is listed twice"]),
        (["::ffff:8.8.8.8", "8.8.8.8"], ["8.8.8.8 is listed twice"]),
        (["2001:db8::1", "2001:0db8:0::1"], ["2001:0db8:0::1 is listed twice"]),
        (["8.8.8.8", "8.8.8.0/24"], ["8.8.8.8 is contained in 8.8.8.0/24"]),
        (["8.8.8.0/24", "8.8.8.8"], ["8.8.8.8 is contained in 8.8.8.0/24"]),
        (
            ["8.8.8.8", "8.8.8.8/29", "8.8.8.0/24", "8.8.9.0"],
            ["8.8.8.8 is contained in 8.8.8.0/24", "8.8.8.8/29 is contained in 8.8.8.0/24"],
        ),
        (["8.8.8.255", "8.8.8.0/24", "8.8.8.0"], [f"8.8.8.{n} is contained in 8.8.8.0/24" for n in (255, 0)]),
        (["2001:db8::/32", "2001:db8:ffff::1"], ["2001:db8:ffff::1 is contained in 2001:db8::/32"]),
        (
            ["0.0.0.0/0", "::/0", "8.8.8.8", "2001:db8::1"],
            ["8.8.8.8 is contained in 0.0.0.0/0", "2001:db8::1 is contained in ::/0"],
        ),
        (["8.8.8.8", "8.8.8.9", "2001:db8::1", "nonsense", "nonsense"], []),
        (["8.8.8.0/25", "8.8.8.128/25"], []),
        (["8.8.8.8"], []),
    ],
)
def test_entry_that_another_one_holds_is_superfluous(entries: list[str], wanted: list[str]) -> None:
    assert said("ip-duplicate", listed(*entries)) == [f"a:3 warning: {text}" for text in wanted]


def test_thousands_of_entries_are_judged_in_one_pass() -> None:
    entries = [f"10.{a}.{b}.0/24" for a in range(40) for b in range(250)]
    assert entries_named("ip-duplicate", listed(*entries, "10.39.249.7")) == [10_000]


OFFICE = {"office": ["203.0.113.0/29", "203.0.113.8/29", "2001:db8::/64"], "vendor": ["198.51.100.7"]}


@pytest.mark.parametrize(
    ("entry", "known"),
    [
        ("203.0.113.15", True),
        ("203.0.113.0/28", True),
        ("203.0.113.0/27", False),
        ("203.0.113.16", False),
        ("203.0.112.255", False),
        ("0.0.0.0/0", False),
        ("198.51.100.7", True),
        ("::ffff:198.51.100.7", True),
        ("2001:db8::7", True),
        ("2001:db8:0:1::7", False),
        ("nonsense", True),
    ],
)
def test_host_is_known_where_the_named_networks_hold_all_of_it(entry: str, known: bool) -> None:
    assert entries_named("ip-unknown-host", listed(entry), networks=OFFICE) == ([] if known else [0])


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("203.0.113.15", "office"),
        ("203.0.112.0/23", "office"),
        ("0.0.0.0/0", "office"),
        ("198.51.100.7", "vendor"),
        ("2001:db8::/32", "office"),
        ("198.51.100.8", None),
        ("nonsense", None),
    ],
)
def test_range_is_dynamic_where_a_named_one_holds_any_of_it(entry: str, name: str | None) -> None:
    wanted = [f"a:3 warning: {entry} lies in '{name}', which the policy names as dynamic or shared"] if name else []
    assert said("ip-dynamic", listed(entry), networks=OFFICE) == wanted


@pytest.mark.parametrize("rule", ["ip-unknown-host", "ip-dynamic"])
def test_networks_are_an_option_that_must_mean_something(rule: str) -> None:
    assert said(rule, listed("8.8.8.8")) == []
    with pytest.raises(OptionError, match=r"^'8.8.8.8/24' is no address and no network") as raised:
        active(RULES[rule], {"networks": {"home": ["8.8.8.8", "8.8.8.8/24"]}})
    assert raised.value.path == ("networks", "home", 1)


def test_address_of_two_sides_is_said_of_the_later_key_whatever_its_form() -> None:
    text = keys(
        a="ip_allowlist: [8.8.8.8], environment: demo",
        b="ip_allowlist: [8.8.8.8], environment: testnet",
        c="ip_allowlist: ['::ffff:8.8.8.8/128', 8.8.4.4]",
        d="ip_allowlist: [8.8.8.8/32]",
        e="ip_allowlist: [8.8.4.0/24, 8.8.4.4], environment: demo",
        f="ip_allowlist: [8.8.8.8, 8.8.4.4], environment: demo, status: planned",
        g="ip_allowlist: [bogus/1]",
        h="ip_allowlist: [bogus/1], environment: demo",
        i="environment: demo",
    )
    assert said("ip-shared-across-environments", text) == [
        "a:5 warning: ::ffff:8.8.8.8/128 may use key 'c' of production and key 'a' of a test environment",
        "a:6 warning: 8.8.8.8/32 may use key 'd' of production and key 'a' of a test environment",
        "a:7 warning: 8.8.4.4 may use key 'e' of demo and key 'c' of production",
        "a:10 warning: bogus/1 may use key 'h' of demo and key 'g' of production",
    ]


def test_allowlist_that_cannot_exist_protects_nothing() -> None:
    text = keys(a="exchange: hyperliquid", b="exchange: hyperliquid, ip_allowlist: [8.8.8.8]", c="exchange: nowhere")
    assert said("ip-unavailable", text) == [
        "a:3 note: hyperliquid cannot bind key 'a' to addresses",
        "a:4 note: hyperliquid cannot bind a key to addresses: this list protects nothing",
    ]


@pytest.mark.parametrize("status", ["planned", "revoked"])
@pytest.mark.parametrize("rule", [name for name in RULES if name.startswith("ip-") and RULES[name].check])
def test_addresses_of_keys_that_are_not_there_are_not_judged(rule: str, status: str) -> None:
    texts = [
        keys(a=f"{fields}, status: {status}", b=f"{fields}, environment: testnet, status: {status}")
        for fields in (
            "exchange: gate, ip_allowlist: [10.0.0.1, 10.0.0.0/8, ' x']",
            "exchange: hyperliquid",
            "permissions: [trade.spot]",
        )
    ]
    options: dict[str, Any] = {"networks": OFFICE} if "networks" in RULES[rule].options.names() else {}
    assert said(rule, *texts, **options) == []
