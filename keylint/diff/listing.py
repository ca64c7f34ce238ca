"""Who is who: keys that an exchange lists, and keys that are declared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from keylint.diff.targets import is_lister
from keylint.lint import Declared
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.finding import Reason
from keylint.model.key_id import MASK, ends, is_masked, is_same, is_stored, shortened
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.secret import Secret
from keylint.secrets import Limits, resolve

Scope = tuple[str, str, str | None]
"""Exchange, environment and site: a listing never reaches beyond."""

Listed = tuple[LiveKey, ...] | Refusal
"""All keys that another one listed, or why it could not."""

_HASH = "sha256:"
_PROOF = 4
"""How many characters of two shortened ids must agree at least."""
_KEPT = 8
"""How many characters a report shows of an end."""


def scope_of(key: KeyDecl) -> Scope:
    """Return how far a key's listing reaches."""
    return key.exchange, key.environment, key.site


def fits(known: str, shown: str, *, whole: bool) -> bool:
    """Tell whether a key's id (whole, shortened as in a declaration, or a hash) can be one that a listing shows.

    `whole`: the exchange lists whole ids; else the first characters, or both ends with stars between them.
    """
    if whole and (is_stored(shown) or not is_masked(shown)):
        return is_same(known, shown)
    known, shown = ends(known), ends(shown)
    if known.startswith(_HASH):
        return False
    head, tail = _ends(shown)
    own_head, own_tail = _ends(known)
    if own_head == known:  # nothing of it is left out
        return known.startswith(head) and known.endswith(tail) and len(known) >= len(head + tail) >= _PROOF
    agree = min(len(head), len(own_head)) + min(len(tail), len(own_tail))
    return agree >= _PROOF and _alike(head, own_head) and _alike(tail[::-1], own_tail[::-1])


def masked(shown: str) -> str:
    """Return a listed id as a report may show it: of a whole one no more than its ends."""
    shown = ends(shown)
    if not is_masked(shown):
        return shown if shown.startswith(_HASH) else shortened(shown)
    head, tail = _ends(shown)
    return f"{head[:_KEPT]}…{tail[-_KEPT:]}" if tail else f"{head[:_KEPT]}…"


def _ends(text: str) -> tuple[str, str]:
    """Return what a shortened id shows before and after what it hides."""
    marks = [*MASK.finditer(text)]
    return (text[: marks[0].start()], text[marks[-1].end() :]) if marks else (text, "")


