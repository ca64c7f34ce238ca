"""Explains what people meet: rights, purposes, and the errors of exchanges. The words come from the facts."""
