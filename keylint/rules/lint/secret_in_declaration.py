"""A declaration holds no secret, in no field, no name and no comment.

What was committed once stays in every clone: leaked secrets stand second in OWASP's list of risks of keys and tokens.
The report shows the place and never the value.

To mend it: delete the key at the exchange first, because it must be taken for leaked; then remove it here and, if it
was pushed, from the history.

Bad:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        # NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j  # <- finding

Good:

    version: 1
    keys:
      mm-bot:
        exchange: binance
        permissions: [read]
        account_id: 8f14e45f-ceea-467f-a1d2-0c2f0e4d6b1a
        credentials: {api_key: env:MM_BOT_BINANCE_FRANKFURT_PRODUCTION_KEY}

Source: OWASP Non-Human Identities Top 10 2025, NHI2
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from keylint.compiled.exchange_names import DATA as EXCHANGE_NAMES
from keylint.model.exposure import find
from keylint.model.finding import Problem, Severity
from keylint.model.rule import Context, Options, Rule
from keylint.model.source import Source


@cache
def form_of(exchange: str) -> "re.Pattern[bytes] | None":
    """Return the form of an exchange's secrets, None where its facts have none."""
    if exchange not in EXCHANGE_NAMES:
        return None
    formats = import_module(f"keylint.compiled.facts_{exchange.replace('-', '_')}").DATA["formats"]
    shape = formats.get("secret", {})
    pattern = shape.get("pattern") or shape.get("looks_like")
    return re.compile(pattern.encode()) if pattern else None


def check(source: Source, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for each secret-shaped text of a file."""
    exposures = [*find(source.data, form_of)]
    # All places in one pass: looking for each from the top would take the square of their number.
    places = source.spans((exposure.start, exposure.end) for exposure in exposures)
    for count, (exposure, span) in enumerate(zip(exposures, places, strict=True), 1):
        yield Problem(
            (),
            f"this looks like {exposure.what}",
            "delete the key at the exchange, make a new one, and refer to it with env:NAME or file:PATH",
            f"{exposure.what} {count}",
            span=span,
        )


RULE = Rule("secret-in-declaration", Severity.ERROR, __doc__, check_text=check, mandatory=True)
