"""What a thief could do with a key today, in one sentence (docs/permissions.md, «Reach»)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import collapse_addresses
from typing import NamedTuple

from keylint.model.address import Network, network
from keylint.model.boxes import least, offered
from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts, Vocabulary
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.permission import Declared, gives

# Worst first: group -> capability -> words. A group with a verb joins its words behind it.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "": {
        "withdraw": "withdraw funds",
        "transfer.user": "send funds to other users",
        "custody": "move funds in custody",
        "fiat.pay": "make payments",
        "card": "use a payment card",
        "p2p": "sell coins to third parties",
        "otc": "trade over the counter",
        "withdraw.address": "add withdrawal addresses",
        "key.export": "export private keys",
        "fiat.convert": "convert to fiat money",
        "withdraw.cancel": "cancel withdrawals",
    },
    "manage": {"key.manage": "keys", "subaccount.manage": "sub-accounts", "account.settings": "settings"},
    "move funds between": {
        "transfer.internal": "own wallets",
        "transfer.subaccount": "sub-accounts",
        "transfer.universal": "own accounts",
    },
    "trade": {
        "trade.spot": "spot",
        "trade.margin": "margin",
        "trade.futures": "futures",
        "trade.options": "options",
        "trade.block": "blocks",
        "trade.copy": "as a leader or follower of copies",
        "trade.other": "other products",
    },
    " ": {
        "convert": "convert coins",
        "margin.borrow": "borrow",
        "loan": "lend",
        "earn": "subscribe to earn products",
        "trade.cancel": "cancel orders",
    },
}
# Said only of a key that can do nothing above.
_HARMLESS = {
    "deposit": "see deposit addresses",
    "read": "read the account",
    "data.export": "export history",
    "read.tax": "see tax reports",
    "affiliate": "see the affiliate programme",
    "social.post": "post in the account's name",
}
# Cancelling a withdrawal and converting do not take funds out; nothing is said of them but that they can be done.
_STAYS = {"withdraw.cancel", "fiat.convert"}
_VERY_MANY = 1 << 32
# Where a right perhaps brings these, that is about the sub-accounts below a main account: a sub-account has none.
_ABOVE = {"subaccount.manage", "key.manage"}
_TICK = timedelta(microseconds=1)
_FIRST = datetime.min.replace(tzinfo=UTC) + _TICK


class Brought(NamedTuple):
    """What a key can do once its exchange has ticked what its declaration needs: rights may be coarse.

    `rights`: the native rights that are needed. `perhaps`: what no source settles, so neither yes nor no.
    """

    rights: tuple[str, ...]
    can: frozenset[str]
    perhaps: frozenset[str]


def brought(key: KeyDecl, vocabulary: Vocabulary) -> Brought:
    """Return what a declaration really brings."""
    return _brought(key.declared, key.facts, vocabulary, is_sub=key.account_type == "sub")


@lru_cache(1024)  # many keys of a fleet are alike
def _brought(declared: Declared, facts: Facts | None, vocabulary: Vocabulary, *, is_sub: bool) -> Brought:
    if facts is None:
        return Brought((), declared.capabilities, frozenset())
    asked = declared.asked
    named = tuple(dict.fromkeys(declared.native))
    have = gives(named, facts)
    needed = (*named, *least(asked - have, offered(facts), vocabulary, frozenset()))
    can = asked | gives(needed, facts)
    perhaps = frozenset[str]().union(*(facts.rights[name].may_give for name in needed)) - can
    return Brought(needed, can, perhaps - _ABOVE if is_sub else perhaps)


def reach(key: KeyDecl, vocabulary: Vocabulary, now: datetime, unsure: Iterable[str] = ()) -> str:
    """Return one sentence: from where, what, on which account, what not, and what lowers it.

    `unsure`: native rights of which nobody knows whether the key has them.
    """
    if key.status == "planned":
        return "nothing yet: the key is only planned"
    brings = brought(key, vocabulary)
    doing = [*_doings(brings.can)]
    unread = [repr(name) for _, name in key.declared.unknown]
    if unread:
        doing.append(f"whatever {_and(unread)} may bring")
    if not doing:
        return "nothing: no permission is declared"
    sentence = f"{_origin(key)}: {_and(doing)}{_place(key)}"
    bounds = [*_bounds(key, now, brings.can)]
    leaving = _leaving(vocabulary)
    if not unread and not brings.can & leaving:
        perhaps = (
            brings.perhaps.union(*(key.facts.rights[right].gives for right in unsure)) if key.facts else frozenset()
        )
        open_question = _doings(perhaps & leaving)
        unless = f", unless it can {_and(open_question)} (not settled)" if open_question else ""
        bounds.insert(0, f"cannot move funds out{unless}")
    text = "; ".join([sentence, *bounds])
    return f"nothing if {key.exchange} has deleted it as declared, else {text}" if key.status == "revoked" else text


def live_reach(key: KeyDecl, seen: KeyDecl, live: LiveKey, vocabulary: Vocabulary, now: datetime) -> str:
    """Return the sentence for a key as its exchange shows it; it lives, whatever its declaration says of that.

    `seen`: the declaration with the live facts in it. What is not shown is taken as declared, and the sentence says so.
    """
    assert key.facts is not None
    brings = brought(key, vocabulary)
    assumed = [right for right in brings.rights if right in live.unreported]
    rights = (*live.rights, *assumed)
    is_blind = not key.facts.shows_rights(listed=live.listed)
    asked = brings.can if is_blind else frozenset[str]()
    can = gives(rights, key.facts) | asked
    unsure = [right for right in live.unreported if right not in assumed]
    if not can and not live.unmapped:
        return "nothing: it has no permission" + (f", as far as {key.exchange} shows" if unsure or is_blind else "")
    known = seen._replace(status="active", declared=Declared(can, asked, rights, tuple(enumerate(live.unmapped))))
    if live.expires is not UNKNOWN:
        known = known._replace(expires=live.expires, observed=known.observed | {"expires"})
    sentence = reach(known, vocabulary, now, unsure)
    hidden = ["rights"] if assumed or is_blind else []
    if live.ip_allowlist is UNKNOWN and seen.restricted and seen.ip_allowlist:
        hidden.append("addresses")
    return f"{sentence}; {_and(hidden)} as declared, {key.exchange} does not show them" if hidden else sentence


def _leaving(vocabulary: Vocabulary) -> set[str]:
    """Return what takes value out, or lets a key widen itself until it can."""
    return {c for c, kind in vocabulary.classes.items() if kind in ("exit", "admin")} - _STAYS


@lru_cache(1024)
def _doings(can: frozenset[str]) -> tuple[str, ...]:
    said: list[str] = []
    for verb, words in _WORDS.items():
        found = [text for capability, text in words.items() if capability in can]
        said += found if not verb.strip() else [f"{verb} {_few(found)}"] if found else []
    return tuple(said or [text for capability, text in _HARMLESS.items() if capability in can])


def addresses(key: KeyDecl) -> int | None:
    """Count the addresses that may use a key; None where any may, 0 where the list is not known."""
    if not key.restricted:
        return None
    networks = [parsed for text in key.ip_allowlist if (parsed := network(text))]
    if not networks[1:]:
        whole = networks[0] if networks else None
        return (None if whole.prefixlen == 0 else whole.num_addresses) if whole else 0
    collapsed: list[Network] = [
        *collapse_addresses(item for item in networks if item.version == 4),  # noqa: PLR2004 - the versions of IP
        *collapse_addresses(item for item in networks if item.version == 6),  # noqa: PLR2004 - the same
    ]
    return None if any(item.prefixlen == 0 for item in collapsed) else sum(item.num_addresses for item in collapsed)


def _origin(key: KeyDecl) -> str:
    """Say from where a thief could use it."""
    match addresses(key):
        case None:
            none = key.facts is not None and key.facts.addresses.supported == "no"
            return f"from any address ({key.exchange} has no allowlist)" if none else "from any address"
        case 0:
            return "only from listed addresses"
        case 1:
            return f"only from {next(parsed.network_address for text in key.ip_allowlist if (parsed := network(text)))}"
        case count:
            return f"only from {count if count < _VERY_MANY else 'very many'} addresses"


def _place(key: KeyDecl) -> str:
    """Say where: the account, and money that is none."""
    where = ""
    if key.account:
        kind = {"main": "main account ", "sub": "sub-account "}.get(key.account_type or "", "")
        where = f" on {kind}{key.account}"
    elif key.account_type:
        where = " on the main account" if key.account_type == "main" else " on a sub-account"
    return where if key.environment == "production" else f"{where} ({key.environment}: no real money)"


def _bounds(key: KeyDecl, now: datetime, can: frozenset[str]) -> Iterable[str]:
    """Name what lowers it, and an end that should have come.

    Instruments bind trading, and no other right; they bind nothing at an exchange of which that is not known.
    """
    if key.symbols and not can.isdisjoint(_WORDS["trade"]) and (key.facts is None or key.facts.symbols):
        more = f" and {len(key.symbols) - 3} more" if key.symbols[3:] else ""
        yield f"trades only in {_and(key.symbols[:3])}{more}"
    if key.expires is not None:
        day = (max(key.expires, _FIRST) - _TICK).astimezone(UTC).date()  # a snapshot may name the year 1
        is_live = "expires" in key.observed
        if key.expires <= now:
            yield f"its {'end' if is_live else 'declared end'} {day} has passed"
        else:
            yield f"until {day}" if is_live else f"until {day} as declared"


def _and(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _few(words: list[str]) -> str:
    """Join words inside a list of other words."""
    return _and(words) if len(words) < 3 else "/".join(words)  # noqa: PLR2004 - two read well with an «and»
