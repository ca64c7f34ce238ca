"""What all tests share: the fixed time, and a working folder with no settings in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """How wide the terminal is that the tests run in, or that whatever runs them believes in."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, with nothing of this machine's environment that keylint listens to."""
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "KEYLINT_ALLOW_ENV", "GITHUB_EVENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
