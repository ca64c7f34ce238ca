"""The rules: the table of contents. A file that is missing here fails a test."""

from keylint.model.rule import Rule
from keylint.rules.drift import (
    created_mismatch,
    ip_mismatch,
    ip_open,
    key_gone,
    live_expiring,
    permission_extra,
    permission_missing,
    unknown_live_permission,
)
from keylint.rules.lint import (
    absolute_age,
    created_in_future,
    created_missing,
    credential_not_a_reference,
    duplicate_name,
    exchange_unknown,
    expired,
    full_key_id,
    ip_malformed,
    ip_required,
    ip_too_wide,
    ip_unroutable,
    max_age,
    no_withdraw,
    owner_required,
    purpose_required,
    secret_in_declaration,
    unknown_permission,
)
from keylint.rules.lint import schema as schema_rule
from keylint.rules.lint import yaml as yaml_rule

_MODULES = (
    # document
    yaml_rule,
    schema_rule,
    duplicate_name,
    # permissions
    no_withdraw,
    unknown_permission,
    # addresses
    ip_required,
    ip_malformed,
    ip_too_wide,
    ip_unroutable,
    # lifetime
    max_age,
    absolute_age,
    created_missing,
    created_in_future,
    expired,
    # ownership
    owner_required,
    purpose_required,
    # exchange
    exchange_unknown,
    # secrets
    secret_in_declaration,
    credential_not_a_reference,
    full_key_id,
    # live
    permission_extra,
    permission_missing,
    unknown_live_permission,
    ip_mismatch,
    ip_open,
    key_gone,
    created_mismatch,
    live_expiring,
)

RULES: dict[str, Rule] = {module.RULE.name: module.RULE for module in _MODULES}
