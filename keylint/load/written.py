"""The events that a value was built from, with an index of the places in them."""

from typing import Any

from keylint.load.events import MapEnd, MapStart, SeqEnd, SeqStart, is_merge


class Container:
    """A mapping or list: the index of its last event, and for each step the name's event and where the value starts.

    A list has no names. Of two equal names the last counts. `merges` are the starts of what `<<` stands before.
    """

    __slots__ = ("end", "is_map", "merges", "steps")

    def __init__(self, end: int, *, is_map: bool) -> None:
        """Begin with nothing in it."""
        self.end, self.is_map = end, is_map
        self.steps: dict[str | int, tuple[Any, int]] = {}
        self.merges: list[int] = []


class Written:
    """The events of one value. The index is made when the first finding asks: most values have none."""

    __slots__ = ("_containers", "events")

    def __init__(self, events: list[Any]) -> None:
        """Take the events from the first to the last of the value."""
        self.events = events
        self._containers: dict[int, Container] | None = None

    def container(self, start: int) -> Container | None:
        """Return what starts at that event; None for a scalar."""
        if self._containers is None:
            self._containers = _index(self.events)
        return self._containers.get(start)


def _index(events: list[Any]) -> dict[int, Container]:
    """Go through the events once; return the containers by the index of their first event."""
    found: dict[int, Container] = {}
    above: list[tuple[Container | None, Any]] = []
    container: Container | None = None
    name: Any = None
    for at, event in enumerate(events):
        kind = type(event)
        if kind is MapEnd or kind is SeqEnd:
            assert container is not None
            container.end = at
            container, name = above.pop()
            continue
        if container is not None and container.is_map and name is None:
            name = event
            continue
        if container is not None:
            if name is not None and is_merge(name):
                container.merges.append(at)
            else:
                container.steps[len(container.steps) if name is None else name.value] = (name, at)
            name = None
        if kind is MapStart or kind is SeqStart:
            above.append((container, name))
            container = found[at] = Container(at, is_map=kind is MapStart)
    return found
