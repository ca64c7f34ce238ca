"""A key names a site and an environment that its exchange has, and all keys of one account name the same site.

A key of the EEA site of OKX or of Binance US is unknown at the international host, and a testnet key at the live one:
the program is told that its key does not exist, and people look for the fault in the key.

To mend it: write the site where the account was opened, or leave it out for the international one.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: okx
        site: eu  # <- finding
        permissions: [read]

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        environment: testnet  # <- finding
        permissions: [read]

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: okx
        account: desk-1
        site: eea
        permissions: [read]
      tracker:  # <- finding
        exchange: okx
        account: desk-1
        permissions: [read]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: okx
        account: desk-1
        site: eea
        permissions: [read]
      mm-bot-us:
        exchange: okx
        account: desk-us
        site: us
        permissions: [read]
      mm-bot-test:
        exchange: okx
        account: desk-1
        environment: demo
        permissions: [read]

Source: ccxt#23779, ccxt#24530, okxapi/python-okx#92 (OKX EEA); binance/binance-connector-python#155 (wrong host)
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.facts import Facts
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.model.wording import nearest


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a place that does not exist, and one for a key that disagrees with an earlier one."""
    facts = key.facts
    if facts is None:
        return
    if key.environment not in facts.environments:
        yield Problem(
            key.at("environment"),
            f"{key.exchange} has no {key.environment} that keylint knows",
            f"known are: {', '.join(facts.environments)}",
            key.environment,
        )
    if not facts.sites and key.site is None:
        return
    if key.site is not None and key.site not in facts.sites:
        yield _no_such_site(key, key.site, facts)
    elif key.account is not None and key.status != "revoked":
        yield from _disagreement(key, key.account, context)


def _no_such_site(key: KeyDecl, site: str, facts: Facts) -> Problem:
    known = f"known are: {', '.join(facts.sites)}; the international one is not written"
    hint = nearest(site, facts.sites) or known if facts.sites else "leave it out"
    return Problem(key.at("site"), f"{key.exchange} has no site {site!r} that keylint knows", hint, site)


def _disagreement(key: KeyDecl, account: str, context: Context[Options]) -> Iterator[Problem]:
    """Yield a problem where an earlier key of the same account is said to be of another site."""
    place = f"{key.exchange} {key.environment} {account}"
    if (known := context.memory.get(place)) is None:
        context.memory[place] = (key.site, key.name)
        return
    site, name = known
    if site != key.site:
        there = "no site" if site is None else f"site {site!r}"
        yield Problem(
            key.at("site"),
            f"account {account!r} of {key.exchange} is of one site: key {name!r} names {there}",
            "write the same site for all keys of an account",
            f"{key.site} {site}",
        )


RULE = Rule("site-mismatch", Severity.ERROR, __doc__, check)
