"""One key of a snapshot, to and from plain data: what is unknown is absent, what does not exist is null."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from keylint.exchanges.refusal import scrub
from keylint.model.declaration import KeyDecl
from keylint.model.errors import Refusal
from keylint.model.exposure import conceal, find
from keylint.model.facts import Facts
from keylint.model.finding import Reason
from keylint.model.key_id import MASK, digest, hash_of, shortened, stored
from keylint.model.live import NOTHING, UNKNOWN, LiveKey, State, Unknown

Outcome = LiveKey | Refusal | State
Listed = tuple[LiveKey, ...] | Refusal
"""All keys that another one listed, or why it could not."""
_TIMES = ("created", "expires", "last_used")
_AS_THEY_ARE = ("read_only", "ip_restricted", "label", "account_id", "listed", "skew_ms")
_DOUBTED = (Reason.NO_CREDENTIALS, Reason.BAD_CREDENTIALS, Reason.BAD_SIGNATURE, Reason.AMBIGUOUS_REFUSAL)
_TEXT = 4000
_NAME = 300
_PART = 12
"""How many characters are kept of a part of an id that an exchange shows."""


class Identity(NamedTuple):
    """Which key is meant: an entry of another exchange or environment is one of another key."""

    name: str
    exchange: str
    environment: str
    site: str | None


class Observation(NamedTuple):
    """What came of asking for a key, and in which file that stands.

    `key_id`: the id that it was asked for with, as `stored` has it; "" where none was at hand.
    `modes`: credential -> mode of the file that holds it. `listed`: what it lists of others, None where it was not
    asked to.
    """

    identity: Identity
    outcome: Outcome
    at: datetime
    file: str
    key_id: str = ""
    modes: Mapping[str, int] = NOTHING
    listed: Listed | None = None


def identity(key: KeyDecl) -> Identity:
    """Return which key a declaration means. It may hold a secret where a name belongs: it is concealed."""
    return Identity(_name(key.name), _name(key.exchange), _name(key.environment), key.site and _name(key.site))


def _name(text: str) -> str:
    return conceal(text)[:_NAME]


def instant(moment: datetime) -> str:
    """Return a time as `2026-11-22T08:00:00Z`, with all the digits that it has."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def plain(
    key: KeyDecl,
    outcome: Outcome,
    at: datetime,
    sent: Mapping[str, str] = NOTHING,
    modes: Mapping[str, int] = NOTHING,
    listed: Listed | None = None,
) -> dict[str, Any]:
    """Return an entry. Nothing of what was `sent` (by field) stands in it, and nothing that looks like a secret."""
    name, exchange, environment, site = identity(key)
    optional = {
        "site": site,
        "account": key.account and _name(key.account),
        "key_id": sent.get("api_key") and _plain_own_id(sent["api_key"], outcome),
        "modes": dict(modes),
    }
    return {
        "name": name,
        "exchange": exchange,
        "environment": environment,
        **{field: value for field, value in optional.items() if value},
        "observed": instant(at),
        **_plain_outcome(outcome, tuple(sent.values())),
        **_plain_signs(outcome, tuple(sent.values())),
        **(
            {}
            if listed is None
            else {"listed": _plain_listed(listed, tuple(sent.values()), whole=lists_whole_ids(key.facts))}
        ),
    }


def _plain_outcome(outcome: Outcome, sent: tuple[str, ...]) -> dict[str, Any]:
    if isinstance(outcome, LiveKey):
        return {"status": "observed", "live": _plain_live(outcome, sent)}
    if isinstance(outcome, State):
        return {"status": outcome.value}
    return {
        "status": "gone" if outcome.gone else "unchecked",
        "reason": outcome.reason.value,
        "message": conceal(outcome.message)[:_TEXT],
        "hint": conceal(outcome.hint)[:_TEXT],
    }


