"""The facts files: their shape, their sources, and that nothing in them could write or understate a right."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from keylint.model.finding import Reason

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "schemas/facts.schema.json").read_text("utf-8"))
FOLDER = ROOT / "keylint/facts"
PATHS = {path.stem: path for path in sorted(FOLDER.glob("*.yaml")) if path.stem != "vocabulary"}

# Reads that an exchange serves by POST only; any other POST in a facts file is a mistake.
POST_READS = {
    ("bitfinex", "/v2/auth/r/permissions"),
    ("deribit", "/api/v2/public/auth"),
    ("gemini", "/v1/roles"),
    ("hyperliquid", "/info"),
    ("kraken", "/0/private/GetApiKeyInfo"),
    ("whitebit", "/api/v4/sub-account/api-key/ip-address/list"),
    ("whitebit", "/api/v4/sub-account/api-key/list"),
    ("whitebit", "/api/v4/sub-account/list"),
}
WRITING_WORDS = """
add approve cancel change confirm create del delete deletion disable edit enable generation modification modify
new order orders remove reset revoke revoked send set transfer transfers unbind update withdraw withdrawal write
"""
# Every right that lets value leave the account, or that makes keys: a change of a mapping shows here.
EXITS = {
    "binance": {"enableWithdrawals"},
    "bingx": {"enableInternalTransfer", "enableWithdrawals"},
    "bitfinex": {"bfxpay.write", "ui_withdraw.write", "withdraw.write"},
    "bitget": {"p2p", "withdraw", "withdraw.read-and-write", "wwow"},
    "bitmex": {"withdraw"},
    "bybit": {
        "BitCard.BitCard",
        "FiatBitPay.FaitPayOrder",
        "FiatConvertBroker.FiatConvertBrokerOrder",
        "FiatP2P.Advertising",
        "FiatP2P.FiatP2POrder",
        "Wallet.Withdraw",
    },
    "coinbase": {"can_transfer"},
    "deribit": {"custody:read_write", "wallet:read_write"},
    "gate": {"custody.read_write", "otc.read_write", "withdrawal.read_write"},
    "gemini": {"isFundManager"},
    "htx": {"withdraw"},
    "hyperliquid": {"user"},
    "kraken": {"add-withdraw-address", "update-withdraw-address", "withdraw-funds"},
    "kraken-futures": {"transfer.FULL_ACCESS"},
    "kucoin": {"Transfer"},
    "mexc": {"SPOT_WITHDRAW_WRITE"},
    "okx": {"trade", "withdraw"},  # trade: it also sells for fiat money
    "upbit": {"출금하기"},
    "whitebit": {"type.2"},
}
KEY_MAKERS = {
    "bingx": {"Manage Subaccounts"},
    "bitget": {"chow", "uta_mgt.read-and-write"},
    "bybit": {"Wallet.AccountTransfer", "Wallet.SubMemberTransfer", "Wallet.Withdraw"},
    "coinbase": {"Export"},
    "deribit": {"account:read_write"},
    "htx": {"trade"},
    "hyperliquid": {"user"},
    "okx": {"trade"},
}
# Keywords that say the same in draft 2020-12 and, apart from the place of definitions, in draft-07.
COMMON_KEYWORDS = """
$defs $ref $schema additionalProperties anyOf const description enum exclusiveMinimum format items minItems
minLength minProperties minimum pattern properties propertyNames required title type uniqueItems
"""


class Texts(yaml.SafeLoader):
    """Reads dates as texts, as keylint itself does."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> dict[str, Any]:
    return dict(yaml.load(path.read_text("utf-8"), Texts))


CLASS_OF = {capability: kind for kind, words in read(FOLDER / "vocabulary.yaml").items() for capability in words}
FILES = {name: read(path) for name, path in PATHS.items()}
Facts = dict[str, Any]
Check = Callable[[Facts], Iterator[str]]


