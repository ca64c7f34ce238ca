"""Keeps the comparison with ccxt out of every run that does not ask for it: `make compare`, or `pytest -m compare`."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if "compare" in config.getoption("markexpr") else True
