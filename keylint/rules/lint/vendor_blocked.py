"""No key is in the hands of a vendor that the policy has blocked.

A vendor that was breached has lost every key that it stored: some 100,000 of 3Commas in late 2022, and 44 verified
victims lost 14.8 million dollars. `vendors` lists the holders that may have no key; without a list the rule is silent.
Nothing waives it.

To mend it: delete the key at the exchange now, then look at the account's history; say `status: revoked` once it is
gone.

With:

    vendors: [3Commas]

Bad:

    version: 1
    keys:
      copy-trader:
        exchange: kraken
        permissions: [read, trade.spot]
        holder: 3commas  # <- finding

With:

    vendors: [3commas, skyrex]

Bad:

    version: 1
    keys:
      copy-trader:
        exchange: kraken
        permissions: [read, trade.spot]
        holder: [desk-bot, Skyrex]  # <- finding
        status: planned

With:

    vendors: [3commas]

Good:

    version: 1
    keys:
      own-bot:
        exchange: kraken
        permissions: [read, trade.spot]
        holder: desk-bot
      copy-trader:
        exchange: kraken
        permissions: [read, trade.spot]
        holder: 3commas
        status: revoked

Source: decrypt.co/117826 on 3Commas; OWASP Non-Human Identities Top 10 2025, NHI3
"""

from collections.abc import Iterator
from types import MappingProxyType

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Rule
from keylint.model.rule import Options as RuleOptions


class Options(RuleOptions):
    """`vendors`: holders that may have no key, without regard to case."""

    LOOSER = MappingProxyType({"vendors": "less"})
    vendors: list[str] = []  # noqa: RUF012 - options cannot be changed


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key that a blocked vendor holds."""
    vendors = context.options.vendors
    if not vendors or key.status == "revoked" or (vendor := key.held_by(vendors)) is None:
        return
    yield Problem(
        key.at("holder"),
        f"key {key.name!r} is held by {vendor}, which the policy has blocked",
        f"delete it at {key.exchange} now, then say `status: revoked`",
        vendor.casefold(),
    )


RULE = Rule("vendor-blocked", Severity.ERROR, __doc__, check, options=Options, mandatory=True)