def values(node: object, key: str) -> Iterator[Any]:
    """Yield every value under a key, anywhere below a node."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if name == key:
                yield inner
            else:
                yield from values(inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from values(inner, key)


def capabilities(facts: Facts) -> Iterator[tuple[str, str]]:
    for name, right in facts["rights"].items():
        for field in ("gives", "may_give", "main_only"):
            yield from ((name, capability) for capability in right.get(field, ()))
    yield from (("always", capability) for capability in facts["always"])


def schema_faults(facts: Facts) -> Iterator[str]:
    for error in Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(facts):
        yield f"{error.json_path}: {error.message}"


def unknown_capabilities(facts: Facts) -> Iterator[str]:
    yield from (f"{where}: {word}" for where, word in capabilities(facts) if word not in CLASS_OF)


def unknown_sources(facts: Facts) -> Iterator[str]:
    body = {name: part for name, part in facts.items() if name != "sources"}
    used = {source for source in values(body, "source") if isinstance(source, str)}
    yield from (f"no such source: {name}" for name in sorted(used - facts["sources"].keys()))
    yield from (f"nobody uses: {name}" for name in sorted(facts["sources"].keys() - used))


def bad_date(facts: Facts) -> Iterator[str]:
    try:
        date.fromisoformat(facts["checked"])
    except ValueError as error:
        yield str(error)


def writing_calls(facts: Facts) -> Iterator[str]:
    for call in facts["calls"]:
        words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", call["path"])}
        if call["method"] not in ("GET", "POST"):
            yield f"{call['method']} {call['path']}"
        if call["method"] == "POST" and (facts["exchange"], call["path"]) not in POST_READS:
            yield f"POST {call['path']} is not on the list of reads"
        yield from (f"{word} in {call['path']}" for word in sorted(words & set(WRITING_WORDS.split())))


def repeated_calls(facts: Facts) -> Iterator[str]:
    for what in (lambda call: call["use"], lambda call: (call["method"], call["path"])):
        seen = [what(call) for call in facts["calls"]]
        yield from (f"twice: {item}" for item in sorted(set(seen)) if seen.count(item) > 1)


def broken_patterns(facts: Facts) -> Iterator[str]:
    for pattern in (*values(facts["formats"], "pattern"), *values(facts["formats"], "looks_like")):
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{pattern}: {error}"
        if not (pattern.startswith("^") and pattern.endswith("$")):
            yield f"{pattern} must speak of the whole text"


def places(facts: Facts) -> dict[str, Any]:
    return {**facts["environments"], **facts["sites"]}


def bad_bases(facts: Facts) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for name, place in places(facts).items():
        parts = urlsplit(place["url"])
        if parts.scheme != "https" or not parts.hostname or parts.netloc != parts.hostname:
            yield f"{name}: {place['url']} is not https and a host"
        if parts.path or parts.query or parts.fragment:
            yield f"{name}: {place['url']} holds more than a host"
        same = seen.setdefault((place["url"], json.dumps(place.get("headers"))), name)
        if same != name:
            yield f"{name} and {same} cannot be told apart"


def muddled_rights(facts: Facts) -> Iterator[str]:
    rights = facts["rights"]
    others = [name for right in rights.values() for name in right.get("also", ())]
    yield from (f"{name} names two rights" for name in others if name in rights or others.count(name) > 1)
    yield from (f"{name} is a right and none" for name in facts.get("not_rights", ()) if name in rights)
    for name, right in rights.items():
        given = set(right["gives"])
        if name in CLASS_OF and name not in given:
            yield f"{name} is a capability that this right does not give"
        if not set(right.get("main_only", ())) <= given:
            yield f"{name}: main_only holds what it does not give"
        if any(CLASS_OF.get(word) == "exit" for word in right.get("main_only", ())):
            yield f"{name}: an exit is never explained away by a sub-account"
        if set(right.get("may_give", ())) & given:
            yield f"{name}: given and perhaps given"
        if right.get("optional") and right.get("silent"):
            yield f"{name}: a missing right is off or unknown, not both"
        if right.get("never_shown") and not right.get("silent"):
            yield f"{name}: what no answer names is not off where it is missing"
        if not given:
            yield f"{name} gives nothing: it belongs to not_rights"


def dangling_names(facts: Facts) -> Iterator[str]:
    for end in facts["lifetime"]:
        if (end["what"] == "rights") != ("rights" in end):
            yield f"{end['says']}: rights belong to what: rights"
        yield from (
            f"no such right: {name}"
            for name in (*end.get("rights", ()), *end.get("having", ()))
            if name not in facts["rights"]
        )
        yield from (
            f"no such environment: {name}" for name in end.get("except", ()) if name not in facts["environments"]
        )
    for listing in facts["listing"]:
        yield from (f"no such right: {name}" for name in listing.get("silent", ()) if name not in facts["rights"])


def muddled_algorithms(facts: Facts) -> Iterator[str]:
    algorithms = facts["algorithms"]
    if algorithms.keys() != facts["credentials"].keys():
        yield "algorithms and credentials name different ones"
    for name, algorithm in algorithms.items():
        if algorithm.get("weak", False) != (name == "hmac" and len(algorithms) > 1):
            yield f"{name}: weak is a shared secret beside an asymmetric key, and nothing else"
        if ("api_secret" in facts["credentials"].get(name, ())) != (name == "hmac"):
            yield f"{name}: a shared secret belongs to hmac"


def muddled_inspection(facts: Facts) -> Iterator[str]:
    uses = {call["use"] for call in facts["calls"]}
    needed = {"self": "key", "public": "key", "listing": "list"}.get(facts["inspection"])
    if needed and needed not in uses:
        yield f"inspection {facts['inspection']} without a call {needed}"
    if not needed and uses:
        yield "calls without an inspection"
    if bool(needed) != ("shows" in facts):
        yield "shows belongs to an inspection"
    if "list" in uses and not facts["listing"]:
        yield "a call lists keys and nothing says which"


def unsourced(facts: Facts) -> Iterator[str]:
    addresses, nonce = facts["addresses"], facts["nonce"]
    if (addresses["supported"] == "unknown") != ("source" not in addresses):
        yield "addresses: supported and its source"
    if addresses["supported"] != "yes" and addresses["shown"] != "none":
        yield "addresses: shown, but not supported"
    if nonce["shared"] and "source" not in nonce:
        yield "nonce: no source"


def moved_exits(facts: Facts) -> Iterator[str]:
    found = {
        name for name, right in facts["rights"].items() if any(CLASS_OF.get(word) == "exit" for word in right["gives"])
    }
    yield from sorted(found ^ EXITS.get(facts["exchange"], set()))


def moved_key_makers(facts: Facts) -> Iterator[str]:
    found = {name for name, right in facts["rights"].items() if {"key.manage", "key.export"} & set(right["gives"])}
    yield from sorted(found ^ KEY_MAKERS.get(facts["exchange"], set()))


def understated_names(facts: Facts) -> Iterator[str]:
    """A name that speaks of withdrawal brings one, unless it also says that it reads."""
    for name, right in facts["rights"].items():
        names = " ".join((name, *right.get("also", ())))
        if (
            re.search("withdraw", names, re.IGNORECASE)
            and not re.search(r"read.?only$|_READ$|view ", names)
            and not any(word.startswith("withdraw") for word in right["gives"])
        ):
            yield name


def odd_sentences(facts: Facts) -> Iterator[str]:
    """Sentences are cut by a comma in a [list], and start small and without a stop as messages do."""
    said = [text for field in ("says", "note", "meaning", "warns", "needs") for text in values(facts, field)]
    said += [cause for causes in values(facts, "causes") for cause in causes]
    for text in said:
        if text.count("(") != text.count(")") or text.endswith((".", ",")) or re.match("[A-Z][a-z]", text):
            yield text


def _with(name: str, change: Callable[[Facts], object]) -> Facts:
    facts = deepcopy(FILES[name])
    change(facts)
    return facts


# Check -> facts of a real file, broken in one way, that it must not let through.
CHECKS: dict[Check, list[Facts]] = {
    schema_faults: [
        _with("kraken", lambda f: f.pop("title")),
        _with("kraken", lambda f: f.update(color="blue")),
        _with("kraken", lambda f: f["addresses"].update(cidr="yes")),
        _with("kraken", lambda f: f["errors"]["EAPI:Invalid key"].pop("source")),
        _with("kraken", lambda f: f["errors"]["EAPI:Invalid key"].update(reason="broken")),
        _with("kraken", lambda f: f["environments"]["production"].update(url="https://api.kraken.com/")),
        _with("kraken", lambda f: f["calls"][0].update(method="DELETE")),
        _with("okx", lambda f: f["limits"]["requests"].pop("source")),
    ],
    unknown_capabilities: [
        _with("kraken", lambda f: f["rights"]["add-funds"].update(gives=["deposits"])),
        _with("kraken", lambda f: f.update(always=["reading"])),
        _with("bybit", lambda f: f["rights"]["Spot.SpotTrade"].update(may_give=["trade.margins"])),
    ],
    unknown_sources: [
        _with("kraken", lambda f: f["sources"].pop("errors")),
        _with("kraken", lambda f: f["sources"].update(hearsay="somebody said so")),
    ],
    bad_date: [_with("kraken", lambda f: f.update(checked="2026-02-30"))],
    writing_calls: [
        _with("kraken", lambda f: f["calls"][0].update(path="/0/private/AddOrder")),
        _with("mexc", lambda f: f["calls"][0].update(method="POST")),
        _with("okx", lambda f: f["calls"][0].update(method="PUT")),
        _with("okx", lambda f: f["calls"][0].update(path="/api/v5/users/subaccount/modify-apikey")),
        _with("bingx", lambda f: f["calls"][0].update(path="/exchange/wallets/createWithdraw")),
    ],
    repeated_calls: [
        _with("okx", lambda f: f["calls"][0].update(use="time")),
        _with("okx", lambda f: f["calls"].append({**f["calls"][0], "use": "key-again"})),
    ],
    broken_patterns: [
        _with("kraken", lambda f: f["formats"]["key_id"].update(pattern="^[a-z$")),
        _with("kraken", lambda f: f["formats"]["key_id"].update(pattern="[a-z]{4}")),
    ],
    bad_bases: [
        _with("kraken", lambda f: f["environments"]["production"].update(url="http://api.kraken.com")),
        _with("kraken", lambda f: f["environments"]["production"].update(url="https://api.kraken.com/0")),
        _with("kraken", lambda f: f["environments"]["production"].update(url="https://me@api.kraken.com")),
        _with("okx", lambda f: f["environments"]["demo"].pop("headers")),
    ],
    muddled_rights: [
        _with("kucoin", lambda f: f["rights"]["Transfer"].update(also=["InnerTransfer"])),
        _with("kucoin", lambda f: f["rights"]["Transfer"].update(also=["FlexTransfers"])),
        _with("okx", lambda f: f["rights"]["withdraw"].update(gives=["read"])),
        _with("okx", lambda f: f["rights"]["trade"].update(main_only=["card"])),
        _with("okx", lambda f: f["rights"]["withdraw"].update(main_only=["withdraw"])),
        _with("okx", lambda f: f["rights"]["withdraw"].update(may_give=["withdraw"])),
        _with("coinbase", lambda f: f["rights"]["Export"].update(optional=True)),
        _with("kraken-futures", lambda f: f["not_rights"].append("transfer.FULL_ACCESS")),
        _with("kraken-futures", lambda f: f["rights"]["general.READ_ONLY"].update(gives=[])),
    ],
    dangling_names: [
        _with("okx", lambda f: f["lifetime"][0].update(having=["trading"])),
        _with("okx", lambda f: f["lifetime"][0].update({"except": ["testnet"]})),
        _with("okx", lambda f: f["lifetime"][0].update(rights=["trade"])),
        _with("binance", lambda f: f["lifetime"][0].update(rights=["enableTrading"])),
        _with("binance", lambda f: f["listing"][0].update(silent=["enableTrading"])),
    ],
    muddled_algorithms: [
        _with("bybit", lambda f: f["algorithms"]["hmac"].pop("weak")),
        _with("okx", lambda f: f["algorithms"]["hmac"].update(weak=True)),
        _with("okx", lambda f: f["credentials"].update(rsa=["api_key", "private_key"])),
        _with("okx", lambda f: f["credentials"].update(hmac=["api_key", "private_key"])),
    ],
    muddled_inspection: [
        _with("okx", lambda f: f.update(calls=[])),
        _with("okx", lambda f: f.update(inspection="none")),
        _with("okx", lambda f: f.pop("shows")),
        _with("okx", lambda f: f.update(listing=[])),
    ],
    unsourced: [
        _with("okx", lambda f: f["addresses"].pop("source")),
        _with("gemini", lambda f: f["addresses"].update(shown="list")),
        _with("gemini", lambda f: f["nonce"].pop("source")),
    ],
    moved_exits: [
        _with("kucoin", lambda f: f["rights"]["Transfer"].update(gives=["transfer.internal"])),
        _with("kucoin", lambda f: f["rights"].pop("Transfer")),
        _with("kucoin", lambda f: f["rights"]["Spot"].update(gives=["p2p"])),
    ],
    moved_key_makers: [
        _with("deribit", lambda f: f["rights"]["account:read_write"].update(gives=["account.settings"])),
        _with("kucoin", lambda f: f["rights"]["Spot"].update(gives=["key.manage"])),
    ],
    odd_sentences: [
        _with("okx", lambda f: f["errors"]["50001"].update(causes=["a key (of OKX"])),
        _with("okx", lambda f: f["errors"]["50001"].update(meaning="the service is down.")),
        _with("okx", lambda f: f["rights"]["trade"].update(note="It trades")),
    ],
    understated_names: [
        _with("mexc", lambda f: f["rights"]["SPOT_WITHDRAW_WRITE"].update(gives=["read"])),
        _with("kucoin", lambda f: f["rights"]["Transfer"].update(gives=["transfer.internal"])),
    ],
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_facts_file_is_sound(check: Check, name: str) -> None:
    assert list(check(FILES[name])) == []


@pytest.mark.parametrize(
    ("check", "broken"),
    [(check, broken) for check, cases in CHECKS.items() for broken in cases],
    ids=[f"{check.__name__}-{number}" for check, cases in CHECKS.items() for number, _ in enumerate(cases)],
)
def test_each_check_can_fail(check: Check, broken: Facts) -> None:
    assert list(check(broken)) != []


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_after_its_exchange(name: str) -> None:
    assert FILES[name]["exchange"] == name


def test_a_host_belongs_to_one_exchange() -> None:
    owners: dict[str, set[str]] = {}
    for name, facts in FILES.items():
        for place in places(facts).values():
            owners.setdefault(urlsplit(place["url"]).netloc, set()).add(name)
    assert {host: names for host, names in owners.items() if len(names) > 1} == {}


def test_the_lists_of_this_test_speak_of_existing_files_and_calls() -> None:
    assert EXITS.keys() | KEY_MAKERS.keys() <= FILES.keys()
    posts = {
        (name, call["path"]) for name, facts in FILES.items() for call in facts["calls"] if call["method"] == "POST"
    }
    assert posts == POST_READS


def nodes(text: str) -> yaml.Node:
    node = yaml.compose(text, Texts)
    assert node
    return node


def repeated_keys(node: yaml.Node) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        yield from (f"{node.start_mark.line + 1}: {name}" for name in sorted(set(names)) if names.count(name) > 1)
        for _, inner in node.value:
            yield from repeated_keys(inner)
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from repeated_keys(inner)


def bare_error_codes(node: yaml.Node) -> Iterator[str]:
    assert isinstance(node, yaml.MappingNode)
    errors = next(value for key, value in node.value if key.value == "errors")
    yield from (key.value for key, _ in errors.value if key.style != '"')


def hidden_comments(text: str) -> Iterator[str]:
    """A # after a blank starts a comment and cuts a sentence off."""
    yield from (line for line in text.splitlines() if " #" in line and not line.lstrip().startswith("#"))


