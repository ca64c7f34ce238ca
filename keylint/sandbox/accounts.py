"""Accounts and their keys. A sub-account exists through its keys; their order is that of the file."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from keylint.sandbox.instants import whole
from keylint.sandbox.state import Key

_Row = TypeVar("_Row")

_NUMBER = re.compile(r"[1-9][0-9]{0,18}")


def numbered(key: Key) -> str | None:
    """Complain where an account is no number."""
    for name, value in (("account", key.account), ("main_account", key.main_account)):
        if value and not _NUMBER.fullmatch(value):
            return f"{name} must be a number in quotes"
    return None


def keys_of(keys: Iterable[Key], account: str) -> list[Key]:
    """Return the keys of one account."""
    return [key for key in keys if key.uid == account]


def sub_accounts(keys: Iterable[Key], main: Key) -> list[Key]:
    """Return one key, the first, for each sub-account of a key's account."""
    found: dict[str, Key] = {}
    for key in keys:
        if key.main_account == main.uid:
            found.setdefault(key.uid, key)
    return list(found.values())


def page(rows: Sequence[_Row], size: str, most: int, start: str = "") -> tuple[Sequence[_Row], int | None]:
    """Return a page of rows, and where the next one starts; None where there is none. What is no number is the rule."""
    begin = whole(start) or 0
    end = begin + min(whole(size) or most, most)
    return rows[begin:end], end if end < len(rows) else None
