"""Loads what keylint knows of exchanges, in the compiled form that `tools/generate.py` keeps current."""

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
    return Vocabulary(classes, frozenset(c for c, kind in classes.items() if kind in ("read", "other")))


@cache
def facts_of(name: str) -> Facts | None:
    """Return the facts of an exchange, None where keylint does not know it.

    The name may come from a declaration: it is looked up in the list before anything is imported.
    """
    if name not in EXCHANGE_NAMES:
        return None
    data = import_module(f"keylint.compiled.facts_{name.replace('-', '_')}").DATA
    addresses, places = data["addresses"], {**data["environments"], **data.get("sites", {})}
    maximum = _value(addresses.get("maximum", "unknown"))
    return Facts(
        exchange=name,
        title=data["title"],
        inspection=data["inspection"],
        rights={
            right: Right(
                right, frozenset(fact["gives"]), fact.get("needs_allowlist", False), fact.get("optional", False)
            )
            for right, fact in data["rights"].items()
        },
        always=frozenset(data["always"]),
        addresses=Addresses(
            _value(addresses["supported"]),
            addresses["shown"],
            _value(addresses["cidr"]),
            _value(addresses["ipv6"]),
            maximum if isinstance(maximum, int) else None,
        ),
        bases={place: fact["url"] for place, fact in places.items() if "url" in fact and "inspection" not in fact},
        calls=tuple(Call(call["use"], call["method"], call["path"]) for call in data["calls"]),
        nonce_shared=data["nonce"]["shared"],
        raw=data,
    )