@pytest.mark.parametrize("name", FILES)
def test_the_text_of_a_file_says_what_is_loaded(name: str) -> None:
    text = PATHS[name].read_text("utf-8")
    node = nodes(text)
    assert list(repeated_keys(node)) == []
    assert list(bare_error_codes(node)) == []
    assert list(hidden_comments(text)) == []


def test_the_checks_of_the_text_can_fail() -> None:
    node = nodes('errors: {"1": a, "1": b, 2: c}')
    assert list(repeated_keys(node)) == ["1: 1"]
    assert list(bare_error_codes(node)) == ["2"]
    assert list(hidden_comments("says: issues #7 and #9")) == ["says: issues #7 and #9"]


def subschemas(node: Any, where: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema below a schema, with its place."""
    if not isinstance(node, dict):
        return
    yield where, node
    for keyword in ("properties", "$defs"):
        for name, inner in node.get(keyword, {}).items():
            yield from subschemas(inner, f"{where}.{name}")
    for keyword in ("items", "additionalProperties", "propertyNames"):
        yield from subschemas(node.get(keyword), f"{where}.{keyword}")
    for number, inner in enumerate(node.get("anyOf", ())):
        yield from subschemas(inner, f"{where}.anyOf[{number}]")


@pytest.mark.parametrize("dialect", [Draft202012Validator, Draft7Validator])
def test_the_schema_is_one_in_both_dialects(dialect: Any) -> None:
    dialect.check_schema({**SCHEMA, "$schema": dialect.META_SCHEMA["$id"]})


@pytest.mark.parametrize(("where", "schema"), [pytest.param(*pair, id=pair[0]) for pair in subschemas(SCHEMA)])
def test_each_schema_explains_itself_and_uses_common_words(where: str, schema: dict[str, Any]) -> None:
    assert set(schema) <= set(COMMON_KEYWORDS.split()), where
    if "$ref" in schema:
        assert set(schema) == {"$ref"}, "draft-07 ignores what stands beside a $ref"
    else:
        assert schema["title"]
        assert schema["description"]
    if schema.get("type") == "object":
        assert "additionalProperties" in schema, where
        assert schema["additionalProperties"] is not True, where


def test_the_reasons_are_those_of_the_command_line() -> None:
    errors = SCHEMA["properties"]["errors"]["additionalProperties"]["properties"]
    known = {reason.value for reason in Reason} - {Reason.NOT_IN_SNAPSHOT.value} | {"gone"}
    assert set(errors["reason"]["enum"]) == known
    assert set(errors["texts"]["additionalProperties"]["enum"]) == known
