"""Words that help: the name that was probably meant."""

from collections.abc import Iterable


def nearest(word: str, known: Iterable[object]) -> str:
    """Return a did-you-mean for a word, «» where nothing is near. Case does not count."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    names = {str(name).lower(): str(name) for name in known}
    matches = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return f"did you mean `{names[matches[0]]}`?" if matches else ""
