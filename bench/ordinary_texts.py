"""What declarations hold that looks random and is no secret, or is simply long: the other half of the secret corpus."""

import base64
import random
import string
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence

Draw = random.Random
Text = Callable[[Draw], str]

_EACH = 5
_ALNUM = string.ascii_letters + string.digits

_KEY = """\
version: 1
keys:
  {name}:
    exchange: {exchange}
    owner: trading-desk
    holder: mm-bot
    purpose: market-making
    permissions: [read]
    created: 2026-10-01
    credentials: {{api_key: env:{env}_API_KEY, api_secret: env:{env}_API_SECRET}}
"""
_EXCHANGES = (
    *("binance", "kraken", "bybit", "okx", "coinbase", "kucoin", "bitget", "gate", "mexc", "htx", "bingx", "gemini"),
    *("deribit", "bitmex", "bitfinex", "upbit", "hyperliquid", "kraken-futures"),
)
_DESKS = (
    "market-making",
    "stat-arb",
    "treasury",
    "otc-hedging",
    "tax-export",
    "funding-arbitrage",
    "grid",
    "delta-neutral",
)
_CITIES = ("frankfurt", "tokyo", "singapore", "london", "new-york", "sao-paulo", "zurich", "hong-kong")
_STAGES = ("production", "staging", "canary", "disaster-recovery", "testnet")
_PEOPLE = ("anna.kowalska", "j.fernandez", "yuki-tanaka", "o.brien", "m.van-der-berg", "li.wei", "s.krishnamurthy")
_COINS = ("BTC", "ETH", "SOL", "XRP", "DOGE", "1000SHIB", "1000000MOG", "1INCH", "AVAX", "LINK", "MATIC", "ARB", "WIF")
_PROSE = (
    "market making on the spot book; hedged on the futures desk, see the runbook",
    "Schlüssel für die Steuerberatung, Bundesfinanzministerium-Schreiben vom 10.05.2022",
    "Rechtsschutzversicherungsgesellschaften und Donaudampfschifffahrtsgesellschaftskapitänsmütze",
    "Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung gilt hier nicht",
    "clé de lecture seule pour la comptabilité, renouvelée chaque trimestre par l'équipe trésorerie",
    "anticonstitutionnellement long, mais ce n'est qu'un commentaire",
    "clave de sólo lectura; no la use para operar sin permiso de la mesa de tesorería",
    "chiave di sola lettura, precipitevolissimevolmente sostituita dopo l'incidente",
    "chave somente leitura, rotação trimestral, responsável: tesouraria",
    "ключ только для чтения, сменить до конца квартала, ответственный отдел казначейства",
    "ключ тільки для читання, змінити до кінця кварталу",
    "klucz tylko do odczytu, Konstantynopolitańczykowianeczka zatwierdziła",
    "salt okuma için, muvaffakiyetsizleştiricileştiriveremeyebileceklerimizdenmişsinizcesine",
    "vain lukuoikeus, lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas hyväksyi",
    "csak olvasási kulcs, megszentségteleníthetetlenségeskedéseitekért",
    "μόνο ανάγνωση, αλλαγή κάθε τρίμηνο, υπεύθυνο το ταμείο",
    "只读密钥。每季度轮换、由资金部负责。不要用于交易。",
    "読み取り専用キー。四半期ごとに更新、担当は財務部。",
    "읽기 전용 키, 분기마다 교체, 재무팀 담당",
    "مفتاح للقراءة فقط، يجب تغييره كل ربع سنة",
    "מפתח לקריאה בלבד, יש להחליף בכל רבעון",
    "केवल पढ़ने की कुंजी, हर तिमाही बदलें",
    "chỉ đọc, thay khóa mỗi quý, phòng ngân quỹ chịu trách nhiệm",
    "kun til læsning; speciallægepraksisplanlægningsstabiliseringsperiode",
    "read/write/withdraw/transfer are all off except read/export, cf. the table in the wiki",
    "the-key-of-the-bot-that-nobody-dares-to-touch-since-2019 (sic)",
    "do_not_rotate_before_the_tax_audit_of_2026_is_closed",
    "owner is out until 2026-12-01T09:00:00+01:00; ask @treasury-oncall",
    "1) stop bot 2) rotate 3) start bot 4) `keylint diff --key mm-bot-spot --exchange binance`",
    "rate limit: 1200/min (weight), 50/10s (orders), 160000/24h (orders)",
)
_LONG_NAMES = (
    "enableSpotAndMarginTrading",
    "permitsUniversalTransferBetweenSubAccounts",
    "MarketMakingStrategyConfigurationFactoryBean",
    "NSURLSessionConfigurationBackgroundTransferWithHTTP2",
    "WithdrawalAddressAllowlistConfirmationEmail",
    "BinanceUsdmFuturesAccountInformationV3",
    "AWSSecretsManagerRotationLambdaInvokeRole2026",
    "X509CertificateRevocationListDistributionPoint",
    "THIS_KEY_MAY_NEVER_WITHDRAW_WITHOUT_TWO_APPROVALS",
    "TRADING_PLATFORM_SETTLEMENT_AND_RECONCILIATION_EU_CENTRAL_1",
    "max_open_orders_per_symbol_and_side_before_circuit_breaker",
    "io.example.trading.marketmaking.spot.OrderRouterConfiguration$Builder",
    "trading_platform.market_making.spot.order_router_configuration",
    "kubernetes.io/service-account.name",
    "app.kubernetes.io/managed-by=Helm-trading-platform",
)


