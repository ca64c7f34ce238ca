"""Builds the policy's JSON Schema from the rules, so that rules and options are written down once."""

from collections.abc import Iterable
from typing import Any

from keylint.model.rule import Rule

_SEVERITIES = ["error", "warning", "note", "off"]
_TEXT = {"type": "string", "minLength": 1}
_LIST = {"type": "array", "items": _TEXT}
_KINDS: dict[Any, dict[str, Any]] = {
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number", "minimum": 0},
    bool: {"type": "boolean"},
    list[str]: _LIST,
    dict[str, list[str]]: {"type": "object", "additionalProperties": _LIST},
}


def _rule(rule: Rule) -> dict[str, Any]:
    """Return the schema of one rule's setting: a severity, or a mapping with options."""
    options = {
        name: {"description": f"Option of {rule.name}; {getattr(rule.options, name)!r} by default.", **_KINDS[kind]}
        for name, kind in rule.options.__annotations__.items()
    }
    severity = {
        "title": "Severity",
        "description": "How bad a finding is, or off.",
        "type": "string",
        "enum": _SEVERITIES,
    }
    mandatory = {
        "title": "Mandatory",
        "description": "Policies that extend this one cannot switch it off.",
        "type": "boolean",
    }
    return {
        "title": rule.name,
        "description": rule.title,
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"enum": _SEVERITIES},
        "else": {
            "additionalProperties": False,
            "properties": {"severity": severity, "mandatory": mandatory, "why": _why(), **options},
        },
    }


def _why() -> dict[str, Any]:
    return {"title": "Why", "description": "Why the policy sets it so, for the people who read it.", **_TEXT}


def policy_schema(rules: Iterable[Rule]) -> dict[str, Any]:
    """Return the JSON Schema of a policy file."""
    names = {"type": "array", "items": _TEXT}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keylint policy",
        "description": "What a team demands of its exchange API keys: which rules, how strict.",
        "type": "object",
        "required": ["version"],
        "additionalProperties": False,
        "properties": {
            "version": {
                "title": "Version",
                "description": "The version of this format: 1.",
                "type": "integer",
                "enum": [1],
            },
            "name": {"title": "Name", "description": "The policy's name, for reports.", **_TEXT},
            "description": {"title": "Description", "description": "What the policy is for.", **_TEXT},
            "extends": {
                "title": "Extends",
                "description": "Policies that this one builds on: built-in ones by name, files by path from here. "
                "Later ones win over earlier ones, this file over all.",
                "type": ["array", "string"],
                "items": _TEXT,
                "minLength": 1,
            },
            "rules": {
                "title": "Rules",
                "description": "Rule by rule: error, warning, note or off, or a mapping with severity and options.",
                "type": "object",
                "additionalProperties": False,
                "properties": {rule.name: _rule(rule) for rule in rules},
            },
            "purposes": {
                "title": "Purposes",
                "description": "Profiles: what a key with this purpose may do at most, and needs at least.",
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["allow"],
                    "properties": {
                        "description": {"title": "Description", "description": "Who has such keys.", **_TEXT},
                        "allow": {"title": "Allow", "description": "Capabilities that it may have at most.", **names},
                        "need": {"title": "Need", "description": "Capabilities that it needs at least.", **names},
                        "require": {"title": "Require", "description": "Fields that such a key must have.", **names},
                    },
                },
            },
        },
    }
