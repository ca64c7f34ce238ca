"""Rules that judge declarations (and, where they say so, live keys as well)."""
