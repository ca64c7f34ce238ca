"""One program has the key, and no other.

A key in two programs cannot be taken from one of them, and after a leak nobody can say which of them lost it. Where the
exchange demands that each request's nonce is higher than the last, such as at Kraken, the two also break each other's
requests (`EAPI:Invalid nonce`); there it is an error.

To mend it: make a key for each program at the exchange, with the rights and addresses of that program.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        holder: [mm-bot, tax-tool]  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        holder: mm-bot
      tax:
        exchange: kraken
        permissions: [read]
        holder: [tax-tool]

Source: veox/python3-krakenex#21; freqtrade/freqtrade#2613; rotki/rotki#2787; ccxt/ccxt#253
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key with several holders; it is worse where they disturb each other."""
    if len(key.holders) < 2 or key.status == "revoked":  # noqa: PLR2004 - one is as it should be
        return
    holders = list({holder.casefold(): holder for holder in key.holders}.values())
    if len(holders) > 1:
        clash = key.facts is not None and key.facts.nonce_shared
        also = f"; at {key.exchange} they break each other's requests" if clash else ""
        yield Problem(
            key.at("holder"),
            f"key {key.name!r} is in the hands of {len(holders)}: {', '.join(holders)}{also}",
            f"make a key for each of them at {key.exchange}",
            ",".join(sorted(holder.casefold() for holder in holders)),
            severity=Severity.ERROR if clash else None,
        )


RULE = Rule("one-holder", Severity.WARNING, __doc__, check, worst=Severity.ERROR)
