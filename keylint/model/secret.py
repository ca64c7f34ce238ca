"""An opaque holder for a value that must not be shown."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, NoReturn


class Secret:
    """A secret text. Every way to show, compare, copy or store it shows a placeholder or fails.

    `reveal()` stands only where bytes are signed or sent, where an answer is scrubbed or compared, and where a shape is
    looked at.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        """Take the value."""
        self.__value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self.__value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be stored")

    def __copy__(self) -> NoReturn:
        raise TypeError("a secret cannot be copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("a secret cannot be copied")


class Given(NamedTuple):
    """A key's credentials as they were found: field -> value, and field -> mode of the file that holds it."""

    values: Mapping[str, Secret]
    modes: Mapping[str, int] = MappingProxyType({})
