"""Looks at a key's credentials before anything is sent with them."""

from functools import cache

from keylint.exchanges.exchange import Credentials
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.shape import faults


def check(credentials: Credentials, facts: Facts) -> None:
    """Refuse, before any call, credentials that are missing or cannot be right, without showing them."""
    for name in _needed(facts):
        if not credentials.get(name):
            raise Refusal(Reason.NO_CREDENTIALS, f"`{name}` is missing", f"add `{name}:` under `credentials`")
    for fault in faults(credentials.values, facts):
        raise Refusal(Reason.BAD_CREDENTIALS, fault.message, fault.hint)


@cache
def _needed(facts: Facts) -> tuple[str, ...]:
    """Return what every way to sign needs."""
    ways = [set(fields) for fields in facts.credentials.values()]
    return tuple(sorted(set.intersection(*ways))) if ways else ()
