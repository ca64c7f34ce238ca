"""Somebody confirms now and then that a key is still needed, and still needed that wide.

Subscriptions end, bots are given up, and their keys stay. AWS Security Hub looks back 90 days for access that nobody
used. The making of a key counts as its first review; a review that lies in the future counts as a slip of the pen.

To mend it: ask the holder whether the key is used and for what, untick at the exchange what is not needed (or delete
the key), then set `reviewed` to today.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2026-02-01
        reviewed: 2026-08-23  # <- finding

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: binance
        permissions: [read]
        created: 2026-02-01

With:

    days: 30

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        reviewed: 2026-10-01  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        created: 2026-02-01
        reviewed: 2026-08-24

Source: AWS Security Hub, look-back of 90 days for unused access
"""

from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.lifetime import is_longer
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """How many days after the last review the next one is due."""

    LOOSER = MappingProxyType({"days": "more"})
    days: int = 90


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key whose last review is too long ago, or lies ahead."""
    if key.reviewed is not None and key.reviewed > context.now:
        message = f"key {key.name!r} was reviewed in the future: {key.written('reviewed')}"
        yield Problem(key.at("reviewed"), message, "correct the day", key.written("reviewed"))
        return
    last = _last_review(key)
    if last is None or not is_longer(context.now - last, context.options.days):
        return
    is_reviewed = key.reviewed == last
    ago, limit = (context.now - last).days, context.options.days
    what = "was last reviewed" if is_reviewed else "was not reviewed since it was made"
    yield Problem(
        key.at("reviewed"),
        f"key {key.name!r} {what} {ago} days ago, {limit} are allowed",
        "confirm that it is still needed and this wide, or narrow or delete it, then set `reviewed`",
        key.written("reviewed" if is_reviewed else "created"),
    )


def _last_review(key: KeyDecl) -> datetime | None:
    """Return the later of review and making: a key that was made anew was looked at then."""
    if key.reviewed is None or key.created is None:
        return key.reviewed or key.created
    return max(key.reviewed, key.created)


RULE = Rule("review-overdue", Severity.WARNING, __doc__, check, options=Options, active_only=True, judges_live=True)
