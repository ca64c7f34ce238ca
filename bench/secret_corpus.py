"""Declarations with a secret in them, and ordinary ones with all that looks random: what a check makes of both.

Made anew each time from a fixed seed, so that nothing secret-shaped is committed. Forms and contents were written down
from the facts, the exchanges' pages and what teams keep beside their keys, before the rule was measured with them; it
was improved with the seed 1, and the results are those of another one. `ordinary_texts.py` is the other half.

    python bench/secret_corpus.py [SEED]    what is missed, and what is found without being there
"""

import base64
import json
import random
import string
import sys
import textwrap
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from click.testing import CliRunner

from bench.ordinary_texts import ordinary
from keylint.cli.main import cli

SEED = 20261122
RULE = "secret-in-declaration"
IDS = "whole ids of keys"

_PLACES_EACH = 14
_ALNUM = string.ascii_letters + string.digits
_URLSAFE = _ALNUM + "-_"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
_SYMBOLS = _ALNUM + "!$%&()*+,-./;<=>?@^_~"

Draw = random.Random
Made = Callable[[Draw], str]


class Case(NamedTuple):
    """One declaration. `lines`: where the secret stands, from 1, both ends included; None where there is none."""

    group: str
    kind: str
    where: str
    text: str
    lines: tuple[int, int] | None


class Outcome(NamedTuple):
    """What a check made of a corpus."""

    cases: Sequence[Case]
    found: Sequence[bool]

    def hits(self, group: str | None = None) -> tuple[int, int]:
        """Return how many cases were found, and how many there are, of one group or of all."""
        chosen = [found for case, found in zip(self.cases, self.found, strict=True) if group in (None, case.group)]
        return sum(chosen), len(chosen)

    def groups(self) -> list[str]:
        """Return the groups in their order."""
        return list(dict.fromkeys(case.group for case in self.cases))

    def unlike(self, *, found: bool) -> Iterator[Case]:
        """Yield the cases that were found, or were not."""
        yield from (case for case, was in zip(self.cases, self.found, strict=True) if was == found)


# Forms.


def _text(alphabet: str, *sizes: int) -> Made:
    return lambda draw: "".join(draw.choices(alphabet, k=draw.choice(sizes)))


def _hex(size: int, *, upper: bool = False) -> Made:
    return lambda draw: draw.randbytes(size).hex().upper() if upper else draw.randbytes(size).hex()


def _base64(size: int) -> Made:
    return lambda draw: base64.b64encode(draw.randbytes(size)).decode()


def _base64_url(size: int) -> Made:
    return lambda draw: base64.urlsafe_b64encode(draw.randbytes(size)).decode().rstrip("=")


def _joined(*parts: str | Made) -> Made:
    return lambda draw: "".join(part if isinstance(part, str) else part(draw) for part in parts)


def _groups(alphabet: str, *sizes: int) -> Made:
    return lambda draw: "-".join("".join(draw.choices(alphabet, k=size)) for size in sizes)


def _uuid(draw: Draw) -> str:
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def _percent(made: Made) -> Made:
    """Write a text as it stands in a URL."""
    return lambda draw: made(draw).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")


def _jwt(algorithm: str, signature: int) -> Made:
    def made(draw: Draw) -> str:
        header = {"alg": algorithm, "typ": "JWT", **({"kid": _hex(8)(draw)} if draw.random() < 0.5 else {})}  # noqa: PLR2004 - half of them
        claims = {"access_key": _text(_ALNUM, 40)(draw), "nonce": _uuid(draw), "iat": draw.randrange(10**9, 2 * 10**9)}
        parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
        parts.append(draw.randbytes(signature))
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)

    return made


def _basic(draw: Draw) -> str:
    return base64.b64encode(f"{_text(_ALNUM, 20)(draw)}:{_text(_ALNUM, 40)(draw)}".encode()).decode()


