"""The formats of a report: one module each, loaded when it is asked for."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from keylint.model.finding import Report


class RenderOptions(NamedTuple):
    """How to render. Machine formats look at `working_folder` only.

    `quiet`: one line a finding and no summary. `verbose`: above 0 adds waived findings, live rights and fingerprints.
    `working_folder`: what absolute file names are made relative to; "" leaves them absolute.
    """

    color: bool = False
    verbose: int = 0
    quiet: bool = False
    working_folder: str = ""


Render = Callable[["Report", RenderOptions], str]

REPORTERS = {
    "text": "keylint.reports.text",
    "json": "keylint.reports.json",
    "sarif": "keylint.reports.sarif",
    "junit": "keylint.reports.junit",
    "github": "keylint.reports.github",
    "gitlab": "keylint.reports.gitlab",
    "markdown": "keylint.reports.markdown",
    "html": "keylint.reports.html",
}


def load(name: str) -> Render:
    """Return the `render` function of one of `REPORTERS`."""
    render: Render = import_module(REPORTERS[name]).render
    return render
