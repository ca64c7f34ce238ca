"""Looks at a key's credentials before anything is sent with them."""

from keylint.exchanges.exchange import Credentials
from keylint.model.errors import Refusal
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.shape import faults


def check(credentials: Credentials, facts: Facts) -> None:
    """Refuse, before any call, credentials that are missing or cannot be right, without showing them."""
    ways = [set(fields) for fields in facts.credentials.values()]
    for name in sorted(set.intersection(*ways)) if ways else ():
        if not credentials.get(name):
            raise Refusal(Reason.NO_CREDENTIALS, f"`{name}` is missing", f"add `{name}:` under `credentials`")
    for fault in faults(credentials.values, facts):
        raise Refusal(Reason.BAD_CREDENTIALS, fault.message, fault.hint)
