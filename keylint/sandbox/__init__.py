"""Simulated exchanges on loopback, built from a YAML file of live keys; signatures are checked as the real ones do.

Written from the exchanges' published descriptions and without keylint's own signing, so that no error hides in both.
"""
