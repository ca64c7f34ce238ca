"""The live key has the declared label.

The label is how a person finds the key in the exchange's list, at night, to delete it. In 2018 thieves made trading
keys on their victims' accounts and waited for two months: a name that nobody knows is a reason to ask.

To mend it: rename the key at the exchange, or correct `label`.

Live:

    permissions: [query-funds]
    label: test 2

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        label: mm-bot  # <- finding
        permissions: [read]

Live:

    permissions: [query-funds]
    label: mm-bot

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        label: mm-bot
        permissions: [read]

Source: cryptoglobe.com and viralriff.com on Binance and Viacoin, 2018-03-07
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import UNKNOWN, LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that the exchange shows under another name."""
    declared = key.raw.get("label")
    if isinstance(declared, str) and live.label is not UNKNOWN and live.label.strip() != declared.strip():
        yield Problem(
            key.at("label"),
            f"live key {key.name!r} is labelled {live.label!r}, not {declared!r}",
            f"rename it at {key.exchange}, or correct `label`",
            live.label,
        )


RULE = Rule("label-mismatch", Severity.NOTE, __doc__, check_live=check, is_drift=True)
