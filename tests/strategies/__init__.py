"""Generators of schemas and data for property tests."""
