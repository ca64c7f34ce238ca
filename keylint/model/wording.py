"""Words that help: the name that was probably meant."""

from collections.abc import Iterable
from functools import lru_cache


def nearest(word: str, known: Iterable[object]) -> str:
    """Return a did-you-mean for a word, «» where nothing is near. Case does not count."""
    return _nearest(word, tuple(map(str, known)))


@lru_cache(1024)  # a mistake is often made in many places, and a search takes as long as judging five keys
def _nearest(word: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    names = {name.lower(): name for name in known}
    matches = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"did you mean `{names[matches[0]]}`?" if matches else ""
