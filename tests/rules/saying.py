"""Runs one rule over the keys of one or more files, at any time, and returns what it says."""

from datetime import UTC, datetime

from keylint.diff.standing import observed
from keylint.judge import Judge
from keylint.lint import Linted, lint
from keylint.load.facts import vocabulary
from keylint.model.source import Source
from tests.running import NOW, PURPOSES, RULES, active, live_key


def keys(**fields: str) -> str:
    """Return a declaration: name -> fields in flow style; `_` stands for the hyphen, each key has a line from 3 on."""
    given = {"exchange": "kraken", "permissions": "[read]"}
    lines = []
    for name, text in fields.items():
        own = [f"{field}: {value}" for field, value in given.items() if f"{field}:" not in text]
        lines.append(f"  {name.replace('_', '-')}: {{{', '.join([*own, *([text] if text else [])])}}}\n")
    return "version: 1\nkeys:\n" + "".join(lines)


def said(rule: str, *texts: str, now: str = "", live: str = "", **options: object) -> list[str]:
    """Return «file:line severity: message» for what a rule says of texts (files a, b, …), or of a key's live state."""
    moment = datetime.fromisoformat(now).astimezone(UTC) if now else NOW
    judge, result = Judge([active(RULES[rule], options)], moment, vocabulary(), PURPOSES), Linted()
    sources = [Source(name, text.encode()) for name, text in zip("abcdef", texts, strict=False)]
    declared = list(lint(sources, judge, result))
    lines = [f"{item.file}:{item.span.line} {item.severity.value}: {item.message}" for item in result.findings]
    if live:
        (item,) = declared
        state = live_key(live)
        for found, problem in judge.bench(item.source).live(item.key, state, observed(item.key, state)):
            span = item.span(problem.path, on_name=problem.on_name)
            severity = problem.severity or found.severity
            lines.append(f"{item.source.name}:{span.line} {severity.value}: {problem.message}")
    return lines
