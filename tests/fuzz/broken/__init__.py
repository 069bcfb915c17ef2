"""Targets with a known end, to see that the runner notices it."""
