"""Declared rights against live ones: needed, missing, extra, implied, undecided, and the smallest set that covers."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.load.facts import facts_of, vocabulary
from keylint.model.facts import Facts
from keylint.model.permission import Comparison, compare, full_name, gives, resolve, smallest_cover

QUERY = ("query-funds", "query-open-trades", "query-closed-trades", "query-ledger")


def facts(name: str) -> Facts:
    found = facts_of(name)
    assert found
    return found


def compared(exchange: str, declared: str, live: str, unreported: str = "") -> Comparison:
    meant = resolve(declared.split(), facts(exchange), vocabulary())
    assert meant.unknown == ()
    return compare(meant, live.split(), unreported.split(), facts(exchange))


CASES = [
    # exchange, declared, live: needed, missing, extra, implied
    ("binance", "read", "enableReading", "enableReading", "", "", ""),
    ("binance", "read", "", "", "read", "", ""),
    ("binance", "", "enableReading", "", "", "enableReading", ""),
    ("binance", "", "", "", "", "", ""),
    (
        "binance",
        "read trade.spot",
        "enableReading enableSpotAndMarginTrading",
        "enableReading enableSpotAndMarginTrading",
        "",
        "",
        "trade.margin",
    ),
    ("binance", "read trade.spot trade.margin", "enableReading enableSpotAndMarginTrading", "*", "", "", ""),
    ("binance", "read trade.futures", "enableReading", "enableReading", "trade.futures", "", ""),
    ("binance", "read", "enableReading enableWithdrawals", "enableReading", "", "enableWithdrawals", ""),
    ("binance", "read", "enableReading enableFixReadOnly", "enableReading", "", "", ""),
    ("binance", "trade.spot", "enableSpotAndMarginTrading enableFixApiTrade", "enableFixApiTrade", "", "*1", ""),
    ("binance", "trade.margin", "enablePortfolioMarginTrading", "*", "", "", "trade.futures"),
    (
        "binance",
        "trade.margin",
        "enableSpotAndMarginTrading enablePortfolioMarginTrading",
        "*1",
        "",
        "*2",
        "trade.spot",
    ),
    ("binance", "trade.margin trade.futures", "enablePortfolioMarginTrading enableFutures", "*1", "", "", ""),
    ("binance", "margin.borrow", "enableMargin", "*", "", "", "transfer.internal"),
    # by the exchange's own names
    ("binance", "enableReading", "enableReading", "*", "", "", ""),
    ("binance", "enableReading enableFutures", "enableReading", "enableReading", "enableFutures", "", ""),
    ("binance", "enableReading", "enableReading enableFixReadOnly", "enableReading", "", "enableFixReadOnly", ""),
    ("binance", "enableSpotAndMarginTrading", "enableSpotAndMarginTrading", "*", "", "", ""),
    ("binance", "enableFutures", "enablePortfolioMarginTrading", "", "enableFutures", "*1", ""),
    ("binance", "enableReading enableReading", "", "", "enableReading", "", ""),
    # a mix of both
    ("binance", "read enableFutures", "enableReading enableFutures", "enableFutures enableReading", "", "", ""),
    ("binance", "read enableReading", "enableReading enableFixReadOnly", "enableReading", "", "", ""),
    ("binance", "trade.futures enableReading", "enableReading", "enableReading", "trade.futures", "", ""),
    ("binance", "trade.spot enableSpotAndMarginTrading", "enableSpotAndMarginTrading", "*", "", "", ""),
    # Kraken cuts reading into four rights: each gives what was asked for, and none is too much
    ("kraken", "read", "query-funds", "query-funds", "", "", ""),
    ("kraken", "read", "query-ledger", "query-ledger", "", "", ""),
    ("kraken", "read", " ".join(QUERY), "query-funds", "", "", ""),
    ("kraken", "read", " ".join((*QUERY, "create-ws-token")), "query-funds", "", "", ""),
    ("kraken", "read", " ".join((*QUERY, "export-data")), "query-funds", "", "export-data", ""),
    ("kraken", "query-funds", " ".join(QUERY), "query-funds", "", " ".join(QUERY[1:]), ""),
    ("kraken", "query-funds query-ledger", "query-funds", "query-funds", "query-ledger", "", ""),
    ("kraken", "read trade.spot", "query-funds modify-trades", "query-funds modify-trades", "", "", "trade.margin"),
    ("kraken", "read trade.cancel", "query-funds modify-trades", "query-funds", "trade.cancel", "modify-trades", ""),
    ("kraken", "withdraw", "withdraw-funds", "*", "", "", "withdraw.cancel transfer.internal"),
    ("kraken", "withdraw.address", "add-withdraw-address update-withdraw-address", "add-withdraw-address", "", "", ""),
    ("kraken", "deposit", "withdraw-funds add-funds", "add-funds", "", "withdraw-funds", ""),
]


@pytest.mark.parametrize(("exchange", "declared", "live", "needed", "missing", "extra", "implied"), CASES)
def test_rights_are_compared(
    exchange: str, declared: str, live: str, needed: str, missing: str, extra: str, implied: str
) -> None:
    def names(text: str) -> set[str]:
        """Read names; `*` is all that is live, `*2` the second of it."""
        words = live.split()
        return set(words) if text == "*" else {words[int(text[1:]) - 1]} if text[:1] == "*" else set(text.split())

    result = compared(exchange, declared, live)
    assert set(result.needed) == names(needed)
    assert set(result.missing) == names(missing)
    assert set(result.extra) == names(extra)
    assert result.implied == names(implied)
    assert result.undecided == ()
    assert [len(set(part)) for part in (result.needed, result.missing, result.extra)] == [
        len(part) for part in (result.needed, result.missing, result.extra)
    ]


@pytest.mark.parametrize(
    ("declared", "live", "unreported", "missing", "undecided"),
    [
        ("read withdraw", "enableReading", "enableWithdrawals", (), ("withdraw",)),
        ("read enableWithdrawals", "enableReading", "enableWithdrawals", (), ("enableWithdrawals",)),
        ("read withdraw", "enableReading", "enableFutures", ("withdraw",), ()),
        ("read trade.futures", "enableReading enableFutures", "enablePortfolioMarginTrading", (), ()),
        ("read withdraw", "enableReading", "noSuchRight", ("withdraw",), ()),
    ],
)
def test_right_of_which_the_answer_is_silent_is_undecided_and_not_missing(
    declared: str, live: str, unreported: str, missing: tuple[str, ...], undecided: tuple[str, ...]
) -> None:
    result = compared("binance", declared, live, unreported)
    assert (result.missing, result.undecided) == (missing, undecided)


def test_right_that_perhaps_gives_it_is_no_proof() -> None:
    result = compared("binance", "key.manage", "enableSpotAndMarginTrading")
    assert (result.missing, result.undecided) == ((), ("key.manage",))


@pytest.mark.parametrize(
    ("exchange", "name", "full"),
    [
        ("binance", "enableReading", "enableReading"),
        ("binance", "enablereading", None),
        ("binance", "", None),
        ("binance", "read", None),
        ("kraken", "query-funds", "query-funds"),
        ("kraken", "funds", None),
    ],
)
def test_name_of_a_right_is_found(exchange: str, name: str, full: str | None) -> None:
    assert full_name(name, facts(exchange)) == full


def test_smallest_cover_prefers_few_rights_and_then_little_beyond() -> None:
    rights = {"ab": frozenset("ab"), "bc": frozenset("bc"), "abc!": frozenset("abc!"), "c": frozenset("c")}
    assert smallest_cover(frozenset("abc"), rights) == ("abc!",)
    assert smallest_cover(frozenset("ab"), rights) == ("ab",)
    assert smallest_cover(frozenset("c"), rights) == ("c",)
    assert smallest_cover(frozenset("z"), rights) == ()
    assert smallest_cover(frozenset(), rights) == ()
    assert smallest_cover(frozenset("a"), {}) == ()


SETS = st.frozensets(st.sampled_from("abcdef"), max_size=4)


@given(SETS, st.dictionaries(st.sampled_from([f"r{number}" for number in range(7)]), SETS, max_size=7))
def test_cover_is_as_small_as_any_and_brings_as_little(
    wanted: frozenset[str], rights: dict[str, frozenset[str]]
) -> None:
    chosen = smallest_cover(wanted, rights)

    def brings(names: tuple[str, ...]) -> frozenset[str]:
        return frozenset[str]().union(*(rights[name] for name in names))

    reachable = wanted & brings(tuple(rights))
    assert reachable <= brings(chosen)
    covers = [
        (size, len(brings(names) - wanted))
        for size in range(len(rights) + 1)
        for names in combinations(rights, size)
        if reachable <= brings(names)
    ]
    assert (len(chosen), len(brings(chosen) - wanted)) == min(covers)


Situation = tuple[str, list[str], list[str], list[str]]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Draw an exchange, declared names, live rights and unreported ones."""
    exchange = draw(st.sampled_from(EXCHANGE_NAMES))
    known = facts(exchange)
    natives = sorted(known.rights) or ["none"]
    names = sorted({c for right in known.rights.values() for c in right.gives}) or ["read"]
    declared = draw(
        st.lists(st.sampled_from(natives) | st.sampled_from(names) | st.sampled_from(["otc", "?"]), max_size=6)
    )
    live = draw(st.lists(st.sampled_from([*natives, "enableNew"]), max_size=8))
    unreported = draw(st.lists(st.sampled_from(natives), max_size=3))
    return exchange, declared, live, unreported


