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
    "withdraw_unguarded",
    "exceeds_purpose",
    "lacks_purpose",
    "exit_permission",
    "admin_permission",
    "transfer_needs_reason",
    "implied_reach",
    "leverage_needs_purpose",
    "symbols_unscoped",
    "unknown_permission",
    "empty_permissions",
    # addresses
    "ip_required",
    "ip_missing_on_read",
    "ip_unavailable",
    "ip_malformed",
    "ip_unsupported",
    "ip_too_many",
    "ip_too_wide",
    "ip_unroutable",
    "ip_duplicate",
    "ip_unknown_host",
    "ip_dynamic",
    "ip_shared_across_environments",
    # lifetime
    "max_age",
    "absolute_age",
    "created_missing",
    "created_in_future",
    "expires_missing",
    "expired",
    "expiring_soon",
    "lifetime_too_long",
    "review_overdue",
    "rotation_overlap",
    "exchange_expiry",
    "vendor_key_lifetime",
    # ownership
    "owner_required",
    "holder_required",
    "purpose_required",
    "purpose_unknown",
    "one_holder",
    "environment_mix",
    "duplicate_key",
    "main_account_trading",
    "vendor_blocked",
    "revoked_still_referenced",
    "replaces_unknown",
    # exchange
    "exchange_unknown",
    "site_mismatch",
    "algorithm_weak",
    "permission_needs_ip",
    "passphrase_missing",
    # secrets
    "secret_in_declaration",
    "credential_not_a_reference",
    "full_key_id",
    "credential_shared",
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
    "key_still_alive",
    "unmanaged_key",
    "read_only_flag",
    "account_mismatch",
    "label_mismatch",
    "created_mismatch",
    "expiry_mismatch",
    "live_expiring",
    "live_idle",
    "snapshot_stale",
    "snapshot_conflict",
    "clock_skew",
    "credential_shape",
    "credential_file_open",
    "unverifiable",
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
