"""A folder of its own for each test, and simulated exchanges for those that ask."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.live.world import World


@pytest.fixture
def world(empty_folder: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(empty_folder, stack)