@given(situations())
def test_comparison_adds_up(situation: Situation) -> None:
    exchange, names, live, unreported = situation
    known = facts(exchange)
    declared = resolve(names, known, vocabulary())
    result = compare(declared, live, unreported, known)
    on = {name for name in live if name in known.rights}
    given = gives(result.needed, known)
    assert set(result.needed) <= on
    assert set(result.extra) <= on
    assert not set(result.needed) & set(result.extra)
    assert not set(result.missing) & set(result.undecided)
    assert set(result.missing) <= declared.asked | set(declared.native)
    # What is missing is given by nothing that is on, and what is given is declared or implied.
    assert not set(result.missing) & (given | gives(on, known))
    assert given <= declared.capabilities | result.implied | known.always
    assert not result.implied & declared.capabilities
    # Every declared permission is accounted for.
    for name in declared.asked:
        assert name in given or name in result.missing or name in result.undecided
    for name in declared.native:
        assert name in result.needed or name in result.missing or name in result.undecided
    # A live right that brings something new is never passed over.
    for name in on - set(result.needed) - set(result.extra):
        assert known.rights[name].gives <= declared.capabilities | result.implied


@given(situations())
def test_key_that_is_declared_as_it_is_has_no_drift(situation: Situation) -> None:
    exchange, _, live, _ = situation
    known = facts(exchange)
    native = [name for name in live if name in known.rights and name not in vocabulary().classes]
    meant = resolve(native, known, vocabulary())
    by_name = compare(meant, native, (), known)
    assert (by_name.missing, by_name.extra, by_name.undecided) == ((), (), ())
    assert by_name.implied == known.always - meant.capabilities
    asked = sorted(gives(native, known))
    by_capability = compare(resolve(asked, known, vocabulary()), native, (), known)
    assert (by_capability.missing, by_capability.implied) == ((), frozenset())
    assert all(not known.rights[name].gives for name in by_capability.extra)


@given(situations())
def test_order_and_repetition_do_not_matter(situation: Situation) -> None:
    exchange, names, live, unreported = situation
    known = facts(exchange)
    once = compare(resolve(names, known, vocabulary()), sorted(set(live)), unreported, known)
    again = compare(resolve(names * 2, known, vocabulary()), sorted(set(live)) * 2, unreported * 2, known)
    assert once == again


@pytest.mark.parametrize("exchange", EXCHANGE_NAMES)
def test_widest_key_is_compared_without_trying_all_sets(exchange: str) -> None:
    """Would not end in this test's lifetime if every subset of the rights were tried."""
    known = facts(exchange)
    everything = sorted({c for right in known.rights.values() for c in right.gives})
    result = compare(resolve(everything, known, vocabulary()), list(known.rights), (), known)
    assert result.missing == ()