def _plain_signs(outcome: Outcome, sent: tuple[str, ...]) -> dict[str, Any]:
    """Return by what the causes of a refusal are ranked when it is judged."""
    if not isinstance(outcome, Refusal):
        return {}
    texts = {name: conceal(scrub(getattr(outcome, name), sent))[:_NAME] for name in ("code", "address")}
    skew = {} if outcome.skew_ms is None else {"skew_ms": outcome.skew_ms}
    return {name: text for name, text in texts.items() if text} | skew


def _plain_listed(listed: Listed, sent: tuple[str, ...], *, whole: bool) -> dict[str, Any]:
    if isinstance(listed, Refusal):
        return _plain_outcome(listed, sent)
    return {"status": "observed", "keys": [_plain_live(live, sent, whole=whole) for live in listed]}


def _plain_own_id(key_id: str, outcome: Outcome) -> dict[str, str]:
    """Return the id that was sent; of one that the exchange did not take only the hash: it may be the secret."""
    if isinstance(outcome, Refusal) and outcome.reason in _DOUBTED:
        return {"shown": f"sha256:{digest(key_id)}", "sha256": digest(key_id)}
    return _plain_id(key_id)


def _plain_id(key_id: str, *, whole: bool = True) -> dict[str, str]:
    """Return an id without its middle; where the exchange shows a part only, a hash of that says nothing."""
    if marks := [*MASK.finditer(key_id)]:
        return {"shown": f"{key_id[: marks[0].start()][:_PART]}…{key_id[marks[-1].end() :][-_PART:]}"}
    if not whole and len(key_id) <= _PART:
        return {"shown": key_id}
    return {"shown": shortened(key_id), "sha256": digest(key_id)}


def lists_whole_ids(facts: Facts | None) -> bool:
    """Tell whether a listing of this exchange shows ids whole."""
    listings = facts.raw.get("listing") if facts else None
    return isinstance(listings, list) and all(entry["key_id"] == "full" for entry in listings)


def _plain_live(live: LiveKey, sent: tuple[str, ...], *, whole: bool = True) -> dict[str, Any]:
    """Return a state; `whole`: the exchange lists whole ids."""
    fields: dict[str, Any] = {
        "rights": list(live.rights),
        "unmapped": [conceal(name) for name in live.unmapped],
        "unreported": list(live.unreported),
        "read_only": live.read_only,
        "ip_restricted": live.ip_restricted,
        "ip_allowlist": live.ip_allowlist if isinstance(live.ip_allowlist, Unknown) else list(live.ip_allowlist),
    }
    fields |= {name: _plain_time(getattr(live, name)) for name in _TIMES}
    fields["label"] = live.label if isinstance(live.label, Unknown) else conceal(scrub(live.label, sent))
    fields["account_id"] = live.account_id if isinstance(live.account_id, Unknown) else _account(live.account_id, sent)
    if not isinstance(live.key_id, Unknown):
        fields["key_id"] = _plain_id(live.key_id, whole=not live.listed or whole)
    if live.listed:
        fields["listed"] = True
    if live.skew_ms is not None:
        fields["skew_ms"] = live.skew_ms
    if live.rights_expire:
        fields["rights_expire"] = {name: instant(end) for name, end in live.rights_expire.items()}
    return {name: value for name, value in fields.items() if value is not UNKNOWN}


def _plain_time(moment: datetime | Unknown | None) -> str | Unknown | None:
    return instant(moment) if isinstance(moment, datetime) else moment


def _account(number: str, sent: tuple[str, ...]) -> str:
    """Return the id of an account; some of them look random, and may be shown where an id belongs."""
    number = scrub(number, sent)
    is_id = next(find(f"account_id: {number}".encode("utf-8", "surrogatepass")), None) is None
    return number if is_id else conceal(number)


def observation(entry: Mapping[str, Any], facts: Facts | None, file: str) -> Observation:
    """Read an entry that has the form of the schema; ValueError for a time that does not exist."""
    who = Identity(entry["name"], entry["exchange"], entry["environment"], entry.get("site"))
    at = datetime.fromisoformat(entry["observed"])
    return Observation(
        who,
        _outcome(entry, facts, at),
        at,
        file,
        _id(entry["key_id"]) if "key_id" in entry else "",
        entry.get("modes", NOTHING),
        _listed(entry["listed"], facts, at) if "listed" in entry else None,
    )


