"""Contracts as other tools read them, and as pages for people."""
