"""Rules that compare a declaration with what the exchange reports."""