# Texts.


def _hex(size: int) -> Text:
    return lambda draw: draw.randbytes(size).hex()


def _upper_hex(size: int) -> Text:
    return lambda draw: draw.randbytes(size).hex().upper()


def _word(alphabet: str, size: int) -> Text:
    return lambda draw: "".join(draw.choices(alphabet, k=size))


def _uuid(draw: Draw) -> str:
    text = draw.randbytes(16).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _slug(draw: Draw) -> str:
    parts = [draw.choice(_DESKS), draw.choice(_CITIES), draw.choice(_STAGES), draw.choice(_EXCHANGES)]
    draw.shuffle(parts)
    return "-".join([*parts, draw.choice(["v2", "2026q4", "20261122", "eu-central-1", "007", "fra1-prod-3"])])


def _env(draw: Draw) -> str:
    return _slug(draw).replace("-", "_").upper()


def _day(draw: Draw) -> str:
    return f"20{draw.randrange(24, 28)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"


def _address(draw: Draw) -> str:
    return ".".join(str(draw.randrange(1, 255)) for _ in range(4))


def _long_address(draw: Draw) -> str:
    return ":".join(draw.randbytes(2).hex() for _ in range(8))


def _spaced(text: str, size: int, by: str) -> str:
    return by.join(textwrap.wrap(text, size))


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def _base58_address(version: int) -> Text:
    """Return an address of Bitcoin's old form, with its checksum."""

    def made(draw: Draw) -> str:
        from hashlib import sha256  # noqa: PLC0415 - of use here only

        data = bytes([version]) + draw.randbytes(20)
        return _base58(data + sha256(sha256(data).digest()).digest()[:4])

    return made


def _bech32(prefix: str, size: int, version: int | None) -> Text:
    """Return an address of Bitcoin's newer form or of a Cosmos chain, with its checksum.

    Source: BIP 173 and BIP 350.
    """

    def polymod(values: Sequence[int]) -> int:
        check = 1
        for value in values:
            top = check >> 25
            check = (check & 0x1FFFFFF) << 5 ^ value
            for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                check ^= generator if top >> bit & 1 else 0
        return check

    def made(draw: Draw) -> str:
        bits = int.from_bytes(draw.randbytes(size)) << (-size * 8) % 5
        count = -(-size * 8 // 5)
        data = [bits >> 5 * (count - 1 - at) & 31 for at in range(count)]
        data = data if version is None else [version, *data]
        expanded = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
        last = polymod([*expanded, *data, *[0] * 6]) ^ (0x2BC830A3 if version else 1)
        return f"{prefix}1" + "".join(
            _BECH32[item] for item in [*data, *(last >> 5 * (5 - at) & 31 for at in range(6))]
        )

    return made


def _ssh_key(draw: Draw) -> str:
    head = bytes.fromhex("0000000b7373682d6564323535313900000020")
    return f"ssh-ed25519 {base64.b64encode(head + draw.randbytes(32)).decode()} {draw.choice(_PEOPLE)}@example.com"


def _public_key(draw: Draw) -> str:
    body = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + draw.randbytes(32)).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----"


