"""Weighs the causes of an error against what is declared of the key.

The causes are the facts' own sentences. What a cause is about is told by its words; a test holds that every cause of
every exchange has its place here. A declaration may be wrong: «ruled out» means as far as it is true.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from keylint.explain import weighing
from keylint.explain.errors import KnownError
from keylint.explain.weighing import LIKELIER, OPEN, RULED_OUT, Case, Weigh, weigh_end
from keylint.model.exposure import conceal
from keylint.model.facts import Facts

_RANK = {LIKELIER: 0, OPEN: 1, RULED_OUT: 2}


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause; `verdict` and `why` where it was weighed. `source`: where it stands, if not with the error."""

    text: str
    verdict: str | None = None
    why: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What some causes are about: the words that tell them, how they are weighed, and what a person can look at."""

    name: str
    words: str
    weigh: Weigh | None = None
    check: str = ""


# The first kind whose words a cause has is its kind.
KINDS = (
    Kind("no-list", r"key has no address list$", weighing.no_list, "whether the key has an allowlist"),
    Kind(
        "ended",
        r"^(?!the key was deleted|the token).*(ended after|reached its|has expired|have? expired$|was deleted after)"
        r"|^nobody made a new key|another one with the same name",
        weighing.ended,
        "when the key ends by the exchange's own rule: `keylint calendar`",
    ),
    Kind(
        "address",
        r"machine's (outgoing )?address",
        weighing.address,
        "from which address the request leaves (behind NAT, a VPN or a proxy it is not the machine's own), and the "
        "list at the exchange",
    ),
    Kind(
        "site",
        r"another site|regional site",
        weighing.site,
        "on which site (country) the account was opened, and the host that the program calls",
    ),
    Kind(
        "environment",
        r"testnet|test network|demo (key|setting)|sandbox",
        weighing.environment,
        "whether the key was made on the live exchange or on its test network, and the host that the program calls",
    ),
    Kind(
        "nonce",
        r"another program uses this key|same request was sent twice",
        weighing.nonce,
        "which programs use this key, and the unit in which each counts its nonces: one key for one program",
    ),
    Kind(
        "deleted",
        r"(key|agent wallet) (was deleted|is unknown|was switched off|was never confirmed)|key id is unknown"
        r"|key or its secret is not|key or the secret is not|or was replaced",
        weighing.deleted,
        "whether the key is still in the exchange's list, with the same id",
    ),
    Kind("new", r"key is new", weighing.new, "when the key was made"),
    Kind("clock", r"clock|took (too long|longer)|window|token (has expired|is wrong)", weighing.clock, "{clock}"),
    Kind("symbols", r"other pairs", weighing.symbols, "to which instruments the key is bound"),
    Kind(
        "algorithm",
        r"is of another type|is an Ed25519",
        weighing.algorithm,
        "of which kind the key is (HMAC, RSA, Ed25519), and how the program signs",
    ),
    Kind(
        "passphrase",
        r"passphrase|trading password",
        weighing.passphrase,
        "that the passphrase is the one chosen when the key was made, not the account's password",
    ),
    Kind(
        "secret",
        r"secret|private key|signature is not|credential is empty|key is of another version|no longer served",
        weighing.secret,
        "that key and secret belong together, without quotes, blanks or line ends",
    ),
    Kind(
        "key-id",
        r"key id|credential is cut off|address is not the one",
        weighing.key_id,
        "the key id letter by letter: no quotes, blanks, line ends",
    ),
    Kind(
        "sub-account",
        r"belongs to a sub-account",
        weighing.sub_account,
        "to which account or sub-account the key belongs",
    ),
    Kind(
        "permission",
        r"lacks the|not ticked|may not read|no (reading|view)|no role|scope is too|narrow|account:read"
        r"|restriction of the key",
        weighing.permission,
        "which rights are ticked at the exchange: `keylint diff` shows them where it can ask",
    ),
    Kind(
        "busy",
        r"another program|limit is used up|refusals? (was|were) ignored|429 was ignored|too many requests|banned"
        r"|more than 600|^wait",
        weighing.busy,
        "which other programs call from this address and with this account, and how often",
    ),
    Kind("exchange", r"maintenance|overload|try again later", None, "the exchange's status page; then try again"),
    Kind(
        "region",
        r"serve|region|attack|firewall",
        None,
        "whether the exchange serves the place from which the request leaves",
    ),
    Kind(
        "account",
        r"(?<!sub-)account(?!'s)|second factor|lock|funds|futures were|consent|restriction|agreed|e-mail",
        None,
        "the account itself: locks, restrictions, verification, a second factor",
    ),
    Kind(
        "between",
        r"something between|headers",
        None,
        "what stands between the program and the exchange: proxies, gateways, libraries",
    ),
    Kind(
        "request",
        r"exchange changed this call|setting that|a parameter that|not expected of|labels? must"
        r"|address(es)? (is|was|that)|too many$|too long|were never deleted|API no longer|application|registered|FIX"
        r"|another (kind|rejection)|leaves that|nonce in seconds|sub-account's",
        None,
        "the request itself, against the exchange's documentation",
    ),
)


def kind_of(cause: str) -> Kind | None:
    """Return what a cause is about."""
    return next((kind for kind in KINDS if re.search(kind.words, cause)), None)


def plain(error: KnownError) -> tuple[Cause, ...]:
    """Return the causes as the facts rank them."""
    return tuple(Cause(text) for text in error.causes)


def weigh(error: KnownError, case: Case) -> tuple[Cause, ...]:
    """Return the causes in a new order, each with its reason; the exchange's own rules come with their source."""
    causes = [*(_weighed(text, case) for text in error.causes), *_own_rules(error, case)]
    if all(cause.verdict == RULED_OUT for cause in causes):
        doubt = "then the declaration is wrong, or the program uses another key"
        causes = [replace(cause, verdict=OPEN, why=f"{cause.why}: {doubt}") for cause in causes]
    return tuple(sorted(causes, key=lambda cause: _RANK[cause.verdict or OPEN]))


def _weighed(text: str, case: Case) -> Cause:
    kind = kind_of(text)
    verdict, why = kind.weigh(case, text) if kind and kind.weigh else (OPEN, None)
    return Cause(text, verdict, conceal(why) if why else why)  # a declaration may hold a secret in any field


def _own_rules(error: KnownError, case: Case) -> Iterable[Cause]:
    """Yield what the exchange does to such a key by itself, where the error can come from that and does not say it."""
    kinds = {kind.name for text in error.causes if (kind := kind_of(text))}
    for end in case.ends:
        fits = "permission" in kinds if end.what == "rights" else "deleted" in kinds and "ended" not in kinds
        verdict, why = weigh_end(end, case.key, case.now)
        if fits and verdict != RULED_OUT:
            yield Cause(end.says, verdict, why, end.source)


def checks(causes: Iterable[Cause], facts: Facts) -> tuple[str, ...]:
    """Return what to look at, in the order of the causes, without those that are ruled out."""
    kinds = [kind_of(cause.text) for cause in causes if cause.verdict != RULED_OUT]
    base = facts.bases.get("production", "")
    time = next((f"{call.method} {base}{call.path}" for call in facts.calls if call.use == "time"), "")
    clock = "this machine's clock against the exchange's" + (f" ({time}); is NTP on?" if time else "; is NTP on?")
    return tuple(dict.fromkeys(kind.check.format(clock=clock) for kind in kinds if kind and kind.check))
