"""Reads a rule's docstring: the page, and its examples that are its test."""

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass

from keylint.model.rule import Options, Rule

MARK = "# <- finding"
_BEFORE = {
    "With": "options",
    "Policy": "policy",
    "Another file": "another",
    "Given": "given",
    "Live": "live",
    "Refused": "refused",
    "Listed": "listed",
}
_ABOUT = """\
(m): mandatory, a policy cannot switch it off.

Each page has examples, and each was run: as of 2026-11-22, what the rule finds in a bad one is what is marked there,
and in a good one it finds nothing. What an example needs stands before it: **With**, the rule's options; **Policy**, a
whole policy; **Another file**, a declaration that is read first. And for `keylint diff`, of the example's first key:
**Given**, its credentials and the modes of their files; **Live**, what the exchange shows of it; **Refused**, what the
exchange answers instead; **Listed**, what it shows of the other keys that this one lists."""
_HEAD = re.compile(rf"^({'|'.join(('Bad', 'Good', *_BEFORE))}):\n((?:\n|    .*\n?)+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """One declaration, and as YAML what its page says before it: «» where it says nothing.

    `options` of the rule, or a whole `policy`; `another` declaration, read first. Of the declaration's first key:
    `given`, its credentials; `live`, its state; `refused`, the exchange's answer in place of one; `listed`, the states
    of the keys that it lists.
    """

    is_bad: bool
    text: str
    options: str = ""
    policy: str = ""
    another: str = ""
    given: str = ""
    live: str = ""
    refused: str = ""
    listed: str = ""

    @property
    def files(self) -> dict[str, str]:
        """Return name -> text of the files in which something can be found."""
        files = {"policy.yaml": self.policy, "another.yaml": self.another, "keylint.yaml": self.text}
        return {name: text for name, text in files.items() if text}

    @property
    def marked(self) -> set[tuple[str, int]]:
        """Return file and line, from 1, of all that must be found."""
        lines = ((name, enumerate(text.split("\n"), 1)) for name, text in self.files.items())
        return {(name, number) for name, numbered in lines for number, line in numbered if MARK in line}


def _dedent(block: str) -> str:
    return "\n".join(line[4:] for line in block.strip("\n").split("\n")) + "\n"


def examples(doc: str) -> list[Example]:
    """Return the examples of a page; a block with another head than `Bad:` or `Good:` belongs to the next example."""
    found: list[Example] = []
    before: dict[str, str] = {}
    for head, block in _HEAD.findall(doc + "\n"):
        if head in _BEFORE:
            before[_BEFORE[head]] = _dedent(block)
        else:
            found.append(Example(head == "Bad", _dedent(block), **before))
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
    head = f"# Rules\n\n{_ABOUT}\n\n| rule | severity | what it says |\n|---|---|---|"
    return f"{head}\n{rows}\n"
