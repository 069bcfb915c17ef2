"""Looking into a registry's database from outside."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import psycopg

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}
Rows = list[tuple[object, ...]]


def row_counts(database_url: str) -> dict[str, int]:
    """Return how many rows each table has; nothing but these tables is relied on."""
    if database_url.startswith("sqlite"):
        # Tests share the file with a server: the log beside it has to be seen as well.
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as file:
            return _counts(lambda sql: file.execute(sql).fetchall(), "sqlite")
    with psycopg.connect(database_url) as session:
        return _counts(
            lambda sql: session.execute(sql.encode()).fetchall(), "postgresql"
        )


def _counts(rows: Callable[[str], Rows], kind: str) -> dict[str, int]:
    counts = {}
    for (table,) in rows(_TABLES[kind]):
        ((count,),) = rows(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - from the catalogue
        counts[str(table)] = int(str(count))
    return counts
