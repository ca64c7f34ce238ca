"""What a file of many keys costs: memory that does not grow with it, and work that grows no faster than it."""

import gc
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

from keylint.judge import Judge
from keylint.lint import Linted, lint
from keylint.load import events, reader
from keylint.load.facts import vocabulary
from keylint.load.schema import Schema
from keylint.model.source import Source
from tests.running import NOW, PURPOSES, RULES, active

USED = ("yaml", "schema", "duplicate-name", "no-withdraw", "ip-required", "ip-malformed", "max-age", "owner-required")
HEAD = "version: 1\ndefaults: {owner: desk}\nkeys:\n"
KEY = """\
  bot-{n}:
    exchange: binance
    account: desk-{n}
    purpose: spot-trading
    permissions: [read, trade.spot]
    ip_allowlist: [8.8.8.8, 9.9.9.0/28]
    created: 2026-11-01
    reviewed: 2026-11-02
    credentials: {{api_key: env:BOT_{n}_KEY, api_secret: env:BOT_{n}_SECRET}}
    labels: {{ticket: OPS-{n}}}
    notes: market making on book {n}
"""


def text(keys: int, key: str = KEY) -> Source:
    body = "".join(key.format(n=n) for n in range(keys))
    return Source("k.yaml", (HEAD + body).encode())


def judge() -> Judge:
    """Return a choice of rules, with one that compares keys."""
    return Judge([active(RULES[name], {}) for name in USED], NOW, vocabulary(), PURPOSES)


def peak(source: Source) -> tuple[int, int]:
    """Return the peak of allocations in bytes while a source is judged, and how many findings there were."""
    result = Linted()
    gc.collect()
    tracemalloc.start()
    for _ in lint([source], judge(), result):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most, len(result.findings)


def test_memory_does_not_grow_with_the_keys() -> None:
    peak(text(10))  # modules, schemas and facts
    few, many = peak(text(100)), peak(text(1_000))
    # What stays of a key is its name with its line, once for the file and once for the rule that compares names.
    assert (many[0] - few[0]) / 900 < 500
    assert few[1] == many[1] == 0


def test_what_a_finding_costs_does_not_grow_with_the_keys() -> None:
    key = KEY.replace("read, trade.spot", "read, withdraw")
    peak(text(10, key))
    few, many = peak(text(50, key)), peak(text(500, key))
    assert many[1] - few[1] == 450
    assert (many[0] - few[0]) / 450 < 3_000


def test_values_are_built_from_as_many_events_as_there_are() -> None:
    counts: list[int] = []
    loader: Any = events.Loader

    def counted(keys: int) -> int:
        counts.append(0)

        class Counting(loader):  # type: ignore[misc]  # PyYAML's loaders are untyped
            def get_event(self) -> object:
                counts[-1] += 1
                return super().get_event()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reader, "Loader", Counting)
            list(lint([text(keys)], judge(), Linted()))
        return counts[-1]

    first, second, third = counted(10), counted(20), counted(40)
    assert third - second == 2 * (second - first)


def test_valid_keys_are_never_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def explain(_self: Schema, _data: Any) -> Iterator[Any]:
        raise AssertionError("a valid document was explained")

    monkeypatch.setattr(Schema, "explain", explain)
    assert len(list(lint([text(5)], judge(), Linted()))) == 5


def test_keys_are_yielded_before_the_next_one_is_read() -> None:
    source = Source("k.yaml", text(3).data + b"  [: x\n")
    result = Linted()
    names = [declared.key.name for declared in lint([source], judge(), result)]
    assert names[:2] == ["bot-0", "bot-1"]
    assert [finding.rule for finding in result.findings if finding.rule == "yaml"] == ["yaml"]
