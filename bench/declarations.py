"""Generates declarations of any number of keys: the same ones each time, about 14 lines a key, clean or with findings.

    python bench/declarations.py 1000 > keys.yaml

Days stand in quotes, because ajv-cli reads a bare one as a date and refuses the file; keylint takes both, at one speed.
"""

import sys
from collections.abc import Iterator
from enum import Enum

NOW = "2026-11-22"
"""The day by which the declarations are clean: give it with `--now`."""

POLICY = """\
version: 1
name: bench
extends: [baseline]
rules:
  ip-unroutable: {allow_documentation: true}
"""

LIVE_CREATED = "2026-10-15"
LIVE_RIGHTS = ("enableReading", "enableSpotAndMarginTrading")

_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
_HOSTS = 254
_TEAMS = 12


class Fault(Enum):
    """What is wrong with a key that is to have one finding: its content, or already its form."""

    RULE = "a rule"
    SCHEMA = "the schema"


def declaration(count: int, every: int = 0, fault: Fault = Fault.RULE) -> Iterator[str]:
    """Yield the text of a declaration, key by key; each key whose number `every` divides has one finding."""
    yield "version: 1\n\nkeys:\n"
    for number in range(count):
        faulty = bool(every) and number % every == every - 1
        yield _key(number, fault if faulty else None)


def live_declaration(count: int) -> Iterator[str]:
    """Yield the text of a declaration of Binance keys that all look alike to their exchange."""
    yield "version: 1\n\ndefaults:\n  exchange: binance\n  owner: team-01\n\nkeys:\n"
    for number in range(count):
        yield (
            f"  {live_name(number)}:\n"
            f"    account: sub-{number:06}\n"
            f"    holder: bot-{number:06}\n"
            "    purpose: spot-trading\n"
            f"    permissions: [{', '.join(LIVE_RIGHTS)}]\n"
            f"    ip_allowlist: [{_address(number)}]\n"
            f'    created: "{LIVE_CREATED}"\n'
            '    expires: "2026-12-31"\n\n'
        )


def live_name(number: int) -> str:
    """Return the name of one key of `live_declaration`."""
    return f"live-{number:06}"


def _address(number: int) -> str:
    return f"{_NETWORKS[number % 3]}.{number * 7 % _HOSTS + 1}"


def _key(number: int, fault: Fault | None) -> str:
    """Return one key. Faults of content are four by turns, so that no one message is all that is measured."""
    name, is_binance = f"desk-{number:06}", number % 2 == 0
    kind = number // 2 % 4 if fault is Fault.RULE else None
    trades = number % 5 != 0
    permissions = "read, trade.spot" if trades else "read"
    addresses = f"{_address(number)}, {_address(number + 1)}"
    lines = [
        f"exchange: {'binance' if is_binance else 'kraken'}",
        f"account: sub-{number:06}",
        "algorithm: ed25519" if is_binance else f"label: bot {number:06}",
        f"owner: team-{number % _TEAMS:02}",
        f"holder: bot-{number:06}",
        f"purpose: {'spot-trading' if trades else 'portfolio-tracking'}",
        f"permissions: [{permissions}]",
        f"ip_allowlist: [{addresses}]",
        f'created: "2026-10-{number % 28 + 1:02}"',
        f'expires: "2026-12-{number % 14 + 15:02}"',
        "credentials:",
        f"  api_key: env:DESK_{number:06}_KEY",
        f"  {'private_key' if is_binance else 'api_secret'}: env:DESK_{number:06}_SECRET",
    ]
    if kind == 0:
        lines = [f"notes: key {number:06}" if line.startswith("owner:") else line for line in lines]
    elif kind == 1:
        lines = [line.replace(addresses, f"10.0.0.{number % _HOSTS + 1}") for line in lines]
    elif kind == 2:  # noqa: PLR2004 - the third of four
        lines = [line.replace(addresses, "203.0.113.0/24") for line in lines]
    elif kind == 3:  # noqa: PLR2004 - the fourth of four
        lines = [line.replace(permissions, f"{permissions}, trade.cancle") for line in lines]
    if fault is Fault.SCHEMA:
        lines[2] = "status: live"
    return f"  {name}:\n" + "".join(f"    {line}\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.writelines(declaration(int(sys.argv[1])))
