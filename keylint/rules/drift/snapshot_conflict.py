"""Snapshots of one key agree.

Two machines saw two different keys under one declared name, or somebody changed the key in between. The newest state is
judged; if another machine uses another key, nobody judges that one. What was unknown to one of them is no
disagreement, and neither is when the key was last used.

To mend it: take the snapshots anew on all machines. If they still disagree, the machines hold different keys: declare
each of them.

Live:

    permissions: [query-funds]
    ip_allowlist: [203.0.113.10]
    conflicts: {ip_allowlist: host-b.json}

Bad:

    version: 1
    keys:
      mm-bot:  # <- finding
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10]

Live:

    permissions: [query-funds]
    ip_allowlist: [203.0.113.10]

Good:

    version: 1
    keys:
      mm-bot:
        exchange: kraken
        permissions: [read]
        ip_allowlist: [203.0.113.10]
"""

from collections.abc import Iterator

from keylint.model.declaration import KeyDecl
from keylint.model.finding import Problem, Severity
from keylint.model.live import LiveKey
from keylint.model.rule import Context, Options, Rule


def check(key: KeyDecl, live: LiveKey, context: Context[Options]) -> Iterator[Problem]:
    """Yield one problem for a key of which snapshots say different things."""
    if live.conflicts:
        what = ", ".join(f"{field} ({where})" for field, where in live.conflicts.items())
        yield Problem(
            key.path,
            f"snapshots disagree about live key {key.name!r}: {what}; the newest one was judged",
            "take the snapshots anew; if they still disagree, the machines hold different keys: declare each of them",
            ", ".join(live.conflicts),
            on_name=True,
        )


RULE = Rule("snapshot-conflict", Severity.ERROR, __doc__, check_live=check, is_drift=True)