SECRETS: Mapping[str, tuple[str, Made]] = {
    "binance secret": ("binance", _text(_ALNUM, 64)),
    "bingx secret": ("bingx", _text(_ALNUM, 64, 83)),
    "bitfinex secret": ("bitfinex", _text(_URLSAFE, 43)),
    "bitmex secret": ("bitmex", _text(_URLSAFE, 48)),
    "bybit secret": ("bybit", _text(_ALNUM, 36)),
    "coinbase private_key, 64 bytes": ("coinbase", _base64(64)),
    "coinbase private_key, 32 bytes": ("coinbase", _base64(32)),
    "deribit secret": ("deribit", _text(_URLSAFE, 43)),
    "gemini secret": ("gemini", _text(_ALNUM, 27, 28)),
    "hyperliquid private_key": ("hyperliquid", _joined("0x", _hex(32))),
    "hyperliquid private_key, capitals": ("hyperliquid", _joined("0x", _hex(32, upper=True))),
    "kraken secret": ("kraken", _base64(64)),
    "kraken-futures secret": ("kraken-futures", _base64(64)),
    "kucoin secret": ("kucoin", _uuid),
    "mexc secret": ("mexc", _hex(16)),
    "okx secret": ("okx", _hex(16, upper=True)),
}
"""Each secret whose shape the facts state: exchange, how it is made. A test holds that they fit."""

UNSTATED: Mapping[str, tuple[str, Made]] = {
    "backpack, 32 bytes": ("backpack", _base64(32)),
    "bitget, 64 hex": ("bitget", _hex(32)),
    "bitstamp, 32": ("bitstamp", _text(_ALNUM, 32)),
    "gate, 64 hex": ("gate", _hex(32)),
    "htx, groups": ("htx", _groups("0123456789abcdef", 8, 8, 8, 5)),
    "upbit, 40": ("upbit", _text(_ALNUM, 40)),
    "whitebit, 32 hex": ("whitebit", _hex(16)),
}
"""Secrets of exchanges whose facts state no shape, as clients and examples show them."""

KEY_IDS: Mapping[str, tuple[str, Made]] = {
    "binance key_id": ("binance", _text(_ALNUM, 64)),
    "bingx key_id": ("bingx", _text(_ALNUM, 64, 83)),
    "bitfinex key_id": ("bitfinex", _text(_URLSAFE, 43)),
    "bithumb key_id": ("bithumb", _hex(23)),
    "bitmex key_id": ("bitmex", _text(_URLSAFE, 24)),
    "bitvavo key_id": ("bitvavo", _hex(32)),
    "bybit key_id": ("bybit", _text(_ALNUM, 18)),
    "gemini key_id": ("gemini", _joined("account-", _text(_ALNUM, 20))),
    "kraken key_id": ("kraken", _text(_ALNUM + "+/", 56)),
    "kraken-futures key_id": ("kraken-futures", _text(_ALNUM + "+/", 56)),
    "kucoin key_id": ("kucoin", _hex(12)),
    "mexc key_id": ("mexc", _joined("mx0", _text(_ALNUM, 15))),
}
"""Whole ids of keys: half of what a thief needs. Left out is what has the form of an account's id or of an address,
which a declaration may hold (Coinbase, OKX, Hyperliquid), and Deribit's eight letters."""

OTHERS: Mapping[str, tuple[str, Made]] = {
    "JWT, HS256": ("upbit", _jwt("HS256", 32)),
    "JWT, ES256": ("coinbase", _jwt("ES256", 64)),
    "JWT, RS256": ("binance", _jwt("RS256", 256)),
    "hex, 32": ("binance", _hex(16)),
    "hex, 40": ("kraken", _hex(20)),
    "hex, 64": ("okx", _hex(32)),
    "hex, 64, capitals": ("bitget", _hex(32, upper=True)),
    "hex, 128": ("gate", _hex(64)),
    "base64, 24 bytes": ("kraken", _base64(24)),
    "base64, 48 bytes": ("kraken", _base64(48)),
    "base64url, 32 bytes": ("bitmex", _base64_url(32)),
    "base64url, 64 bytes": ("deribit", _base64_url(64)),
    "base64 in a URL": ("kraken", _percent(_base64(64))),
    "base32, 20 bytes": ("kraken", lambda draw: base64.b32encode(draw.randbytes(20)).decode()),
    "base32, 32 bytes": ("kraken", lambda draw: base64.b32encode(draw.randbytes(32)).decode().rstrip("=")),
    "base58, 64 bytes": ("backpack", _text(_BASE58, 87, 88)),
    "extended private key": ("bitmex", _joined("xprv9", _text(_BASE58, 106))),
    "small letters and digits, 40": ("gate", _text(string.ascii_lowercase + string.digits, 40)),
    "letters, 40": ("gate", _text(string.ascii_letters, 40)),
    "user and password, base64": ("bitget", _basic),
    "AWS secret": ("binance", _text(_ALNUM + "+/", 40)),
    "GitHub token": ("binance", _joined("ghp_", _text(_ALNUM, 36))),
    "Slack token": (
        "okx",
        _joined("xoxb-", _text(string.digits, 12), "-", _text(string.digits, 13), "-", _text(_ALNUM, 24)),
    ),
    "Telegram bot": ("bybit", _joined(_text(string.digits, 10), ":AA", _text(_URLSAFE, 33))),
    "Vault token": ("kraken", _joined("hvs.", _text(_URLSAFE, 90))),
    "Stripe key": ("kraken", _joined("sk_", "live_", _text(_ALNUM, 24))),
    "age identity": ("kraken", _joined("AGE-SECRET-KEY-1", _text(_BECH32, 58))),
}

