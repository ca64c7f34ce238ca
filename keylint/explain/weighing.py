"""What a declaration tells of one kind of cause: likelier, ruled out or nothing, each with the reason in words."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from keylint.model.address import network
from keylint.model.declaration import KeyDecl
from keylint.model.exposure import conceal
from keylint.model.facts import Facts, Vocabulary
from keylint.model.lifetime import End, ends
from keylint.model.reach import brought

LIKELIER, OPEN, RULED_OUT = "likelier", "open", "ruled out"
_ADDRESS = re.compile(r"[0-9A-Fa-f.:]{3,45}")
_NEW_DAYS = 3
_SECONDS = 1.0
"""How far a clock may be off at any exchange."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a cause is weighed against.

    `others`: the other declared keys; `said`: what the person pasted, or the exchange said; `skew_ms`: by how much the
    exchange's clock was seen to be ahead at least, None where nobody measured.
    """

    key: KeyDecl
    others: Sequence[KeyDecl]
    facts: Facts
    vocabulary: Vocabulary
    now: datetime
    said: str = ""
    skew_ms: int | None = None

    @property
    def ends(self) -> list[End]:
        """Return the ways in which the exchange ends such a key by itself."""
        return ends(self.key, self.facts)

    @property
    def place(self) -> str:
        """Say where the key is used: its environment or site, and the host."""
        place = self.key.site if self.key.site and self.key.environment == "production" else self.key.environment
        url = self.facts.bases.get(place)
        return f"{place} ({url})" if url else place


Weighed = tuple[str, str | None]
Weigh = Callable[[Case, str], Weighed]


def address(case: Case, _cause: str) -> Weighed:
    """Weigh «called from an address that is not listed»."""
    key, seen = case.key, address_in(case.said)
    if case.facts.addresses.supported == "no":
        return RULED_OUT, f"{case.facts.title} has no allowlists"
    if not key.ip_allowlist:
        if case.facts.addresses.required == "yes":
            return OPEN, f"no allowlist is declared, but {case.facts.title} makes no key without one"
        return RULED_OUT, "no allowlist is declared"
    if seen is None:
        return LIKELIER, f"the key is bound to {_few(key.ip_allowlist)}"
    listed = any((parsed := network(entry)) and ip_address(seen) in parsed for entry in key.ip_allowlist)
    if listed:
        return LIKELIER, f"the message names {seen}, which is declared: the list at the exchange is another one"
    return LIKELIER, f"the message names {seen}, which is not among the declared {_few(key.ip_allowlist)}"


def clock(case: Case, _cause: str) -> Weighed:
    """Weigh «the clock is wrong»; a request of keylint's own is corrected by the difference."""
    if case.skew_ms is None:
        return OPEN, None
    apart = abs(case.skew_ms) / 1000
    if apart < _SECONDS:
        return RULED_OUT, "it agrees with the exchange's"
    return LIKELIER, f"it is {apart:.1f} seconds {'behind' if case.skew_ms > 0 else 'ahead'}, which keylint allows for"


def no_list(case: Case, _cause: str) -> Weighed:
    """Weigh «the key has no allowlist»."""
    return (RULED_OUT, "an allowlist is declared") if case.key.restricted else (LIKELIER, "no allowlist is declared")


def permission(case: Case, cause: str) -> Weighed:
    """Weigh «the key lacks a right»; only of reading is it clear that the call needs it."""
    can = brought(case.key, case.vocabulary).can
    said = f"declared: {_few(case.key.permissions)}" if case.key.permissions else "no permission is declared"
    reads = re.search(r"read|view|no role|look at itself", cause)
    if "read" not in can:
        return LIKELIER, f"no reading permission is declared ({said})"
    return (RULED_OUT, f"reading is declared ({said})") if reads else (OPEN, f"{said}: does the call need more?")


def ended(case: Case, cause: str) -> Weighed:
    """Weigh «the key has ended by itself»."""
    key = case.key
    if key.expires is not None and key.expires <= case.now:
        return LIKELIER, f"its declared end has passed ({key.written('expires')})"
    if "address list" in cause and key.restricted:
        return RULED_OUT, "an allowlist is declared"
    found = [end for end in case.ends if end.what == "key"]
    for end in found:
        verdict, why = weigh_end(end, key, case.now)
        if verdict == LIKELIER or end is found[-1]:
            return verdict, why
    return (RULED_OUT, "the exchange's rule does not concern such a key") if "address list" in cause else (OPEN, None)


def weigh_end(end: End, key: KeyDecl, now: datetime) -> Weighed:
    """Weigh whether the exchange has ended the key, or taken a right from it, by one of its rules."""
    bare = "no allowlist is declared" if end.is_unbound else "the rule concerns it"
    if end.day is None:
        return LIKELIER, f"{bare}; the day depends on what is not declared"
    made = f"made on {key.created.date()}" if key.created else "made"
    if end.day > now.date():
        return RULED_OUT, f"{made}, so not before {end.day}"
    return LIKELIER, f"{bare}, and it was {made}: over since {end.day}" + (
        " at the earliest" if end.is_earliest else ""
    )


def deleted(case: Case, cause: str) -> Weighed:
    """Weigh «the key does not exist (any more)»."""
    key = case.key
    if key.status in ("revoked", "planned"):
        return LIKELIER, f"it is declared {key.status}"
    if heirs := [other.name for other in case.others if other.replaces == key.name]:
        return LIKELIER, f"{_few(heirs)} replaces it"
    is_over = key.expires is not None and key.expires <= case.now
    verdict, why = ended(case, cause) if is_over or re.search(r"expired|reached", cause) else (OPEN, None)
    return (verdict, why) if verdict == LIKELIER else (OPEN, None)


