"""Snapshots: what was seen of keys where they may be used, to be judged anywhere else."""