TOLD: Mapping[str, tuple[str, Made]] = {
    "kucoin passphrase": ("kucoin", _text(_ALNUM, *range(10, 33))),
    "okx passphrase": ("okx", _text(_SYMBOLS, *range(10, 33))),
    "bitget passphrase": ("bitget", _text(_ALNUM, *range(10, 33))),
    "password": ("kraken", _text(_SYMBOLS, *range(12, 24))),
    "short secret": ("bitstamp", _text(_ALNUM, 20, 24)),
}
"""What no form gives away, only the word before it."""

# Where a secret can stand.

_KEY = """\
version: 1
keys:
  mm-bot-spot:
    exchange: {exchange}
    owner: trading-desk
    holder: mm-bot
    purpose: market-making
    permissions: [read]
    created: 2026-10-01
"""

PLACES: Mapping[str, str] = {
    "comment above": "# {secret}\n" + _KEY,
    "comment in a sentence": "# old secret was {secret}, replaced on Monday\n" + _KEY,
    "comment behind a value": _KEY + "    expires: 2026-12-01  # {secret}\n",
    "comment, commented-out field": _KEY + "    # api_secret: {secret}\n",
    "comment, shell": "# export MM_BOT_API_SECRET={secret}\n" + _KEY,
    "comment, JSON": '# {{"apiKey": "mm", "secret": "{secret}"}}\n' + _KEY,
    "comment, header": '# curl -H "X-API-KEY: {secret}" https://api.example.com/v1/time\n' + _KEY,
    "comment, code": "# client = Client('{secret}', testnet=True)\n" + _KEY,
    "comment, backticks": "# try `{secret}` first\n" + _KEY,
    "comment, Chinese": "# 备用密钥 {secret}、下周更换\n" + _KEY,
    "notes": _KEY + "    notes: {secret}\n",
    "notes in a sentence": _KEY + "    notes: ask Ann before you use {secret} anywhere\n",
    "notes, double quotes": _KEY + '    notes: "secret={secret}"\n',
    "notes, single quotes": _KEY + "    notes: 'key and secret: mm / {secret}'\n",
    "notes, block": _KEY + "    notes: |\n      rotated by the desk\n      {secret}\n      until Friday\n",
    "notes, folded": _KEY + "    notes: >-\n      rotated by the desk, the new one is\n      {secret}\n",
    "notes, second line of a plain text": _KEY + "    notes: rotated by the desk\n      {secret}\n",
    "defaults": "version: 1\ndefaults:\n  notes: {secret}\n" + _KEY.partition("\n")[2],
    "label": _KEY + "    label: {secret}\n",
    "labels, value": _KEY + "    labels: {{ticket: OPS-123, backup: {secret}}}\n",
    "labels, value in quotes": _KEY + '    labels: {{"backup": "{secret}"}}\n',
    "labels, name": _KEY + "    labels:\n      {secret}: OPS-123\n",
    "account": _KEY + "    account: {secret}\n",
    "holder, list": _KEY.replace("holder: mm-bot", "holder: [mm-bot, {secret}]"),
    "symbols": _KEY + "    symbols: [BTCUSDT, {secret}]\n",
    "permissions": _KEY.replace("[read]", "[read, {secret}]"),
    "ip_allowlist, list": _KEY + "    ip_allowlist:\n      - 203.0.113.10\n      - {secret}\n",
    "credentials": _KEY + "    credentials:\n      api_key: env:MM_KEY\n      api_secret: {secret}\n",
    "credentials, flow": _KEY + "    credentials: {{api_key: env:MM_KEY, api_secret: {secret}}}\n",
    "credentials, quotes": _KEY + '    credentials: {{api_key: env:MM_KEY, api_secret: "{secret}"}}\n',
    "name of a key": _KEY + "  {secret}:\n    exchange: {exchange}\n    permissions: [read]\n",
    "name of a field": _KEY + "    {secret}: yes\n",
    "extension": _KEY + "x-old:\n  - {secret}\n",
    "anchor": _KEY.replace("[read]", "&{secret} [read]"),
    "URL, query": _KEY + "    notes: https://api.example.com/v3/account?apiKey=mm&signature={secret}\n",
    "URL, user": _KEY + "    notes: https://{secret}@api.example.com/v3/account\n",
    "URL, password": _KEY + "    notes: https://mm:{secret}@api.example.com/v3/account\n",
    "last line without an end": _KEY + "# {secret}",
    "Windows line ends": (_KEY + "    notes: {secret}\n").replace("\n", "\r\n"),
}

