"""Both parsers."""

import pytest

from keylint.load import events, reader


@pytest.fixture(params=["libyaml", "pure"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Read with libyaml, and with PyYAML's own parser, which takes its place where it is not installed."""
    if request.param == "pure":
        monkeypatch.setattr(reader, "Loader", events.PureLoader)
    return str(request.param)
