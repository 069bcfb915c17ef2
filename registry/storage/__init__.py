"""Contexts, subjects and versions in a SQL database: SQLite or PostgreSQL."""