def environment(case: Case, cause: str) -> Weighed:
    """Weigh «live and test are mixed up»."""
    if case.key.environment != "production":
        return LIKELIER, f"it is declared for {case.place}"
    if re.search(r"testnet|demo key$|is a demo", cause):
        return RULED_OUT, f"it is declared for {case.place}"
    return OPEN, f"it is declared for {case.place}: is it used there?"


def site(case: Case, cause: str) -> Weighed:
    """Weigh «the key belongs to another regional site»."""
    if "environment" in cause and case.key.environment != "production":
        return environment(case, cause)
    if case.key.site:
        return LIKELIER, f"it is declared for the site {case.place}: is it used there?"
    sites = ", ".join(case.facts.sites)
    return (LIKELIER, f"no site is declared; {case.facts.title} also has: {sites}") if sites else (OPEN, None)


def nonce(case: Case, _cause: str) -> Weighed:
    """Weigh «another program uses the key»."""
    sharing = [other.name for other in case.others if _same_key(case.key, other)]
    if sharing:
        return LIKELIER, f"{_few(sharing)} is declared with the same key"
    if len(case.key.holders) > 1:
        return LIKELIER, f"several holders are declared: {_few(case.key.holders)}"
    return OPEN, f"one holder is declared: {case.key.holders[0]}" if case.key.holders else "no holder is declared"


def _same_key(key: KeyDecl, other: KeyDecl) -> bool:
    """Tell whether two entries mean one key of the exchange."""
    mine, theirs = (dict(item.credentials or {}).get("api_key") for item in (key, other))
    ids = {item.raw.get("key_id") for item in (key, other)}
    return key.exchange == other.exchange and (
        (mine is not None and mine == theirs) or (len(ids) == 1 and None not in ids)
    )


def algorithm(case: Case, cause: str) -> Weighed:
    """Weigh «the key is of another kind than the program thinks»."""
    declared, offered = case.key.algorithm, list(case.facts.algorithms)
    if "is an Ed25519" in cause and declared is not None:
        return (LIKELIER if declared == "ed25519" else RULED_OUT), f"{declared} is declared"
    if len(offered) == 1:
        return RULED_OUT, f"{case.facts.title} has one kind only: {offered[0]}"
    if declared is None:
        return LIKELIER, f"no algorithm is declared, and {case.facts.title} has {_few(offered)}"
    return OPEN, f"{declared} is declared: does the program sign so?"


def secret(case: Case, _cause: str) -> Weighed:
    """Weigh «key and secret do not belong together»."""
    references = case.key.references
    if not references:
        return OPEN, None
    for other in case.others:
        shared = [text for field, text in references if field != "api_key" and (field, text) in other.references]
        if shared and not _same_key(case.key, other):
            return LIKELIER, f"{other.name} is declared with the same {_few(shared)}"
    return OPEN, f"do {_few([text for _, text in references])} belong together?"


def passphrase(case: Case, cause: str) -> Weighed:
    """Weigh «the passphrase is wrong»."""
    fields = [field for field, _ in case.key.references]
    if fields and "passphrase" not in fields:
        return LIKELIER, "no passphrase is declared among the credentials"
    return secret(case, cause)


def key_id(case: Case, _cause: str) -> Weighed:
    """Weigh «the key id is mistyped»."""
    shown = case.key.raw.get("key_id")
    return OPEN, f"declared: {conceal(str(shown))}" if shown else None


def sub_account(case: Case, _cause: str) -> Weighed:
    """Weigh «the key is a sub-account's»."""
    match case.key.account_type:
        case "sub":
            return LIKELIER, "it is declared as a sub-account's"
        case "main":
            return RULED_OUT, "it is declared as the main account's"
        case _:
            return OPEN, "`account_type` is not declared"


def symbols(case: Case, _cause: str) -> Weighed:
    """Weigh «the key is bound to other instruments»."""
    if case.key.symbols:
        return LIKELIER, f"it is declared for {_few(case.key.symbols)}"
    return RULED_OUT, "no symbols are declared"


def new(case: Case, _cause: str) -> Weighed:
    """Weigh «the key is too new»."""
    if case.key.created is None:
        return OPEN, "`created` is not declared"
    is_new = case.now - case.key.created < timedelta(days=_NEW_DAYS)
    return (LIKELIER if is_new else RULED_OUT), f"made on {case.key.created.date()}"


def busy(case: Case, _cause: str) -> Weighed:
    """Weigh «others use up the limit»."""
    same = [
        other.name
        for other in case.others
        if (other.exchange, other.account) == (case.key.exchange, case.key.account) and other.status == "active"
    ]
    if same:
        return LIKELIER, f"other keys of this account are declared: {_few(same)}"
    return OPEN, "no other key of this account is declared"


def address_in(text: str) -> str | None:
    """Return the first address that a message names."""
    for match in _ADDRESS.finditer(text):
        for candidate in (match[0].strip(".:"), match[0].rstrip(".")):
            with suppress(ValueError):
                if not (address := ip_address(candidate)).is_unspecified:
                    return str(address)
    return None


def _few(words: Sequence[str]) -> str:
    return ", ".join(words[:4]) + (f" and {len(words) - 4} more" if words[4:] else "")
