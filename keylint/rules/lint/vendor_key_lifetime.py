"""A key that a vendor holds ends within a few months, and the declaration says when.

What a vendor has stored leaks when the vendor does, as some 100,000 keys did at 3Commas in late 2022; a key that had
ended by then was worth nothing. `vendors` lists the holders that are outside firms; without a list the rule is silent.
The days are counted from `created`, or from today where that is not known.

To mend it: give the key an end at the exchange if it can have one, write it as `expires`, and hand the vendor a new key
by then, if you are still a customer.

With:

    vendors: [3Commas]

Bad:

    version: 1
    keys:
      copy-trader:  # <- finding
        exchange: kraken
        permissions: [read, trade.spot]
        holder: 3commas
        created: 2026-11-01

With:

    vendors: [3commas, skyrex]
    days: 30

Bad:

    version: 1
    keys:
      copy-trader:
        exchange: kraken
        permissions: [read, trade.spot]
        holder: [desk-bot, Skyrex]
        created: 2026-11-01
        expires: 2026-12-02  # <- finding

With:

    vendors: [3commas]

Good:

    version: 1
    keys:
      copy-trader:
        exchange: kraken
        permissions: [read, trade.spot]
        holder: 3commas
        created: 2026-11-01
        expires: 2027-01-30
      own-bot:
        exchange: kraken
        permissions: [read, trade.spot]
        holder: desk-bot

Source: decrypt.co/117826 and forklog.com on 3Commas; OWASP Non-Human Identities Top 10 2025, NHI3
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.lifetime import days_to
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """`vendors`: holders that are outside firms, without regard to case; `days`: how long their keys may live."""

    LOOSER = MappingProxyType({"vendors": "less", "days": "more"})
    vendors: list[str] = []  # noqa: RUF012 - options cannot be changed
    days: int = 90


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key in a vendor's hands that has no end, or a late one."""
    vendors, limit = context.options.vendors, context.options.days
    if not vendors or (vendor := key.held_by(vendors)) is None:
        return
    if key.expires is None:
        message = f"key {key.name!r} is held by {vendor} and has no end"
    elif (days := days_to(key.expires, key.created or context.now)) > limit:
        message = f"key {key.name!r} is held by {vendor} and is meant to live for {days} days, {limit} are allowed"
    else:
        return
    yield Problem(
        key.at("expires"),
        message,
        f"set `expires` to {limit} days after `created` at most, and an end at {key.exchange} if it has one",
        f"{vendor.casefold()} {key.written('expires')}",
    )


RULE = Rule(
    "vendor-key-lifetime", Severity.WARNING, __doc__, check, options=Options, active_only=True, judges_live=True
)
