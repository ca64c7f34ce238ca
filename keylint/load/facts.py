"""Loads what keylint knows of exchanges, in the compiled form that `tools/generate.py` keeps current."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.model.facts import Addresses, Call, Facts, Right, Vocabulary


def _value(fact: Any) -> Any:
    """Return a fact that is written with its source, or bare."""
    return fact["value"] if isinstance(fact, dict) else fact


@cache
def vocabulary() -> Vocabulary:
    """Return the capabilities and their classes."""
    data = import_module("keylint.compiled.vocabulary").DATA
    classes = {capability: kind for kind, words in data.items() for capability in words}
    members = {kind: frozenset(words) for kind, words in data.items()}
    return Vocabulary(classes, members, members["read"] | members["other"])


def facts_of(name: str, account_type: str | None = None) -> Facts | None:
    """Return the facts of an exchange as a key of such an account meets them, None where keylint does not know it.

    The name may come from a declaration: it is looked up in the list before anything is imported.
    """
    return _facts(name, account_type == "sub")


@cache
def _facts(name: str, is_sub: bool) -> Facts | None:  # noqa: FBT001 - the caller's one way to say it
    if name not in EXCHANGE_NAMES:
        return None
    data = import_module(f"keylint.compiled.facts_{name.replace('-', '_')}").DATA
    addresses, places = data["addresses"], {**data["environments"], **data["sites"]}
    maximum = _value(addresses["maximum"])
    rights = {right: _right(right, fact, is_sub=is_sub) for right, fact in data["rights"].items()}
    return Facts(
        exchange=name,
        title=data["title"],
        inspection=data["inspection"],
        rights=rights,
        names=_names(rights),
        not_rights=tuple(data.get("not_rights", ())),
        always=frozenset(data["always"]),
        addresses=Addresses(
            _value(addresses["supported"]),
            addresses["shown"],
            _value(addresses["cidr"]),
            _value(addresses["ipv6"]),
            maximum if isinstance(maximum, int) else None,
            _value(addresses["required"]),
            _value(addresses.get("ipv6_networks", "unknown")),
        ),
        environments=tuple(data["environments"]),
        sites=tuple(data["sites"]),
        bases={place: fact["url"] for place, fact in places.items() if "url" in fact and "inspection" not in fact},
        headers={place: tuple(fact["headers"].items()) for place, fact in places.items() if "headers" in fact},
        calls=tuple(Call(call["use"], call["method"], call["path"]) for call in data["calls"]),
        algorithms={algorithm: fact.get("weak", False) for algorithm, fact in data["algorithms"].items()},
        credentials={algorithm: tuple(fields) for algorithm, fields in data["credentials"].items()},
        sub_accounts=data.get("sub_accounts", False),
        symbols="symbols" in data,
        nonce_shared=data["nonce"]["shared"],
        raw=data,
    )


def _right(name: str, fact: Any, *, is_sub: bool) -> Right:
    """Return a right; a key of a sub-account is not given what only the main account's keys have."""
    main_only = frozenset(fact.get("main_only", ()))
    gives = frozenset(fact["gives"])
    return Right(
        name,
        gives - main_only if is_sub else gives,
        fact.get("needs_allowlist", False),
        fact.get("optional", False),
        frozenset(fact.get("may_give", ())),
        main_only,
        tuple(fact.get("also", ())),
        fact.get("alternate", False),
        fact.get("silent", False),
        fact.get("never_shown", False),
    )


def _names(rights: Mapping[str, Right]) -> dict[str, str]:
    """Return each name by which a right may be called: its own, its others, and a bare value where it is unique."""
    names = {name: name for name in rights} | {other: name for name, right in rights.items() for other in right.also}
    bare = [name.partition(".")[2] for name in rights]
    return {value: name for name, value in zip(rights, bare, strict=True) if value and bare.count(value) == 1} | names
