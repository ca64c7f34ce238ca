"""The exit codes, as docs/cli.md explains them."""

FINE = 0
FINDINGS = 1
USAGE = 2
UNCHECKED = 3
