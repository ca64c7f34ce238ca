"""An account, and a credential reference, belong to one environment.

A key of the test net that is asked for at the production host is refused as unknown, and people look for the fault in
the signature; the other way round, a test trades real money. Where one name stands for both, that is a matter of time.

To mend it: give the account of each environment a name of its own, such as desk-1-testnet, and each key variables or
files of its own.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        account: desk-1
        permissions: [read]
      mm-bot-test:
        exchange: binance
        account: desk-1  # <- finding
        environment: testnet
        permissions: [read]

Bad:

    version: 1
    keys:
      mm-bot-test:
        exchange: binance
        environment: testnet
        permissions: [read]
        credentials: {api_key: env:TEST_KEY, api_secret: env:BOT_SECRET}
      mm-bot:
        exchange: binance
        permissions: [read]
        credentials:
          api_key: env:BOT_KEY
          api_secret: env:BOT_SECRET  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        account: desk-1
        permissions: [read]
        credentials: {api_key: env:BOT_KEY, api_secret: env:BOT_SECRET}
      mm-bot-test:
        exchange: binance
        account: desk-1-testnet
        environment: testnet
        permissions: [read]
        credentials: {api_key: env:TEST_KEY, api_secret: env:TEST_SECRET}
      arb-bot-demo:
        exchange: okx
        account: desk-1
        environment: demo
        permissions: [read]

Source: binance/binance-connector-python#155; sammchardy/python-binance#1336
"""

from collections.abc import Hashable, Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.rules.used import MEMORY, Met, account, met


def check(key: KeyDecl, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for an account and for each reference that a key of another environment has used."""
    shared = met(key, context)
    if not shared or key.status == "revoked":
        return
    if other := _elsewhere(account(key), key, shared):
        yield Problem(
            key.at("account"),
            f"account {key.account!r} is {key.environment} for key {key.name!r} and {_said(*other)}",
            "give the account of each environment a name of its own",
            f"account {key.account}",
            other=other[1],
        )
    for field, reference in key.references:
        if other := _elsewhere(reference, key, shared):
            yield Problem(
                key.at("credentials", field),
                f"`{field}` is {key.environment} for key {key.name!r} and {_said(*other)}",
                "give each environment variables or files of its own",
                reference,
                other=other[1],
            )


def _elsewhere(thing: Hashable, key: KeyDecl, shared: Met) -> tuple[str, str] | None:
    """Return another environment in which a thing stands, and for which key; None where it stands in none."""
    for (environment, status), name in shared.get(thing, {}).items():
        if environment != key.environment and status != "revoked":
            return environment, name
    return None


def _said(environment: str, name: str) -> str:
    return f"{environment} for key {name!r}"


RULE = Rule("environment-mix", Severity.ERROR, __doc__, check, shares=MEMORY)
