"""Builds the policy's JSON Schema from the rules, so that rules and options are written down once."""

from collections.abc import Iterable
from typing import Any

from keylint.model.rule import Rule

_SEVERITIES = ["error", "warning", "note", "off"]
_TEXT = {"type": "string", "minLength": 1}
_SENTENCE = {"type": "string", "pattern": "[^\\s]"}  # a reason of blanks is none
_LIST = {"type": "array", "items": _TEXT}
# Far beyond any sensible number of days, and far below what the calendar can count.
_MOST = 100_000
_KINDS: dict[Any, dict[str, Any]] = {
    int: {"type": "integer", "minimum": 0, "maximum": _MOST},
    float: {"type": "number", "minimum": 0, "maximum": _MOST},
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


_LIVE: dict[str, Any] = {
    "title": "Live",
    "description": "What the exchange shows of the key, for a rule that speaks of `live`; what is left out is unknown.",
    "type": "object",
    "additionalProperties": False,
    "required": ["permissions"],
    "properties": {
        "permissions": {
            "title": "Permissions",
            "description": "The rights that are on, in the exchange's own names.",
            **_LIST,
        },
        "ip_restricted": {
            "title": "IP restricted",
            "description": "Whether the exchange has an allowlist for it.",
            "type": "boolean",
        },
        "ip_allowlist": {"title": "IP allowlist", "description": "The allowlist at the exchange.", **_LIST},
        "created": {"title": "Created", "description": "When the exchange made it.", "type": "string"},
        "expires": {"title": "Expires", "description": "When the exchange will end it.", "type": "string"},
    },
}
_FIELD = "The field that a finding points at, such as labels; the key itself where nothing is said."
_CUSTOM: dict[str, dict[str, Any]] = {
    "rule": {
        "title": "Rule",
        "description": "The rule's name: small words with hyphens between, such as desk-needs-ticket.",
        "type": "string",
        "pattern": "^[a-z]+(-[a-z0-9]+)*$",
    },
    "severity": {
        "title": "Severity",
        "description": "How bad a finding is.",
        "type": "string",
        "enum": _SEVERITIES[:3],
    },
    "description": {"title": "Description", "description": "What the rule demands, and why.", **_TEXT},
    "when": {"title": "When", "description": "CEL: which keys it speaks of; all where nothing is said.", **_TEXT},
    "assert": {"title": "Assert", "description": "CEL: what must be true of them.", **_TEXT},
    "at": {"title": "At", "description": _FIELD, **_TEXT},
    "message": {
        "title": "Message",
        "description": "What a finding says; {name} and other fields are filled in.",
        **_TEXT,
    },
    "hint": {"title": "Hint", "description": "How to mend it.", **_TEXT},
    "examples": {
        "title": "Examples",
        "description": "Keys that the rule must accept or refuse; run by `keylint policies test`.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            kind: {
                "title": kind,
                "description": f"Keys that are {kind}.",
                "type": "array",
                "items": {"type": "object", "properties": {"live": _LIVE}},
            }
            for kind in ("good", "bad")
        },
    },
}
_DAY = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_WAIVER: dict[str, dict[str, Any]] = {
    "rule": {"title": "Rule", "description": "The rule that is waived.", **_TEXT},
    "key": {
        "title": "Key",
        "description": "The one key that it is waived for.",
        "type": "string",
        "pattern": "^[^*?\\[\\]]+$",
    },
    "reason": {"title": "Reason", "description": "Why the risk is accepted.", **_SENTENCE},
    "approved_by": {"title": "Approved by", "description": "Who accepted it.", **_SENTENCE},
    "expires": {
        "title": "Expires",
        "description": "The last day of the waiver, inclusive, UTC.",
        "type": "string",
        "pattern": _DAY,
    },
    "accepts": {
        "title": "Accepts",
        "description": "The fingerprint of the accepted finding, or its first 8 or more digits.",
        "type": "string",
        "pattern": "^[0-9a-f]{8,16}$",
    },
}


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
                    "title": "Purpose",
                    "description": "One profile.",
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
            "custom": {
                "title": "Custom rules",
                "description": "The team's own rules, in CEL (needs the extra keylint[cel]).",
                "type": "array",
                "items": {
                    "title": "Custom rule",
                    "description": "One rule of the team.",
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["rule", "description", "assert", "message"],
                    "properties": _CUSTOM,
                },
            },
            "waivers": {
                "title": "Waivers",
                "description": "Findings that are accepted until a day: one rule on one key; see `keylint waive`.",
                "type": "array",
                "items": {
                    "title": "Waiver",
                    "description": "One accepted finding.",
                    "type": "object",
                    "additionalProperties": False,
                    "required": list(_WAIVER),
                    "properties": _WAIVER,
                },
            },
        },
    }
