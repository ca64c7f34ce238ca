"""Ids of keys as they may be shown: shortened, or as their hash. A whole id is half of what a thief needs."""

import re
from hashlib import sha256

MASK = re.compile(r"[*•…]+|\.{3,}")
"""What stands for the part of an id that is left out."""
SHORT = 16
"""An id of fewer characters would be given away by its ends."""
_END, _SHORT_END, _LONG = 6, 4, 24
_HASH = "sha256:"
_MARKS = ("…", "...")


def digest(key_id: str) -> str:
    """Return the hash of an id, without what stands before it in a declaration."""
    return sha256(key_id.encode("utf-8", "surrogatepass")).hexdigest()


def shortened(key_id: str) -> str:
    """Return an id as a declaration may hold it: `abcdef…uvwxyz`, or of a short one `sha256:` and its hash."""
    end = _END if len(key_id) >= _LONG else _SHORT_END
    return f"{key_id[:end]}…{key_id[-end:]}" if len(key_id) >= SHORT else _HASH + digest(key_id)


def is_masked(key_id: str) -> bool:
    """Tell whether the exchange itself left out a part of an id."""
    return MASK.search(key_id) is not None


def stored(short: str, hashed: str) -> str:
    """Return the id of a live key that only a snapshot knows."""
    return f"{short} {_HASH}{hashed}"


def is_stored(live: str) -> bool:
    """Tell whether the id of a live key comes from a snapshot, which keeps no whole one."""
    return f" {_HASH}" in live


def ends(live: str) -> str:
    """Return what a stored id shows of itself; any other one as it is."""
    return live.partition(f" {_HASH}")[0]


def hash_of(live: str) -> str:
    """Return the hash of a live key's id, which is whole or stored."""
    return live.partition(f" {_HASH}")[2] or digest(live)


def is_same(declared: str, live: str) -> bool:
    """Tell whether a known id (as a declaration has it, or stored) can be that of a live key."""
    if is_stored(declared):
        return hash_of(declared) == hash_of(live)
    if declared.startswith(_HASH):
        return declared.removeprefix(_HASH).lower() == hash_of(live)
    mark = next((mark for mark in _MARKS if mark in declared), "")
    if not mark:
        return digest(declared) == hash_of(live)
    head, _, tail = declared.partition(mark)
    if not is_stored(live):
        return live.startswith(head) and live.endswith(tail) and len(live) >= len(head) + len(tail)
    shown = ends(live)
    if shown.startswith(_HASH):  # too short to be declared by its ends
        return False
    first, _, last = shown.partition("…")
    return (first.startswith(head) or head.startswith(first)) and (last.endswith(tail) or tail.endswith(last))