def _outcome(entry: Mapping[str, Any], facts: Facts | None, at: datetime) -> Outcome:
    match entry["status"]:
        case "observed":
            return _live(entry["live"], facts, at)
        case "gone" | "unchecked":
            return _refusal(entry)
        case status:
            return State(status)


def _refusal(entry: Mapping[str, Any]) -> Refusal:
    refusal = Refusal(
        Reason(entry["reason"]),
        entry["message"],
        entry["hint"],
        gone=entry["status"] == "gone",
        code=entry.get("code", ""),
        address=entry.get("address", ""),
    )
    refusal.skew_ms = entry.get("skew_ms")
    return refusal


def _listed(entry: Mapping[str, Any], facts: Facts | None, at: datetime) -> Listed:
    if entry["status"] == "observed":
        return tuple(_live(fields, facts, at) for fields in entry["keys"])
    return _refusal(entry)


def _id(fields: Mapping[str, str]) -> str:
    return stored(fields["shown"], fields["sha256"]) if "sha256" in fields else fields["shown"]


def _live(fields: Mapping[str, Any], facts: Facts | None, at: datetime) -> LiveKey:
    """Return the state. Which rights are known is for these facts to say, not for those of whatever wrote it."""
    on = dict.fromkeys([*fields["rights"], *fields.get("unmapped", ())])
    known = facts.rights if facts else {}
    given: dict[str, Any] = {name: fields[name] for name in _AS_THEY_ARE if name in fields}
    given |= {name: _moment(fields[name]) for name in _TIMES if name in fields}
    if "ip_allowlist" in fields:
        given["ip_allowlist"] = tuple(fields["ip_allowlist"])
    if "key_id" in fields:
        given["key_id"] = _id(fields["key_id"])
    return LiveKey(
        rights=tuple(name for name in on if name in known),
        unmapped=tuple(name for name in on if name not in known),
        unreported=tuple(name for name in fields.get("unreported", ()) if name in known),
        **given,
        rights_expire={name: datetime.fromisoformat(end) for name, end in fields.get("rights_expire", {}).items()},
        observed_at=at,
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def differences(one: LiveKey, other: LiveKey) -> tuple[str, ...]:
    """Name the facts of which two states say different things; what is unknown to one of them says nothing.

    The end of a key may be counted in days from the answer, so a day more or less is none. When a key was last used,
    and the ends of its rights, move by themselves.
    """
    return tuple(name for name, is_same in _comparisons(one, other) if not is_same)


def _comparisons(one: LiveKey, other: LiveKey) -> Iterable[tuple[str, bool]]:
    yield "permissions", {*one.rights, *one.unmapped} == {*other.rights, *other.unmapped}
    yield "read_only", _agree(one.read_only, other.read_only)
    yield "ip_restricted", _agree(one.ip_restricted, other.ip_restricted)
    yield "ip_allowlist", _agree(one.ip_allowlist, other.ip_allowlist) or {*_list(one)} == {*_list(other)}
    yield "created", _agree(one.created, other.created)
    yield "expires", _agree(one.expires, other.expires) or _is_near(one.expires, other.expires)
    yield "label", _agree(one.label, other.label)
    yield "account_id", _agree(one.account_id, other.account_id)
    ids = [live.key_id if isinstance(live.key_id, Unknown) else hash_of(live.key_id) for live in (one, other)]
    yield "key_id", _agree(*ids)


def _agree(one: object, other: object) -> bool:
    return one is UNKNOWN or other is UNKNOWN or one == other


def _list(live: LiveKey) -> tuple[str, ...]:
    return () if isinstance(live.ip_allowlist, Unknown) else live.ip_allowlist


def _is_near(one: object, other: object) -> bool:
    return isinstance(one, datetime) and isinstance(other, datetime) and abs((one - other).days) <= 1