_TELLING_PLACES: Mapping[str, str] = {
    "credentials": _KEY + "    credentials: {{api_key: env:MM_KEY, {name}: '{secret}'}}\n",
    "comment": _KEY + "    # {name}: {secret}\n",
    "comment, shell": "# export MM_BOT_{NAME}={secret}\n" + _KEY,
    "comment, JSON": '# {{"apiKey": "mm", "{name}": "{secret}"}}\n' + _KEY,
    "notes": _KEY + '    notes: "{name}: {secret}"\n',
    "labels": _KEY + "    labels: {{{name}: '{secret}'}}\n",
    "block": _KEY + "    notes: |\n      key id in the wiki\n      {name} = {secret}\n",
}


def _placed(group: str, kind: str, where: str, template: str, exchange: str, secret: str, name: str = "") -> Case:
    """Put a secret into a declaration."""
    marked = template.format_map({"secret": "\0", "exchange": exchange, "name": name, "NAME": name.upper()})
    first = marked.partition("\0")[0].count("\n") + 1
    return Case(group, kind, where, marked.replace("\0", secret), (first, first + secret.count("\n")))


# Private keys: the head of the real encoding, random from there on.

_HEADS = {
    "PKCS8, EC": ("PRIVATE KEY", "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420", 102),
    "PKCS8, Ed25519": ("PRIVATE KEY", "302e020100300506032b657004220420", 32),
    "PKCS8, RSA": ("PRIVATE KEY", "308204bd020100300d06092a864886f70d0101010500048204a7308204a3020100028201010", 1190),
    "EC": ("EC PRIVATE KEY", "30770201010420", 114),
    "RSA": ("RSA PRIVATE KEY", "308204a40201000282010100", 1180),
    "PKCS8, encrypted": (
        "ENCRYPTED PRIVATE KEY",
        "3081ec305706092a864886f70d01050d304a302906092a864886f70d01050c",
        208,
    ),
    "OpenSSH": ("OPENSSH PRIVATE KEY", "6f70656e7373682d6b65792d7631000000000", 240),
    "PGP": ("PGP PRIVATE KEY BLOCK", "9501d80460", 470),
}


