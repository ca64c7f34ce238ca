"""Turns files into values: the only place that meets YAML and JSON Schema."""
