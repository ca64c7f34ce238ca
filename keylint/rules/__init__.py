"""The rules: the table of contents. A file that is missing here fails a test.

Drift rules are imported by `diff` and by what lists rules, not by `keylint check`.
"""

from functools import cache
from importlib import import_module

from keylint.model.rule import Rule

LINT = (
    # document
    "yaml",
    "schema",
    "duplicate_name",
    # permissions
    "no_withdraw",
    "unknown_permission",
    # addresses
    "ip_required",
    "ip_malformed",
    "ip_too_wide",
    "ip_unroutable",
    # lifetime
    "max_age",
    "absolute_age",
    "created_missing",
    "created_in_future",
    "expired",
    # ownership
    "owner_required",
    "purpose_required",
    # exchange
    "exchange_unknown",
    # secrets
    "secret_in_declaration",
    "credential_not_a_reference",
    "full_key_id",
    # waivers
    "waiver_unused",
    "waiver_expired",
    "waiver_too_long",
    "waiver_void",
    "waiver_forbidden",
)
DRIFT = (
    "permission_extra",
    "permission_missing",
    "unknown_live_permission",
    "ip_mismatch",
    "ip_open",
    "key_gone",
    "created_mismatch",
    "live_expiring",
)


def _load(folder: str, names: tuple[str, ...]) -> dict[str, Rule]:
    rules = [import_module(f"keylint.rules.{folder}.{name}").RULE for name in names]
    return {rule.name: rule for rule in rules}


@cache
def lint_rules() -> dict[str, Rule]:
    """Return, by name, the rules that judge declarations."""
    return _load("lint", LINT)


@cache
def all_rules() -> dict[str, Rule]:
    """Return, by name, every rule."""
    return {**lint_rules(), **_load("drift", DRIFT)}
