"""`python -m keylint`."""

from keylint.cli.main import main

main()