def _alike(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


@dataclass(frozen=True, slots=True)
class Known:
    """A declared key and what it can be recognised by: its declared id, and that of its credentials where at hand."""

    declared: Declared
    key_id: str
    secret: Secret | None = field(default=None, repr=False)

    def fits(self, shown: str, *, whole: bool) -> bool:
        """Tell whether a listed id can be this key's; the credentials know it best."""
        own = self.secret.reveal() if self.secret else self.key_id
        return bool(own) and fits(own, shown, whole=whole)

    def is_comparable(self, *, whole: bool) -> bool:
        """Tell whether this key would have been recognised in a listing."""
        return self.secret is not None or (bool(self.key_id) and (whole or not self.key_id.startswith(_HASH)))


class Listings:
    """The keys that list others in a run, what they listed, and which of these are declared."""

    def __init__(
        self,
        declared: Iterable[Declared],
        wanted: Iterable[Declared],
        limits: Limits,
        given: Mapping[str, Mapping[str, Secret]],
    ) -> None:
        """Take all declared keys, of which only the wanted ones list, and where their credentials are."""
        self._listers: dict[Scope, list[Declared]] = {}
        for item in wanted:
            if is_lister(item.key):
                self._listers.setdefault(scope_of(item.key), []).append(item)
        here = (item for item in declared if scope_of(item.key) in self._listers)
        self._known: dict[Scope, list[Known]] = {}
        for item in here:
            known = Known(item, item.key.written("key_id"), _api_key(item.key, limits, given))
            self._known.setdefault(scope_of(item.key), []).append(known)
        self._given = given
        self._took: dict[str, Listed] = {}

    def take(self, lister: KeyDecl, listed: Listed) -> None:
        """Remember what came of a listing."""
        self._took[lister.name] = listed

    def awaits(self, key: KeyDecl) -> bool:
        """Tell whether only a listing can show this key."""
        others = [item for item in self._listers.get(scope_of(key), ()) if item.key.name != key.name]
        has_credentials = bool(key.credentials or self._given.get(key.name))
        shows_itself = key.facts is not None and key.facts.inspection != "listing"
        return bool(others) and key.status != "planned" and not (has_credentials and shows_itself)

    def find(self, key: KeyDecl) -> LiveKey | Refusal | None:
        """Return what the listings show of a key: its state, or why there is none (`gone` where it is not there).

        None where it is in no listing and no listing can have it, or the run ended before one came.
        """
        known = next(item for item in self._known[scope_of(key)] if item.declared.key.name == key.name)
        listers = [item.key for item in self._listers[scope_of(key)] if item.key.name != key.name]
        covering = [lister for lister in listers if covers(lister, key)]
        first = listers[0].name
        if not known.is_comparable(whole=_lists_whole(key)):
            if not covering:
                return None
            hint = "add `key_id` as the exchange shows it, its first and last characters with … between them"
            why = "no `key_id` that can be compared with those"
            return Refusal(Reason.NO_CREDENTIALS, f"it has no credentials, and {why} that {first!r} lists", hint)
        found = {live.key_id: live for lister in listers for live in self._shown(lister) if self._is(known, live)}
        rivals = [item for live in found.values() for item in self._known[scope_of(key)] if self._is(item, live)]
        if len(found) > 1 or len(rivals) > 1:
            why = f"more than one key fits its `key_id` among those that {first!r} lists"
            hint = "keep more characters of `key_id` (up to 8 at each end)"
            return Refusal(Reason.NO_CREDENTIALS, f"it has no credentials, and {why}", hint)
        if found:
            return next(iter(found.values()))
        return self._absent(key, covering)

    def _absent(self, key: KeyDecl, listers: list[KeyDecl]) -> Refusal | None:
        """Return what it means that no listing has a key; all listings that can have it must be complete."""
        for lister in listers:
            took = self._took.get(lister.name)
            if isinstance(took, Refusal):
                message = f"only {lister.name!r} can show it, and could not list keys: {took.message}"
                return Refusal(took.reason, message, took.hint)
            if took is None:
                return None
            if any(live.key_id is UNKNOWN for live in took):
                message = f"{lister.name!r} lists keys without their ids: it may be one of them"
                return Refusal(Reason.BAD_ANSWER, message, f"look it up at {key.exchange}")
        if not listers:
            return None
        names = " and ".join(repr(lister.name) for lister in listers)
        hint = (
            "if it was deleted, say `status: revoked`; else correct `key_id`, or give it credentials of its own if it "
            "belongs to another main account"
        )
        message = f"it is not among the keys that {names} list{'s' if len(listers) == 1 else ''}"
        return Refusal(Reason.BAD_CREDENTIALS, message, hint, gone=True)

    def unmanaged(self) -> Iterator[tuple[Declared, LiveKey]]:
        """Yield every listed key that no declared one fits, once, with the key that listed it."""
        for scope, listers in self._listers.items():
            seen: set[str] = set()
            for lister in listers:
                for live in self._shown(lister.key):
                    shown = "" if live.key_id is UNKNOWN else live.key_id
                    if shown in seen or any(self._is(known, live) for known in self._known[scope]):
                        continue
                    seen |= {shown} - {""}
                    yield lister, live

    def _shown(self, lister: KeyDecl) -> tuple[LiveKey, ...]:
        took = self._took.get(lister.name, ())
        return () if isinstance(took, Refusal) else took

    def _is(self, known: Known, live: LiveKey) -> bool:
        key = known.declared.key
        return live.key_id is not UNKNOWN and known.fits(live.key_id, whole=_lists_whole(key))


def covers(lister: KeyDecl, key: KeyDecl) -> bool:
    """Tell whether a key would be in the listing of another one, if it existed."""
    if lister.facts is None:
        return False
    kinds = {entry["of"] for entry in _entries(lister)}
    types = {lister.account_type, key.account_type} - {None}
    is_same_account = lister.account == key.account and len(types) < 2  # noqa: PLR2004 - main and sub
    is_other = None not in (lister.account, key.account) and lister.account != key.account
    is_sub = key.account_type == "sub" or (key.account_type is None and is_other)
    return ("account" in kinds and is_same_account) or ("sub-accounts" in kinds and is_sub)


def _entries(key: KeyDecl) -> list[Mapping[str, str]]:
    found = key.facts.raw.get("listing") if key.facts else None
    return found if isinstance(found, list) else []


def _lists_whole(key: KeyDecl) -> bool:
    """Tell whether the exchange lists whole ids."""
    return all(entry["key_id"] == "full" for entry in _entries(key))


def _api_key(key: KeyDecl, limits: Limits, given: Mapping[str, Mapping[str, Secret]]) -> Secret | None:
    """Return the id of a key's own credentials, None where they are not at hand."""
    if handed := given.get(key.name):
        return handed.get("api_key")
    reference = (key.credentials or {}).get("api_key")
    try:
        return resolve({"api_key": reference}, limits)["api_key"] if reference else None
    except Refusal:
        return None
