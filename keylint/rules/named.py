"""Which keys there are, by name: one index for the rules on `replaces`."""

from typing import Any

from keylint.model.declaration import KeyDecl
from keylint.model.rule import Context

MEMORY = "named"
"""What the rules on `replaces` say as `shares`."""


def remember(key: KeyDecl, context: Context[Any]) -> dict[str, bool]:
    """Return the names of all keys so far, this one among them, and whether each key lives: is active or retiring."""
    context.memory[key.name] = key.status in ("active", "retiring")
    return context.memory
