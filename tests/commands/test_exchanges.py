"""`keylint exchanges`."""

import json

import pytest

from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.exchanges import EXCHANGES
from keylint.load.facts import facts_of
from keylint.model.errors import UsageError
from tests.running import keylint


def test_every_exchange_is_in_the_table() -> None:
    lines = keylint("exchanges").out.splitlines()
    assert lines[0].split() == ["NAME", "TITLE", "CHECK", "DIFF", "INSPECTION", "BESIDE", "PRODUCTION"]
    assert [line.split()[0] for line in lines[1:]] == EXCHANGE_NAMES
    assert lines[2].split() == ["binance", "Binance", "rights", "yes", "self", "testnet", "demo", "us"]


def test_json_of_all() -> None:
    rows = {row["name"]: row for row in keylint("exchanges", "--format", "json").json}
    assert list(rows) == EXCHANGE_NAMES
    assert rows["kraken-futures"] == {
        "name": "kraken-futures",
        "title": "Kraken Futures",
        "checked": rows["kraken-futures"]["checked"],
        "rights": ["general.READ_ONLY", "general.FULL_ACCESS", "transfer.READ_ONLY", "transfer.FULL_ACCESS"],
        "diff": "kraken-futures" in EXCHANGES,
        "inspection": "self",
        "environments": ["production", "demo"],
        "sites": [],
    }


@pytest.mark.parametrize("name", EXCHANGE_NAMES)
def test_one_exchange_shows_all_that_the_facts_hold(name: str) -> None:
    facts = facts_of(name)
    assert facts
    ran = keylint("exchanges", name)
    assert ran.code == 0
    text = " ".join(ran.out.split())
    for right in facts.rights:
        assert right in text
    for call in facts.calls:
        assert call.path in text

    def sentences(node: object) -> list[str]:
        if isinstance(node, dict):
            found = [node[field] for field in ("says", "note") if isinstance(node.get(field), str)]
            return found + [text for part in node.values() for text in sentences(part)]
        return [text for part in node for text in sentences(part)] if isinstance(node, list) else []

    for field in ("rights", "addresses", "lifetime", "listing", "notes", "nonce"):
        for sentence in sentences(facts.raw.get(field)):
            assert " ".join(sentence.split()) in text, sentence
    for source in json.loads(json.dumps(facts.raw["sources"])).values():
        assert " ".join(source.split()) in text
    page = keylint("exchanges", name, "--format", "json").json
    assert page["rights"] == facts.raw["rights"]
    assert page["diff"] == (name in EXCHANGES)


def test_what_is_not_shown_is_said() -> None:
    text = keylint("exchanges", "coinbase").out
    part = text.split("\nwhat it does not show:\n")[1].split("\n\n")[0].splitlines()
    assert part[0].startswith("  never: ")
    assert part[-1] == "  rights that may be missing although they are on: can_receive, Export, Manage"


def test_an_exchange_without_allowlists() -> None:
    assert "allowlist:\n  possible: no\n" in keylint("exchanges", "hyperliquid").out


@pytest.mark.parametrize("name", EXCHANGE_NAMES)
def test_a_page_fits_a_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for line in keylint("exchanges", name).out.splitlines():
        assert len(line) <= 80 or " " not in line.strip(), line


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError) as raised:
        keylint("exchanges", "krakken")
    assert str(raised.value) == "no exchange 'krakken'; did you mean `kraken`?"