def _certificate(draw: Draw) -> str:
    body = base64.b64encode(
        bytes.fromhex("30820122300d06092a864886f70d01010105000382010f00") + draw.randbytes(480)
    ).decode()
    return "-----BEGIN CERTIFICATE-----\n" + _spaced(body, 64, "\n") + "\n-----END CERTIFICATE-----"


def _digest_base64(draw: Draw) -> str:
    return base64.b64encode(draw.randbytes(32)).decode().rstrip("=")


def _integrity(draw: Draw) -> str:
    return f"sha512-{base64.b64encode(draw.randbytes(64)).decode()}"


def _pick(values: Sequence[str]) -> Text:
    return lambda draw: draw.choice(values)


TEXTS: Mapping[str, Text] = {
    "uuid": _uuid,
    "UUID": lambda draw: _uuid(draw).upper(),
    "hex7": lambda draw: draw.randbytes(4).hex()[:7],
    "hex12": _hex(6),
    "hex17": lambda draw: draw.randbytes(9).hex()[:17],
    "hex24": _hex(12),
    "hex32": _hex(16),
    "hex40": _hex(20),
    "hex64": _hex(32),
    "HEX40": _upper_hex(20),
    "spaced": lambda draw: _spaced(draw.randbytes(20).hex().upper(), 4, " "),
    "colons": lambda draw: _spaced(draw.randbytes(20).hex().upper(), 2, ":"),
    "digest": _digest_base64,
    "integrity": _integrity,
    "slug": _slug,
    "env": _env,
    "day": _day,
    "person": _pick(_PEOPLE),
    "desk": _pick(_DESKS),
    "city": _pick(_CITIES),
    "stage": _pick(_STAGES),
    "exchange": _pick(_EXCHANGES),
    "coin": _pick(_COINS),
    "prose": _pick(_PROSE),
    "name": _pick(_LONG_NAMES),
    "ip": _address,
    "ipv6": _long_address,
    "number": lambda draw: str(draw.randrange(10, 9999)),
    "long": lambda draw: str(draw.randrange(10**11, 10**18)),
    "alnum4": _word(_ALNUM, 4),
    "alnum5": _word(_ALNUM, 5),
    "alnum6": _word(_ALNUM, 6),
    "alnum11": _word(_ALNUM, 11),
    "alnum22": _word(_ALNUM, 22),
    "alnum44": _word(_ALNUM, 44),
    "pod": _word("bcdfghjklmnpqrstvwxz2456789", 5),
    "replicas": _word("bcdfghjklmnpqrstvwxz2456789", 10),
    "ulid": _word("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26),
    "ethereum": lambda draw: "0x" + draw.randbytes(20).hex(),
    "Ethereum": lambda draw: "0x" + "".join(draw.choice([digit, digit.upper()]) for digit in draw.randbytes(20).hex()),
    "bitcoin": _bech32("bc", 20, 0),
    "bitcoin_script": _bech32("bc", 32, 0),
    "taproot": _bech32("bc", 32, 1),
    "old_bitcoin": _base58_address(0),
    "tron": _base58_address(0x41),
    "cosmos": _bech32("cosmos", 20, None),
    "dydx": _bech32("dydx", 20, None),
    "solana": lambda draw: _base58(draw.randbytes(32)),
    "age": _bech32("age", 32, None),
    "ssh_key": _ssh_key,
    "public_key": _public_key,
    "certificate": _certificate,
}

# Lines, by what they show: each is filled in `_EACH` times. What begins with # is a comment, the rest a field; a text
# of several lines becomes a block.
LINES: Mapping[str, Sequence[str]] = {
    "shortened ids": (
        "key_id: {alnum6}…{alnum5}",
        'key_id: "{alnum6}...{alnum4}"',
        "# the old one was {alnum6}…{alnum6}, the new one is {alnum6}…{alnum6}",
        "notes: replaces {alnum4}****************************************************{alnum4}",
    ),
    "hashes of ids": (
        "key_id: sha256:{hex64}",
        'key_id: "sha256:{hex64}"',
        "# key id sha256:{hex64}",
        "labels: {{key: 'sha256:{hex64}'}}",
    ),
    "UUIDs": (
        "account_id: {uuid}",
        "notes: portfolio {UUID} of the {desk} desk",
        "# moved from {uuid} to {uuid}",
        "labels: {{portfolio: {uuid}, change: {uuid}}}",
        "account: {uuid}",
    ),
    "account ids": (
        'account_id: "{long}"',
        "account_id: {solana}",
        "account_id: {taproot}",
        "account_id: {dydx}",
        'account_id: "{Ethereum}"',
        "account_id: {hex24}",
    ),
    "addresses on a chain": (
        "notes: withdraws to {ethereum} only",
        "labels: {{vault: '{Ethereum}'}}",
        "# cold wallet {bitcoin}",
        "notes: change goes to {bitcoin_script}",
        "labels: {{cold: {taproot}}}",
        "# deposits arrive at {old_bitcoin}",
        "notes: USDT on Tron is {tron}",
        "labels: {{staking: {cosmos}}}",
        "notes: wallet {solana} on Solana",
        "labels: {{address: {solana}}}",
    ),
    "transactions": (
        "# funded by https://etherscan.io/tx/0x{hex64}",
        "notes: funded by tx {hex64}",
        'notes: "test withdrawal, txid: {hex64}"',
        "# tx 0x{hex64}",
    ),
    "commits": (
        "# https://github.com/example/bots/commit/{hex40}",
        "# github.com/example/bots/commit/{hex40}",
        "notes: deployed by commit {hex40}",
        "labels: {{commit: {hex40}}}",
        "labels: {{git_sha: {hex40}}}",
        "# uses: example/keylint-action@{hex40}",
        "notes: v1.12.{number}-{number}-g{hex12}",
        "# go.example.com/bots v0.0.0-20261122080000-{hex12}",
        "notes: at revision {hex40} since {day}",
    ),
    "images and files": (
        "labels: {{image: 'registry.example.com/bots/mm@sha256:{hex64}'}}",
        "# image: registry.example.com:5000/trading/{slug}:2026.11.{number}-{hex7}",
        "notes: image digest sha256:{hex64}",
        'notes: "checksum: {hex64}"',
        "# md5 {hex32}  keys.tar.gz",
        "notes: keys.tar.gz has SHA-256 {hex64}",
        "# integrity {integrity}",
        "labels: {{etag: '{hex32}'}}",
    ),
    "fingerprints": (
        "notes: ssh fingerprint SHA256:{digest}",
        "# ED25519 key fingerprint is SHA256:{digest}.",
        "notes: signed by {spaced}",
        "# gpg: using EDDSA key {HEX40}",
        "notes: PGP fingerprint {HEX40}",
        "labels: {{certificate: '{colons}'}}",
        "# thumbprint {HEX40}",
    ),
    "public keys": (
        "# {ssh_key}",
        "notes: {ssh_key}",
        "notes:\n{public_key}",
        "# {public_key}",
        "notes:\n{certificate}",
        "labels: {{recipient: {age}}}",
    ),
    "network addresses": (
        "ip_allowlist: ['{ip}', {ip}/32, '{ipv6}']",
        "ip_allowlist: ['{ipv6}/128', \"{ipv6}\"]",
        "# NAT gateway {ip}, and {ipv6} since {day}",
        "notes: from ec2-{number}-0-113-10.eu-central-1.compute.amazonaws.com",
        "notes: vpce-0{hex17} in vpc-0{hex17}, eipalloc-0{hex17}",
    ),
    "references": (
        "notes: secret in vault at secret/data/trading/{exchange}/{slug}",
        "# export {env}_API_SECRET=$(vault kv get -field=secret secret/trading/{exchange}/{desk})",
        "# api_secret: env:{env}_API_SECRET",
        "# private_key: file:/run/secrets/{exchange}/{slug}_ed25519_private_key.pem",
        "notes: arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/{exchange}/{slug}-{alnum6}",
        "notes: arn:aws:kms:eu-central-1:123456789012:key/{uuid}",
        "# projects/{long}/secrets/{slug}/versions/3",
        "# op://Trading/{exchange}-{desk}/credential",
        "# secret: https://trading.vault.azure.net/secrets/{slug}/{hex32}",
        "# api_secret: ${{{env}_API_SECRET}}",
        "# secrets.{env}_API_SECRET is set in the environment {stage}",
        "notes: passphrase is in the safe of the {city} office",
        "# password: see the wiki, page {number}",
        "# token: rotated on {day} by {person}",
        "notes: 'secret: kept by {person}'",
        "# api_secret: <from the vault>",
        "# passphrase: ********",
        "# api_secret: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "# k8s secret: {exchange}-{pod}-v2 in the namespace {desk}",
        "labels: {{secret: mm-bot-2-{city}-1, token: read-only}}",
        "# api_secret: YOUR_{exchange}_API_SECRET_GOES_HERE",
        "labels: {{secret-owner: {person}, token-ttl: 3600s, secret_backend: vault-{city}-{number}}}",
    ),
    "URLs": (
        "# yaml-language-server: $schema=https://raw.githubusercontent.com/example/keylint/v0.1.{number}/schemas/declaration.schema.json",
        "notes: https://docs.example.com/document/d/{alnum44}/edit#heading=h.{alnum11}",
        "# https://www.notion.so/example/Key-rotation-{hex32}",
        "# notion.so/example/Key-rotation-{hex32}",
        "notes: https://grafana.example.com/d/{alnum11}/{slug}?orgId=1&from=now-7d&to=now&var-exchange={exchange}",
        "notes: https://example.atlassian.net/wiki/spaces/TRADE/pages/{long}/Key+rotation+of+the+{desk}+desk",
        "# see wiki.example.com/display/TRADE/{slug}",
        "notes: https://console.aws.amazon.com/secretsmanager/secret?name=prod%2F{exchange}%2F{slug}&region=eu-central-1",
        "notes: https://example.pagerduty.com/incidents/Q{ulid}",
        "# https://www.youtube.com/watch?v={alnum11}&list=PL{alnum22}",
        "notes: mailto:{person}@example.com?subject=Key%20rotation%20of%20{slug}",
    ),
    "people": (
        "owner: {person}@trading.example.com",
        "notes: approved by {person}@example.com and {person}@example.com on {day}",
        "# keys+{slug}@mg.trading-operations.example.com",
        "notes: slack://channel?team=T0{alnum4}{alnum5}&id=C0123456789",
    ),
    "tickets": (
        "labels: {{ticket: OPS-{number}, change: CHG00{long}, risk: RISK-{number}}}",
        "# TRADING-OPERATIONS-AND-SETTLEMENT-{number}, follow-up of INC-{long}",
        "notes: incident 01{ulid}",
        "labels: {{request: req_{alnum22}}}",
    ),
    "slugs": (
        "account: {slug}",
        "holder: {slug}",
        "label: {slug}",
        "replaces: {slug}",
        "labels: {{deployment: {slug}, namespace: {desk}-{stage}}}",
        "# {slug}",
        "notes: pod {desk}-{exchange}-{replicas}-{pod} in {city}",
        "labels: {{pod: {slug}-{replicas}-{pod}}}",
    ),
    "long names": (
        "notes: {name}",
        "# {name} is on",
        "permissions: [{name}]",
        "labels: {{class: {name}}}",
    ),
    "names of variables": (
        "# {env}_API_KEY and {env}_API_SECRET",
        "credentials: {{api_key: env:{env}_API_KEY, api_secret: env:{env}_API_SECRET}}",
        "notes: needs {env}_KEY,{env}_SECRET,{env}_PASSPHRASE",
    ),
    "paths": (
        "credentials: {{api_key: file:/run/secrets/{slug}/api_key, api_secret: file:/run/secrets/{slug}/api_secret}}",
        "# /opt/trading/bots/{desk}/config/{stage}/{city}/{exchange}/keys.yaml",
        "# /nix/store/{hex32}-keylint-0.1.0/bin/keylint",
        "# /var/lib/docker/overlay2/{hex64}/merged/etc/keylint.yaml",
        "notes: C:\\Trading\\Bots\\{desk}\\{exchange}\\{stage}\\Configuration\\keys.yaml",
        "# s3://trading-artifacts-{city}/{day}/{hex40}/keys.yaml",
        "notes: src/components/MarketMakingBot/SpotTradingStrategy/OrderRouterConfiguration{number}.java:{number}",
        "# ./terraform/modules/{slug}/main.tf#L{number}-L{number}",
    ),
    "instruments": (
        "symbols: [{coin}USDT, {coin}-USDT-SWAP, {coin}/USDT:USDT, {coin}_USDC-27DEC26-100000-C]",
        "symbols: ['{coin}-27DEC26-100000-C', '{coin}-PERPETUAL', '{coin}-FS-27DEC26_PERP', PI_XBTUSD, PF_{coin}USD]",
        "notes: {coin}USDT/{coin}USDC/{coin}EUR/{coin}TRY/{coin}BRL/{coin}JPY only",
        "# {coin}-USD-261225-3000-C_{coin}-USD-261225-3500-P spreads",
    ),
    "days and times": (
        "created: {day}",
        "created: '{day}T08:00:00.000000+00:00'",
        "# 20261122T080000Z/20261123T080000Z/20261124T080000Z",
        "# {day}_{day}_{day}_{day}",
        "# cron: */15 0-23/2 1,15 * 1-5 /usr/local/bin/keylint diff --quiet >>/var/log/keylint.log 2>&1",
        "# systemd: OnCalendar=Mon..Fri *-*-* 08:00:00 Europe/Berlin RandomizedDelaySec=300",
    ),
    "prose": (
        "notes: '{prose}'",
        "# {prose}",
        'labels: {{about: "{prose}"}}',
        "notes:\n{prose}\n{prose}\n{prose}",
    ),
    "drawings": (
        "# ------------------------------------------------------------------------------",
        "# ======================== {desk} ========================",
        "# +--------------------+--------------------+--------------------+",
        "# | {slug} | {day} | {person} |",
        "# <<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<< {city} >>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>",
        "# 0000000000000000000000000000000000000000000000000000000000000001",
        "# ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "# 0123456789abcdef0123456789abcdef",
    ),
    "traces and resources": (
        "notes: trace id {hex32}",
        "# request-id: {uuid}",
        "labels: {{cluster: gke_trading-{number}_europe-west3_{stage}, zone: projects/{long}/zones/europe-west3-a}}",
        "notes: /subscriptions/{uuid}/resourceGroups/{desk}/providers/Microsoft.KeyVault/vaults/{exchange}",
        "# datadog monitor {long}, sentry TRADING-{number}, statuspage {alnum11}",
        "notes: order {uuid}/{long} was the last one; client order id x-{alnum22}",
    ),
    "invoices": (
        "# VAT DE{long}, LEI 5299000J2N45DDNE4Y28, IBAN DE89370400440532013000, BIC COBADEFFXXX",
        "notes: ISIN US0378331005/DE0007164600/CH0038863350; Rechnung 2026-{number}-{long}",
    ),
}


class _Filled(dict[str, str]):
    """A text for each name, another one each time."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def __missing__(self, name: str) -> str:
        return TEXTS[name](self._draw)


def ordinary(draw: Draw) -> Iterator[tuple[str, str, str]]:
    """Yield the group, the line and the whole declaration of each case."""
    filled = _Filled(draw)
    for group, lines in LINES.items():
        for line in lines:
            varies = any(name for _, name, _, _ in string.Formatter().parse(line))
            for _ in range(_EACH if varies else 1):
                key = _KEY.format(name=_slug(draw), exchange=draw.choice(_EXCHANGES), env=_env(draw))
                yield group, line, _declaration(key, line.format_map(filled))


def _declaration(key: str, line: str) -> str:
    """Put a comment above a key, or a field into it, in place of the one of that name."""
    if line.startswith("# "):
        return line.replace("\n", "\n# ") + "\n" + key
    name, _, block = line.partition(":\n")
    if block:
        return key + f"    {name}: |\n" + textwrap.indent(block, "      ") + "\n"
    name = f"    {line.partition(':')[0]}:"
    others = [old for old in key.splitlines() if not old.startswith(name)]
    return "\n".join([*others, f"    {line}", ""])
