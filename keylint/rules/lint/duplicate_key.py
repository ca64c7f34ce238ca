"""A key is declared once, under one name.

Under two names it has two owners, two ends and two sets of permissions, and only one of each can be true; and it is in
two programs, which at exchanges with a nonce break each other's requests. Shortened ids are the same where their ends
fit; a hash can only be compared with a hash.

To mend it: remove one of the two; or, if two programs use the key, make a key for each at the exchange. If they are two
keys after all, keep more characters (up to 8 at each end), or write sha256: and the hash.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        key_id: vmPUZE…uEh8A
      grid-bot:
        exchange: binance
        permissions: [read, trade.spot]
        key_id: vmPU...Eh8A  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        key_id: vmPUZE…uEh8A
      grid-bot:
        exchange: binance
        permissions: [read, trade.spot]
        key_id: vmPUbc…uEh8A
      arb-bot:
        exchange: bybit
        permissions: [read, trade.spot]
        key_id: vmPUZE…uEh8A

Source: veox/python3-krakenex#75; knowm/XChange#1347
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule

_KEPT = 4
"""How many characters at each end every shortened id keeps."""


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each key whose id another name at the same exchange has."""
    written = key.raw.get("key_id")
    if not isinstance(written, str):
        return
    head, tail = _ends(written)
    alike = f"{key.exchange} {head[:_KEPT]} {tail[-_KEPT:]}"
    known: tuple[tuple[str, str], ...] = context.memory.get(alike, ())
    context.memory[alike] = (*known, (written, key.name))
    for other, name in known:
        other_head, other_tail = _ends(other)
        if name != key.name and _fits(head, other_head) and _fits(tail[::-1], other_tail[::-1]):
            yield Problem(
                key.at("key_id"),
                f"key {key.name!r} has the key id of {name!r}",
                f"remove one of the two, or make a second key at {key.exchange}; "
                "if they are two keys, keep more characters of the ids",
                " ".join(sorted((written, other))),
                other=name,
            )
            return


def _ends(written: str) -> tuple[str, str]:
    """Return the two ends of a shortened id; one that is not shortened is both, and a hash has no case."""
    head, found, tail = written.partition("…")
    if not found:
        head, found, tail = written.partition("...")
    if not found:
        whole = written.lower() if written.startswith("sha256:") else written
        return whole, whole
    return head, tail


def _fits(one: str, other: str) -> bool:
    """Tell whether two texts begin alike, as far as the shorter one goes."""
    return one.startswith(other) or other.startswith(one)


RULE = Rule("duplicate-key", Severity.ERROR, __doc__, check)
