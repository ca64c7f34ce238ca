"""Reads a rule's docstring: the page, and its examples that are its test."""

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass

from keylint.model.rule import Options, Rule

MARK = "# <- finding"
_HEADS = ("Bad", "Good", "With", "Live", "Given")
_HEAD = re.compile(rf"^({'|'.join(_HEADS)}):\n((?:\n|    .*\n?)+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """One example. `options`, `live` and `given` are YAML, «» where the page has none; `marked` are lines from 1."""

    is_bad: bool
    text: str
    options: str
    live: str
    given: str
    marked: tuple[int, ...]


def _dedent(block: str) -> str:
    return "\n".join(line[4:] for line in block.strip("\n").split("\n")) + "\n"


def examples(doc: str) -> list[Example]:
    """Return the examples of a page; a `With:`, `Live:` or `Given:` block belongs to the example that follows it."""
    found: list[Example] = []
    before: dict[str, str] = {}
    for head, block in _HEAD.findall(doc + "\n"):
        text = _dedent(block)
        if head in ("With", "Live", "Given"):
            before[head] = text
        else:
            marked = tuple(number for number, line in enumerate(text.split("\n"), 1) if MARK in line)
            options, live, given = (before.get(name, "") for name in ("With", "Live", "Given"))
            found.append(Example(head == "Bad", text, options, live, given, marked))
            before = {}
    return found


def _markdown(doc: str) -> str:
    """Turn the docstring into Markdown: examples become fenced blocks."""

    def fence(match: re.Match[str]) -> str:
        return f"**{match[1]}**\n\n```yaml\n{_dedent(match[2])}```\n\n"

    return _HEAD.sub(fence, doc.strip() + "\n").strip() + "\n"


def option_lines(options: type[Options]) -> list[str]:
    """Describe a rule's options, one line each: name, default."""
    return [f"- `{name}`: {getattr(options, name)!r} by default" for name in options.names()]


def source_of(rule: Rule) -> str:
    """Return what a rule's page cites, "" where it cites nothing."""
    return " ".join(rule.doc.partition("\nSource: ")[2].split())


def page(rule: Rule) -> str:
    """Return a rule's page in Markdown."""
    facts = f"Severity: {rule.severity.value}" + (
        " (mandatory: cannot be switched off or waived)" if rule.mandatory else ""
    )
    parts = [f"# {rule.name}", facts, _markdown(rule.doc).rstrip("\n")]
    if rule.options.names():
        about = inspect.getdoc(rule.options) or ""
        parts.append("\n\n".join(("## Options", about, "\n".join(option_lines(rule.options)))))
    return "\n\n".join(parts) + "\n"


def index(rules: Iterable[Rule]) -> str:
    """Return the table of all rules in Markdown."""
    rows = "\n".join(
        f"| [{rule.name}]({rule.name}.md) | {rule.severity.value}{' (m)' if rule.mandatory else ''} | {rule.title} |"
        for rule in rules
    )
    head = (
        "# Rules\n\n(m): mandatory, a policy cannot switch it off.\n\n| rule | severity | what it says |\n|---|---|---|"
    )
    return f"{head}\n{rows}\n"
