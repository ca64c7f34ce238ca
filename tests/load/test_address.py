"""Addresses and networks of an allowlist."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.model.address import network, special_use

PLAIN = {
    "8.8.8.8": "8.8.8.8/32",
    "203.0.113.0/24": "203.0.113.0/24",
    "0.0.0.0/0": "0.0.0.0/0",
    "2001:db8::1": "2001:db8::1/128",
    "2001:DB8:0:0::/64": "2001:db8::/64",
    "::/0": "::/0",
    "::ffff:8.8.8.8": "8.8.8.8/32",
    "::ffff:8.8.8.0/120": "8.8.8.0/24",
    "::ffff:0:0/96": "0.0.0.0/0",
    "::ffff:0:0/95": None,
    "::fffe:0:0/95": "::fffe:0:0/95",
}
BAD = ["", " ", "x", "8.8.8", "8.8.8.8.8", "8.8.8.256", "08.8.8.8", "8.8.8.010", " 8.8.8.8", "8.8.8.8 ", "8.8.8.8\n"]
BAD += [
    "203.0.113.5/24",
    "8.8.8.8/33",
    "8.8.8.8/-1",
    "8.8.8.8/",
    "8.8.8.8/x",
    "8.8.8.8/32/32",
    "8.8.8.8/ 32",
    "8.8.8.8/032",
]
BAD += [
    "10.0.0.0/255.0.0.0",
    "10.0.0.0/0.255.255.255",
    "8.8.8.8/+32",
    "8.8.8.8/\u0663\u0662",
    "\uff18.8.8.8",
    "0x8.8.8.8",
]
BAD += ["2001:db8::1%eth0", "fe80::%1/64", "2001:db8:::1", "2001:db8::1/64", "2001:db8::/064", "[2001:db8::1]", "1:2:3"]
BAD += ["bot.example.com", "134744072", "8.8.8.8:443", "8.8.8.8-8.8.8.9", "8.8.8.*"]


@pytest.mark.parametrize("text", PLAIN)
def test_address_or_network_that_is_written_plainly_is_taken(text: str) -> None:
    parsed = network(text)
    assert (str(parsed) if parsed else None) == PLAIN[text]


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_neither(text: str) -> None:
    assert network(text) is None
    assert special_use(text) is None


SPECIAL = {
    "10.1.2.3": "private",
    "172.16.0.0/12": "private",
    "172.32.0.1": None,
    "192.168.1.0/24": "private",
    "192.0.0.0/23": None,  # not wholly
    "127.0.0.1": "loopback",
    "0.0.0.0": "reserved",
    "0.0.0.0/0": None,
    "100.64.0.1": "carrier-grade NAT",
    "100.128.0.1": None,
    "169.254.169.254": "link-local",
    "203.0.113.7": "documentation",
    "198.18.0.1": "benchmarking",
    "224.0.0.1": "multicast",
    "255.255.255.255": "reserved",
    "8.8.8.8": None,
    "::1": "unspecified or loopback",
    "::2": None,
    "fd00::1": "private",
    "fe80::1": "link-local",
    "2001:db8::/32": "documentation",
    "2001:4860:4860::8888": None,
    "ff02::1": "multicast",
    "::ffff:10.0.0.1": "private",
}


@pytest.mark.parametrize("text", SPECIAL)
def test_what_no_packet_comes_from_is_named(text: str) -> None:
    assert special_use(text) == SPECIAL[text]


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_network_of_any_address_is_taken_and_written_in_one_way(address: object, prefix: int) -> None:
    expected = ip_network(f"{address}/{prefix}", strict=False)
    assert network(str(expected)) == expected


@given(st.text(alphabet="0123456789abcdef:./% \n", max_size=24))
def test_any_text_is_an_address_or_not(text: str) -> None:
    parsed = network(text)
    assert parsed is None or network(str(parsed)) == parsed