def _pem(kind: str, draw: Draw, *, headers: str = "") -> list[str]:
    """Return the lines of a private key."""
    label, head, size = _HEADS[kind]
    body = base64.b64encode(bytes.fromhex(head[: len(head) // 2 * 2]) + draw.randbytes(size)).decode()
    return [f"-----BEGIN {label}-----", *headers.splitlines(), *textwrap.wrap(body, 64), f"-----END {label}-----"]


_OLD_HEADERS = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,{}\n\n"


def _private_keys(draw: Draw) -> Iterator[Case]:
    """Yield private keys in all the ways in which they get into a file."""
    exchange = "binance"
    ways: Mapping[str, Callable[[list[str]], str]] = {
        "block": "\n      ".join,
        "block, indented further": "\n          ".join,
        "one line with \\n": r"\n".join,
        "one line with blanks": " ".join,
        "cut behind": lambda lines: "\n      ".join(lines[: max(2, len(lines) // 2)]),
        "only the first line": lambda lines: lines[0],
        "cut in front": lambda lines: "\n      ".join(lines[len(lines) // 2 - 1 :]),
    }
    for kind in _HEADS:
        for way, write in ways.items():
            quoted = (
                _KEY + '    notes: "{secret}"\n' if way.startswith("one") else _KEY + "    notes: |\n      {secret}\n"
            )
            yield _placed("private keys", kind, way, quoted, exchange, write(_pem(kind, draw)))
        lines = _pem(kind, draw)
        yield _placed("private keys", kind, "comment", "# {secret}\n" + _KEY, exchange, "\n# ".join(lines))
        commented = _KEY + "    # private_key: |\n    #   {secret}\n"
        yield _placed("private keys", kind, "commented-out", commented, exchange, "\n    #   ".join(_pem(kind, draw)))
        flow = _KEY + '    credentials: {{api_key: env:A, private_key: "{secret}"}}\n'
        yield _placed("private keys", kind, "credentials", flow, exchange, r"\n".join(_pem(kind, draw)))
        body = "".join(_pem(kind, draw)[1:-1])
        yield _placed("private keys", kind, "the text alone", _KEY + "    notes: {secret}\n", exchange, body)
    for kind in ("RSA", "EC"):
        lines = _pem(kind, draw, headers=_OLD_HEADERS.format(_hex(16, upper=True)(draw)))
        text = "\n      ".join(lines)
        yield _placed(
            "private keys", f"{kind}, old encryption", "block", _KEY + "    notes: |\n      {secret}\n", exchange, text
        )


def positives(seed: int = SEED) -> list[Case]:
    """Return declarations with one secret each."""
    draw = Draw(seed)
    cases: list[Case] = []
    for group, kinds in (
        ("secrets whose form the facts state", SECRETS),
        ("secrets of other exchanges", UNSTATED),
        ("tokens, keys and random texts", OTHERS),
        (IDS, KEY_IDS),
    ):
        for kind, (exchange, made) in kinds.items():
            chosen = draw.sample(list(PLACES), _PLACES_EACH)
            cases += [_placed(group, kind, where, PLACES[where], exchange, made(draw)) for where in chosen]
    cases += _private_keys(draw)
    for kind, (exchange, made) in TOLD.items():
        name = "passphrase" if kind.endswith("passphrase") else "password" if kind == "password" else "api_secret"
        for where, template in _TELLING_PLACES.items():
            secret = made(draw).replace("'", "x")
            cases.append(_placed("what only its name gives away", kind, where, template, exchange, secret, name))
    return cases


def negatives(seed: int = SEED) -> list[Case]:
    """Return declarations without a secret."""
    return [Case(kind, kind, where, text, None) for kind, where, text in ordinary(Draw(seed))]


def check_corpus(cases: Sequence[Case]) -> Outcome:
    """Run `keylint check` on each case in this process; a secret counts as found where a finding is in its lines."""
    with TemporaryDirectory(prefix="keylint-corpus-") as name:
        folder = Path(name)
        files = {(folder / f"{number:05}.yaml").as_posix(): case for number, case in enumerate(cases)}
        for file, case in files.items():
            Path(file).write_bytes(case.text.encode())
        words = ["check", "--format", "json", "--now", "2026-11-22", "--policy", "baseline", folder.as_posix()]
        result = CliRunner().invoke(cli, words, standalone_mode=False)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        said = [item for item in json.loads(result.stdout)["findings"] if item["rule"] == RULE]
    places: dict[str, set[int]] = {file: set() for file in files}
    for item in said:
        places[item["file"]].add(item["line"])
    found = [
        any(case.lines is None or case.lines[0] <= line <= case.lines[1] for line in places[file])
        for file, case in files.items()
    ]
    return Outcome(cases, found)


def main(seed: int) -> None:
    """Print what goes wrong, and the counts."""
    secret, plain = check_corpus(positives(seed)), check_corpus(negatives(seed))
    for case in secret.unlike(found=False):
        print(f"missed  {case.kind} · {case.where}: {_shown(case)}")
    for case in plain.unlike(found=True):
        print(f"wrong   {case.kind} · {case.where}: {case.text.splitlines()}")
    for outcome in (secret, plain):
        for group in (*outcome.groups(), None):
            print("{:4} of {:4}  {}".format(*outcome.hits(group), group or "all"))


def _shown(case: Case) -> str:
    first, last = case.lines or (1, 1)
    return " ⏎ ".join(case.text.splitlines()[first - 1 : last])[:200]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEED)
